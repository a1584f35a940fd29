"""
The one source of the time.

`now()` is the database's time, so that several machines agree; `DOI_TEST_CLOCK` names a file that holds an offset in
seconds, which several real processes then share. Monotonic time is never offset.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection


def offset() -> timedelta:
    """What the test clock adds; zero without one. Raises ValueError when its file holds no number."""
    if not settings.DOI_TEST_CLOCK:
        return timedelta()
    path = Path(settings.DOI_TEST_CLOCK)
    text = path.read_text().strip() if path.exists() else ""
    return timedelta(seconds=float(text or 0))


def now() -> datetime:
    """The database's time now, aware, in UTC, plus the test clock's offset."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Not now(): that is the start of the transaction.
            cursor.execute("SELECT clock_timestamp()")
            here: datetime = cursor.fetchone()[0]
            return here.astimezone(UTC) + offset()
    # SQLite lives in this process: its clock is this machine's.
    return datetime.now(UTC) + offset()
