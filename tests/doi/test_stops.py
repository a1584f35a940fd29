"""A hold that comes while promotions are on their way: nothing is published more than seconds after it."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from datasets.models import Version
from doi import drains, stops
from doi.models import Doi, DoiEvent, Login
from doi.sandbox import Sandbox
from doi.services import holding
from doi.stops import Stops, Watch
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support import places

pytestmark = pytest.mark.django_db(transaction=True)

WEEK = 604_800
BOTH = pytest.mark.parametrize("own", [make.DATACITE, make.LASTING_EZID], ids=["datacite", "ezid"])
PLACES: dict[str, Callable[[Version], Any]] = {
    "dataset": lambda version: version.dataset,
    "organization": lambda version: version.dataset.organization,
    "login": lambda _version: Login.objects.get(),
    "deployment": lambda _version: None,
}


def due(own: Any, moved_clock: Clock) -> Version:
    version = make.drafted(make.dataset(make.configured(own=own)))
    drain_all()
    moved_clock.forward(seconds=WEEK + 1)
    return version


@BOTH
@pytest.mark.parametrize("name", PLACES)
def test_what_is_looked_at_and_not_published_yet_is_called_off(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, own: Any, name: str
) -> None:
    version = due(own, moved_clock)
    monkeypatch.setattr(stops, "RECENT", 0.0)
    # The look takes a second, and the hold comes while it is away.
    sandbox.faults.order([{"match": {"method": "GET"}, "times": 1, "action": {"delay": 1.0}}])
    look_after = Watch.look_after

    def then_held(self: Watch, promoting: Any) -> None:
        if promoting and holding.active(PLACES[name](version)) is None:
            holding.hold(PLACES[name](version), reason="wait", by=make.by())
        look_after(self, promoting)

    monkeypatch.setattr(Watch, "look_after", then_held)
    sandbox.log.recent.clear()
    drain_all()

    doi = make.doi_of(version)
    assert (doi.state, doi.step, doi.uncertain) == ("draft", "", False)
    assert doi.attention in stops.HELD_WORDS
    assert [line["method"] for line in sandbox.log.recent] == ["GET"]
    assert list(DoiEvent.objects.filter(event="outcome").values_list("outcome", flat=True)) == [
        "draft",
        "not_sent",
    ]

    holding.lift(PLACES[name](version), by=make.by())
    moved_clock.forward(days=1, seconds=1)
    drain_all()
    assert make.doi_of(version).state == "findable"


def test_a_drain_that_could_not_look_for_eight_seconds_publishes_nothing() -> None:
    watch = Watch(read_at=time.monotonic() - stops.LOOKED_AFTER - 0.1)
    assert watch.is_called_off(1)
    watch.read_at = time.monotonic() - 1
    assert not watch.is_called_off(1)
    watch.called_off.add(1)
    assert watch.is_called_off(1)
    assert not watch.is_called_off(2)


def test_what_a_drain_knows_and_what_it_may_rely_on_are_within_ten_seconds() -> None:
    assert stops.RECENT + stops.LOOKED_AFTER < 10


def test_holds_are_read_once_for_many_rows(sandbox: Sandbox, django_assert_num_queries: Any) -> None:
    faculty = places.institution("faculty")
    place = make.configured()
    place.institution = faculty
    place.save()
    of = make.dataset(place)
    make.drafted(of)
    for number in range(2, 10):
        make.version(of, f"{number}.0")
    holding.hold(of, reason="wait", by=make.by())
    rows = list(Doi.objects.select_related("organization", "account", "version__dataset__organization"))

    with django_assert_num_queries(1):
        found = Stops.read()
        assert all(found.gate(doi) is not None and found.kill_switch(doi) is None for doi in rows)

    holding.hold(faculty, reason="wait", by=make.by())
    with django_assert_num_queries(2):
        found = Stops.read()
        assert all(found.gate(doi) is not None for doi in rows)


def test_a_hold_that_comes_after_the_claim_is_found_before_the_request(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = due(make.DATACITE, moved_clock)
    monkeypatch.setattr(stops, "RECENT", 0.0)
    monkeypatch.setattr(drains, "FRESH", -1.0)
    take_in = drains.Drain._take_in

    def then_held(self: drains.Drain, *args: Any, **kwargs: Any) -> None:
        take_in(self, *args, **kwargs)
        if holding.active(version.dataset) is None:
            holding.hold(version.dataset, reason="wait", by=make.by())

    monkeypatch.setattr(drains.Drain, "_take_in", then_held)
    sandbox.log.recent.clear()
    drain_all()

    assert make.doi_of(version).attention == "held"
    assert not sandbox.log.recent
