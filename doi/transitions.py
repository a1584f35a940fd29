"""
The only writer of `Doi.state`, and of everything else the engine knows.

`write` is one guarded, set-based UPDATE for rows that change the same columns. A row that does not come back was
somebody else's by now (another lease, a state moved on): it is dropped quietly, whoever holds it writes its own truth.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Field

from doi.models import Doi
from doi.states import Event, State, next_state

type AnyField = Field[Any, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """
    New values for one row, written only if the row is still what the decision was taken on.

    `token` is the lease, `revision` what was wanted then. With `only_if_unchanged` a newer wish forbids the write
    (a step not begun yet); without, the write is of facts and a newer wish only makes the row due at once.
    """

    pk: int
    token: int
    revision: int
    values: Mapping[str, Any]
    only_if_unchanged: bool = False


def advance(state: str, event: Event) -> State:
    """The state after `event`; raises IllegalTransitionError for a pair that is not in the table."""
    return next_state(State(state), event)


def write(changes: Iterable[Change]) -> set[int]:
    """Write `changes`, grouped by their columns; returns the ids that were still ours."""
    groups: dict[tuple[bool, tuple[str, ...]], list[Change]] = defaultdict(list)
    for change in changes:
        groups[change.only_if_unchanged, tuple(sorted(change.values))].append(change)
    written: set[int] = set()
    for (only_if_unchanged, columns), group in groups.items():
        written |= _write_group(group, columns, only_if_unchanged=only_if_unchanged)
    return written


def _write_group(group: Sequence[Change], columns: tuple[str, ...], *, only_if_unchanged: bool) -> set[int]:
    fields = [_field(name) for name in columns]
    keys = [_field(name) for name in ("id", "lease_token", "revision")]
    row = "(" + ", ".join(_placeholder(each) for each in keys + fields) + ")"
    names = ", ".join(_column(each) for each in keys + fields)
    assignments = ", ".join(_assignment(_column(each), facts=not only_if_unchanged) for each in fields)
    statement = (
        f"WITH v({names}) AS (VALUES {', '.join([row] * len(group))}) "  # noqa: S608  (columns of our own model)
        f"UPDATE doi_doi SET {assignments} FROM v WHERE doi_doi.id = v.id AND doi_doi.lease_token = v.lease_token"
        f"{' AND doi_doi.revision = v.revision' if only_if_unchanged else ''} RETURNING doi_doi.id"
    )
    parameters: list[Any] = []
    for change in group:
        parameters += [change.pk, change.token, change.revision]
        parameters += [each.get_db_prep_save(change.values[each.attname], connection) for each in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return {int(found) for (found,) in cursor.fetchall()}


# Somebody changed what is wanted while the request was away: due at once, as any past time says, and in that lane.
IF_WANTED_OTHERWISE = {"next_attempt_at": "doi_doi.created_at", "lane": "doi_doi.lane"}


def _assignment(column: str, *, facts: bool) -> str:
    if facts and column in IF_WANTED_OTHERWISE:
        other = IF_WANTED_OTHERWISE[column]
        return f"{column} = CASE WHEN doi_doi.revision = v.revision THEN v.{column} ELSE {other} END"
    return f"{column} = v.{column}"


def _field(name: str) -> AnyField:
    found = Doi._meta.get_field(name)  # noqa: SLF001  (Django's documented model API)
    assert isinstance(found, Field)  # noqa: S101  (a row has no relations that are not columns)
    return found


def _column(each: AnyField) -> str:
    return str(each.column)


def _placeholder(column: AnyField) -> str:
    """PostgreSQL cannot guess the type of a NULL in VALUES; SQLite has no types to guess."""
    if connection.vendor != "postgresql":
        return "%s"
    kind = column.rel_db_type(connection) if column.primary_key else column.db_type(connection)
    return f"%s::{kind}"
