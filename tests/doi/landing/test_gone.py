"""What is withdrawn, deleted or discarded: its address still answers."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datasets.models import Dataset, Version, Visibility
from doi.models import Doi
from doi.states import State
from doi.tombstone import tombstone_of
from organizations.models import Organization
from tests.datasets import make
from tests.doi.landing import make as doi_make
from tests.doi.landing.page import get, hrefs, json_ld, metas, text
from tests.doi.landing.scene import AUTHOR, LINK, NAME, SECRET, assert_is_no_link, assert_neutral, withdraw


@pytest.fixture
def hydro(db: None) -> Organization:
    return make.organization()


@pytest.fixture
def river(hydro: Organization) -> Dataset:
    return make.dataset(hydro)


@pytest.fixture
def secret(hydro: Organization) -> Dataset:
    return make.dataset(hydro, "secret", visibility=Visibility.PRIVATE)


# --- gone -----------------------------------------------------------------------------------------------------------


def test_an_unreleased_version_has_no_page(river: Dataset) -> None:
    version = make.version(river, "1.0", released=False)
    assert get(version).status_code == 404
    doi_make.doi(version, State.DRAFT)
    assert get(version).status_code == 404


@pytest.mark.parametrize("state", [State.PLANNED, State.DRAFT, State.DISCARDED, None])
def test_what_went_before_it_was_permanent_is_gone_in_one_sentence(
    river: Dataset, state: State | None
) -> None:
    version = make.version(river, "7.3.1", deleted=True)
    if state is not None:
        doi_make.doi(version, state)
    response = get(version)
    assert response.status_code == 410
    assert_neutral(response)
    assert NAME not in response.content.decode()


def test_a_reserved_name_that_was_given_back_is_gone_too(river: Dataset) -> None:
    version = make.version(river, "1.0", released=False, deleted=True)
    assert get(version).status_code == 404
    doi_make.doi(version, State.DISCARDED)
    assert get(version).status_code == 410


def test_a_tombstone_tells_what_was_there_and_why_it_is_gone(river: Dataset) -> None:
    version = make.version(river, "1.0")
    withdraw(
        doi_make.doi(version, State.REGISTERED),
        withdrawal_reason="Sensor fault",
        withdrawal_note="See the report.\n\nSorry.",
        successor="10.9999/next",
    )
    response = get(version)
    assert response.status_code == 410
    shown = text(response)
    for told in (
        SECRET,
        AUTHOR,
        "10 Apr 2026",
        "Sensor fault",
        "See the report.",
        "Withdrawn by Hydro",
        "no longer",
    ):
        assert told in shown
    assert {LINK, "https://doi.org/10.9999/next"} <= set(hrefs(response))
    assert f'<{LINK}>; rel="cite-as"' in response["Link"]
    assert metas(response)["robots"] == response["X-Robots-Tag"] == "noindex"
    assert json_ld(response)["@id"] == LINK


def test_a_draft_past_the_point_of_no_return_has_its_tombstone_before_it_is_permanent(river: Dataset) -> None:
    version = make.version(river, "1.0")
    withdraw(doi_make.doi(version, State.DRAFT))
    response = get(version)
    assert response.status_code == 410
    assert SECRET in text(response)
    assert "This DOI is reserved; it does not resolve yet." in text(response)
    assert_is_no_link(response)


def test_a_permanent_doi_leads_somewhere_even_if_its_version_is_not_released(river: Dataset) -> None:
    version = make.version(river, "7.3.1", released=False)
    doi_make.doi(version)
    response = get(version)
    assert response.status_code == 200
    assert_neutral(response)
    assert LINK in hrefs(response)


def test_a_tombstone_needs_nothing_but_the_dois_row(river: Dataset) -> None:
    version = make.version(river, "1.0")
    withdraw(doi_make.doi(version, State.REGISTERED))
    before = text(get(version))
    Version.objects.all().delete()
    Dataset.objects.all().delete()
    response = get(version)
    assert (response.status_code, text(response)) == (410, before)


def test_a_tombstone_offers_metadata_and_nothing_to_download(river: Dataset) -> None:
    river.metadata = {**river.metadata, "contentUrl": ["https://data.example.org/a.csv"]}
    river.save()
    version = make.version(river, "1.0")
    doi = doi_make.doi(version, State.REGISTERED)
    live = get(version)
    assert json_ld(live)["distribution"][0]["contentUrl"] == "https://data.example.org/a.csv"
    assert '<https://data.example.org/a.csv>; rel="item"; type="text/csv"' in live["Link"]
    withdraw(doi, withdrawal_reason="Sensor fault")
    response = get(version)
    assert "distribution" not in json_ld(response)
    assert 'rel="item"' not in response["Link"]
    assert "a.csv" not in text(response)
    xml = Client().get(reverse("landing:document", args=[version.pk, "datacite.xml"]))
    assert xml.status_code == 200
    assert 'dateType="Withdrawn" dateInformation="Sensor fault">2026-04-10<' in xml.content.decode()


def test_a_private_tombstone_tells_nothing(secret: Dataset) -> None:
    version = make.version(secret, "7.3.1")
    withdraw(doi_make.doi(version, State.REGISTERED), withdrawal_reason=SECRET)
    response = get(version)
    assert response.status_code == 410
    assert_neutral(response)
    assert LINK in hrefs(response)


@pytest.mark.parametrize(
    "left", [None, [], "text", {"visibility": "public"}, {"visibility": "public", "metadata": 5}]
)
def test_a_damaged_snapshot_still_has_a_page(river: Dataset, left: Any) -> None:
    version = make.version(river, "1.0")
    withdraw(doi_make.doi(version, State.REGISTERED))
    Doi.objects.update(tombstone=left)
    response = get(version)
    assert response.status_code == 410
    assert LINK in hrefs(response)


def test_a_restored_version_has_its_page_again(river: Dataset) -> None:
    version = make.version(river, "1.0")
    doi_make.doi(version, State.REGISTERED, tombstone=tombstone_of(version))
    assert get(version).status_code == 200
