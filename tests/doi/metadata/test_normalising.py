"""Read shape into write shape, and one record out of three layers."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings

from doi.metadata import merge, normalise
from tests.doi.metadata.samples import complete, polygon, smallest
from tests.doi.metadata.strategies import records


def test_what_is_in_write_shape_already_stays_as_it_is() -> None:
    assert normalise(complete()) == complete()


def test_publisher_and_affiliation_strings_become_objects() -> None:
    raw = {"publisher": "PANGAEA", "creators": [{"name": "A", "affiliation": ["CERN", {"name": "INFN"}]}]}
    assert normalise(raw) == {
        "publisher": {"name": "PANGAEA"},
        "creators": [{"name": "A", "affiliation": [{"name": "CERN"}, {"name": "INFN"}]}],
    }


@pytest.mark.parametrize("single", ["CERN", {"name": "CERN"}])
def test_a_single_affiliation_becomes_a_list(single: Any) -> None:
    assert normalise({"creators": [{"name": "A", "affiliation": single}]}) == {
        "creators": [{"name": "A", "affiliation": [{"name": "CERN"}]}]
    }


def test_numeric_strings_become_numbers() -> None:
    box = {
        "westBoundLongitude": "-168.5182",
        "eastBoundLongitude": "174.9006",
        "southBoundLatitude": " -64 ",
        "northBoundLatitude": "7.9e1",
    }
    raw = {"publicationYear": "2015", "geoLocations": [{"geoLocationBox": box}]}
    found = normalise(raw)
    assert found["publicationYear"] == 2015
    assert found["geoLocations"][0]["geoLocationBox"] == {
        "westBoundLongitude": -168.5182,
        "eastBoundLongitude": 174.9006,
        "southBoundLatitude": -64,
        "northBoundLatitude": 79.0,
    }


@pytest.mark.parametrize(
    ("given_year", "kept"),
    [("20x5", "20x5"), ("", None), (2015.0, 2015), (2015.5, 2015.5), ("9" * 5000, "9" * 5000)],
)
def test_a_year_that_is_no_number_is_kept_for_the_rules_to_name(given_year: Any, kept: Any) -> None:
    assert normalise({"publicationYear": given_year}).get("publicationYear") == kept


@pytest.mark.parametrize("strange", ["1e999", "NaN", "٣", "1_000", "0x1F"])
def test_a_coordinate_that_is_no_number_is_kept_for_the_rules_to_name(strange: str) -> None:
    raw = {"geoLocations": [{"geoLocationPoint": {"pointLongitude": strange, "pointLatitude": 1}}]}
    assert normalise(raw)["geoLocations"][0]["geoLocationPoint"]["pointLongitude"] == strange


def test_empty_members_go() -> None:
    raw = smallest() | {
        "subjects": [],
        "language": None,
        "version": "",
        "dates": [{}, {"date": None, "dateType": ""}],
        "container": {},
        "sizes": ["", "  ", "1 MB"],
        "contributors": [{"name": "B", "contributorType": "Editor", "givenName": " ", "affiliation": [""]}],
    }
    assert normalise(raw) == smallest() | {
        "sizes": ["1 MB"],
        "contributors": [{"name": "B", "contributorType": "Editor"}],
    }


def test_attributes_that_nobody_may_write_go() -> None:
    raw = smallest() | {
        "doi": "10.5072/abc",
        "state": "findable",
        "url": "https://example.org",
        "prefix": "10.5072",
        "schemaVersion": "http://datacite.org/schema/kernel-4.4",
        "viewCount": 3,
        "xml": "PD94",
    }
    raw["types"] = {
        "resourceTypeGeneral": "Dataset",
        "ris": "DATA",
        "schemaOrg": "Dataset",
        "citeproc": "dataset",
    }
    assert normalise(raw) == smallest()


def test_identifiers_become_alternate_ones_without_the_doi_itself() -> None:
    raw = {
        "doi": "10.5072/abc",
        "identifiers": [
            {"identifier": "https://doi.org/10.5072/ABC", "identifierType": "DOI"},
            {"identifier": "RS-17", "identifierType": "Local"},
        ],
    }
    kept = [{"alternateIdentifier": "RS-17", "alternateIdentifierType": "Local"}]
    assert normalise(raw) == {"alternateIdentifiers": kept}


def test_alternate_identifiers_lose_the_doi_itself_but_no_other_doi() -> None:
    other = {"alternateIdentifier": "10.5072/other", "alternateIdentifierType": "DOI"}
    own = {"alternateIdentifier": "doi:10.5072/ABC", "alternateIdentifierType": "DOI"}
    local = {"alternateIdentifier": "RS-17", "alternateIdentifierType": "Local"}
    assert normalise({"doi": "10.5072/abc", "alternateIdentifiers": [own, local]}) == {
        "alternateIdentifiers": [local]
    }
    assert normalise({"doi": "10.5072/abc", "alternateIdentifiers": [own, other]}) == {
        "alternateIdentifiers": [other]
    }


@pytest.mark.parametrize(
    "text", ["  two  spaces ", "line\nbreak", "שלום", "🧪 emoji", "<b>&amp;</b>", "e\u0301 is not \u00e9"]
)
def test_names_and_texts_stay_character_for_character(text: str) -> None:
    raw = {
        "titles": [{"title": text}],
        "creators": [{"name": text, "familyName": text}],
        "descriptions": [{"description": text, "descriptionType": "Abstract"}],
        "publisher": text,
    }
    found = normalise(raw)
    assert found["titles"][0]["title"] == text
    assert found["creators"][0] == {"name": text, "familyName": text}
    assert found["descriptions"][0]["description"] == text
    assert found["publisher"] == {"name": text}


def test_white_space_around_identifiers_words_and_dates_goes() -> None:
    raw = {
        "relatedIdentifiers": [
            {
                "relatedIdentifier": "\n   https://inspirehep.net/literature/1464839\n  ",
                "relatedIdentifierType": " URL ",
                "relationType": "References",
            }
        ],
        "dates": [{"date": " 2020 ", "dateType": "Issued"}],
        "language": " en",
    }
    found = normalise(raw)
    assert found["relatedIdentifiers"][0]["relatedIdentifier"] == "https://inspirehep.net/literature/1464839"
    assert found["relatedIdentifiers"][0]["relatedIdentifierType"] == "URL"
    assert found["dates"][0]["date"] == "2020"
    assert found["language"] == "en"


def test_uri_members_are_known_in_both_spellings() -> None:
    raw = {
        "rightsList": [{"rightsURI": "https://example.org/l", "schemeUri": "https://example.org/s"}],
        "relatedItems": [
            {"relatedItemIdentifier": {"relatedItemIdentifier": "1", "schemeUri": "https://example.org"}}
        ],
    }
    found = normalise(raw)
    assert found["rightsList"] == [
        {"rightsUri": "https://example.org/l", "schemeUri": "https://example.org/s"}
    ]
    assert found["relatedItems"][0]["relatedItemIdentifier"]["schemeURI"] == "https://example.org"


def test_a_polygon_of_the_older_shape_becomes_a_list_of_points() -> None:
    entries = polygon()
    older = {
        "polygonPoint": [
            {name: str(number) for name, number in entry["polygonPoint"].items()} for entry in entries[:-1]
        ],
        "inPolygonPoint": entries[-1]["inPolygonPoint"],
    }
    assert normalise({"geoLocations": [{"geoLocationPolygon": older}]}) == {
        "geoLocations": [{"geoLocationPolygon": entries}]
    }


def test_several_polygons_stay_several() -> None:
    several = {"geoLocations": [{"geoLocationPolygon": [polygon(), polygon()]}]}
    assert normalise(several) == several


@pytest.mark.parametrize(
    "raw",
    [
        {"titles": "River"},
        {"creators": ["Okafor"]},
        {"titles": {"title": "River"}},
        {"publisher": 7},
        {"types": "Dataset"},
        {"subjects": [["a"]]},
        {"geoLocations": [{"geoLocationPolygon": "round"}]},
        {"geoLocations": [{"geoLocationPolygon": [3, [4]]}]},
        {"identifiers": "RS-17", "alternateIdentifiers": "RS-17"},
        {"alternateIdentifiers": "RS-17"},
    ],
)
def test_what_is_not_understood_stays_to_be_named(raw: dict[str, Any]) -> None:
    kept = {name: value for name, value in raw.items() if name != "identifiers"}
    assert normalise(raw) == kept


def test_identifiers_of_a_wrong_type_are_kept_as_alternate_ones() -> None:
    assert normalise({"identifiers": "RS-17"}) == {"alternateIdentifiers": "RS-17"}
    assert normalise({"identifiers": ["RS-17"]}) == {"alternateIdentifiers": ["RS-17"]}


@settings(deadline=None, max_examples=30)
@given(records("4.7"))
def test_normalising_twice_is_once_and_changes_no_input(record: dict[str, Any]) -> None:
    before = copy.deepcopy(record)
    once = normalise(record)
    assert record == before == once
    assert normalise(once) == once
    json.dumps(once)


def test_the_version_overrides_the_dataset_which_overrides_the_defaults() -> None:
    merged = merge(
        {"titles": [{"title": "Dataset"}], "publisher": "Own press", "language": "en"},
        {"titles": [{"title": "Version"}]},
        defaults={
            "publisher": {"name": "Org"},
            "publicationYear": 2026,
            "types": {"resourceTypeGeneral": "Dataset"},
        },
    )
    assert merged == {
        "titles": [{"title": "Version"}],
        "publisher": {"name": "Own press"},
        "publicationYear": 2026,
        "types": {"resourceTypeGeneral": "Dataset"},
        "language": "en",
    }


def test_a_publisher_is_taken_whole_so_that_no_name_gets_anothers_identifier() -> None:
    dataset = {"publisher": {"name": "A", "publisherIdentifier": "https://ror.org/00f54p054"}}
    assert merge(dataset, {"publisher": {"name": "B"}}, defaults={})["publisher"] == {"name": "B"}


@pytest.mark.parametrize(
    ("dataset", "version", "merged"),
    [
        ({"resourceType": "Survey"}, {}, {"resourceTypeGeneral": "Dataset", "resourceType": "Survey"}),
        (
            {"resourceTypeGeneral": "Dataset", "resourceType": "Survey"},
            {"resourceTypeGeneral": "Software"},
            {"resourceTypeGeneral": "Software"},
        ),
        (
            {"resourceTypeGeneral": "Software"},
            {"resourceType": "Script"},
            {"resourceTypeGeneral": "Software", "resourceType": "Script"},
        ),
    ],
)
def test_a_specific_type_stays_with_its_general_one(
    dataset: dict[str, str], version: dict[str, str], merged: dict[str, str]
) -> None:
    defaults = {"types": {"resourceTypeGeneral": "Dataset"}}
    assert merge({"types": dataset}, {"types": version}, defaults=defaults)["types"] == merged


def test_a_type_of_the_wrong_shape_is_not_hidden_by_the_default() -> None:
    defaults = {"types": {"resourceTypeGeneral": "Dataset"}}
    assert merge({"types": "Survey"}, {}, defaults=defaults)["types"] == "Survey"


def test_merging_changes_none_of_its_inputs() -> None:
    layers = [complete(), smallest(), {"publisher": "Org"}]
    before = copy.deepcopy(layers)
    merged = merge(layers[0], layers[1], defaults=layers[2])
    merged["titles"][0]["title"] = "changed"
    merged["types"]["resourceTypeGeneral"] = "changed"
    assert layers == before
