"""Worlds for tests with real processes."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.children import MANAGE, ROOT
from tests.integration.world import World, environment_of, start_sandbox
from tests.support.real import DATACITE, EZID, Starter

type MakeWorld = Callable[..., World]


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with all tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{path}", "CELERY_BROKER_URL": ""}
    subprocess.run([*MANAGE, "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
    return path


@pytest.fixture
def make_world(start_process: Starter, tmp_path: Path, request: pytest.FixtureRequest) -> MakeWorld:
    """``make_world(database="sqlite", window=604_800, options=["--latency", "0.1"], DOI_LEASE="3")``."""

    def make(
        *,
        database: str = "sqlite",
        template: Path | None = None,
        window: float = 604_800,
        options: Any = (),
        datacite: Any = DATACITE,
        ezid: Any = EZID,
        **more: str,
    ) -> World:
        sandbox = start_sandbox(start_process, tmp_path, *options, datacite=datacite, ezid=ezid)
        if database == "postgresql":
            url = str(request.getfixturevalue("postgres_url"))
        else:
            shutil.copy(template or request.getfixturevalue("migrated_sqlite"), tmp_path / "db.sqlite3")
            url = f"sqlite:///{tmp_path / 'db.sqlite3'}"
        environment = environment_of(sandbox, url, window=window, more=more)
        return World(tmp_path, environment, sandbox, start_process, window)

    return make
