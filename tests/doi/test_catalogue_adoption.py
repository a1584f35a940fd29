"""An existing DOI in a catalogue: adopted, external, or refused; never made."""

import pytest

from datasets.models import Version
from doi.address import landing_url
from doi.errors import NotAllowedError
from doi.models import DoiEvent
from doi.sandbox import Sandbox
from doi.sandbox.store import Record
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support.commands import rows
from tests.support.lines import V1, V2, river, version

pytestmark = pytest.mark.django_db(transaction=True)


def at_registry(sandbox: Sandbox, name: str, *, owner: str = "org.repo", status: str = "findable") -> None:
    """Somebody has made `name` at the registry before we came."""
    then = "2019-03-04T05:06:07.000Z"
    record = Record("datacite", name, owner, status, "https://old.example.org/1", then, then)
    sandbox.store.save(record)


SICI = "10.70112/sici(1999)1:<1::aid>3.0.co;2-0"


@pytest.mark.parametrize("switch", ["on", "off"])
def test_an_existing_doi_is_adopted_and_not_named_anew(sandbox: Sandbox, switch: str) -> None:
    at_registry(sandbox, SICI)
    make.configured()

    text = "https://doi.org/10.70112/SICI(1999)1:%3C1::AID%3E3.0.CO;2-0"
    for _ in range(2):
        river({**V1, "doi": text}, doi=switch, visibility="public")
    drain_all()

    doi = make.doi_of(version())
    assert (doi.name, doi.state, doi.attention) == (SICI, "findable", "")
    assert [(each["name"], each["url"]) for each in sandbox.records()] == [
        (SICI, landing_url(doi.landing_id))
    ]
    assert "River stage readings" in str(sandbox.store.all()[0].metadata)
    assert DoiEvent.objects.filter(event="adopted").count() == 1


def test_a_draft_that_is_adopted_while_the_switch_is_off_stays_one(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    at_registry(sandbox, "10.70112/kept", status="draft")
    make.configured()
    river({**V1, "doi": "10.70112/kept"}, doi="off", visibility="public")
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    assert [record["state"] for record in sandbox.records()] == ["draft"]

    river(V1, doi="on")
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    assert [record["state"] for record in sandbox.records()] == ["findable"]


def test_a_doi_that_somebody_else_holds_is_never_written(sandbox: Sandbox) -> None:
    at_registry(sandbox, "10.70112/theirs", owner="other.repo")
    make.configured()

    river({**V1, "doi": "10.70112/theirs"}, doi="on", visibility="public")
    drain_all()
    river(V1, metadata={**make.METADATA, "language": "en"})
    river(V1, deleted="2025-05-05")
    drain_all()

    assert (rows()[0]["state"], rows()[0]["account"]) == ("findable", None)
    assert sandbox.records()[0]["url"] == "https://old.example.org/1"
    assert [label.split()[0] for label in sandbox.counts()["datacite"]] == ["GET"]


def test_a_doi_that_is_not_there_is_not_made(sandbox: Sandbox) -> None:
    make.configured()

    river({**V1, "doi": "10.70112/nothing"}, doi="on")
    drain_all()

    assert rows()[0]["attention"].startswith("missing-at-registry: ")
    assert sandbox.records() == []


def test_a_planned_name_that_nobody_has_seen_gives_way_to_an_existing_doi(sandbox: Sandbox) -> None:
    make.configured()
    river(V1, doi="on")

    river({**V1, "doi": "doi:10.70112/kept"})

    assert make.doi_of(version()).name == "10.70112/kept"


def test_a_version_with_a_draft_takes_no_other_doi(sandbox: Sandbox) -> None:
    make.configured()
    river(V1, doi="on")
    drain_all()

    with pytest.raises(NotAllowedError, match="has the DOI"):
        river({**V1, "doi": "10.70112/other"})


def test_an_existing_doi_belongs_to_one_version(sandbox: Sandbox) -> None:
    make.configured()
    river({**V1, "doi": "10.70112/kept"})

    with pytest.raises(NotAllowedError, match="belongs to another version"):
        river({**V2, "doi": "10.70112/KEPT"})
    assert Version.objects.count() == 1
