"""One account's drain: slots, lanes, holds, two at once, and what a row that breaks our own code does to the others."""

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from datasets import services
from datasets.models import Version
from doi import claims, clock, drains, engine, exchange, judgement, recording, rows, transitions
from doi.exchange import Answer, Order
from doi.models import Account, Doi, DoiEvent, Lane, Login
from doi.registries.base import Registry
from doi.sandbox import Sandbox
from tests.doi import breaking
from tests.doi.breaking import settle
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


def several(count: int, own: Any = make.DATACITE) -> list[Version]:
    place = make.configured(own=own)
    return [make.drafted(make.dataset(place, f"stage-{number}")) for number in range(count)]


def states(versions: list[Version]) -> set[str]:
    return {make.doi_of(version).state for version in versions}


def account() -> int:
    return int(Account.objects.get().pk)


@pytest.fixture
def in_flight(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The step of every exchange, with how many were in flight when it began."""
    seen: list[tuple[str, int]] = []
    now: list[str] = []

    def counted(registry: Registry, order: Order) -> Answer:
        now.append(order.payload.name)
        seen.append((str(order.step), len(now)))
        time.sleep(0.02)
        try:
            return exchange.perform(registry, order)
        finally:
            now.remove(order.payload.name)

    monkeypatch.setattr(drains, "perform", counted)
    return seen


# --- how many at once ---------------------------------------------------------------------------------------------


def test_a_login_starts_with_one_call_and_then_uses_all_its_slots(
    sandbox: Sandbox, in_flight: list[tuple[str, int]]
) -> None:
    several(12)

    drain_all()

    counts = [count for _, count in in_flight]
    assert counts[0] == 1
    assert max(counts) == 4


def test_as_many_again_are_marked_so_that_no_connection_waits_for_the_database(
    sandbox: Sandbox, in_flight: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    several(20)
    marked: list[int] = []
    mark = drains.Drain._mark_and_submit

    def counted(self: drains.Drain, batch: Any, **kwargs: Any) -> None:
        marked.append(len(batch) + len(self.flying))
        mark(self, batch, **kwargs)

    monkeypatch.setattr(drains.Drain, "_mark_and_submit", counted)
    drain_all()

    assert max(marked) == 8
    assert max(count for _, count in in_flight) == 4


@pytest.mark.parametrize("own", [make.DATACITE, make.EZID], ids=["datacite", "ezid"])
def test_what_is_marked_and_waits_is_not_sent_once_the_credential_is_refused(
    sandbox: Sandbox, in_flight: list[tuple[str, int]], own: Any
) -> None:
    versions = several(30, own)
    sandbox.faults.order([{"skip": 6, "action": {"status": 401, "body": "error: unauthorized"}}])

    drain_all()

    assert Login.objects.get().refused_at is not None
    # Four in flight were refused and probed; what waited behind them was not begun.
    assert sandbox.counts()["total"] <= 6 + 2 * 4
    assert Doi.objects.exclude(step="").count() == 0
    for event in ("attempt", "outcome"):
        lines = DoiEvent.objects.filter(event=event)
        assert lines.count() == sum(make.doi_of(version).attempts for version in versions)


def test_ezid_is_asked_one_thing_at_a_time_with_a_pause(
    sandbox: Sandbox, in_flight: list[tuple[str, int]], settings: Any
) -> None:
    several(3, make.EZID)
    settings.PAUSE_MS = {"datacite": 0, "ezid": 150}
    began = time.monotonic()

    drain_all()

    assert {count for _, count in in_flight} == {1}
    assert time.monotonic() - began >= 0.3


def test_two_accounts_of_one_login_share_its_slots(sandbox: Sandbox) -> None:
    several(1)
    first = Account.objects.get()
    second = Account.objects.create(login=first.login, prefix="10.70113")

    token = claims.hold(first.pk, now=clock.now())
    assert token is not None
    assert claims.hold(second.pk, now=clock.now()) is None
    claims.let_go(first.pk, token, until=clock.now())
    assert claims.hold(second.pk, now=clock.now()) is not None
    assert engine.drain(first.pk) == drains.Drained()


def test_a_row_that_saw_two_workers_die_is_sent_alone(
    sandbox: Sandbox, moved_clock: Clock, in_flight: list[tuple[str, int]]
) -> None:
    versions = several(8)
    suspect = make.doi_of(versions[5])
    Doi.objects.filter(pk=suspect.pk).update(
        step="create",
        deaths=1,
        leased_until=clock.now(),
        next_attempt_at=clock.now(),
        create_sent_at=clock.now(),
    )

    drain_all()

    assert states(versions) == {"draft"}
    assert in_flight[0] == ("look", 1)
    assert in_flight[1][1] == 1, "nothing began while it was away"
    assert Doi.objects.get(pk=suspect.pk).deaths == 0


def test_a_row_that_died_alone_again_and_again_is_set_aside_and_stops_nobody(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    versions = several(3)
    Doi.objects.filter(pk=make.doi_of(versions[1]).pk).update(
        step="create", deaths=11, attempts=12, leased_until=clock.now(), next_attempt_at=clock.now()
    )

    drain_all()

    doi = make.doi_of(versions[1])
    assert (doi.attention, doi.step, doi.uncertain, doi.deaths) == ("engine", "", True, 0)
    assert DoiEvent.objects.filter(doi_id=doi.pk, event="outcome", attempt=12, outcome="died").exists()
    assert {make.doi_of(each).state for each in (versions[0], versions[2])} == {"draft"}
    moved_clock.forward(minutes=61)
    drain_all()
    assert make.doi_of(versions[1]).state == "draft"


# --- lanes --------------------------------------------------------------------------------------------------------


def test_a_persons_release_does_not_wait_behind_bulk_drafts(
    sandbox: Sandbox, settings: Any, in_flight: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = several(20)
    Doi.objects.update(lane=Lane.BULK)
    settings.BULK_REQUESTS_PER_SECOND = 2.0
    person: list[Version] = []

    def release() -> None:
        person.append(make.drafted(make.dataset(versions[0].dataset.organization, "mine")))

    breaking.while_away(monkeypatch, release)
    began = time.monotonic()
    engine.drain(account(), stop=lambda: bool(person) and states(person) == {"draft"})

    assert states(person) == {"draft"}
    assert time.monotonic() - began < 5
    assert states(versions) == {"draft", "planned"}, "bulk goes on at its own pace"


def test_what_becomes_permanent_is_in_its_own_lane_however_it_began(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    version = several(1)[0]
    Doi.objects.update(lane=Lane.BULK)

    drain_all()

    assert make.doi_of(version).lane == Lane.PERMANENCE


def test_more_than_one_batch_is_drained_in_one_go(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = several(9)
    monkeypatch.setattr(claims, "BATCH", 2)
    # The first batches have nothing to send: that is not the end.
    Doi.objects.filter(version__in=versions[:4]).update(wanted="none", reserved_at=clock.now())

    done = engine.drain(account())

    assert (done.answers, done.more) == (5, False)


def test_a_drain_makes_way_after_a_while_and_says_that_there_is_more(
    sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = several(6)
    monkeypatch.setattr(drains, "LONGEST_DRAIN", 0.0)

    assert engine.drain(account()).more
    assert states(versions) == {"planned"}
    monkeypatch.undo()


# --- holds --------------------------------------------------------------------------------------------------------


def test_two_drains_at_once_send_nothing_twice(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = several(10)
    inner: list[drains.Drained] = []

    def another_takes_over() -> None:
        # The first one is slow: its hold ends, and a second drain begins and ends inside it.
        Account.objects.update(drain_until=None)
        inner.append(engine.drain(account()))

    breaking.while_away(monkeypatch, another_takes_over)
    outer = engine.drain(account())
    settle(moved_clock, hours=1)

    assert states(versions) == {"draft"}
    assert sandbox.counts()["datacite"]["POST /dois"] == 10
    assert inner[0].answers + outer.answers == 10
    for event in ("attempt", "outcome"):
        assert DoiEvent.objects.filter(event=event, step="create").count() == 10


def test_a_row_claimed_again_for_a_newer_wish_is_sent_once(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = several(6)
    breaking.while_away(
        monkeypatch,
        lambda: [
            services.set_visibility(version.dataset, "private", by=make.by()) for version in versions[1:]
        ],
    )

    drain_all()

    assert states(versions) == {"draft"}
    assert sandbox.counts()["datacite"] == {"POST /dois": 6}
    assert {make.doi_of(version).confirmed_public for version in versions[1:]} == {False}
    for event in ("attempt", "outcome"):
        assert DoiEvent.objects.filter(event=event).count() == 6


def test_a_drain_that_lost_its_hold_claims_and_sends_nothing_more(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    several(30)
    monkeypatch.setattr(drains, "FRESH", 0.0)
    breaking.while_away(
        monkeypatch, lambda: Account.objects.update(drain_token=99, drain_until=clock.now() + claims.lease())
    )

    done = engine.drain(account())

    assert done.answers == 1
    assert Account.objects.get().drain_token == 99, "the other's hold is untouched"
    assert Doi.objects.filter(leased_until__isnull=False).count() == 0


def test_a_login_paused_in_mid_drain_stops_it_within_seconds(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    several(30)
    monkeypatch.setattr(drains, "FRESH", 0.0)
    breaking.while_away(monkeypatch, lambda: Login.objects.update(paused_at=clock.now()))

    assert engine.drain(account()).answers == 1


def test_an_answer_that_comes_after_the_row_was_taken_over_is_not_written(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = several(1)[0]
    breaking.while_away(monkeypatch, lambda: Doi.objects.update(lease_token=99))

    engine.drain(account())

    doi = make.doi_of(version)
    assert (doi.state, doi.step) == ("planned", "create")
    assert DoiEvent.objects.get(event="late").outcome == "draft"
    settle(moved_clock, hours=1)
    assert make.doi_of(version).state == "draft"
    assert len(sandbox.records()) == 1


def test_what_waited_too_long_for_the_budget_is_given_back(
    sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = several(5)
    settings.REQUESTS_PER_5_MINUTES = dict.fromkeys(settings.REGISTRY_URLS, 6)
    given_back: list[int] = []
    original = claims.give_back

    def noted(leases: Any, **kwargs: Any) -> None:
        leases = list(leases)
        given_back.append(len(leases))
        original(leases, **kwargs)

    monkeypatch.setattr(claims, "give_back", noted)
    monkeypatch.setattr(rows.Ready, "is_older_than", lambda _self, share: share == drains.LONGEST_DRAIN)
    began = time.monotonic()
    engine.drain(account(), stop=lambda: time.monotonic() - began > 0.5)

    assert given_back
    assert Doi.objects.filter(leased_until__isnull=False).count() == 0
    assert "planned" in states(versions)


def test_a_process_that_slept_does_not_send_what_may_be_anothers_by_now(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = several(1)[0]
    times = iter([0.0, 1e6])
    monkeypatch.setattr(time, "time", lambda: next(times, 1e6))

    engine.drain(account())

    outcomes = DoiEvent.objects.filter(event="outcome").order_by("pk")
    assert list(outcomes.values_list("outcome", flat=True)) == ["not_sent", "draft"]
    assert sandbox.counts()["total"] == 1
    assert make.doi_of(version).failures == 0


# --- our own faults -----------------------------------------------------------------------------------------------


def test_a_row_that_our_code_fails_over_stops_nobody(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    versions = several(3)
    bad = make.doi_of(versions[0])

    def fails_over_one(doi: Doi, **around: Any) -> Any:
        if doi.pk == bad.pk:
            raise KeyError("number")
        return judgement.judge(doi, **around)

    monkeypatch.setattr(rows, "judge", fails_over_one)
    with caplog.at_level(logging.ERROR):
        drain_all()
    assert "row_not_judged" in caplog.text
    assert make.doi_of(versions[0]).attention == "engine"
    assert states(versions[1:]) == {"draft"}

    # Mended here; the next change sends it.
    monkeypatch.setattr(rows, "judge", judgement.judge)
    services.edit_metadata(versions[0].dataset, {**make.METADATA, "sizes": ["1 MB"]}, by=make.by())
    drain_all()
    assert make.doi_of(versions[0]).state == "draft"


def test_an_exchange_that_our_code_fails_in_has_an_outcome(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    versions = several(3)
    bad = make.doi_of(versions[0]).name

    def fails_over_one(registry: Registry, order: Order) -> Answer:
        if order.payload.name == bad and order.step == "create":
            raise UnicodeEncodeError("ascii", "x", 0, 1, "odd")
        return exchange.perform(registry, order)

    monkeypatch.setattr(drains, "perform", fails_over_one)
    with caplog.at_level(logging.ERROR):
        drain_all()

    assert "exchange_failed" in caplog.text
    assert states(versions[1:]) == {"draft"}
    doi = make.doi_of(versions[0])
    assert (doi.uncertain, doi.failures, doi.step) == (True, 1, "")
    monkeypatch.setattr(drains, "perform", exchange.perform)
    settle(moved_clock, hours=1)
    assert states(versions) == {"draft"}


def busy(times: int, *, then: Callable[..., Any]) -> Callable[..., Any]:
    left = [times]

    def write(changes: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise OperationalError("deadlock detected")
        return then(changes)

    return write


def test_an_answer_is_written_again_when_the_database_was_busy(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = several(1)[0]

    def meanwhile() -> None:
        monkeypatch.setattr(transitions, "write", busy(2, then=write))

    write = transitions.write
    breaking.while_away(monkeypatch, meanwhile)
    drain_all()

    assert make.doi_of(version).state == "draft"
    assert DoiEvent.objects.filter(event="outcome").count() == 1
    assert sandbox.counts()["total"] == 1


def test_a_database_that_stays_busy_ends_the_drain_and_nothing_is_lost(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = several(1)[0]
    write = transitions.write
    breaking.while_away(monkeypatch, lambda: monkeypatch.setattr(transitions, "write", busy(99, then=write)))
    with pytest.raises(OperationalError):
        engine.drain(account())
    assert claims.accounts_with_due(clock.now()) == [], "left alone for some seconds"

    monkeypatch.setattr(transitions, "write", write)
    settle(moved_clock, hours=1)

    assert make.doi_of(version).state == "draft"
    assert len(sandbox.records()) == 1


def test_a_rename_goes_past_names_that_are_taken_here(sandbox: Sandbox) -> None:
    first, second = several(2)
    doi = make.doi_of(first)
    name, _ = judgement.next_name(doi)
    Doi.objects.filter(pk=make.doi_of(second).pk).update(name=name)

    assert recording._free_name(doi) == (doi.name, 2)


def test_only_a_version_has_older_ones(sandbox: Sandbox) -> None:
    doi = make.doi_of(several(1)[0])
    doi.version = None

    assert not recording.older_one_is_due(doi, now=clock.now())
