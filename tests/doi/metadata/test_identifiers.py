"""Identifiers of people, organizations and works: judged, and brought into the form that DataCite recommends."""

from typing import Any

import pytest

from doi.metadata import normalise, problems, to_datacite
from doi.metadata.identifiers import identifier_fault
from tests.doi.metadata.samples import smallest


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("0000-0002-1825-0097", "ORCID"),
        ("https://orcid.org/0000-0002-1825-0097", "orcid"),
        ("http://www.orcid.org/0000-0002-1825-0097/", "https://orcid.org/"),
        ("0000000218250097", "ORCID"),
        ("https://ror.org/00f54p054", "ROR"),
        ("03yrm5c26", "https://ror.org"),
        ("ROR.org/04WXNSJ81", "ror"),
        ("0000 0001 2103 2683", "ISNI"),
        ("https://isni.org/isni/0000000121032683", "isni"),
        ("http://www.isni.org/0000000121032683", "ISNI"),
        ("grid.168010.e", "GRID"),
        ("https://www.grid.ac/institutes/grid.168010.e", "GRID"),
        ("https://doi.org/10.13039/501100000266", "Crossref Funder ID"),
        ("501100000266", "Crossref Funder ID"),
        ("doi:10.1234/abc", "DOI"),
        ("anything at all", "GND"),
        ("anything at all", ""),
    ],
)
def test_identifiers_are_let_pass(text: str, scheme: str) -> None:
    assert identifier_fault(text, scheme=scheme) is None


@pytest.mark.parametrize(
    ("text", "scheme", "named"),
    [
        ("0000-0002-1825-0098", "ORCID", "ORCID iD"),
        ("https://orcid.org/0000-0002-1825-0098", "Other", "ORCID iD"),
        ("https://orcid.org/x/0000-0002-1825-0097", "ORCID", "ORCID iD"),
        ("٠٠٠٠-0002-1825-0097", "ORCID", "ORCID iD"),
        ("0000 0001 2103 2684", "ISNI", "ISNI"),
        ("https://ror.org/00f54p055", "ROR", "ROR ID"),
        ("https://ror.org/0ilou5054", "ROR", "ROR ID"),
        ("https://ror.org/", "ROR", "ROR ID"),
        ("grid.x", "GRID", "GRID ID"),
        ("NSF", "Crossref Funder ID", "Crossref Funder ID"),
        ("11.1/x", "DOI", "a DOI"),
    ],
)
def test_identifiers_that_cannot_be_right_are_named(text: str, scheme: str, named: str) -> None:
    fault = str(identifier_fault(text, scheme=scheme))
    assert named in fault
    assert text in fault


ORCID = {
    "nameIdentifier": "https://orcid.org/0000-0002-1694-233X",
    "nameIdentifierScheme": "ORCID",
    "schemeUri": "https://orcid.org",
}
ISNI = {
    "nameIdentifier": "https://isni.org/isni/0000000121032683",
    "nameIdentifierScheme": "ISNI",
    "schemeUri": "https://isni.org",
}
ROR = {
    "nameIdentifier": "https://ror.org/00f54p054",
    "nameIdentifierScheme": "ROR",
    "schemeUri": "https://ror.org",
}


@pytest.mark.parametrize(
    ("text", "scheme", "kept"),
    [
        ("0000-0002-1694-233X", "ORCID", ORCID),
        ("000000021694233x", "orcid", ORCID),
        (" https://orcid.org/0000-0002-1694-233X/ ", "ORCID", ORCID),
        ("http://www.orcid.org/0000-0002-1694-233X", "https://orcid.org/", ORCID),
        ("https://orcid.org/0000-0002-1694-233X", None, ORCID),
        ("orcid.org/0000-0002-1694-233X", None, ORCID),
        ("0000 0001 2103 2683", "ISNI", ISNI),
        ("http://isni.org/isni/0000000121032683", "isni", ISNI),
        ("http://www.isni.org/0000000121032683", None, ISNI),
        ("00f54p054", "ROR", ROR),
        ("ROR.org/00F54P054", None, ROR),
        ("https://ror.org/00f54p054/", "https://ror.org", ROR),
        (
            "https://www.grid.ac/institutes/grid.168010.E",
            "GRID",
            {"nameIdentifier": "grid.168010.e", "nameIdentifierScheme": "GRID"},
        ),
    ],
)
def test_an_identifier_takes_the_recommended_form_however_it_was_pasted(
    text: str, scheme: str | None, kept: dict[str, str]
) -> None:
    given = {"nameIdentifier": text} | ({"nameIdentifierScheme": scheme} if scheme else {})
    record = smallest() | {"creators": [{"name": "A", "nameIdentifiers": [given]}]}
    assert normalise(record)["creators"][0]["nameIdentifiers"] == [kept]
    assert to_datacite(record, version=None)["creators"][0]["nameIdentifiers"] == [kept]
    assert problems(normalise(record), kernel="4.7") == ()


@pytest.mark.parametrize(
    "given",
    [
        {"nameIdentifier": "0000-0002-1694-2330", "nameIdentifierScheme": "ORCID"},
        {"nameIdentifier": "0000-0002-1694-233X"},
        {"nameIdentifier": "118611593", "nameIdentifierScheme": "GND"},
        {"nameIdentifier": "https://doi.org/10.1234/A", "nameIdentifierScheme": "DOI"},
        {"nameIdentifier": 7, "nameIdentifierScheme": "ORCID"},
        {"nameIdentifier": "0000-0002-1694-233X", "nameIdentifierScheme": ["ORCID"]},
        {"nameIdentifierScheme": "ORCID"},
    ],
)
def test_what_is_not_understood_stays_to_be_named(given: dict[str, Any]) -> None:
    record = {"creators": [{"name": "A", "nameIdentifiers": [given]}]}
    assert normalise(record) == record


