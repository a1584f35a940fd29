"""The form of a DOI configuration. The password goes in and never comes out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doi.errors import InvalidNameError
from doi.models import Configuration, LoginSecret, Source
from doi.names import parse_prefix
from doi.selectors import Owner, SourceChoice
from doi.services.accounts import FieldError, OwnAccount, examine
from doi.states import Environment, Provider

# Where a refused tick is shown: at the field that a person would change.
FIELD_OF_TICK: Final[Mapping[str, str]] = {
    "signs_in": "password",
    "active": "account_id",
    "prefix": "prefix",
    "host": "account_id",
    "reserve": "prefix",
}
TICK_LABELS: Final = {
    "signs_in": _("Signs in"),
    "active": _("Account active"),
    "prefix": _("May use the prefix"),
    "host": _("Accepts our landing pages"),
    "reserve": _("Makes and deletes a draft"),
}


class ConfigurationForm(forms.Form):
    """Source, account and default in one. Fields of an own account are asked for only where it is chosen."""

    source = forms.ChoiceField(
        label=_("Where DOIs come from"),
        choices=Source.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose where DOIs come from.")},
    )
    provider = forms.ChoiceField(
        label=_("Registry"), choices=Provider.choices, required=False, widget=forms.RadioSelect
    )
    environment = forms.ChoiceField(
        label=_("Environment"),
        choices=Environment.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("DOIs of the test system never resolve; use it to try everything out."),
    )
    account_id = forms.CharField(
        label=_("Repository account ID"),
        max_length=200,
        required=False,
        help_text=_("DataCite: such as ABCD.REPO. EZID: your user name there."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )
    password = forms.CharField(
        label=_("Repository account password"),
        max_length=500,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    # The metaclass takes fields out of the class, so the form's own attribute of this name stays as it is.
    prefix = forms.CharField(  # type: ignore[assignment]
        label=_("DOI prefix"),
        max_length=200,
        required=False,
        help_text=_(
            "Such as 10.82053; for EZID with its shoulder, such as doi:10.5072/FK2. A prefix means nothing by itself: "
            "take one for each repository that may one day move as a whole."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )
    default_on = forms.TypedChoiceField(
        label=_("New datasets"),
        choices=[("yes", _("Issue DOIs")), ("no", _("Do not issue DOIs until somebody switches it on"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("For datasets made in future. Existing ones keep their own switch."),
    )
    reserve = forms.BooleanField(
        label=_("Also make a draft DOI and delete it again, to be sure that it works"), required=False
    )

    def __init__(
        self,
        *args: Any,
        owner: Owner,
        choices: Sequence[SourceChoice],
        secret: LoginSecret | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        self.secret = secret
        self.source_choices = choices
        self.fields["password"].help_text = about_password(secret)

    def clean_prefix(self) -> str:
        typed = str(self.cleaned_data["prefix"]).strip()
        if typed and self.data.get("source") == Source.OWN:
            try:
                parse_prefix(typed)
            except InvalidNameError as error:
                raise forms.ValidationError(str(error)) from None
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        source = cleaned.get("source", "")
        for choice in self.source_choices:
            if choice.value == source and not choice.available:
                self.add_error("source", choice.why)
        if source == Source.OWN:
            self._require_own(cleaned)
            if not self.errors:
                self._examine()
        return cleaned

    def _require_own(self, cleaned: Mapping[str, Any]) -> None:
        """Everything that is missing, at once."""
        sentences = {
            "provider": gettext("Choose DataCite or EZID."),
            "environment": gettext("Choose production or test."),
            "account_id": gettext("Enter the repository account ID."),
            "prefix": gettext("Enter the DOI prefix, such as 10.82053."),
        }
        if self.secret is None:
            # Where one is stored, `examine` knows whether it is this account's.
            sentences["password"] = gettext("Enter the password of this repository account.")
        for field, sentence in sentences.items():
            if not cleaned.get(field) and field not in self.errors:
                self.add_error(field, sentence)

    def _examine(self) -> None:
        try:
            examine(self.owner, self.own())
        except FieldError as error:
            self.add_error(error.field, str(error))

    @property
    def changes_only_default(self) -> bool:
        """Nothing about the account is new, so nothing needs a check."""
        return self.changed_data == ["default_on"]

    def own(self) -> OwnAccount:
        """What was typed, as the service takes it. Call it on a valid form."""
        data = self.cleaned_data
        return OwnAccount(
            provider=Provider(data["provider"]),
            environment=Environment(data["environment"]),
            account_id=data["account_id"].strip(),
            prefix=data["prefix"],
            password=data.get("password") or None,
        )


def initial_of(configuration: Configuration | None, *, source: str) -> dict[str, Any]:
    """What the form shows before anybody types: what is configured here, never a password."""
    start: dict[str, Any] = {
        "source": source,
        "provider": Provider.DATACITE.value,
        "environment": Environment.PRODUCTION.value,
        "default_on": "yes",
    }
    if configuration is None:
        return start
    start["default_on"] = "yes" if configuration.default_on else "no"
    if configuration.account is not None:
        login = configuration.account.login
        start |= {
            "provider": login.provider,
            "environment": login.environment,
            "account_id": login.account_id,
            "prefix": configuration.account.prefix,
        }
    return start


def about_password(secret: LoginSecret | None) -> str:
    """Who set the password and when; all that is ever shown of it."""
    if secret is None:
        return gettext("Stored encrypted and never shown again.")
    words = {"day": _day(secret.set_at), "person": secret.set_by or gettext("the catalogue or a command")}
    set_by = gettext("Set by %(person)s on %(day)s") % words
    if secret.login.verified_at is None:
        return gettext("%(set_by)s, not verified yet. Leave blank to keep it.") % {"set_by": set_by}
    verified = _day(secret.login.verified_at)
    return gettext("%(set_by)s, last verified on %(day)s. Leave blank to keep it.") % {
        "set_by": set_by,
        "day": verified,
    }


def _day(at: datetime) -> str:
    return date_format(localtime(at), "j M Y")
