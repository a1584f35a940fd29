"""Doorbells: lost, doubled or unheard, they do no harm."""

import logging
import time
from datetime import timedelta
from typing import Any

import pytest

from doi import clock, engine, tasks
from doi.drains import Drained
from doi.models import Doi
from doi.sandbox import Sandbox
from doi.services import back_issue
from tests.doi.conftest import Clock
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[int]:
    """The accounts that were rung for; the broker itself is tried by the integration tests."""
    settings.CELERY_BROKER_URL = "redis://localhost:1/0"
    heard: list[int] = []
    monkeypatch.setattr(tasks.drain_account, "apply_async", lambda args, **_: heard.append(args[0]))
    return heard


def test_without_a_broker_nothing_is_rung(rung: list[int], settings: Any) -> None:
    settings.CELERY_BROKER_URL = ""

    tasks.ring(7)

    assert rung == []


def test_a_broker_that_is_away_does_not_spoil_the_page_that_rang(
    settings: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redivis_doi.celery import app

    settings.CELERY_BROKER_URL = "redis://localhost:1/0"
    monkeypatch.setattr(app.conf, "broker_url", "redis://localhost:1/0")
    monkeypatch.setattr(tasks, "_quiet_until", [0.0])
    with caplog.at_level(logging.WARNING):
        tasks.ring(7)
    assert "doorbell_not_heard account=7" in caplog.text

    # The next page does not wait for it again.
    began = time.monotonic()
    tasks.ring(8)
    assert time.monotonic() - began < 0.1


def test_draining_rings_again_while_there_is_more(rung: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "drain", lambda account_id: Drained(more=account_id == 1))

    tasks.drain_account(1)
    tasks.drain_account(2)

    assert rung == [1]


def test_the_same_doorbell_twice_sends_nothing_twice(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured()))
    account = make.doi_of(version).account_id
    assert account is not None

    for _ in range(3):
        tasks.drain_account(account)

    assert make.doi_of(version).state == "draft"
    assert sandbox.counts()["total"] == 1


def test_the_sweep_finds_what_is_due_whoever_rang(
    sandbox: Sandbox, rung: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expanded: list[bool] = []
    monkeypatch.setattr(tasks.expand_back_issue, "delay", lambda: expanded.append(True))
    version = make.drafted(make.dataset(make.configured()))
    rung.clear()

    for _ in range(3):
        tasks.sweep_due()

    assert rung == [make.doi_of(version).account_id] * 3
    assert expanded == [True] * 3


def test_drafts_past_their_window_are_rung_for_once_per_account(
    sandbox: Sandbox, moved_clock: Clock, rung: list[int]
) -> None:
    place = make.configured()
    versions = [make.drafted(make.dataset(place, f"stage-{number}")) for number in range(3)]
    account = make.doi_of(versions[0]).account_id
    assert account is not None
    tasks.drain_account(account)
    rung.clear()

    tasks.finalize_drafts()
    assert rung == []
    moved_clock.forward(seconds=604_801)
    tasks.finalize_drafts()

    assert rung == [account]


def test_a_back_issue_is_expanded_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [True, True, False]
    monkeypatch.setattr(back_issue, "expand_open_runs", lambda: answers.pop(0))

    tasks.expand_back_issue()

    assert answers == []


def test_rows_that_wait_are_not_rung_for(sandbox: Sandbox, rung: list[int]) -> None:
    make.drafted(make.dataset(make.configured()))
    Doi.objects.update(next_attempt_at=clock.now() + timedelta(hours=1))
    rung.clear()

    tasks.finalize_drafts()

    assert rung == []
