import copy
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.forms import Editor, fingerprint
from tests.datasets.make import METADATA

RICH: dict[str, Any] = {
    "titles": [{"title": "River  stage\r\nreadings ", "lang": "en"}],
    "creators": [
        {
            "name": "Okafor, Ngozi",
            "familyName": "Okafor",
            "givenName": "Ngozi",
            "nameIdentifiers": [
                {"nameIdentifier": "0000 0001", "nameIdentifierScheme": "ISNI"},
                {"nameIdentifier": "0000-0002-1825-0097", "nameIdentifierScheme": "orcid"},
            ],
            "affiliation": ["University of Ulm", {"name": "Second"}],
            "lang": "en",
        },
        {"name": "Water Board", "nameType": "Organizational"},
    ],
    "publisher": "Example University",
    "publicationYear": "2026",
    "geoLocations": [{"geoLocationPoint": {"pointLatitude": 48.4, "pointLongitude": "10.0"}}],
    "formats": ["text/csv"],
    "relatedItems": [{"relatedItemType": "Book"}],
}


def typed(editor: Editor, **changes: str) -> dict[str, str]:
    """What a browser sends when nobody touches the form but ``changes`` (dots are written as two underscores)."""
    sent: dict[str, str] = {}
    for part in editor.parts:
        if part.locked:
            continue
        sent[f"{part.section.key}.rows"] = str(len(part.rows))
        for index, row, inputs, _wrong in part.shown():
            if row.source is not None:
                sent[f"{part.section.key}.{index}.source"] = str(row.source)
            sent |= {each.name: each.value.replace("\n", "\r\n") for each in inputs}
    return sent | {name.replace("__", "."): value for name, value in changes.items()}


def edited(metadata: Mapping[str, Any], **changes: str) -> dict[str, Any]:
    return Editor.bind(metadata, typed(Editor.read(metadata), **changes)).result()


@pytest.mark.parametrize(
    "metadata", [{}, METADATA, RICH, {"titles": "no list", "creators": [1], "language": []}]
)
def test_a_form_that_nobody_touched_changes_nothing(metadata: dict[str, Any]) -> None:
    before = copy.deepcopy(metadata)
    assert edited(metadata) == before
    assert metadata == before


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from(
    ["titles", "creators", "publisher", "publicationYear", "types", "geoLocations", "other"]
)
_members = st.dictionaries(
    st.sampled_from(["title", "name", "familyName", "affiliation", "nameIdentifiers"]), _json
)


@given(st.dictionaries(_names, _json | st.lists(_members, max_size=3)))
def test_whatever_is_stored_comes_back_as_it_was(metadata: dict[str, Any]) -> None:
    assert edited(metadata) == metadata


def test_a_name_that_is_no_text_stays_while_something_else_is_typed() -> None:
    odd = {"creators": [{"title": None, "familyName": False}]}
    assert edited(odd) == odd
    assert edited(odd, creators__0__affiliation="Ulm")["creators"] == [
        {"title": None, "familyName": False, "affiliation": [{"name": "Ulm"}]}
    ]


def test_only_what_was_typed_changes() -> None:
    after = edited(RICH, creators__0__affiliation="Ulm University")
    first = after["creators"][0]
    assert first["affiliation"] == [{"name": "Ulm University"}, {"name": "Second"}]
    assert first["nameIdentifiers"] == RICH["creators"][0]["nameIdentifiers"]
    assert first["lang"] == "en"
    assert {**after, "creators": None} == {**RICH, "creators": None}


def test_an_orcid_is_read_and_written_beside_other_identifiers() -> None:
    after = edited(RICH, creators__0__orcid="0000-0001-5109-3700")
    schemes = [
        (one["nameIdentifierScheme"], one["nameIdentifier"])
        for one in after["creators"][0]["nameIdentifiers"]
    ]
    assert schemes == [("ISNI", "0000 0001"), ("orcid", "0000-0001-5109-3700")]
    gone = edited(RICH, creators__0__orcid="")["creators"][0]["nameIdentifiers"]
    assert gone == [{"nameIdentifier": "0000 0001", "nameIdentifierScheme": "ISNI"}]
    new = edited(METADATA, creators__0__orcid="0000-0001-5109-3700")["creators"][0]["nameIdentifiers"]
    assert new == [
        {
            "nameIdentifierScheme": "ORCID",
            "schemeUri": "https://orcid.org",
            "nameIdentifier": "0000-0001-5109-3700",
        }
    ]


