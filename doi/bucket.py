"""
One request budget per registry host, and one per account for bulk drafts, shared by all processes through the database.

Burst at most 20; in any 300 s never more than the budget: a bucket that holds b and fills at r gives at most r·300 + b.
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from doi.models import Account, Budget, Lane

BURST = 20.0


def host_key(account: Account) -> str:
    address = settings.REGISTRY_URLS[account.login.provider, account.login.environment]
    return f"host:{urlsplit(address).netloc}{urlsplit(address).path}"


def host_rate(account: Account) -> tuple[float, float]:
    """Requests per second and burst for the registry of `account`."""
    budget = settings.REQUESTS_PER_5_MINUTES[account.login.provider, account.login.environment]
    burst = min(BURST, budget / 2)
    return (budget - burst) / 300, burst


def take(key: str, wanted: int, *, rate: float, burst: float, now: datetime) -> int:
    """Take up to `wanted` whole tokens from the bucket `key`; returns how many were granted, possibly 0."""
    with transaction.atomic():
        row, _ = Budget.objects.select_for_update().get_or_create(
            key=key, defaults={"tokens": burst, "refilled_at": now}
        )
        gone = max((now - row.refilled_at).total_seconds(), 0.0)
        tokens = min(row.tokens + gone * rate, burst)
        granted = max(min(wanted, int(tokens)), 0)
        row.tokens, row.refilled_at = tokens - granted, max(now, row.refilled_at)
        row.save(update_fields=["tokens", "refilled_at"])
    return granted


def pause(key: str, *, seconds: float, now: datetime) -> None:
    """Nobody takes from `key` for `seconds`, as the registry asked (Retry-After)."""
    with transaction.atomic():
        Budget.objects.update_or_create(
            key=key, defaults={"tokens": 0.0, "refilled_at": now + timedelta(seconds=seconds)}
        )


class Wallet:
    """What one drain may still send: a slice taken from the shared buckets, so that not each request asks the database."""

    SLICE = 2.0  # seconds' worth

    def __init__(self, account: Account) -> None:
        self.account = account
        self.host = host_key(account)
        self.rate, self.burst = host_rate(account)
        self.in_hand = 0
        self.bulk_in_hand = 0

    def spend(self, requests: int, *, lane: int, now: datetime) -> bool:
        """Pay for `requests`; False when the budget has run out for the moment."""
        if lane == Lane.BULK and not self._bulk(requests, now=now):
            return False
        if self.in_hand < requests:
            slice_ = max(requests, min(int(self.rate * self.SLICE), int(self.burst)))
            self.in_hand += take(self.host, slice_ - self.in_hand, rate=self.rate, burst=self.burst, now=now)
        if self.in_hand < requests:
            return False
        self.in_hand -= requests
        if lane == Lane.BULK:
            self.bulk_in_hand -= requests
        return True

    def _bulk(self, requests: int, *, now: datetime) -> bool:
        rate = settings.BULK_REQUESTS_PER_SECOND
        burst = max(min(BURST, rate * 5), float(requests))
        if self.bulk_in_hand < requests:
            slice_ = max(requests, min(int(rate * self.SLICE), int(burst)))
            self.bulk_in_hand += take(
                f"bulk:{self.account.pk}", slice_ - self.bulk_in_hand, rate=rate, burst=burst, now=now
            )
        return self.bulk_in_hand >= requests
