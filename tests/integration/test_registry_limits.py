"""Several real engines and one registry: what it asked for holds for all of them, and nobody takes another's turn."""

import time
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.integration import catalogue
from tests.integration.catalogue import Line
from tests.integration.conftest import MakeWorld
from tests.integration.world import World, wait_until
from tests.support.real import DATACITE

BOTH = pytest.mark.parametrize(
    "database",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.django_db(transaction=True))],
)
pytestmark = pytest.mark.integration

# How soon an engine heeds what another was told, and the little that a busy machine adds.
MOMENT = 0.6


def labs(count: int) -> list[tuple[str, str, str]]:
    return [(f"LAB.{number}", "secret", f"10.7{number:04d}") for number in range(count)]


def begin(make_world: MakeWorld, database: str, *, count: int, datasets: int, **more: str) -> World:
    """So many organizations, each with an account of its own at the same registry, and everything due."""
    accounts = labs(count)
    options = ["--latency", "0.05"]
    for name, password, prefix in accounts:
        options += ["--account", f"datacite:{name}:{password}:{prefix}"]
    world = make_world(database=database, options=options, datacite=DATACITE, **more)
    lines = catalogue.generated(organizations=count, datasets=datasets, institution=None)
    world.batch([imported(world, lines), *(configured(number, *accounts[number]) for number in range(count))])
    return world


def imported(world: World, lines: list[Line], name: str = "catalogue") -> list[object]:
    return ["import_catalog", str(catalogue.write(lines, world.folder / f"{name}.jsonl"))]


def configured(number: int, account: str, password: str, prefix: str) -> list[object]:
    where = [
        "--provider",
        "datacite",
        "--environment",
        "production",
        "--account",
        account,
        "--prefix",
        prefix,
    ]
    place = ["configure_doi", "--organization", f"lab-{number}", *where, "--default-on", "--back-issue"]
    return [*place, {"stdin": password}]


def order(world: World, *rules: dict[str, Any]) -> None:
    httpx.put(f"{world.sandbox.url}/control/faults", json=list(rules), trust_env=False).raise_for_status()


def asked(world: World) -> list[dict[str, Any]]:
    """The requests at the registry, with their time in seconds as `began`."""
    lines = [line for line in world.log() if line.get("provider") == "datacite" and line["method"] != "FAULT"]
    return [
        {
            **line,
            "began": datetime.fromisoformat(line["at"]).timestamp(),
            # The registry's own spelling, or the one of the header where a fault came first.
            "account": (line["account"] or "").upper(),
        }
        for line in lines
    ]


def drafts(world: World) -> int:
    return sum(record["state"] == "draft" for record in world.sandbox.records())


@BOTH
def test_after_a_429_no_engine_calls_that_registry_before_its_time(
    make_world: MakeWorld, database: str
) -> None:
    world = begin(make_world, database, count=3, datasets=40)
    wait = {"status": 429, "headers": {"Retry-After": "5"}}
    order(world, {"match": {"provider": "datacite"}, "skip": 20, "times": 1, "action": wait})
    for _ in range(3):
        world.engine()

    wait_until(lambda: drafts(world) == 120, seconds=120, what="all drafts")

    told = [line for line in asked(world) if line["status"] == 429]
    assert len(told) == 1
    after = [line["began"] - told[0]["began"] for line in asked(world)]
    assert [seconds for seconds in after if MOMENT < seconds < 4.9] == []
    assert max(after) > 5


@BOTH
def test_after_two_refusals_no_engine_begins_a_call_with_that_credential(
    make_world: MakeWorld, database: str
) -> None:
    world = begin(make_world, database, count=2, datasets=30)
    order(world, {"match": {"account": "LAB.0"}, "action": {"status": 401, "body": "unauthorized"}})
    for _ in range(3):
        world.engine()

    wait_until(lambda: drafts(world) == 30, seconds=120, what="the other's drafts")
    time.sleep(2)

    refused = [line for line in asked(world) if line["status"] == 401]
    assert len(refused) == 2, "one call, and the probe of its credential"
    assert refused[-1]["method"] == "GET"


@BOTH
def test_in_no_window_does_the_registry_see_more_than_its_budget(
    make_world: MakeWorld, database: str
) -> None:
    budget = {"DATACITE_REQUESTS_PER_5_MINUTES": "900"}
    world = begin(make_world, database, count=3, datasets=40, **budget)
    began = time.time()
    for _ in range(3):
        world.engine()
    wait_until(lambda: len(asked(world)) >= 70, seconds=90, what="seventy requests")

    times = [line["began"] for line in asked(world)]
    # A bucket of 1 %, filling at 900 in 302 s, of which bulk drafts get nine tenths.
    for first in range(len(times)):
        for last in range(first, len(times)):
            most = 0.9 * (9 + (times[last] - times[first] + 2) * 891 / 302) + 1
            assert last - first + 1 <= most
    assert 70 / (max(times) - began) > 1.5, "they were busy"


@BOTH
def test_a_third_tenant_starts_while_one_is_large_and_eight_hang(
    make_world: MakeWorld, database: str
) -> None:
    """With the lease of 30 s all engine times are a tenth; a call that hangs holds its thread for its whole minute."""
    world = begin(make_world, database, count=9, datasets=60, DOI_LEASE="30", BULK_REQUESTS_PER_SECOND="20")
    hanging = {f"LAB.{number}" for number in range(1, 9)}
    order(world, *({"match": {"account": name}, "action": {"hang": True}} for name in sorted(hanging)))
    account, password, prefix = DATACITE
    third = {"type": "organization", "slug": "lab-9", "name": "Third", "institution": None}
    world.batch([imported(world, [third], "third"), configured(9, account, password, prefix)])
    world.engine()
    wait_until(
        lambda: hanging <= {line["account"] for line in asked(world)},
        seconds=30,
        what="all eight hang",
    )

    waits = []
    for number in range(5):
        # From before the command that releases it, which takes the most of it.
        since = time.time()
        line = {**catalogue.generated(organizations=1, datasets=1, institution=None)[1]}
        world.batch([imported(world, [{**line, "organization": "lab-9", "slug": f"new-{number}"}], "new")])
        theirs = _asked_by(world, account, more_than=number)
        waits.append(theirs[number]["began"] - since)

    assert min(waits) > 0
    print(f"the third tenant waited {', '.join(f'{wait:.1f}' for wait in waits)} s")
    assert max(waits) < 10


def _asked_by(world: World, account: str, *, more_than: int) -> list[dict[str, Any]]:
    """The drafts that one account asked for, when there are more than so many."""
    found: list[dict[str, Any]] = []

    def are_there() -> bool:
        # The live check only reads.
        found[:] = [line for line in asked(world) if line["account"] == account and line["method"] == "POST"]
        return len(found) > more_than

    wait_until(are_there, seconds=30, what="the third tenant's DOI")
    return found
