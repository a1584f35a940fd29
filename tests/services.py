"""
Starts the real servers a test run needs, before pytest-django reads the settings; loaded by ``-p tests.services``.

* ``TEST_ON=postgresql pytest …`` runs those of the tests that use a database on PostgreSQL instead of SQLite.
* Integration and browser tests run on PostgreSQL and have a broker. They count as asked for when ``-m`` selects them
  and the paths on the command line can hold them.

The workers of pytest-xdist inherit what the first process set. Everything stops with the run, however it ends.
"""

import argparse
import atexit
import base64
import os
import tempfile
from collections.abc import Generator
from functools import partial
from pathlib import Path

import pytest

from scripts.children import ROOT, free_port
from tests.support.servers import Server, start_broker, start_postgresql

REAL = ("integration", "browser")
LOOPBACK = "http://127.0.0.1"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Set the environment first: a wrapper runs before pytest-django's own hook reads the settings."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        _keep_apart(int(worker.removeprefix("gw")))
    else:
        _prepare(early_config.known_args_namespace)
    yield


def _keep_apart(worker: int) -> None:
    """A worker of pytest-xdist has the servers of the first process, with a database of its own at the broker."""
    if "CELERY_BROKER_URL" in os.environ:
        os.environ["CELERY_BROKER_URL"] += f"/{worker + 1}"
        os.environ["SITE_URL"] = f"{LOOPBACK}:{free_port()}"


def _prepare(options: argparse.Namespace) -> None:
    # Several processes share one ring and one session key, none of them anybody's.
    os.environ["DOI_ENCRYPTION_KEYS"] = base64.urlsafe_b64encode(os.urandom(32)).decode()
    os.environ["SECRET_KEY"] = base64.urlsafe_b64encode(os.urandom(48)).decode()
    os.environ.pop("CELERY_BROKER_URL", None)
    os.environ.pop("DATABASE_URL", None)
    real = _asks_for_real_servers(options)
    if real or os.environ.get("TEST_ON") == "postgresql":
        os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or _keep(
            start_postgresql(_folder("pg"))
        )
    if real:
        os.environ["CELERY_BROKER_URL"] = os.environ.get("TEST_BROKER_URL") or _keep(
            start_broker(_folder("redis"))
        )
        # Landing pages and forms know the product by this address; the web server of the browser tests listens there.
        os.environ["SITE_URL"] = f"{LOOPBACK}:{free_port()}"
        # Playwright keeps an event loop running in the main thread, which Django takes for asynchronous code.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def _asks_for_real_servers(options: argparse.Namespace) -> bool:
    """Whether this run may hold an integration or browser test."""
    if getattr(options, "help", False) or getattr(options, "version", 0):
        return False
    marks = str(getattr(options, "markexpr", "") or "")
    return _selects(marks) and _reaches([str(given) for given in options.file_or_dir])


def _selects(marks: str) -> bool:
    """Whether ``-m`` keeps a test with one of the two marks and no other. Any mark the expression names may be set."""
    if not marks:
        return True
    from _pytest.mark.expression import Expression

    expression = Expression.compile(marks)
    return any(expression.evaluate(partial(_is, mark)) for mark in REAL)


def _is(mark: str, name: str, /, **_of_the_mark: str | int | bool | None) -> bool:
    return name == mark


def _reaches(given: list[str]) -> bool:
    """Whether the paths on the command line lead to, or contain, the folders of such tests."""
    if not given:
        return True
    paths = [Path(text.split("::")[0]).resolve() for text in given]
    folders = [ROOT / "tests" / mark for mark in REAL]
    return any(
        path.is_relative_to(folder) or folder.is_relative_to(path) for path in paths for folder in folders
    )


def _folder(name: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"doi-{name}-"))


def _keep(server: Server) -> str:
    """Its address; it stops when this process ends, but not when a fork of it does."""
    owner = os.getpid()

    def stop() -> None:
        if os.getpid() == owner:
            server.stop()

    atexit.register(stop)
    return server.url
