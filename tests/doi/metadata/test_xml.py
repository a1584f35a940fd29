"""DataCite's XML: the right parts in the right places, valid by DataCite's XSD, and nothing lost on the way."""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from doi.kernel4 import NAMESPACE, RECORD, Many, Member, Members, Number, Polygons, Shape
from doi.metadata import left_out, to_xml
from tests.doi.metadata.samples import complete, polygon, smallest
from tests.doi.metadata.strategies import records

EXPECTED = """
<resource xmlns="http://datacite.org/schema/kernel-4" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://datacite.org/schema/kernel-4 http://schema.datacite.org/meta/kernel-4/metadata.xsd">
<identifier identifierType="DOI">10.5072/abc</identifier>
<creators><creator>
  <creatorName nameType="Personal" xml:lang="en">Okafor, Ngozi</creatorName>
  <givenName>Ngozi</givenName><familyName>Okafor</familyName>
  <nameIdentifier nameIdentifierScheme="ORCID" schemeURI="https://orcid.org">https://orcid.org/0000-0002-1825-0097</nameIdentifier>
  <affiliation affiliationIdentifier="https://ror.org/00f54p054" affiliationIdentifierScheme="ROR"
    schemeURI="https://ror.org">Example University</affiliation>
</creator></creators>
<titles>
  <title xml:lang="en">River stage readings</title>
  <title titleType="TranslatedTitle" xml:lang="de">Wasserstände</title>
</titles>
<publisher publisherIdentifier="https://ror.org/03yrm5c26" publisherIdentifierScheme="ROR" schemeURI="https://ror.org"
  xml:lang="en">Example University</publisher>
<publicationYear>2026</publicationYear>
<resourceType resourceTypeGeneral="Dataset">Time series</resourceType>
<subjects>
  <subject subjectScheme="FOS" schemeURI="https://example.org/fos" valueURI="https://example.org/fos/105"
    classificationCode="105.1" xml:lang="en">Hydrology</subject>
</subjects>
<contributors><contributor contributorType="HostingInstitution">
  <contributorName nameType="Organizational" xml:lang="en">River Office</contributorName>
  <nameIdentifier nameIdentifierScheme="ISNI"
    schemeURI="https://isni.org">https://isni.org/isni/0000000121032683</nameIdentifier>
  <affiliation>Ministry of Water</affiliation>
</contributor></contributors>
<dates>
  <date dateType="Collected" dateInformation="daily">2020-01-01/2025-12-31</date>
  <date dateType="Issued">2026-02-03</date>
</dates>
<language>en</language>
<alternateIdentifiers>
  <alternateIdentifier alternateIdentifierType="Local accession number">RS-17</alternateIdentifier>
</alternateIdentifiers>
<relatedIdentifiers>
  <relatedIdentifier relatedIdentifierType="DOI" relationType="IsSupplementTo" relationTypeInformation="figure 3"
    resourceTypeGeneral="JournalArticle">10.1234/abc</relatedIdentifier>
  <relatedIdentifier relatedIdentifierType="URL" relationType="HasMetadata" relatedMetadataScheme="ddi"
    schemeURI="https://example.org/ddi.xsd" schemeType="XSD">https://example.org/record.xml</relatedIdentifier>
</relatedIdentifiers>
<sizes><size>12 MB</size></sizes>
<formats><format>text/csv</format></formats>
<version>1.0</version>
<rightsList>
  <rights rightsURI="https://creativecommons.org/licenses/by/4.0/legalcode" rightsIdentifier="CC-BY-4.0"
    rightsIdentifierScheme="SPDX" schemeURI="https://spdx.org/licenses/"
    xml:lang="en">Creative Commons Attribution 4.0 International</rights>
</rightsList>
<descriptions>
  <description descriptionType="Abstract" xml:lang="en">Daily stage of &lt;one&gt; river &amp; its arms.</description>
  <description descriptionType="SeriesInformation">River Data, 5(2), 10-12</description>
</descriptions>
<geoLocations><geoLocation>
  <geoLocationPlace>Rotterdam</geoLocationPlace>
  <geoLocationPoint><pointLongitude>4.47917</pointLongitude><pointLatitude>51.9225</pointLatitude></geoLocationPoint>
  <geoLocationBox>
    <westBoundLongitude>3.5</westBoundLongitude><eastBoundLongitude>7</eastBoundLongitude>
    <southBoundLatitude>50.75</southBoundLatitude><northBoundLatitude>53.5</northBoundLatitude>
  </geoLocationBox>
  <geoLocationPolygon>
    <polygonPoint><pointLongitude>4.5</pointLongitude><pointLatitude>51.5</pointLatitude></polygonPoint>
    <polygonPoint><pointLongitude>5</pointLongitude><pointLatitude>51.5</pointLatitude></polygonPoint>
    <polygonPoint><pointLongitude>5</pointLongitude><pointLatitude>52.25</pointLatitude></polygonPoint>
    <polygonPoint><pointLongitude>4.5</pointLongitude><pointLatitude>51.5</pointLatitude></polygonPoint>
    <inPolygonPoint><pointLongitude>4.8</pointLongitude><pointLatitude>51.7</pointLatitude></inPolygonPoint>
  </geoLocationPolygon>
</geoLocation></geoLocations>
<fundingReferences><fundingReference>
  <funderName>Water Research Council</funderName>
  <funderIdentifier funderIdentifierType="Crossref Funder ID"
    schemeURI="https://www.crossref.org/services/funder-registry/">https://doi.org/10.13039/501100000266</funderIdentifier>
  <awardNumber awardURI="https://example.org/awards/1">EP/1</awardNumber>
  <awardTitle>Rivers</awardTitle>
</fundingReference></fundingReferences>
<relatedItems><relatedItem relatedItemType="JournalArticle" relationType="IsPublishedIn"
  relationTypeInformation="first report">
  <relatedItemIdentifier relatedItemIdentifierType="DOI" relatedMetadataScheme="x" schemeURI="https://example.org/x"
    schemeType="XSD">10.1234/journal</relatedItemIdentifier>
  <creators><creator>
    <creatorName nameType="Personal" xml:lang="en">Li, Wei</creatorName>
    <givenName>Wei</givenName><familyName>Li</familyName>
  </creator></creators>
  <titles><title titleType="Other" xml:lang="en">Journal of Rivers</title></titles>
  <publicationYear>2025</publicationYear>
  <volume>12</volume><issue>3</issue><number numberType="Article">e7</number>
  <firstPage>1</firstPage><lastPage>9</lastPage><publisher>River Press</publisher><edition>2</edition>
  <contributors><contributor contributorType="Editor">
    <contributorName nameType="Personal" xml:lang="en">Sen, Amara</contributorName>
    <givenName>Amara</givenName><familyName>Sen</familyName>
  </contributor></contributors>
</relatedItem></relatedItems>
</resource>
"""


