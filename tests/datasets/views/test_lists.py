from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datasets.models import Dataset, Version
from organizations.models import Organization, Role, User
from tests.datasets import make
from tests.datasets.make import NOW

type SignIn = Callable[[User], Client]
LIST = "/o/hydro/datasets/"


@pytest.fixture
def bob(hydro: Organization, signed_in: SignIn) -> Client:
    return signed_in(make.person("bob", hydro))


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_an_empty_list_says_what_to_do(bob: Client, hydro: Organization, signed_in: SignIn) -> None:
    page = bob.get(LIST)
    assert "No datasets yet" in page.text
    assert reverse("datasets:create", args=["hydro"]) in page.text
    viewer = signed_in(make.person("vera", hydro, role=Role.VIEWER)).get(LIST)
    assert "A curator of this organization" in viewer.text
    assert reverse("datasets:create", args=["hydro"]) not in viewer.text


def test_the_list_shows_title_visibility_and_current_version(bob: Client, hydro: Organization) -> None:
    dataset = make.dataset(hydro, visibility="private")
    make.version(dataset, "1.0")
    make.version(dataset, "1.1")
    make.version(dataset, "2.0", released=False)
    page = bob.get(LIST).text
    assert "River stage readings" in page
    assert "Private" in page
    assert "1.1" in page
    assert "next: 2.0" in page


def test_the_list_costs_the_same_for_one_dataset_and_for_fifty(bob: Client, hydro: Organization) -> None:
    make.version(make.dataset(hydro, "first"), "1.0")
    one = queries(bob, LIST)
    for number in range(60):
        make.version(make.dataset(hydro, f"dataset-{number:02}"), "1.0")
    assert queries(bob, LIST) == one
    assert one <= 12


def test_fifty_datasets_are_a_page(bob: Client, hydro: Organization) -> None:
    Dataset.objects.bulk_create(Dataset(organization=hydro, slug=f"d-{n:03}", metadata={}) for n in range(51))
    first, second, past = (bob.get(LIST, {"page": page}).text for page in ("1", "2", "99"))
    assert "d-049" in first
    assert "d-050" not in first
    assert "d-050" in second
    assert "d-050" in past
    assert bob.get(LIST, {"page": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"q": "STAGE"}, {"river"}),
        ({"q": "soi"}, {"soil"}),
        ({"q": "nothing like it"}, set()),
        ({"show": "private"}, {"soil"}),
        ({"show": "deleted"}, {"gone"}),
        ({"show": "nonsense"}, {"river", "soil"}),
        ({"show": "draft"}, set()),
        ({"show": "off"}, {"river", "soil"}),
        ({"q": "10.1234/none"}, set()),
    ],
)
def test_the_list_is_narrowed_by_text_and_kind(
    wanted: dict[str, str], found: set[str], bob: Client, hydro: Organization
) -> None:
    make.dataset(hydro, "river")
    make.dataset(hydro, "soil", visibility="private", metadata={})
    make.dataset(hydro, "gone", metadata={"titles": {"title": "not a list"}})
    Dataset.objects.filter(slug="gone").update(deleted_at=NOW)
    page = bob.get(LIST, wanted)
    assert {dataset.slug for dataset, _ in page.context["rows"]} == found
    if not found:
        assert "No dataset fits" in page.text


def test_a_dataset_is_made_with_its_first_version(bob: Client) -> None:
    answer = bob.post(
        "/o/hydro/new-dataset/",
        {"title": "Soil moisture", "creators": "Okafor, Ngozi", "visibility": "private", "number": "1.0"},
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/o/hydro/datasets/soil-moisture/"
    made = Dataset.objects.get()
    assert (made.slug, made.visibility, made.title) == ("soil-moisture", "private", "Soil moisture")
    assert [version.number for version in Version.objects.filter(dataset=made, released_at=None)] == ["1.0"]


def test_a_taken_short_name_keeps_what_was_typed(bob: Client, hydro: Organization) -> None:
    make.dataset(hydro, "soil")
    sent = {"title": "Soil moisture", "slug": "soil", "visibility": "public", "number": "0.9"}
    page = bob.post("/o/hydro/new-dataset/", sent)
    assert page.status_code == 422
    assert "taken by another dataset here" in page.text
    assert 'value="Soil moisture"' in page.text
    assert Dataset.objects.count() == 1


def test_a_closed_organization_offers_nothing_new(bob: Client, hydro: Organization) -> None:
    Organization.objects.update(closed_at=NOW)
    assert reverse("datasets:create", args=["hydro"]) not in bob.get(LIST).text
    page = bob.post("/o/hydro/new-dataset/", {"title": "Soil", "visibility": "public"})
    assert "closed" in page.text
    assert not Dataset.objects.exists()


def test_a_title_is_shown_as_text_whatever_is_in_it(bob: Client, hydro: Organization) -> None:
    make.dataset(hydro, metadata={"titles": [{"title": "<script>alert(1)</script>"}]})
    for address in (LIST, LIST + "river/", LIST + "river/edit/", LIST + "river/delete/"):
        page = bob.get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
