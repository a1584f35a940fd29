"""Licences: known by SPDX identifier, address or name, and then said in full."""

from typing import Any

import pytest

from doi.metadata import normalise
from doi.metadata.licences import LICENCES, licence_at, licence_of

CC_BY = {
    "rights": "Creative Commons Attribution 4.0 International",
    "rightsUri": "https://creativecommons.org/licenses/by/4.0/legalcode",
    "rightsIdentifier": "CC-BY-4.0",
    "rightsIdentifierScheme": "SPDX",
    "schemeUri": "https://spdx.org/licenses/",
}


def kept(rights: Any) -> Any:
    return normalise({"rightsList": [rights]})["rightsList"][0]


@pytest.mark.parametrize(
    "rights",
    [
        {"rightsIdentifier": "CC-BY-4.0"},
        {"rightsIdentifier": " cc-by-4.0 ", "rightsIdentifierScheme": "spdx"},
        {"rightsIdentifier": "https://spdx.org/licenses/CC-BY-4.0.html"},
        {"rights": "Creative Commons Attribution 4.0 International"},
        CC_BY,
        CC_BY | {"rightsIdentifier": "cc-by-4.0"},
    ],
)
def test_a_known_licence_is_said_in_full(rights: dict[str, str]) -> None:
    assert kept(rights) == CC_BY


@pytest.mark.parametrize(
    "address",
    [
        "https://creativecommons.org/licenses/by/4.0/legalcode",
        "http://creativecommons.org/licenses/by/4.0",
        "https://www.creativecommons.org/licenses/by/4.0/",
        "http://creativecommons.org/licenses/by/4.0/deed.en_US",
        "https://creativecommons.org/licenses/by/4.0/legalcode.de",
        "https://spdx.org/licenses/CC-BY-4.0",
    ],
)
def test_a_known_address_gets_its_identifier_and_stays_as_it_is(address: str) -> None:
    assert kept({"rightsUri": address}) == CC_BY | {"rightsUri": address}


def test_what_was_said_in_other_words_stays_character_for_character() -> None:
    said = {"rights": " CC-BY, see below ", "rightsIdentifier": "CC-BY-4.0", "lang": "en"}
    assert kept(said) == CC_BY | said


@pytest.mark.parametrize(
    "rights",
    [
        {"rights": "All rights reserved"},
        {"rights": "CC BY"},
        {"rightsUri": "https://creativecommons.org/licenses/by/3.0/de/"},
        {"rightsUri": "info:eu-repo/semantics/openAccess"},
        {"rightsIdentifier": "CC-BY-9.0", "rightsIdentifierScheme": "SPDX"},
        {"rightsIdentifier": "MIT", "rightsIdentifierScheme": "Local"},
        {"rightsIdentifier": 7},
        {"rightsUri": 7},
        {"rights": ["MIT"]},
        {"rightsIdentifierScheme": ["SPDX"]},
        "MIT",
    ],
)
def test_what_no_licence_is_known_by_stays(rights: Any) -> None:
    assert kept(rights) == rights


def test_every_licence_is_found_by_its_identifier_and_by_its_address() -> None:
    for identifier, licence in LICENCES.items():
        assert licence_of(identifier.lower()) == licence
        assert not licence.uri or licence_at(licence.uri) == licence
    assert len({licence.name for licence in LICENCES.values()}) == len(LICENCES)
