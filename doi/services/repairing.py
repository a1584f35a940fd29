"""What a person may do about a finding: one act for each, which says first what it will do."""

from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from datasets.models import Version
from datasets.services import By
from doi import findings, history, selectors
from doi.errors import AccountNotReadyError, NotAllowedError
from doi.models import Doi, DoiEvent, Finding, Kind
from doi.services.adoption import adopt
from doi.services.wishes import LOADED, tell
from doi.states import State


class Repair(StrEnum):
    """`SEND`: look, then send what is owed. `ANEW`: look, and make a draft that is gone anew. `ADOPT`: give it a row."""

    SEND = "send"
    ANEW = "anew"
    ADOPT = "adopt"


def repair_of(finding: Finding) -> Repair:
    if finding.kind == Kind.ORPHAN:
        return Repair.ADOPT
    gone_draft = finding.kind == Kind.MISSING and finding.doi is not None and finding.doi.state == State.DRAFT
    return Repair.ANEW if gone_draft else Repair.SEND


def why_not(finding: Finding) -> str | None:
    """Why nothing can be done about it from here, in a sentence; None where it can."""
    if finding.healed_at is not None:
        return _("This finding is gone already.")
    if finding.kind != Kind.ORPHAN:
        return None
    version = orphaned(finding)
    if version is None:
        return _("It leads to no version of this organization; discard or correct it at the registry.")
    if Doi.objects.filter(landing_id=version.pk, environment=finding.login.environment).exists():
        return _("The version it leads to has a DOI already; discard or correct this one at the registry.")
    account = selectors.in_force(version.dataset.organization).account
    if account is None or account.login_id != finding.login_id:
        return _(
            "Another account is in force now, so this DOI cannot be taken over; correct it at the registry."
        )
    if version.deleted_at is not None:
        return _("The version it leads to is deleted; restore it first, or discard the DOI at the registry.")
    return None


def orphaned(finding: Finding) -> Version | None:
    """The version of the finding's organization that an orphan leads to."""
    version = findings.version_of(finding.detail)
    here = version is not None and version.dataset.organization_id == finding.organization_id
    return version if here else None


@transaction.atomic
def repair(finding: Finding, *, by: By) -> None:
    """Set in motion what heals `finding`; the engine does it. Raises NotAllowedError."""
    refused = why_not(finding)
    if refused is not None:
        raise NotAllowedError(refused)
    if finding.doi is None:
        _adopt(finding, by=by)
    else:
        _make_due(finding, Doi.objects.select_for_update().get(pk=finding.doi.pk), by=by)
    Finding.objects.filter(pk=finding.pk).update(mended_at=by.now, mended_by=by.actor)


def _make_due(finding: Finding, doi: Doi, *, by: By) -> None:
    if doi.account_id is None or not findings.make_due(doi, [Kind(finding.kind)], now=by.now):
        raise NotAllowedError(
            _("Something is being sent for this DOI at this moment; try again in a minute.")
        )
    row = Doi.objects.filter(pk=doi.pk)
    if repair_of(finding) == Repair.ANEW:
        # Absent is then as it should be, and what is wanted is made again. The look comes first.
        row.update(discard_sent_at=by.now)
    row.update(compare_after=by.now + findings.AFTER_MENDING)
    tell(row.select_related(*LOADED), "repair_asked", by=by, kind=finding.kind)


def _adopt(finding: Finding, *, by: By) -> None:
    version = orphaned(finding)
    assert version is not None  # noqa: S101  (asked just before)
    try:
        adopt(version, finding.name, by=by)
    except AccountNotReadyError as error:
        raise NotAllowedError(str(error)) from error
    Finding.objects.filter(pk=finding.pk).update(healed_at=by.now, healed_by=by.actor)
    line = DoiEvent(
        at=by.now,
        organization_id=finding.organization_id,
        doi_name=finding.name,
        actor=by.actor,
        cause=by.cause,
        event="drift_healed",
        outcome=finding.kind,
        detail={"by": by.actor},
    )
    history.record([line])
