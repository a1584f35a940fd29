"""`run_engine`: the loop without a broker. Its real processes are killed and doubled in `tests/integration`."""

import signal
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Self

import pytest

from doi import claims, loop
from doi.models import Doi, Login
from doi.sandbox import Sandbox
from doi.services import back_issue
from tests.doi.conftest import Clock
from tests.factories import doi as make
from tests.support.commands import run

pytestmark = pytest.mark.django_db(transaction=True)


class Here:
    """Runs what it is given in the thread that gives it: a test's database in memory is one thread's."""

    def __init__(self, **_: Any) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, act: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(act(*arguments))
        return future


@pytest.fixture(autouse=True)
def _in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "ThreadPoolExecutor", Here)


def test_until_idle_ends_when_nothing_is_due(sandbox: Sandbox) -> None:
    place = make.configured(default_on=False)
    make.version(make.dataset(place))
    back_issue.start(place, by=make.by())

    result = run("run_engine", "--until-idle")

    assert (result.code, result.err) == (0, "")
    assert [record["state"] for record in sandbox.records()] == ["draft"]


def test_with_nothing_to_do_it_ends_at_once(sandbox: Sandbox) -> None:
    assert run("run_engine", "--until-idle").code == 0
    assert sandbox.counts()["total"] == 0


def test_dois_that_need_a_person_do_not_keep_it_busy(sandbox: Sandbox) -> None:
    make.drafted(make.dataset(make.configured(), creators=[]))

    assert run("run_engine", "--until-idle").code == 0
    assert Doi.objects.get().attention == "metadata.creators"


def test_an_account_that_may_not_be_used_does_not_keep_it_busy(sandbox: Sandbox) -> None:
    make.drafted(make.dataset(make.configured()))
    Login.objects.update(verified_at=None)

    assert run("run_engine", "--until-idle").code == 0
    assert sandbox.counts()["total"] == 0


def test_time_that_runs_out_with_work_left_is_exit_1(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.drafted(make.dataset(make.configured()))
    monkeypatch.setattr(loop, "_drain", lambda *_: None)

    result = run("run_engine", "--until-idle", "--timeout", "0.1")

    assert (result.code, len(result.errors)) == (1, 1)
    assert "run it again" in result.err


def test_without_until_idle_it_ends_with_its_time_and_exit_0(sandbox: Sandbox) -> None:
    assert run("run_engine", "--timeout", "0.1").code == 0


def test_a_signal_ends_it_and_the_handlers_are_put_back(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_now: datetime) -> list[int]:
        signal.raise_signal(signal.SIGTERM)
        return []

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(claims, "accounts_with_due", interrupted)

    assert run("run_engine").code == 0
    assert signal.getsignal(signal.SIGTERM) == before


def test_becoming_permanent_needs_no_more_than_the_clock(sandbox: Sandbox, moved_clock: Clock) -> None:
    make.drafted(make.dataset(make.configured(), visibility="public"))
    run("run_engine", "--until-idle")
    moved_clock.forward(seconds=604_800)

    run("run_engine", "--until-idle")

    assert [record["state"] for record in sandbox.records()] == ["findable"]


def test_a_timeout_that_is_no_number_is_a_wrong_call() -> None:
    assert run("run_engine", "--timeout", "soon").code == 2


@pytest.mark.parametrize("seconds", ["-3", "nan"])
def test_a_timeout_that_is_no_length_of_time_is_a_wrong_call(seconds: str) -> None:
    result = run("run_engine", "--timeout", seconds)

    assert (result.code, result.err) == (2, "--timeout must not be negative.\n")
