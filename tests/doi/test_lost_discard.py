"""A discard whose answer is lost, and what was published behind our back while it was to be discarded."""

import pytest

from datasets import services
from doi.sandbox import Sandbox
from doi.services.accounts import OwnAccount
from tests.doi.breaking import publish_there, settle
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("own", [make.DATACITE, make.EZID], ids=["datacite", "ezid"])
def test_released_again_before_a_lost_discard_was_looked_at_it_gets_its_draft_anew(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    version = make.drafted(make.dataset(make.configured(own=own)))
    drain_all()
    name = make.doi_of(version).name
    services.unrelease(version, by=make.by())
    sandbox.faults.order([{"match": {"method": "DELETE"}, "times": 1, "action": {"lost": True}}])
    drain_all()

    services.release(version, by=make.by())
    settle(moved_clock)

    doi = make.doi_of(version)
    assert (doi.state, doi.name, doi.attention) == ("draft", name, "")
    assert [record["name"] for record in sandbox.records()] == [name]


def test_what_was_published_there_while_it_was_to_be_discarded_is_hidden_and_says_so(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    dataset = make.dataset(make.configured())
    old, _new = make.drafted(dataset, "1.0"), make.drafted(dataset, "2.0")
    drain_all()
    doi = make.doi_of(old)
    publish_there(sandbox, doi)

    services.delete_version(old, by=make.by(), reason="superseded")
    settle(moved_clock)

    doi.refresh_from_db()
    assert (doi.state, doi.attention) == ("registered", "drift")
    assert {record["name"]: record["state"] for record in sandbox.records()}[doi.name] == "registered"
