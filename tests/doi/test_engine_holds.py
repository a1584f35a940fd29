"""Two drains of one account, and what a row that breaks our own code does to the others."""

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from datasets import services
from doi import claims, clock, drains, engine, exchange, judgement, recording, rows, transitions
from doi.exchange import Answer, Order
from doi.models import Account, Doi, DoiEvent, Login
from doi.registries.base import Registry
from doi.sandbox import Sandbox
from tests.doi import breaking
from tests.doi.breaking import settle
from tests.doi.conftest import Clock, drain_all
from tests.doi.engine_rows import (
    account,
    several,
    states,
)
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


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
