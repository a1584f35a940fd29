"""A whole product of its own for one test: database, sandbox registry, key ring, and its commands as real processes."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.children import MANAGE, ROOT, Command, Process, free_port
from tests.support.real import DATACITE, EZID, FAST, SandboxServer, Starter

type Row = dict[str, Any]
type Account = tuple[str, str, str]
SITE = "https://data.example.org"
ENGINE: Command = [*MANAGE, "run_engine"]


@dataclass(slots=True)
class World:
    """Its processes share `environment`; everything they write is under `folder`."""

    folder: Path
    environment: dict[str, str]
    sandbox: SandboxServer
    start: Starter
    window: float = 604_800
    said: list[str] = field(default_factory=list)

    def manage(self, *arguments: str | Path, given: str = "", refused: bool = False) -> str:
        """Run one command to its end and return its standard output; `refused` expects exit 1."""
        return self.run([*MANAGE, *arguments], given=given, code=1 if refused else 0)

    def batch(self, commands: Sequence[Sequence[Any]]) -> str:
        """Run commands one after the other in one process; see `tests/integration/batch.py`."""
        return self.run([sys.executable, "-m", "tests.integration.batch"], given=json.dumps(commands))

    def run(self, command: Command, *, given: str = "", code: int = 0) -> str:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **self.environment},
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        self.said += [done.stdout, done.stderr]
        assert done.returncode == code, (
            f"{list(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done.stdout

    def engine(self, *arguments: str) -> Process:
        """Start `run_engine`."""
        return self.start("engine", [*ENGINE, *arguments], env=self.environment)

    def run_until_idle(self, *, seconds: int = 180) -> None:
        """Generous: a machine that does other things too is slow, not wrong."""
        self.manage("run_engine", "--until-idle", "--timeout", str(seconds))

    def export(self) -> list[Row]:
        return lines_of(self.manage("export_dois", "--format", "jsonl"))

    def history(self) -> list[Row]:
        return lines_of(self.manage("export_history", "--format", "jsonl"))

    def log(self) -> list[Row]:
        return lines_of(self.sandbox.log.read_text())

    def log_size(self) -> int:
        return self.sandbox.log.stat().st_size if self.sandbox.log.exists() else 0

    def permanent(self) -> int:
        """How many DOIs the registry holds as permanent."""
        return sum(record["state"] in {"findable", "registered"} for record in self.sandbox.records())


def lines_of(text: str) -> list[Row]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def wait_until(ready: Any, *, seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until, f"not in {seconds} s: {what}"
        time.sleep(0.05)


def start_sandbox(
    start: Starter,
    folder: Path,
    *options: str | Path,
    datacite: Account = DATACITE,
    ezid: Account = EZID,
) -> SandboxServer:
    """A real `registry_sandbox`; the passwords stay off its command line."""
    port, accounts, log = free_port(), folder / "registry-accounts.json", folder / "registry.jsonl"
    accounts.write_text(
        json.dumps(
            [
                {"provider": provider, "id": name, "password": password, "prefix": prefix}
                for provider, (name, password, prefix) in (("datacite", datacite), ("ezid", ezid))
            ]
        )
    )
    command: Command = [*MANAGE, "registry_sandbox", "--port", str(port), "--accounts", accounts]
    files: Command = ["--state", folder / "registry-state", "--log", log, *options]
    process = start("sandbox", [*command, *files])
    process.wait_until_listening(port)
    return SandboxServer(f"http://127.0.0.1:{port}", process, log)


def environment_of(
    sandbox: SandboxServer, database: str, *, window: float, more: Mapping[str, str]
) -> dict[str, str]:
    return {
        **FAST,
        **sandbox.environment,
        "DATABASE_URL": database,
        "CELERY_BROKER_URL": "",
        "SITE_URL": SITE,
        "SECRET_KEY": "unused-by-commands",
        "DOI_ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "DOI_DRAFT_WINDOW": f"{window:.0f}",
        "DOI_TEST_CLOCK": "",
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "INFO",
        "DEBUG": "false",
        **more,
    }
