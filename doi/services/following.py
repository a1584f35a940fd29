"""
The account in force changed: planned DOIs follow it, and versions that had none to take get theirs.

A page does what is quickly done; what is left the engine does in slices, however many versions there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from datasets.services import By
from doi import clock
from doi.failpoints import pass_point
from doi.models import Following
from doi.services import issuance, pinning
from doi.services.issuance import Place
from organizations.models import Organization

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
            },
        )


def go_on() -> bool:
    """The engine's side: one slice of the change that waits longest. True while there is more to do at once."""
    with transaction.atomic():
        rows = Following.objects.select_for_update(of=("self",), skip_locked=True).select_related(
            "organization"
        )
        row = rows.order_by("asked_at", "pk").first()
        if row is None:
            return False
        by = By(actor=row.actor, cause=row.cause, now=clock.now())
        reached = _bring(row.organization, Place(row.dataset_id, row.position), _Allowance(SLICE), by=by)
        pass_point("follow.brought")
        if reached is None:
            row.delete()
        else:
            row.dataset_id, row.position = reached.dataset_id, reached.position
            row.save(update_fields=["dataset_id", "position"])
    pass_point("follow.committed")
    return True


def _bring(organization: Organization, after: Place, allowance: _Allowance, *, by: By) -> Place | None:
    """Spend the allowance on this organization; where to go on, or None when nothing is left to do."""
    allowance.left -= pinning.take_what_is_in_force(organization, limit=allowance.left, by=by)
    if allowance.left <= 0:
        return after
    looked, reached = issuance.catch_up(organization, after=after, limit=allowance.left, by=by)
    finished = looked < allowance.left
    allowance.left -= looked
    return None if finished else reached
