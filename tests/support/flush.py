"""
Lets tests that commit be cleaned up although the database refuses to delete history.

On SQLite a flush is DELETE, which the history's triggers abort: they are put aside for that moment. (PostgreSQL's flush
is TRUNCATE.)
"""

from collections.abc import Callable
from typing import Any

from django.core.management.commands import flush
from django.db import connections


def flush_past_triggers() -> None:
    """Make the flush command set SQLite's triggers aside; pytest-django flushes after each transactional test."""
    original = flush.Command.handle
    if getattr(original, "past_triggers", False):
        return
    flush.Command.handle = _past_triggers(original)  # type: ignore[method-assign]


def _past_triggers(original: Callable[..., Any]) -> Callable[..., Any]:
    def handle(self: flush.Command, **options: Any) -> Any:
        connection = connections[options["database"]]
        if connection.vendor != "sqlite":
            return original(self, **options)
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            try:
                return original(self, **options)
            finally:
                for _name, sql in triggers:
                    cursor.execute(sql)

    handle.past_triggers = True  # type: ignore[attr-defined]
    return handle
