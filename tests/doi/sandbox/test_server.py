"""The sandbox over a real socket, in a process of its own."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from doi.sandbox.cli import main
from tests.doi.sandbox.calls import NAME, anvl, body
from tests.support.sandbox import ROOT, RunningSandbox, running_sandbox

pytestmark = pytest.mark.integration
ACCOUNT = ("--account", "datacite:ORG.REPO:secret:10.70112")
HEAD = b"GET /datacite/heartbeat HTTP/1.1\r\nHost: sandbox\r\n\r\n"


@pytest.fixture
def faults(tmp_path: Path) -> Path:
    path = tmp_path / "faults.json"
    path.write_text("[]")
    return path


@pytest.fixture
def running(faults: Path) -> Iterator[RunningSandbox]:
    options = ("--account", "ezid:apiuser:secret:10.7280/d1", "--faults", str(faults))
    with running_sandbox(*ACCOUNT, *options) as sandbox:
        yield sandbox


def datacite(sandbox: RunningSandbox) -> httpx.Client:
    return httpx.Client(base_url=f"{sandbox.url}/datacite", auth=("org.repo", "secret"), trust_env=False)


def connected(sandbox: RunningSandbox) -> socket.socket:
    address = urlsplit(sandbox.url)
    return socket.create_connection((str(address.hostname), address.port or 0), timeout=10)


def read_until(connection: socket.socket, ending: bytes) -> bytes:
    got = b""
    while not got.endswith(ending):
        more = connection.recv(65536)
        if not more:
            break
        got += more
    return got


def test_both_registries_answer_over_one_kept_connection(running: RunningSandbox) -> None:
    with datacite(running) as client:
        streams = set()
        for step in range(3):
            answer = client.post("/dois", json=body(doi=f"10.70112/{step}"))
            assert answer.status_code == 201
            streams.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
        reserved = client.put(
            f"{running.url}/ezid/id/doi:10.7280/D1A",
            content=anvl(_status="reserved"),
            auth=("apiuser", "secret"),
            headers={"Accept": "text/plain"},
        )
        assert reserved.text == "success: doi:10.7280/D1A | ark:/b7280/d1a"
        assert client.delete("/dois/10.70112/0").content == b""
        assert client.get(f"{running.url}/counts").json()["total"] == 5

    assert len(streams) == 1


def test_pipelined_requests_are_answered_in_their_order(running: RunningSandbox, faults: Path) -> None:
    faults.write_text(json.dumps([{"match": {"path": "heartbeat"}, "times": 1, "action": {"delay": 0.3}}]))

    with connected(running) as connection:
        connection.sendall(
            HEAD + b"GET /resolve/10.1/absent HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n"
        )
        got = read_until(connection, b"never")

    assert got.index(b"HTTP/1.1 200") < got.index(b"HTTP/1.1 404")
    assert b"Connection: close" in got


def test_a_delayed_answer_holds_up_nobody_else(running: RunningSandbox, faults: Path) -> None:
    faults.write_text(json.dumps([{"match": {"path": "heartbeat"}, "times": 1, "action": {"delay": 5}}]))

    with connected(running) as slow, connected(running) as quick:
        slow.sendall(HEAD)
        began = time.monotonic()
        time.sleep(0.05)
        quick.sendall(HEAD)
        assert read_until(quick, b"OK").startswith(b"HTTP/1.1 200 OK\r\n")

    assert time.monotonic() - began < 4


def test_a_reset_is_a_reset_and_a_cut_answer_ends_early(running: RunningSandbox, faults: Path) -> None:
    rules = [
        {"match": {"method": "POST"}, "times": 1, "action": {"lost": True}},
        {"match": {"method": "GET", "provider": "datacite"}, "times": 1, "action": {"truncate": 20}},
    ]
    faults.write_text(json.dumps(rules))

    with datacite(running) as client:
        with pytest.raises(httpx.ReadError):
            client.post("/dois", json=body(doi=NAME))
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(f"/dois/{NAME}")
        assert client.get(f"/dois/{NAME}").status_code == 200


def test_an_answer_that_never_comes_ends_with_the_clients_patience(running: RunningSandbox) -> None:
    rules = [{"match": {"method": "POST"}, "times": 1, "action": {"hang": True, "applied": True}}]
    httpx.put(f"{running.url}/control/faults", json=rules, trust_env=False).raise_for_status()

    with datacite(running) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post("/dois", json=body(doi=NAME), timeout=0.3)
        assert client.get(f"/dois/{NAME}").status_code == 200


def test_a_request_that_waits_before_it_is_done_lets_others_by(running: RunningSandbox) -> None:
    rule = {"match": {"method": "PUT"}, "times": 1, "action": {"delay": 0.5, "before": True}}
    httpx.post(f"{running.url}/control/faults", json=rule, trust_env=False).raise_for_status()

    with datacite(running) as client, ThreadPoolExecutor(1) as aside:
        client.post("/dois", json=body(doi=NAME))
        held = aside.submit(client.put, f"/dois/{NAME}", json=body(url="https://held.example/"))
        _until(lambda: httpx.get(f"{running.url}/control/faults", trust_env=False).json()[0]["fired"])
        passed = client.put(f"/dois/{NAME}", json=body(url="https://passed.example/"))

        assert (passed.status_code, held.result().status_code) == (200, 200)
        last = client.get(f"/dois/{NAME}").json()["data"]["attributes"]
    assert last["url"] == "https://held.example/"


def test_a_client_that_leaves_does_not_undo_what_it_asked(running: RunningSandbox) -> None:
    rule = {"match": {"method": "POST"}, "times": 1, "action": {"delay": 0.5, "before": True}}
    httpx.post(f"{running.url}/control/faults", json=rule, trust_env=False).raise_for_status()

    with datacite(running) as client, pytest.raises(httpx.ReadTimeout):
        client.post("/dois", json=body(doi=NAME), timeout=0.1)

    _until(lambda: httpx.get(f"{running.url}/records", trust_env=False).json())


def _until(holds: Callable[[], object]) -> None:
    """Wait for something that happens in another process."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET http://sandbox/datacite/heartbeat?x=1 HTTP/1.1\r\nHost: sandbox\r\n\r\n", b"200"),
        (b"HEAD /datacite/dois/10.1/a HTTP/1.1\r\nHost: sandbox\r\n\r\n", b"404"),
        (
            b"POST /datacite/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            b"400",
        ),
        (
            b"POST /datacite/token HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
            b"100",
        ),
    ],
)
def test_every_lawful_form_of_request_is_read_and_others_are_refused(
    running: RunningSandbox, sent: bytes, status: bytes
) -> None:
    with connected(running) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        got = read_until(connection, b"never")

    assert got.startswith(b"HTTP/1.1 " + status)


