"""What every answer has, whoever asked for which page."""

import uuid

import pytest
from django.test import Client

from organizations.models import Organization
from tests.factories.organizations import member, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["", "members/", "settings/", "settings/doi/", "datasets/", "nothing/"])
def test_no_cache_keeps_a_signed_in_persons_page(path: str) -> None:
    alice = signed_in(member("alice", Organization.objects.create(slug="hydro", name="Hydro")))

    assert "no-store" in alice.get(f"/o/hydro/{path}")["Cache-Control"]


def test_no_cache_keeps_the_answer_that_signs_somebody_out() -> None:
    assert "no-store" in signed_in(person("ada")).post("/sign-out/")["Cache-Control"]


def test_a_landing_page_may_be_kept_and_asked_again_signed_in_or_not(client: Client) -> None:
    path = f"/v/{uuid.uuid4().hex}"

    assert client.get(path)["Cache-Control"] == "no-cache"
    assert signed_in(person("ada")).get(path)["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["datasets/?q=%00", "settings/doi/back-issue/?dataset=a%00b", "?next=\x00"])
def test_nul_in_a_query_is_a_bad_request(path: str) -> None:
    alice = signed_in(member("alice", Organization.objects.create(slug="hydro", name="Hydro")))

    assert alice.get(f"/o/hydro/{path}").status_code == 400


def test_the_three_characters_of_an_escape_may_be_searched_for() -> None:
    alice = signed_in(member("alice", Organization.objects.create(slug="hydro", name="Hydro")))

    assert alice.get("/o/hydro/datasets/?q=%2500").status_code == 200


@pytest.mark.parametrize("language", ["de", "fr-CA,fr;q=0.8", "en-US"])
def test_a_page_is_in_one_language_and_says_which(language: str, client: Client) -> None:
    form = {"email": "nonsense", "role": "viewer"}
    alice = signed_in(member("alice", Organization.objects.create(slug="hydro", name="Hydro")))

    page = alice.post("/o/hydro/members/", form, headers={"accept-language": language}).text
    landing = client.get(f"/v/{uuid.uuid4().hex}", headers={"accept-language": language}).text

    assert '<html lang="en' in page
    assert '<html lang="en' in landing
    assert "Enter a valid email address." in page
