"""
The loop without a broker: the same functions that the Celery tasks call, in one process of its own.

Several may run at once, and any may be killed anywhere.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import OperationalError, close_old_connections, connection

from doi import agreement, chain, claims, clock, drift, looks
from doi.drains import Drained
from doi.engine import drain
from doi.services import back_issue, following, reminding

log = logging.getLogger(__name__)

# Accounts at once. Twice what a few cores could use, as one that hangs only waits: see `claims.FAILING_DRAINS`.
DRAINS = 16
PAUSE = 0.5
UPKEEP = 60.0
# Where the looks and the comparison stand among the drains: no account has these ids.
LOOKS, DRIFT = 0, -1


def run(*, until_idle: bool, timeout: float | None, stop: threading.Event) -> bool:
    """
    Run until `stop`, until `timeout` seconds have passed, or (`until_idle`) until nothing is due and nothing in flight.

    Returns True when it ended idle or was asked to stop, False when the time ran out, or a drain failed, with work left.
    """
    ends = time.monotonic() + timeout if timeout is not None else None
    running: dict[int, Future[object]] = {}
    failed: set[int] = set()
    kept_up = time.monotonic()
    with ThreadPoolExecutor(max_workers=DRAINS + 2, thread_name_prefix="drain") as pool:
        while not stop.is_set():
            idle = _sweep(running, failed, pool, stop.is_set, compares=not until_idle)
            if time.monotonic() - kept_up > UPKEEP:
                kept_up = time.monotonic()
                _keep_up()
            if until_idle and idle:
                return not failed
            if ends is not None and time.monotonic() > ends:
                stop.set()
                return False
            stop.wait(PAUSE if idle else 0.05)
    return True


def _keep_up() -> None:
    """What is done now and then beside the drains, and holds none of them up when it fails."""
    try:
        chain.seal(now=clock.now())
        reminding.remind(now=clock.now())
    except Exception:
        # It is done the next time; what there is to do stands in the rows.
        log.exception("upkeep_failed")
        close_old_connections()


def _sweep(
    running: dict[int, Future[object]],
    failed: set[int],
    pool: ThreadPoolExecutor,
    stop: Callable[[], bool],
    *,
    compares: bool,
) -> bool:
    """
    Start a drain for each account that has something due; True when there is nothing to do at all.

    `compares`: the standing comparison is for an engine that stays. One that ends when nothing is wanted any more asks
    registries for nothing that nobody wants.
    """

    def start() -> None:
        _start_drains(running, failed, pool, stop)

    try:
        agreement.watch()
        start()
        # Between two slices too: what many have asked for at once must not keep the drains from starting.
        busy = following.go_on() | back_issue.expand_open_runs(between=start)
        start()
        now = clock.now()
        looks_due = LOOKS not in running and looks.are_due(now)
        drift_due = compares and DRIFT not in running and drift.are_due(now)
    except OperationalError:
        # The database is away or busy; what was to be done is still in it when it is back.
        log.exception("sweep_failed")
        close_old_connections()
        return False
    if looks_due:
        running[LOOKS] = pool.submit(_look, stop)
    if drift_due:
        running[DRIFT] = pool.submit(_compare, stop)
    return not busy and not running


def _start_drains(
    running: dict[int, Future[object]],
    failed: set[int],
    pool: ThreadPoolExecutor,
    stop: Callable[[], bool],
) -> None:
    for account in [account for account, future in running.items() if future.done()]:
        ended_well = running.pop(account).result() is not None
        (failed.discard if ended_well else failed.add)(account)
    # No more than there are threads: who comes later and is more urgent does not stand behind them.
    free = DRAINS - len(running.keys() - {LOOKS, DRIFT})
    due = claims.accounts_with_due(clock.now())
    for account in [account for account in due if account not in running][:free]:
        running[account] = pool.submit(_drain, account, stop)


def _drain(account: int, stop: Callable[[], bool]) -> Drained | None:
    """One account's trouble is not the others': it is logged, and the account left alone for some seconds."""
    close_old_connections()
    try:
        return drain(account, stop=stop)
    except Exception:
        # One account's trouble is not the others'.
        log.exception("drain_failed account=%s", account)
        return None
    finally:
        connection.close()


def _look(stop: Callable[[], bool]) -> int | None:
    """Look whether new DOIs resolve; that this fails is nobody else's trouble."""
    close_old_connections()
    try:
        return looks.take(stop=stop)
    except Exception:
        # Whatever it is, what was to be looked at is taken again after the lease.
        log.exception("looks_failed")
        return None
    finally:
        connection.close()


def _compare(stop: Callable[[], bool]) -> int | None:
    """Compare with the registries; that this fails is nobody else's trouble."""
    close_old_connections()
    try:
        return drift.take(stop=stop)
    except Exception:
        # Whatever it is, what was to be compared is taken again after the lease.
        log.exception("comparison_failed")
        return None
    finally:
        connection.close()