def test_latency_is_put_before_every_answer() -> None:
    with running_sandbox(*ACCOUNT, "--latency", "0.2") as running, datacite(running) as client:
        began = time.monotonic()
        client.get("/heartbeat")

        assert time.monotonic() - began >= 0.2


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    options = (*ACCOUNT, "--state", str(tmp_path / "state"), "--log", str(tmp_path / "log"))
    with running_sandbox(*options) as running, datacite(running) as client:
        assert client.post("/dois", json=body(doi=NAME)).status_code == 201
        running.process.kill()
        running.process.wait(10)

    with running_sandbox(*options) as running, datacite(running) as client:
        assert client.get(f"/dois/{NAME}").status_code == 200
        assert [each["name"] for each in client.get(f"{running.url}/records").json()] == [NAME]

    assert [json.loads(line)["seq"] for line in (tmp_path / "log").read_text().splitlines()] == [1, 2]


def test_the_clock_goes_by_a_file(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    with running_sandbox(*ACCOUNT, "--clock", str(clock)) as running, datacite(running) as client:
        now = client.post("/dois", json=body(doi="10.70112/now")).json()["data"]["attributes"]["created"]
        clock.write_text("604800")
        later = client.post("/dois", json=body(doi="10.70112/later")).json()["data"]["attributes"]["created"]

    assert later[:10] > now[:10]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_good_order(number: signal.Signals) -> None:
    with running_sandbox(*ACCOUNT) as running, datacite(running) as client:
        client.get("/heartbeat")
        running.process.send_signal(number)

        assert running.process.wait(10) == 0


def test_a_port_in_use_is_refused_in_one_sentence(running: RunningSandbox) -> None:
    port = str(urlsplit(running.url).port)
    command = [sys.executable, "-m", "doi.sandbox", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, cwd=ROOT)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Port {port} of 127.0.0.1 cannot be used")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--port", "99999"), "99999 is not a port."),
        (("--port", "0", "--account", "datacite:ORG.REPO:10.70112"), "with nothing left out"),
        (("--port", "0", "--accounts", "/no/such/file"), "cannot be read"),
        (("--port", "0", "--latency", "-1"), "must be a number of seconds"),
    ],
)
def test_a_wrong_call_is_refused_in_one_sentence(
    options: tuple[str, ...],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["doi.sandbox", *options])
    with pytest.raises(SystemExit) as ended:
        main()

    told = capsys.readouterr()
    assert (ended.value.code, told.out, len(told.err.splitlines())) == (2, "", 1)
    assert words in told.err
