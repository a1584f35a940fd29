"""A thousand DOIs over real HTTP, from planned to permanent, counted by the registry."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scripts.children import ROOT
from tests.integration import catalogue
from tests.integration.checker import Evidence, findings, is_update_of_permanent, wanted_of
from tests.integration.conftest import MakeWorld
from tests.integration.world import World
from tests.support.real import DATACITE, EZID

pytestmark = pytest.mark.integration

COUNT = 1000
# Datasets of two versions: half of the DOIs succeed another one.
SUCCESSORS = COUNT // 2
WINDOW = 604_800


@dataclass(frozen=True, slots=True)
class Case:
    provider: str
    environment: str
    account: tuple[str, str, str]
    permanence: float  # requests per DOI at most
    looks: dict[str, int]  # at the resolver, for all DOIs
    also: dict[str, str] = field(default_factory=dict)


CASES = [
    Case("datacite", "production", DATACITE, 2.0, {"GET /api/handles/:doi": COUNT}),
    # One at a time is EZID's courtesy, not the sandbox's.
    Case("ezid", "test", EZID, 3.0, {}, {"EZID_MAX_IN_FLIGHT": "8"}),
]


LINES = catalogue.generated(organizations=1, datasets=SUCCESSORS, versions=2, institution=None, deleted=False)


@pytest.fixture(scope="module")
def imported(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a thousand released versions, to be copied."""
    path = Path(shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("thousand") / "db.sqlite3"))
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{path}", "CELERY_BROKER_URL": ""}
    lines = "\n".join(json.dumps(line) for line in LINES)
    command = [sys.executable, "-m", "tests.integration.seed"]
    subprocess.run(command, cwd=ROOT, env=environment, input=lines, text=True, check=True)
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.provider)
def test_a_thousand_dois_cost_no_request_more_than_promised(
    make_world: MakeWorld, imported: Path, tmp_path: Path, case: Case
) -> None:
    clock = tmp_path / "clock"
    world = make_world(
        template=imported,
        options=["--clock", clock],
        DOI_TEST_CLOCK=str(clock),
        LOG_LEVEL="WARNING",
        **case.also,
    )
    _configure(world, case)

    drafts, seconds = _counted(world, case)
    print(f"\n{case.provider}: {drafts / COUNT:.3f} requests per draft ({COUNT / seconds:.0f} DOIs/s)")
    assert {record["state"] for record in world.sandbox.records()} == {"draft"}
    assert drafts == COUNT

    clock.write_text(str(WINDOW - 600))
    assert _counted(world, case)[0] == 0, "sent before its time"

    clock.write_text(str(WINDOW + 1))
    requests, seconds = _counted(world, case)
    relations = sum(is_update_of_permanent(line) for line in world.log())
    permanence = requests - relations
    print(f"{case.provider}: {permanence / COUNT:.3f} per permanence ({COUNT / seconds:.0f} DOIs/s)")
    print(f"{case.provider}: {relations / SUCCESSORS:.3f} relation updates per successor, counted apart")
    assert permanence <= case.permanence * COUNT
    assert relations == SUCCESSORS

    assert _counted(world, case)[0] == 0, "sent twice"
    clock.write_text(str(WINDOW + 3600))
    world.run_until_idle()
    assert world.sandbox.counts().get("resolve", {}) == case.looks
    assert _counted(world, case)[0] == 0, "a look is none of the registry's"
    evidence = Evidence(wanted_of(LINES), world.export(), world.sandbox.records(), world.log(), WINDOW)
    assert findings(evidence) == []


def _configure(world: World, case: Case) -> None:
    account, password, prefix = case.account
    place = ["configure_doi", "--organization", "lab-0", "--provider", case.provider]
    whose = ["--environment", case.environment, "--account", account, "--prefix", prefix]
    world.manage(*place, *whose, "--back-issue", given=password)
    world.sandbox.reset_counts()


def _counted(world: World, case: Case) -> tuple[int, float]:
    """Run the engine until it has nothing to do: requests to the registry, and seconds. Looks are asked elsewhere."""
    began = time.monotonic()
    world.run_until_idle()
    requests = sum(world.sandbox.counts()[case.provider].values())
    world.sandbox.reset_counts()
    return requests, time.monotonic() - began
