"""Ways to break the engine in the middle, and to let it come back: for tests of what survives."""

import contextlib
from collections.abc import Callable
from concurrent import futures
from typing import Any

import pytest

from doi import claims, clock, drains, engine, exchange, outcomes, recording
from doi.models import Doi
from doi.sandbox import Sandbox
from doi.sandbox.store import Record
from tests.doi.conftest import Clock, drain_all


class Died(BaseException):
    """A worker's end: nothing after it runs but what the interpreter runs anyway."""


# What a registry can do to one answer. The write behind `lost` and `truncate` is done, behind the others it is not.
BREAKAGES: dict[str, dict[str, Any]] = {
    "lost": {"lost": True},
    "truncate": {"truncate": 3},
    "reset": {"reset": True},
    "503": {"status": 503, "body": "busy"},
    "502 page": {"status": 502, "body": "<html>Bad Gateway</html>"},
}
# Where a worker can end. `let_go` does not happen then: see `crash`.
FAILPOINTS = ("claimed", "marked", "sent", "answered", "recorded")


def break_next(sandbox: Sandbox, breakage: str, *, methods: tuple[str, ...], times: int = 1) -> None:
    """The next request with one of `methods` is broken."""
    action = BREAKAGES[breakage]
    sandbox.faults.order([{"match": {"method": each}, "times": times, "action": action} for each in methods])


def heal(sandbox: Sandbox) -> None:
    sandbox.faults.order([])


def settle(moved_clock: Clock, *, hours: int = 4) -> None:
    """Let all leases end and all waits pass, which are far shorter than the seven days."""
    for _ in range(hours * 4):
        moved_clock.forward(minutes=15)
        drain_all()


def crash(monkeypatch: pytest.MonkeyPatch, failpoint: str, *, surely: bool = True) -> None:
    """
    Drain once everything that is due, and die at `failpoint` as under SIGKILL: even the hold stays.

    `surely`: it must be reached (with nothing to send, only "claimed" is).
    """
    with monkeypatch.context() as patched:
        patched.setattr(claims, "let_go", lambda *_, **__: None)
        _set(patched, failpoint)
        for account in claims.accounts_with_due(clock.now()):
            with pytest.raises(Died) if surely else contextlib.suppress(Died):
                engine.drain(account)


def _set(patched: pytest.MonkeyPatch, failpoint: str) -> None:
    def dies(*_: Any, **__: Any) -> None:
        raise Died

    match failpoint:
        case "claimed":
            patched.setattr(drains.Drain, "_take_in", dies)
        case "marked":
            patched.setattr(drains.Drain, "_exchange", dies)
        case "sent":
            patched.setattr(drains, "perform", _then(exchange.perform, dies))
        case "answered":
            patched.setattr(outcomes, "of_answer", dies)
        case "recorded":
            patched.setattr(drains.Drain, "_heed", _before_the_end(patched, dies))


def _then(first: Callable[..., Any], second: Callable[..., None]) -> Callable[..., None]:
    def both(*args: Any, **kwargs: Any) -> None:
        first(*args, **kwargs)
        second()

    return both


def _before_the_end(patched: pytest.MonkeyPatch, dies: Callable[..., None]) -> Callable[..., None]:
    """Die right after the answer was written."""
    commit = recording.commit

    def commit_and_die(*args: Any, **kwargs: Any) -> None:
        commit(*args, **kwargs)
        dies()

    def heed(self: drains.Drain, *args: Any, **kwargs: Any) -> None:
        patched.setattr(recording, "commit", commit_and_die)
        original(self, *args, **kwargs)

    original = drains.Drain._heed
    return heed


def while_away(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do `act` once, after a step was marked and before its answer is recorded."""
    done: list[bool] = []

    def waits(*args: Any, **kwargs: Any) -> Any:
        if not done:
            done.append(True)
            act()
        return futures.wait(*args, **kwargs)

    monkeypatch.setattr(drains, "wait", waits)


# --- what registry staff, or another system, can do ---------------------------------------------------------------


def record_of(sandbox: Sandbox, doi: Doi) -> Record:
    assert doi.account is not None
    found = sandbox.store.get(doi.account.login.provider, doi.name)
    assert found is not None
    return found


def change_there(sandbox: Sandbox, doi: Doi, **changes: Any) -> None:
    sandbox.store.save(record_of(sandbox, doi).changed(**changes))


def publish_there(sandbox: Sandbox, doi: Doi) -> None:
    status = "findable" if doi.account is None or doi.account.login.provider == "datacite" else "public"
    change_there(sandbox, doi, status=status, registered="2026-01-01T00:00:00Z")


def delete_there(sandbox: Sandbox, doi: Doi) -> None:
    sandbox.store.delete(record_of(sandbox, doi))
