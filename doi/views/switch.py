"""The switch of a dataset: each way on a page that says first what will happen."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from datasets.hooks import Consequence
from datasets.models import Dataset, Version
from datasets.readiness import field_words
from datasets.views.common import Act, Door, address, answer, enter, get_dataset
from doi import selectors
from doi.errors import DoiError
from doi.guard import problems_of, provider_of
from doi.models import Doi
from doi.services import issuance
from doi.states import Environment
from doi.views import by
from doi.views.acts import ASK, then_ring
from organizations.context import in_words
from organizations.models import Role

_MOST_NAMED = 10


def _answer(
    request: HttpRequest, door: Door, act: Act, dataset: Dataset, turn: Callable[..., object]
) -> HttpResponse:
    """Ask, or turn the switch and wake the workers of all accounts the dataset has DOIs under."""
    do = partial(turn, dataset, by=by(request))
    return answer(
        request, door, act, lambda _fields: then_ring(do, partial(_accounts, dataset)), dataset=dataset
    )


def _accounts(dataset: Dataset) -> set[int | None]:
    return set(Doi.objects.filter(version__dataset=dataset).order_by().values_list("account", flat=True))


@login_required
@require_http_methods(ASK)
def switch_on(request: HttpRequest, org: str, slug: str) -> HttpResponse:
    door = enter(request, org, Role.CURATOR)
    dataset = get_dataset(door, slug)
    act = Act(
        heading=_("Switch DOIs on"),
        lead=dataset.title,
        confirm=_("Switch DOIs on"),
        done=_("DOIs are on: every released version gets one."),
        cancel_url=address(dataset),
        consequences=_on_consequences(dataset),
        refused=_why_not_on(dataset),
        refusals=(DoiError,),
    )
    return _answer(request, door, act, dataset, issuance.switch_on)


def _why_not_on(dataset: Dataset) -> str | None:
    if dataset.deleted_at is not None:
        return _("This dataset is deleted; restore it first.")
    if selectors.is_on(dataset):
        return _("DOIs are on already for this dataset.")
    if selectors.in_force(dataset.organization).account is None:
        return _(
            "No DOI account is in force. An administrator sets one up under Settings, DOI configuration."
        )
    return None


def _on_consequences(dataset: Dataset) -> list[Consequence]:
    force = selectors.in_force(dataset.organization)
    released = list(
        Version.objects.filter(dataset=dataset)
        .released()
        .select_related("dataset__organization")
        .order_by("position")
    )
    provider = provider_of(None, force)
    blocked = [
        (version, found[0]) for version in released if (found := problems_of(version, provider=provider))
    ]
    said = [*_those_there(len(released), force), *_not_ready(blocked)]
    if force.account is not None and force.account.login.environment == Environment.TEST:
        said.append(Consequence(_("The account in force is a test account: these DOIs never resolve.")))
    words = {"window": in_words(settings.DOI_DRAFT_WINDOW)}
    said.append(Consequence(_("Each DOI is a draft for %(window)s and can be discarded until then.") % words))
    said.append(Consequence(_("After that each DOI is permanent."), irreversible=True))
    return said


def _those_there(released: int, force: selectors.InForce) -> list[Consequence]:
    words = {"count": released, "prefix": force.account.prefix if force.account else ""}
    if not released:
        return [Consequence(_("Every version released from now on gets a DOI under %(prefix)s.") % words)]
    sentence = ngettext(
        "%(count)d released version gets a DOI under %(prefix)s.",
        "%(count)d released versions get a DOI each under %(prefix)s.",
        released,
    )
    return [
        Consequence(sentence % words),
        Consequence(_("Every version released from now on gets one too.")),
    ]


def _not_ready(blocked: list[tuple[Version, Any]]) -> list[Consequence]:
    """Which versions wait, and for which field."""
    said = [
        Consequence(
            _("Version %(number)s is not ready and waits: %(field)s. %(message)s")
            % {
                "number": version.number,
                "field": field_words(problem.field, version.dataset, version),
                "message": problem.message,
            }
        )
        for version, problem in blocked[:_MOST_NAMED]
    ]
    if len(blocked) > _MOST_NAMED:
        said.append(Consequence(_("%(count)d more are not ready.") % {"count": len(blocked) - _MOST_NAMED}))
    return said


@login_required
@require_http_methods(ASK)
def switch_off(request: HttpRequest, org: str, slug: str) -> HttpResponse:
    door = enter(request, org, Role.CURATOR)
    dataset = get_dataset(door, slug)
    act = Act(
        heading=_("Switch DOIs off"),
        lead=dataset.title,
        confirm=_("Switch DOIs off"),
        done=_("DOIs are off: nothing new is issued for this dataset."),
        cancel_url=address(dataset),
        consequences=_off_consequences(dataset),
        refused=None if selectors.is_on(dataset) else _("DOIs are off already for this dataset."),
        danger=True,
        refusals=(DoiError,),
    )
    return _answer(request, door, act, dataset, issuance.switch_off)


def _off_consequences(dataset: Dataset) -> list[Consequence]:
    drafts, permanent = issuance.off_consequences(dataset)
    said = [_("Versions released from now on get no DOI.")]
    if drafts:
        said.append(
            ngettext(
                "%(count)d DOI that is not permanent yet is discarded. Its name stays with its version.",
                "%(count)d DOIs that are not permanent yet are discarded. Their names stay with their versions.",
                drafts,
            )
            % {"count": drafts}
        )
    if permanent:
        said.append(
            ngettext(
                "%(count)d permanent DOI stays and is kept in step with its metadata.",
                "%(count)d permanent DOIs stay and are kept in step with their metadata.",
                permanent,
            )
            % {"count": permanent}
        )
    said.append(_("Switching on again brings discarded DOIs back under the same names, with a new window."))
    return [Consequence(sentence) for sentence in said]
