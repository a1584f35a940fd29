"""A comparison's turn with one login: the hold of a drain for some seconds, its manners, and what it pays for a question."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillAway
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.conf import settings

from doi import bucket, claims, clock
from doi.bucket import Wallet
from doi.errors import BadCredentialsError, RegistryUnavailableError
from doi.models import Account, Lane, Login
from doi.registries.base import Registry

# A registry's answer may be as old as this: a row that was confirmed later is not judged by one that differs.
STALE: Final = timedelta(minutes=15)
# Of an account's bulk pace.
SHARE: Final = 0.5
# Shares of the lease: one turn with a login, and how long a login is left alone that failed.
TURN, REST = 5 / 300, 60 / 300

type Ask[T] = Callable[[], T]


@dataclass(frozen=True, slots=True)
class Manners:
    """How a comparison behaves: `mend` what heals itself, how old an answer may be, and `patient` while people wait."""

    mend: bool = True
    stale: timedelta = STALE
    patient: bool = True


class TroubleError(Exception):
    """The registry gave no answer; the turn is over. `rest`: seconds in which this login is not compared."""

    def __init__(self, words: str, *, rest: float) -> None:
        super().__init__(words)
        self.rest = rest


@dataclass(slots=True)
class Turn:
    """Some seconds with one login, under the hold of a drain: no more is in flight than its limit allows."""

    login: Login
    account: Account
    token: int
    registry: Registry
    pool: ThreadPoolExecutor
    wallet: Wallet
    manners: Manners
    answered: int = 0
    kept: bool = True
    renewed: float = field(default_factory=time.monotonic)

    def ask[T](self, question: Ask[T]) -> T:
        """Put one question, keeping the hold while the answer is away. Raises TroubleError, or what else is told."""
        future = self.pool.submit(question)
        while True:
            try:
                answer = future.result(timeout=settings.DOI_LEASE * TURN)
            except StillAway:
                self._renew()
            except BadCredentialsError as error:
                # Not a word about the login: its own steps find out, and ask a probe.
                raise TroubleError(str(error), rest=3600.0) from error
            except RegistryUnavailableError as error:
                raise TroubleError(str(error), rest=error.retry_after or settings.DOI_LEASE * REST) from error
            else:
                self._renew()
                self.answered += 1
                return answer

    def _renew(self) -> None:
        if time.monotonic() - self.renewed > settings.DOI_LEASE * TURN / 2:
            self.renewed = time.monotonic()
            self.kept = self.kept and claims.renew(self.account.pk, self.token, now=clock.now())

    def pays(self) -> bool:
        """Bulk drafts' manners, and half their pace."""
        now = clock.now()
        rate = max(settings.BULK_REQUESTS_PER_SECOND * SHARE, 0.001)
        if not bucket.take(pace_key(self.login.pk), 1, rate=rate, burst=max(rate * 5, 1.0), now=now):
            return False
        return self.wallet.spend(1, lane=Lane.BULK, now=now)


def pace_key(login: int) -> str:
    return f"compare:{login}"
