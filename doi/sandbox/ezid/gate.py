"""EZID's concurrency limit: four operations of one user run at once, sixteen with those that wait.

Operations on one identifier run one after the other, whoever asks (EZID 018515e8, ezid.py#_acquireIdentifierLock).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

_RUNNING = 4
_MOST = 16


class BusyError(Exception):
    """More operations of this user run and wait than EZID allows."""


@dataclass(frozen=True, slots=True)
class _Operation:
    user: str
    identifier: str
    start: float
    end: float


class Gate:
    """Tells how long an operation takes when each runs for `seconds` once it may."""

    def __init__(self, seconds: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._operations: list[_Operation] = []

    def enter(self, user: str, identifier: str) -> float:
        """Run, or wait to run: the seconds until the operation is through.

        Raises BusyError when sixteen operations of the user are already running or waiting.
        """
        if not self._seconds:
            return 0.0
        now = self._now()
        self._operations = [each for each in self._operations if each.end > now]
        own = [each for each in self._operations if each.user == user]
        if len(own) >= _MOST:
            raise BusyError
        same = [each.end for each in self._operations if each.identifier == identifier]
        start = max(now, *same) if same else now
        while True:
            beside = [each.end for each in own if each.start < start + self._seconds and each.end > start]
            if len(beside) < _RUNNING:
                break
            start = min(beside)
        self._operations.append(_Operation(user, identifier, start, start + self._seconds))
        return start + self._seconds - now
