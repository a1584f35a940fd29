"""Where DataCite's XSD is blind the local rules see, and what it refuses they refuse, each at a person's field."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from doi.kernel4 import Kernel
from doi.metadata import normalise, problems, to_datacite, to_xml
from tests.doi.metadata.samples import point, polygon, smallest

PERSON = {"name": "Li, Wei"}
ITEM = {"relatedItemType": "Journal", "relationType": "IsPublishedIn", "titles": [{"title": "A"}]}
RELATED = {"relatedIdentifier": "10.1234/a", "relatedIdentifierType": "DOI", "relationType": "Cites"}

type Row = tuple[str, dict[str, Any], str]

XSD_ACCEPTS: list[Row] = [
    ("empty title", {"titles": [{"title": ""}, {"title": "A"}]}, "titles[0].title"),
    ("empty creator name", {"creators": [{"name": ""}]}, "creators[0].name"),
    ("year 0000", {"publicationYear": 0}, "publicationYear"),
    ("any text as a date", {"dates": [{"date": "last spring", "dateType": "Issued"}]}, "dates[0].date"),
    (
        "name identifier without scheme",
        {"creators": [PERSON | {"nameIdentifiers": [{"nameIdentifier": "118611593"}]}]},
        "creators[0].nameIdentifiers[0].nameIdentifierScheme",
    ),
    (
        "empty affiliation",
        {"creators": [PERSON | {"affiliation": [{"name": " "}]}]},
        "creators[0].affiliation[0].name",
    ),
    ("empty rights", {"rightsList": [{"lang": "en"}]}, "rightsList[0].rights"),
    (
        "empty related identifier",
        {"relatedIdentifiers": [RELATED | {"relatedIdentifier": ""}]},
        "relatedIdentifiers[0].relatedIdentifier",
    ),
    ("empty geoLocation", {"geoLocations": [{}]}, "geoLocations[0]"),
    (
        "empty description",
        {"descriptions": [{"description": "", "descriptionType": "Other"}]},
        "descriptions[0].description",
    ),
    ("empty subject", {"subjects": [{"subject": ""}]}, "subjects[0].subject"),
    ("empty size", {"sizes": [""]}, "sizes[0]"),
    ("empty funder name", {"fundingReferences": [{"funderName": " "}]}, "fundingReferences[0].funderName"),
    ("related item without titles", {"relatedItems": [{**ITEM, "titles": []}]}, "relatedItems[0].titles"),
    (
        "identifier of a related item without type",
        {"relatedItems": [ITEM | {"relatedItemIdentifier": {"relatedItemIdentifier": "1"}}]},
        "relatedItems[0].relatedItemIdentifier.relatedItemIdentifierType",
    ),
    (
        "polygon that is not closed",
        {"geoLocations": [{"geoLocationPolygon": [*polygon()[:3], {"polygonPoint": point(4, 52)}]}]},
        "geoLocations[0].geoLocationPolygon",
    ),
    (
        "two licences in one",
        {
            "rightsList": [
                {
                    "rightsIdentifier": "CC0-1.0",
                    "rightsIdentifierScheme": "SPDX",
                    "rightsUri": "https://creativecommons.org/licenses/by/4.0/",
                }
            ]
        },
        "rightsList[0].rightsUri",
    ),
    (
        "the name of another licence",
        {
            "rightsList": [
                {"rightsIdentifier": "MIT", "rightsIdentifierScheme": "SPDX", "rights": "Apache License 2.0"}
            ]
        },
        "rightsList[0].rights",
    ),
    (
        "funder that is in no registry of funders",
        {
            "fundingReferences": [
                {
                    "funderName": "A",
                    "funderIdentifier": "https://doi.org/10.1234/a",
                    "funderIdentifierType": "Crossref Funder ID",
                }
            ]
        },
        "fundingReferences[0].funderIdentifier",
    ),
]
"""Section 2.1 of the registries' description, left column, and what else the XSD lets pass."""

