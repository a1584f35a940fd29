"""A mistake of the sandbox's own is never taken for a registry's answer, and leaves its traces."""

import asyncio
import json
import queue
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account
from doi.sandbox.datacite import dois
from doi.sandbox.server import listening
from tests.doi.sandbox.calls import COMPLETE, NAME, body

pytestmark = pytest.mark.integration
AUTH = ("ORG.REPO", "secret")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox([Account("datacite", *AUTH, ("10.70112",))], log=tmp_path / "log")


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A client of that sandbox, served over a socket from a thread of this process."""
    addresses: queue.Queue[str] = queue.Queue()
    ways_out: queue.Queue[Callable[[], object]] = queue.Queue()

    async def run() -> None:
        stop = asyncio.Event()
        ways_out.put(partial(asyncio.get_running_loop().call_soon_threadsafe, stop.set))
        async with listening(sandbox, host="127.0.0.1", port=0) as address:
            addresses.put(address)
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    with httpx.Client(base_url=addresses.get(timeout=10), auth=AUTH, trust_env=False) as client:
        yield client
    ways_out.get()()
    thread.join(10)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox with a mistake in how a record is shown."""

    def resource(*_record: object, **_query: object) -> None:
        raise KeyError("a mistake of our own")

    monkeypatch.setattr(dois, "resource", resource)


@pytest.mark.usefixtures("broken")
def test_a_crash_is_a_500_in_the_log_and_on_stderr_and_stores_nothing(
    client: httpx.Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = client.post("/datacite/dois", json=body(doi=NAME, **COMPLETE))

    assert answer.status_code == 500
    assert "sandbox itself failed" in answer.json()["errors"][0]["title"]
    assert "date" in answer.headers
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert "KeyError: 'a mistake of our own'" in told
    line = json.loads((tmp_path / "log").read_text().splitlines()[-1])
    assert (line["provider"], line["method"], line["account"], line["status"]) == (
        "datacite",
        "POST",
        "ORG.REPO",
        500,
    )
    # The connection lives on, and nothing was stored.
    assert client.get("/records").json() == []


@pytest.mark.usefixtures("broken")
def test_a_crash_after_a_delay_is_a_500_too(client: httpx.Client) -> None:
    rule = {"match": {"method": "POST"}, "times": 1, "action": {"delay": 0.01, "before": True}}
    client.post("/control/faults", json=rule).raise_for_status()

    assert client.post("/datacite/dois", json=body(doi=NAME), timeout=5).status_code == 500


def test_a_page_that_fails_says_so_as_a_page(
    client: httpx.Client,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sandbox.store, "all", lambda: 1 / 0)

    answer = client.get("/dois", headers={"Accept": "text/html,*/*"})

    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "sandbox itself failed" in answer.text
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_log_that_cannot_be_written_is_a_500_too(
    client: httpx.Client,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sandbox.log, "write", full)

    assert client.get("/datacite/heartbeat").status_code == 500
    assert "No space left on device" in capsys.readouterr().err
