"""Holding a DOI inside its window, and making it permanent before the window ends."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from datasets.services import By
from doi import history
from doi.errors import NotAllowedError
from doi.models import Doi
from doi.services.holding import new_deadline
from doi.services.wishes import LOADED, cancellable, tell, wish
from doi.states import State, Wanted
from doi.stops import Stops


def hold(doi: Doi, *, reason: str, by: By) -> None:
    """It stays a draft until the hold is lifted. Raises NotAllowedError past the point of no return."""
    if not reason.strip():
        raise NotAllowedError(_("Say why the DOI is held; the reason is shown to everybody who works on it."))
    with transaction.atomic():
        if not wish(
            cancellable(_row(doi)),
            now=by.now,
            promote_now_at=None,
            held_at=by.now,
            hold_reason=reason.strip()[:500],
            held_by=history.person_of(by),
        ):
            raise NotAllowedError(_("This DOI is permanent already, so it cannot be held."))
        tell(_row(doi).select_related(*LOADED), "held", by=by, reason=reason.strip()[:500])


def lift_hold(doi: Doi, *, by: By) -> None:
    """Lifted after the due time, the new deadline is min(24 h, the window) later, so that nobody is surprised."""
    with transaction.atomic():
        row = _row(doi).select_for_update().get()
        if row.held_at is None:
            raise NotAllowedError(_("This DOI is not held."))
        changes: dict[str, Any] = {"held_at": None, "hold_reason": "", "held_by": None}
        if row.permanent_after is not None and row.permanent_after <= by.now:
            changes["permanent_after"] = new_deadline(by.now)
        wish(_row(doi), now=by.now, **changes)
        tell(_row(doi).select_related(*LOADED), "hold_lifted", by=by)


def make_permanent_now(doi: Doi, *, by: By) -> None:
    """An administrator's explicit act for one draft; there is no way back from it."""
    with transaction.atomic():
        row = _row(doi).select_for_update().get()
        if row.state != State.DRAFT or row.wanted != Wanted.PERMANENT:
            raise NotAllowedError(_("Only the draft of a released version can be made permanent."))
        if row.held_at is not None:
            raise NotAllowedError(_("This DOI is held; lift the hold first."))
        above = Stops.read().gate(row)
        if above is not None:
            raise NotAllowedError(above.sentence)
        wish(_row(doi), now=by.now, promote_now_at=by.now)
        tell(_row(doi).select_related(*LOADED), "make_permanent_now", by=by)


def _row(doi: Doi) -> QuerySet[Doi]:
    return Doi.objects.filter(pk=doi.pk)
