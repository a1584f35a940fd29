"""Pages of people and their places."""

from django.conf import settings as deployment
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from organizations import selectors, services
from organizations.access import get_institution, get_organization, person, role_in
from organizations.forms import (
    ForgottenForm,
    InviteAdministratorForm,
    InviteForm,
    OrganizationForm,
    PasswordChangeForm,
    ProfileForm,
    SignInForm,
)
from organizations.models import Institution, Organization, Role
from organizations.services import Change

_SAID = {
    Change.ADDED: gettext_lazy("%(email)s has been invited by e-mail."),
    Change.ROLE: gettext_lazy("%(email)s has another role now: %(role)s."),
    Change.AGAIN: gettext_lazy("The invitation has been sent to %(email)s again."),
    Change.NOTHING: gettext_lazy("Nothing has changed: %(email)s has this role already (%(role)s)."),
}
_NOT_MAILED = gettext_lazy(
    "%(email)s has the role now (%(role)s), but the letter could not be sent. Invite the same address again once mail "
    "works; somebody who has a password here can sign in at once."
)

require_form = require_http_methods(["GET", "POST"])

sign_in = auth_views.LoginView.as_view(
    template_name="registration/sign_in.html",
    authentication_form=SignInForm,
    redirect_authenticated_user=True,
)
sign_out = auth_views.LogoutView.as_view()
forgotten = auth_views.PasswordResetView.as_view(
    form_class=ForgottenForm,
    # Not the request's host: a forged Host header must not choose where the link leads.
    extra_email_context={"site_url": deployment.SITE_URL},
    template_name="registration/forgotten.html",
    email_template_name="mail/password_reset.txt",
    subject_template_name="mail/password_reset_subject.txt",
    success_url=reverse_lazy("organizations:password-reset-sent"),
)
forgotten_sent = auth_views.PasswordResetDoneView.as_view(template_name="registration/forgotten_sent.html")
choose_password = auth_views.PasswordResetConfirmView.as_view(
    template_name="registration/choose_password.html",
    success_url=reverse_lazy("organizations:home"),
    post_reset_login=True,
    extra_context={"heading": gettext_lazy("Choose a new password")},
)


class InvitationView(auth_views.PasswordResetConfirmView):
    """The same door as a reset, in the words of somebody who comes for the first time."""

    template_name = "registration/choose_password.html"
    success_url = reverse_lazy("organizations:home")
    post_reset_login = True
    extra_context = {"heading": gettext_lazy("Welcome: choose a password"), "invitation": True}


invitation = InvitationView.as_view()


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    places = selectors.places_of(person(request))
    if isinstance(places.only, Organization):
        return redirect("organizations:organization", places.only.slug)
    if isinstance(places.only, Institution):
        return redirect("organizations:institution", places.only.slug)
    return render(request, "organizations/home.html", {"places": places})


@require_form
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=person(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("organizations:profile")
    return render(request, "organizations/profile.html", {"form": form})


@require_form
@login_required
def change_password(request: HttpRequest) -> HttpResponse:
    form = PasswordChangeForm(person(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, _("Your password is changed."))
        return redirect("organizations:profile")
    return render(request, "organizations/change_password.html", {"form": form})


@require_GET
@login_required
def organization(request: HttpRequest, slug: str) -> HttpResponse:
    here = get_organization(request, slug, Role.VIEWER)
    role = role_in(person(request), here)
    context = {"organization": here, "role": role, "may_administer": role == Role.ADMINISTRATOR}
    return render(request, "organizations/organization.html", context)


@require_form
@login_required
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """The list for every member; inviting for administrators."""
    here = get_organization(request, slug, Role.VIEWER if request.method == "GET" else Role.ADMINISTRATOR)
    may_invite = role_in(person(request), here) == Role.ADMINISTRATOR
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _invite(request, here, form):
        return redirect(request.path)
    context = {
        "organization": here,
        "members": selectors.members_of(here),
        "may_invite": may_invite,
        "form": form,
    }
    return render(request, "organizations/members.html", context)


def _invite(request: HttpRequest, here: Organization | Institution, form: InviteAdministratorForm) -> bool:
    """Give the role and say what came of it; False when it was refused, which the form then says."""
    data = form.cleaned_data
    role = data.get("role", Role.ADMINISTRATOR)
    try:
        added = services.add_member(data["email"], data["name"], here, role, by=person(request))
    except services.RefusedError as error:
        form.add_error("role" if "role" in form.fields else "email", str(error))
        return False
    words = {"email": added.membership.user.email, "role": Role(role).label}
    if added.mailed is False:
        messages.warning(request, _NOT_MAILED % words)
    else:
        messages.success(request, _SAID[added.change] % words)
    return True


@require_form
@login_required
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    here = get_organization(request, slug, Role.ADMINISTRATOR)
    form = OrganizationForm(request.POST or None, instance=here)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The settings are saved."))
        return redirect("organizations:settings", here.slug)
    return render(request, "organizations/settings.html", {"organization": here, "form": form})


@require_form
@login_required
def institution(request: HttpRequest, slug: str) -> HttpResponse:
    here = get_institution(request, slug)
    form = InviteAdministratorForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _invite(request, here, form):
        return redirect(request.path)
    context = {"institution": here, "parts": selectors.parts_of(here), "form": form}
    return render(request, "organizations/institution.html", context)