@pytest.fixture(scope="session")
def datacite_xsd(reference_dir: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(reference_dir / "reference" / "datacite-schema" / "metadata.xsd")))


def parsed(text: str) -> etree._Element:
    return etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))


def canonical(text: str) -> str:
    parser = etree.XMLParser(remove_blank_text=True, resolve_entities=False)
    return etree.tostring(etree.fromstring(text.strip(), parser), method="c14n2").decode()


def test_the_complete_record_has_every_part_in_its_place() -> None:
    assert canonical(to_xml(complete(), name="10.5072/abc")) == canonical(EXPECTED)


def test_the_declaration_names_no_encoding_so_that_the_text_can_be_parsed_as_text() -> None:
    assert to_xml(smallest(), name="10.5072/abc").startswith('<?xml version="1.0"?>\n<resource ')


def test_the_versions_number_is_written_and_else_the_metadatas_own() -> None:
    written = [
        parsed(to_xml(record, name="10.5072/a", version=number)).findtext(f"{{{NAMESPACE}}}version")
        for record, number in ((complete(), "2.0"), (complete(), None), (smallest(), "3"), (smallest(), None))
    ]
    assert written == ["2.0", "1.0", "3", None]


def test_a_series_description_is_not_written_twice() -> None:
    record = complete()
    record["descriptions"] = [{"description": "River Data 5", "descriptionType": "SeriesInformation"}]
    texts = [
        item.text for item in parsed(to_xml(record, name="10.5072/a")).iter(f"{{{NAMESPACE}}}description")
    ]
    assert texts == ["River Data 5"]


@pytest.mark.parametrize(
    ("container", "series"),
    [
        ({"title": "Data"}, "Data"),
        ({"title": "Data", "volume": "5"}, "Data, 5"),
        ({"title": "Data", "issue": "2", "firstPage": "7"}, "Data, (2), 7"),
        ({"identifier": "2366-5017", "identifierType": "ISSN"}, None),
    ],
)
def test_a_container_becomes_a_series_description(container: dict[str, str], series: str | None) -> None:
    root = parsed(to_xml(smallest() | {"container": container}, name="10.5072/a"))
    assert root.findtext(f".//{{{NAMESPACE}}}description") == series


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({}, ()),
        ({"contentUrl": ["https://example.org/1.csv"], "container": {"title": "Data"}}, ("contentUrl",)),
        (
            {"container": {"title": "Data", "identifier": "2366-5017", "identifierType": "ISSN"}},
            ("container.identifier",),
        ),
        (
            {
                "container": {"type": "Series", "identifier": "10.1234/a", "identifierType": "DOI"},
                "relatedIdentifiers": [
                    {
                        "relatedIdentifier": "10.1234/a",
                        "relatedIdentifierType": "DOI",
                        "relationType": "IsPartOf",
                    }
                ],
            },
            (),
        ),
        ({"container": {"volume": "5"}}, ("container.volume",)),
        (
            {
                "container": {"title": "Data"},
                "descriptions": [{"description": "Data, 5", "descriptionType": "SeriesInformation"}],
            },
            (),
        ),
        (
            {
                "container": {"title": "Data"},
                "descriptions": [{"description": "Other", "descriptionType": "SeriesInformation"}],
            },
            ("container.title",),
        ),
    ],
)
def test_what_has_no_place_in_the_xml_is_told(change: dict[str, Any], lost: tuple[str, ...]) -> None:
    assert left_out(smallest() | change) == lost


