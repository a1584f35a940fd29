"""The loop without a broker: ends when idle, goes on when something fails, stops when asked."""

import logging
import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from doi import clock, drift, looks, loop
from doi.drains import Drained
from doi.models import Doi, HistorySeal
from doi.services import back_issue
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def due(settings: Any) -> list[int]:
    """Two accounts with something due."""
    settings.DOI_ENCRYPTION_KEYS = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
    places = [make.configured(f"lab-{number}") for number in range(2)]
    for place in places:
        make.drafted(make.dataset(place))
    return [make.account_of(place).pk for place in places]


def finishing(monkeypatch: pytest.MonkeyPatch, *, failing: int | None = None) -> list[int]:
    """Drains that send nothing: each makes its account's rows not due. The registry is not what is tried here."""
    seen: list[int] = []

    def drain(account: int, *, stop: Any) -> Drained:
        seen.append(account)
        if account == failing and seen.count(account) < 3:
            raise RuntimeError("a worker's bad day")
        Doi.objects.filter(account=account).update(next_attempt_at=None)
        # Django leaves the connections to a database in memory open; this thread's is not needed any more.
        BaseDatabaseWrapper.close(connections["default"])
        return Drained()

    monkeypatch.setattr(loop, "drain", drain)
    return seen


def run(*, timeout: float | None = 20, until_idle: bool = True) -> bool:
    return loop.run(until_idle=until_idle, timeout=timeout, stop=threading.Event())


def test_it_drains_every_account_and_ends_when_idle(due: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    seen = finishing(monkeypatch)

    assert run()

    assert sorted(seen) == due


def test_one_account_that_fails_is_logged_and_stops_nobody(
    due: list[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen = finishing(monkeypatch, failing=due[0])
    with caplog.at_level(logging.ERROR):
        assert run()

    assert f"drain_failed account={due[0]}" in caplog.text
    assert seen.count(due[0]) == 3
    assert seen.count(due[1]) == 1


def test_it_does_not_say_idle_when_a_drain_failed_to_the_end(
    due: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(account: int, *, stop: Any) -> Drained:
        Doi.objects.filter(account=account).update(next_attempt_at=None)
        BaseDatabaseWrapper.close(connections["default"])
        raise RuntimeError("a worker's bad day")

    monkeypatch.setattr(loop, "drain", fails)

    assert not run()


def test_a_database_that_is_away_is_waited_for(
    due: list[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    finishing(monkeypatch)
    expand, times = back_issue.expand_open_runs, [1, 2]

    def away(**between: Any) -> bool:
        if times:
            times.pop()
            raise OperationalError("the database system is starting up")
        return expand(**between)

    monkeypatch.setattr(back_issue, "expand_open_runs", away)
    with caplog.at_level(logging.ERROR):
        assert run()

    assert "sweep_failed" in caplog.text
    assert Doi.objects.filter(next_attempt_at__isnull=False).count() == 0


def test_the_time_may_run_out(due: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(account: int, *, stop: Any) -> Drained:
        while not stop():
            time.sleep(0.01)
        return Drained(more=True)

    monkeypatch.setattr(loop, "drain", slow)
    began = time.monotonic()

    assert not run(timeout=0.2)

    assert time.monotonic() - began < 5


def test_it_stops_when_asked_and_waits_for_nothing_else(
    due: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()

    def asked(account: int, *, stop: Any) -> Drained:
        asks.set()
        return Drained()

    asks = stop
    monkeypatch.setattr(loop, "drain", asked)

    assert loop.run(until_idle=False, timeout=None, stop=stop)


def test_without_anything_to_do_it_is_idle_at_once() -> None:
    assert run(timeout=None)


def test_it_goes_on_while_a_back_issue_is_being_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [True, True, False]
    monkeypatch.setattr(back_issue, "expand_open_runs", lambda **_: answers.pop(0))

    assert run()

    assert answers == []


def test_what_is_due_does_not_wait_until_all_runs_had_a_slice(
    due: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = finishing(monkeypatch)
    began: list[bool] = []

    def many_runs(*, between: Any) -> bool:
        until = time.monotonic() + 5
        while len(seen) < 2 and time.monotonic() < until:
            between()
        began.append(len(seen) == 2)
        return False

    monkeypatch.setattr(loop, "DRAINS", 1)
    monkeypatch.setattr(back_issue, "expand_open_runs", many_runs)
    assert run()

    assert began[0], "both, one after the other, before the slices ended"


def test_it_seals_the_history_now_and_then(due: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    finishing(monkeypatch)
    monkeypatch.setattr(loop, "UPKEEP", 0.0)

    assert run()

    assert HistorySeal.objects.exists()


# --- looks --------------------------------------------------------------------------------------------------------


def due_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [True]
    monkeypatch.setattr(looks, "are_due", lambda _now: bool(answers) and answers.pop())


def test_it_takes_the_looks_that_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bool] = []

    def take(*, stop: Any) -> int:
        taken.append(stop())
        return 1

    due_once(monkeypatch)
    monkeypatch.setattr(looks, "take", take)

    assert run()

    assert taken == [False]


def test_it_does_not_wait_for_a_look_that_is_to_come(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DOI_RESOLVER_URL = "https://resolver.example.edu"
    version = make.drafted(make.dataset(make.configured()))
    Doi.objects.filter(landing_id=version.pk).update(
        state="findable",
        permanent_at=clock.now(),
        next_attempt_at=None,
        look_after=clock.now() + timedelta(seconds=60),
    )
    monkeypatch.setattr(looks, "take", lambda **_: pytest.fail("not before its time"))

    assert run()


def test_looks_that_fail_are_logged_and_stop_no_drain(
    due: list[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen = finishing(monkeypatch)
    due_once(monkeypatch)
    # Called without what it needs.
    monkeypatch.setattr(looks, "take", lambda: 1)
    with caplog.at_level(logging.ERROR):
        assert not run()

    assert "looks_failed" in caplog.text
    assert sorted(seen) == due


@pytest.mark.parametrize("until_idle", [True, False])
def test_only_an_engine_that_stays_compares(
    db: None, monkeypatch: pytest.MonkeyPatch, *, until_idle: bool
) -> None:
    stop = threading.Event()
    asked: list[datetime] = []

    def are_due(now: datetime) -> bool:
        asked.append(now)
        stop.set()
        return False

    monkeypatch.setattr(drift, "are_due", are_due)

    assert loop.run(until_idle=until_idle, timeout=20, stop=stop)

    assert bool(asked) is not until_idle
