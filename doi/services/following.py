"""
The account in force changed: planned DOIs follow it, and versions that had none to take get theirs.

A page does what is quickly done; what is left the engine does in slices, however many versions there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError, transaction
from django.db.models import Q

from datasets.services import By
from doi import clock
from doi.failpoints import pass_point
from doi.models import Following
from doi.services import issuance, pinning
from doi.services.issuance import Place
from organizations.models import Organization

log = structlog.get_logger(__name__)

REST = timedelta(minutes=5)
# Versions in one request, and in one transaction of the engine.
AT_ONCE = 50
SLICE = 100


@dataclass(slots=True)
class _Allowance:
    left: int


def follow(organizations: Iterable[Organization], *, by: By) -> None:
    """Bring what is quickly brought under the account in force now, and leave the rest to `go_on`."""
    allowance = _Allowance(AT_ONCE)
    for organization in organizations:
        if _bring(organization, Place(), allowance, by=by) is None:
            Following.objects.filter(organization=organization).delete()
            continue
        # From the beginning, also where an earlier change is on its way: what it brought may have to follow again.
        Following.objects.update_or_create(
            organization=organization,
            defaults={
                "asked_at": by.now,
                "actor": by.actor,
                "cause": by.cause,
                "dataset_id": 0,
                "position": 0,
                "not_before": None,
            },
        )


def go_on() -> bool:
    """
    The engine's side: one slice of the change that waits longest. True while there is more to do at once.

    One that our own program fails over is left alone for a while, and stops nobody else's.
    """
    now = clock.now()
    rows = Following.objects.filter(Q(not_before__isnull=True) | Q(not_before__lte=now))
    key = rows.order_by("asked_at", "pk").values_list("pk", flat=True).first()
    if key is None:
        return False
    try:
        _take_a_slice(key, now=now)
    except OperationalError:
        raise
    except Exception:
        # One organization's trouble is not the others'.
        log.exception("following_failed", following=key)
        Following.objects.filter(pk=key).update(not_before=now + REST)
    return True


def _take_a_slice(key: int, *, now: datetime) -> None:
    with transaction.atomic():
        rows = Following.objects.select_for_update(of=("self",), skip_locked=True)
        row = rows.select_related("organization").filter(pk=key).first()
        if row is None:
            # Another process has it, or has just ended it.
            return
        by = By(actor=row.actor, cause=row.cause, now=now)
        reached = _bring(row.organization, Place(row.dataset_id, row.position), _Allowance(SLICE), by=by)
        pass_point("follow.brought")
        if reached is None:
            row.delete()
        else:
            row.dataset_id, row.position, row.not_before = reached.dataset_id, reached.position, None
            row.save(update_fields=["dataset_id", "position", "not_before"])
    pass_point("follow.committed")


def _bring(organization: Organization, after: Place, allowance: _Allowance, *, by: By) -> Place | None:
    """Spend the allowance on this organization; where to go on, or None when nothing is left to do."""
    allowance.left -= pinning.take_what_is_in_force(organization, limit=allowance.left, by=by)
    if allowance.left <= 0:
        return after
    looked, reached = issuance.catch_up(organization, after=after, limit=allowance.left, by=by)
    finished = looked < allowance.left
    allowance.left -= looked
    return None if finished else reached
