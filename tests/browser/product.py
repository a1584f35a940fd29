"""A whole running product for the browser tests of one module: web server, engine and sandbox registry, as processes."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import BrowserContext

from scripts.children import ROOT, Command, Process, start
from scripts.demo import CATALOG
from tests.integration.world import World, environment_of, start_sandbox

type Line = dict[str, Any]

INSTITUTION = "meridian-coast-university"
ESTUARY = "estuary-laboratory"
PARISH = "parish-records-archive"
PASSWORD = "quiet harbour lantern"
# Imported people have none; they would choose it by the link in their invitation.
SET_PASSWORDS = f"""
from django.contrib.auth.hashers import make_password
User.objects.update(password=make_password({PASSWORD!r}))
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A repository account as a person enters it."""

    provider: str
    registry: str
    account: str
    password: str
    prefix: str

    def command(self, owner: Sequence[str]) -> list[Any]:
        """`configure_doi` with this account, for ``["--organization", slug]`` or an institution."""
        given = ("--provider", self.provider, "--environment", "production", "--account", self.account)
        return ["configure_doi", *owner, *given, "--prefix", self.prefix, {"stdin": f"{self.password}\n"}]


DATACITE = Account("datacite", "DataCite", "MERIDIAN.DATA", "salt marsh", "10.82053")
EZID = Account("ezid", "EZID", "meridian", "tidal creek", "10.82054/m2")


@dataclass(frozen=True, slots=True)
class Product:
    """Its processes stop with the block that started them. Each test has organizations or datasets of its own in it."""

    world: World
    url: str
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def _clock(self) -> Path:
        return self.world.folder / "clock"

    def pass_time(self, seconds: float) -> None:
        """Move the clock of all its processes, the registry's too."""
        before = float(self._clock.read_text() or 0)
        self._clock.write_text(str(before + seconds))

    @contextmanager
    def broken_registry(self) -> Iterator[None]:
        """Inside the block the registry breaks every connection."""
        _faults(self.world.folder).write_text(json.dumps([{"action": {"reset": True}}]))
        try:
            yield
        finally:
            _faults(self.world.folder).write_text("[]")

    def registered(self) -> dict[str, str]:
        """The state of every DOI that the registry holds, by name."""
        return {record["name"]: record["state"] for record in self.world.sandbox.records()}

    def let_in(self, context: BrowserContext, email: str) -> None:
        """Sign a person in without a browser's form; what it is about comes after the sign-in."""
        if email not in self.sessions:
            self.sessions[email] = self._session_of(email)
        context.add_cookies([{"name": "sessionid", "value": self.sessions[email], "url": self.url}])

    def _session_of(self, email: str) -> str:
        with httpx.Client(base_url=self.url, trust_env=False) as client:
            client.get("/sign-in/")
            token = client.cookies["csrftoken"]
            form = {"username": email, "password": PASSWORD, "csrfmiddlewaretoken": token}
            assert client.post("/sign-in/", data=form).status_code == 302
            return client.cookies["sessionid"]


def estuary(slug: str) -> list[Line]:
    """The demo's first organization under another name: 9 versions are ready for a DOI, 1 has no creator, 1 is deleted."""
    demo = [json.loads(line) for line in CATALOG.read_text().splitlines()]
    lines = [line for line in demo if ESTUARY in {line.get("slug"), line.get("organization")}]
    text = json.dumps(lines).replace(ESTUARY, slug).replace("Estuary Laboratory", slug.title())
    renamed: list[Line] = json.loads(text)
    return renamed


def seed(folder: Path) -> Path:
    """A database with the demo's catalogue in it, whose people have a password; to be copied."""
    database = folder / "seed.sqlite3"
    people = ["shell", "--verbosity", "0", "--command", SET_PASSWORDS]
    commands = [["migrate", "--verbosity", "0"], ["import_catalog", str(CATALOG)], people]
    environment = {
        "DATABASE_URL": f"sqlite:///{database}",
        "CELERY_BROKER_URL": "",
        "EMAIL_URL": "dummymail://",
    }
    subprocess.run(
        [sys.executable, "-m", "tests.integration.batch"],
        cwd=ROOT,
        env={**os.environ, **environment},
        input=json.dumps(commands),
        text=True,
        check=True,
    )
    return database


@contextmanager
def running(
    folder: Path, *, seeded: Path, window: int, commands: Sequence[Sequence[Any]] = ()
) -> Iterator[Product]:
    """Copy the seeded database, run the commands, and start everything on the address in SITE_URL."""
    with ExitStack() as stack:
        processes = _Processes(folder)
        stack.callback(processes.stop)
        (folder / "clock").write_text("0")
        _faults(folder).write_text("[]")
        shutil.copy(seeded, folder / "product.sqlite3")
        sandbox = start_sandbox(
            processes.start,
            folder,
            *("--faults", _faults(folder), "--clock", folder / "clock"),
            datacite=(DATACITE.account, DATACITE.password, DATACITE.prefix),
            ezid=(EZID.account, EZID.password, EZID.prefix),
        )
        given = {
            "SITE_URL": os.environ["SITE_URL"],
            "SECRET_KEY": secrets.token_urlsafe(48),
            "DOI_TEST_CLOCK": str(folder / "clock"),
        }
        database = f"sqlite:///{folder / 'product.sqlite3'}"
        environment = environment_of(sandbox, database, window=window, more=given)
        world = World(folder, environment, sandbox, processes.start, window)
        world.batch(commands)
        world.engine()
        _start_web(world, environment["SITE_URL"])
        yield Product(world, environment["SITE_URL"])


def lines_in(path: Path, lines: Sequence[Line]) -> list[str]:
    """`import_catalog` of these lines, written to `path`."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return ["import_catalog", str(path)]


def _faults(folder: Path) -> Path:
    return folder / "faults.json"


def _start_web(world: World, url: str) -> None:
    port = urlsplit(url).port
    assert port is not None
    server: Command = [Path(sys.executable).with_name("granian"), "--interface", "wsgi", "--no-ws"]
    command = [*server, "--host", "127.0.0.1", "--port", str(port), "redivis_doi.wsgi:application"]
    world.start("web", command, env=world.environment).wait_until_listening(port)


class _Processes:
    """Starts commands and stops them in reverse order; their last lines are printed, for the test that failed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Process] = []

    def start(self, name: str, command: Command, *, env: Mapping[str, str] | None = None) -> Process:
        log = self.folder / f"{len(self.started)}-{name}.log"
        self.started.append(start(name, command, log=log, env=env))
        return self.started[-1]

    def stop(self) -> None:
        for process in reversed(self.started):
            process.stop(seconds=30)
            print(f"--- {process.name}\n{process.last_lines()}")
