import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from datasets.forms import Editor, fingerprint
from datasets.models import Dataset, Version
from organizations.models import Organization, User
from tests.datasets import make
from tests.datasets.forms.test_editor import typed
from tests.datasets.make import NOW

D = "/o/hydro/datasets/river/"


@pytest.fixture
def bob(hydro: Organization, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(make.person("bob", hydro))


@pytest.fixture
def river(hydro: Organization) -> Dataset:
    return make.dataset(hydro, metadata={**make.METADATA, "formats": ["text/csv"]})


def form(metadata: dict[str, Any], **changes: str) -> dict[str, str]:
    return {"seen": fingerprint(metadata), **typed(Editor.read(metadata), **changes)}


def test_an_edit_changes_the_field_and_keeps_the_rest(bob: Client, river: Dataset) -> None:
    answer = bob.post(D + "edit/", form(river.metadata, titles__0__title="Stage"), follow=True)
    assert "Saved. The metadata is ready for a DOI." in answer.text
    before = river.metadata
    river.refresh_from_db()
    assert river.metadata == {**before, "titles": [{"title": "Stage"}]}


def test_an_edit_that_is_not_ready_is_saved_and_says_so(bob: Client, river: Dataset) -> None:
    answer = bob.post(D + "edit/", form(river.metadata, publicationYear__0__value="20x5"), follow=True)
    assert "Saved. Not ready for a DOI yet" in answer.text
    assert "is not a year" in answer.text
    river.refresh_from_db()
    assert river.metadata["publicationYear"] == "20x5"


def test_buttons_arrange_rows_without_saving(bob: Client, river: Dataset) -> None:
    sent = form(river.metadata, titles__0__title="Half typed")
    added = bob.post(D + "edit/", {**sent, "add": "creators"})
    assert "Not saved yet." in added.text
    assert "Half typed" in added.text
    assert 'name="creators.1.familyName"' in added.text
    moved = bob.post(
        D + "edit/", {**sent, "creators.rows": "2", "creators.1.name": "Water Board", "up": "creators.1"}
    )
    assert 'name="creators.0.name" value="Water Board"' in moved.text
    removed = bob.post(D + "edit/", {**sent, "remove": "creators.0"})
    assert "Okafor" not in removed.text
    assert bob.post(D + "edit/", {**sent, "remove": "creators.x"}).status_code == 200
    river.refresh_from_db()
    assert river.metadata["titles"] == make.METADATA["titles"]


def test_two_people_do_not_overwrite_each_other_unseen(bob: Client, river: Dataset) -> None:
    mine = form(river.metadata, titles__0__title="Mine")
    Dataset.objects.update(metadata={**river.metadata, "titles": [{"title": "Theirs"}]})
    refused = bob.post(D + "edit/", mine)
    assert refused.status_code == 409
    assert "Somebody else saved meanwhile" in refused.text
    assert "Mine" in refused.text
    river.refresh_from_db()
    assert river.title == "Theirs"
    bob.post(D + "edit/", {**mine, "overwrite": "1"})
    river.refresh_from_db()
    assert river.title == "Mine"


def test_a_version_says_only_what_it_says_differently(bob: Client, river: Dataset) -> None:
    version = make.version(river, "1.0")
    there = f"{D}versions/{version.pk}/edit/"
    page = bob.get(there)
    assert "Empty, it is as in the dataset:" in page.text
    assert "River stage readings" in page.text
    bob.post(there, form({}, language__0__value="en"))
    version.refresh_from_db()
    assert version.metadata == {"language": "en"}
    copied = bob.post(there, {**form(version.metadata), "copy": "creators"})
    assert 'value="Okafor"' in copied.text
    bob.post(there, form(version.metadata, language__0__value=""))
    version.refresh_from_db()
    assert version.metadata == {}
    assert Version.objects.count() == 1


def test_all_fields_are_edited_as_json(bob: Client, river: Dataset) -> None:
    page = bob.get(D + "edit/json/")
    assert "text/csv" in page.text
    new = {"titles": [{"title": "Über"}], "sizes": ["3 MB"]}
    bob.post(D + "edit/json/", {"seen": fingerprint(river.metadata), "record": json.dumps(new)})
    river.refresh_from_db()
    assert river.metadata == new


def test_broken_json_names_the_line_and_loses_nothing(bob: Client, river: Dataset) -> None:
    broken = '{\n  "titles": [\n  "half'
    answer = bob.post(D + "edit/json/", {"seen": fingerprint(river.metadata), "record": broken})
    assert answer.status_code == 422
    assert "Line 3, column" in answer.text
    assert "&quot;half" in answer.text
    river.refresh_from_db()
    assert river.metadata["titles"] == make.METADATA["titles"]


def test_json_too_is_kept_from_overwriting_unseen(bob: Client, river: Dataset) -> None:
    sent = {"seen": fingerprint(river.metadata), "record": "{}"}
    Dataset.objects.update(metadata={"titles": [{"title": "Theirs"}]})
    assert bob.post(D + "edit/json/", sent).status_code == 409
    assert Dataset.objects.get().title == "Theirs"
    assert bob.post(D + "edit/json/", {**sent, "overwrite": "1"}).status_code == 302
    assert Dataset.objects.get().metadata == {}


@pytest.mark.parametrize("where", ["edit/", "edit/json/"])
def test_what_is_deleted_is_not_edited(where: str, bob: Client, river: Dataset) -> None:
    Dataset.objects.update(deleted_at=NOW)
    sent = {**form(river.metadata, titles__0__title="New"), "record": "{}"}
    answer = bob.post(D + where, sent)
    assert "restore it before you edit it" in answer.text
    assert answer.status_code < 500
    assert Dataset.objects.get().metadata == river.metadata


def test_an_edit_of_the_real_metadata_form_fits_into_one_request(bob: Client, river: Dataset) -> None:
    many = {**make.METADATA, "creators": [{"name": f"Person {n}"} for n in range(300)]}
    Dataset.objects.update(metadata=many)
    page = bob.get(D + "edit/")
    assert "too long" in page.text
    bob.post(D + "edit/", form(many, titles__0__title="New"))
    river.refresh_from_db()
    assert river.title == "New"
    assert len(river.metadata["creators"]) == 300


def test_an_empty_year_is_the_year_of_the_release(bob: Client, river: Dataset) -> None:
    metadata = {key: value for key, value in river.metadata.items() if key != "publicationYear"}
    Dataset.objects.update(metadata=metadata)
    version = make.version(river, "1.0", released=False)

    def said(page: str) -> str:
        section = bob.get(page).text.partition('id="publicationYear"')[2].partition("</details>")[0]
        return " ".join(section.split())

    assert "Empty, it is: <b>the year in which each version is released</b>" in said(D + "edit/")
    there = f"{D}versions/{version.pk}/edit/"
    assert "Empty, it is: <b>the year in which it is released</b>" in said(there)
    assert "Begin with the dataset" not in said(there)
    Version.objects.update(released_at=datetime(2024, 9, 12, tzinfo=UTC))
    assert "Empty, it is: <b>2024</b>" in said(there)
    Dataset.objects.update(metadata={**metadata, "publicationYear": 2019})
    assert "Empty, it is as in the dataset: <b>2019</b>" in said(there)


def test_what_the_rules_refuse_stands_at_its_input(bob: Client, river: Dataset) -> None:
    wrong = {"nameIdentifierScheme": "ORCID", "nameIdentifier": "0000-0002-1825-0098"}
    isni = {"nameIdentifierScheme": "ISNI", "nameIdentifier": "0000000121032683"}
    creators = [{"name": "Water Board"}, {"name": "Okafor, Ngozi", "nameIdentifiers": [isni, wrong]}]
    Dataset.objects.update(metadata={**river.metadata, "creators": creators})

    page = bob.get(D + "edit/").text

    assert 'href="/o/hydro/datasets/river/edit/#creators-1">Creators 2, ORCID iD</a>' in page
    problem = re.search(r'<div class="error" id="id_creators-1-orcid-problem">(.*?)</div>', page, re.DOTALL)
    assert problem is not None
    assert "ORCID" in problem[1]
    field = re.search(r'<input[^>]*name="creators.1.orcid"[^>]*>', page)
    assert field is not None
    assert 'aria-invalid="true"' in field[0]
    assert 'aria-describedby="id_creators-1-orcid-problem id_creators-1-orcid-hint"' in field[0]
    assert page.count('aria-invalid="true"') == 1


def test_what_is_refused_of_a_list_of_texts_stands_at_its_line(bob: Client, river: Dataset) -> None:
    files = ["https://example.org/1.csv", "files/2.csv"]
    Dataset.objects.update(metadata={**river.metadata, "contentUrl": files})
    page = bob.get(D + "edit/").text
    assert 'id="id_contentUrl-1-value-problem"' in page
    assert page.count('aria-invalid="true"') == 1


def test_licences_are_offered_and_what_has_no_field_is_said(bob: Client, river: Dataset) -> None:
    page = bob.get(D + "edit/").text
    assert '<option value="CC-BY-4.0"></option>' in page
    assert "This page has no fields for polygons, related items" in page


def test_what_is_missing_altogether_stands_at_its_section(bob: Client, river: Dataset) -> None:
    Dataset.objects.update(metadata={"titles": river.metadata["titles"]})
    section = bob.get(D + "edit/").text.partition('id="creators"')[2].partition("</details>")[0]
    assert "No creator is named" in section.partition("<fieldset")[0]
