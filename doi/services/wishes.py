"""The one way to change what is wanted of a DOI: a new revision, due at once, its waits forgotten."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When

from datasets.services import By
from doi import history
from doi.models import Doi, Lane
from doi.states import PERMANENT, State, Step

LOADED = ("account__login", "version__dataset__organization", "organization")


def wish(
    rows: QuerySet[Doi], *, now: datetime, outdated: bool = False, lane: int = Lane.INTERACTIVE, **wanted: Any
) -> int:
    """
    Set `wanted` columns on `rows` and make them due. Returns how many rows changed.

    A row whose request is away keeps its lease; the new revision makes it due as soon as the answer is recorded.
    """
    due = Case(When(step="", then=Value(now)), default=F("next_attempt_at"))
    changes: dict[str, Any] = {
        "revision": F("revision") + 1,
        "next_attempt_at": due,
        "failures": 0,
        "parked_at": None,
        "attention": "",
        "attention_text": "",
        "lane": lane,
        **wanted,
    }
    if outdated:
        changes["generation"] = F("generation") + 1
    return rows.filter(account__isnull=False).update(**changes)


def cancellable(rows: QuerySet[Doi]) -> QuerySet[Doi]:
    """Planned ones and drafts before the point of no return: what may still be taken back."""
    return rows.exclude(state__in=PERMANENT).exclude(step=Step.PROMOTE, state=State.DRAFT)


def tell(rows: Iterable[Doi], event: str, *, by: By, **detail: Any) -> None:
    """Write one line of history for each row; `rows` come with `LOADED`."""
    history.record(
        history.doi_event(
            doi,
            event=event,
            at=by.now,
            actor=by.actor,
            cause=by.cause,
            from_state=doi.state,
            to_state=doi.state,
            detail=detail,
        )
        for doi in rows
    )
