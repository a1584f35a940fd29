"""One account's drain: how many at once, and in which order."""

import time
from typing import Any

import pytest

from datasets.models import Version
from doi import claims, clock, drains, engine, exchange
from doi.exchange import Answer, Order
from doi.models import Account, Doi, DoiEvent, Lane, Login
from doi.registries.base import Registry
from doi.sandbox import Sandbox
from tests.doi import breaking
from tests.doi.conftest import Clock, drain_all
from tests.doi.engine_rows import account, several, states
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


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
