"""Every page of `datasets`, tried by everybody: stranger, visitor, viewer, curator, administrator, the institution's."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from datasets.models import Dataset, Version
from organizations.models import Institution, Organization, Role, User
from tests.datasets import make

type SignIn = Callable[[User], Client]
READING = ["list", "dataset"]
CHANGING = [
    "create",
    "edit",
    "edit-json",
    "visibility",
    "delete",
    "restore",
    "version-edit",
    "version-edit-json",
    "release",
    "unrelease",
    "version-delete",
    "version-restore",
]
EVERY = [*READING, *CHANGING]


@pytest.fixture
def place(db: None) -> Organization:
    return make.organization("hydro", institution=Institution.objects.create(slug="uni", name="University"))


def url(name: str, place: Organization) -> str:
    dataset = Dataset.objects.filter(organization=place).first() or make.dataset(place)
    version = Version.objects.filter(dataset=dataset).first() or make.version(dataset, "1.0")
    if name in {"list", "create"}:
        return reverse(f"datasets:{name}", args=[place.slug])
    if name.startswith("version-") or name in {"release", "unrelease"}:
        return reverse(f"datasets:{name}", args=[place.slug, dataset.slug, version.pk])
    return reverse(f"datasets:{name}", args=[place.slug, dataset.slug])


@pytest.mark.parametrize("name", EVERY)
def test_a_visitor_is_asked_to_sign_in(name: str, place: Organization, client: Client) -> None:
    answer = client.get(url(name, place))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("organizations:sign-in"))


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_gets_the_same_404_as_for_what_does_not_exist(
    name: str, method: str, place: Organization, signed_in: SignIn
) -> None:
    stranger = signed_in(make.person("charlie", make.organization("other"), role=Role.ADMINISTRATOR))
    there = url(name, place)
    foreign = getattr(stranger, method)(there)
    unknown = getattr(stranger, method)(there.replace("/hydro/", "/nowhere/"))
    if method == "post" and name in READING:
        assert foreign.status_code == unknown.status_code == 405
        return
    assert foreign.status_code == unknown.status_code == 404
    assert _plain(foreign.text).replace("hydro", "nowhere") == _plain(unknown.text)


def _plain(page: str) -> str:
    """The page without what differs each time: the token of its form and the nonce of its scripts."""
    return re.sub(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]*"', "", page)


@pytest.mark.parametrize("name", EVERY)
def test_a_viewer_sees_and_changes_nothing(name: str, place: Organization, signed_in: SignIn) -> None:
    viewer = signed_in(make.person("vera", place, role=Role.VIEWER))
    assert viewer.get(url(name, place)).status_code == (200 if name in READING else 403)
    assert viewer.post(url(name, place)).status_code == (405 if name in READING else 403)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("role", [Role.CURATOR, Role.ADMINISTRATOR])
def test_curators_and_administrators_open_every_page(
    name: str, role: Role, place: Organization, signed_in: SignIn
) -> None:
    assert signed_in(make.person("bob", place, role=role)).get(url(name, place)).status_code == 200


@pytest.mark.parametrize("name", EVERY)
def test_an_administrator_of_the_institution_opens_every_page(
    name: str, place: Organization, signed_in: SignIn
) -> None:
    assert signed_in(make.person("ines", place.institution)).get(url(name, place)).status_code == 200


def test_a_version_is_found_only_below_its_own_dataset(place: Organization, signed_in: SignIn) -> None:
    bob = signed_in(make.person("bob", place))
    make.dataset(place)
    foreign = make.version(make.dataset(make.organization("other")), "1.0")
    there = reverse("datasets:release", args=[place.slug, "river", foreign.pk])
    assert bob.get(there).status_code == 404
    assert bob.post(there).status_code == 404


@pytest.mark.parametrize("name", ["release", "delete", "visibility", "edit"])
def test_looking_changes_nothing(name: str, place: Organization, signed_in: SignIn) -> None:
    there = url(name, place)
    before = list(Dataset.objects.values()), list(Version.objects.values())
    signed_in(make.person("bob", place)).get(there)
    assert (list(Dataset.objects.values()), list(Version.objects.values())) == before


def test_adding_a_version_is_a_post_by_a_curator(place: Organization, signed_in: SignIn) -> None:
    make.dataset(place)
    there = reverse("datasets:add-version", args=[place.slug, "river"])
    assert signed_in(make.person("bob", place)).get(there).status_code == 405
    assert signed_in(make.person("vera", place, role=Role.VIEWER)).post(there).status_code == 403
    assert signed_in(make.person("charlie")).post(there).status_code == 404
