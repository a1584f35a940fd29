"""The sandbox's verdict on a record, row by row of registries.md 2.1, 1.4 and 2.2."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from doi.sandbox.kernel.judging import Mistake
from doi.sandbox.kernel.schema import Kernel
from doi.sandbox.kernel.validation import record_mistakes, schema_errors, source_of
from doi.sandbox.kernel.xml import parse_record

SIX = {
    "identifier": '<identifier identifierType="DOI">10.5072/X</identifier>',
    "creators": "<creators><creator><creatorName>A</creatorName></creator></creators>",
    "titles": "<titles><title>T</title></titles>",
    "publisher": "<publisher>P</publisher>",
    "publicationYear": "<publicationYear>2026</publicationYear>",
    "resourceType": '<resourceType resourceTypeGeneral="Dataset"/>',
}
K = "{http://datacite.org/schema/kernel-4}"
NOTHING: Mapping[str, str] = MappingProxyType({})
CORNER = "<polygonPoint><pointLatitude>1</pointLatitude><pointLongitude>1</pointLongitude></polygonPoint>"


def judged(more: str = "", *, kernel: Kernel = "4.7", instead: Mapping[str, str] = NOTHING) -> list[Mistake]:
    """Judge the mandatory six, with some of them written otherwise, and more."""
    inside = "".join({**SIX, **instead}.values()) + more
    text = f'<resource xmlns="http://datacite.org/schema/kernel-4">{inside}</resource>'
    return record_mistakes(parse_record(text), kernel=kernel)


def place(point: str) -> str:
    return f"<geoLocations><geoLocation>{point}</geoLocation></geoLocations>"


def point(latitude: str, longitude: str) -> str:
    inside = f"<pointLatitude>{latitude}</pointLatitude><pointLongitude>{longitude}</pointLongitude>"
    return place(f"<geoLocationPoint>{inside}</geoLocationPoint>")


def creator(inside: str) -> str:
    return f"<creators><creator>{inside}</creator></creators>"


def contributor(kind: str, name: str = "A") -> str:
    inside = f"<contributorName>{name}</contributorName>"
    return f'<contributors><contributor contributorType="{kind}">{inside}</contributor></contributors>'


def item(attributes: str, inside: str = "") -> str:
    return f"<relatedItems><relatedItem {attributes}>{inside}</relatedItem></relatedItems>"


def funding(inside: str) -> str:
    return f"<fundingReferences><fundingReference>{inside}</fundingReference></fundingReferences>"


def related(attributes: str, text: str = "x") -> str:
    return (
        f"<relatedIdentifiers><relatedIdentifier {attributes}>{text}</relatedIdentifier></relatedIdentifiers>"
    )


@pytest.mark.parametrize(
    "instead",
    [
        {},
        {"titles": "<titles><title/></titles>"},
        {"creators": creator("<creatorName/>")},
        {"publicationYear": "<publicationYear>0000</publicationYear>"},
        {"publicationYear": "<publicationYear> 2026\n</publicationYear>"},
        {"creators": creator("<creatorName>A</creatorName><nameIdentifier>1</nameIdentifier>")},
        {"creators": creator("<creatorName>A</creatorName><affiliation/>")},
        {"identifier": '<identifier identifierType="URL">x</identifier>'},
        {"publisher": "<publisher> </publisher>"},
        {"titles": "<titles><title>cut <!-- by a comment --> in two</title></titles>"},
    ],
)
def test_the_schema_accepts_among_the_mandatory_six(instead: dict[str, str]) -> None:
    assert judged(instead=instead) == []


@pytest.mark.parametrize(
    "more",
    [
        '<dates><date dateType="Issued">some day</date></dates>',
        "<rightsList><rights/></rightsList>",
        "<subjects/><contributors/><dates/><sizes/><formats/><descriptions/><geoLocations/><relatedItems/>",
        "<alternateIdentifiers/><relatedIdentifiers/><rightsList/><fundingReferences/>",
        related('relatedIdentifierType="DOI" relationType="Cites"', text=""),
        '<subjects><subject xml:lang=""/></subjects>',
        point("90", "-180"),
        point(" 9e1 ", ".5"),
        # Single precision, so this is 90.
        point("90.0000001", "0"),
        place(f"<geoLocationPolygon>{CORNER * 4}</geoLocationPolygon>"),
        place("<geoLocationPlace>A</geoLocationPlace><geoLocationPlace>B</geoLocationPlace>"),
        '<descriptions><description descriptionType="Abstract">a<br/>b</description></descriptions>',
        "<rightsList><rights rightsURI='any text, even this'/></rightsList>",
    ],
)
def test_the_schema_accepts_besides(more: str) -> None:
    assert judged(more) == []


def test_elements_of_the_top_may_come_in_any_order() -> None:
    row = [*SIX.values(), "<version>1</version>", "<language>en</language>"]
    text = f'<resource xmlns="http://datacite.org/schema/kernel-4">{"".join(reversed(row))}</resource>'
    assert record_mistakes(parse_record(text)) == []


@pytest.mark.parametrize("missing", SIX)
def test_each_of_the_mandatory_six_is_missed(missing: str) -> None:
    mistakes = judged(instead={missing: ""})
    assert [mistake.place for mistake in mistakes] == [f"Element '{K}resource'"]
    assert f"{K}{missing}" in mistakes[0].text


@pytest.mark.parametrize(
    ("instead", "where", "message"),
    [
        ({"creators": "<creators/>"}, "creators", f"Missing child element(s). Expected is ( {K}creator )."),
        ({"titles": "<titles/>"}, "titles", f"Missing child element(s). Expected is ( {K}title )."),
        (
            {"creators": creator("")},
            "creator",
            f"Missing child element(s). Expected is ( {K}creatorName ).",
        ),
        (
            {"publicationYear": "<publicationYear>20265</publicationYear>"},
            "publicationYear",
            "[facet 'pattern'] The value '20265' is not accepted by the pattern '[\\d]{4}'.",
        ),
        (
            {"publisher": "<publisher/>"},
            "publisher",
            "[facet 'minLength'] The value has a length of '0'; this underruns the allowed minimum length of '1'.",
        ),
        (
            {"creators": creator("<creatorName/><familyName/><givenName/>")},
            "givenName",
            f"This element is not expected. Expected is one of ( {K}nameIdentifier, {K}affiliation ).",
        ),
        (
            {"creators": creator("<creatorName/><affiliation/><nameIdentifier>1</nameIdentifier>")},
            "nameIdentifier",
            f"This element is not expected. Expected is ( {K}affiliation ).",
        ),
        (
            {"creators": creator("<givenName/><creatorName/>")},
            "givenName",
            f"This element is not expected. Expected is ( {K}creatorName ).",
        ),
        (
            {"publisher": "<publisher>P<b/></publisher>"},
            "publisher",
            "Element content is not allowed, because the",
        ),
        (
            {"resourceType": "<resourceType/>"},
            "resourceType",
            "The attribute 'resourceTypeGeneral' is required but",
        ),
        (
            {"identifier": "<identifier>x</identifier>"},
            "identifier",
            "The attribute 'identifierType' is required but",
        ),
        (
            {"titles": "<titles>T<title/></titles>"},
            "titles",
            "Character content other than whitespace is not allowed",
        ),
        ({"titles": "<titles><title/></titles><titles/>"}, "titles", "This element is not expected."),
        (
            {"titles": "<titles><name/></titles>"},
            "name",
            f"This element is not expected. Expected is ( {K}title ).",
        ),
    ],
)
def test_the_schema_refuses_among_the_mandatory_six(
    instead: dict[str, str], where: str, message: str
) -> None:
    [mistake] = judged(instead=instead)
    assert mistake.place == f"Element '{K}{where}'"
    assert mistake.text.startswith(message)


@pytest.mark.parametrize(
    ("more", "where", "message"),
    [
        ("<dates><date>2026</date></dates>", "date", "The attribute 'dateType' is required but missing."),
        (
            "<descriptions><description/></descriptions>",
            "description",
            "The attribute 'descriptionType' is required",
        ),
        (
            related('relatedIdentifierType="DOI"'),
            "relatedIdentifier",
            "The attribute 'relationType' is required but",
        ),
        (
            "<alternateIdentifiers><alternateIdentifier>1</alternateIdentifier></alternateIdentifiers>",
            "alternateIdentifier",
            "The attribute 'alternateIdentifierType' is required but missing.",
        ),
        (
            "<language>de_CH</language>",
            "language",
            "'de_CH' is not a valid value of the atomic type 'xs:language'.",
        ),
        ("<language/>", "language", "'' is not a valid value of the atomic type 'xs:language'."),
        ("<colour/>", "colour", "This element is not expected."),
        ("<version/><version/>", "version", "This element is not expected."),
        (
            point("90.1", "0"),
            "pointLatitude",
            "[facet 'maxInclusive'] The value '90.1' is greater than the maximum value allowed ('90').",
        ),
        (
            point("0", "-181"),
            "pointLongitude",
            "[facet 'minInclusive'] The value '-181' is less than the minimum value allowed ('-180').",
        ),
        (point("NaN", "0"), "pointLatitude", "[facet 'maxInclusive']"),
        (point("1e400", "0"), "pointLatitude", "[facet 'maxInclusive']"),
        (
            point("north", "0"),
            "pointLatitude",
            f"'north' is not a valid value of the atomic type '{K}latitudeType'.",
        ),
        (point("", "0"), "pointLatitude", f"'' is not a valid value of the atomic type '{K}latitudeType'."),
        (
            place("<geoLocationPoint><pointLatitude>1</pointLatitude></geoLocationPoint>"),
            "geoLocationPoint",
            f"Missing child element(s). Expected is ( {K}pointLongitude ).",
        ),
        (
            place(f"<geoLocationPolygon>{CORNER * 3}</geoLocationPolygon>"),
            "geoLocationPolygon",
            f"Missing child element(s). Expected is ( {K}polygonPoint ).",
        ),
        (
            funding("<awardTitle/>"),
            "fundingReference",
            f"Missing child element(s). Expected is one of ( {K}funderName, {K}funderIdentifier, {K}awardNumber ).",
        ),
        (
            funding("<funderName>F</funderName><funderIdentifier>1</funderIdentifier>"),
            "funderIdentifier",
            "The attribute 'funderIdentifierType' is required but missing.",
        ),
        (
            contributor("Editor", name=""),
            "contributorName",
            "[facet 'minLength']",
        ),
        (
            item('relatedItemType="Book" relationType="Cites"', "<volume/><titles/>"),
            "titles",
            f"This element is not expected. Expected is one of ( {K}issue, {K}number, {K}firstPage, {K}lastPage,",
        ),
        (
            '<descriptions><description descriptionType="Abstract"><br> </br></description></descriptions>',
            "br",
            "Character content is not allowed, because the content type is empty.",
        ),
        (
            '<descriptions><description descriptionType="Abstract">a<p/></description></descriptions>',
            "p",
            f"This element is not expected. Expected is ( {K}br ).",
        ),
    ],
)
def test_the_schema_refuses_besides(more: str, where: str, message: str) -> None:
    [mistake] = judged(more)
    assert mistake.place == f"Element '{K}{where}'"
    assert mistake.text.startswith(message)


@pytest.mark.parametrize(
    ("more", "where", "message"),
    [
        (
            contributor("Funder"),
            "contributor', attribute 'contributorType",
            "[facet 'enumeration'] The value 'Funder' is not an element of the set {'ContactPerson', ",
        ),
        (
            "<dates><date dateType='issued'/></dates>",
            "date', attribute 'dateType",
            "[facet 'enumeration'] The value 'issued' is not an element of the set {'Accepted', 'Available', ",
        ),
        ("<sizes unit='MB'/>", "sizes', attribute 'unit", "The attribute 'unit' is not allowed."),
        (
            "<subjects><subject xml:lang='de_CH'/></subjects>",
            "lang",
            "'de_CH' is not a valid value of the local union type.",
        ),
        (
            "<subjects><subject classificationCode='50%'/></subjects>",
            "subject', attribute 'classificationCode",
            "'50%' is not a valid value of the atomic type 'xs:anyURI'.",
        ),
        (
            "<rightsList><rights rightsURI='50%'/></rightsList>",
            "rights', attribute 'rightsURI",
            "'50%' is not a valid value of the atomic type 'xs:anyURI'.",
        ),
    ],
)
def test_the_schema_refuses_an_attribute(more: str, where: str, message: str) -> None:
    [mistake] = judged(more)
    assert source_of(mistake.place) == where
    assert mistake.text.startswith(message)


def test_what_follows_an_unexpected_element_in_its_parent_is_not_looked_at() -> None:
    [mistake] = judged("<dates><day/><date/></dates>")
    assert mistake.place == f"Element '{K}day'"


# --- DataCite's answer ------------------------------------------------------------------------------------------


def test_a_record_of_nothing_but_a_name_has_the_five_messages_of_the_registry() -> None:
    assert schema_errors({}, name="10.5072/x") == {
        "creators": f"DOI 10.5072/x: Missing child element(s). Expected is ( {K}creator ). at line 4, column 0",
        "titles": f"DOI 10.5072/x: Missing child element(s). Expected is ( {K}title ). at line 5, column 0",
        "publisher": "DOI 10.5072/x: [facet 'minLength'] The value has a length of '0'; this underruns the allowed"
        " minimum length of '1'. at line 6, column 0",
        "publication_year": "DOI 10.5072/x: [facet 'pattern'] The value '' is not accepted by the pattern"
        " '[\\d]{4}'. at line 7, column 0",
        "xml": "DOI 10.5072/x: Missing child element(s). Expected is one of ( "
        + ", ".join(
            f"{K}{name}"
            for name in (
                "resourceType",
                "subjects",
                "contributors",
                "dates",
                "language",
                "alternateIdentifiers",
                "relatedIdentifiers",
                "version",
                "rightsList",
                "descriptions",
            )
        )
        + " ). at line 2, column 0",
    }


@pytest.mark.parametrize(
    ("element", "source"),
    [
        ("date", "dates"),
        ("publicationYear", "publication_year"),
        ("alternateIdentifiers", "identifiers"),
        ("relatedIdentifiers", "related_identifiers"),
        ("relatedItems", "related_items"),
        ("geoLocations", "geo_locations"),
        ("rightsList", "rights_list"),
        ("fundingReferences", "funding_references"),
        ("version", "version_info"),
        ("resource", "xml"),
        ("creators", "creators"),
        ("language", "language"),
        ("title", "title"),
    ],
)
def test_an_element_has_the_registry_s_own_name_as_its_source(element: str, source: str) -> None:
    assert source_of(f"Element '{K}{element}'") == source


def test_each_source_has_one_message_the_first() -> None:
    dates = [{"date": "1", "dateType": "Made"}, {"date": "2", "dateType": "Found"}]
    errors = schema_errors({"dates": dates}, name="10.5072/x")
    assert "'Made'" in errors["date', attribute 'dateType"]


def test_xml_that_is_no_record_is_a_mistake_too() -> None:
    assert schema_errors({"xml": "<resource/>"}, name="10.5072/x") == {
        "xml": "DOI 10.5072/x: not a DataCite record"
    }


# --- Versions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        related('relatedIdentifierType="RAiD" relationType="Cites"'),
        related('relatedIdentifierType="SWHID" relationType="Cites"'),
        related('relatedIdentifierType="DOI" relationType="Other"'),
        related('relatedIdentifierType="DOI" relationType="Cites" resourceTypeGeneral="Poster"'),
        related('relatedIdentifierType="DOI" relationType="Cites" resourceTypeGeneral="Presentation"'),
        related('relatedIdentifierType="DOI" relationType="Cites" relationTypeInformation="why"'),
        item('relatedItemType="Book" relationType="Cites" relationTypeInformation="why"'),
        item('relatedItemType="Poster" relationType="Cites"'),
    ],
)
def test_what_came_with_4_7_is_refused_by_4_6(more: str) -> None:
    assert judged(more) == []
    assert len(judged(more, kernel="4.6")) == 1


@pytest.mark.parametrize(
    "more",
    [
        related('relatedIdentifierType="CSTR" relationType="HasTranslation"'),
        related('relatedIdentifierType="RRID" relationType="IsTranslationOf" resourceTypeGeneral="Project"'),
        '<dates><date dateType="Coverage">2026</date></dates>',
        '<dates><date dateType="Other">2026</date></dates>',
        contributor("Translator"),
    ],
)
def test_what_came_with_4_6_is_known_to_both(more: str) -> None:
    assert judged(more) == judged(more, kernel="4.6") == []
