"""
The product's own processes, as tests meet them in production: sandbox registry, engine, Celery worker, beat, web server.

All of them share the test's database (PostgreSQL), broker, key ring and session key; `tests.services` has set those.
Each fixture stops what it started, and what a process wrote is shown when its test fails.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.children import MANAGE, Command, Process, free_port, start

type Starter = Callable[..., Process]

# As in tests/support/sandbox.py: (id, password, prefix).
DATACITE = ("ORG.REPO", "secret", "10.70112")
EZID = ("apiuser", "secret", "10.5072/fk2")

# Politeness is for the real registries.
FAST = {
    "DATACITE_REQUESTS_PER_5_MINUTES": "1000000",
    "DATACITE_TEST_REQUESTS_PER_5_MINUTES": "1000000",
    "EZID_REQUESTS_PER_5_MINUTES": "1000000",
    "DATACITE_MAX_IN_FLIGHT": "8",
    "EZID_MAX_IN_FLIGHT": "4",
    "EZID_PAUSE_MS": "0",
    "BULK_REQUESTS_PER_SECOND": "1000",
}


@dataclass(frozen=True, slots=True)
class SandboxServer:
    """A running sandbox registry, and what it has seen."""

    url: str
    process: Process
    log: Path

    @property
    def environment(self) -> dict[str, str]:
        """What leads the product's processes to it."""
        return {
            "DATACITE_API_URL": f"{self.url}/datacite",
            "DATACITE_TEST_API_URL": f"{self.url}/datacite",
            "EZID_API_URL": f"{self.url}/ezid",
            "EZID_TEST_API_URL": f"{self.url}/ezid",
            "DOI_RESOLVER_URL": f"{self.url}/resolve",
        }

    def counts(self) -> dict[str, Any]:
        """Requests by provider and kind, and their `total`."""
        answer: dict[str, Any] = httpx.get(f"{self.url}/counts", trust_env=False).json()
        return answer

    def reset_counts(self) -> None:
        httpx.delete(f"{self.url}/counts", trust_env=False)

    def records(self) -> list[dict[str, Any]]:
        """Every DOI it holds: name, provider, state, url, owner and times."""
        answer: list[dict[str, Any]] = httpx.get(f"{self.url}/records", trust_env=False).json()
        return answer


@pytest.fixture
def start_process(tmp_path: Path) -> Iterator[Starter]:
    """Start a command; it is stopped after the test, in reverse order, and its last lines are printed."""
    started: list[Process] = []

    def starter(name: str, command: Command, *, env: Mapping[str, str] | None = None) -> Process:
        log = tmp_path / f"{len(started)}-{name.replace(' ', '-')}.log"
        started.append(start(name, command, log=log, env=env))
        return started[-1]

    yield starter
    for process in reversed(started):
        process.stop(seconds=30)
        print(f"--- {process.name}\n{process.last_lines()}")


@pytest.fixture
def sandbox_server(start_process: Starter, tmp_path: Path) -> SandboxServer:
    """A real `registry_sandbox` with one account of each provider, keeping its state and log in files."""
    port = free_port()
    log = tmp_path / "registry.jsonl"
    accounts = [
        part
        for provider, row in (("datacite", DATACITE), ("ezid", EZID))
        for part in ("--account", ":".join((provider, *row)))
    ]
    files = ["--state", tmp_path / "registry-state", "--log", log]
    process = start_process("sandbox", [*MANAGE, "registry_sandbox", "--port", str(port), *accounts, *files])
    process.wait_until_listening(port)
    return SandboxServer(f"http://127.0.0.1:{port}", process, log)


@pytest.fixture
def postgres_url(transactional_db: None) -> str:
    """The address of this test's own database."""
    from django.db import connection

    here = connection.settings_dict
    assert connection.vendor == "postgresql", (
        "run it with -m integration or -m browser, which start PostgreSQL"
    )
    who = f"{here['USER']}:{here['PASSWORD']}" if here["PASSWORD"] else here["USER"]
    return f"postgres://{who}@{here['HOST']}:{here['PORT']}/{here['NAME']}"


@pytest.fixture
def broker_url() -> str:
    """The address of the broker, emptied."""
    import redis

    url = os.environ["CELERY_BROKER_URL"]
    with redis.Redis.from_url(url) as broker:
        broker.flushdb()
    return url


@pytest.fixture
def process_environment(postgres_url: str, sandbox_server: SandboxServer, settings: Any) -> dict[str, str]:
    """What the product's processes need to share this test's world; the test's own settings get the same registry."""
    where = sandbox_server.environment
    settings.REGISTRY_URLS = {
        (provider, environment): where[f"{provider.upper()}_API_URL"]
        for provider in ("datacite", "ezid")
        for environment in ("production", "test")
    }
    settings.DOI_RESOLVER_URL = where["DOI_RESOLVER_URL"]
    return {**FAST, **where, "DATABASE_URL": postgres_url, "LOG_LEVEL": "INFO", "CELERY_BROKER_URL": ""}


@pytest.fixture
def engine_process(process_environment: dict[str, str], start_process: Starter) -> Starter:
    """Start a real `run_engine`: ``engine_process("--until-idle", env={"DOI_LEASE": "3"})``."""

    def starter(*arguments: str, env: Mapping[str, str] | None = None) -> Process:
        return start_process(
            "engine", [*MANAGE, "run_engine", *arguments], env={**process_environment, **(env or {})}
        )

    return starter


@pytest.fixture
def celery_worker_process(
    process_environment: dict[str, str], broker_url: str, start_process: Starter
) -> Process:
    """A real worker on the real broker; it answers when this returns. Threads, as in production."""
    from redivis_doi.celery import app

    command = [sys.executable, "-m", "celery", "-A", "redivis_doi", "worker", "--pool", "threads"]
    worker = start_process(
        "worker",
        [*command, "--concurrency", "4", "--loglevel", "INFO"],
        env={**process_environment, "CELERY_BROKER_URL": broker_url},
    )
    worker.wait_until(lambda: bool(app.control.ping(timeout=0.5)), seconds=60)
    return worker


@pytest.fixture
def celery_beat_process(
    process_environment: dict[str, str], broker_url: str, start_process: Starter, tmp_path: Path
) -> Process:
    """A real beat on the real broker."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "redivis_doi",
        "beat",
        "--pidfile=",
        "--loglevel",
        "INFO",
    ]
    return start_process(
        "beat",
        [*command, "--schedule", tmp_path / "beat"],
        env={**process_environment, "CELERY_BROKER_URL": broker_url},
    )


@pytest.fixture
def web_server(process_environment: dict[str, str], start_process: Starter, settings: Any) -> str:
    """The product's address, served by granian as in production (plain HTTP, no proxy)."""
    port = int(settings.SITE_URL.rpartition(":")[2])
    command = [
        Path(sys.executable).with_name("granian"),
        "--interface",
        "wsgi",
        "--no-ws",
        "--port",
        str(port),
    ]
    process = start_process("web", [*command, "redivis_doi.wsgi:application"], env=process_environment)
    process.wait_until_listening(port)
    return str(settings.SITE_URL)
