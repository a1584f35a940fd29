"""What a drain writes: rows with their history, the neighbours that are due with them, and a refused login."""

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from doi import breakers, claims, clock, history, outcomes, plan, relations, rows, transitions
from doi.connections import Opening
from doi.failpoints import pass_point
from doi.judgement import next_name
from doi.models import Doi, DoiEvent, Login, LoginSecret
from doi.outcomes import Outcome
from doi.relations import Turn
from doi.rows import Ready
from doi.states import State
from doi.stops import Stops
from doi.transitions import Change

log = logging.getLogger(__name__)

COMMITS = 4
# Leases: an hour.
TOLD_AFTER = 12


def with_next(each: Ready, outcome: Outcome, *, now: datetime, stops: Stops) -> dict[str, object]:
    """The outcome's values and when to look again, decided at once on the row as it will be."""
    doi, values = each.doi, dict(outcome.values)
    if outcome.rename:
        values["name"], values["name_attempt"] = _free_name(doi)
        pass_point("record.renamed")
    if outcome.parked:
        return {**values, "next_attempt_at": None}
    if outcome.retry_at is not None:
        return {**values, "next_attempt_at": outcome.retry_at}
    for name, value in values.items():
        setattr(doi, name, value)
    found = rows.decided(doi, now=now, stops=stops, around=each.judged.around)
    return (
        {**values, **outcomes.of_wait(found)}
        if isinstance(found, plan.Wait)
        else {**values, "next_attempt_at": now}
    )


def older_one_is_due(doi: Doi, *, now: datetime) -> bool:
    """Whether an older version's draft of the same dataset is due and not claimed yet."""
    if doi.version is None or doi.version.position <= 1:
        return False
    older = Doi.objects.filter(
        version__dataset=doi.version.dataset_id,
        version__position__lt=doi.version.position,
        account=doi.account_id,
    )
    return bool(older.filter(state=State.DRAFT, step="", next_attempt_at__lte=now).exists())


def _free_name(doi: Doi) -> tuple[str, int]:
    """The next derived name that nobody here has."""
    while True:
        doi.name, doi.name_attempt = next_name(doi)
        if not Doi.objects.filter(environment=doi.environment, name=doi.name).exclude(pk=doi.pk).exists():
            return doi.name, doi.name_attempt


def commit(
    changes: Sequence[Change], events: Sequence[DoiEvent], *, always: bool = False, turns: Sequence[Turn] = ()
) -> None:
    """
    Write rows and their history together, again if the database was busy: an answer is not asked for twice.

    With a DOI that has just become permanent its neighbours are due, in the same transaction.
    """
    for tries_left in reversed(range(COMMITS)):
        try:
            with transaction.atomic():
                owed = relations.owed(turns)
                if owed:
                    relations.lock({*owed, *(change.pk for change in changes)})
                    pass_point("commit.locked")
                written = transitions.write(changes)
                pass_point("commit.rows")
                history.record(_told(events, written, always=always))
                pass_point("commit.told")
                if owed:
                    relations.make_due(owed, now=clock.now())
                    pass_point("commit.neighbours")
        except OperationalError:
            if not tries_left:
                raise
            connection.close_if_unusable_or_obsolete()
            time.sleep(0.1)
        else:
            pass_point("commit.done")
            return


def _told(events: Iterable[DoiEvent], written: set[int], *, always: bool) -> Iterable[DoiEvent]:
    """An answer that came after its row was somebody else's is told too, but it is not the outcome."""
    for event in events:
        event.pk = None
        if event.doi_id in written:
            yield event
        elif always:
            event.event, event.to_state = "late", event.from_state
            yield event


def tell_waiting(login: Login, *, now: datetime) -> None:
    """After an hour without an answer, what waits for this registry says why; it goes on by itself all the same."""
    found = breakers.silence(login)
    if found is None or now - found.since < claims.lease() * TOLD_AFTER:
        return
    words = _(
        "%(registry)s has not answered for a while. Nothing is lost: it is asked again and again, and this goes on by itself."
    )
    waiting = Doi.objects.filter(
        account__login=login, next_attempt_at__lte=now, leased_until=None, step="", attention=""
    )
    waiting.update(attention="registry", attention_text=words % {"registry": login.get_provider_display()})


def refuse_login(login: Login, words: str, *, opening: Opening, now: datetime) -> None:
    """
    Nothing more is sent with this credential until a check has passed.

    Unless one has passed since the password was opened, or there is a newer one: this refusal is of what was before.
    """
    # Together: told once, and never refused without a line that says why.
    with transaction.atomic():
        newer = LoginSecret.objects.filter(login=OuterRef("pk"), number__gt=opening.newest)
        still = Login.objects.filter(~Exists(newer), pk=login.pk, refused_at__isnull=True)
        changed = still.exclude(verified_at__gt=opening.at).update(refused_at=now, refusal=words[:500])
        if not changed:
            return
        log.warning("login_refused login=%s", login.pk)
        pass_point("login.refused")
        history.record(
            [
                DoiEvent(
                    at=now,
                    organization_id=login.organization_id,
                    actor="engine",
                    event="login_refused",
                    account=f"{login.provider}:{login.account_id}",
                    detail={"words": words},
                )
            ]
        )
    pass_point("login.told")
