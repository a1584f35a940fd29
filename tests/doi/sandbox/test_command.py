"""`manage.py registry_sandbox`."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.sandbox import ROOT, running_sandbox

pytestmark = pytest.mark.integration
MANAGE = (sys.executable, "manage.py", "registry_sandbox")


def refused(*options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*MANAGE, *options], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )


def test_the_command_serves_and_never_opens_the_products_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/no/such/folder/db.sqlite3")
    accounts = tmp_path / "accounts.json"
    accounts.write_text(
        '[{"provider": "datacite", "id": "ORG.REPO", "password": "se:cret", "prefix": "10.70112"}]'
    )

    with running_sandbox("--accounts", str(accounts), command=MANAGE) as running:
        page = httpx.get(running.url, trust_env=False)
        assert "ORG.REPO" in page.text
        running.process.terminate()
        assert running.process.wait(30) == 0

    assert list(tmp_path.iterdir()) == [accounts]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "the following arguments are required: --port"),
        (("--port", "many"), "invalid int value: 'many'"),
        (("--port", "0", "--account", "datacite:ORG.REPO"), "must be written PROVIDER:ID:PASSWORD:PREFIX"),
    ],
)
def test_a_wrong_call_ends_with_two(options: tuple[str, ...], words: str) -> None:
    done = refused(*options)

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert words in done.stderr
    assert "CommandError" not in done.stderr


def test_a_port_that_somebody_has_is_refused_with_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = refused("--port", str(port))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Port {port} of 127.0.0.1 is in use; give another --port.\n"
