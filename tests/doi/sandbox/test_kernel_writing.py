"""Kernel-4 XML as the sandbox's DataCite makes it from JSON attributes."""

from typing import Any

import pytest
from lxml import etree

from doi.sandbox.kernel.words import NAMESPACE
from doi.sandbox.kernel.writing import xml_of

NAME = "10.5072/abc-1"


def written(**attributes: Any) -> etree._Element:
    return etree.fromstring(xml_of(attributes, name=NAME).encode())


def lines(**attributes: Any) -> list[str]:
    """The document's elements without the ones that an empty record has too."""
    nothing = {line.strip() for line in xml_of({}, name=NAME).splitlines()}
    return [
        each for line in xml_of(attributes, name=NAME).splitlines() if (each := line.strip()) not in nothing
    ]


def test_a_record_without_anything_is_written_as_the_registry_writes_it() -> None:
    assert xml_of({}, name=NAME).splitlines()[2:] == [
        '  <identifier identifierType="DOI">10.5072/ABC-1</identifier>',
        "  <creators/>",
        "  <titles/>",
        "  <publisher/>",
        "  <publicationYear/>",
        "  <sizes/>",
        "  <formats/>",
        "</resource>",
    ]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (
            {"creators": [{"name": "Okafor, Ngozi", "nameType": "Personal", "lang": "en"}]},
            '<creatorName nameType="Personal" xml:lang="en">Okafor, Ngozi</creatorName>',
        ),
        # A person's name is made of its parts when there are any.
        (
            {"creators": [{"name": "N. O.", "familyName": "Okafor", "givenName": "N."}]},
            "<creatorName>Okafor, N.<",
        ),
        ({"creators": ["Okafor"]}, "<creatorName>Okafor</creatorName>"),
        ({"creators": {"name": "One without a list"}}, "<creatorName>One without a list</creatorName>"),
        (
            {"creators": [{"name": "A", "nameIdentifiers": [{"nameIdentifier": "1"}]}]},
            '<nameIdentifier nameIdentifierScheme="" schemeURI="">1</nameIdentifier>',
        ),
        ({"creators": [{"name": "A", "affiliation": ["U"]}]}, "<affiliation>U</affiliation>"),
        (
            {"creators": [{"name": "A", "affiliation": [{"name": "U", "affiliationIdentifier": "r"}]}]},
            '<affiliation affiliationIdentifier="r">U</affiliation>',
        ),
        ({"titles": [{"title": "T", "titleType": "Subtitle"}]}, '<title titleType="Subtitle">T</title>'),
        ({"titles": [{"title": ""}]}, "<title/>"),
        ({"publisher": "P"}, "<publisher>P</publisher>"),
        ({"publisher": {"name": "P", "schemeUri": "u"}}, '<publisher schemeURI="u">P</publisher>'),
        ({"container": {"title": "C"}}, "<publisher>C</publisher>"),
        ({"publicationYear": 2026}, "<publicationYear>2026</publicationYear>"),
        ({"types": {"resourceTypeGeneral": "Dataset"}}, '<resourceType resourceTypeGeneral="Dataset"/>'),
        ({"types": {"schemaOrg": "SoftwareSourceCode"}}, '<resourceType resourceTypeGeneral="Software"/>'),
        ({"types": {"schemaOrg": "Thing"}}, '<resourceType resourceTypeGeneral="Other"/>'),
        ({"subjects": [{"subject": "s", "valueUri": "v"}]}, '<subject valueURI="v">s</subject>'),
        ({"contributors": [{"name": "B"}]}, '<contributor contributorType="">'),
        # What a date and a description are when nobody said it.
        ({"dates": [{"date": "2026"}]}, '<date dateType="Issued">2026</date>'),
        ({"descriptions": [{"description": "d"}]}, '<description descriptionType="Abstract">d</description>'),
        ({"language": "en"}, "<language>en</language>"),
        (
            {"identifiers": [{"identifier": "1", "identifierType": "local"}]},
            '<alternateIdentifier alternateIdentifierType="local">1</alternateIdentifier>',
        ),
        (
            {"relatedIdentifiers": [{"relatedIdentifier": "r", "relationTypeInformation": "i"}]},
            '<relatedIdentifier relationTypeInformation="i">r</relatedIdentifier>',
        ),
        (
            {"relatedItems": [{"relatedItemType": "Book", "titles": []}]},
            '<relatedItem relatedItemType="Book">',
        ),
        ({"relatedItems": [{"titles": [{"title": "T"}], "edition": "2"}]}, "<edition>2</edition>"),
        ({"relatedItems": [{"contributors": [{"name": "B"}]}]}, '<contributor contributorType="Other">'),
        ({"sizes": ["15 MB"]}, "<size>15 MB</size>"),
        ({"formats": ["text/csv"]}, "<format>text/csv</format>"),
        ({"version": "1.0"}, "<version>1.0</version>"),
        ({"rightsList": [{"rightsUri": "u", "lang": "en"}]}, '<rights rightsURI="u" xml:lang="en"/>'),
        (
            {"container": {"title": "C", "volume": "1", "issue": "2", "firstPage": "3", "lastPage": "4"}},
            '<description descriptionType="SeriesInformation">C, 1(2), 3-4</description>',
        ),
        ({"geoLocations": [{"geoLocationPlace": "Rhine"}]}, "<geoLocationPlace>Rhine</geoLocationPlace>"),
        (
            {"geoLocations": [{"geoLocationPoint": {"pointLatitude": 50.5}}]},
            "<pointLatitude>50.5</pointLatitude>",
        ),
        ({"geoLocations": [{"geoLocationBox": {}}]}, "<northBoundLatitude/>"),
        ({"geoLocations": [{"geoLocationPolygon": [{"inPolygonPoint": {}}]}]}, "<inPolygonPoint>"),
        ({"fundingReferences": [{"funderName": "F"}]}, "<funderName>F</funderName>"),
        (
            {"fundingReferences": [{"funderIdentifier": "i", "funderIdentifierType": "ROR"}]},
            '<funderIdentifier funderIdentifierType="ROR">i</funderIdentifier>',
        ),
        ({"fundingReferences": [{"awardUri": "u"}]}, '<awardNumber awardURI="u"/>'),
        # What no attribute should be, and JSON can be.
        ({"version": True}, "<version>true</version>"),
        ({"geoLocations": [{"geoLocationPoint": "here"}]}, "<pointLatitude/>"),
    ],
)
def test_an_attribute_becomes_an_element(attributes: dict[str, Any], expected: str) -> None:
    assert expected in "\n".join(lines(**attributes))


