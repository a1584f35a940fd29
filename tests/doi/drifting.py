"""What tests of the comparison share: DOIs at both registries, rounds of it, and what staff does there."""

from typing import Any

import pytest

from datasets.models import Version
from doi import clock, drift
from doi.models import Comparison, Doi, Finding
from doi.sandbox import Sandbox
from doi.services.accounts import OwnAccount
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

BOTH = pytest.mark.parametrize("own", [make.DATACITE, make.LASTING_EZID], ids=["datacite", "ezid"])
WINDOW = 604_800


def drafted(own: OwnAccount = make.DATACITE, **dataset: Any) -> Version:
    version = make.drafted(make.dataset(make.configured(own=own), **dataset))
    drain_all()
    return version


def permanent(moved_clock: Clock, own: OwnAccount = make.DATACITE, **dataset: Any) -> Version:
    version = drafted(own, **dataset)
    moved_clock.forward(seconds=WINDOW + 1)
    drain_all()
    assert make.doi_of(version).is_permanent
    return version


def edit(sandbox: Sandbox, version: Version, act: str, **more: Any) -> None:
    """Staff at the registry."""
    sandbox.control.edit(act, make.doi_of(version).name, **more)


def compare() -> int:
    """Compare what is due now, until nothing is."""
    asked = 0
    for _ in range(20):
        if not drift.are_due(clock.now()):
            return asked
        asked += drift.take()
    pytest.fail("it never ends")


def rounds(moved_clock: Clock, **wait: float) -> int:
    """A round of everything, some time after what was done last."""
    moved_clock.forward(**(wait or {"minutes": 20}))
    drift.schedule(clock.now())
    Comparison.objects.update(due_at=clock.now())
    return compare()


def heal(moved_clock: Clock) -> None:
    """The engine does what was made due, and the comparison looks what came of it."""
    drain_all()
    moved_clock.forward(minutes=3)
    compare()


def open_kinds() -> list[str]:
    rows = Finding.objects.filter(healed_at__isnull=True).order_by("kind")
    return list(rows.values_list("kind", flat=True))


def healed() -> list[tuple[str, str]]:
    rows = Finding.objects.filter(healed_at__isnull=False).order_by("id")
    return list(rows.values_list("kind", "healed_by"))


def there(sandbox: Sandbox, doi: Doi) -> tuple[str, str] | None:
    """State and URL at the registry."""
    assert doi.account is not None
    record = sandbox.store.get(doi.account.login.provider, doi.name)
    return (record.state, record.url) if record is not None else None
