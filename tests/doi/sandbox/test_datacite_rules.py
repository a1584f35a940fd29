"""What DataCite's stand-in refuses on the way out of draft, and what it lets through."""

from typing import Any

import pytest

from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account
from doi.sandbox.datacite.rules import host_allowed
from tests.doi.sandbox.calls import COMPLETE, NAME, URL, attributes_of, body, datacite, draft
from tests.support.sandbox import sandbox_with

KERNEL_4 = "http://datacite.org/schema/kernel-4"
PLACE = {"pointLatitude": 91, "pointLongitude": 0}
POLYGON = [{"polygonPoint": {"pointLatitude": 1, "pointLongitude": number}} for number in range(3)]


@pytest.mark.parametrize(
    ("url", "draft_error", "publish_error"),
    [
        ("", None, "Can't be blank"),
        ("mailto:a@b.example", "URL is not valid", "URL is not valid"),
        ("https://a b.example/", "URL is not valid", "URL is not valid"),
        (
            "https://elsewhere.example/1",
            None,
            "URL https://elsewhere.example/1 is not allowed by repository ORG.REPO domain settings.",
        ),
        ("https://data.example.edu/1", None, None),
    ],
)
def test_the_host_counts_only_outside_draft(
    url: str, draft_error: str | None, publish_error: str | None
) -> None:
    sandbox = Sandbox([Account("datacite", "ORG.REPO", "secret", ("10.70112",), domains="data.example.edu")])
    client = datacite(sandbox)

    for event, expected in ((None, draft_error), ("publish", publish_error)):
        answer = client.post(
            "/dois", json=body(doi=f"10.70112/{event}", **COMPLETE | {"url": url, "event": event})
        )
        errors = answer.json().get("errors", [{"title": None}])
        assert [error["title"] for error in errors] == [expected]


@pytest.mark.parametrize(
    ("url", "domains", "allowed"),
    [
        ("https://a.example.org/", "*.example.org", True),
        ("https://example.org/", "*.example.org", False),
        ("https://example.org:8000/x", "example.org", True),
        ("https://Example.org/", "example.org", False),
        ("https://b.example/", "a.example, b.example", False),
        ("https://b.example/", "a.example,b.example", True),
        ("https://b.example/", "*", True),
        ("https://b.example/", "", True),
    ],
)
def test_the_domain_rule_is_taken_to_the_letter(url: str, domains: str, *, allowed: bool) -> None:
    assert host_allowed(url, domains=domains) is allowed


@pytest.mark.parametrize(
    ("changed", "source"),
    [
        ({"creators": []}, "creators"),
        ({"titles": []}, "titles"),
        ({"publisher": None}, "publisher"),
        ({"publisher": {"name": "P", "colour": "red"}}, "publisher"),
        ({"publicationYear": "20x5"}, "publication_year"),
        ({"publicationYear": None}, "publication_year"),
        ({"types": {"resourceType": "Thing"}}, "xml"),
        # A bad word is answered under its attribute, which is not the name of any field.
        ({"types": {"resourceTypeGeneral": "dataset"}}, "resourceType', attribute 'resourceTypeGeneral"),
        ({"creators": [{"name": "A", "nameType": "Robot"}]}, "creatorName', attribute 'nameType"),
        ({"titles": [{"title": "T", "titleType": "Best"}]}, "title', attribute 'titleType"),
        ({"contributors": [{"name": "A"}]}, "contributors"),
        ({"contributors": [{"name": "A", "contributorType": "Funder"}]}, "contributors"),
        ({"contributors": [{"name": "", "contributorType": "Editor"}]}, "contributorName"),
        ({"dates": [{"date": "2026", "dateType": "Made"}]}, "date', attribute 'dateType"),
        (
            {"descriptions": [{"description": "D", "descriptionType": "Long"}]},
            "description', attribute 'descriptionType",
        ),
        (
            {"relatedIdentifiers": [{"relatedIdentifier": "x", "relatedIdentifierType": "DOI"}]},
            "relatedIdentifier",
        ),
        (
            {"relatedItems": [{"relatedItemType": "Book", "relationType": "IsFriendOf"}]},
            "relatedItem', attribute 'relationType",
        ),
        ({"fundingReferences": [{"awardTitle": "A"}]}, "funderName"),
        ({"fundingReferences": [{"funderName": "F", "funderIdentifier": "x"}]}, "funderIdentifier"),
        ({"geoLocations": [{"geoLocationPoint": PLACE}]}, "pointLatitude"),
        ({"geoLocations": [{"geoLocationPolygon": POLYGON}]}, "geoLocationPolygon"),
        ({"language": "not a language"}, "language"),
    ],
)
def test_incomplete_metadata_stops_the_publication_at_its_field(changed: dict[str, Any], source: str) -> None:
    sandbox = sandbox_with()

    answer = datacite(sandbox).post("/dois", json=body(doi=NAME, **COMPLETE | changed, event="publish"))

    assert answer.status_code == 422
    assert source in [error["source"] for error in answer.json()["errors"]]
    assert all(error["uid"] == NAME and "status" not in error for error in answer.json()["errors"])


