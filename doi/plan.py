"""
When something may be sent, and what: every such rule is here and nowhere else.

`decide` is a pure, total function of a frozen snapshot and a time. It answers with one step to take, one truth to write
down without asking anybody, or a wait with its reason.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _

from doi.states import PERMANENT, Provider, State, Step, Wanted

# From becoming permanent to the first look, and from each look that failed to the next: 1 min, 10 min, 1 h, 30 h after.
_LOOKS = (timedelta(minutes=1), timedelta(minutes=9), timedelta(minutes=50), timedelta(hours=29))
# After so many that it does not resolve is told to people.
LAST_LOOK = len(_LOOKS)
# EZID's hand-over takes up to half an hour by itself: until its third look nothing is wrong.
_PATIENCE = {Provider.DATACITE: 1, Provider.EZID: 3}
# How soon a registry that is sent a DOI anew can have mended it.
_MENDED_AFTER = {Provider.DATACITE: timedelta(minutes=1), Provider.EZID: timedelta(minutes=30)}


# While the clocks disagree, what is due is looked at again so soon: nobody has to say that they agree.
CLOCKS_AGAIN = timedelta(minutes=1)


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
    uncertain: bool  # a request's answer is not known
    promoting: bool  # a promotion was committed and its answer is not known
    adopted: bool
    external: bool
    reserved: bool
    promote_now: bool
    permanent_after: datetime | None
    metadata: Obstacle | None = None
    gate: Obstacle | None = None  # held, version or dataset gone, switch off
    host: Obstacle | None = None
    promotions: Obstacle | None = None  # the kill switch
    clock: Obstacle | None = None  # the clocks disagree
    unresolved: Obstacle | None = None  # permanent, and the last look did not find it resolving


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
        return _in_doubt(row, now)
    if row.state in PERMANENT:
        return _keep_in_step(row)
    if row.wanted == Wanted.NONE:
        return _unwanted(row)
    if row.state == State.DISCARDED:
        return Note(Fact.WANTED_AGAIN)
    if row.state == State.PLANNED:
        return _planned(row)
    return _draft(row, now)


def _in_doubt(row: Snapshot, now: datetime) -> Decision:
    """
    An answer was lost, or a worker died while sending: look before acting again.

    Past the point of no return there is only forward, and a promotion looks first by itself.
    """
    if row.promoting and row.state == State.DRAFT and _is_due(row, now) and not (_obstacle(row) or row.clock):
        return Send(Step.PROMOTE, target(row))
    return Send(Step.LOOK, row.state)


def _unwanted(row: Snapshot) -> Decision:
    if row.state == State.DRAFT:
        return Send(Step.DISCARD, State.DISCARDED)
    if row.state == State.PLANNED and not row.reserved and not row.adopted:
        return Send(Step.LOOK, row.state) if row.create_sent else Note(Fact.NEVER_SENT)
    return Wait()


def _planned(row: Snapshot) -> Decision:
    if row.adopted:
        # Never created by adoption: only a look can say what there is.
        return Send(Step.LOOK, State.PLANNED)
    if row.metadata is not None:
        return Wait(obstacle=row.metadata)
    return Send(Step.CREATE, State.DRAFT)


def _draft(row: Snapshot, now: datetime) -> Decision:
    due, obstacle = _is_due(row, now), _obstacle(row)
    if due and obstacle is None and row.clock is None:
        return Send(Step.PROMOTE, target(row))
    if _draft_is_behind(row):
        return Send(Step.UPDATE, State.DRAFT)
    if due and obstacle is None:
        return Wait(until=now + CLOCKS_AGAIN, obstacle=row.clock)
    waits_for_time = row.wanted == Wanted.PERMANENT and not due
    return Wait(until=row.permanent_after if waits_for_time else None, obstacle=obstacle)


def _is_due(row: Snapshot, now: datetime) -> bool:
    """Asked for by an administrator, or the window is over. Without a due time never."""
    if row.wanted != Wanted.PERMANENT or row.permanent_after is None:
        return False
    return row.promote_now or now >= row.permanent_after


def _obstacle(row: Snapshot) -> Obstacle | None:
    """The first thing that shuts the gate of becoming permanent."""
    return row.gate or row.metadata or row.host or row.promotions


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
    if _unwanted_there(row):
        return Wait(
            obstacle=Obstacle(
                "drift",
                _(
                    "This DOI was made permanent at the registry while it was to be discarded here; "
                    "it is hidden now and stays."
                ),
            )
        )
    return Wait(obstacle=row.unresolved)


def next_look(failed: int, *, now: datetime) -> datetime:
    """When to look whether a permanent DOI resolves, after so many looks that failed; after the last as seldom as that."""
    return now + _LOOKS[min(failed, LAST_LOOK - 1)]


def is_sent_again(provider: Provider, *, failed: int) -> bool:
    """Whether the registry is sent a permanent DOI anew that so many looks have not found resolving."""
    return failed >= _PATIENCE[provider]


def look_at_what_was_sent(
    provider: Provider, *, failed: int, counts_after: datetime, now: datetime
) -> datetime:
    """
    When to look whether sending it again has helped, before the look that counts, which is at `counts_after`.

    A minute after the look that failed (EZID: half an hour), and while it is not sent yet after as long again as since then.
    """
    since = now - (counts_after - _LOOKS[min(failed, LAST_LOOK - 1)])
    return min(counts_after, now + max(_MENDED_AFTER[provider], since))


def target(row: Snapshot) -> State:
    """The permanent state that is wanted: findable for what is public, still there and wanted at all, else registered."""
    shown = row.public and not row.withdrawn and not _unwanted_there(row)
    return State.FINDABLE if shown else State.REGISTERED


def _unwanted_there(row: Snapshot) -> bool:
    """Made permanent behind our back. An adopted DOI was permanent before us, and stays whatever the switch says."""
    return row.wanted == Wanted.NONE and not row.adopted
