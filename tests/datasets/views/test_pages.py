from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from datasets.models import Dataset
from organizations.models import Organization, Role, User
from tests.datasets import make

type SignIn = Callable[[User], Client]
D = "/o/hydro/datasets/river/"


@pytest.fixture
def bob(hydro: Organization, signed_in: SignIn) -> Client:
    return signed_in(make.person("bob", hydro))


def test_versions_stand_newest_first_with_their_standing(bob: Client, hydro: Organization) -> None:
    river = make.dataset(hydro)
    make.version(river, "1.0", deleted=True)
    make.version(river, "1.1")
    make.version(river, "2.0")
    make.version(river, "3.0", released=False)
    rows = bob.get(D).context["rows"]
    assert [(row.version.number, row.standing) for row in rows] == [
        ("3.0", "unreleased"),
        ("2.0", "current"),
        ("1.1", "older"),
        ("1.0", "deleted"),
    ]


def test_times_are_in_utc_and_in_the_organizations_zone_until_the_person_says(
    hydro: Organization, signed_in: SignIn
) -> None:
    Organization.objects.update(time_zone="Europe/Berlin")
    make.version(make.dataset(hydro), "1.0")
    user = make.person("bob", hydro)
    page = signed_in(user).get(D).text
    assert "2 Mar 2026, 12:00 UTC" in page
    assert "13:00 Europe/Berlin" in page
    user.time_zone = "Asia/Tokyo"
    user.save()
    assert "21:00 Asia/Tokyo" in signed_in(user).get(D).text


def test_the_page_costs_the_same_for_two_versions_and_for_forty(bob: Client, hydro: Organization) -> None:
    river = make.dataset(hydro)
    make.version(river, "1.0")
    make.version(river, "1.1")

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert bob.get(D).status_code == 200
        return len(caught)

    before = cost()
    for number in range(40):
        make.version(river, f"2.{number}")
    assert cost() == before


def test_a_dataset_without_a_version_says_what_a_version_is(bob: Client, hydro: Organization) -> None:
    make.dataset(hydro)
    page = bob.get(D).text
    assert "No version yet" in page
    assert "Make the next version" in page


def test_a_viewer_sees_no_button(hydro: Organization, signed_in: SignIn) -> None:
    river = make.dataset(hydro)
    make.version(river, "1.0")
    make.version(river, "1.1", released=False)
    page = signed_in(make.person("vera", hydro, role=Role.VIEWER)).get(D).text
    for word in ("Edit metadata", "Release …", "Delete the dataset", "Make private", "Make the next version"):
        assert word not in page


def test_what_is_not_ready_is_listed_with_a_link_to_its_field(bob: Client, hydro: Organization) -> None:
    river = make.dataset(hydro, metadata={"titles": [{"title": "Bare"}], "publicationYear": "20x5"})
    version = make.version(river, "1.0", metadata={"publicationYear": "20x6"})
    lacks = {lack.field: lack.href for lack in bob.get(D).context["readiness"]}
    assert lacks["creators"] == f"{D}edit/#creators"
    assert lacks["publicationYear"] == f"{D}versions/{version.pk}/edit/#publicationYear"


def test_a_field_that_the_form_does_not_show_is_mended_as_json(bob: Client, hydro: Organization) -> None:
    make.dataset(hydro, metadata={**make.METADATA, "relatedItems": [{"titles": [{"title": "A book"}]}]})
    lacks = bob.get(D).context["readiness"]
    assert {lack.href for lack in lacks} == {f"{D}edit/json/"}


def test_metadata_of_any_shape_never_breaks_a_page(bob: Client, hydro: Organization) -> None:
    shapes: list[Any] = [[], "text", 7, {}, {"titles": "x", "creators": [None, 3, {"name": {}}]}]
    for number, odd in enumerate(shapes):
        dataset = make.dataset(hydro, f"odd-{number}")
        Dataset.objects.filter(pk=dataset.pk).update(metadata=odd)
        make.version(dataset, "1.0")
        for page in ("", "edit/", "edit/json/"):
            assert bob.get(f"/o/hydro/datasets/odd-{number}/{page}").status_code == 200
    assert bob.get("/o/hydro/datasets/").status_code == 200
