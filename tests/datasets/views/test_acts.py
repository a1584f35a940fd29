"""Each act: its page says what will happen, its button does it, and a refusal is one sentence."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from datasets.models import Dataset, Version
from organizations.models import Organization, User
from tests.datasets import make
from tests.datasets.make import NOW

D = "/o/hydro/datasets/river/"


@pytest.fixture
def bob(hydro: Organization, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(make.person("bob", hydro))


@pytest.fixture
def river(hydro: Organization) -> Dataset:
    return make.dataset(hydro)


def at(version: Version, act: str) -> str:
    return f"{D}versions/{version.pk}/{act}/"


def test_a_version_is_made_released_and_unreleased(bob: Client, river: Dataset) -> None:
    assert bob.post(D + "versions/", {"number": "1.0"}).status_code == 302
    version = Version.objects.get()
    page = bob.get(at(version, "release"))
    assert "What will happen" in page.text
    assert "no DOI: DOI issuance is off" in page.text
    done = bob.post(at(version, "release"), follow=True)
    assert "Version 1.0 is released." in done.text
    version.refresh_from_db()
    assert version.released_at is not None
    assert "nothing happens at a registry" in bob.get(at(version, "unrelease")).text
    assert "Version 1.0 is unreleased." in bob.post(at(version, "unrelease"), follow=True).text
    version.refresh_from_db()
    assert version.released_at is None


def test_a_number_that_is_taken_is_said_on_the_page(bob: Client, river: Dataset) -> None:
    make.version(river, "1.0")
    page = bob.post(D + "versions/", {"number": "1.0"})
    assert page.status_code == 422
    assert "has a version 1.0 already" in page.text
    assert bob.post(D + "versions/", {"number": ""}).status_code == 422
    assert Version.objects.count() == 1


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        ("release", "is released already"),
        ("unrelease", "Only the current version"),
        ("restore", "is not deleted"),
    ],
)
def test_an_act_that_is_refused_says_why_and_has_no_button(
    act: str, sentence: str, bob: Client, river: Dataset
) -> None:
    old = make.version(river, "1.0")
    make.version(river, "2.0")
    page = bob.get(at(old, act))
    assert sentence in page.text
    assert 'class="button primary"' not in page.text
    assert "Back to the dataset" in page.text
    refused = bob.post(at(old, act))
    assert refused.status_code == 409
    assert sentence in refused.text


def test_the_current_version_cannot_be_deleted_and_an_older_one_can_and_comes_back(
    bob: Client, river: Dataset
) -> None:
    old, current = make.version(river, "1.0"), make.version(river, "2.0")
    assert "This is the current version" in bob.get(at(current, "delete")).text
    assert bob.post(at(current, "delete")).status_code == 409
    assert "Delete version 1.0" in bob.get(at(old, "delete")).text
    assert "Version 1.0 is deleted." in bob.post(at(old, "delete"), follow=True).text
    old.refresh_from_db()
    assert old.deleted_at is not None
    assert "Restore" in bob.get(D).text
    assert "Version 1.0 is restored." in bob.post(at(old, "restore"), follow=True).text
    old.refresh_from_db()
    assert old.deleted_at is None


def test_an_unreleased_version_is_removed(bob: Client, river: Dataset) -> None:
    version = make.version(river, "1.0", released=False)
    page = bob.get(at(version, "delete"))
    assert "Remove version 1.0" in page.text
    assert "This cannot be undone." in page.text
    bob.post(at(version, "delete"))
    assert not Version.objects.exists()


def test_restoring_an_unreleased_version_beside_another_is_refused_with_a_sentence(
    bob: Client, river: Dataset
) -> None:
    kept = make.version(river, "1.0", released=False, deleted=True)
    make.version(river, "1.1", released=False)
    answer = bob.post(at(kept, "restore"))
    assert answer.status_code == 409
    assert "unreleased version already" in answer.text


def test_visibility_is_switched_both_ways_after_saying_who_sees_what(bob: Client, river: Dataset) -> None:
    assert "private" in bob.get(D + "visibility/").text
    bob.post(D + "visibility/")
    river.refresh_from_db()
    assert river.visibility == "private"
    assert "Everybody can read its landing pages" in bob.get(D + "visibility/").text
    bob.post(D + "visibility/")
    river.refresh_from_db()
    assert river.visibility == "public"


def test_deleting_a_dataset_asks_for_its_short_name_and_can_be_taken_back(
    bob: Client, river: Dataset
) -> None:
    make.version(river, "1.0")
    page = bob.get(D + "delete/")
    assert "Type river to confirm" in page.text
    assert "0 DOIs" not in page.text
    assert "0 permanent" not in page.text
    wrong = bob.post(D + "delete/", {"slug": "danube"})
    assert wrong.status_code == 422
    assert "not the short name of this dataset" in wrong.text
    done = bob.post(D + "delete/", {"slug": "river"}, follow=True)
    assert "This dataset is deleted" in done.text
    assert "0 " not in " ".join(re.findall(r"<span>(\d+ [^<]*)</span>", bob.get(D + "restore/").text))
    river.refresh_from_db()
    assert river.deleted_at is not None
    assert bob.post(D + "delete/", {"slug": "river"}).status_code == 409
    assert bob.post(D + "visibility/").status_code == 409
    back = bob.post(D + "restore/", follow=True)
    assert "The dataset is restored" in back.text
    assert bob.post(D + "restore/").status_code == 409
    assert Version.objects.get().deleted_at is None


def test_a_deleted_dataset_offers_only_its_restoring(bob: Client, river: Dataset) -> None:
    version = make.version(river, "1.0")
    Dataset.objects.update(deleted_at=NOW)
    page = bob.get(D).text
    assert "Restore it" in page
    assert "Edit metadata" not in page
    assert str(version.pk) + "/unrelease" not in page


def test_a_forged_post_without_its_token_is_refused(hydro: Organization, river: Dataset) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make.person("bob", hydro))
    assert browser.post(D + "delete/", {"slug": "river"}).status_code == 403
    river.refresh_from_db()
    assert river.deleted_at is None


@pytest.mark.parametrize(
    ("act", "number"), [("release", "1.2"), ("unrelease", "1.1"), ("delete", "1.0"), ("restore", "0.9")]
)
def test_each_act_on_a_version_names_its_dataset_and_leads_back(
    bob: Client, river: Dataset, act: str, number: str
) -> None:
    make.version(river, "0.9", deleted=True)
    for earlier in ("1.0", "1.1"):
        make.version(river, earlier)
    make.version(river, "1.2", released=False)
    page = bob.get(at(Version.objects.get(number=number), act)).text
    above, _begin, head = page.partition('<form method="post" class="card')[0].partition("<h1")
    assert f'<a href="{D}">River stage readings</a>' in above
    assert "River stage readings" in head
    assert page.count("<h1") == 1
