"""Reading a catalogue: what each line does, that the same again does nothing, and what is refused."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from datasets import services
from datasets.models import Dataset, Version
from doi import clock
from doi.address import landing_url
from doi.catalogue import BadLineError, import_line
from doi.errors import NotAllowedError
from doi.models import DoiEvent
from doi.sandbox import Sandbox
from doi.sandbox.store import Record
from doi.services import issuance
from organizations.models import Institution, Membership, Organization
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support import places
from tests.support.commands import catalogue, everything, rows, run

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
type Importer = Callable[..., None]


def bring(**line: Any) -> None:
    import_line(json.dumps(line), by=make.by(cause="import", actor="catalogue"))


def lab(**more: Any) -> None:
    bring(type="organization", slug="river-lab", name="River Lab", **more)


def river(*versions: dict[str, Any], **more: Any) -> None:
    """One dataset's line; `metadata` is what a DOI needs."""
    line = {"type": "dataset", "organization": "river-lab", "slug": "stage", "metadata": make.METADATA}
    bring(**{**line, "versions": list(versions), **more})


V1 = {"number": "1.0", "released": "2025-01-01T09:00:00Z"}
V2 = {"number": "2.0", "released": "2025-02-01T09:00:00Z"}


def version(number: str = "1.0") -> Version:
    found: Version = Version.objects.select_related("dataset__organization").get(number=number)
    return found


# --- the catalogue with one fault in each line --------------------------------------------------------------------


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


# --- the same again -----------------------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    file = catalogue(
        tmp_path / "catalogue.jsonl",
        {"type": "institution", "slug": "uni", "name": "University", "parent": None},
        {"type": "institution", "slug": "faculty", "name": "Faculty", "parent": "uni"},
        {"type": "organization", "slug": "river-lab", "name": "River Lab", "institution": "faculty"},
        {
            "type": "member",
            "email": "ada@example.org",
            "name": "Ada",
            "organization": "river-lab",
            "role": "curator",
        },
        {
            "type": "dataset",
            "organization": "river-lab",
            "slug": "stage",
            "visibility": "public",
            "doi": "on",
            "metadata": {
                **make.METADATA,
                "publisher": "River Lab",
                "publicationYear": "2025",
                "language": "",
            },
            "versions": [
                {"number": "0.9", "released": "2024-12-01", "deleted": "2025-01-02T09:00:00+01:00"},
                {**V1, "metadata": {"language": "en"}},
                {"number": "1.1", "released": None},
            ],
        },
        {
            "type": "dataset",
            "organization": "river-lab",
            "slug": "gone",
            "deleted": "2025-03-01",
            "versions": [V1],
        },
    )
    institution = Institution.objects.create(slug="uni", name="University")
    places.own(institution)
    Institution.objects.create(slug="faculty", name="Faculty", parent=institution)
    organization = Organization.objects.create(
        slug="river-lab", name="River Lab", institution=Institution.objects.get(slug="faculty")
    )
    places.inherit(organization, default_on=True)
    assert run("import_catalog", file).code == 0
    drain_all()
    before, requests = everything(), sandbox.counts()

    again = run("import_catalog", file)

    assert (again.code, again.err) == (0, "")
    assert again.out == "6 lines imported, 0 bad\n"
    assert everything() == before
    assert drain_all() == 0
    assert sandbox.counts() == requests


# --- places and people --------------------------------------------------------------------------------------------


def test_places_are_made_nested_renamed_and_moved() -> None:
    bring(type="institution", slug="uni", name="University")
    bring(type="institution", slug="faculty", name="Faculty", parent="uni")
    lab(institution="faculty")
    assert [each.slug for each in Organization.objects.get().institution.lineage()] == ["faculty", "uni"]  # type: ignore[union-attr]

    bring(type="organization", slug="river-lab", name="River Laboratory")
    assert Organization.objects.get().institution is not None, "an absent key is left as it is"
    bring(type="organization", slug="river-lab", institution=None)

    organization = Organization.objects.get()
    assert (organization.name, organization.institution) == ("River Laboratory", None)


def test_an_institution_cannot_be_above_itself() -> None:
    bring(type="institution", slug="uni", name="University")
    bring(type="institution", slug="faculty", name="Faculty", parent="uni")

    for slug, parent in [("uni", "uni"), ("uni", "faculty")]:
        with pytest.raises(BadLineError, match="cannot be above itself"):
            bring(type="institution", slug=slug, parent=parent)

    assert Institution.objects.get(slug="uni").parent is None


def test_leaving_the_institution_leaves_its_account(sandbox: Sandbox) -> None:
    uni = Institution.objects.create(slug="uni", name="University")
    places.own(uni)
    lab(institution="uni")
    places.inherit(Organization.objects.get(), default_on=True)
    river(V1)

    lab(institution=None)
    drain_all()
    assert [(row["state"], row["attention"].partition(":")[0]) for row in rows()] == [
        ("planned", "account.none")
    ]
    assert sandbox.counts()["total"] == 0

    lab(institution="uni")
    drain_all()
    assert [(row["state"], row["attention"]) for row in rows()] == [("draft", None)]


