"""
When something may be sent, and what: every such rule is here and nowhere else.

`decide` is a pure, total function of a frozen snapshot and a time. It answers with one step to take, one truth to write
down without asking anybody, or a wait with its reason.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doi.states import PERMANENT, State, Step, Wanted


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why nothing can be sent now: a code such as ``metadata.creators`` and a sentence for the person who can mend it."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a decision depends on. Times are aware; obstacles are None where there is none."""

    state: State
    wanted: Wanted
    public: bool
    withdrawn: bool
    outdated: bool  # what the registry confirmed is older than what is wanted
    confirmed_public: bool  # a draft at the registry holds metadata
    create_sent: bool
    uncertain: bool
    adopted: bool
    external: bool
    reserved: bool
    promote_now: bool
    permanent_after: datetime | None
    metadata: Obstacle | None = None
    gate: Obstacle | None = None  # held, version or dataset gone, switch off
    host: Obstacle | None = None
    promotions: Obstacle | None = None  # the kill switch


class Fact(StrEnum):
    """What can be written down without a request."""

    NEVER_SENT = "never_sent"  # not wanted, and never sent: absent for certain
    WANTED_AGAIN = "wanted_again"


@dataclass(frozen=True, slots=True)
class Send:
    """Take this step; `to` is the state that a promotion must reach."""

    step: Step
    to: State


@dataclass(frozen=True, slots=True)
class Note:
    """Write this down; no request is needed."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to send before `until` (None: until something changes), because of `obstacle`, if any."""

    until: datetime | None = None
    obstacle: Obstacle | None = None


Decision = Send | Note | Wait


def decide(row: Snapshot, now: datetime) -> Decision:
    """The next thing to do for one DOI. Total: every snapshot has an answer."""
    if row.external:
        return Wait()
    if row.uncertain:
        # An answer was lost, or a worker died while sending: look before acting again.
        return Send(Step.LOOK, row.state)
    if row.state in PERMANENT:
        return _keep_in_step(row)
    if row.wanted == Wanted.NONE:
        return _unwanted(row)
    if row.state == State.DISCARDED:
        return Note(Fact.WANTED_AGAIN)
    if row.state == State.PLANNED:
        return _planned(row)
    return _draft(row, now)


def _unwanted(row: Snapshot) -> Decision:
    if row.state == State.DRAFT:
        return Send(Step.DISCARD, State.DISCARDED)
    if row.state == State.PLANNED and not row.reserved and not row.adopted:
        return Send(Step.LOOK, row.state) if row.create_sent else Note(Fact.NEVER_SENT)
    return Wait()


def _planned(row: Snapshot) -> Decision:
    if row.adopted:
        # Never created by adoption: a look found nothing, so a person has to say what was meant.
        return Wait(
            obstacle=Obstacle(
                "missing-at-registry",
                "The registry does not know this existing DOI; correct its name or take it away, nothing was sent.",
            )
        )
    if row.metadata is not None:
        return Wait(obstacle=row.metadata)
    return Send(Step.CREATE, State.DRAFT)


def _draft(row: Snapshot, now: datetime) -> Decision:
    if row.permanent_after is None:
        return Wait(
            obstacle=Obstacle("window", "The draft has no due time, so it is never made permanent by itself.")
        )
    due = row.wanted == Wanted.PERMANENT and (row.promote_now or now >= row.permanent_after)
    obstacle = row.gate or row.metadata or row.host or row.promotions
    if due and obstacle is None:
        return Send(Step.PROMOTE, target(row))
    if _draft_is_behind(row):
        return Send(Step.UPDATE, State.DRAFT)
    waits_for_time = row.wanted == Wanted.PERMANENT and not due
    return Wait(until=row.permanent_after if waits_for_time else None, obstacle=obstacle)


def _draft_is_behind(row: Snapshot) -> bool:
    """A private draft holds name and URL only, so it is behind only while the registry still has metadata."""
    if not row.public:
        return row.confirmed_public
    return row.metadata is None and (row.outdated or not row.confirmed_public)


def _keep_in_step(row: Snapshot) -> Decision:
    if row.state == State.FINDABLE and target(row) == State.REGISTERED:
        # Hidden at once, before anything else, whatever the metadata is like.
        return Send(Step.HIDE, State.REGISTERED)
    if row.metadata is not None and (row.outdated or row.state != target(row)):
        return Wait(obstacle=row.metadata)
    if row.state != target(row):
        return Send(Step.SHOW, State.FINDABLE)
    if row.outdated:
        return Send(Step.UPDATE, row.state)
    return Wait()


def target(row: Snapshot) -> State:
    """The permanent state that is wanted: findable for what is public and still there, else registered."""
    return State.FINDABLE if row.public and not row.withdrawn else State.REGISTERED
