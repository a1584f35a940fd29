"""The sandbox's own clock, which a file may set forward or back so that it agrees with others in a test."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

type Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Tell the time in UTC."""
    return datetime.now(UTC)


class FileClock:
    """The system's clock plus the number of seconds that a file holds; without the file, plus nothing.

    Of two numbers the second is the machines', and so the registry's: the first moves somebody else's database.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._offset = timedelta()

    def __call__(self) -> datetime:
        """Tell the time, reading the file again when it changed; a half-written one counts when it is whole."""
        try:
            stat = self._path.stat()
            if (stat.st_mtime_ns, stat.st_size) != self._seen:
                self._offset = timedelta(
                    seconds=float((self._path.read_text(encoding="ascii").split() or ["0"])[-1])
                )
                self._seen = (stat.st_mtime_ns, stat.st_size)
        except FileNotFoundError:
            self._seen, self._offset = None, timedelta()
        except ValueError:
            self._seen = None
        return system_clock() + self._offset


def iso(moment: datetime) -> str:
    """Write a time as DataCite does: whole seconds, with three zeros behind them."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def http_date(moment: datetime) -> str:
    """Write a time as the `Date` header has it."""
    return format_datetime(moment, usegmt=True)


def log_time(moment: datetime) -> str:
    """Write a time as the log does: with milliseconds, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