def test_the_kind_of_what_is_not_there_is_not_written_but_the_address_of_an_award_is() -> None:
    funding = {"funderName": "A", "funderIdentifierType": "ROR", "schemeUri": "https://ror.org"}
    record = smallest() | {"fundingReferences": [funding | {"awardUri": "https://example.org/1"}]}
    written = to_xml(record, name="10.5072/a")
    assert "funderIdentifier" not in written
    assert '<awardNumber awardURI="https://example.org/1"/>' in written


def test_markup_in_texts_and_names_is_escaped() -> None:
    title = '</title><script>alert("x")</script> & ]]> <!DOCTYPE a>'
    record = smallest() | {"titles": [{"title": title, "lang": "en"}]}
    written = to_xml(record, name='10.5072/a<b>&"c')
    root = parsed(written)
    assert root.findtext(f".//{{{NAMESPACE}}}title") == title
    assert root.findtext(f"{{{NAMESPACE}}}identifier") == '10.5072/a<b>&"c'
    assert len(root) == 6


def test_the_input_is_not_changed() -> None:
    record = complete()
    to_xml(record, name="10.5072/abc", version="7")
    assert record == complete()


@pytest.mark.reference
@pytest.mark.parametrize(
    "record",
    [
        smallest(),
        complete(),
        smallest() | {"geoLocations": [{"geoLocationPolygon": [polygon(), polygon()[:4]]}]},
        smallest() | {"geoLocations": [{"geoLocationPolygon": polygon()[::-1]}]},
        smallest() | {"publicationYear": 1000},
    ],
    ids=["smallest", "complete", "two polygons", "inside first", "old"],
)
def test_records_made_by_hand_are_valid_by_the_xsd(
    record: dict[str, Any], datacite_xsd: etree.XMLSchema
) -> None:
    datacite_xsd.assertValid(parsed(to_xml(record, name="10.5072/abc")))


@pytest.mark.reference
@settings(deadline=None, max_examples=80)
@given(record=records("4.7"))
def test_whatever_the_rules_let_pass_is_valid_by_the_xsd(
    record: dict[str, Any], datacite_xsd: etree.XMLSchema
) -> None:
    datacite_xsd.assertValid(parsed(to_xml(record, name="10.5072/abc")))


@settings(deadline=None, max_examples=60)
@given(records("4.7"))
def test_nothing_is_lost_on_the_way_into_the_xml_and_back(record: dict[str, Any]) -> None:
    record.pop("container", None)
    before = copy.deepcopy(record)
    read = read_members(RECORD, parsed(to_xml(record, name="10.5072/abc")))
    before.pop("contentUrl", None)
    assert read == with_polygons_listed(before)


def with_polygons_listed(record: dict[str, Any]) -> dict[str, Any]:
    """As the XML has it: a list of polygons, the point inside last."""
    for item in record.get("geoLocations", []):
        value = item.get("geoLocationPolygon")
        if value:
            item["geoLocationPolygon"] = value if isinstance(value[0], list) else [value]
    return record


def read_members(shape: Members, element: etree._Element) -> dict[str, Any]:
    found = {name: read(member, element) for name, member in shape.members.items() if member.at}
    return {name: value for name, value in found.items() if value is not None}


def read(member: Member, element: etree._Element) -> Any:
    path, _, attribute = member.at.partition("@")
    tags = [f"{{{NAMESPACE}}}{part}" for part in path.split("/") if part not in {"", "."}]
    targets = element.findall("/".join(tags)) if tags else [element]
    if not targets:
        return None
    match member.shape:
        case Many(item=item):
            return [read_item(item, target) for target in targets]
        case Polygons() as shape:
            return [read_polygon(shape, target) for target in targets]
        case Members() as shape:
            return read_members(shape, targets[0])
    name = attribute.replace("xml:", "{http://www.w3.org/XML/1998/namespace}")
    text = targets[0].get(name) if attribute else targets[0].text
    return float(text) if text is not None and isinstance(member.shape, Number) else text


def read_item(shape: Shape, element: etree._Element) -> Any:
    return read_members(shape, element) if isinstance(shape, Members) else element.text


def read_polygon(shape: Polygons, element: etree._Element) -> list[dict[str, Any]]:
    return [{etree.QName(point).localname: read_members(shape.point, point)} for point in element]
