"""`make demo`, less the installation: what a newcomer meets first."""

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from scripts.children import Process, free_port
from tests.support.real import Starter

pytestmark = pytest.mark.integration
COMMAND = [sys.executable, "-m", "scripts.demo"]


class Demo:
    """A running demonstration that keeps its things in `folder`."""

    def __init__(self, start: Starter, folder: Path) -> None:
        self.folder = folder
        ports = folder / "ports.json"
        if not ports.exists():
            # Somebody may be looking at a demo of their own on the usual ones.
            folder.mkdir()
            ports.write_text(json.dumps({"web": free_port(), "sandbox": free_port()}))
        self.process: Process = start("demo", COMMAND, env={"DEMO_FOLDER": str(folder)})
        self.process.wait_until(lambda: "starts afresh" in self.says(), seconds=90)

    def says(self) -> str:
        return self.process.last_lines(60)

    def said(self, label: str) -> str:
        found = re.search(rf"{label}\s+(\S+)", self.says())
        assert found is not None, self.says()
        return found[1]

    @contextmanager
    def signed_in(self) -> Iterator[httpx.Client]:
        address = self.said("running:")
        with httpx.Client(base_url=address, follow_redirects=True, trust_env=False, timeout=20) as client:
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/sign-in/").text)
            assert token is not None
            who = {"username": self.said("Sign in as"), "password": self.said("Password")}
            client.post("/sign-in/", data={"csrfmiddlewaretoken": token[1], **who})
            yield client

    def child(self, name: str) -> int:
        return int((self.folder / f"{name}.pid").read_text())


def test_it_prints_an_address_and_a_sign_in_that_work_and_goes_on_where_it_was(
    start_process: Starter, tmp_path: Path
) -> None:
    demo = Demo(start_process, tmp_path / "demo")
    with demo.signed_in() as client:
        home = client.get("/")
        assert "Estuary Laboratory" in home.text
        assert "2\N{NO-BREAK SPACE}minutes" in home.text or "2 minutes" in home.text
    registry = httpx.get(demo.said("Sandbox registry"), trust_env=False)
    assert "MERIDIAN.DATA" in registry.text
    password, address = demo.said("Password"), demo.said("running:")
    for path in demo.folder.iterdir():
        if path.name in {
            "sign-in",
            "keys",
            "secret-key",
            "accounts.json",
            "password-datacite",
            "password-ezid",
        }:
            assert path.stat().st_mode & 0o777 == 0o600, path

    second = start_process("second", COMMAND, env={"DEMO_FOLDER": str(demo.folder)})
    assert second.guard.wait(30) == 1
    assert "A demo is running here already" in second.last_lines()

    assert demo.process.stop(seconds=30) == 0
    again = Demo(start_process, tmp_path / "demo")
    assert (again.said("Password"), again.said("running:")) == (password, address)


def test_it_ends_with_the_reason_when_one_of_its_processes_dies(
    start_process: Starter, tmp_path: Path
) -> None:
    demo = Demo(start_process, tmp_path / "demo")
    web = demo.child("web")
    os.killpg(demo.child("engine"), signal.SIGKILL)
    assert demo.process.guard.wait(30) == 1
    assert "The engine has ended" in demo.says()
    with pytest.raises(ProcessLookupError):
        os.kill(web, 0)
