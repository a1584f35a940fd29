"""The sandbox registry behind the product, in this process, and a clock that tests move."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from doi import claims, clock, connections, engine, looks
from doi.registries import open_public_datacite, open_registry, open_resolver
from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account as RegistryAccount
from doi.services import back_issue, following
from tests.factories import doi as make
from tests.support.sandbox import SANDBOX_URL, SandboxTransport, sandbox_with

RING = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


class Clock:
    """The product's clock and the sandbox's, moved together."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ahead = timedelta()
        # How far the registry's clock is off.
        self.registry = timedelta()

    def forward(self, **delta: float) -> None:
        self.ahead += timedelta(**delta)
        self.path.write_text(str(self.ahead.total_seconds()))

    def database_only(self, **delta: float) -> None:
        """The database's clock goes wrong by so much; the machines' and the registry's do not. Nothing: right again."""
        here = self.ahead.total_seconds()
        self.path.write_text(f"{here + timedelta(**delta).total_seconds()} {here}")

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def registry_now(self) -> datetime:
        return self.now() + self.registry


@pytest.fixture
def moved_clock(tmp_path: Path, settings: Any) -> Clock:
    path = tmp_path / "clock"
    settings.DOI_TEST_CLOCK = str(path)
    return Clock(path)


@pytest.fixture
def sandbox(settings: Any, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A registry with accounts ORG.REPO (10.70112), apiuser (10.5072/fk2), harbour (10.70113/h2), password `secret`."""
    ezid = [(own.account_id, "secret", own.prefix) for own in (make.EZID, make.LASTING_EZID)]
    registry = sandbox_with(clock=moved_clock.registry_now, ezid=ezid)
    addresses = {
        (provider, environment): f"{SANDBOX_URL}/{provider}"
        for provider in ("datacite", "ezid")
        for environment in ("production", "test")
    }
    settings.REGISTRY_URLS = addresses
    settings.DOI_ENCRYPTION_KEYS = [RING]
    settings.REQUESTS_PER_5_MINUTES = dict.fromkeys(addresses, 10_000_000)
    settings.PAUSE_MS = {"datacite": 0, "ezid": 0}
    settings.BULK_REQUESTS_PER_SECOND = 10_000.0
    for opens in (open_registry, open_resolver, open_public_datacite):
        opened = partial(opens, transport=SandboxTransport(registry))
        monkeypatch.setattr(connections, opens.__name__, opened)
    yield registry
    registry.close()


@pytest.fixture
def resolver(sandbox: Sandbox, settings: Any) -> Sandbox:
    """The sandbox, whose resolver is asked what became of a DOI; without this fixture nobody is.

    Its account realuser (10.70113/q1) is EZID's for DOIs that resolve.
    """
    sandbox.accounts.replace(RegistryAccount("ezid", "realuser", "secret", ("10.70113/q1",)))
    settings.DOI_RESOLVER_URL = f"{SANDBOX_URL}/resolve"
    return sandbox


def drain_all() -> int:
    """Run the engine in this thread until nothing is due now; returns the number of answers."""
    answers = 0
    while True:
        busy = following.go_on() | back_issue.expand_open_runs()
        due = claims.accounts_with_due(clock.now())
        for account in due:
            answers += engine.drain(account).answers
        looked = looks.take()
        if not due and not busy and not looked:
            return answers
