"""No password in any log, page, event, error, database dump, mail or process list."""

import base64
import json
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from scripts.children import Command, Process, free_port
from tests.integration import catalogue
from tests.integration.canary import Canary, Searcher, files_under, hatch
from tests.integration.conftest import MakeWorld
from tests.integration.processes import ProcessList
from tests.integration.visitor import Visitor
from tests.integration.world import World

pytestmark = pytest.mark.integration

ADMINISTRATOR, CURATOR = "ada@water.example", "cato@water.example"
DATACITE, EZID = hatch("ORG.REPO"), hatch("apiuser")
WRONG_DATACITE, WRONG_EZID = hatch("ORG.REPO"), hatch("apiuser")
PERSON = hatch(ADMINISTRATOR)
CANARIES = (DATACITE, EZID, WRONG_DATACITE, WRONG_EZID, PERSON)
# Files in which the test itself writes passwords down, for the sandbox to read.
OF_THE_TEST = ("registry-accounts.json", "faults.json")


# --- the search can fail ------------------------------------------------------------------------------------------


def _packed(text: str) -> str:
    return "." + base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")


PLANTS = {
    "a log line": f"2026-01-01 DEBUG httpcore password {DATACITE.password}",
    "a header": f"Authorization: Basic {DATACITE.basic}",
    "half a header": f"Authorization: Basic {DATACITE.basic[:40]}…",
    "a header backwards": DATACITE.basic[::-1],
    "half a password": f"secret={DATACITE.password[:18]}",
    "the end of a password": DATACITE.password[-17:],
    "a form's body": f"account_id=x&password={quote_plus(DATACITE.password)}",
    "an address": f"/settings?password={quote(DATACITE.password, safe='')}",
    "a page": f'<input value="{escape(DATACITE.password)}">',
    "an event": json.dumps({"words": DATACITE.password}),
    "an event on a page": escape(json.dumps({"words": DATACITE.password})),
    "bytes as hexadecimal": DATACITE.password.encode().hex(),
    "a session": base64.urlsafe_b64encode(json.dumps({"a": DATACITE.password}).encode()).decode(),
    "a packed session": _packed(json.dumps({"form": DATACITE.password, "padding": "x" * 200})),
    "a wrong password": WRONG_EZID.password,
    "a person's password": PERSON.password,
}


@pytest.mark.parametrize("plant", PLANTS)
def test_the_search_finds_a_password_in(plant: str) -> None:
    searcher = Searcher(CANARIES)
    clean = b"GET /dois 200\n" * 1000
    assert searcher.report({"log": clean}) == {}
    assert searcher.report(
        {"log": clean + PLANTS[plant].encode() + b"\n" + clean, "other": clean}
    ).keys() == {"log"}


