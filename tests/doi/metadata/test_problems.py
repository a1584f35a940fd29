"""The local rules: every fault at its field, in one sentence, and nothing said of what may be sent."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doi.kernel4 import Kernel
from doi.metadata import Problem, normalise, problems
from tests.doi.metadata.faults import FAULTS, PERSON
from tests.doi.metadata.samples import complete, point, polygon, smallest
from tests.doi.metadata.strategies import records


def judge(metadata: dict[str, Any], kernel: Kernel = "4.7") -> tuple[Problem, ...]:
    return problems(metadata, kernel=kernel, this_year=2026)


def fields(metadata: dict[str, Any], kernel: Kernel = "4.7") -> list[str]:
    return [problem.field for problem in judge(metadata, kernel)]


MENDED = {
    "publisher",
    "creators[0].affiliation[0]",
    "creators[0].affiliation[0].affiliationIdentifierScheme",
    "fundingReferences[0].funderIdentifierType",
}
"""What normalising sets right: a string for an object with a name, an identifier whose address tells its kind."""


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in smallest().items() if name not in names}


def test_the_smallest_record_may_be_sent() -> None:
    assert judge(smallest()) == ()


def test_the_complete_record_may_be_sent() -> None:
    assert judge(complete()) == ()


def test_at_4_6_the_complete_record_lacks_only_what_4_7_added() -> None:
    assert fields(complete(), "4.6") == [
        "relatedIdentifiers[0].relationTypeInformation",
        "relatedItems[0].relationTypeInformation",
    ]


@settings(deadline=None, max_examples=60)
@given(records("4.6"), records("4.7"))
def test_whatever_the_table_allows_may_be_sent(older: dict[str, Any], newer: dict[str, Any]) -> None:
    assert problems(older, kernel="4.6", this_year=2026) == ()
    assert problems(older, kernel="4.7", this_year=2026) == ()
    assert problems(newer, kernel="4.7", this_year=2026) == ()


@settings(deadline=None, max_examples=30)
@given(records("4.7"))
def test_judging_changes_no_input(record: dict[str, Any]) -> None:
    before = copy.deepcopy(record)
    judge(record, "4.6")
    assert record == before


@pytest.mark.parametrize("name", ["creators", "titles", "publisher", "publicationYear", "types"])
@pytest.mark.parametrize("empty", ["absent", None, []])
def test_each_mandatory_property_is_missed(name: str, empty: Any) -> None:
    record = without(name) if empty == "absent" else smallest() | {name: empty}
    assert fields(record) == [name]


@pytest.mark.parametrize(
    ("change", "field"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_each_fault_is_reported_once_at_its_field_in_one_sentence(change: dict[str, Any], field: str) -> None:
    (problem,) = judge(smallest() | change)
    assert problem.field == field
    assert problem.message.strip() == problem.message
    assert problem.message[-1] in ".?"
    assert problem.message[0].isupper() or problem.message[0] == "“"
    assert "%" not in problem.message


@pytest.mark.parametrize(
    ("change", "field"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_normalising_first_hides_no_fault_but_what_it_mends(change: dict[str, Any], field: str) -> None:
    found = fields(normalise(smallest() | change))
    assert len(found) == (0 if field in MENDED else 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"types": {"resourceTypeGeneral": "dataset"}},
            "“dataset” is not a general resource type that DataCite knows: did you mean “Dataset”?",
        ),
        (
            {"contributors": [PERSON | {"contributorType": "Funder"}]},
            "“Funder” is not a contributor type: name funders under “Funding”.",
        ),
        (
            {"titles": [{"title": "A", "titleType": "Main"}]},
            (
                "“Main” is not a title type that DataCite knows: choose one of AlternativeTitle, Other, Subtitle, "
                "TranslatedTitle."
            ),
        ),
        (
            {"geoLocations": [{"geoLocationPoint": point(0, 91)}]},
            "The latitude must lie between -90 and 90, and 91 does not.",
        ),
        (
            {
                "geoLocations": [
                    {
                        "geoLocationBox": {
                            "westBoundLongitude": 1,
                            "southBoundLatitude": 1,
                            "northBoundLatitude": 2,
                        }
                    }
                ]
            },
            "The box's east is missing: fill it in.",
        ),
        (
            {"geoLocations": [{"geoLocationPoint": point(0, 0) | {"pointLatitude": "51,9"}}]},
            "“51,9” is not a number: write it in digits with a point, like 12.5.",
        ),
        ({"publicationYear": "20x5"}, "“20x5” is not a year: enter the publication year in four digits."),
        ({"titles": ["River"]}, "Entry 1 of titles must be an object with named parts, but here is text."),
        ({"version": "1" * 192}, "The version has 192 characters, and at most 191 can be sent: shorten it."),
        (
            {"titles": [{"title": "a\x0b"}]},
            "The text contains the invisible character U+000B, which cannot be sent: delete it, or type the text anew.",
        ),
    ],
)
def test_the_sentence_says_what_is_wrong_and_what_to_do(change: dict[str, Any], message: str) -> None:
    assert [problem.message for problem in judge(smallest() | change)] == [message]


NEWER: list[tuple[str, dict[str, Any], str]] = [
    ("Poster", {"types": {"resourceTypeGeneral": "Poster"}}, "types.resourceTypeGeneral"),
    (
        "SWHID",
        {
            "relatedIdentifiers": [
                {"relatedIdentifier": "swh:1:x", "relatedIdentifierType": "SWHID", "relationType": "Cites"}
            ]
        },
        "relatedIdentifiers[0].relatedIdentifierType",
    ),
    (
        "relation Other",
        {
            "relatedIdentifiers": [
                {"relatedIdentifier": "10.1234/a", "relatedIdentifierType": "DOI", "relationType": "Other"}
            ]
        },
        "relatedIdentifiers[0].relationType",
    ),
    (
        "relationTypeInformation",
        {
            "relatedIdentifiers": [
                {
                    "relatedIdentifier": "10.1234/a",
                    "relatedIdentifierType": "DOI",
                    "relationType": "Cites",
                    "relationTypeInformation": "figure 3",
                }
            ]
        },
        "relatedIdentifiers[0].relationTypeInformation",
    ),
]


@pytest.mark.parametrize(("change", "field"), [item[1:] for item in NEWER], ids=[item[0] for item in NEWER])
def test_what_4_7_added_is_refused_only_for_a_registry_at_4_6(change: dict[str, Any], field: str) -> None:
    assert judge(smallest() | change, "4.7") == ()
    (problem,) = judge(smallest() | change, "4.6")
    assert problem.field == field
    assert "4.7" in problem.message
    assert "4.6" in problem.message


@pytest.mark.parametrize(
    "change",
    [
        {"titles": [{"title": "Untertitel", "titleType": "Subtitle"}]},
        {"titles": [{"title": "شاخص‌های رودخانه"}, {"title": "שלום עולם"}, {"title": "🌊"}]},
        {"creators": [{"name": "Dr. Störi, Kunstsalon", "nameType": "Organizational"}]},
        {"publicationYear": 1822},
        {"publicationYear": 2036},
        {"language": "en-us"},
        {"version": "v" * 191},
        {"rightsList": [{"rights": "x" * 2000}, {"rightsUri": "info:eu-repo/semantics/openAccess"}]},
        {
            "relatedIdentifiers": [
                {
                    "relatedIdentifier": "api.neotomadb.org/v1/downloads/3157",
                    "relatedIdentifierType": "URL",
                    "relationType": "IsMetadataFor",
                }
            ]
        },
        {
            "relatedIdentifiers": [
                {
                    "relatedIdentifier": "https://doi.org/10.1002/(SICI)1096-8644(199601)99:1%3C1::AID-AJPA1%3E3.0.CO;2-1",
                    "relatedIdentifierType": "DOI",
                    "relationType": "Cites",
                }
            ]
        },
        {
            "creators": [
                PERSON | {"nameIdentifiers": [{"nameIdentifier": "x", "nameIdentifierScheme": "GND"}]}
            ]
        },
        {"fundingReferences": [{"funderName": "A", "funderIdentifierType": "Other"}]},
        {"geoLocations": [{"geoLocationPolygon": [polygon(), polygon()]}]},
        {"somethingElse": {"deep": [1]}},
        {"language": None, "subjects": None},
    ],
)
def test_what_a_curator_may_rightly_write_is_let_pass(change: dict[str, Any]) -> None:
    assert judge(smallest() | change) == ()


def test_problems_come_in_the_order_of_the_schema_and_of_the_entries() -> None:
    record = without("titles") | {
        "dates": [
            {"date": "x", "dateType": "Issued"},
            *[{"date": "2020", "dateType": "Issued"}] * 9,
            {"date": "y"},
        ],
        "creators": [{"name": " "}, {"name": " "}],
        "language": "?",
    }
    assert fields(record) == [
        "creators[0].name",
        "creators[1].name",
        "titles",
        "dates[0].date",
        "dates[10].date",
        "dates[10].dateType",
        "language",
    ]


def test_without_a_year_given_the_present_one_counts() -> None:
    assert problems(smallest(), kernel="4.7") == ()
    assert [problem.field for problem in problems(smallest() | {"publicationYear": 2999}, kernel="4.7")] == [
        "publicationYear"
    ]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_no_junk_anywhere_is_more_than_a_problem(data: st.DataObject) -> None:
    record = complete()
    parent: Any = record
    key: Any = data.draw(st.sampled_from(sorted(record)))
    while isinstance(parent[key], dict | list) and data.draw(st.booleans()):
        parent = parent[key]
        key = data.draw(st.sampled_from(sorted(parent) if isinstance(parent, dict) else range(len(parent))))
    parent[key] = data.draw(JUNK)
    for metadata in (record, normalise(record)):
        found = problems(metadata, kernel="4.7", this_year=2026)
        assert len({problem.field for problem in found}) == len(found)


def test_deep_nesting_is_a_problem_and_no_crash() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    assert fields(smallest() | {"titles": deep, "subjects": [{"subject": deep}]}) == [
        "titles[0]",
        "subjects[0].subject",
    ]