def test_an_address_of_the_scheme_that_was_given_stays() -> None:
    given = ORCID | {"schemeUri": "http://orcid.org/"}
    assert normalise({"creators": [{"name": "A", "nameIdentifiers": [given]}]})["creators"][0][
        "nameIdentifiers"
    ] == [given]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            {"name": "A", "affiliationIdentifier": "https://ror.org/00f54p054"},
            {
                "name": "A",
                "affiliationIdentifier": "https://ror.org/00f54p054",
                "affiliationIdentifierScheme": "ROR",
                "schemeUri": "https://ror.org",
            },
        ),
        (
            {"name": "A", "affiliationIdentifierScheme": "ROR", "schemeUri": "https://ror.org"},
            {"name": "A"},
        ),
    ],
)
def test_an_affiliation_says_the_kind_of_its_identifier_and_of_none_nothing(
    given: dict[str, str], kept: dict[str, str]
) -> None:
    assert normalise({"creators": [{"name": "B", "affiliation": [given]}]})["creators"][0]["affiliation"] == [
        kept
    ]


def test_the_publishers_identifier_is_brought_into_form_too() -> None:
    assert normalise({"publisher": {"name": "A", "publisherIdentifier": "ror.org/00f54p054"}})[
        "publisher"
    ] == {
        "name": "A",
        "publisherIdentifier": "https://ror.org/00f54p054",
        "publisherIdentifierScheme": "ROR",
        "schemeUri": "https://ror.org",
    }


FUNDER = "https://doi.org/10.13039/501100000266"


@pytest.mark.parametrize(
    ("text", "kind", "kept", "named"),
    [
        ("501100000266", "Crossref Funder ID", FUNDER, "Crossref Funder ID"),
        ("10.13039/501100000266", "crossref funder id", FUNDER, "Crossref Funder ID"),
        ("http://dx.doi.org/10.13039/501100000266", None, FUNDER, "Crossref Funder ID"),
        ("https://ror.org/0439Y7842", None, "https://ror.org/0439y7842", "ROR"),
        ("0000 0001 2103 2683", "ISNI", "https://isni.org/isni/0000000121032683", "ISNI"),
        ("grid.168010.e", "GRID", "grid.168010.e", "GRID"),
        ("EXC 2033", "Other", "EXC 2033", "Other"),
    ],
)
def test_funders_are_known_by_whatever_registry_names_them(
    text: str, kind: str | None, kept: str, named: str
) -> None:
    given = {"funderName": "A", "funderIdentifier": text} | ({"funderIdentifierType": kind} if kind else {})
    record = smallest() | {"fundingReferences": [given]}
    (found,) = normalise(record)["fundingReferences"]
    assert (found["funderIdentifier"], found["funderIdentifierType"]) == (kept, named)
    assert problems(normalise(record), kernel="4.6") == ()


@pytest.mark.parametrize(
    ("text", "kind", "kept"),
    [
        ("https://doi.org/10.1234/ABC%23d", "DOI", {"relatedIdentifier": "10.1234/abc#d"}),
        ("doi:10.1234/ABC", "doi", {"relatedIdentifier": "10.1234/abc"}),
        ("10.1234/a%23b", "DOI", {"relatedIdentifier": "10.1234/a%23b"}),
        ("https://dx.doi.org/10.1234/ABC", None, {"relatedIdentifier": "10.1234/abc"}),
        (
            "https://doi.org/10.1234/ABC",
            "URL",
            {"relatedIdentifier": "https://doi.org/10.1234/ABC", "relatedIdentifierType": "URL"},
        ),
        (
            "hdl:20.500.1/A",
            "Handle",
            {"relatedIdentifier": "hdl:20.500.1/A", "relatedIdentifierType": "Handle"},
        ),
    ],
)
def test_a_related_doi_is_the_bare_name(text: str, kind: str | None, kept: dict[str, str]) -> None:
    given = {"relatedIdentifier": text, "relationType": "Cites"}
    record = {"relatedIdentifiers": [given | ({"relatedIdentifierType": kind} if kind else {})]}
    assert normalise(record)["relatedIdentifiers"] == [given | {"relatedIdentifierType": "DOI"} | kept]


def test_so_are_the_dois_of_a_related_item_and_of_a_container() -> None:
    found = normalise(
        {
            "relatedItems": [
                {
                    "relatedItemIdentifier": {
                        "relatedItemIdentifier": "https://doi.org/10.1234/A",
                        "relatedItemIdentifierType": "DOI",
                    }
                }
            ],
            "container": {"identifier": "https://doi.org/10.1234/A", "identifierType": "DOI"},
        }
    )
    assert found["relatedItems"][0]["relatedItemIdentifier"]["relatedItemIdentifier"] == "10.1234/a"
    assert found["container"]["identifier"] == "10.1234/a"


def test_the_kind_of_a_number_that_is_not_there_goes() -> None:
    assert normalise({"relatedItems": [{"volume": "1", "numberType": "Article"}]}) == {
        "relatedItems": [{"volume": "1"}]
    }
