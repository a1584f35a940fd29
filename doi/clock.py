"""
The one source of the time.

`now()` is the database's time, so that several machines agree; `host()` is this machine's, which only says whether the
other may be believed. `DOI_TEST_CLOCK` names a file with seconds to add, which several real processes then share: one
number moves the whole world, the database's clock and the machines'; with two, the first moves the database's clock and
the second the machines', so that a clock can go wrong. Monotonic time is never offset.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection


def offset() -> timedelta:
    """What the test clock adds to the database's; zero without one. Raises ValueError when its file holds no number."""
    return _offsets()[0]


def now() -> datetime:
    """The database's time now, aware, in UTC, plus the test clock's offset."""
    return _database() + offset()


def host() -> datetime:
    """The time by this machine, aware, in UTC, plus the test clock's offset for machines."""
    return _machine() + moved()


def moved() -> timedelta:
    """What the test clock adds to this machine's; zero without one."""
    return _offsets()[1]


def ahead() -> timedelta:
    """How far the database's clock is ahead of this machine's; the time that asking took is no difference."""
    database, machine = _offsets()
    before = _machine() + machine
    there = _database() + database
    after = max(_machine() + machine, before)
    return there - min(max(there, before), after)


def _offsets() -> tuple[timedelta, timedelta]:
    """Of the database's clock and of the machines'."""
    if not settings.DOI_TEST_CLOCK:
        return timedelta(), timedelta()
    path = Path(settings.DOI_TEST_CLOCK)
    numbers = path.read_text().split() if path.exists() else []
    moved = [timedelta(seconds=float(number)) for number in numbers or ["0"]]
    return moved[0], moved[-1]


def _database() -> datetime:
    if connection.vendor != "postgresql":
        # SQLite lives in this process: its clock is this machine's.
        return _machine()
    with connection.cursor() as cursor:
        # Not now(): that is the start of the transaction.
        cursor.execute("SELECT clock_timestamp()")
        there: datetime = cursor.fetchone()[0]
        return there.astimezone(UTC)


def _machine() -> datetime:
    return datetime.now(UTC)
