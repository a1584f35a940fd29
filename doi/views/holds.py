"""Holds above a single DOI and the kill switch of a login: each on a page that says first, in numbers, what it means."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from datasets.hooks import Consequence
from datasets.models import Dataset
from datasets.views.common import Act, address, answer, enter, get_dataset
from doi import clock
from doi.errors import DoiError, NotAllowedError
from doi.models import Login
from doi.selectors import Owner
from doi.services import holding
from doi.services.holding import Numbers, Place
from doi.views import by
from doi.views.acts import ASK, posted, then_ring
from doi.views.window import HoldForm
from organizations.access import get_institution, get_organization
from organizations.context import spoken
from organizations.models import Organization, Role

# --- a dataset -------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(ASK)
def dataset(request: HttpRequest, org: str, slug: str, *, lifting: bool) -> HttpResponse:
    door = enter(request, org, Role.ADMINISTRATOR)
    of = get_dataset(door, slug)
    words = _words(of, lifting=lifting)
    act = Act(
        heading=words["heading"],
        lead=of.title,
        confirm=words["confirm"],
        done=words["done"],
        cancel_url=address(of),
        consequences=_consequences(of, lifting=lifting),
        refused=_why_not(of, lifting=lifting),
        form=None if lifting else HoldForm(posted(request)),
        refusals=(DoiError,),
    )
    return answer(request, door, act, _doing(request, of, lifting=lifting), dataset=of)


# --- an organization, an institution, a login ------------------------------------------------------------------------


@login_required
@require_http_methods(ASK)
def organization(request: HttpRequest, slug: str, *, lifting: bool) -> HttpResponse:
    here = get_organization(request, slug, Role.ADMINISTRATOR)
    return _page(request, here, here, lifting=lifting)


@login_required
@require_http_methods(ASK)
def institution(request: HttpRequest, slug: str, *, lifting: bool) -> HttpResponse:
    here = get_institution(request, slug)
    return _page(request, here, here, lifting=lifting)


@login_required
@require_http_methods(ASK)
def login_of_organization(request: HttpRequest, slug: str, number: int, *, lifting: bool) -> HttpResponse:
    here = get_organization(request, slug, Role.ADMINISTRATOR)
    return _page(request, here, _login(here, number), lifting=lifting)


@login_required
@require_http_methods(ASK)
def login_of_institution(request: HttpRequest, slug: str, number: int, *, lifting: bool) -> HttpResponse:
    here = get_institution(request, slug)
    return _page(request, here, _login(here, number), lifting=lifting)


def _login(owner: Owner, number: int) -> Login:
    """One of the owner's own: an inherited one is stopped where it belongs. Raises Http404."""
    found = owner.logins.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, owner: Owner, place: Place, *, lifting: bool) -> HttpResponse:
    kind = "organization" if isinstance(owner, Organization) else "institution"
    back = reverse(
        "doi:configuration" if kind == "organization" else "doi:institution-configuration", args=[owner.slug]
    )
    form = None if lifting else HoldForm(posted(request))
    words, refused = _words(place, lifting=lifting), _why_not(place, lifting=lifting)
    status = 200
    if request.method == "POST" and refused is None and (form is None or form.is_valid()):
        try:
            _doing(request, place, lifting=lifting)(form.cleaned_data if form is not None else {})
        except DoiError as error:
            refused = str(error)
        else:
            messages.success(request, words["done"])
            return redirect(back)
    if request.method == "POST":
        status = 409 if refused is not None else 422
    context = {
        "owner": owner,
        kind: owner,
        "heading": words["heading"],
        "lead": str(place),
        "consequences": _consequences(place, lifting=lifting),
        "confirm_label": words["confirm"],
        "cancel_url": back,
        "danger": not lifting,
        "form": form,
        "refused": refused,
    }
    return render(request, "doi/hold/act.html", context, status=status)


def _doing(request: HttpRequest, place: Place, *, lifting: bool) -> Callable[[Mapping[str, Any]], object]:
    """What the confirmed page does; it wakes the workers of the accounts that it concerns."""
    done_by = by(request)

    def do(fields: Mapping[str, Any]) -> None:
        lift = partial(holding.lift, place, by=done_by)
        act = lift if lifting else partial(holding.hold, place, reason=fields["reason"], by=done_by)
        then_ring(act, partial(holding.accounts_of, place))

    return do