@pytest.mark.parametrize(
    "changed",
    [
        {"dates": [{"date": "2026"}]},
        {"descriptions": [{"description": "D"}]},
        {"identifiers": [{"identifier": "x"}]},
        {"creators": [{"name": ""}]},
    ],
)
def test_what_the_registry_fills_in_by_itself_is_published(changed: dict[str, Any]) -> None:
    answer = datacite(sandbox_with()).post(
        "/dois", json=body(doi=NAME, **COMPLETE | changed, event="publish")
    )

    assert (answer.status_code, attributes_of(answer)["state"]) == (201, "findable")


def test_a_draft_may_hold_what_the_schema_refuses() -> None:
    sandbox = sandbox_with()

    draft(sandbox, **COMPLETE | {"creators": [], "publicationYear": "20x5"})


@pytest.mark.parametrize(
    ("stored", "sent", "status", "source"),
    [
        # The table of registries.md 1.4: which of the two validators runs, and what slips between them.
        ({"schemaVersion": KERNEL_4}, {}, 422, "creators"),
        ({"version": "1"}, {}, 422, "creators"),
        ({"schemaVersion": f"{KERNEL_4}.5"}, {}, 200, None),
        ({"schemaVersion": f"{KERNEL_4}.5"}, {"version": "2"}, 422, "metadata"),
        ({"schemaVersion": "http://datacite.org/schema/kernel-3"}, {}, 422, "xml"),
        ({}, {}, 422, "xml"),
    ],
)
def test_an_incomplete_draft_is_judged_by_its_schema_version(
    stored: dict[str, str], sent: dict[str, str], status: int, source: str | None
) -> None:
    sandbox = sandbox_with()
    draft(sandbox, url=URL, **stored)

    answer = datacite(sandbox).put(f"/dois/{NAME}", json=body(event="publish", **sent))

    assert answer.status_code == status
    assert (answer.json()["errors"][0]["source"] if source else None) == source


def test_a_new_findable_record_without_a_schema_version_gets_the_short_error() -> None:
    sandbox = sandbox_with()

    answer = datacite(sandbox).post("/dois", json=body(doi=NAME, url=URL, version="1", event="publish"))

    assert answer.json() == {"errors": [{"source": "metadata", "title": "Is invalid", "uid": NAME}]}


def test_metadata_and_event_may_come_in_one_request() -> None:
    sandbox = sandbox_with()
    draft(sandbox, url=URL)

    answer = datacite(sandbox).put(f"/dois/{NAME}", json=body(**COMPLETE, event="register"))

    assert attributes_of(answer)["state"] == "registered"
    assert attributes_of(answer)["registered"] is not None
