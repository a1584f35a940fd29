"""The switch of a dataset, and what people do to one version's DOI: each on a page that says first what will happen."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from datasets.hooks import Consequence
from datasets.models import Dataset, Version
from datasets.readiness import field_words
from datasets.views.common import Act, Door, address, answer, crumbs, enter, get_dataset, get_version
from doi import judgement, selectors
from doi.errors import DoiError
from doi.guard import problems_of, provider_of, spoken
from doi.models import Doi
from doi.services import issuance, windows
from doi.states import PERMANENT, Environment, State, Step
from doi.tasks import ring
from doi.views import by
from organizations.context import in_words
from organizations.models import Role

_ASK = ["GET", "HEAD", "POST"]
_MOST_NAMED = 10


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("Shown to everybody who works on this dataset, with your name."),
        error_messages={"required": gettext_lazy("Say in one sentence why it is held.")},
    )


class PermanentNowForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Version number"),
        max_length=200,
        error_messages={"required": gettext_lazy("Type the number of this version to confirm.")},
    )

    def __init__(self, *args: Any, version: Version, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        self.fields["number"].help_text = _("Type %(number)s to confirm.") % {"number": version.number}

    def clean_number(self) -> str:
        typed: str = self.cleaned_data["number"]
        if typed != self.version.number:
            raise forms.ValidationError(
                _("That is not the number of this version. Type %(number)s, exactly so.")
                % {"number": self.version.number}
            )
        return typed


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _then_ring(act: Callable[[], object], accounts: Callable[[], set[int | None]]) -> None:
    """Do it, and wake the workers of the accounts it concerns after the commit."""
    with transaction.atomic():
        act()
        for account in accounts():
            if account is not None:
                transaction.on_commit(partial(ring, account))


def _accounts(dataset: Dataset) -> set[int | None]:
    return set(Doi.objects.filter(version__dataset=dataset).order_by().values_list("account", flat=True))


# --- the switch ------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(_ASK)
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
    done_by = by(request)
    return answer(
        request,
        door,
        act,
        lambda _fields: _then_ring(
            partial(issuance.switch_on, dataset, by=done_by), partial(_accounts, dataset)
        ),
        dataset=dataset,
    )


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
@require_http_methods(_ASK)
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
    done_by = by(request)
    return answer(
        request,
        door,
        act,
        lambda _fields: _then_ring(
            partial(issuance.switch_off, dataset, by=done_by), partial(_accounts, dataset)
        ),
        dataset=dataset,
    )


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


# --- one version's DOI -----------------------------------------------------------------------------------------------


def _with_doi(request: HttpRequest, org: str, slug: str, pk: UUID, role: Role) -> tuple[Door, Version, Doi]:
    """The version and its DOI, for somebody with ``role``. Raises Http404 for a version without one."""
    door = enter(request, org, role)
    version = get_version(get_dataset(door, slug), pk)
    doi = selectors.doi_of(version)
    if doi is None or doi.organization_id != door.organization.pk:
        raise Http404
    return door, version, doi


@login_required
@require_http_methods(_ASK)
def reserve(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    door = enter(request, org, Role.CURATOR)
    version = get_version(get_dataset(door, slug), pk)
    force = selectors.in_force(door.organization)
    act = Act(
        heading=_("Reserve a DOI for version %(number)s") % {"number": version.number},
        confirm=_("Reserve a DOI"),
        done=_("The DOI is reserved; it is shown beside the version."),
        cancel_url=address(version.dataset),
        consequences=_reserve_consequences(version.dataset, force),
        refused=_why_not_reserve(version, force),
        refusals=(DoiError,),
    )
    return answer(
        request, door, act, lambda _fields: issuance.reserve(version, by=by(request)), dataset=version.dataset
    )


def _reserve_consequences(dataset: Dataset, force: selectors.InForce) -> list[Consequence]:
    said = [
        Consequence(
            _("A name under %(prefix)s is chosen and kept for this version; it is never given to another.")
            % {"prefix": force.account.prefix if force.account else ""}
        ),
        Consequence(
            _("Nothing is sent to the registry yet, so the DOI leads nowhere until the version is released.")
        ),
        Consequence(_("You can write it into the data, a manuscript or a manual now.")),
    ]
    if not selectors.is_on(dataset):
        said.append(
            Consequence(
                _(
                    "DOI issuance is off for this dataset: unless it is switched on, the DOI is never activated."
                )
            )
        )
    if force.account is not None and force.account.login.environment == Environment.TEST:
        said.append(Consequence(_("The account in force is a test account: this DOI never resolves.")))
    return said


def _why_not_reserve(version: Version, force: selectors.InForce) -> str | None:
    if (
        version.released_at is not None
        or version.deleted_at is not None
        or version.dataset.deleted_at is not None
    ):
        return _("Only the unreleased next version can have a DOI reserved.")
    if force.account is None:
        return _(
            "No DOI account is in force. An administrator sets one up under Settings, DOI configuration."
        )
    return None


@login_required
@require_http_methods(_ASK)
def permanent_now(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    door, version, doi = _with_doi(request, org, slug, pk, Role.ADMINISTRATOR)
    act = Act(
        heading=_("Make the DOI of version %(number)s permanent now") % {"number": version.number},
        lead=doi.name,
        confirm=_("Make it permanent now"),
        done=_("The DOI is being made permanent."),
        cancel_url=address(version.dataset),
        consequences=_permanent_consequences(version.dataset, doi),
        refused=_why_not_permanent(doi),
        danger=True,
        form=PermanentNowForm(_posted(request), version=version),
        refusals=(DoiError,),
    )
    done_by = by(request)
    return answer(
        request,
        door,
        act,
        lambda _fields: _then_ring(
            partial(windows.make_permanent_now, doi, by=done_by), lambda: {doi.account_id}
        ),
        dataset=version.dataset,
    )


def _permanent_consequences(dataset: Dataset, doi: Doi) -> list[Consequence]:
    becomes = State.FINDABLE if dataset.is_public else State.REGISTERED
    said = [
        Consequence(
            _("The DOI becomes %(state)s at the registry within moments.") % {"state": becomes.label.lower()}
        ),
        Consequence(
            _("It can never be deleted, and the version can never be unreleased."), irreversible=True
        ),
    ]
    if doi.permanent_after is not None:
        said.insert(
            0,
            Consequence(
                _("By itself it would become permanent on %(at)s.") % {"at": spoken(doi.permanent_after)}
            ),
        )
    return said


def _why_not_permanent(doi: Doi) -> str | None:
    if doi.state in PERMANENT:
        return _("This DOI is permanent already.")
    if doi.state != State.DRAFT:
        return _("The registry has no draft of it yet, so there is nothing to make permanent.")
    if doi.held_at is not None:
        return _("This DOI is held; lift the hold first.")
    return None


@login_required
@require_http_methods(_ASK)
def hold(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    door, version, doi = _with_doi(request, org, slug, pk, Role.ADMINISTRATOR)
    act = Act(
        heading=_("Hold the DOI of version %(number)s") % {"number": version.number},
        lead=doi.name,
        confirm=_("Hold it"),
        done=_("The DOI is held: it stays as it is until the hold is lifted."),
        cancel_url=address(version.dataset),
        consequences=[
            Consequence(_("It does not become permanent until somebody lifts the hold.")),
            Consequence(_("Its deadline is shown, and does not count, while it is held.")),
            Consequence(_("The version can still be unreleased.")),
        ],
        refused=_why_not_hold(doi),
        form=HoldForm(_posted(request)),
        refusals=(DoiError,),
    )
    return answer(
        request,
        door,
        act,
        lambda fields: windows.hold(doi, reason=fields["reason"], by=by(request)),
        dataset=version.dataset,
    )


def _why_not_hold(doi: Doi) -> str | None:
    if doi.state in PERMANENT or doi.step == Step.PROMOTE:
        return _("This DOI is permanent, or becoming so at this moment, so it cannot be held.")
    if doi.held_at is not None:
        return _("This DOI is held already: %(reason)s") % {"reason": doi.hold_reason}
    return None


@login_required
@require_http_methods(_ASK)
def lift_hold(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    door, version, doi = _with_doi(request, org, slug, pk, Role.ADMINISTRATOR)
    extra = in_words(min(86_400, settings.DOI_DRAFT_WINDOW))
    act = Act(
        heading=_("Lift the hold on the DOI of version %(number)s") % {"number": version.number},
        lead=doi.name,
        confirm=_("Lift the hold"),
        done=_("The hold is lifted."),
        cancel_url=address(version.dataset),
        consequences=[
            Consequence(_("It becomes permanent at its deadline.")),
            Consequence(
                _("If the deadline has passed meanwhile, a new one is set: %(time)s from now.")
                % {"time": extra}
            ),
        ],
        refused=None if doi.held_at is not None else _("This DOI is not held."),
        refusals=(DoiError,),
    )
    done_by = by(request)
    return answer(
        request,
        door,
        act,
        lambda _fields: _then_ring(partial(windows.lift_hold, doi, by=done_by), lambda: {doi.account_id}),
        dataset=version.dataset,
    )


@login_required
@require_safe
def payload(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    """Exactly what the registry is sent for this version as it stands now."""
    door, version, doi = _with_doi(request, org, slug, pk, Role.VIEWER)
    loaded = Doi.objects.select_related(
        "account__login", "version__dataset__organization", "version__dataset__issuance"
    ).get(pk=doi.pk)
    step = Step.CREATE if doi.state in {State.PLANNED, State.DISCARDED} else Step.UPDATE
    sent = judgement.payload(judgement.judge(loaded), step)
    body = sent.xml
    if sent.attributes is not None:
        body = json.dumps({"url": sent.url, **sent.attributes}, indent=2, ensure_ascii=False)
    context = {
        "door": door,
        "organization": door.organization,
        "dataset": version.dataset,
        "version": version,
        "doi": doi,
        "payload": sent,
        "body": body,
        "is_xml": sent.xml is not None,
        "crumbs": crumbs(door, version.dataset),
    }
    return render(request, "doi/panel/payload.html", context)
