"""What every test gets: the reference folder, and the certainty that nothing leaves this machine."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.support import outside
from tests.support.flush import flush_past_triggers

REFERENCE = os.environ.get("DATACITE_REFERENCE_DIR", "")
LEFT_OUT = pytest.StashKey[set[str]]()

flush_past_triggers()
# How long an example takes says more about the machine than about the code.
hypothesis_settings.register_profile(
    "explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# The same examples every time, so that what was green stays green: `make test` and so continuous integration.
hypothesis_settings.register_profile(
    "steady", parent=hypothesis_settings.get_profile("explore"), derandomize=True
)
hypothesis_settings.load_profile("explore")


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    """The folder with DataCite's schema and the real records; tests that ask for it are marked ``reference``."""
    return Path(REFERENCE).resolve()


@pytest.fixture(autouse=True)
def _nothing_leaves_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that calls anything but the loopback, by `requests` or by any other way, even if it was swallowed."""
    attempts: list[str] = []
    monkeypatch.setattr(socket, "getaddrinfo", outside.refusing(socket.getaddrinfo, attempts))
    with outside.guarded_requests(attempts):
        yield
    if attempts:
        pytest.fail(f"the test called outside this machine: {', '.join(attempts)}")


# --- Tests that need the reference folder -----------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = set()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without the reference folder its tests are left out, and the last lines say so."""
    if os.environ.get("TEST_ON") == "postgresql":
        _leave_out(config, items, [item for item in items if not _touches_database(item)])
    if not REFERENCE:
        left_out = [item for item in items if item.get_closest_marker("reference")]
        _leave_out(config, items, left_out)
        config.stash[LEFT_OUT].update(item.nodeid.split("[")[0] for item in left_out)


def _touches_database(item: pytest.Item) -> bool:
    """A run on another database is only for tests that use one."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or not fixtures.isdisjoint(
        {"db", "transactional_db"}
    )


def _leave_out(config: pytest.Config, items: list[pytest.Item], some: list[pytest.Item]) -> None:
    gone = set(some)
    items[:] = [item for item in items if item not in gone]
    config.hook.pytest_deselected(items=some)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist has no terminal: it hands its list to the process that has one."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        left_out: set[str] = session.config.stash[LEFT_OUT]
        output["left_out"] = sorted(left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_OUT].update(getattr(node, "workeroutput", {}).get("left_out", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found: set[str] = config.stash[LEFT_OUT]
    left_out = sorted(found)
    if not left_out:
        return
    # scripts/test.sh runs pytest several times and says it once, at the very end.
    collected = os.environ.get("TEST_LEFT_OUT_FILE")
    if collected:
        with Path(collected).open("a") as file:
            file.writelines(f"{name}\n" for name in left_out)
        return
    terminalreporter.write_line(
        f"Not run, because DATACITE_REFERENCE_DIR is not set ({len(left_out)} checks against DataCite's schema "
        "and real records):"
    )
    for name in left_out:
        terminalreporter.write_line(f"  {name}")
