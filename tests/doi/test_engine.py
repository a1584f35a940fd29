"""The engine against the sandbox: from a wish to a permanent DOI."""

import pytest

from datasets import services
from doi.models import DoiEvent
from doi.sandbox import Sandbox
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_release_gets_exactly_one_draft_with_one_request(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured()))

    drain_all()

    doi = make.doi_of(version)
    assert doi.state == "draft"
    assert [record["name"] for record in sandbox.records()] == [doi.name]
    assert sandbox.counts()["datacite"] == {"POST /dois": 1}


@pytest.mark.parametrize(("own", "requests"), [(make.DATACITE, 2), (make.EZID, 3)], ids=["datacite", "ezid"])
@pytest.mark.parametrize(("visibility", "state"), [("public", "findable"), ("private", "registered")])
def test_after_seven_days_a_draft_becomes_permanent(
    sandbox: Sandbox, moved_clock: Clock, own: object, requests: int, visibility: str, state: str
) -> None:
    version = make.drafted(make.dataset(make.configured(own=own), visibility=visibility))  # type: ignore[arg-type]
    drain_all()
    sandbox.reset_counts()

    moved_clock.forward(seconds=604_790)
    drain_all()
    assert make.doi_of(version).state == "draft"
    moved_clock.forward(seconds=11)
    drain_all()

    assert make.doi_of(version).state == state
    assert sandbox.records()[0]["state"] == state
    assert sandbox.counts()["total"] == requests
    assert drain_all() == 0


def test_every_attempt_has_one_line_before_and_one_after(sandbox: Sandbox) -> None:
    make.drafted(make.dataset(make.configured()))

    drain_all()

    lines = DoiEvent.objects.filter(event__in=["attempt", "outcome"]).order_by("id")
    assert [(line.event, line.step, line.attempt) for line in lines] == [
        ("attempt", "create", 1),
        ("outcome", "create", 1),
    ]


def test_unrelease_discards_the_draft_and_the_name_stays(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured()))
    drain_all()
    name = make.doi_of(version).name

    services.unrelease(version, by=make.by())
    drain_all()
    assert make.doi_of(version).state == "discarded"
    assert sandbox.records() == []

    services.release(version, by=make.by())
    drain_all()
    doi = make.doi_of(version)
    assert (doi.state, doi.name) == ("draft", name)
