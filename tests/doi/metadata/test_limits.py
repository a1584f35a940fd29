"""No text and no record is longer than what can be sent and read back, and judging takes no longer than it should."""

import json
from typing import Any

import pytest

from doi.kernel4 import RECORD, Many, Members, Polygons, Shape, Text
from doi.metadata import normalise, problems, to_datacite, to_xml
from doi.metadata.rules import RECORD_LIMIT
from doi.registries import Payload
from doi.states import Provider, State
from tests.doi.metadata.samples import smallest
from tests.doi.registries.bench import URL, make_bench
from tests.support.limits import at_most

MILLION = 1_000_000


def judge(change: dict[str, Any]) -> list[tuple[str, str]]:
    found = problems(smallest() | change, kernel="4.6", this_year=2026)
    return [(problem.field, problem.message) for problem in found]


def described(text: str) -> dict[str, Any]:
    return {"descriptions": [{"description": text, "descriptionType": "Abstract"}]}


@pytest.mark.parametrize(
    ("longest", "change", "field", "words"),
    [
        (4000, lambda text: {"titles": [{"title": text}]}, "titles[0].title", "The title"),
        (4000, lambda text: {"creators": [{"name": text}]}, "creators[0].name", "The name"),
        (4000, lambda text: {"sizes": ["1 GB", text]}, "sizes[1]", "Entry 2 of sizes"),
        (4000, lambda text: {"contentUrl": [f"https://e.org/{text[14:]}"]}, "contentUrl[0]", ""),
        (2000, lambda text: {"rightsList": [{"rights": text}]}, "rightsList[0].rights", "The rights"),
        (200_000, described, "descriptions[0].description", "The description"),
    ],
)
def test_a_text_has_a_limit(longest: int, change: Any, field: str, words: str) -> None:
    assert judge(change("x" * longest)) == []

    ((told, sentence),) = judge(change("x" * (longest + 1)))

    assert told == field
    assert sentence.startswith(words)
    assert sentence.endswith(f" has {longest + 1} characters, and at most {longest} can be sent: shorten it.")


def test_every_text_of_the_table_has_a_limit() -> None:
    def texts(shape: Shape) -> list[Text]:
        match shape:
            case Text():
                return [shape]
            case Members(members=members):
                return [text for member in members.values() for text in texts(member.shape)]
            case Many(item=item):
                return texts(item)
            case Polygons(point=point):
                return texts(point)
        return []

    assert {text.longest for text in texts(RECORD)} == {191, 2000, 4000, 200_000}


def filled(size: int) -> dict[str, Any]:
    """A record of `size` bytes of JSON, property by property."""
    one = {"description": "x" * 190_000, "descriptionType": "Other"}
    record = smallest() | {"descriptions": [dict(one) for _ in range(10)], "subjects": [{"subject": ""}]}
    missing = size - sum(len(json.dumps(value)) for value in record.values())
    subjects = [{"subject": "s" * 3983} for _ in range(missing // 4000)]
    record["subjects"] = [*subjects, {"subject": ""}]
    missing = size - sum(len(json.dumps(value)) for value in record.values())
    record["subjects"][-1]["subject"] = "s" * missing
    return record


def test_a_record_has_a_limit() -> None:
    assert problems(filled(RECORD_LIMIT), kernel="4.6", this_year=2026) == ()

    (problem,) = problems(filled(RECORD_LIMIT + 1), kernel="4.6", this_year=2026)

    assert problem.field == "descriptions"
    assert problem.message == (
        "All fields together have 2000001 bytes, and at most 2000000 can be sent: shorten this one."
    )


@pytest.mark.parametrize("provider", list(Provider))
def test_the_longest_record_is_sent_and_read_back(provider: Provider) -> None:
    here = make_bench(provider)
    record = filled(RECORD_LIMIT)
    name = here.name()
    payload = Payload(name, URL, attributes=to_datacite(record, version=None), xml=to_xml(record, name=name))

    here.registry.create(payload)
    promoted = here.registry.promote(payload, to=State.FINDABLE)

    assert promoted.state == here.registry.fetch(name).state == State.FINDABLE
    here.sandbox.close()


@pytest.mark.parametrize(
    "text", [" " * MILLION, "a" + " " * MILLION + "b", "<" * MILLION, "10." * 300_000, "https://" * 100_000]
)
@pytest.mark.parametrize(
    "change",
    [
        described,
        lambda text: {"titles": [{"title": text, "lang": text, "titleType": text}]},
        lambda text: {"language": text, "publicationYear": text, "version": text},
        lambda text: {"dates": [{"date": text, "dateType": "Issued"}]},
        lambda text: {"contentUrl": [text], "rightsList": [{"rightsUri": text, "rightsIdentifier": text}]},
        lambda text: {
            "creators": [
                {
                    "name": "A",
                    "nameIdentifiers": [{"nameIdentifier": text, "nameIdentifierScheme": "ORCID"}],
                }
            ]
        },
        lambda text: {
            "relatedIdentifiers": [
                {"relatedIdentifier": text, "relatedIdentifierType": kind, "relationType": "Cites"}
                for kind in ("DOI", "URL")
            ]
        },
    ],
)
def test_a_million_characters_are_judged_at_once(change: Any, text: str) -> None:
    with at_most(5):
        judge(normalise(smallest() | change(text)))
        found = judge(change(text))

    assert found