def test_emptying_the_only_identifier_takes_it_away_whole() -> None:
    with_orcid = edited(METADATA, creators__0__orcid="0000-0001-5109-3700")
    assert "nameIdentifiers" not in edited(with_orcid, creators__0__orcid="")["creators"][0]


def test_a_ror_brings_its_scheme_and_takes_it_along() -> None:
    with_ror = edited(METADATA, creators__0__affiliation="Ulm", creators__0__ror="https://ror.org/03yrm5c26")
    assert with_ror["creators"][0]["affiliation"] == [
        {
            "name": "Ulm",
            "affiliationIdentifier": "https://ror.org/03yrm5c26",
            "affiliationIdentifierScheme": "ROR",
            "schemeUri": "https://ror.org",
        }
    ]
    assert edited(with_ror, creators__0__ror="")["creators"][0]["affiliation"] == [{"name": "Ulm"}]


def test_a_cited_name_follows_its_parts_until_somebody_writes_another() -> None:
    assert edited(METADATA, creators__0__familyName="Obi")["creators"][0]["name"] == "Obi, Ngozi"
    own = edited(METADATA, creators__0__name="N. Okafor")
    assert own["creators"][0]["name"] == "N. Okafor"
    assert edited(own, creators__0__familyName="Obi")["creators"][0]["name"] == "N. Okafor"
    assert edited({}, creators__0__givenName="Ada", creators__0__familyName="Byron")["creators"] == [
        {"familyName": "Byron", "givenName": "Ada", "name": "Byron, Ada"}
    ]


def test_numbers_are_numbers_and_what_is_none_is_kept_for_the_rules_to_name() -> None:
    after = edited(
        {},
        publicationYear__0__value="2026",
        geoLocations__0__latitude="48.5",
        geoLocations__0__longitude="10,0",
    )
    assert after["publicationYear"] == 2026
    assert after["geoLocations"] == [{"geoLocationPoint": {"pointLatitude": 48.5, "pointLongitude": "10,0"}}]
    assert edited({}, publicationYear__0__value="20x5")["publicationYear"] == "20x5"


def test_emptying_a_field_takes_it_out_of_the_record() -> None:
    after = edited(METADATA, publisher__0__name="", titles__0__title="")
    assert "publisher" not in after
    assert "titles" not in after


def test_a_publisher_given_as_text_becomes_an_object_only_when_it_changes() -> None:
    assert edited(RICH)["publisher"] == "Example University"
    assert edited(RICH, publisher__0__name="Ulm")["publisher"] == {"name": "Ulm"}


def test_rows_are_added_moved_and_removed_without_losing_what_the_form_does_not_show() -> None:
    editor = Editor.bind(RICH, typed(Editor.read(RICH)))
    editor.move_up("creators", 1)
    assert [creator["name"] for creator in editor.result()["creators"]] == ["Water Board", "Okafor, Ngozi"]
    assert editor.result()["creators"][1] == RICH["creators"][0]
    editor.remove("creators", 0)
    editor.add("creators")
    assert editor.result()["creators"] == [RICH["creators"][0]]
    editor.remove("creators", 0)
    editor.remove("creators", 0)
    assert "creators" not in editor.result()
    part = editor.part("creators")
    assert part is not None
    assert len(part.rows) == 1


@pytest.mark.parametrize(
    ("key", "index"), [("creators", 99), ("creators", -1), ("nonsense", 0), ("titles", 0)]
)
def test_arranging_what_is_not_there_changes_nothing(key: str, index: int) -> None:
    editor = Editor.read(RICH)
    editor.move_up(key, index)
    editor.add("publisher")
    if key != "titles":
        editor.remove(key, index)
    assert editor.result() == RICH


def test_a_new_description_is_an_abstract_and_a_blank_one_is_none() -> None:
    assert "descriptions" not in edited({})
    assert edited({}, descriptions__0__description="Daily.")["descriptions"] == [
        {"description": "Daily.", "descriptionType": "Abstract"}
    ]


def test_what_the_form_cannot_show_is_kept_and_named() -> None:
    editor = Editor.read({"titles": "not a list", "relatedItems": [], "sizes": [["a"]], "language": "en"})
    assert editor.part("titles") is None
    assert editor.kept() == ["titles", "relatedItems", "sizes"]


