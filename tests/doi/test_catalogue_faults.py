"""A catalogue with one fault in each line, and every line that is refused: one sentence, nothing changed."""

from datetime import timedelta
from pathlib import Path

import pytest

from doi import clock
from doi.catalogue import BadLineError
from doi.sandbox import Sandbox
from organizations.models import Organization
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support.commands import catalogue, everything, rows, run
from tests.support.lines import V1, lab, river, version

pytestmark = pytest.mark.django_db(transaction=True)

DATA = Path(__file__).parent / "data"
FIELDS = {
    "no-creator": "creators",
    "blank-creator": "creators[1].name",
    "no-title": "titles",
    "blank-title": "titles[0].title",
    "year-20x5": "publicationYear",
    "year-too-early": "publicationYear",
    "publisher-without-name": "publisher.name",
    "unknown-type": "types.resourceTypeGeneral",
    "contributor-without-type": "contributors[0].contributorType",
    "bad-language": "language",
    "orcid-checksum": "creators[0].nameIdentifiers[0].nameIdentifier",
    "identifier-without-scheme": "creators[0].nameIdentifiers[0].nameIdentifierScheme",
    "malformed-ror": "creators[0].affiliation[0].affiliationIdentifier",
    "unknown-relation": "relatedIdentifiers[0].relationType",
    "related-doi-that-is-none": "relatedIdentifiers[0].relatedIdentifier",
    "bad-date": "dates[0].date",
    "date-without-type": "dates[0].dateType",
    "description-without-type": "descriptions[0].descriptionType",
    "rights-address": "rightsList[0].rightsUri",
    "latitude-91": "geoLocations[0].geoLocationPoint.pointLatitude",
    "polygon-out-of-the-world": "geoLocations[0].geoLocationPolygon[1].polygonPoint.pointLatitude",
    "funding-without-funder": "fundingReferences[0].funderName",
    "related-item-without-relation": "relatedItems[0].relationType",
    "control-character": "titles[0].title",
    "fault-in-a-version": "language",
}


def test_each_fault_is_blocked_at_its_field_and_mending_it_sends_it(sandbox: Sandbox) -> None:
    make.configured("fault-lab")
    assert run("import_catalog", DATA / "faulty-catalog.jsonl").code == 0
    drain_all()

    blocked = {row["dataset"]: row["attention"] for row in rows()}
    assert {slug: said.partition(": ")[0] for slug, said in blocked.items()} == {
        slug: f"metadata.{field}" for slug, field in FIELDS.items()
    }
    assert all(said.partition(": ")[2].endswith(".") for said in blocked.values()), "each with its sentence"
    assert sandbox.counts()["total"] == 0

    assert run("import_catalog", DATA / "mended-catalog.jsonl").code == 0
    drain_all()

    assert {row["dataset"]: (row["state"], row["attention"]) for row in rows()} == dict.fromkeys(
        FIELDS, ("draft", None)
    )
    assert sandbox.counts()["datacite"] == {"POST /dois": len(FIELDS)}


