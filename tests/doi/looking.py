"""What tests of the looks share: permanent DOIs, the waits between looks, and a handle system that is told nothing."""

from datetime import timedelta
from typing import Any

import pytest

from datasets.models import Version
from doi.models import DoiEvent
from doi.sandbox import Sandbox
from doi.services.accounts import OwnAccount
from tests.doi import breaking
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

EZID = OwnAccount("ezid", "production", "realuser", "10.70113/q1", password="secret")
BOTH = pytest.mark.parametrize("own", [make.DATACITE, EZID], ids=["datacite", "ezid"])
WINDOW = 604_800
# From one look to the next.
WAITS = [timedelta(minutes=1), timedelta(minutes=9), timedelta(minutes=50), timedelta(hours=29)]
# From sending it again to seeing what came of that.
SOON = {"datacite": timedelta(minutes=1), "ezid": timedelta(minutes=30)}


def permanent(moved_clock: Clock, own: OwnAccount = make.DATACITE, **dataset: Any) -> Version:
    version = make.drafted(make.dataset(make.configured(own=own), **dataset))
    drain_all()
    moved_clock.forward(seconds=WINDOW + 1)
    drain_all()
    return version


def after(moved_clock: Clock, wait: timedelta) -> int:
    moved_clock.forward(seconds=wait.total_seconds() + 1)
    return drain_all()


def forget(sandbox: Sandbox, version: Version) -> None:
    """The handle system was never told."""
    breaking.change_there(sandbox, make.doi_of(version), handle_url=None)


def keep_silent(sandbox: Sandbox) -> None:
    """From now on nobody tells the handle system: DataCite's pushes fail, and EZID's hand-over."""
    actions = {"datacite": {"handle": "fails"}, "ezid": {"handover": "fails"}}
    sandbox.faults.order(
        [{"match": {"provider": provider}, "action": action} for provider, action in actions.items()]
    )


def looked() -> list[tuple[str, str]]:
    lines = DoiEvent.objects.filter(event__in=["looked", "unresolved"]).order_by("id")
    return list(lines.values_list("event", "outcome"))


def asked(sandbox: Sandbox) -> int:
    return sum(sandbox.counts().get("resolve", {}).values())
