"""
The loop without a broker: the same functions that the Celery tasks call, in one process of its own.

Several may run at once, and any may be killed anywhere.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import close_old_connections, connection

from doi import claims, clock
from doi.engine import Drained, drain
from doi.services import back_issue

DRAINS = 8
PAUSE = 0.5


def run(*, until_idle: bool, timeout: float | None, stop: threading.Event) -> bool:
    """
    Run until `stop`, until `timeout` seconds have passed, or (`until_idle`) until nothing is due and nothing in flight.

    Returns True when it ended idle or was asked to stop, False when the time ran out with work left.
    """
    ends = time.monotonic() + timeout if timeout is not None else None
    running: dict[int, Future[Drained]] = {}
    with ThreadPoolExecutor(max_workers=DRAINS, thread_name_prefix="drain") as pool:
        while not stop.is_set():
            busy = back_issue.expand_open_runs()
            for account in claims.accounts_with_due(clock.now()):
                if account not in running:
                    running[account] = pool.submit(_drain, account, stop.is_set)
            ended = [account for account, future in running.items() if future.done()]
            for account in ended:
                running.pop(account).result()
            if until_idle and not busy and not running and not claims.accounts_with_due(clock.now()):
                return True
            if ends is not None and time.monotonic() > ends:
                stop.set()
                return False
            _rest(stop, quick=busy or bool(ended) or bool(running))
    return True


def _rest(stop: threading.Event, *, quick: bool) -> None:
    stop.wait(0.05 if quick else PAUSE)


def _drain(account: int, stop: Callable[[], bool]) -> Drained:
    close_old_connections()
    try:
        return drain(account, stop=stop)
    finally:
        connection.close()
