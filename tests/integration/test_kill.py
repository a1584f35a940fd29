"""Real engines killed at random with SIGKILL: afterwards nothing is there twice, lost, early or waiting for a person."""

import os
import random
import time
from pathlib import Path

import pytest

from scripts.children import Process
from tests.integration import catalogue
from tests.integration.catalogue import Line
from tests.integration.checker import Evidence, VersionKey, findings, key, wanted_of
from tests.integration.conftest import MakeWorld
from tests.integration.world import Row, World, wait_until
from tests.support.real import DATACITE, EZID

pytestmark = pytest.mark.integration

SEED = 20_260_201
WINDOW = 8
# Slow enough that a killed engine had something under way.
LATENCY = ["--latency", "0.15"]
ENGINE = {"DOI_LEASE": "3", "DATACITE_MAX_IN_FLIGHT": "4"}


@pytest.fixture
def lines() -> list[Line]:
    """The real records where they are at hand, else as many made ones."""
    if _reference():
        return catalogue.real(Path(_reference()))
    return catalogue.generated(organizations=3, datasets=12, versions=2)


def test_twenty_kills_leave_nothing_twice_lost_early_or_parked(
    make_world: MakeWorld, lines: list[Line]
) -> None:
    world = make_world(window=WINDOW, options=LATENCY, **ENGINE)
    _begin(world, lines)
    chance = random.Random(SEED)
    began = time.monotonic()
    for _ in range(20):
        _kill_one(world, chance)
    took = time.monotonic() - began

    rows = _finish(world)

    refused = _refused_by_the_rules(rows)
    assert len(refused) <= (4 if _reference() else 0), refused
    wanted = {version: state for version, state in wanted_of(lines).items() if version not in refused}
    assert _findings(world, [row for row in rows if key(row) not in refused], wanted) == []
    interrupted = _interrupted(world)
    print(f"20 kills in {took:.0f} s; {interrupted} requests were under way; {len(wanted)} permanent DOIs")
    assert took < 180
    assert interrupted >= 10, "the kills missed what they should have hit"


@pytest.mark.parametrize(
    "database",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.django_db(transaction=True))],
)
def test_two_engines_at_once_and_both_killed(make_world: MakeWorld, database: str) -> None:
    lines = catalogue.generated(organizations=2, datasets=12, versions=2, institution=None)
    world = make_world(database=database, window=WINDOW, options=["--latency", "0.05"], **ENGINE)
    accounts = _own("lab-0", "datacite", "production", DATACITE), _own("lab-1", "ezid", "test", EZID)
    world.batch([_import(world, lines), *accounts])
    chance = random.Random(SEED)
    engines = [world.engine(), world.engine()]
    for turn in range(4):
        _wait_for_a_request(world, engines[turn % 2])
        time.sleep(chance.uniform(0, 0.6))
        engines[turn % 2].kill()
        engines[turn % 2] = world.engine()

    wanted = wanted_of(lines)
    wait_until(lambda: world.permanent() >= len(wanted), seconds=180, what="all permanent")
    for engine in engines:
        # 143: asked before it had finished starting.
        assert engine.stop() in {0, 143}, engine.last_lines()

    rows = _finish(world)

    assert _findings(world, rows, wanted) == []


def _reference() -> str:
    return os.environ.get("DATACITE_REFERENCE_DIR", "")


# --- steps --------------------------------------------------------------------------------------------------------


def _begin(world: World, lines: list[Line]) -> None:
    """The main job up to the engine: import, one account for the consortium, a back-issue everywhere."""
    institution = next(line["slug"] for line in lines if line["type"] == "institution")
    account, password, prefix = DATACITE
    options = ["--provider", "datacite", "--environment", "production", "--account", account]
    place = ["configure_doi", "--institution", institution, *options, "--prefix", prefix]
    inherit = [
        ["configure_doi", "--organization", slug, "--inherit", "--back-issue"]
        for slug in catalogue.organizations_of(lines)
    ]
    world.batch([_import(world, lines), [*place, {"stdin": password}], *inherit])


def _import(world: World, lines: list[Line]) -> list[object]:
    return ["import_catalog", str(catalogue.write(lines, world.folder / "catalogue.jsonl"))]


def _own(slug: str, provider: str, environment: str, account: tuple[str, str, str]) -> list[object]:
    place = ["configure_doi", "--organization", slug, "--provider", provider, "--environment", environment]
    return [*place, "--account", account[0], "--prefix", account[2], "--back-issue", {"stdin": account[1]}]


def _kill_one(world: World, chance: random.Random) -> None:
    engine = world.engine()
    _wait_for_a_request(world, engine)
    time.sleep(chance.uniform(0, 0.6))
    engine.kill()


def _wait_for_a_request(world: World, engine: Process) -> None:
    """Until the registry is asked something (now and then there is nothing to ask: not for longer than the window)."""
    size, until = world.log_size(), time.monotonic() + WINDOW
    while world.log_size() == size and time.monotonic() < until:
        assert engine.is_running(), engine.last_lines()
        time.sleep(0.02)


def _finish(world: World) -> list[Row]:
    """Run it again until nothing is left, as its help says: what a killed engine had leased comes due later."""
    for _ in range(10):
        world.run_until_idle()
        rows = world.export()
        left = [row for row in rows if row["state"] in {"planned", "draft"} and not row["attention"]]
        if not left:
            return rows
        time.sleep(3)
    pytest.fail(f"still open: {left}")


def _findings(world: World, rows: list[Row], wanted: dict[VersionKey, str]) -> list[str]:
    return findings(Evidence(wanted, rows, world.sandbox.records(), world.log(), world.window))


def _refused_by_the_rules(rows: list[Row]) -> set[VersionKey]:
    """Of real records a few name their faulty field, and nothing was sent for them."""
    return {
        key(row)
        for row in rows
        if row["state"] == "planned" and (row["attention"] or "").startswith("metadata.")
    }


def _interrupted(world: World) -> int:
    """Attempts whose outcome nobody learnt: their engine died while they were away."""
    return sum(each["event"] == "outcome" and each["outcome"] == "unknown" for each in world.history())
