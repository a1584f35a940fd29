"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

REFERENCE = os.environ.get("DATACITE_REFERENCE_DIR", "")


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    """The folder with DataCite's schema and the real records; tests that ask for it are marked ``reference``."""
    return Path(REFERENCE).resolve()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without the reference folder its tests are left out, and the last lines say so."""
    if REFERENCE:
        return
    left_out = [item for item in items if item.get_closest_marker("reference")]
    items[:] = [item for item in items if not item.get_closest_marker("reference")]
    config.stash[LEFT_OUT] = sorted({item.nodeid.split("[")[0] for item in left_out})
    config.hook.pytest_deselected(items=left_out)


LEFT_OUT = pytest.StashKey[list[str]]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash.get(LEFT_OUT, [])
    if left_out:
        terminalreporter.write_line(
            f"Not run, because DATACITE_REFERENCE_DIR is not set ({len(left_out)} checks against DataCite's schema "
            "and real records):"
        )
        for name in left_out:
            terminalreporter.write_line(f"  {name}")