def test_the_search_finds_a_password_in_a_database(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        database.execute("CREATE TABLE t (words TEXT)")
        database.execute("INSERT INTO t VALUES (?)", [f"refused: {DATACITE.password}"])
        database.commit()
    found = Searcher(CANARIES).report({**files_under(tmp_path), **_dump(tmp_path / "db.sqlite3")})
    assert found.keys() == {"db.sqlite3", "database dump"}


def test_the_search_finds_a_password_on_a_command_line() -> None:
    command = [sys.executable, "-c", "import time; time.sleep(2)", DATACITE.password]
    with ProcessList("nobody's environment holds this") as watched, subprocess.Popen(command) as process:
        process.wait()
    assert Searcher(CANARIES).report({"process list": b"\n".join(watched.command_lines)})


# --- the main job, with everything that could go wrong ------------------------------------------------------------


def test_no_password_is_anywhere(make_world: MakeWorld, tmp_path: Path) -> None:
    world, site = _world(make_world, tmp_path)
    with ProcessList(str(tmp_path)) as watched:
        _by_command(world)
        server = _serve(world, site)
        with Visitor(site) as administrator:
            administrator.sign_in(ADMINISTRATOR, PERSON.password)
            _by_form(world, administrator)
            _refused_while_sending(world)
            pages = administrator.crawl("/", "/admin/")
            _healed(world, administrator)
            pages += administrator.crawl("/")
            shown = [administrator.seen]
        for sign_in, starts in (("/sign-in/", ("/",)), ("", ("/", "/sign-in/"))):
            with Visitor(site) as other:
                if sign_in:
                    other.sign_in(CURATOR, PERSON.password)
                pages += other.crawl(*starts)
                shown.append(other.seen)
        shown += _broken(world, site, server)
    places = {
        **{f"page {name}": data for seen in shown for name, data in seen.items()},
        **files_under(tmp_path, but=OF_THE_TEST),
        **_dump(tmp_path / "db.sqlite3"),
        **_exports(world),
        "command lines": b"\n".join(watched.command_lines),
        "environments": b"\n".join(watched.environments),
        "what commands said": "\n".join(world.said).encode(),
    }
    size = sum(map(len, places.values())) / 1e6
    print(f"{pages} pages, {watched.count} processes, {len(places)} places, {size:.1f} MB")
    assert Searcher(CANARIES).report(places) == {}
    _was_thorough(places, pages=pages, processes=watched.count)


def _world(make_world: MakeWorld, folder: Path) -> tuple[World, str]:
    site = f"http://127.0.0.1:{free_port()}"
    (folder / "faults.json").write_text("[]")
    world = make_world(
        options=["--faults", folder / "faults.json", "--latency", "0.1"],
        datacite=("ORG.REPO", DATACITE.password, "10.70112"),
        ezid=("apiuser", EZID.password, "10.5072/fk2"),
        LOG_LEVEL="DEBUG",
        SITE_URL=site,
        EMAIL_URL=f"filemail://{folder / 'mail'}",
        DOI_LEASE="3",
    )
    ada = {"name": "Ada", "institution": catalogue.INSTITUTION, "role": "administrator"}
    cato = {"name": "Cato", "organization": "lab-0", "role": "curator"}
    people = [
        {"type": "member", "email": ADMINISTRATOR, **ada},
        {"type": "member", "email": CURATOR, **cato},
    ]
    lines = catalogue.generated(organizations=2, datasets=2)
    world.manage("import_catalog", catalogue.write([*lines, *people], folder / "catalogue.jsonl"))
    world.run([sys.executable, "-m", "scripts.demo_people", ADMINISTRATOR, CURATOR], given=PERSON.password)
    with closing(sqlite3.connect(folder / "db.sqlite3", autocommit=True)) as database:
        operator = "UPDATE organizations_user SET is_staff = 1, is_superuser = 1 WHERE email = ?"
        database.execute(operator, [ADMINISTRATOR])
    return world, site


# --- passwords go in ----------------------------------------------------------------------------------------------


def _by_command(world: World) -> None:
    """DataCite for the first organization: a wrong password, one that the registry throws back, the right one."""
    account = ["--provider", "datacite", "--environment", "production", "--account", "ORG.REPO"]
    command = ["configure_doi", "--organization", "lab-0", *account, "--prefix", "10.70112"]
    world.manage(*command, given=WRONG_DATACITE.password + "\n", refused=True)
    for status in (401, 500):
        _faults(world, _echo(status, DATACITE))
        world.manage(*command, given=DATACITE.password + "\n", refused=True)
    _faults(world)
    world.manage(*command, "--back-issue", given=DATACITE.password + "\n")


def _by_form(world: World, administrator: Visitor) -> None:
    """EZID for the second organization, and DataCite's password once more, in the browser."""
    page = "/o/lab-1/settings/doi/"
    form = {
        "source": "own",
        "provider": "ezid",
        "environment": "test",
        "account_id": "apiuser",
        "default_on": "yes",
    }
    form["prefix"] = "10.5072/fk2"
    refused = administrator.send(page, {**form, "password": WRONG_EZID.password})
    assert "Nothing was saved" in refused.text
    administrator.send(page, {**form, "prefix": "not a prefix", "password": EZID.password})
    for status in (401, 403, 500):
        _faults(world, _echo(status, EZID))
        administrator.send(page, {**form, "password": EZID.password, "reserve": "on"})
    _faults(world)
    saved = administrator.send(page, {**form, "password": EZID.password, "reserve": "on"})
    assert "back-issue" in str(saved.url), saved.text
    administrator.send("/o/lab-1/settings/doi/back-issue/", {})


def _refused_while_sending(world: World) -> None:
    """The registry fails, refuses the metadata, the DOI and the login, and each time throws back what it was sent."""
    once = [
        {**_echo(status, canary), "times": 1} for status in (500, 422, 403) for canary in (DATACITE, EZID)
    ]
    _faults(world, *once, _echo(401, DATACITE), _echo(401, EZID))
    world.manage("run_engine", "--timeout", "3")
    words = _dump(world.folder / "db.sqlite3")["database dump"]
    assert b"Basic ***" in words, "the registry's words are kept, without the password"


def _healed(world: World, administrator: Visitor) -> None:
    """The same passwords again, a press on "retry", and everything goes on."""
    _faults(world)
    again = []
    for slug, provider, environment, canary, prefix in (
        ("lab-0", "datacite", "production", DATACITE, "10.70112"),
        ("lab-1", "ezid", "test", EZID, "10.5072/fk2"),
    ):
        account = ["--provider", provider, "--environment", environment, "--account", canary.who]
        command = ["configure_doi", "--organization", slug, *account, "--prefix", prefix]
        again.append([*command, {"stdin": canary.password}])
    world.batch(again)
    for number, slug in ((1, "lab-0"), (2, "lab-1")):
        run = f"/o/{slug}/settings/doi/back-issue/{number}/"
        administrator.send(run, {}, to=f"{run}do/retry/")
    world.run_until_idle()
    assert [record["state"] for record in world.sandbox.records()] == ["draft"] * 4


def _broken(world: World, site: str, server: Process) -> Iterator[dict[str, bytes]]:
    """The database fails just when a password is on its way: the plain page, then Django's page for developers."""
    yield from _failing_pages(world, site, expected=b"Something went wrong on our side")
    server.stop()
    world.environment["DEBUG"] = "true"
    _serve(world, site)
    yield from _failing_pages(world, site, expected=b"Traceback")


def _failing_pages(world: World, site: str, *, expected: bytes) -> Iterator[dict[str, bytes]]:
    form = {"source": "own", "provider": "ezid", "environment": "test", "account_id": "apiuser"}
    with Visitor(site) as administrator:
        administrator.sign_in(ADMINISTRATOR, PERSON.password)
        with _sabotaged(world, "INSERT ON doi_loginsecret"):
            administrator.send(
                "/o/lab-1/settings/doi/", {**form, "prefix": "10.5072/fk2", "password": EZID.password}
            )
        administrator.open("/no-such-page/")
    with Visitor(site) as stranger, _sabotaged(world, "UPDATE ON organizations_user"):
        stranger.send("/sign-in/", {"username": ADMINISTRATOR, "password": PERSON.password})
    for visitor in (administrator, stranger):
        broken = [visitor.seen[name] for name, status in visitor.statuses.items() if status == 500]
        assert broken, visitor.statuses
        assert all(expected in page for page in broken)
        yield visitor.seen


# --- steps --------------------------------------------------------------------------------------------------------


def _faults(world: World, *rules: dict[str, Any]) -> None:
    (world.folder / "faults.json").write_text(json.dumps(rules))


def _echo(status: int, canary: Canary) -> dict[str, Any]:
    """An answer that throws back what it was sent, in every spelling an application may have for it."""
    raw = canary.password
    spellings = [quote(raw, safe=""), quote_plus(raw), escape(raw), raw, canary.basic]
    words = f"Authorization: Basic {canary.basic} is not good: {' or '.join(spellings)}"
    body: Any = {"errors": [{"status": str(status), "source": "titles", "title": words}]}
    provider = "datacite" if canary is DATACITE else "ezid"
    if provider == "ezid":
        body = f"error: bad request - {words}"
    return {"match": {"provider": provider}, "action": {"status": status, "body": body}}


def _serve(world: World, site: str) -> Process:
    """The product's web server, as talkative as it can be."""
    command: Command = [Path(sys.executable).with_name("granian"), "--interface", "wsgi", "--no-ws"]
    options: Command = ["--port", site.rpartition(":")[2], "--access-log", "--log-level", "debug"]
    process = world.start("web", [*command, *options, "redivis_doi.wsgi:application"], env=world.environment)
    process.wait_until_listening(int(site.rpartition(":")[2]))
    return process


@contextmanager
def _sabotaged(world: World, what: str) -> Iterator[None]:
    """The database refuses one kind of change."""
    refuse = f"BEFORE {what} BEGIN SELECT RAISE(ABORT, 'the database is broken'); END"
    with closing(sqlite3.connect(world.folder / "db.sqlite3", autocommit=True)) as database:
        database.execute(f"CREATE TRIGGER sabotage {refuse}")
        try:
            yield
        finally:
            database.execute("DROP TRIGGER sabotage")


# --- everything that could hold one -------------------------------------------------------------------------------


def _dump(path: Path) -> dict[str, bytes]:
    with closing(sqlite3.connect(path)) as database:
        return {"database dump": "\n".join(database.iterdump()).encode()}


def _exports(world: World) -> dict[str, bytes]:
    """What the product gives away itself; the sessions are unpacked by it."""
    sessions = (
        "import json; from django.contrib.sessions.models import Session\n"
        "print(json.dumps([session.get_decoded() for session in Session.objects.all()]))"
    )
    commands = [
        ["export_dois", "--format", "jsonl"],
        ["export_dois", "--format", "csv"],
        ["export_history", "--format", "jsonl"],
        ["shell", "--no-imports", "--command", sessions],
    ]
    return {"exports and sessions": world.batch(commands).encode()}


def _was_thorough(places: dict[str, bytes], *, pages: int, processes: int) -> None:
    """The search looked where there was something to see."""
    said = {
        "database dump": b"INSERT INTO",
        "db.sqlite3": b"SQLite format 3",
        "exports and sessions": b'"_auth_user_id"',
        "registry.jsonl": b"/datacite/dois",
        "command lines": b"configure_doi",
        "environments": b"DOI_ENCRYPTION_KEYS",
        "what commands said": b"does not accept",
    }
    assert b'"event": "login_refused"' in places["exports and sessions"]
    for place, text in said.items():
        assert text in places[place], f"{place} holds less than it should"
    logs = b"".join(data for place, data in places.items() if place.endswith(".log"))
    assert b"level=error logger=django.request" in logs
    assert b"login_refused" in places["what commands said"]
    assert [place for place in places if place.startswith("mail")], "no mail was sent"
    assert pages > 60
    assert processes >= 10