DATASET = '{"type":"dataset","organization":"river-lab","slug":"stage"'
BAD_LINES = {
    "no JSON": ("nonsense", "This is not JSON"),
    "cut off": ('{"type":"dataset",', "This is not JSON"),
    "two objects": ("{} {}", "This is not JSON"),
    "a list": ("[]", "A line must be a JSON object"),
    "a number that is none": (DATASET + ',"metadata":{"publicationYear":NaN}}', "NaN is no number in JSON"),
    "a number beyond all": (DATASET + ',"metadata":{"publicationYear":1e999}}', "This is not JSON"),
    "a number without end": ('{"type":"dataset","x":' + "9" * 5000 + "}", "This is not JSON"),
    "nested without end": ('{"type":"dataset","x":' + "[" * 100_000, "nested too deeply"),
    "half a surrogate": (r'{"type":"organization","slug":"a","name":"\ud800"}', "surrogate"),
    "NUL": (r'{"type":"organization","slug":"a","name":"a\u0000b"}', "the character NUL"),
    "no type": ('{"slug":"a"}', "“type” must be one of institution, organization, member, dataset"),
    "another type": ('{"type":"person"}', "“type” must be one of"),
    "a type of another kind": ('{"type":["dataset"]}', "“type” must be one of"),
    "an unknown key": ('{"type":"organization","slug":"a","name":"A","colour":"red"}', "Unknown: colour"),
    "no slug": ('{"type":"organization","name":"A"}', "“slug” must be letters"),
    "a bad slug": ('{"type":"organization","slug":"a b","name":"A"}', "“slug” must be letters"),
    "a long slug": ('{"type":"organization","slug":"' + "a" * 81 + '","name":"A"}', "longer than 80"),
    "a long name": ('{"type":"organization","slug":"a","name":"' + "a" * 301 + '"}', "longer than 300"),
    "no name": ('{"type":"organization","slug":"a"}', "“name” is missing"),
    "a blank name": ('{"type":"institution","slug":"a","name":"  "}', "“name” is missing"),
    "a name that is a number": ('{"type":"institution","slug":"a","name":7}', "“name” must be a text"),
    "an unknown parent": (
        '{"type":"institution","slug":"a","name":"A","parent":"b"}',
        "There is no institution “b”",
    ),
    "an unknown organization": (
        '{"type":"dataset","organization":"b","slug":"a"}',
        "There is no organization “b”",
    ),
    "no organization": ('{"type":"dataset","slug":"a"}', "There is no organization “None”"),
    "an unknown visibility": (
        DATASET + ',"visibility":"secret"}',
        "“visibility” must be one of public, private",
    ),
    "an unknown switch": (DATASET + ',"doi":true}', "“doi” must be a text"),
    "metadata as a list": (DATASET + ',"metadata":[]}', "“metadata” must be a JSON object"),
    "versions as an object": (DATASET + ',"versions":{}}', "“versions” must be a list"),
    "a version as a text": (DATASET + ',"versions":["1.0"]}', "Each version must be a JSON object"),
    "no number": (DATASET + ',"versions":[{}]}', "A version's “number” is missing"),
    "a number as a number": (DATASET + ',"versions":[{"number":1.0}]}', "“number” must be a text"),
    "a long number": (DATASET + ',"versions":[{"number":"' + "1" * 192 + '"}]}', "longer than 191"),
    "a number twice": (DATASET + ',"versions":[{"number":"1"},{"number":" 1 "}]}', "there twice"),
    "no time": (DATASET + ',"versions":[{"number":"1","released":"yesterday"}]}', "must be a time such as"),
    "an impossible time": (
        DATASET + ',"versions":[{"number":"1","released":"2025-02-30"}]}',
        "must be a time",
    ),
    "a time to come": (
        DATASET + ',"versions":[{"number":"1","released":"2999-01-01"}]}',
        "lies in the future",
    ),
    "a time before time": (
        DATASET + ',"versions":[{"number":"1","released":"0001-01-01T00:00:00+14:00"}]}',
        "must be a time",
    ),
    "two unreleased versions": (
        DATASET + ',"versions":[{"number":"1"},{"number":"2"}]}',
        "unreleased version already",
    ),
    "an existing DOI without an account": (
        DATASET + ',"versions":[{"number":"1","released":"2025-01-01","doi":"10.5555/a"}]}',
        "No DOI account is in force",
    ),
    "a DOI that does not parse": (
        DATASET + ',"versions":[{"number":"1","released":"2025-01-01","doi":"11.5555/a"}]}',
        "11.5555/a",
    ),
    "an existing DOI of an unreleased version": (
        DATASET + ',"versions":[{"number":"1","doi":"10.5555/a"}]}',
        "takes no existing DOI",
    ),
    "no e-mail address": (
        '{"type":"member","email":"ada","name":"A","organization":"river-lab","role":"viewer"}',
        "is not an e-mail address",
    ),
    "no role": (
        '{"type":"member","email":"a@example.org","name":"A","organization":"river-lab"}',
        "not a role",
    ),
    "a member of two places": (
        '{"type":"member","email":"a@example.org","organization":"river-lab","institution":"b","role":"viewer"}',
        "one “organization” or one “institution”",
    ),
}


@pytest.mark.parametrize(("line", "sentence"), BAD_LINES.values(), ids=list(BAD_LINES))
def test_a_bad_line_is_one_sentence_and_leaves_the_others_alone(
    tmp_path: Path, line: str, sentence: str
) -> None:
    lab()
    before = everything()
    alone = run("import_catalog", catalogue(tmp_path / "alone", line))
    assert everything() == before, "nothing of a bad line is kept"

    good = {"type": "organization", "slug": "good", "name": "Good"}
    result = run("import_catalog", catalogue(tmp_path / "among", line, good))

    assert (alone.code, result.code) == (1, 1)
    assert len(result.errors) == 1
    assert result.err.startswith("line 1: ")
    assert sentence in result.err
    assert result.out == "1 line imported, 1 bad\n"
    assert Organization.objects.filter(slug="good").exists()


def test_a_release_time_is_written_once() -> None:
    lab()
    river(V1)

    with pytest.raises(BadLineError, match="released at another time, 2025-01-01T09:00:00"):
        river({**V1, "released": "2024-01-01"})
    river({**V1, "released": "2025-01-01T10:00:00+01:00"})


def test_a_time_just_now_is_no_future(moved_clock: Clock) -> None:
    lab()
    river({**V1, "released": (clock.now() - timedelta(seconds=1)).isoformat()})
    assert version().released_at is not None
