"""Another site's name that leads to the sandbox (DNS rebinding) opens neither its pages nor its orders."""

import httpx
import pytest

from doi.sandbox import Request, Sandbox
from doi.sandbox.face.web import is_known_host
from tests.support.sandbox import running_sandbox

EVIL = "evil.example:8000"


@pytest.mark.parametrize(
    ("host", "known"),
    [
        (None, True),
        ("localhost", True),
        ("LocalHost:8000", True),
        ("localhost.", True),
        ("127.0.0.1", True),
        ("127.0.0.1:8000", True),
        ("192.0.2.7:80", True),
        ("[::1]", True),
        ("[::1]:8000", True),
        ("sandbox.test", True),
        ("Sandbox.Test:8000", True),
        ("sandbox.test.:8000", True),
        ("", False),
        ("evil.example", False),
        (EVIL, False),
        ("evil-sandbox.test", False),
        ("sandbox.test.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("[evil]", False),
        ("sandbox.test:80:80", False),
    ],
)
def test_a_host_is_known_by_its_address_or_by_a_name_that_was_given(host: str | None, *, known: bool) -> None:
    assert is_known_host(host, {"sandbox.test"}) is known


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("GET", "/records"),
        ("GET", "/counts"),
        ("GET", "/control/faults"),
        ("DELETE", "/control/faults"),
        ("POST", "/faults/remove"),
    ],
)
def test_the_sandboxs_own_addresses_are_refused_under_a_foreign_name(method: str, target: str) -> None:
    sandbox = Sandbox(hosts=["Sandbox.Test"])
    sandbox.control.add_faults({"action": {"status": 503}})

    def status(host: str) -> int:
        return sandbox.answer(Request(method, target, {"host": host, "origin": f"http://{host}"})).status

    assert status(EVIL) == 403
    assert len(sandbox.control.faults()) == 1
    assert status("sandbox.test:8000") != 403


def test_the_registries_answer_under_every_name() -> None:
    answer = Sandbox(hosts=[]).answer(Request("GET", "/datacite/heartbeat", {"host": "api.datacite.example"}))

    assert answer.status == 200


@pytest.mark.integration
def test_a_running_sandbox_knows_the_names_of_its_options() -> None:
    with running_sandbox("--allowed-host", "sandbox.test") as running:
        port = running.url.rpartition(":")[2]
        hosts = (f"127.0.0.1:{port}", f"sandbox.test:{port}", f"evil.example:{port}")
        answers = [
            httpx.get(f"{running.url}/records", headers={"Host": host}, trust_env=False).status_code
            for host in hosts
        ]

    assert answers == [200, 200, 403]
