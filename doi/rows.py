"""
One claimed row: what is to be sent for it, the columns that say so, and its lines in the history.

Here plan, judgement and outcomes meet; nothing here writes or sends.
"""

import logging
import time
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings

from doi import claims, history, outcomes, plan
from doi.exchange import Answer, Order
from doi.judgement import Judged, judge, payload
from doi.models import Doi, DoiEvent
from doi.outcomes import Outcome
from doi.relations import Around, Lineages, Turn
from doi.states import PERMANENT, State, Step
from doi.stops import Stops
from doi.transitions import Change

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Ready:
    """One claimed row with what is to be sent for it."""

    judged: Judged
    order: Order
    died: bool = False  # its last attempt was never recorded
    claimed_at: float = field(default_factory=time.monotonic)

    @property
    def doi(self) -> Doi:
        return self.judged.doi

    @property
    def alone(self) -> bool:
        """Its worker died twice while sending it: nothing else may be in flight beside it."""
        return self.doi.deaths >= outcomes.DEATHS_BEFORE_ALONE

    def is_older_than(self, share: float) -> bool:
        return bool(time.monotonic() - self.claimed_at > settings.DOI_LEASE * share)

    @property
    def names_neighbours(self) -> bool:
        """What it sends may name the neighbours: drafts name none."""
        sends = self.order.step in {Step.UPDATE, Step.HIDE, Step.SHOW}
        return self.order.step == Step.PROMOTE or (sends and self.doi.is_permanent)

    def relate(self, lineages: Lineages) -> None:
        """
        Name the neighbours that there are now.

        For after the row was marked: of two that come into a lineage at once, the one marked later sees the other.
        """
        around = lineages.around(self.doi)
        known = self.judged.around or Around()
        self.judged = replace(self.judged, around=around)
        if around.keys != known.keys:
            self.order = replace(self.order, payload=payload(self.judged, self.order.step))

    def goes_before(self, other: "Ready") -> bool:
        """In one dataset what is due goes oldest version first."""
        mine, theirs = self.doi.version, other.doi.version
        if mine is None or theirs is None or {self.order.step, other.order.step} != {Step.PROMOTE}:
            return False
        return bool(mine.dataset_id == theirs.dataset_id and mine.position < theirs.position)


def decided(
    doi: Doi, *, now: datetime, stops: Stops, around: Around | None = None
) -> Ready | plan.Wait | Outcome:
    """What is to be done for one claimed row. A row that our own code fails over does not stop the others."""
    doi.deaths += has_died(doi)
    try:
        died = outcomes.of_deaths(doi, now=now)
        if died is not None:
            return died
        judged = judge(doi, around=around, stops=stops)
        decision = plan.decide(judged.snapshot, now)
        if isinstance(decision, plan.Send):
            return Ready(judged, _order(judged, decision), died=has_died(doi))
        return outcomes.of_fact(doi, decision.fact) if isinstance(decision, plan.Note) else decision
    except Exception:
        # Whatever our own code stumbled over in this row, the other rows of the account go on.
        log.exception("row_not_judged doi=%s", doi.pk)
        return outcomes.of_fault(doi, now=now)


def answered(each: Ready, answer: Answer, *, now: datetime) -> Outcome:
    """What an answer comes to; one that our own code stumbles over leaves this row in doubt, and the others go on."""
    try:
        return with_neighbours(each, answer, outcomes.of_answer(each.doi, each.order.step, answer, now=now))
    except Exception:
        # Whatever our own code stumbled over in this answer, the others of the drain are recorded.
        log.exception("answer_not_read doi=%s step=%s", each.doi.pk, each.order.step)
        return outcomes.of_unread(each.doi, now=now)


def has_died(doi: Doi) -> bool:
    """Marked as being sent under a lease that nobody ended: its worker died, or slept too long."""
    return bool(doi.step) and doi.leased_until is not None


def _order(judged: Judged, decision: plan.Send) -> Order:
    assert judged.doi.account is not None  # noqa: S101  (only rows with an account are claimed)
    return Order(
        step=decision.step,
        payload=payload(judged, decision.step),
        state=judged.snapshot.state,
        to=decision.to,
        owner=judged.doi.account.login.account_id.lower(),
    )


def with_neighbours(each: Ready, answer: Answer, outcome: Outcome) -> Outcome:
    """`outcome` with the neighbours that the registry has now been told of, if it has."""
    around, told = each.judged.around, answer.record is not None and answer.acted and not answer.bare
    if (
        around is None
        or not told
        or not each.names_neighbours
        or _state_after(each.doi, outcome) not in PERMANENT
    ):
        return outcome
    older, newer = around.keys
    return replace(outcome, values={**outcome.values, "confirmed_older": older, "confirmed_newer": newer})


def turn(doi: Doi, outcome: Outcome) -> Turn | None:
    """What `outcome` changes in the lineage that `doi`, as it was sent, stands in; None for nothing."""
    values = outcome.values
    before = (doi.confirmed_older, doi.confirmed_newer)
    told = (values.get("confirmed_older", before[0]), values.get("confirmed_newer", before[1]))
    permanent = _state_after(doi, outcome) in PERMANENT
    promoting = doi.step == Step.PROMOTE and doi.state == State.DRAFT
    left = promoting and not permanent and values.get("step", doi.step) != Step.PROMOTE
    came = permanent and not doi.is_permanent
    return Turn(doi, permanent, told) if came or left or told != before else None


def _state_after(doi: Doi, outcome: Outcome) -> str:
    return str(outcome.values.get("state", doi.state))


def change(doi: Doi, values: dict[str, object], *, facts: bool = False) -> Change:
    return Change(doi.pk, doi.lease_token, doi.revision, values, only_if_unchanged=not facts)


def mark(each: Ready, *, now: datetime) -> Change:
    """The row as it is committed before its request. With a promotion this is the point of no return."""
    doi = each.doi
    values: dict[str, object] = {
        "step": doi.step,
        "step_generation": doi.step_generation,
        "attempts": doi.attempts,
        "deaths": doi.deaths,
        "create_sent_at": now if each.order.step == Step.CREATE else doi.create_sent_at,
        "discard_sent_at": now if each.order.step == Step.DISCARD else doi.discard_sent_at,
        # The lease begins anew, so that it outlasts the longest exchange.
        "next_attempt_at": now + claims.lease(),
        "leased_until": now + claims.lease(),
    }
    return change(doi, values)


def attempt_event(each: Ready, *, now: datetime) -> DoiEvent:
    doi = each.doi
    return history.doi_event(
        doi,
        event="attempt",
        at=now,
        actor="engine",
        step=each.order.step,
        attempt=doi.attempts,
        from_state=doi.state,
    )


def unknown_event(doi: Doi, *, now: datetime) -> DoiEvent:
    """The outcome of an attempt that died with its worker."""
    return outcome_event(doi, Outcome("unknown", {}), step=doi.step, now=now)


def outcome_event(doi: Doi, outcome: Outcome, *, step: str, now: datetime) -> DoiEvent:
    return history.doi_event(
        doi,
        event="outcome" if step else "noted",
        at=now,
        actor="engine",
        step=step,
        attempt=doi.attempts if step else None,
        from_state=doi.state,
        to_state=outcome.values.get("state", doi.state),
        outcome=outcome.word,
        detail={"words": outcome.detail} if outcome.detail else {},
    )
