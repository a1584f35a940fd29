"""EZID's concurrency limit: four operations of one user at once, sixteen in all with those that wait."""

import heapq
import time
from collections.abc import Callable

_LANES = 4
_MOST = 16


class BusyError(Exception):
    """More operations run and wait than EZID allows."""


class Gate:
    """Tells how long an operation takes when each holds one of its user's lanes for `seconds`."""

    def __init__(self, seconds: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._lanes: dict[str, list[float]] = {}
        self._ends: list[float] = []

    def enter(self, user: str) -> float:
        """Take a lane, or wait for one: the seconds until the operation is through.

        Raises BusyError when sixteen operations are already running or waiting.
        """
        if not self._seconds:
            return 0.0
        now = self._now()
        while self._ends and self._ends[0] <= now:
            heapq.heappop(self._ends)
        if len(self._ends) >= _MOST:
            raise BusyError
        lanes = self._lanes.setdefault(user, [0.0] * _LANES)
        end = max(now, heapq.heappop(lanes)) + self._seconds
        heapq.heappush(lanes, end)
        heapq.heappush(self._ends, end)
        return end - now
