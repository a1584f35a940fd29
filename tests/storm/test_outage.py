"""Both registries are away for 72 hours: nothing is lost, nobody has to do anything, and it goes on by itself."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import override

import pytest

from datasets import services
from doi import clock
from doi.models import Doi
from doi.sandbox.accounts import Account as RegistryAccount
from tests.factories import doi as make
from tests.storm.people import ACCOUNTS
from tests.storm.storm import QUARTER, Storm

HOURS = 3600
AWAY = (
    {"probability": 0.4, "seed": 1, "action": {"reset": True}},
    {"probability": 0.4, "seed": 2, "action": {"status": 503, "body": "down for maintenance"}},
    {"probability": 0.2, "seed": 3, "action": {"hang": True}},
    {"action": {"page": "gateway"}},
)


class Outage(Storm):
    """One organization at each registry: some drafts come due in the outage, some versions are released in it."""

    healed_at: datetime

    @override
    def found(self) -> None:
        for own in ACCOUNTS:
            account = RegistryAccount(own.provider, own.account_id, "secret", (own.prefix,))
            self.sandbox.accounts.replace(account)
        self.datasets = []
        for slug, own in (("river-lab", make.DATACITE), ("harbour", make.LASTING_EZID)):
            place = make.configured(slug, own)
            self.datasets += [make.dataset(place, f"stage-{number}") for number in range(2)]
        for each in self.datasets:
            make.version(each)

    @override
    def blow(self) -> None:
        self.pass_time(10 * 60, grain=2.0)
        assert set(Doi.objects.values_list("state", flat=True)) == {"draft"}
        self.pass_time(6 * 24 * HOURS, grain=60.0)
        self.sandbox.faults.order(AWAY)
        for number in (2, 3, 4):
            self.pass_time(12 * HOURS, grain=240.0)
            for each in self.datasets[::2]:
                make.version(each, f"{number}.0")
            services.edit_metadata(
                self.datasets[1], {**make.METADATA, "sizes": [f"{number} MB"]}, by=make.by()
            )
            self.pass_time(12 * HOURS, grain=240.0)
        assert not Doi.objects.permanent().exists()

    @override
    def heal(self) -> None:
        self.sandbox.faults.clear()
        self.healed_at = clock.now()
        self.pass_time(QUARTER, grain=2.0)
        self.settled = {
            (doi.account.login.provider if doi.account else "", doi.state)
            for doi in Doi.objects.select_related("account__login")
        }
        for hours in (8 * 24, 40):
            self.pass_time(hours * HOURS, grain=60.0)

    def first_success(self, provider: str) -> timedelta:
        """From the registry's return to the first request that it took."""
        answered = (
            datetime.fromisoformat(line["at"]) - self.healed_at
            for line in self.sandbox.log.recent
            if line["provider"] == provider and line["fault"] is None and (line["status"] or 500) < 300
        )
        return min(after for after in answered if after >= timedelta(seconds=-1))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.django_db(transaction=True)
def test_after_72_hours_without_registries_all_goes_on_by_itself() -> None:
    outage = Outage(72)

    report = outage.run()

    assert report.faults == [], str(report)
    for provider in ("datacite", "ezid"):
        assert outage.first_success(provider) <= timedelta(minutes=15)
        # What came due meanwhile is permanent, what was released meanwhile is a draft, within the same quarter.
        assert {(provider, "findable"), (provider, "draft")} <= outage.settled
        assert (provider, "planned") not in outage.settled
    assert report.permanent == 4 + 2 * 3
    print(f"72 h: first success {[str(outage.first_success(each)) for each in ('datacite', 'ezid')]}")
