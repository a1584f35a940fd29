"""Forms of people and organizations; each lists its fields."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth import forms as auth_forms
from django.utils.translation import gettext_lazy as _

from organizations.models import Organization, Role, User

# Names people pick from: a region and a place. The rest (Etc/GMT+5, EST5EDT …) are taken when typed elsewhere.
_REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
ZONES = ["UTC", *sorted(zone for zone in available_timezones() if zone.split("/")[0] in _REGIONS)]


class SignInForm(auth_forms.AuthenticationForm):
    error_messages = {
        # One sentence for every cause, so that it tells nobody which addresses exist.
        "invalid_login": _("This e-mail address and password do not match an account here."),
        "inactive": _("This e-mail address and password do not match an account here."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail address")
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autocomplete": "username", "autofocus": not self.is_bound, "maxlength": 254}
        )

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).strip().lower()


class ForgottenForm(auth_forms.PasswordResetForm):
    def get_users(self, email: str) -> Iterable[User]:
        """Also those who never chose a password: their invitation may have grown too old."""
        return User.objects.filter(email=email.strip().lower(), is_active=True)


class PasswordChangeForm(auth_forms.PasswordChangeForm):
    field_order = ["old_password", "new_password1", "new_password2"]


class ProfileForm(forms.ModelForm[User]):
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Deadlines are shown in UTC and in this time zone."),
    )

    class Meta:
        model = User
        fields = ["name", "time_zone"]
        labels = {"name": _("Name")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted({*ZONES, self.instance.time_zone} - {""})
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        field.choices = [("", _("My organization's"))] + [(zone, zone.replace("_", " ")) for zone in zones]
        self.fields["name"].widget.attrs["autocomplete"] = "name"


class OrganizationForm(forms.ModelForm[Organization]):
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("The first guess for its members; each may choose another in the profile."),
    )

    class Meta:
        model = Organization
        fields = ["time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        zones = sorted({*ZONES, self.instance.time_zone})
        field.choices = [(zone, zone.replace("_", " ")) for zone in zones]


class InviteAdministratorForm(forms.Form):
    """Without a role, as an institution has administrators only."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=200, required=False)


class InviteForm(InviteAdministratorForm):
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        initial=Role.VIEWER,
        help_text=_(
            "Viewers look; curators also release, change and delete datasets; administrators also set up DOIs "
            "and invite people."
        ),
    )