def test_a_renamed_organization_is_sent_as_publisher_where_nobody_named_another(sandbox: Sandbox) -> None:
    make.configured()
    river(V1, doi="on", visibility="public")
    river(
        V1, doi="on", visibility="public", slug="named", metadata={**make.METADATA, "publisher": "Elsewhere"}
    )
    drain_all()
    sandbox.reset_counts()

    bring(type="organization", slug="river-lab", name="River Laboratory")
    drain_all()

    assert sandbox.counts()["total"] == 1
    assert sum("River Laboratory" in str(record.metadata) for record in sandbox.store.all()) == 1


def test_a_member_gets_a_role_and_the_history_says_so() -> None:
    lab()
    line = {"type": "member", "email": "Ada@Example.org", "name": "Ada", "organization": "river-lab"}
    bring(**line, role="viewer")
    bring(**line, role="curator")
    bring(**line, role="curator")

    assert Membership.objects.get().role == "curator"
    said = DoiEvent.objects.filter(event__in=["member_added", "role_changed"]).order_by("id")
    assert [(each.event, each.actor, each.cause, each.detail.get("role")) for each in said] == [
        ("member_added", "catalogue", "import", "viewer"),
        ("role_changed", "catalogue", "import", "curator"),
    ]
    assert "ada@example.org" not in str([each.detail for each in said])


# --- versions -----------------------------------------------------------------------------------------------------


def test_a_dataset_comes_with_its_versions_as_they_were() -> None:
    lab()
    river(
        {**V1, "deleted": "2025-02-02T09:00:00Z"},
        V2,
        {"number": "3.0", "released": None},
        visibility="public",
    )

    found = Version.objects.order_by("position")
    assert [(each.number, each.position, each.is_live) for each in found] == [
        ("1.0", 1, False),
        ("2.0", 2, True),
        ("3.0", 3, False),
    ]
    assert version("2.0").released_at == datetime(2025, 2, 1, 9, tzinfo=UTC)
    assert version("1.0").deleted_at == datetime(2025, 2, 2, 9, tzinfo=UTC)
    assert Dataset.objects.get().visibility == "public"


def test_a_version_that_came_and_went_takes_the_next_free_place() -> None:
    lab()
    river(V1, {"number": "2.0", "released": None})
    services.delete_version(version("2.0"), by=make.by())
    river({**V2, "deleted": "2025-03-01"}, {"number": "3.0", "released": "2025-03-01"})

    assert list(Version.objects.order_by("position").values_list("number", flat=True)) == [
        "1.0",
        "2.0",
        "3.0",
    ]


def test_an_older_version_goes_in_the_line_that_brings_its_successor(sandbox: Sandbox) -> None:
    make.configured()
    river(V1, doi="on")
    drain_all()

    river({**V1, "deleted": "2025-02-02T09:00:00Z"}, V2)
    drain_all()

    assert {row["version"]: row["state"] for row in rows()} == {"1.0": "discarded", "2.0": "draft"}
    assert version().deleted_at == datetime(2025, 2, 2, 9, tzinfo=UTC)


def test_released_null_is_unrelease(sandbox: Sandbox) -> None:
    make.configured()
    river(V1, doi="on")
    drain_all()
    name = make.doi_of(version()).name

    river({"number": "1.0", "released": None})
    drain_all()
    assert rows()[0]["state"] == "discarded"

    river(V1)
    drain_all()
    assert (rows()[0]["state"], rows()[0]["doi"]) == ("draft", name)


def test_released_null_on_a_permanent_doi_is_a_bad_line(sandbox: Sandbox, moved_clock: Clock) -> None:
    make.configured()
    river(V1, doi="on")
    drain_all()
    moved_clock.forward(days=7, seconds=1)
    drain_all()

    with pytest.raises(services.RefusedError, match="permanent, so it cannot be unreleased"):
        river({"number": "1.0", "released": None}, metadata={"titles": [{"title": "Changed"}]})

    assert Dataset.objects.get().metadata == make.METADATA, "nothing of the line is kept"


def test_deleting_and_restoring_by_a_line(sandbox: Sandbox, moved_clock: Clock) -> None:
    make.configured()
    river(V1, doi="on", visibility="public")
    drain_all()
    moved_clock.forward(days=7, seconds=1)
    drain_all()

    river(V1, deleted="2025-05-05T00:00:00Z")
    drain_all()
    doi = make.doi_of(version())
    assert (doi.state, doi.withdrawn_at) == ("registered", datetime(2025, 5, 5, tzinfo=UTC))
    assert "2025-05-05" in str(sandbox.store.all()[0].metadata)
    river(V1)
    assert Dataset.objects.get().deleted_at is not None, "an absent key is left as it is"

    river(V1, deleted=None)
    drain_all()
    assert make.doi_of(version()).state == "findable"


