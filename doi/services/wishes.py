"""The one way to change what is wanted of a DOI: a new revision, due at once, its waits forgotten."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When

from datasets.services import By
from doi import history
from doi.models import BackIssueItem, Doi, ItemOutcome, Lane
from doi.states import PERMANENT, State, Step, Wanted

LOADED = ("account__login", "version__dataset__organization", "organization")

# Set aside under these words, a DOI is not due whatever else is wanted of it, until `bring_back`.
NO_ACCOUNT = "account.none"
PAUSED = "run.paused"
SET_ASIDE = (NO_ACCOUNT, PAUSED)

# The first line of a DOI's history.
PLANNED = "planned"

_UNLESS_ASIDE = ("attention", "attention_text", "lane", "next_attempt_at")


def wish(
    rows: QuerySet[Doi],
    *,
    now: datetime,
    outdated: bool = False,
    lane: int | None = Lane.INTERACTIVE,
    **wanted: Any,
) -> int:
    """
    Set `wanted` columns on `rows` and make them due. Returns how many rows changed. `lane` None: as it was.

    A row whose request is away keeps its lease; the new revision makes it due as soon as the answer is recorded. A row
    that is set aside stays so, unless it is not wanted any more.
    """
    rows = rows.filter(account__isnull=False)
    blocked = list(_blocked(rows))
    changes: dict[str, Any] = {
        "revision": F("revision") + 1,
        "next_attempt_at": Case(When(step="", then=Value(now)), default=F("next_attempt_at")),
        "failures": 0,
        "parked_at": None,
        "attention": Value(""),
        "attention_text": Value(""),
        "lane": F("lane") if lane is None else Value(lane),
    }
    if wanted.get("wanted") != Wanted.NONE:
        aside = Q(attention__in=SET_ASIDE)
        changes |= {name: Case(When(aside, then=F(name)), default=changes[name]) for name in _UNLESS_ASIDE}
    if outdated:
        changes["generation"] = F("generation") + 1
    changed = rows.update(**{**changes, **wanted})
    if blocked:
        # Judged again: the run that said “blocked” follows them once more.
        BackIssueItem.objects.filter(pk__in=blocked).update(outcome=ItemOutcome.WAITING, reason="")
    return changed


def _blocked(rows: QuerySet[Doi]) -> QuerySet[BackIssueItem, int]:
    items = BackIssueItem.objects.filter(outcome=ItemOutcome.BLOCKED, doi__in=rows.order_by().values("pk"))
    return items.values_list("pk", flat=True)


def set_aside(rows: QuerySet[Doi], *, word: str, sentence: str) -> int:
    """Not due, and no decision taken before counts any more, until `bring_back`. Only for rows that are not being sent."""
    return rows.filter(step="").update(
        next_attempt_at=None,
        leased_until=None,
        lease_token=F("lease_token") + 1,
        revision=F("revision") + 1,
        attention=word,
        attention_text=sentence,
    )


def bring_back(rows: QuerySet[Doi], *, word: str, now: datetime) -> int:
    """What was set aside under `word` is due again."""
    return rows.filter(attention=word).update(
        next_attempt_at=Case(When(step="", then=Value(now)), default=F("next_attempt_at")),
        revision=F("revision") + 1,
        attention="",
        attention_text="",
    )


def due_unless_paused(now: datetime) -> Case:
    """For rows that have got what they waited for, but whose back-issue may be paused."""
    nothing = Value(None, output_field=DateTimeField(null=True))
    return Case(When(attention=PAUSED, then=nothing), default=Value(now))


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
            # What is planned was not there before.
            from_state="" if event == PLANNED else doi.state,
            to_state=doi.state,
            detail=detail,
        )
        for doi in rows
    )
