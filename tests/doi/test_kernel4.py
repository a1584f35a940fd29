"""The table against DataCite's XSD."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from doi.kernel4 import PROPERTIES, RECORD, WORDS, Many, Member, Members, Polygons, Shape, words_of

XS = "{http://www.w3.org/2001/XMLSchema}"
FILES = {
    "resourceTypeGeneral": "resourceType",
    **{name: name for name in WORDS if name != "resourceTypeGeneral"},
}


def test_the_lists_have_as_many_words_as_kernel_4_7() -> None:
    assert {name: len(words) for name, words in WORDS.items()} == {
        "resourceTypeGeneral": 34,
        "relationType": 39,
        "contributorType": 22,
        "dateType": 12,
        "descriptionType": 6,
        "titleType": 4,
        "relatedIdentifierType": 23,
        "funderIdentifierType": 5,
        "nameType": 2,
        "numberType": 4,
    }


def test_a_registry_at_4_6_knows_every_word_but_those_of_4_7() -> None:
    newer = {name: words_of(name, kernel="4.7") - words_of(name, kernel="4.6") for name in WORDS}
    assert {name: words for name, words in newer.items() if words} == {
        "resourceTypeGeneral": {"Poster", "Presentation"},
        "relationType": {"Other"},
        "relatedIdentifierType": {"RAiD", "SWHID"},
    }


def test_words_added_in_4_5_and_4_6_carry_their_version() -> None:
    added = {
        (since, word) for words in WORDS.values() for word, since in words.items() if since in {"4.5", "4.6"}
    }
    assert added == {
        ("4.5", "Instrument"),
        ("4.5", "StudyRegistration"),
        ("4.5", "Collects"),
        ("4.5", "IsCollectedBy"),
        ("4.6", "Award"),
        ("4.6", "Project"),
        ("4.6", "CSTR"),
        ("4.6", "RRID"),
        ("4.6", "Translator"),
        ("4.6", "HasTranslation"),
        ("4.6", "IsTranslationOf"),
        ("4.6", "Coverage"),
    }


@pytest.mark.parametrize("name", list(WORDS))
def test_other_is_the_last_word_to_choose_and_none_comes_twice(name: str) -> None:
    words = list(WORDS[name])
    assert "Other" not in words[:-1]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    "name", ["resourceTypeGeneral", "contributorType", "dateType", "relatedIdentifierType", "descriptionType"]
)
def test_words_without_an_order_of_their_own_are_alphabetical_whatever_version_brought_them(
    name: str,
) -> None:
    words = [word.casefold() for word in WORDS[name] if word not in {"Other", "ResearchGroup"}]
    assert words == sorted(words)


@pytest.mark.parametrize(
    ("one", "other"), [("Collects", "IsCollectedBy"), ("HasTranslation", "IsTranslationOf")]
)
def test_a_relation_stands_beside_its_inverse(one: str, other: str) -> None:
    words = list(WORDS["relationType"])
    assert words.index(other) == words.index(one) + 1


def test_the_mandatory_properties_are_the_six_less_the_identifier() -> None:
    mandatory = [name for name, entry in PROPERTIES.items() if entry.obligation == "mandatory"]
    assert mandatory == ["creators", "titles", "publisher", "publicationYear", "types"]


@pytest.mark.reference
@pytest.mark.parametrize("name", list(WORDS))
def test_the_words_are_those_of_the_xsd(name: str, reference_dir: Path) -> None:
    folder = reference_dir / "reference" / "datacite-schema" / "include"
    document = etree.parse(str(folder / f"datacite-{FILES[name]}-v4.xsd"))
    assert set(WORDS[name]) == {item.get("value") for item in document.iter(f"{XS}enumeration")}


@pytest.mark.reference
def test_elements_and_attributes_are_those_of_the_xsd(reference_dir: Path) -> None:
    document = etree.parse(str(reference_dir / "reference" / "datacite-schema" / "metadata.xsd"))
    names = {
        item.get("name")
        for kind in ("element", "attribute")
        for item in document.iter(f"{XS}{kind}")
        if item.get("name")
    }
    not_metadata = {"resource", "identifier", "identifierType", "br"}
    inherited = {"polygonPoint", "inPolygonPoint", "@xml:lang"}
    ours = set(_places(RECORD)) | inherited
    assert {place.removeprefix("@") for place in ours} - {"xml:lang"} == names - not_metadata


def _places(shape: Shape) -> Iterator[str]:
    match shape:
        case Members():
            for member in shape.members.values():
                yield from _parts(member)
                yield from _places(member.shape)
        case Many():
            yield from _places(shape.item)
        case Polygons():
            yield from _places(shape.point)
        case _:
            return


def _parts(member: Member) -> list[str]:
    return [part for part in member.at.split("/") if part not in {"", "."}]