def test_a_removed_version_comes_back_when_the_line_says_it_is_not_deleted(sandbox: Sandbox) -> None:
    make.configured()
    river({"number": "1.0", "released": None, "metadata": {"language": "en"}})
    name = issuance.reserve(version(), by=make.by()).name
    services.delete_version(version(), by=make.by())

    with pytest.raises(services.RefusedError, match="restore it first"):
        river(V1)
    river({**V1, "deleted": None}, doi="on")
    drain_all()

    assert (rows()[0]["doi"], rows()[0]["state"]) == (name, "draft")
    assert version().metadata == {"language": "en"}


def test_changed_visibility_metadata_and_switch_act_like_the_pages(sandbox: Sandbox) -> None:
    make.configured()
    river(V1, doi="on", visibility="public")
    drain_all()

    river(V1, metadata={**make.METADATA, "titles": [{"title": "Mended title"}]})
    drain_all()
    assert "Mended title" in str(sandbox.store.all()[0].metadata)
    river({**V1, "metadata": {"titles": [{"title": "Only this version"}]}})
    drain_all()
    assert "Only this version" in str(sandbox.store.all()[0].metadata)
    river(V1, visibility="private")
    drain_all()
    assert "Only this version" not in str(sandbox.store.all()[0].metadata)
    river(V1, doi="off")
    drain_all()
    assert sandbox.records() == []
    by_catalogue = DoiEvent.objects.filter(actor="catalogue").values_list("event", flat=True)
    assert {"metadata_changed", "visibility_changed", "switched_off", "planned"} <= set(by_catalogue)


# --- an existing DOI ----------------------------------------------------------------------------------------------


def at_registry(sandbox: Sandbox, name: str, *, owner: str = "org.repo", status: str = "findable") -> None:
    """Somebody has made `name` at the registry before we came."""
    then = "2019-03-04T05:06:07.000Z"
    record = Record("datacite", name, owner, status, "https://old.example.org/1", then, then)
    sandbox.store.save(record)


SICI = "10.70112/sici(1999)1:<1::aid>3.0.co;2-0"


@pytest.mark.parametrize("switch", ["on", "off"])
def test_an_existing_doi_is_adopted_and_not_named_anew(sandbox: Sandbox, switch: str) -> None:
    at_registry(sandbox, SICI)
    make.configured()

    text = "https://doi.org/10.70112/SICI(1999)1:%3C1::AID%3E3.0.CO;2-0"
    for _ in range(2):
        river({**V1, "doi": text}, doi=switch, visibility="public")
    drain_all()

    doi = make.doi_of(version())
    assert (doi.name, doi.state, doi.attention) == (SICI, "findable", "")
    assert [(each["name"], each["url"]) for each in sandbox.records()] == [
        (SICI, landing_url(doi.landing_id))
    ]
    assert "River stage readings" in str(sandbox.store.all()[0].metadata)
    assert DoiEvent.objects.filter(event="adopted").count() == 1


def test_a_draft_that_is_adopted_while_the_switch_is_off_stays_one(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    at_registry(sandbox, "10.70112/kept", status="draft")
    make.configured()
    river({**V1, "doi": "10.70112/kept"}, doi="off", visibility="public")
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    assert [record["state"] for record in sandbox.records()] == ["draft"]

    river(V1, doi="on")
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    assert [record["state"] for record in sandbox.records()] == ["findable"]


def test_a_doi_that_somebody_else_holds_is_never_written(sandbox: Sandbox) -> None:
    at_registry(sandbox, "10.70112/theirs", owner="other.repo")
    make.configured()

    river({**V1, "doi": "10.70112/theirs"}, doi="on", visibility="public")
    drain_all()
    river(V1, metadata={**make.METADATA, "language": "en"})
    river(V1, deleted="2025-05-05")
    drain_all()

    assert (rows()[0]["state"], rows()[0]["account"]) == ("findable", None)
    assert sandbox.records()[0]["url"] == "https://old.example.org/1"
    assert [label.split()[0] for label in sandbox.counts()["datacite"]] == ["GET"]


def test_a_doi_that_is_not_there_is_not_made(sandbox: Sandbox) -> None:
    make.configured()

    river({**V1, "doi": "10.70112/nothing"}, doi="on")
    drain_all()

    assert rows()[0]["attention"].startswith("missing-at-registry: ")
    assert sandbox.records() == []


def test_a_planned_name_that_nobody_has_seen_gives_way_to_an_existing_doi(sandbox: Sandbox) -> None:
    make.configured()
    river(V1, doi="on")

    river({**V1, "doi": "doi:10.70112/kept"})

    assert make.doi_of(version()).name == "10.70112/kept"


def test_a_version_with_a_draft_takes_no_other_doi(sandbox: Sandbox) -> None:
    make.configured()
    river(V1, doi="on")
    drain_all()

    with pytest.raises(NotAllowedError, match="has the DOI"):
        river({**V1, "doi": "10.70112/other"})


def test_an_existing_doi_belongs_to_one_version(sandbox: Sandbox) -> None:
    make.configured()
    river({**V1, "doi": "10.70112/kept"})

    with pytest.raises(NotAllowedError, match="belongs to another version"):
        river({**V2, "doi": "10.70112/KEPT"})
    assert Version.objects.count() == 1


# --- bad lines ----------------------------------------------------------------------------------------------------

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
