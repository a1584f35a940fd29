"""What DataCite keeps of a request's body and what it shows of it (registry protocols, 1.2)."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from doi.sandbox import Sandbox
from doi.sandbox.clock import iso
from doi.sandbox.kernel.words import words
from tests.doi.sandbox.calls import COMPLETE, NAME, URL, attributes_of, body, datacite, draft
from tests.support.sandbox import sandbox_with

SHOWN = words(
    "doi prefix suffix identifiers alternateIdentifiers creators titles publisher container publicationYear subjects"
    " contributors dates language types relatedIdentifiers relatedItems sizes formats version rightsList descriptions"
    " geoLocations fundingReferences xml url contentUrl metadataVersion schemaVersion source isActive state reason"
    " landingPage viewCount viewsOverTime downloadCount downloadsOverTime referenceCount citationCount"
    " citationsOverTime partCount partOfCount versionCount versionOfCount created registered published updated"
)
RELATIONSHIPS = words("client provider media references citations parts partOf versions versionOf")
RECORD = (
    '<resource xmlns="http://datacite.org/schema/kernel-4"><identifier identifierType="DOI">10.1/X</identifier>'
    "<creators><creator><creatorName>Sent as XML</creatorName></creator></creators><titles><title>T</title></titles>"
    "<publisher>P</publisher><publicationYear>2025</publicationYear>"
    '<resourceType resourceTypeGeneral="Dataset">Readings</resourceType></resource>'
)


@pytest.fixture
def sandbox() -> Sandbox:
    return sandbox_with()


def read(sandbox: Sandbox, query: str = "") -> dict[str, Any]:
    return attributes_of(datacite(sandbox).get(f"/dois/{NAME}{query}"))


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def unpacked(shown: dict[str, Any]) -> str:
    return base64.b64decode(shown["xml"]).decode()


def test_a_record_has_all_its_attributes_and_relationships(sandbox: Sandbox) -> None:
    data = datacite(sandbox).post("/dois", json=body(doi=NAME.upper())).json()["data"]

    assert data["attributes"].keys() == SHOWN
    assert data["relationships"].keys() == RELATIONSHIPS
    assert (data["id"], data["type"]) == (NAME, "dois")
    assert [data["attributes"][key] for key in ("doi", "prefix", "suffix")] == [NAME, *NAME.split("/")]
    assert data["relationships"]["client"]["data"] == {"id": "org.repo", "type": "clients"}
    assert (data["attributes"]["xml"], data["attributes"]["source"]) == (None, "api")


def test_times_are_those_of_the_clock() -> None:
    now = datetime(2027, 2, 3, 4, 5, 6, 700_000, tzinfo=UTC)
    sandbox = sandbox_with(clock=lambda: now)
    created = datacite(sandbox).post("/dois", json=body(doi=NAME, **COMPLETE))
    began, now = iso(now), now.replace(hour=9)

    shown = attributes_of(datacite(sandbox).put(f"/dois/{NAME}", json=body(event="publish")))

    assert created.headers["Date"] == "Wed, 03 Feb 2027 04:05:06 GMT"
    assert [shown[key] for key in ("created", "registered", "published", "updated")] == [
        began,
        *[iso(now)] * 3,
    ]


# Attributes as they are sent, and as they are shown where that differs.
SENT: list[tuple[str, Any, Any]] = [
    ("url", "ftp://data.example.edu/x", None),
    ("titles", [{"title": "T", "lang": "en"}], None),
    ("publisher", "Example University", None),
    ("publisher", {"name": "Example University", "lang": "en"}, "Example University"),
    ("publicationYear", "2026", 2026),
    ("types", {"resourceTypeGeneral": "Dataset", "ris": "X"},
     {"resourceTypeGeneral": "Dataset", "ris": "X", "bibtex": "misc", "citeproc": "dataset", "schemaOrg": "Dataset"}),
    ("subjects", [{"subject": "rivers"}], None),
    ("dates", [{"date": "2026-01-01/2026-02-01", "dateType": "Collected"}], None),
    ("language", "eng", "en"),
    ("language", "de-AT", "de"),
    ("identifiers", [{"identifier": "x", "identifierType": "local"}, {"identifier": NAME, "identifierType": "DOI"}],
     [{"identifier": "x", "identifierType": "local"}]),
    ("sizes", ["3 MB"], None),
    ("contentUrl", ["https://data.example.edu/x.csv"], None),
    ("container", {"type": "Series", "title": "Rivers"}, None),
    ("version", "1.0", None),
    ("reason", "withdrawn by its authors", None),
    ("source", "our product", None),
    ("geoLocations", [{"geoLocationPoint": {"pointLatitude": "1.5", "pointLongitude": "2"}}],
     [{"geoLocationPoint": {"pointLatitude": 1.5, "pointLongitude": 2.0}}]),
    ("rightsList", [{"rightsIdentifier": "CC-BY-4.0"}],
     [{"rightsIdentifier": "cc-by-4.0", "rights": "Creative Commons Attribution 4.0 International",
       "rightsUri": "https://creativecommons.org/licenses/by/4.0/legalcode",
       "rightsIdentifierScheme": "SPDX", "schemeUri": "https://spdx.org/licenses/"}]),
    ("rightsList", [{"rights": "Ask us"}], None),
    ("descriptions", {"description": "D", "descriptionType": "Abstract"},
     [{"description": "D", "descriptionType": "Abstract"}]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("attribute", "sent", "shown"),
    [pytest.param(*row, id=f"{row[0]}, {'shown otherwise' if row[2] else 'as sent'}") for row in SENT],
)
def test_an_attribute_is_shown(sandbox: Sandbox, attribute: str, sent: Any, shown: Any) -> None:
    draft(sandbox, **{attribute: sent})

    assert read(sandbox)[attribute] == (sent if shown is None else shown)


@pytest.mark.parametrize("cleared", [None, []], ids=["null", "empty"])
@pytest.mark.parametrize("attribute", ["url", "titles", "subjects", "publisher", "version", "language"])
def test_null_and_empty_clear_an_attribute_and_no_other(
    sandbox: Sandbox, attribute: str, cleared: object
) -> None:
    whole = {**COMPLETE, "subjects": [{"subject": "rivers"}], "version": "1", "language": "en"}
    draft(sandbox, **whole)
    before = read(sandbox)

    datacite(sandbox).put(f"/dois/{NAME}", json=body(**{attribute: cleared}))

    shown = read(sandbox)
    assert not shown[attribute]
    changed = {attribute, "metadataVersion", "updated", "xml"}
    assert {key: shown[key] for key in SHOWN - changed} == {key: before[key] for key in SHOWN - changed}


def test_an_array_is_replaced_whole_and_an_unknown_attribute_dropped(sandbox: Sandbox) -> None:
    draft(sandbox, subjects=[{"subject": "rivers"}, {"subject": "tides"}])

    datacite(sandbox).put(f"/dois/{NAME}", json=body(subjects=[{"subject": "lakes"}], colour="red"))

    assert read(sandbox)["subjects"] == [{"subject": "lakes"}]
    assert "colour" not in read(sandbox)


def test_alternate_identifiers_are_another_word_for_identifiers(sandbox: Sandbox) -> None:
    alternate = [{"alternateIdentifier": "x", "alternateIdentifierType": "local"}]
    draft(sandbox, alternateIdentifiers=alternate)

    assert read(sandbox)["identifiers"] == [{"identifier": "x", "identifierType": "local"}]
    assert read(sandbox)["alternateIdentifiers"] == alternate


def test_a_field_of_science_is_put_beside_a_subject(sandbox: Sandbox) -> None:
    draft(sandbox, subjects=[{"subject": "mathematics"}])

    assert [each["subject"] for each in read(sandbox)["subjects"]] == ["mathematics", "FOS: Mathematics"]


@pytest.mark.parametrize(
    ("query", "publisher", "affiliation"),
    [
        ("", "Example University", ["Example University"]),
        ("?publisher=true", {"name": "Example University"}, ["Example University"]),
        ("?affiliation=true", "Example University", [{"name": "Example University"}]),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_objects_are_shown_on_demand(
    sandbox: Sandbox, method: str, query: str, publisher: object, affiliation: object
) -> None:
    draft(sandbox, **COMPLETE)

    shown = attributes_of(datacite(sandbox).request(method, f"/dois/{NAME}{query}", json=body(event="none")))

    assert shown["publisher"] == publisher
    assert shown["creators"][0]["affiliation"] == affiliation


# --- XML --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
def test_xml_is_made_from_the_attributes(sandbox: Sandbox, method: str) -> None:
    answer = datacite(sandbox).post("/dois", json=body(doi=NAME, **COMPLETE))
    if method != "POST":
        answer = datacite(sandbox).request(method, f"/dois/{NAME}", json=body(url=URL))

    xml = unpacked(attributes_of(answer))

    assert f'<identifier identifierType="DOI">{NAME.upper()}</identifier>' in xml
    assert "<title>River stage readings</title>" in xml


@pytest.mark.parametrize(
    "content",
    [RECORD, json.dumps({"creators": [{"name": "Sent as XML"}], "titles": [{"title": "T"}]})],
    ids=["DataCite XML", "DataCite JSON"],
)
def test_a_record_may_come_in_one_piece(sandbox: Sandbox, content: str) -> None:
    draft(sandbox, **COMPLETE, xml="")
    before = datacite(sandbox).post("/dois", json=body(doi="10.70112/new", xml=packed(content)))

    shown = attributes_of(before)

    assert [each["name"] for each in shown["creators"]] == ["Sent as XML"]
    assert shown["titles"] == [{"title": "T"}]
    assert '<identifier identifierType="DOI">10.70112/NEW</identifier>' in unpacked(shown)


def test_xml_replaces_what_was_there_and_attributes_beside_it_win(sandbox: Sandbox) -> None:
    draft(sandbox, **COMPLETE, version="1")
    client = datacite(sandbox)

    alone = attributes_of(client.put(f"/dois/{NAME}", json=body(xml=packed(RECORD))))
    beside = attributes_of(
        client.put(f"/dois/{NAME}", json=body(xml=packed(RECORD), titles=[{"title": "Sent as JSON"}]))
    )

    assert (alone["version"], alone["publisher"], alone["publicationYear"]) == (None, "P", 2025)
    assert beside["titles"] == [{"title": "Sent as JSON"}]
    assert [each["name"] for each in beside["creators"]] == ["Sent as XML"]
    assert "<title>Sent as JSON</title>" in unpacked(beside)


def test_xml_is_judged_when_it_is_published(sandbox: Sandbox) -> None:
    bad = RECORD.replace("<publicationYear>2025", "<publicationYear>20x5")
    client = datacite(sandbox)

    good = client.post("/dois", json=body(doi=NAME, url=URL, xml=packed(RECORD), event="publish"))
    refused = client.post("/dois", json=body(doi="10.70112/x", url=URL, xml=packed(bad), event="publish"))

    assert attributes_of(good)["state"] == "findable"
    assert [error["source"] for error in refused.json()["errors"]] == ["publication_year"]


@pytest.mark.parametrize(
    ("sent", "version"),
    [
        ({"titles": [{"title": "Another"}]}, 1),
        ({"titles": COMPLETE["titles"]}, 0),
        ({"url": "https://new.example/"}, 0),
        ({"event": "publish"}, 0),
        ({"schemaVersion": "http://datacite.org/schema/kernel-4.5"}, 0),
        ({"xml": packed(RECORD)}, 1),
    ],
    ids=["changed", "sent again", "URL", "event", "schemaVersion", "XML"],
)
def test_each_changed_xml_has_a_number(sandbox: Sandbox, sent: dict[str, Any], version: int) -> None:
    draft(sandbox, **COMPLETE)
    assert read(sandbox)["metadataVersion"] == 0

    datacite(sandbox).put(f"/dois/{NAME}", json=body(**sent))

    assert read(sandbox)["metadataVersion"] == version


# --- Validation, and the change log -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "sources"),
    [
        ({**COMPLETE}, []),
        ({"xml": packed(RECORD)}, []),
        ({**COMPLETE, "titles": []}, ["titles"]),
        ({**COMPLETE, "titles": ["T"]}, ["titles"]),
        ({**COMPLETE, "doi": "10.70112/a b"}, ["doi"]),
        ({**COMPLETE, "url": "nonsense"}, ["url"]),
    ],
    ids=["complete", "complete XML", "incomplete", "structure", "name", "url"],
)
def test_validation_answers_200_with_a_resource_or_errors_and_stores_nothing(
    sandbox: Sandbox, sent: dict[str, Any], sources: list[str]
) -> None:
    answer = datacite(sandbox).post("/dois/validate", json=body(**{"doi": NAME} | sent))

    assert answer.status_code == 200
    assert [error["source"] for error in answer.json().get("errors", [])] == sources
    assert ("data" in answer.json()) is not bool(sources)
    assert sandbox.records() == []


def test_activities_tell_what_moved_the_state_newest_first(sandbox: Sandbox) -> None:
    draft(sandbox, **COMPLETE)
    datacite(sandbox).put(f"/dois/{NAME}", json=body(event="publish"))

    document = datacite(sandbox).get(f"/dois/{NAME}/activities").json()

    told = [(each["attributes"]["action"], each["attributes"]["changes"]) for each in document["data"]]
    assert told == [("update", {"aasm_state": ["draft", "findable"]}), ("create", {"aasm_state": "draft"})]
    assert document["meta"] == {"total": 2, "totalPages": 1, "page": 1}
