"""
Whether the clocks agree by which a DOI becomes permanent: this machine's, the database's and the registry's.

While they do not, no promotion is sent; everything else goes on, and promotions do by themselves when they agree again.
"""

import logging
import math
import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from doi import clock
from doi.models import Account, Breaker, Budget, Doi
from doi.plan import CLOCKS_AGAIN, Obstacle
from doi.states import State

log = logging.getLogger(__name__)

WORD = "clock"
FROM_HOST = timedelta(seconds=5)
FROM_REGISTRY = timedelta(seconds=300)
# Of everything but a draft's window and a look, nothing waits for longer than a registry may ask (24 hours).
LONGEST_WAIT = timedelta(hours=25)
LONGEST_LOOK = timedelta(hours=31)
# Seconds between two lines in the log.
ALERT_AGAIN = 60.0

_alerted_at = {"host": -math.inf, "registry": -math.inf}
# Whether this process has looked, since the clocks last agreed, for what a moved clock had put off.
_settled = [False]


def with_host() -> Obstacle | None:
    """What to say while this machine's clock and the database's differ; None while they agree."""
    ahead = clock.ahead()
    if abs(ahead) <= FROM_HOST:
        return None
    _alert("host", ahead)
    return Obstacle(
        WORD,
        _(
            "The clocks of this service differ, so nothing is made permanent until they agree again; its operators "
            "have been alerted."
        ),
    )


def with_registry(date: datetime | None) -> Obstacle | None:
    """
    The same for the registry's clock, as its answer a moment ago told it (None: it did not).

    It is compared with this machine's, which is known to be within seconds of the database's. A registry need not follow
    the test clock: one that keeps the real time agrees as well.
    """
    ahead = clock.host() - date if date is not None else timedelta()
    if abs(ahead) <= FROM_REGISTRY or abs(ahead - clock.moved()) <= FROM_REGISTRY:
        return None
    _alert("registry", ahead)
    return Obstacle(
        WORD,
        _(
            "The registry's clock and this service's differ by minutes, so nothing is made permanent until they agree "
            "again; the operators have been alerted."
        ),
    )


def _alert(other: str, ahead: timedelta) -> None:
    """At most once a minute from each process."""
    if time.monotonic() - _alerted_at[other] < ALERT_AGAIN:
        return
    _alerted_at[other] = time.monotonic()
    log.error("clocks_disagree with=%s ahead=%.0fs promotions=held", other, ahead.total_seconds())


def watch() -> None:
    """For every sweep: alert while the clocks differ; once they agree, what a moved clock had put off is due."""
    if with_host() is not None:
        _settled[0] = False
    elif not _settled[0]:
        recall(clock.now())
        _settled[0] = True


def recall(now: datetime) -> int:
    """
    Make due what was put off by a clock that was ahead of its time, and end such holds. Returns how many DOIs it was.

    A draft waits for its window, everything else for a day at most: what waits for longer was counted by a wrong clock.
    """
    beyond = Q(next_attempt_at__gt=now + LONGEST_WAIT)
    by_clock = Q(attention=WORD, next_attempt_at__gt=now + CLOCKS_AGAIN)
    in_window = Q(state=State.DRAFT, next_attempt_at__lte=F("permanent_after"))
    with transaction.atomic():
        found = Doi.objects.filter(by_clock | (beyond & ~in_window)).update(next_attempt_at=now)
        Doi.objects.filter(look_after__gt=now + LONGEST_LOOK).update(look_after=now)
        Account.objects.filter(drain_until__gt=now + LONGEST_WAIT).update(drain_until=None)
        Budget.objects.filter(refilled_at__gt=now + LONGEST_WAIT).update(refilled_at=now)
        Breaker.objects.filter(try_at__gt=now + LONGEST_WAIT).update(try_at=now)
    if found:
        log.warning("recalled dois=%s", found)
    return found
