"""
Leases: which rows are ours to look at, and for how long.

One UPDATE claims due rows by moving `next_attempt_at` past the lease and raising the token. The hold on an account is
a lock of its own, short and renewed, so that a killed worker delays its account by seconds and only the rows it was
sending by the lease. All times are the database's.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F, Q

from doi.models import Account, Doi

BATCH = 50


def lease() -> timedelta:
    return timedelta(seconds=settings.DOI_LEASE)


def hold_length() -> timedelta:
    """20 s for a lease of 300 s, renewed four times as often."""
    return lease() / 15


def accounts_with_due(now: datetime) -> list[int]:
    """Accounts that have something due and may be used now: login in order, nobody draining."""
    usable = Q(
        login__verified_at__isnull=False, login__refused_at__isnull=True, login__paused_at__isnull=True
    )
    free = Q(drain_until__isnull=True) | Q(drain_until__lte=now)
    due = Doi.objects.filter(next_attempt_at__lte=now, account__isnull=False).values("account")
    return list(
        Account.objects.filter(usable & free, pk__in=due)
        .order_by("drain_until", "pk")
        .values_list("pk", flat=True)
    )


def hold(account_id: int, *, now: datetime) -> int | None:
    """Become the one drain of this account; returns the hold's token, or None while another has it."""
    free = Q(drain_until__isnull=True) | Q(drain_until__lte=now)
    taken = Account.objects.filter(free, pk=account_id).update(
        drain_token=F("drain_token") + 1, drain_until=now + hold_length()
    )
    if not taken:
        return None
    token: int = Account.objects.values_list("drain_token", flat=True).get(pk=account_id)
    return token


def renew(account_id: int, token: int, *, now: datetime) -> bool:
    """Keep the hold; False when it is lost, and then nothing more may be claimed."""
    return bool(
        Account.objects.filter(pk=account_id, drain_token=token).update(drain_until=now + hold_length())
    )


def let_go(account_id: int, token: int, *, until: datetime | None) -> None:
    """End the hold; `until` leaves the account alone for a while (its registry does not answer)."""
    Account.objects.filter(pk=account_id, drain_token=token).update(drain_until=until)


def free_unsent(account_id: int, *, now: datetime) -> int:
    """Give back at once what a drain that died had claimed and not marked as being sent."""
    return int(
        Doi.objects.filter(account=account_id, step="", leased_until__isnull=False).update(
            next_attempt_at=now, leased_until=None
        )
    )


def claim(account_id: int, *, limit: int, now: datetime) -> dict[int, int]:
    """Lease up to `limit` due rows, the person's first; returns id → token."""
    skip = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    field = Doi._meta.get_field("next_attempt_at")  # noqa: SLF001  (Django's documented model API)
    until = field.get_db_prep_save(now + lease(), connection)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE doi_doi SET next_attempt_at = %s, leased_until = %s, lease_token = lease_token + 1 "  # noqa: S608
            "WHERE id IN (SELECT id FROM doi_doi WHERE account_id = %s AND next_attempt_at <= %s "
            f"ORDER BY lane, next_attempt_at, id LIMIT %s {skip}) RETURNING id, lease_token",
            [until, until, account_id, field.get_db_prep_save(now, connection), limit],
        )
        return dict(cursor.fetchall())


def give_back(leases: Iterable[tuple[int, int]], *, now: datetime) -> None:
    """Return claimed rows that were not sent, due at once."""
    for pk, token in leases:
        Doi.objects.filter(pk=pk, lease_token=token, step="").update(next_attempt_at=now, leased_until=None)


def load(leases: dict[int, int]) -> list[Doi]:
    """The claimed rows with all that a decision needs, in the order they are sent."""
    rows = Doi.objects.filter(pk__in=leases).select_related(
        "account__login", "version__dataset__organization", "version__dataset__issuance", "organization"
    )
    return [row for row in rows.order_by("lane", "id") if row.lease_token == leases[row.pk]]
