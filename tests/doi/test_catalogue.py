"""Reading a catalogue: what each line does, that the same again does nothing, and what is refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from datasets import services
from datasets.models import Dataset, Version
from doi.catalogue import BadLineError
from doi.models import DoiEvent
from doi.sandbox import Sandbox
from doi.services import issuance
from organizations.models import Institution, Membership, Organization
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support import places
from tests.support.commands import catalogue, everything, rows, run
from tests.support.lines import V1, V2, bring, lab, river, version

pytestmark = pytest.mark.django_db(transaction=True)


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