def test_a_doi_among_the_identifiers_is_not_an_alternate_one() -> None:
    assert lines(identifiers=[{"identifier": "10.5072/x", "identifierType": "DOI"}]) == []


def test_a_container_is_not_told_twice() -> None:
    told = {"description": "Waters, 3", "descriptionType": "SeriesInformation"}
    assert len(lines(publisher="P", container={"title": "Waters"}, descriptions=[told])) == 4


def test_several_polygons_stand_in_one_place() -> None:
    point = {"polygonPoint": {"pointLatitude": 1, "pointLongitude": 2}}
    root = written(geoLocations=[{"geoLocationPolygon": [[point] * 4, [point] * 5]}])
    polygons = root.findall(f".//{{{NAMESPACE}}}geoLocationPolygon")
    assert [len(polygon) for polygon in polygons] == [4, 5]


@pytest.mark.parametrize(
    "text", ["a & b < c > d", 'say "yes"', "one\r\ntwo\tthree", "x\n_status: public", "雪 𝄞 ]]>"]
)
def test_a_text_comes_through_character_for_character(text: str) -> None:
    root = written(titles=[{"title": text}], dates=[{"date": "2026", "dateInformation": text}])
    assert root.findtext(f".//{{{NAMESPACE}}}title") == text
    date = root.find(f".//{{{NAMESPACE}}}date")
    assert date is not None
    # In an attribute XML itself makes a carriage return that is written as a reference stay one.
    assert date.get("dateInformation") == text


def test_what_xml_cannot_hold_is_left_out() -> None:
    assert "<title>ab</title>" in lines(titles=[{"title": "a\x00\x0b\ud800\uffffb"}])