def _why_not(place: Place, *, lifting: bool) -> str | None:
    try:
        holding.examine(place, lifting=lifting)
    except NotAllowedError as error:
        return str(error)
    return None


# --- words -----------------------------------------------------------------------------------------------------------


def _words(place: Place, *, lifting: bool) -> dict[str, str]:
    if isinstance(place, Login):
        if lifting:
            return {
                "heading": _("Go on making DOIs permanent"),
                "confirm": _("Go on"),
                "done": _("DOIs of this repository account become permanent again."),
            }
        return {
            "heading": _("Stop making DOIs permanent"),
            "confirm": _("Stop it"),
            "done": _("No DOI of this repository account becomes permanent until you press “Go on”."),
        }
    names = {"Dataset": _("dataset"), "Organization": _("organization"), "Institution": _("institution")}
    name = {"place": names[type(place).__name__]}
    if lifting:
        return {
            "heading": _("Lift the hold on this %(place)s") % name,
            "confirm": _("Lift the hold"),
            "done": _("The hold is lifted."),
        }
    return {
        "heading": _("Hold this %(place)s") % name,
        "confirm": _("Hold it"),
        "done": _("It is held: none of its DOIs becomes permanent until the hold is lifted."),
    }


def _consequences(place: Place, *, lifting: bool) -> list[Consequence]:
    found = holding.numbers(place, now=clock.now())
    return _of_lifting(place, found) if lifting else _of_holding(place, found)


def _of_holding(place: Place, found: Numbers) -> list[Consequence]:
    said = [_how_many(place, found)]
    if found.due or found.soon:
        said.append(
            ngettext(
                "%(count)d of them would become permanent within a day.",
                "%(count)d of them would become permanent within a day.",
                found.due + found.soon,
            )
            % {"count": found.due + found.soon}
        )
    elif found.first is not None:
        said.append(_("The first would become permanent on %(at)s.") % {"at": spoken(found.first)})
    if found.permanent:
        said.append(
            ngettext(
                "%(count)d permanent DOI stays and is kept in step.",
                "%(count)d permanent DOIs stay and are kept in step.",
                found.permanent,
            )
            % {"count": found.permanent}
        )
    said.append(_("Drafts are still made, changed and discarded, and versions can still be unreleased."))
    return [Consequence(sentence) for sentence in said]


def _how_many(place: Place, found: Numbers) -> str:
    words = {"count": found.coming, "places": found.organizations}
    if found.organizations > 1 and not isinstance(place, Dataset | Organization):
        return (
            _("%(count)d DOIs in %(places)d organizations do not become permanent until this is lifted.")
            % words
        )
    return (
        ngettext(
            "%(count)d DOI does not become permanent until this is lifted.",
            "%(count)d DOIs do not become permanent until this is lifted.",
            found.coming,
        )
        % words
    )


def _of_lifting(place: Place, found: Numbers) -> list[Consequence]:
    ahead = found.coming - found.due
    said = [
        ngettext(
            "%(count)d DOI becomes permanent at its deadline.",
            "%(count)d DOIs become permanent at their deadlines.",
            ahead,
        )
        % {"count": ahead}
    ]
    if found.due and isinstance(place, Login):
        sentence = ngettext(
            "The deadline of %(count)d DOI has passed meanwhile: it becomes permanent at once.",
            "The deadlines of %(count)d DOIs have passed meanwhile: they become permanent at once.",
            found.due,
        )
        said.append(sentence % {"count": found.due})
    elif found.due:
        sentence = ngettext(
            "The deadline of %(count)d DOI has passed meanwhile: its new one is %(at)s.",
            "The deadlines of %(count)d DOIs have passed meanwhile: their new one is %(at)s.",
            found.due,
        )
        said.append(sentence % {"count": found.due, "at": spoken(holding.new_deadline(clock.now()))})
    return [
        Consequence(sentence, irreversible=bool(found.due) and isinstance(place, Login)) for sentence in said
    ]
