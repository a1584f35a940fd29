"""
Where an organization or institution says which account its DOIs come from.

The live check is the one registry call inside a web request: a person asked for it, and it ends after ten seconds.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from doi import breakers, bucket, clock, selectors
from doi.address import host_key
from doi.checking import check_own
from doi.errors import AccountNotReadyError, NotAllowedError, RegistryUnavailableError, SealError
from doi.forms import FIELD_OF_TICK, TICK_LABELS, ConfigurationForm, initial_of
from doi.models import Account, BackIssueRun, Hold, Login, LoginSecret, Source
from doi.registries import CheckResult
from doi.selectors import Owner
from doi.services import accounts
from doi.stops import Stops, sentence
from doi.views import by
from doi.views.impact import impacts
from organizations.access import get_institution, get_organization
from organizations.models import Organization, Role

# The ticks of the check that passed wait here for the page after the redirect.
TICKS: Final = "doi_check"
require_form = require_http_methods(["GET", "POST"])


@require_form
@login_required
@sensitive_post_parameters("password")
def organization(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, get_organization(request, slug, Role.ADMINISTRATOR))


@require_form
@login_required
@sensitive_post_parameters("password")
def institution(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, get_institution(request, slug))


def _page(request: HttpRequest, owner: Owner) -> HttpResponse:
    configured = selectors.configuration_of(owner)
    initial = initial_of(configured, source=selectors.source_of(owner))
    login = configured.account.login if configured and configured.account else None
    form = ConfigurationForm(
        request.POST or None,
        initial=initial,
        owner=owner,
        choices=selectors.choices(owner),
        secret=_secret_of(login),
    )
    if request.method == "POST" and form.is_valid():
        return _save(request, owner, form)
    return _show(request, owner, form)


def _save(request: HttpRequest, owner: Owner, form: ConfigurationForm) -> HttpResponse:
    """Save what is valid; what is refused on the way stands at its field, and nothing has changed."""
    first = isinstance(owner, Organization) and accounts.first_time(owner)
    try:
        check = _apply(request, owner, form)
    except accounts.FieldError as error:
        form.add_error(error.field, str(error))
    except (NotAllowedError, AccountNotReadyError, SealError) as error:
        form.add_error(None, str(error))
    except RegistryUnavailableError as error:
        advice = _(
            "Try again in a moment, or save it without the check: then nothing is sent until one has passed."
        )
        form.add_error(None, f"{error} {advice}")
        return _show(request, owner, form, unreachable=True)
    else:
        if check is None or check.failed is None:
            return _saved(request, owner, check, first=first, source=form.cleaned_data["source"])
        form.add_error(FIELD_OF_TICK[check.failed.code], check.failed.message)
        return _show(request, owner, form, ticks=listed(check))
    return _show(request, owner, form)


def _apply(request: HttpRequest, owner: Owner, form: ConfigurationForm) -> CheckResult | None:
    """Check where there is something to check, and change the configuration unless the check refused."""
    source, default_on = form.cleaned_data["source"], form.cleaned_data["default_on"]
    if source == Source.OWN and form.changes_only_default and default_on is not None:
        accounts.set_default(owner, default_on, by=by(request))
    elif source == Source.INHERIT:
        accounts.configure_inherit(owner, default_on=default_on, by=by(request))
    elif source == Source.OFF:
        accounts.configure_off(owner, by=by(request))
    else:
        own = form.own()
        unchecked = request.POST.get("act") == "unverified"
        check = None if unchecked else check_own(owner, own, reserve=form.cleaned_data["reserve"])
        if check is None or check.passed:
            accounts.configure_own(owner, own, check=check, default_on=default_on, by=by(request))
        return check
    return None


def _saved(
    request: HttpRequest, owner: Owner, check: CheckResult | None, *, first: bool, source: str
) -> HttpResponse:
    if check is not None:
        request.session[TICKS] = listed(check)
    else:
        messages.success(request, _("The DOI configuration is saved."))
    if first and isinstance(owner, Organization) and source != Source.OFF:
        return redirect("doi:back-issue", owner.slug)
    return redirect(_address(owner))


def listed(check: CheckResult) -> list[dict[str, str]]:
    """The ticks as the page shows them, plain enough to wait in the session."""
    return [
        {
            **asdict(tick),
            "label": str(TICK_LABELS[tick.code]),
            "message": tick.message if tick.outcome != "not_asked" else _why_not_asked(check),
        }
        for tick in check.ticks
    ]


def _why_not_asked(check: CheckResult) -> str:
    """The first refusal ends the check; only a draft is made on request."""
    if check.failed is None:
        return _("You did not ask for it; its box is in the form.")
    if check.failed.code == "signs_in":
        return _("The account did not sign in.")
    return _("The answer above refused the account first.")


def _show(
    request: HttpRequest,
    owner: Owner,
    form: ConfigurationForm,
    *,
    ticks: list[dict[str, Any]] | None = None,
    unreachable: bool = False,
) -> HttpResponse:
    now = selectors.in_force(owner)
    effects = impacts(owner)
    context = {
        "owner": owner,
        "organization": owner if isinstance(owner, Organization) else None,
        "form": form,
        "choices": [(choice, effects.get(choice.value)) for choice in form.source_choices],
        "in_force": now,
        "login": now.account.login if now.account else None,
        "silence": _silence(now.account.login if now.account else None),
        "ticks": ticks if form.is_bound else request.session.pop(TICKS, None),
        "unreachable": unreachable,
        "address": _address(owner),
        "holds": list(_holds(owner, now.account)),
        "stoppable": list(_stoppable(owner)),
    }
    if isinstance(owner, Organization):
        context |= {"counts": selectors.counts(owner), "run": _last_run(owner)}
        context["findings"] = selectors.open_findings(owner).count()
    else:
        context["below"] = selectors.findings_below(owner)
    return render(request, "doi/configuration/page.html", context)


def _address(owner: Owner) -> str:
    name = "doi:configuration" if isinstance(owner, Organization) else "doi:institution-configuration"
    return reverse(name, args=[owner.slug])


def _holds(owner: Owner, account: Account | None) -> Iterator[tuple[Hold, str, str]]:
    """What keeps DOIs here from becoming permanent: the hold, its sentence, and the page where this owner lifts it."""
    stops = Stops.read()
    for hold in stops.on_owner(owner):
        own = owner in (hold.organization, hold.institution)
        yield hold, sentence(hold), _hold_page("lift", owner) if own else ""
    logins = set(owner.logins.all()) | ({account.login} if account is not None else set())
    for login in sorted(logins, key=lambda each: each.pk):
        stopped = stops.on_login(login.pk)
        if stopped is not None:
            yield stopped, sentence(stopped), _hold_page("lift", owner, login) if login.owner == owner else ""
    if stops.deployment is not None:
        yield stops.deployment, sentence(stops.deployment), ""


def _stoppable(owner: Owner) -> Iterator[tuple[str, str]]:
    """What may be stopped here now: the place itself, and each of its own repository accounts."""
    stops = Stops.read()
    if not any(owner in (hold.organization, hold.institution) for hold in stops.on_owner(owner)):
        here = isinstance(owner, Organization)
        words = _("Hold this organization …") if here else _("Hold this institution …")
        yield words, _hold_page("hold", owner)
    for login in owner.logins.order_by("pk"):
        if stops.on_login(login.pk) is None:
            words = _("Stop making DOIs of %(login)s permanent …") % {"login": login}
            yield words, _hold_page("hold", owner, login)


def _hold_page(act: str, owner: Owner, login: Login | None = None) -> str:
    kind = "organization" if isinstance(owner, Organization) else "institution"
    if login is None:
        return reverse(f"doi:{act}-{kind}", args=[owner.slug])
    return reverse(f"doi:{act}-login-of-{kind}", args=[owner.slug, login.pk])


def _secret_of(login: Login | None) -> LoginSecret | None:
    """Who set the password and when: all that anybody may ever see of it."""
    if login is None:
        return None
    kept = login.secrets.filter(destroyed_at__isnull=True).select_related("set_by", "login")
    return kept.order_by("-number").first()


def _silence(login: Login | None) -> dict[str, datetime | None] | None:
    """Since when the registry has not answered (None: it answers, and asks us to wait), and when it is asked again."""
    if login is None:
        return None
    found = breakers.silence(login)
    if found is not None:
        return {"since": found.since, "next_try": found.try_at}
    until = bucket.paused_until(host_key(login.provider, login.environment), now=clock.now())
    return {"since": None, "next_try": until} if until is not None else None


def _last_run(owner: Organization) -> BackIssueRun | None:
    return BackIssueRun.objects.filter(organization=owner).order_by("-id").first()
