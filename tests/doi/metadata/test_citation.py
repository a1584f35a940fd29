"""How versions are cited."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from doi.metadata.citation import citation_text, to_bibtex, to_csl, to_ris
from doi.metadata.people import Person, read_person, title
from tests.doi.metadata.samples import complete, smallest
from tests.doi.metadata.strategies import records
from tests.support.real_records import Record

NAME = "10.5072/3mfp-6m52"
URL = f"https://doi.org/{NAME}"


def cite(record: dict[str, Any], version: str | None = "2.0") -> str:
    return citation_text(record, name=NAME, url=URL, version=version)


def people(*names: str) -> dict[str, Any]:
    return smallest() | {"creators": [{"name": name, "nameType": "Personal"} for name in names]}


def test_a_dataset_is_cited_in_apa_style() -> None:
    assert cite(smallest()) == (
        f"Okafor, N. (2026). River stage readings (Version 2.0) [Data set]. Example University. {URL}"
    )


def test_without_a_version_the_metadatas_own_is_cited_or_none() -> None:
    assert "(Version 1.0)" in cite(complete(), None)
    assert "Version" not in cite(smallest(), None)


def test_without_a_link_the_name_stands_at_the_end() -> None:
    assert citation_text(smallest(), name=NAME, url="", version=None).endswith(f". doi:{NAME}")


def test_two_authors_are_joined_by_an_ampersand() -> None:
    assert cite(people("Okafor, Ngozi Ada", "Li, Wei")).startswith("Okafor, N. A., & Li, W. (2026).")


def test_twenty_authors_are_all_named() -> None:
    text = cite(people(*[f"Name{number}, A" for number in range(1, 21)]))
    assert text.startswith("Name1, A., ")
    assert ", Name19, A., & Name20, A. (2026)." in text


def test_of_twenty_one_authors_the_first_nineteen_and_the_last_are_named() -> None:
    text = cite(people(*[f"Name{number}, A" for number in range(1, 22)]))
    assert "Name19, A., … Name21, A. (2026)." in text
    assert "Name20" not in text
    assert "&" not in text


@pytest.mark.parametrize(
    ("creator", "shown"),
    [
        ({"name": "Störi, Kunstsalon", "nameType": "Organizational"}, "Störi, Kunstsalon."),
        ({"name": "ALICE Collaboration"}, "ALICE Collaboration."),
        ({"name": "Sartre, Jean-Paul", "nameType": "Personal"}, "Sartre, J.-P."),
        ({"name": "x", "familyName": "de Beauvoir", "givenName": "Simone"}, "de Beauvoir, S."),
        ({"name": "Plato", "nameType": "Personal"}, "Plato."),
        ({"name": "x", "familyName": "Plato"}, "Plato."),
        ({"name": "王, 小明", "nameType": "Personal"}, "王, 小明."),
        ({"name": "O'Neil, émile (Jr)", "nameType": "Personal"}, "O'Neil, É. J."),
        ({"name": "Dana, 3.", "nameType": "Personal"}, "Dana."),
    ],
)
def test_names_are_shortened_only_where_they_are_a_persons(creator: dict[str, str], shown: str) -> None:
    assert cite(smallest() | {"creators": [creator]}).startswith(f"{shown} (2026).")


def test_an_organization_that_publishes_its_own_data_is_named_once() -> None:
    record = smallest() | {"creators": [{"name": "Example University", "nameType": "Organizational"}]}
    assert cite(record, None) == f"Example University. (2026). River stage readings [Data set]. {URL}"


@pytest.mark.parametrize(
    ("kind", "bracket"),
    [("Dataset", " [Data set]"), ("Software", " [Computer software]"), ("Text", "")],
)
def test_the_kind_stands_in_brackets(kind: str, bracket: str) -> None:
    text = cite(smallest() | {"types": {"resourceTypeGeneral": kind}}, None)
    assert f"River stage readings{bracket}. Example University." in text


def test_a_title_keeps_its_own_full_stop() -> None:
    record = smallest() | {"titles": [{"title": "Where to?"}], "types": {"resourceTypeGeneral": "Text"}}
    assert "). Where to? Example University." in cite(record, None)


@pytest.mark.parametrize(
    ("titles", "shown"),
    [
        ([{"title": "Sub", "titleType": "Subtitle"}, {"title": "Main"}], "Main: Sub"),
        ([{"title": "Flüsse", "titleType": "TranslatedTitle"}], "Flüsse"),
        ([{"title": "Only", "titleType": "Subtitle"}], "Only"),
        ([{"title": "two\n lines "}], "two lines"),
        ([], ""),
    ],
)
def test_the_main_title_is_the_one_without_a_type(titles: list[dict[str, str]], shown: str) -> None:
    assert title({"titles": titles}) == shown


def test_a_name_is_split_at_its_comma_only_where_it_is_said_to_be_a_persons() -> None:
    assert read_person({"name": "A, B"}) == Person(full="A, B")
    assert read_person({"name": "A, B", "nameType": "Personal"}) == Person(full="A, B", family="A", given="B")


def test_csl_json() -> None:
    record = complete() | {
        "creators": [{"name": "Okafor, Ngozi", "nameType": "Personal"}, {"name": "River Office"}]
    }
    assert to_csl(record, name=NAME, url=URL, version="2.0") == {
        "type": "dataset",
        "id": URL,
        "DOI": NAME,
        "URL": URL,
        "title": "River stage readings",
        "author": [{"family": "Okafor", "given": "Ngozi"}, {"literal": "River Office"}],
        "issued": {"date-parts": [[2026]]},
        "publisher": "Example University",
        "version": "2.0",
        "abstract": "Daily stage of <one> river & its arms.",
        "keyword": "Hydrology",
        "language": "en",
    }


def test_csl_json_of_a_name_without_a_given_one_and_a_type_of_no_kind() -> None:
    record = smallest() | {
        "creators": [{"name": "Plato", "familyName": "Plato"}],
        "types": {"resourceTypeGeneral": "Event"},
    }
    item = to_csl(record, name=NAME, url=URL, version=None)
    assert item["author"] == [{"family": "Plato"}]
    assert item["type"] == "document"
    assert "version" not in item


def test_bibtex() -> None:
    record = complete() | {
        "creators": [{"name": "Okafor, Ngozi", "nameType": "Personal"}, {"name": "Rivers and Lakes"}],
        "titles": [{"title": r"100% of {all} $x_1$ & \more ~ ^"}],
    }
    assert to_bibtex(record, name=NAME, url=URL, version="2.0") == (
        "@misc{10-5072-3mfp-6m52,\n"
        "  author = {Okafor, Ngozi and {Rivers and Lakes}},\n"
        r"  title = {{100\% of \{all\} \$x\_1\$ \& \textbackslash{}more \textasciitilde{} \textasciicircum{}}},"
        "\n"
        "  publisher = {{Example University}},\n"
        "  year = {2026},\n"
        "  version = {2.0},\n"
        "  keywords = {Hydrology},\n"
        "  language = {en},\n"
        f"  doi = {{{NAME}}},\n"
        f"  url = {{{URL}}}\n"
        "}\n"
    )


def test_ris() -> None:
    record = complete() | {
        "creators": [{"name": "Okafor, Ngozi", "nameType": "Personal"}, {"name": "River\nOffice"}]
    }
    assert to_ris(record, name=NAME, url=URL, version="2.0").split("\r\n") == [
        "TY  - DATA",
        "T1  - River stage readings",
        "AU  - Okafor, Ngozi",
        "AU  - River Office",
        "PY  - 2026",
        "PB  - Example University",
        "ET  - 2.0",
        "AB  - Daily stage of <one> river & its arms.",
        "KW  - Hydrology",
        "LA  - en",
        f"DO  - {NAME}",
        f"UR  - {URL}",
        "ER  - ",
        "",
    ]


def test_a_line_end_in_a_name_is_a_space_in_the_citation() -> None:
    person = {"name": "Okafor,\nNgozi", "familyName": "Oka\nfor", "givenName": "Ngozi\n"}
    assert cite(smallest() | {"creators": [person]}).startswith("Oka for, N. ")


@settings(deadline=None, max_examples=30)
@given(records("4.7"))
def test_whatever_may_be_sent_can_be_cited(record: dict[str, Any]) -> None:
    assert cite(record).endswith(f" {URL}")
    assert "\n" not in cite(record)
    assert to_csl(record, name=NAME, url=URL, version=None)["title"] == title(record)
    bibtex = re.sub(r"\\[{}]", "", to_bibtex(record, name=NAME, url=URL, version=None))
    assert bibtex.count("{") == bibtex.count("}")
    ris = to_ris(record, name=NAME, url=URL, version=None)
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in ris.removesuffix("\r\n").split("\r\n"))


@pytest.mark.reference
def test_a_real_record_with_a_thousand_authors_has_a_citation_one_can_read(
    real_records: list[Record], reference_dir: Path
) -> None:
    longest = max(
        (record for _slug, _number, record in real_records), key=lambda record: len(record["creators"])
    )
    assert len(longest["creators"]) > 900
    assert len(cite(longest)) < 700
    assert ", … " in cite(longest)
