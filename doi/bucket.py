"""
One request budget per registry host, and one per account for bulk drafts, shared by all processes through the database.

Burst at most 20; in any 300 s never more than the budget: a bucket that holds b and fills at r gives at most r·300 + b,
and as much as is in hand may be sent a little later. What this keeps back is below two percent.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from doi.address import host_key
from doi.failpoints import pass_point
from doi.models import Account, Budget, Lane

BURST = 20.0
BURST_SHARE = 0.01  # of the budget
# Seconds that a slice may be in hand before it is sent: so much longer is what the registry sees as 300.
IN_HAND = 2.0
DEAREST = 3.0  # requests of the dearest step, which a bucket must be able to hold
BULK_SHARE = 0.9  # of a host's budget: a person's release always finds something left


def host_rate(account: Account) -> tuple[float, float]:
    """Requests per second and burst for the registry of `account`."""
    budget = settings.REQUESTS_PER_5_MINUTES[account.login.provider, account.login.environment]
    burst = max(min(BURST, budget * BURST_SHARE), DEAREST)
    return max(budget - burst, 1.0) / (300 + IN_HAND), burst


def take(key: str, wanted: int, *, rate: float, burst: float, now: datetime) -> int:
    """Take up to `wanted` whole tokens from the bucket `key`; returns how many were granted, possibly 0."""
    with transaction.atomic(savepoint=False):
        row = Budget.objects.select_for_update().filter(key=key).first()
        if row is None:
            row, _ = Budget.objects.select_for_update().get_or_create(
                key=key, defaults={"tokens": burst, "refilled_at": now}
            )
        gone = max((now - row.refilled_at).total_seconds(), 0.0)
        tokens = min(row.tokens + gone * rate, burst)
        # A hair more than it holds: what fills up in fractions must reach its whole numbers.
        granted = max(min(wanted, int(tokens + 1e-9)), 0)
        left = max(tokens - granted, 0.0) if granted else tokens
        row.tokens, row.refilled_at = left, max(now, row.refilled_at)
        row.save(update_fields=["tokens", "refilled_at"])
    return granted


def charge(key: str, requests: int) -> None:
    """Requests that were sent without asking first: the bucket owes them."""
    Budget.objects.filter(key=key).update(tokens=F("tokens") - requests)


def put_back(key: str, unused: int, *, burst: float, now: datetime) -> None:
    """Return tokens that were taken and not spent; not into a paused bucket, which stays empty."""
    with transaction.atomic(savepoint=False):
        row = Budget.objects.select_for_update().filter(key=key, refilled_at__lte=now).first()
        if row is not None:
            row.tokens = min(row.tokens + unused, burst)
            row.save(update_fields=["tokens"])


def pause(key: str, *, seconds: float, now: datetime) -> None:
    """Nobody takes from `key` for `seconds`, as the registry asked (Retry-After); a longer pause stays."""
    until = now + timedelta(seconds=seconds)
    with transaction.atomic():
        row, made = Budget.objects.select_for_update().get_or_create(
            key=key, defaults={"tokens": 0.0, "refilled_at": until}
        )
        if not made:
            row.tokens, row.refilled_at = 0.0, max(until, row.refilled_at)
            row.save(update_fields=["tokens", "refilled_at"])


def paused_until(key: str, *, now: datetime) -> datetime | None:
    """When a paused bucket opens again; None for one that is open."""
    return (
        Budget.objects.filter(key=key, tokens__lte=0.0, refilled_at__gt=now)
        .values_list("refilled_at", flat=True)
        .first()
    )


def paused(*, now: datetime) -> set[str]:
    """The keys of all buckets that are paused."""
    return set(Budget.objects.filter(tokens__lte=0.0, refilled_at__gt=now).values_list("key", flat=True))


@dataclass(slots=True)
class Purse:
    """A slice of one bucket, so that not each request asks the database; what is not spent in time goes back."""

    key: str
    rate: float
    burst: float
    in_hand: int = 0
    taken_at: float = 0.0
    dry_until: float = 0.0

    SLICE = 1.0  # seconds' worth
    KEPT = IN_HAND  # seconds
    DRY = 0.1  # seconds before an empty bucket is asked again

    def is_dry(self, requests: int) -> bool:
        """Not enough in hand, and the bucket had no more a moment ago."""
        return self.in_hand < requests and time.monotonic() < self.dry_until

    def must_ask(self, requests: int) -> bool:
        """Not enough in hand, or kept for too long."""
        return self.in_hand < requests or time.monotonic() - self.taken_at > self.KEPT

    def holds(self, requests: int, *, now: datetime) -> bool:
        """Whether `requests` can be paid, after asking the bucket if need be."""
        if not self.must_ask(requests):
            return True
        self.close(now=now)
        slice_ = max(requests, min(int(self.rate * self.SLICE), int(self.burst)))
        self.in_hand = take(self.key, slice_, rate=self.rate, burst=self.burst, now=now)
        self.taken_at = time.monotonic()
        if self.in_hand < requests:
            self.dry_until = self.taken_at + min(self.DRY, 0.5 / self.rate)
        return self.in_hand >= requests

    def close(self, *, now: datetime) -> None:
        if self.in_hand:
            put_back(self.key, self.in_hand, burst=self.burst, now=now)
        self.in_hand = 0


class Wallet:
    """What one drain may still send: the host's purse, and for bulk drafts two narrower ones beside it."""

    def __init__(self, account: Account) -> None:
        host = host_key(account.login.provider, account.login.environment)
        rate, burst = host_rate(account)
        bulk = max(settings.BULK_REQUESTS_PER_SECOND, 0.001)
        self.host = Purse(host, rate, burst)
        self.bulk = (
            Purse(f"bulk:{account.pk}", bulk, max(min(BURST, bulk * 5), DEAREST)),
            Purse(f"bulk:{host}", rate * BULK_SHARE, max(burst * BULK_SHARE, DEAREST)),
        )

    def spend(self, requests: int, *, lane: int, now: datetime) -> bool:
        """Pay for `requests`; False when the budget has run out for the moment."""
        purses = [*self.bulk, self.host] if lane == Lane.BULK else [self.host]
        if any(purse.is_dry(requests) for purse in purses):
            return False
        if any(purse.must_ask(requests) for purse in purses):
            with transaction.atomic():
                if not all(purse.holds(requests, now=now) for purse in purses):
                    return False
        for purse in purses:
            purse.in_hand -= requests
        return True

    def charge(self, requests: int) -> None:
        """An exchange took more requests than it had paid for."""
        if requests:
            charge(self.host.key, requests)

    def paused_until(self, *, now: datetime) -> datetime | None:
        """Until when the registry asked everybody to wait, if it did."""
        return paused_until(self.host.key, now=now)

    def pause(self, seconds: float, *, now: datetime) -> None:
        """The registry asks to wait: everybody does, and nothing is left in hand."""
        if not seconds:
            return
        pause(self.host.key, seconds=seconds, now=now)
        pass_point("budget.paused")
        self.host.in_hand = 0

    def close(self, *, now: datetime) -> None:
        for purse in (self.host, *self.bulk):
            purse.close(now=now)
