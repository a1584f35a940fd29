"""A product of its own for one measurement: PostgreSQL, sandbox registry, key ring, and a generated catalogue."""

import base64
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from scripts.children import MANAGE, ROOT, free_port, start
from tests.support.servers import start_postgresql

ORGANIZATION = "bench"
# provider: (account ID, password, prefix)
ACCOUNTS = {"datacite": ("BENCH.REPO", "secret", "10.82053"), "ezid": ("bench", "secret", "10.82054/b2")}


@dataclass(frozen=True, slots=True)
class World:
    folder: Path
    environment: dict[str, str]
    sandbox: str

    def manage(self, *arguments: str, given: str = "") -> float:
        """Run one command to its end; returns the seconds it took. Raises CalledProcessError with what it wrote."""
        began = time.monotonic()
        environment = {**os.environ, **self.environment}
        subprocess.run(
            [*MANAGE, *arguments],
            cwd=ROOT,
            env=environment,
            input=given.encode(),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.monotonic() - began

    def fill(self, count: int, *, versions: int = 1) -> None:
        """Import an organization with `count` released versions, in public datasets of so many versions each."""
        path = self.folder / "catalog.jsonl"
        with path.open("w") as file:
            for line in catalogue(count // versions, versions=versions):
                file.write(json.dumps(line) + "\n")
        self.manage("import_catalog", str(path))

    def plan_all(self, provider: str) -> None:
        """Give the organization an account, and plan a DOI for everything it has."""
        account, password, prefix = ACCOUNTS[provider]
        which = (
            "--provider",
            provider,
            "--environment",
            "production",
            "--account",
            account,
            "--prefix",
            prefix,
        )
        self.manage(
            "configure_doi", "--organization", ORGANIZATION, *which, "--back-issue", given=password + "\n"
        )

    def expand(self) -> float:
        """Make the back-issue's items, as the engine does in slices between its other work, without sending any."""
        return self.manage(
            "shell", "-c", "from doi.services import back_issue\nwhile back_issue.expand_open_runs(): pass"
        )

    def run_engine(self) -> float:
        return self.manage("run_engine", "--until-idle", "--timeout", "900")

    def move_clock(self, seconds: float) -> None:
        (self.folder / "clock").write_text(str(seconds))

    def reset_counts(self) -> None:
        httpx.delete(f"{self.sandbox}/counts", trust_env=False).raise_for_status()

    def requests(self, provider: str) -> int:
        """Requests the registry has had since the counts were reset; the resolver's are not among them."""
        counts: dict[str, dict[str, int]] = httpx.get(f"{self.sandbox}/counts", trust_env=False).json()
        return sum(counts[provider].values())

    def states(self) -> list[str]:
        records = httpx.get(f"{self.sandbox}/records", trust_env=False, timeout=60).json()
        return [record["state"] for record in records]

    def pace(self, *, skip: int) -> tuple[int, float]:
        """Requests after the first `skip` of the registry's log, and the seconds from the first of them to the last."""
        lines = map(json.loads, (self.folder / "registry.jsonl").read_text().splitlines()[skip:])
        # A look at the resolver is no part of the registry's pace.
        times = [datetime.fromisoformat(line["at"]) for line in lines if line["provider"] != "resolve"]
        return len(times), (max(times) - min(times)).total_seconds()

    def updates_of_permanent(self) -> int:
        """Writes to what was permanent already and stayed as it was, by the registry's log."""
        lines = map(json.loads, (self.folder / "registry.jsonl").read_text().splitlines())
        return sum(
            line["method"] in {"PUT", "POST"}
            and line["state_before"] in {"findable", "registered"}
            and line["state_after"] == line["state_before"]
            for line in lines
        )

    def logged(self) -> int:
        return len((self.folder / "registry.jsonl").read_text().splitlines())


def catalogue(count: int, *, versions: int) -> Iterator[dict[str, Any]]:
    yield {"type": "organization", "slug": ORGANIZATION, "name": "Bench", "institution": None}
    for number in range(count):
        metadata = {
            "titles": [{"title": f"Tide gauge readings, station {number}"}],
            "creators": [
                {
                    "name": f"Keeper, {letter}.",
                    "nameType": "Personal",
                    "affiliation": [{"name": "Harbour Office"}],
                }
                for letter in "ABC"
            ],
            "descriptions": [
                {"description": "Readings every six minutes. " * 20, "descriptionType": "Abstract"}
            ],
            "subjects": [{"subject": word} for word in ("tides", "sea level", "harbours")],
        }
        made: list[dict[str, Any]] = [
            {
                "number": f"{each + 1}.0",
                "released": f"{2025 - versions + each}-05-01T12:00:00Z",
                "deleted": None,
                "metadata": {},
            }
            for each in range(versions)
        ]
        yield {
            "type": "dataset",
            "organization": ORGANIZATION,
            "slug": f"station-{number}",
            "visibility": "public",
            "metadata": metadata,
            "versions": made,
            "deleted": None,
        }


@contextmanager
def world(*, latency: float = 0.0, **more: str) -> Iterator[World]:
    """Start PostgreSQL (which keeps its promise to write) and a sandbox registry; both end with the block."""
    with TemporaryDirectory(prefix="doi-bench-") as name:
        folder = Path(name)
        (folder / "pg").mkdir()
        database = start_postgresql(folder / "pg", durable=True)
        port = free_port()
        accounts = [
            part for provider, row in ACCOUNTS.items() for part in ("--account", ":".join((provider, *row)))
        ]
        command = [*MANAGE, "registry_sandbox", "--port", str(port), *accounts, "--latency", str(latency)]
        registry = start(
            "sandbox registry",
            [*command, "--log", folder / "registry.jsonl", "--clock", folder / "clock"],
            log=folder / "sandbox.log",
        )
        try:
            registry.wait_until_listening(port)
            made = World(
                folder,
                _environment(folder, database.url, f"http://127.0.0.1:{port}") | more,
                f"http://127.0.0.1:{port}",
            )
            made.manage("migrate", "--verbosity", "0")
            yield made
        finally:
            registry.stop()
            database.stop()


def _environment(folder: Path, database: str, sandbox: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database,
        "CELERY_BROKER_URL": "",
        "SECRET_KEY": "bench",
        "DOI_ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "DOI_TEST_CLOCK": str(folder / "clock"),
        "DATACITE_API_URL": f"{sandbox}/datacite",
        "EZID_API_URL": f"{sandbox}/ezid",
        "DOI_RESOLVER_URL": f"{sandbox}/resolve",
        "DATACITE_REQUESTS_PER_5_MINUTES": "10000000",
        "EZID_REQUESTS_PER_5_MINUTES": "10000000",
        "DATACITE_MAX_IN_FLIGHT": "16",
        "EZID_MAX_IN_FLIGHT": "4",
        "EZID_PAUSE_MS": "0",
        "BULK_REQUESTS_PER_SECOND": "100000",
    }
