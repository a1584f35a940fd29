"""Existing DOIs of any shape, from the words a person pastes to the registry and the landing page, without losing a character."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree

from datasets import services
from datasets.models import Version
from doi import clock, names
from doi.address import landing_url
from doi.models import Doi
from doi.sandbox import Sandbox
from doi.sandbox.store import Record
from doi.services import adoption
from doi.services.accounts import OwnAccount
from tests.doi.conftest import drain_all
from tests.doi.landing.page import get, hrefs, json_ld, metas, text
from tests.doi.name_vectors import VECTORS
from tests.factories import doi as make
from tests.support.commands import catalogue, run

pytestmark = pytest.mark.django_db(transaction=True)

# EZID's own test shoulders are test DOIs; these are real ones.
EZID = OwnAccount("ezid", "production", "apiuser", "10.70113/q1", password="secret")
ROWS = [pytest.param(name, link, id=row) for row, name, link, *_verdicts in VECTORS]
AT_EZID = [pytest.param(name, link, id=row) for row, name, link, *_verdicts, ezid in VECTORS if ezid]
NOT_AT_EZID = [pytest.param(name, id=row) for row, name, _link, *_verdicts, ezid in VECTORS if not ezid]
LATER = "Mended title of the readings"


def folded_link(link: str) -> str:
    """A vector's link with the name in lower case: ASCII letters only, and not those of an escape."""
    return re.sub(
        r"%[0-9A-F]{2}|[A-Z]", lambda found: found[0] if found[0][0] == "%" else found[0].lower(), link
    )


def at_registry(sandbox: Sandbox, own: OwnAccount, name: str) -> None:
    """Somebody made `name` there before we came, with a record and a page elsewhere."""
    # Lately: EZID's test identifiers, of which one row is, go after two weeks.
    then = f"{clock.now() - timedelta(days=1):%Y-%m-%dT%H:%M:%S.000Z}"
    status = "findable" if own.provider == "datacite" else "public"
    record = Record(
        own.provider,
        names.fold(name),
        own.account_id.lower(),
        status,
        "https://old.example.org/1",
        then,
        then,
        then,
    )
    sandbox.store.save(record)


def adopted(own: OwnAccount, words: str) -> Version:
    version = make.version(make.dataset(make.configured(own=own, default_on=False)))
    adoption.adopt(version, words, by=make.by())
    drain_all()
    return version


def held(sandbox: Sandbox) -> tuple[str, str, str, str]:
    """The one record there is: name, state, URL and everything it says."""
    (record,) = sandbox.store.all()
    return record.name, record.state, record.url, json.dumps(record.metadata, ensure_ascii=False)


def looked_after(sandbox: Sandbox, version: Version, name: str) -> None:
    """Update and hide reach the record under this very name, and no other record appears."""
    page, folded = landing_url(version.pk), names.fold(name)
    doi = make.doi_of(version)
    assert (doi.name, doi.state, doi.attention) == (folded, "findable", "")
    assert held(sandbox)[:3] == (folded, "findable", page)
    assert "River stage readings" in held(sandbox)[3]

    services.edit_metadata(version.dataset, {**make.METADATA, "titles": [{"title": LATER}]}, by=make.by())
    drain_all()
    assert held(sandbox)[:3] == (folded, "findable", page)
    assert LATER in held(sandbox)[3]

    services.set_visibility(version.dataset, "private", by=make.by())
    drain_all()
    assert held(sandbox)[:3] == (folded, "registered", page)
    assert make.doi_of(version).state == "registered"


@pytest.mark.parametrize(("name", "link"), AT_EZID)
def test_an_ezid_doi_is_adopted_updated_and_hidden(sandbox: Sandbox, name: str, link: str) -> None:
    at_registry(sandbox, EZID, name)

    looked_after(sandbox, adopted(EZID, link), name)


@pytest.mark.parametrize("name", NOT_AT_EZID)
def test_what_ezid_cannot_hold_waits_for_a_person_with_the_reason(sandbox: Sandbox, name: str) -> None:
    doi = make.doi_of(adopted(EZID, name))

    assert (doi.state, doi.attention) == ("planned", "name")
    assert doi.attention_text.startswith("EZID takes")
    assert sandbox.counts()["total"] == 0
    assert drain_all() == 0


def test_a_catalogue_brings_all_of_them_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    place = make.configured(default_on=False)
    for _row, name, *_rest in VECTORS:
        at_registry(sandbox, make.DATACITE, name)
    lines = [
        {
            "type": "dataset",
            "organization": place.slug,
            "slug": f"row-{row.lower()}",
            "visibility": "public",
            "metadata": make.METADATA,
            "versions": [{"number": "1.0", "released": "2020-01-01T00:00:00Z", "doi": name}],
        }
        for row, name, *_rest in VECTORS
    ]

    result = run("import_catalog", catalogue(tmp_path / "catalogue.jsonl", *lines))
    assert (result.code, result.err) == (0, "")
    drain_all()

    expected = {(names.fold(name), "findable", "") for _row, name, *_rest in VECTORS}
    assert set(Doi.objects.values_list("name", "state", "attention")) == expected
    pages = {doi.name: landing_url(doi.landing_id) for doi in Doi.objects.all()}
    assert {record.name: record.url for record in sandbox.store.all()} == pages


# --- the landing page ---------------------------------------------------------------------------------------------


def assert_page_is_whole(version: Version, *, name: str, link: str) -> None:
    page = get(version)
    assert link in hrefs(page)
    assert f"[Data set]. River Lab. {link}" in text(page)
    assert f'<{link}>; rel="cite-as"' in page["Link"]
    assert metas(page)["citation_doi"] == name
    assert metas(page)["DC.identifier"] == link
    assert json_ld(page)["@id"] == link
    assert link in json.dumps(json_ld(page)["identifier"], ensure_ascii=False)


def document(version: Version, file: str) -> str:
    response = Client().get(reverse("landing:document", args=[version.pk, file]))
    assert response.status_code == 200
    return response.content.decode()


def assert_documents_are_whole(version: Version, *, name: str, link: str) -> None:
    assert json.loads(document(version, "csl.json"))["DOI"] == name
    assert f"DO  - {name}\n" in document(version, "citation.ris").replace("\r\n", "\n")
    tree = etree.fromstring(document(version, "datacite.xml").encode())
    assert tree.findtext("{*}identifier") == name
    assert json.loads(document(version, "datacite.json"))["doi"] == name
    assert link in document(version, "citation.bib").replace("\\", "")


@pytest.mark.parametrize(("name", "link"), ROWS)
def test_a_datacite_doi_is_adopted_shown_updated_and_hidden(sandbox: Sandbox, name: str, link: str) -> None:
    at_registry(sandbox, make.DATACITE, name)
    version = adopted(make.DATACITE, name)
    folded, shown = names.fold(name), folded_link(link)

    assert_page_is_whole(version, name=folded, link=shown)
    assert_documents_are_whole(version, name=folded, link=shown)
    looked_after(sandbox, version, name)
    assert shown in hrefs(get(version)), "a hidden DOI leads here too"
