"""The window of one version's DOI: hold it, lift the hold, end it now. An administrator's acts."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from datasets.hooks import Consequence
from datasets.models import Dataset, Version
from datasets.views.common import Act, Door, address, answer
from doi.errors import DoiError
from doi.models import Doi
from doi.services import windows
from doi.states import PERMANENT, State, Step
from doi.views import by
from doi.views.acts import ASK, posted, then_ring, with_doi
from organizations.context import in_words, spoken
from organizations.models import Role


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("Shown to everybody who works on these DOIs, with your name."),
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


@login_required
@require_http_methods(ASK)
def permanent_now(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    door, version, doi = with_doi(request, org, slug, pk, Role.ADMINISTRATOR)
    act = _act(
        doi,
        version,
        heading=_("Make the DOI of version %(number)s permanent now"),
        confirm=_("Make it permanent now"),
        done=_("The DOI is being made permanent."),
        consequences=_permanent_consequences(version.dataset, doi),
        refused=_why_not_permanent(doi),
        danger=True,
        form=PermanentNowForm(posted(request), version=version),
    )
    done_by = by(request)
    return _answer(request, door, act, doi, lambda _fields: windows.make_permanent_now(doi, by=done_by))


@login_required
@require_http_methods(ASK)
def hold(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    door, version, doi = with_doi(request, org, slug, pk, Role.ADMINISTRATOR)
    act = _act(
        doi,
        version,
        heading=_("Hold the DOI of version %(number)s"),
        confirm=_("Hold it"),
        done=_("The DOI is held: it stays as it is until the hold is lifted."),
        consequences=[
            Consequence(_("It does not become permanent until somebody lifts the hold.")),
            Consequence(_("Its deadline is shown, and does not count, while it is held.")),
            Consequence(_("The version can still be unreleased.")),
        ],
        refused=_why_not_hold(doi),
        form=HoldForm(posted(request)),
    )
    done_by = by(request)
    return _answer(
        request, door, act, doi, lambda fields: windows.hold(doi, reason=fields["reason"], by=done_by)
    )


@login_required
@require_http_methods(ASK)
def lift_hold(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    door, version, doi = with_doi(request, org, slug, pk, Role.ADMINISTRATOR)
    extra = {"time": in_words(min(86_400, settings.DOI_DRAFT_WINDOW))}
    act = _act(
        doi,
        version,
        heading=_("Lift the hold on the DOI of version %(number)s"),
        confirm=_("Lift the hold"),
        done=_("The hold is lifted."),
        consequences=[
            Consequence(_("It becomes permanent at its deadline.")),
            Consequence(
                _("If the deadline has passed meanwhile, a new one is set: %(time)s from now.") % extra
            ),
        ],
        refused=None if doi.held_at is not None else _("This DOI is not held."),
    )
    done_by = by(request)
    return _answer(request, door, act, doi, lambda _fields: windows.lift_hold(doi, by=done_by))


def _act(doi: Doi, version: Version, *, heading: str, **more: Any) -> Act:
    return Act(
        heading=heading % {"number": version.number},
        lead=doi.name,
        cancel_url=address(version.dataset),
        refusals=(DoiError,),
        **more,
    )


def _answer(
    request: HttpRequest, door: Door, act: Act, doi: Doi, do: Callable[[Mapping[str, Any]], object]
) -> HttpResponse:
    """Ask, or do it and wake the account's worker."""
    assert doi.version is not None  # noqa: S101  (it was found by its version)
    return answer(
        request,
        door,
        act,
        lambda fields: then_ring(partial(do, fields), lambda: {doi.account_id}),
        dataset=doi.version.dataset,
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


def _why_not_hold(doi: Doi) -> str | None:
    if doi.state in PERMANENT or doi.step == Step.PROMOTE:
        return _("This DOI is permanent, or becoming so at this moment, so it cannot be held.")
    if doi.held_at is not None:
        return _("This DOI is held already: %(reason)s") % {"reason": doi.hold_reason}
    return None