XSD_REFUSES: list[Row] = [
    ("no creators", {"creators": []}, "creators"),
    ("no titles", {"titles": None}, "titles"),
    ("no publisher", {"publisher": None}, "publisher"),
    ("no year", {"publicationYear": None}, "publicationYear"),
    ("no type", {"types": None}, "types"),
    ("three digits", {"publicationYear": 999}, "publicationYear"),
    ("five digits", {"publicationYear": 20260}, "publicationYear"),
    ("empty publisher", {"publisher": {"name": ""}}, "publisher.name"),
    ("date without type", {"dates": [{"date": "2020"}]}, "dates[0].dateType"),
    ("description without type", {"descriptions": [{"description": "A"}]}, "descriptions[0].descriptionType"),
    ("type in wrong case", {"types": {"resourceTypeGeneral": "DATASET"}}, "types.resourceTypeGeneral"),
    ("unknown type", {"types": {"resourceTypeGeneral": "Map"}}, "types.resourceTypeGeneral"),
    (
        "contributor Funder",
        {"contributors": [PERSON | {"contributorType": "Funder"}]},
        "contributors[0].contributorType",
    ),
    ("language of no form", {"language": "german language"}, "language"),
    ("no URI", {"subjects": [{"subject": "A", "schemeUri": "%"}]}, "subjects[0].schemeUri"),
    (
        "related identifier without relation",
        {"relatedIdentifiers": [{"relatedIdentifier": "10.1234/a", "relatedIdentifierType": "DOI"}]},
        "relatedIdentifiers[0].relationType",
    ),
    (
        "alternate identifier without type",
        {"alternateIdentifiers": [{"alternateIdentifier": "1"}]},
        "alternateIdentifiers[0].alternateIdentifierType",
    ),
    (
        "latitude 90.5",
        {"geoLocations": [{"geoLocationPoint": point(0, 90.5)}]},
        "geoLocations[0].geoLocationPoint.pointLatitude",
    ),
    (
        "longitude 180.5",
        {"geoLocations": [{"geoLocationPoint": point(180.5, 0)}]},
        "geoLocations[0].geoLocationPoint.pointLongitude",
    ),
    (
        "polygon of three",
        {"geoLocations": [{"geoLocationPolygon": polygon()[:3]}]},
        "geoLocations[0].geoLocationPolygon",
    ),
    ("no funder name", {"fundingReferences": [{"awardNumber": "1"}]}, "fundingReferences[0].funderName"),
    (
        "funder identifier without type",
        {"fundingReferences": [{"funderName": "A", "funderIdentifier": "EXC 2033"}]},
        "fundingReferences[0].funderIdentifierType",
    ),
    (
        "related item without relation",
        {"relatedItems": [{"relatedItemType": "Journal", "titles": [{"title": "A"}]}]},
        "relatedItems[0].relationType",
    ),
]

API_REFUSES: list[Row] = [
    ("rights of 2,001", {"rightsList": [{"rights": "x" * 2001}]}, "rightsList[0].rights"),
    ("version of 192", {"version": "1" * 192}, "version"),
    ("contributor without type", {"contributors": [PERSON]}, "contributors[0].contributorType"),
    (
        "unknown contributor type",
        {"contributors": [PERSON | {"contributorType": "Author"}]},
        "contributors[0].contributorType",
    ),
    ("title as text", {"titles": ["A"]}, "titles[0]"),
    ("creator as text", {"creators": ["A"]}, "creators[0]"),
    ("language with underscore", {"language": "en_US"}, "language"),
    (
        "DOI among identifiers",
        {"alternateIdentifiers": [{"alternateIdentifier": "10.1/a", "alternateIdentifierType": "Doi"}]},
        "alternateIdentifiers[0].alternateIdentifierType",
    ),
]
"""Sections 1.4 and 1.5: what DataCite's own API refuses beside the XSD."""

KERNELS: tuple[Kernel, ...] = ("4.6", "4.7")
ALL = [*XSD_ACCEPTS, *XSD_REFUSES, *API_REFUSES]


@pytest.mark.parametrize(("change", "field"), [row[1:] for row in ALL], ids=[row[0] for row in ALL])
def test_each_is_refused_at_its_field_in_one_sentence(change: dict[str, Any], field: str) -> None:
    for kernel in KERNELS:
        (problem,) = problems(smallest() | change, kernel=kernel, this_year=2026)
        assert problem.field == field
        assert problem.message.count(". ") == 0
        assert problem.message[-1] in ".?"


@pytest.mark.reference
@pytest.mark.parametrize("change", [row[1] for row in XSD_ACCEPTS], ids=[row[0] for row in XSD_ACCEPTS])
def test_the_xsd_would_have_let_these_pass(change: dict[str, Any], reference_dir: Path) -> None:
    schema = etree.XMLSchema(etree.parse(str(reference_dir / "reference/datacite-schema/metadata.xsd")))
    schema.assertValid(etree.fromstring(to_xml(smallest() | change, name="10.5072/abc")))


@pytest.mark.parametrize(
    "change",
    [
        {"subjects": [], "dates": [], "rightsList": [], "relatedItems": []},
        {"rightsList": [{}], "creators": [PERSON | {"affiliation": [{}, ""]}], "geoLocations": [{}]},
        {"publisher": {"name": "Example University", "ror": "x", "extra": {"deep": 1}}},
        {"types": {"resourceTypeGeneral": "Dataset", "bibtex": "misc"}},
    ],
    ids=["empty wrappers", "empty entries", "extra keys of a publisher", "types of other formats"],
)
def test_what_is_taken_out_without_a_word_is_let_pass(change: dict[str, Any]) -> None:
    sent = to_datacite(normalise(smallest() | change), version=None)
    assert problems(normalise(smallest() | change), kernel="4.7", this_year=2026) == ()
    assert set(sent["publisher"]) == {"name"}
    assert set(sent["types"]) == {"resourceTypeGeneral"}
    assert [sent[name] for name in ("subjects", "dates", "rightsList", "relatedItems", "geoLocations")] == [
        []
    ] * 5