def test_a_list_of_texts_is_edited_line_by_line() -> None:
    metadata = {"formats": ["text/csv", 7], "sizes": ["12 MB"], "contentUrl": ["https://example.org/1"]}
    assert edited(metadata, formats__0__value="text/plain", sizes__0__value="") == {
        "formats": ["text/plain", 7],
        "contentUrl": ["https://example.org/1"],
    }
    added = typed(Editor.read({})) | {"formats.rows": "2", "formats.0.value": "a", "formats.1.value": "b"}
    assert Editor.bind({}, added).result() == {"formats": ["a", "b"]}


SPDX = {"rightsIdentifierScheme": "SPDX", "schemeUri": "https://spdx.org/licenses/"}
CC_BY = SPDX | {
    "rights": "Creative Commons Attribution 4.0 International",
    "rightsUri": "https://creativecommons.org/licenses/by/4.0/",
    "rightsIdentifier": "cc-by-4.0",
}


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        (CC_BY, {"rightsIdentifier": "CC0-1.0"}, {"rightsIdentifier": "CC0-1.0"}),
        (
            CC_BY | {"rights": "CC BY, but ask first"},
            {"rightsIdentifier": "CC0-1.0"},
            {"rightsIdentifier": "CC0-1.0", "rights": "CC BY, but ask first"},
        ),
        (
            CC_BY,
            {"rightsIdentifier": "CC0-1.0", "rightsUri": "https://example.org/terms"},
            {"rightsIdentifier": "CC0-1.0", "rightsUri": "https://example.org/terms"},
        ),
        (CC_BY, {"lang": "en"}, CC_BY | {"lang": "en"}),
    ],
)
def test_with_another_licence_name_and_address_of_the_one_before_go(
    before: dict[str, str], changes: dict[str, str], after: dict[str, str]
) -> None:
    sent = {f"rightsList__0__{name}": text for name, text in changes.items()}
    (found,) = edited({"rightsList": [before]}, **sent)["rightsList"]
    assert found == SPDX | after


def test_a_licence_is_chosen_or_typed() -> None:
    (rights,) = [part for part in Editor.read({}).parts if part.section.key == "rightsList"]
    ((_index, _row, inputs, _wrong),) = rights.shown()
    assert inputs[0].field.name == "rightsIdentifier"
    assert list(inputs[0].options)[:2] == ["CC0-1.0", "CC-BY-4.0"]
    assert edited({}, rightsList__0__rightsIdentifier="Beerware") == {
        "rightsList": [{"rightsIdentifier": "Beerware"} | SPDX]
    }


def test_a_record_too_long_for_one_request_is_kept_for_the_other_editor() -> None:
    many = {"creators": [{"name": f"Person {number}"} for number in range(150)], "language": "en"}
    editor = Editor.read(many)
    assert editor.part("creators") is None
    assert len(typed(editor)) < 1000
    assert edited(many, language__0__value="de") == {**many, "language": "de"}


def test_a_version_may_begin_with_what_its_dataset_says() -> None:
    editor = Editor.read({})
    editor.copy_from("creators", METADATA)
    assert editor.result()["creators"] == METADATA["creators"]
    editor.copy_from("nonsense", METADATA)
    assert set(editor.result()) == {"creators"}


def test_a_row_never_takes_over_somebody_elses_entry_after_a_conflict() -> None:
    sent = typed(Editor.read(RICH), creators__1__name="Water Authority")
    meanwhile = {**RICH, "creators": [{"name": "New First", "lang": "fr"}, *RICH["creators"]]}
    editor = Editor.bind(meanwhile, sent)
    editor.rematch()
    after = editor.result()["creators"]
    assert after[0] == RICH["creators"][0]
    assert after[1] == {"name": "Water Authority", "nameType": "Organizational"}


def test_a_nul_never_reaches_the_database() -> None:
    assert edited({}, titles__0__title="A\x00B")["titles"] == [{"title": "AB"}]


def test_a_fingerprint_depends_on_content_not_on_order() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


@pytest.mark.parametrize("count", ["", "x", "-1", "99999999", "²"])
def test_a_row_count_that_is_none_leaves_the_section_alone(count: str) -> None:
    after = edited(METADATA, titles__rows=count)
    assert after == METADATA
