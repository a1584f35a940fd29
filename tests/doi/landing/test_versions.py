"""What a page tells of the versions before and after: what the registry is told, of DOIs that resolve."""

import re
from datetime import timedelta
from typing import Any

import pytest

from datasets.models import Dataset, Version, Visibility
from doi.address import landing_url
from doi.models import Doi
from doi.states import Environment, State, Step
from doi.tombstone import tombstone_of
from tests.datasets import make
from tests.doi.landing import make as doi_make
from tests.doi.landing.page import Response, get, hrefs, json_ld, text


@pytest.fixture
def river(db: None) -> Dataset:
    return make.dataset(make.organization())


def versions(of: Dataset, *states: State | None, **fields: Any) -> list[Version]:
    """One version for each state, named 10.1234/v1, 10.1234/v2 …; None: without a DOI."""
    made = [make.version(of, f"{number}.0") for number, _ in enumerate(states, 1)]
    for number, (version, state) in enumerate(zip(made, states, strict=True), 1):
        if state is not None:
            doi_make.doi(version, state, name=f"10.1234/v{number}", **fields)
    return made


def link(number: int) -> str:
    return f"https://doi.org/10.1234/v{number}"


def succession(response: Response) -> dict[str, Any]:
    return {name: value for name, value in json_ld(response).items() if name.endswith("cessor_of")}


def version_links(response: Response) -> dict[str, str]:
    found = re.findall(r'<([^>]+)>; rel="(predecessor|successor)-version"', response.get("Link", ""))
    return {relation: url for url, relation in found}


def test_the_middle_one_names_both(river: Dataset) -> None:
    first, second, third = versions(river, *[State.FINDABLE] * 3)

    response = get(second)

    assert succession(response) == {
        "successor_of": {"@type": "CreativeWork", "@id": link(1)},
        "predecessor_of": {"@type": "CreativeWork", "@id": link(3)},
    }
    assert version_links(response) == {
        "predecessor": landing_url(first.pk),
        "successor": landing_url(third.pk),
    }
    assert {link(1), link(3)} <= set(hrefs(response))
    assert "Is new version of" in text(response)


@pytest.mark.parametrize(
    "accept", ["application/vnd.datacite.datacite+json", "application/vnd.datacite.datacite+xml"]
)
def test_the_documents_say_the_same(river: Dataset, accept: str) -> None:
    _first, second = versions(river, State.FINDABLE, State.FINDABLE)
    document = get(second, accept=accept).content.decode()
    assert "IsNewVersionOf" in document
    assert "10.1234/v1" in document


@pytest.mark.parametrize("between", [State.PLANNED, State.DRAFT, State.DISCARDED, None])
def test_one_that_does_not_resolve_is_passed_over(river: Dataset, between: State | None) -> None:
    first, second, third = versions(river, State.FINDABLE, between, State.REGISTERED)
    assert succession(get(third))["successor_of"]["@id"] == link(1)
    assert succession(get(first))["predecessor_of"]["@id"] == link(3)
    assert succession(get(second)) == version_links(get(second)) == {}


def test_one_past_the_point_of_no_return_is_named_once_it_resolves(river: Dataset) -> None:
    first, _second = versions(river, State.FINDABLE, State.DRAFT)
    Doi.objects.filter(state=State.DRAFT).update(step=Step.PROMOTE)
    assert succession(get(first)) == {}


def test_test_dois_say_nothing_and_real_ones_nothing_of_them(river: Dataset) -> None:
    first, second = versions(river, State.FINDABLE, State.FINDABLE, environment=Environment.TEST)
    doi_make.doi(second, name="10.1234/real")
    assert succession(get(first)) == version_links(get(first)) == {}
    assert succession(get(second)) == version_links(get(second)) == {}


def test_a_tombstone_names_its_neighbours_and_they_name_it(river: Dataset) -> None:
    _first, second, third = versions(river, *[State.FINDABLE] * 3)
    Doi.objects.filter(version=second).update(
        state=State.REGISTERED,
        tombstone=tombstone_of(second),
        withdrawn_at=make.NOW + timedelta(days=40),
    )
    Version.objects.filter(pk=second.pk).update(deleted_at=make.NOW + timedelta(days=40))

    gone = get(second)

    assert gone.status_code == 410
    assert {link(1), link(3)} <= set(hrefs(gone))
    assert set(version_links(gone)) == {"predecessor", "successor"}
    assert succession(get(third))["successor_of"]["@id"] == link(2)


def test_a_private_page_says_nothing(db: None) -> None:
    secret = make.dataset(make.organization(), "secret", visibility=Visibility.PRIVATE)
    first, second = versions(secret, State.REGISTERED, State.REGISTERED)
    for version, other in ((first, "10.1234/v2"), (second, "10.1234/v1")):
        response = get(version)
        assert "Link" not in response
        assert other not in response.content.decode()


def test_what_a_person_wrote_is_not_said_twice(river: Dataset) -> None:
    written = {
        "relatedIdentifier": "https://doi.org/10.1234/V1",
        "relatedIdentifierType": "DOI",
        "relationType": "IsNewVersionOf",
    }
    _first, second = versions(river, State.FINDABLE, State.FINDABLE)
    Version.objects.filter(pk=second.pk).update(metadata={"relatedIdentifiers": [written]})
    assert succession(get(second))["successor_of"] == {"@type": "CreativeWork", "@id": link(1)}
