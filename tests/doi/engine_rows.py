"""DOIs on their way through the engine, for tests of what it does with them."""

from datetime import timedelta
from typing import Any

import pytest

from datasets.models import Version
from doi.models import Account, Doi
from doi.registries.base import CheckResult
from doi.sandbox import Sandbox
from doi.sandbox.clock import iso, system_clock
from doi.sandbox.store import Record
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

BOTH = pytest.mark.parametrize("own", [make.DATACITE, make.EZID], ids=["datacite", "ezid"])
WINDOW = 604_800
CHECKED = CheckResult((), domains="*")


def made(own: Any = make.DATACITE, **dataset: Any) -> Version:
    return make.drafted(make.dataset(make.configured(own=own), **dataset))


def drafted(own: Any = make.DATACITE, **dataset: Any) -> Version:
    version = made(own, **dataset)
    drain_all()
    return version


def permanent(moved_clock: Clock, own: Any = make.DATACITE, **dataset: Any) -> Version:
    version = drafted(own, **dataset)
    moved_clock.forward(seconds=WINDOW + 1)
    drain_all()
    return version


def foreign(sandbox: Sandbox, doi: Doi, *, status: str, owner: str = "other.repo") -> Record:
    assert doi.account is not None
    # Older than ours, and younger than the two weeks after which EZID deletes test identifiers.
    at = iso(system_clock() - timedelta(days=1))
    record = Record(doi.account.login.provider, doi.name, owner, status, "https://example.org/", at, at)
    sandbox.store.save(record)
    return record


def several(count: int, own: Any = make.DATACITE) -> list[Version]:
    place = make.configured(own=own)
    return [make.drafted(make.dataset(place, f"stage-{number}")) for number in range(count)]


def states(versions: list[Version]) -> set[str]:
    return {make.doi_of(version).state for version in versions}


def account() -> int:
    return int(Account.objects.get().pk)
