"""A DOI becomes permanent 604,800 seconds after the registry confirmed its draft: not one earlier, whatever the zone says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from doi.sandbox import Sandbox
from doi.services.accounts import OwnAccount
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.storm import virtual
from tests.storm.virtual import VirtualTime

pytestmark = pytest.mark.django_db(transaction=True)

# A week from each of these holds a change to or from summer time, in Europe or in America, or the end of February.
BEGINNINGS = [
    datetime(2026, 3, 26, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 24, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 7, 9, 59, tzinfo=UTC),
    datetime(2026, 10, 31, 12, 0, tzinfo=UTC),
    datetime(2028, 2, 25, 23, 0, tzinfo=UTC),
]
# The deployment's, the person's and the one the database gives its sessions.
ZONES = [
    ("UTC", "UTC", "UTC"),
    ("Europe/Berlin", "America/New_York", "Asia/Kathmandu"),
    ("America/Los_Angeles", "Pacific/Kiritimati", "Europe/London"),
]


class StoppedTime(VirtualTime):
    """Stands still unless it is moved; the registry's is so many seconds ahead."""

    registrys = 0.0

    def at_the_registry(self) -> datetime:
        return self.now() + timedelta(seconds=self.registrys)


@pytest.fixture
def stopped(moved_clock: Clock, monkeypatch: pytest.MonkeyPatch) -> StoppedTime:
    time = StoppedTime()
    monkeypatch.setattr(moved_clock, "now", time.at_the_registry)
    time.take_over(monkeypatch)
    return time


@pytest.fixture
def zones(request: pytest.FixtureRequest, settings: Any) -> Iterator[None]:
    deployment, person, session = request.param
    settings.TIME_ZONE = deployment
    database_speaks_in(session)
    with timezone.override(ZoneInfo(person)):
        yield
    database_speaks_in("UTC")


def database_speaks_in(zone: str) -> None:
    """What the database's own settings give to every new session; SQLite has none."""
    if connection.vendor == "postgresql":
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} SET TimeZone TO %s", [zone])
    connection.close()


@pytest.mark.parametrize("began", BEGINNINGS, ids=str)
@pytest.mark.parametrize("zones", ZONES, ids="/".join, indirect=True)
@pytest.mark.parametrize("own", [make.DATACITE, make.LASTING_EZID], ids=["datacite", "ezid"])
def test_not_after_604_799_seconds_but_after_604_800(
    stopped: StoppedTime,
    sandbox: Sandbox,
    zones: None,
    monkeypatch: pytest.MonkeyPatch,
    began: datetime,
    own: OwnAccount,
) -> None:
    monkeypatch.setattr(virtual, "BEGINNING", began)
    place = make.configured(own=own)
    version = make.version(make.dataset(place))
    drain_all()
    confirmed = make.doi_of(version)
    assert confirmed.permanent_after is not None
    assert confirmed.permanent_after == stopped.now() + timedelta(seconds=604_800)

    stopped.forward(604_799)
    drain_all()
    assert [record["state"] for record in sandbox.records()] == ["draft"]

    stopped.forward(1)
    drain_all()
    assert [record["state"] for record in sandbox.records()] == ["findable"]


@pytest.mark.parametrize("ahead", [100.0, -100.0])
def test_the_window_runs_from_the_later_of_the_registrys_clock_and_ours(
    stopped: StoppedTime, sandbox: Sandbox, ahead: float
) -> None:
    """A registry whose clock differs, by less than what would stop all promotions."""
    began = stopped.now()
    stopped.registrys = ahead
    version = make.version(make.dataset(make.configured()))
    drain_all()

    late = max(ahead, 0.0)
    assert make.doi_of(version).permanent_after == began + timedelta(seconds=604_800 + late)
    stopped.forward(604_799 + late)
    drain_all()
    assert [record["state"] for record in sandbox.records()] == ["draft"]
    stopped.forward(1)
    drain_all()
    assert [record["state"] for record in sandbox.records()] == ["findable"]
