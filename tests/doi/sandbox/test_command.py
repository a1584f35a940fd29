"""`manage.py registry_sandbox`."""

import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from doi.management.commands.registry_sandbox import Command
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


def test_dois_to_begin_with_and_the_registries_manners_are_options(tmp_path: Path) -> None:
    seeds, state = tmp_path / "seeds.jsonl", tmp_path / "state"
    seeds.write_text(
        '{"provider": "datacite", "name": "10.1002/a<b>#", "owner": "ORG.REPO", "url": "https://x.example/"}\n\n'
        '{"provider": "ezid", "name": "10.7280/D1a", "owner": "apiuser", "state": "draft"}\n'
    )
    options = (
        "--seed",
        str(seeds),
        "--state",
        str(state),
        "--list-lag",
        "5",
        "--rate-limits",
        "--handover",
        "9",
    )

    with running_sandbox(*options) as running:
        behaviour = httpx.get(f"{running.url}/control/behaviour", trust_env=False).json()
        edit = {"act": "hide", "doi": "10.1002/a<b>#"}
        httpx.post(f"{running.url}/control/edits", json=edit, trust_env=False).raise_for_status()
    with running_sandbox(*options) as running:
        records = httpx.get(f"{running.url}/records", trust_env=False).json()

    assert behaviour == {"list_lag": 5.0, "rate_limits": True, "handover": 9.0}
    assert [(each["name"], each["state"]) for each in records] == [
        ("10.1002/a<b>#", "registered"),
        ("10.7280/d1a", "draft"),
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--port", "0", "--seed", "/no/such/file"), "The seed file /no/such/file cannot be read"),
        (("--port", "0", "--handover", "-1"), "The handover must be a number of seconds"),
        (("--port", "0", "--latency", "nan"), "The latency must be a number of seconds"),
        (("--port", "many"), "invalid int value: 'many'"),
        (("--port", "0", "--account", "datacite:ORG.REPO"), "must be written PROVIDER:ID:PASSWORD:PREFIX"),
    ],
)
def test_a_wrong_call_ends_with_two(
    options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "registry_sandbox", *options])

    told = capsys.readouterr().err
    assert (ended.value.code, told.count("\n")) == (2, 1)
    assert words in told
    assert "CommandError" not in told


def test_a_process_called_wrongly_ends_with_two() -> None:
    done = refused()

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "the following arguments are required: --port" in done.stderr


def test_a_port_that_somebody_has_is_refused_with_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = refused("--port", str(port))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Port {port} of 127.0.0.1 is in use; give another --port.\n"


def test_the_product_s_test_clock_moves_the_sandbox_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("86400 172800")
    monkeypatch.setenv("DOI_TEST_CLOCK", str(clock))

    with running_sandbox() as sandbox:
        date = httpx.get(f"{sandbox.url}/datacite/heartbeat", trust_env=False).headers["Date"]

    ahead = parsedate_to_datetime(date) - datetime.now(UTC)
    assert abs(ahead - timedelta(days=2)) < timedelta(minutes=1)
