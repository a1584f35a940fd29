"""schema.org JSON-LD of a version."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from doi.metadata.citation import to_schema_org
from tests.doi.metadata.samples import complete, polygon, smallest
from tests.doi.metadata.strategies import records

DOI_URL = "https://doi.org/10.5072/3mfp-6m52"
URL = "https://data.example.edu/v/1"


def document(record: dict[str, Any], doi_url: str | None = DOI_URL) -> dict[str, Any]:
    return to_schema_org(record, url=URL, doi_url=doi_url, version="2.0")


def test_the_smallest_record() -> None:
    assert document(smallest()) == {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": DOI_URL,
        "identifier": DOI_URL,
        "url": URL,
        "name": "River stage readings",
        "creator": [
            {"@type": "Person", "name": "Ngozi Okafor", "givenName": "Ngozi", "familyName": "Okafor"}
        ],
        "version": "2.0",
        "datePublished": "2026",
        "publisher": {"@type": "Organization", "name": "Example University"},
    }


def test_without_a_doi_that_resolves_the_landing_page_is_the_id() -> None:
    found = document(smallest(), None)
    assert found["@id"] == URL
    assert "identifier" not in found


def test_the_complete_record() -> None:
    found = document(complete())
    assert found["alternateName"] == "Wasserstände"
    assert found["additionalType"] == "Time series"
    assert found["creator"] == [
        {
            "@type": "Person",
            "@id": "https://orcid.org/0000-0002-1825-0097",
            "name": "Ngozi Okafor",
            "givenName": "Ngozi",
            "familyName": "Okafor",
            "sameAs": "https://orcid.org/0000-0002-1825-0097",
            "affiliation": {
                "@type": "Organization",
                "@id": "https://ror.org/00f54p054",
                "name": "Example University",
                "sameAs": "https://ror.org/00f54p054",
            },
        }
    ]
    assert found["contributor"] == [
        {
            "@type": "Organization",
            "@id": "https://isni.org/isni/0000000121032683",
            "name": "River Office",
            "sameAs": "https://isni.org/isni/0000000121032683",
            "affiliation": {"@type": "Organization", "name": "Ministry of Water"},
        }
    ]
    assert found["description"] == "Daily stage of <one> river & its arms."
    assert found["license"] == "https://creativecommons.org/licenses/by/4.0/legalcode"
    assert found["keywords"] == [
        {
            "@type": "DefinedTerm",
            "@id": "https://example.org/fos/105",
            "name": "Hydrology",
            "termCode": "105.1",
            "inDefinedTermSet": "https://example.org/fos",
        }
    ]
    assert found["inLanguage"] == "en"
    assert found["size"] == "12 MB"
    assert found["encodingFormat"] == "text/csv"
    assert found["datePublished"] == "2026-02-03"
    assert found["temporalCoverage"] == "2020-01-01/2025-12-31"
    assert found["citation"] == {"@type": "CreativeWork", "@id": "https://doi.org/10.1234/abc"}
    assert found["funder"] == [
        {
            "@type": "Organization",
            "@id": "https://doi.org/10.13039/501100000266",
            "name": "Water Research Council",
            "sameAs": "https://doi.org/10.13039/501100000266",
        }
    ]


def test_the_complete_record_leaves_out_nothing_that_schema_org_has_a_place_for() -> None:
    found = document(complete())
    assert found["identifier"] == [
        DOI_URL,
        {"@type": "PropertyValue", "propertyID": "Local accession number", "value": "RS-17"},
    ]
    assert found["funding"] == [
        {
            "@type": "Grant",
            "@id": "https://example.org/awards/1",
            "identifier": "EP/1",
            "name": "Rivers",
            "url": "https://example.org/awards/1",
            "funder": found["funder"][0],
        }
    ]
    assert found["isPartOf"] == [
        {
            "@type": "ScholarlyArticle",
            "@id": "https://doi.org/10.1234/journal",
            "name": "Journal of Rivers",
            "creator": [{"@type": "Person", "name": "Wei Li", "givenName": "Wei", "familyName": "Li"}],
            "datePublished": "2025",
            "publisher": {"@type": "Organization", "name": "River Press"},
            "version": "2",
        },
        {"@type": "CreativeWork", "name": "River Data"},
    ]


def test_a_work_named_twice_is_there_once_with_all_that_is_said_of_it() -> None:
    doi = {"relatedItemIdentifier": "10.1234/a", "relatedItemIdentifierType": "DOI"}
    record = smallest() | {
        "relatedIdentifiers": [
            {"relatedIdentifier": "10.1234/a", "relatedIdentifierType": "DOI", "relationType": "IsPartOf"}
        ],
        "relatedItems": [
            {
                "relatedItemType": "Book",
                "relationType": "IsPublishedIn",
                "relatedItemIdentifier": doi,
                "titles": [{"title": "Rivers"}],
            }
        ],
    }
    assert document(record)["isPartOf"] == {
        "@type": "Book",
        "@id": "https://doi.org/10.1234/a",
        "name": "Rivers",
    }


@pytest.mark.parametrize(
    ("role", "key"),
    [
        ("Editor", "editor"),
        ("Producer", "producer"),
        ("Sponsor", "sponsor"),
        ("RightsHolder", "copyrightHolder"),
        ("Translator", "translator"),
        ("DataCurator", "contributor"),
    ],
)
def test_contributors_stand_where_schema_org_has_a_word_for_what_they_did(role: str, key: str) -> None:
    person = {"name": "River Office", "nameType": "Organizational", "contributorType": role}
    assert document(smallest() | {"contributors": [person]})[key] == [
        {"@type": "Organization", "name": "River Office"}
    ]


def test_rights_without_an_address_are_their_text_and_methods_a_technique() -> None:
    record = smallest() | {
        "rightsList": [{"rights": "All rights reserved"}],
        "descriptions": [{"description": "By gauge.", "descriptionType": "Methods"}],
    }
    assert document(record)["license"] == {"@type": "CreativeWork", "name": "All rights reserved"}
    assert document(record)["measurementTechnique"] == "By gauge."


def test_a_subject_of_no_vocabulary_is_a_word() -> None:
    assert document(smallest() | {"subjects": [{"subject": "Rivers", "lang": "en"}]})["keywords"] == [
        "Rivers"
    ]


def test_places() -> None:
    several = {"geoLocationPolygon": [polygon(), polygon()]}
    record = complete()
    record["geoLocations"] += [{"geoLocationPlace": "Delft"}, several, {}]
    first, second, third = document(record)["spatialCoverage"]
    shape = {"@type": "GeoShape", "polygon": "51.5 4.5 51.5 5 52.25 5 51.5 4.5"}
    assert first == {
        "@type": "Place",
        "name": "Rotterdam",
        "geo": [
            {"@type": "GeoCoordinates", "latitude": 51.9225, "longitude": 4.47917},
            {"@type": "GeoShape", "box": "50.75 3.5 53.5 7"},
            shape,
        ],
    }
    assert second == {"@type": "Place", "name": "Delft"}
    assert third == {"@type": "Place", "geo": shape}


@pytest.mark.parametrize(
    ("relation", "key", "value"),
    [
        ("IsIdenticalTo", "sameAs", "https://doi.org/10.1234/a%23b"),
        ("IsPartOf", "isPartOf", {"@type": "CreativeWork", "@id": "https://doi.org/10.1234/a%23b"}),
        ("HasPart", "hasPart", {"@type": "CreativeWork", "@id": "https://doi.org/10.1234/a%23b"}),
        ("IsNewVersionOf", "successor_of", {"@type": "CreativeWork", "@id": "https://doi.org/10.1234/a%23b"}),
        (
            "IsPreviousVersionOf",
            "predecessor_of",
            {"@type": "CreativeWork", "@id": "https://doi.org/10.1234/a%23b"},
        ),
    ],
)
def test_relations(relation: str, key: str, value: Any) -> None:
    related = {"relatedIdentifier": "10.1234/a#b", "relatedIdentifierType": "DOI", "relationType": relation}
    assert document(smallest() | {"relatedIdentifiers": [related]})[key] == value


@pytest.mark.parametrize(
    ("identifier", "kind"), [("2366-5017", "ISSN"), ("api.example.org", "URL"), ("not a doi", "DOI")]
)
def test_a_relation_to_what_has_no_address_is_left_out(identifier: str, kind: str) -> None:
    related = {"relatedIdentifier": identifier, "relatedIdentifierType": kind, "relationType": "IsPartOf"}
    assert document(smallest() | {"relatedIdentifiers": [related]}) == document(smallest())


@pytest.mark.parametrize(
    ("identifier", "scheme", "link"),
    [
        ("0000-0002-1825-0097", "ORCID", "https://orcid.org/0000-0002-1825-0097"),
        ("orcid.org/0000-0002-1825-0097", "orcid", "https://orcid.org/0000-0002-1825-0097"),
        ("http://d-nb.info/gnd/118611593", "GND", "http://d-nb.info/gnd/118611593"),
        ("118611593", "GND", None),
    ],
)
def test_identifiers_of_people_become_addresses(identifier: str, scheme: str, link: str | None) -> None:
    creator = {
        "name": "Li, Wei",
        "nameType": "Personal",
        "nameIdentifiers": [{"nameIdentifier": identifier, "nameIdentifierScheme": scheme}],
    }
    assert document(smallest() | {"creators": [creator]})["creator"][0].get("@id") == link


def test_without_an_abstract_whatever_describes_the_data_is_the_description() -> None:
    texts = [
        {"description": "How.", "descriptionType": "Methods"},
        {"description": "Why.", "descriptionType": "Other"},
    ]
    assert document(smallest() | {"descriptions": texts})["description"] == "How.\n\nWhy."


@pytest.mark.parametrize(
    ("kind", "named"),
    [("Software", "SoftwareSourceCode"), ("Text", "ScholarlyArticle"), ("Event", "CreativeWork")],
)
def test_what_is_no_dataset_is_not_called_one(kind: str, named: str) -> None:
    assert document(smallest() | {"types": {"resourceTypeGeneral": kind}})["@type"] == named


@settings(deadline=None, max_examples=30)
@given(records("4.7"))
def test_whatever_may_be_sent_has_a_document_without_empty_members(record: dict[str, Any]) -> None:
    found = document(record)
    assert all(found.values())
    json.dumps(found)
