"""When something may be sent: rule by rule, and over all snapshots."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doi.plan import (
    CLOCKS_AGAIN,
    LAST_LOOK,
    Decision,
    Fact,
    Note,
    Obstacle,
    Send,
    Snapshot,
    Wait,
    decide,
    is_sent_again,
    look_at_what_was_sent,
    next_look,
    target,
)
from doi.states import PERMANENT, Provider, State, Step, Wanted

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # an hour that some clocks skip
WINDOW = timedelta(seconds=604_800)
OBSTACLE = Obstacle("metadata.creators", "Name a creator.")

DRAFT = Snapshot(
    state=State.DRAFT,
    wanted=Wanted.PERMANENT,
    public=True,
    withdrawn=False,
    outdated=False,
    confirmed_public=True,
    create_sent=True,
    uncertain=False,
    promoting=False,
    adopted=False,
    external=False,
    reserved=False,
    promote_now=False,
    permanent_after=NOW,
)
PLANNED = replace(DRAFT, state=State.PLANNED, create_sent=False, outdated=True, permanent_after=None)
FINDABLE = replace(DRAFT, state=State.FINDABLE)
REGISTERED = replace(DRAFT, state=State.REGISTERED, public=False)
UPDATE = Send(Step.UPDATE, State.DRAFT)
PROMOTE = Send(Step.PROMOTE, State.FINDABLE)


@pytest.mark.parametrize(
    ("row", "decision"),
    [
        (PLANNED, Send(Step.CREATE, State.DRAFT)),
        (replace(PLANNED, metadata=OBSTACLE), Wait(obstacle=OBSTACLE)),
        # What would stop a promotion does not stop a draft.
        (replace(PLANNED, gate=OBSTACLE, host=OBSTACLE, promotions=OBSTACLE), Send(Step.CREATE, State.DRAFT)),
        (replace(PLANNED, wanted=Wanted.DRAFT), Send(Step.CREATE, State.DRAFT)),
        # Never created by adoption.
        (replace(PLANNED, adopted=True), Send(Step.LOOK, State.PLANNED)),
        (replace(PLANNED, wanted=Wanted.NONE), Note(Fact.NEVER_SENT)),
        (replace(PLANNED, wanted=Wanted.NONE, create_sent=True), Send(Step.LOOK, State.PLANNED)),
        (replace(PLANNED, wanted=Wanted.NONE, reserved=True), Wait()),
        (replace(PLANNED, wanted=Wanted.NONE, adopted=True), Wait()),
        (replace(PLANNED, state=State.DISCARDED), Note(Fact.WANTED_AGAIN)),
        (replace(PLANNED, state=State.DISCARDED, wanted=Wanted.NONE), Wait()),
    ],
)
def test_what_is_not_at_the_registry(row: Snapshot, decision: Decision) -> None:
    assert decide(row, NOW) == decision


@pytest.mark.parametrize(
    ("row", "decision"),
    [
        (DRAFT, PROMOTE),
        (replace(DRAFT, public=False), Send(Step.PROMOTE, State.REGISTERED)),
        (replace(DRAFT, withdrawn=True), Send(Step.PROMOTE, State.REGISTERED)),
        (replace(DRAFT, wanted=Wanted.NONE), Send(Step.DISCARD, State.DISCARDED)),
        # Wanted as a draft that stays one.
        (replace(DRAFT, wanted=Wanted.DRAFT), Wait()),
        (replace(DRAFT, wanted=Wanted.DRAFT, promote_now=True), Wait()),
        (replace(DRAFT, wanted=Wanted.DRAFT, outdated=True), UPDATE),
        # NULL never promotes.
        (replace(DRAFT, permanent_after=None), Wait()),
        (replace(DRAFT, permanent_after=None, promote_now=True), Wait()),
        # A newer edit goes along with the promotion.
        (replace(DRAFT, outdated=True), PROMOTE),
        # A shut gate lets edits through.
        (replace(DRAFT, outdated=True, gate=OBSTACLE), UPDATE),
        (replace(DRAFT, outdated=True, metadata=OBSTACLE), Wait(obstacle=OBSTACLE)),
    ],
)
def test_a_draft_that_is_due(row: Snapshot, decision: Decision) -> None:
    assert decide(row, NOW) == decision


@pytest.mark.parametrize("which", ["gate", "metadata", "host", "promotions"])
def test_each_obstacle_stops_a_promotion_and_says_why(which: str) -> None:
    blocked = replace(DRAFT, **{which: OBSTACLE})  # type: ignore[arg-type]

    assert decide(blocked, NOW) == Wait(obstacle=OBSTACLE)
    assert decide(replace(blocked, promote_now=True), NOW) == Wait(obstacle=OBSTACLE)


@pytest.mark.parametrize(("seconds", "decision"), [(604_799, "wait"), (604_800, "promote")])
@pytest.mark.parametrize("zone", [0, 5.75, -11, 14])
def test_the_window_is_over_after_604800_seconds_in_any_zone(
    seconds: int, decision: str, zone: float
) -> None:
    confirmed = NOW - timedelta(seconds=seconds)
    row = replace(DRAFT, permanent_after=confirmed + WINDOW)
    there = (confirmed + timedelta(seconds=seconds)).astimezone(_zone(zone))

    found = decide(row, there)

    assert found == (PROMOTE if decision == "promote" else Wait(until=row.permanent_after))


def test_while_the_clocks_disagree_what_is_due_is_looked_at_again_every_minute() -> None:
    apart = replace(DRAFT, clock=OBSTACLE)
    again = Wait(until=NOW + CLOCKS_AGAIN, obstacle=OBSTACLE)

    assert decide(apart, NOW) == again
    assert decide(replace(apart, permanent_after=NOW + WINDOW, promote_now=True), NOW) == again
    # Everything else goes on, and what is not due says nothing of clocks.
    assert decide(replace(apart, permanent_after=NOW + WINDOW), NOW) == Wait(until=NOW + WINDOW)
    assert decide(replace(apart, gate=Obstacle("held", "Held.")), NOW) == Wait(
        obstacle=Obstacle("held", "Held.")
    )
    assert decide(replace(apart, outdated=True), NOW) == UPDATE
    assert decide(replace(PLANNED, clock=OBSTACLE), NOW) == Send(Step.CREATE, State.DRAFT)
    assert decide(replace(apart, uncertain=True, promoting=True), NOW) == Send(Step.LOOK, State.DRAFT)


def _zone(hours: float) -> timezone:
    return timezone(timedelta(hours=hours))


def test_make_permanent_now_does_not_wait() -> None:
    row = replace(DRAFT, permanent_after=NOW + WINDOW)

    assert decide(row, NOW) == Wait(until=NOW + WINDOW)
    assert decide(replace(row, promote_now=True), NOW) == PROMOTE


def test_an_edit_of_a_draft_is_sent_and_the_rest_waits_for_the_window() -> None:
    row = replace(DRAFT, permanent_after=NOW + WINDOW)

    assert decide(replace(row, outdated=True), NOW) == UPDATE
    assert decide(replace(row, metadata=OBSTACLE), NOW) == Wait(until=NOW + WINDOW, obstacle=OBSTACLE)


def test_a_private_draft_holds_no_metadata() -> None:
    private = replace(DRAFT, public=False, permanent_after=NOW + WINDOW)

    assert decide(replace(private, confirmed_public=True), NOW) == UPDATE
    assert decide(replace(private, confirmed_public=True, metadata=OBSTACLE), NOW) == UPDATE
    assert decide(replace(private, confirmed_public=False, outdated=True), NOW) == Wait(until=NOW + WINDOW)
    assert decide(replace(DRAFT, confirmed_public=False, permanent_after=NOW + WINDOW), NOW) == UPDATE


@pytest.mark.parametrize(
    ("row", "decision"),
    [
        (FINDABLE, Wait()),
        (REGISTERED, Wait()),
        (replace(FINDABLE, outdated=True), Send(Step.UPDATE, State.FINDABLE)),
        (replace(REGISTERED, outdated=True), Send(Step.UPDATE, State.REGISTERED)),
        (replace(FINDABLE, outdated=True, metadata=OBSTACLE), Wait(obstacle=OBSTACLE)),
        (replace(FINDABLE, metadata=OBSTACLE), Wait()),
        # What does not resolve is told when nothing is to be sent, and keeps nothing from being sent.
        (replace(FINDABLE, unresolved=OBSTACLE), Wait(obstacle=OBSTACLE)),
        (replace(FINDABLE, unresolved=OBSTACLE, outdated=True), Send(Step.UPDATE, State.FINDABLE)),
        (replace(FINDABLE, unresolved=OBSTACLE, public=False), Send(Step.HIDE, State.REGISTERED)),
        (replace(DRAFT, unresolved=OBSTACLE), PROMOTE),
        (replace(FINDABLE, public=False), Send(Step.HIDE, State.REGISTERED)),
        # Hidden before anything else, whatever its metadata is like.
        (
            replace(FINDABLE, public=False, outdated=True, metadata=OBSTACLE),
            Send(Step.HIDE, State.REGISTERED),
        ),
        (replace(FINDABLE, withdrawn=True, outdated=True), Send(Step.HIDE, State.REGISTERED)),
        (replace(REGISTERED, public=True), Send(Step.SHOW, State.FINDABLE)),
        (replace(REGISTERED, public=True, metadata=OBSTACLE), Wait(obstacle=OBSTACLE)),
        # Made permanent behind our back: hidden, and a person is told. What was adopted was permanent before us.
        (replace(FINDABLE, wanted=Wanted.NONE), Send(Step.HIDE, State.REGISTERED)),
        (
            replace(REGISTERED, public=True, wanted=Wanted.NONE, outdated=True),
            Send(Step.UPDATE, State.REGISTERED),
        ),
        (replace(FINDABLE, wanted=Wanted.NONE, adopted=True), Wait()),
        (replace(REGISTERED, public=True, wanted=Wanted.NONE, adopted=True), Send(Step.SHOW, State.FINDABLE)),
        (replace(REGISTERED, public=True, withdrawn=True), Wait()),
    ],
)
def test_what_is_permanent_is_kept_in_step(row: Snapshot, decision: Decision) -> None:
    assert decide(row, NOW) == decision


def test_looks_are_taken_after_a_minute_ten_minutes_an_hour_and_thirty_hours() -> None:
    looked, seconds = NOW, []
    for failed in range(LAST_LOOK + 2):
        looked = next_look(failed, now=looked)
        seconds.append((looked - NOW).total_seconds())

    assert seconds[:LAST_LOOK] == [60, 600, 3600, 30 * 3600]
    # And so on, as seldom as that.
    assert seconds[LAST_LOOK:] == [59 * 3600, 88 * 3600]


@pytest.mark.parametrize(("provider", "first"), [(Provider.DATACITE, 1), (Provider.EZID, 3)])
def test_a_registry_is_sent_anew_what_does_not_resolve_once_it_had_its_time(
    provider: Provider, first: int
) -> None:
    sent = [is_sent_again(provider, failed=failed) for failed in range(1, 6)]

    assert sent == [failed >= first for failed in range(1, 6)]


@pytest.mark.parametrize(("provider", "minutes"), [(Provider.DATACITE, 1), (Provider.EZID, 30)])
def test_what_was_sent_again_is_looked_at_as_soon_as_it_can_have_helped(
    provider: Provider, minutes: int
) -> None:
    counts_after = next_look(LAST_LOOK, now=NOW)
    looked, waits = NOW, []
    while looked < counts_after:
        at = look_at_what_was_sent(provider, failed=LAST_LOOK, counts_after=counts_after, now=looked)
        waits.append((at - looked).total_seconds() / 60)
        looked = at

    # Not sent yet: seldomer and seldomer, and never past the look that counts.
    assert waits[:4] == [minutes, minutes, 2 * minutes, 4 * minutes]
    assert looked == counts_after
    assert len(waits) <= 12


def test_what_was_made_permanent_behind_our_back_says_so() -> None:
    decision = decide(replace(REGISTERED, public=True, wanted=Wanted.NONE), NOW)

    assert isinstance(decision, Wait)
    assert decision.obstacle is not None
    assert decision.obstacle.code == "drift"


def test_in_doubt_it_looks_first() -> None:
    for state in State:
        assert decide(replace(DRAFT, state=state, uncertain=True), NOW) == Send(Step.LOOK, state)


def test_past_the_point_of_no_return_there_is_only_forward() -> None:
    lost = replace(DRAFT, uncertain=True, promoting=True)

    assert decide(lost, NOW) == PROMOTE
    assert decide(replace(lost, public=False), NOW) == Send(Step.PROMOTE, State.REGISTERED)
    # What shuts the gate meanwhile is obeyed: a look tells what became of the first request.
    assert decide(replace(lost, promotions=OBSTACLE), NOW) == Send(Step.LOOK, State.DRAFT)
    assert decide(replace(lost, permanent_after=NOW + WINDOW), NOW) == Send(Step.LOOK, State.DRAFT)
    assert decide(replace(lost, state=State.FINDABLE), NOW) == Send(Step.LOOK, State.FINDABLE)


# --- over all snapshots -------------------------------------------------------------------------------------------


def obstacle(word: str) -> st.SearchStrategy[Obstacle | None]:
    return st.none() | st.just(Obstacle(word, "Mend it."))


moments = st.none() | st.timedeltas(timedelta(days=-40), timedelta(days=40)).map(lambda away: NOW + away)
snapshots = st.builds(
    Snapshot,
    state=st.sampled_from(State),
    wanted=st.sampled_from(Wanted),
    permanent_after=moments,
    metadata=obstacle("metadata.creators"),
    gate=obstacle("held"),
    host=obstacle("host"),
    promotions=obstacle("promotions-stopped"),
    clock=obstacle("clock"),
    unresolved=obstacle("unresolved"),
    **{
        name: st.booleans()
        for name in (
            "public",
            "withdrawn",
            "outdated",
            "confirmed_public",
            "create_sent",
            "uncertain",
            "promoting",
            "adopted",
            "external",
            "reserved",
            "promote_now",
        )
    },
)


@given(row=snapshots)
def test_every_snapshot_has_an_answer_and_no_answer_breaks_a_rule(row: Snapshot) -> None:
    decision = decide(row, NOW)

    assert isinstance(decision, Send | Note | Wait)
    if row.external:
        assert decision == Wait()
    if not isinstance(decision, Send):
        return
    match decision.step:
        case Step.PROMOTE:
            assert row.state == State.DRAFT
            assert row.wanted == Wanted.PERMANENT
            assert row.permanent_after is not None
            assert row.promote_now or row.permanent_after <= NOW
            assert [row.gate, row.metadata, row.host, row.promotions, row.clock] == [None] * 5
            assert decision.to == target(row)
        case Step.CREATE:
            assert row.state == State.PLANNED
            assert not row.adopted
            assert row.wanted != Wanted.NONE
            assert row.metadata is None
        case Step.DISCARD:
            assert row.state == State.DRAFT
            assert row.wanted == Wanted.NONE
        case Step.HIDE:
            assert row.state == State.FINDABLE
            assert not row.public or row.withdrawn or (row.wanted == Wanted.NONE and not row.adopted)
        case Step.SHOW:
            assert row.state == State.REGISTERED
            assert row.public
            assert not row.withdrawn
            assert row.metadata is None
        case Step.UPDATE:
            assert row.state in {State.DRAFT, *PERMANENT}
            assert row.metadata is None or (row.state == State.DRAFT and not row.public)
    if row.uncertain:
        assert decision.step in {Step.LOOK, Step.PROMOTE}


@given(row=snapshots)
def test_a_draft_is_never_permanent_early(row: Snapshot) -> None:
    waiting = replace(row, promote_now=False, permanent_after=NOW + timedelta(microseconds=1))

    decision = decide(waiting, NOW)

    assert not isinstance(decision, Send) or decision.step != Step.PROMOTE
