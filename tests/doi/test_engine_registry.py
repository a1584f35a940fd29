"""What other people do at the registry: names, existing DOIs, staff edits."""

from typing import Any

import pytest

from datasets import services
from doi import clock
from doi.models import Doi, DoiEvent
from doi.sandbox import Sandbox
from doi.services import adoption, issuance
from tests.doi import breaking
from tests.doi.breaking import settle
from tests.doi.conftest import Clock, drain_all
from tests.doi.engine_rows import BOTH, WINDOW, drafted, foreign, made, permanent
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


# --- somebody else's name -----------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("seen", [True, False], ids=["findable", "draft"])
def test_a_name_that_is_somebody_elses_is_changed_before_anybody_saw_it(
    sandbox: Sandbox, own: Any, *, seen: bool
) -> None:
    version = made(own)
    first = make.doi_of(version)
    words = {"datacite": ("findable", "draft"), "ezid": ("public", "reserved")}[own.provider]
    theirs = foreign(sandbox, first, status=words[0] if seen else words[1])

    drain_all()

    doi = make.doi_of(version)
    assert doi.state == "draft"
    assert doi.name != first.name
    assert doi.name_attempt == 1
    assert breaking.record_of(sandbox, first) == theirs, "nothing of theirs was touched"
    renamed = DoiEvent.objects.get(outcome="taken", event="outcome")
    assert (renamed.doi_name, renamed.detail["name"]) == (first.name, doi.name)


@BOTH
@pytest.mark.parametrize("status", ["draft", "findable"])
def test_a_reserved_name_that_is_somebody_elses_is_for_a_person(
    sandbox: Sandbox, moved_clock: Clock, own: Any, status: str
) -> None:
    of = make.dataset(make.configured(own=own))
    issuance.switch_on(of, by=make.by())
    version = make.version(of, release=False)
    doi = issuance.reserve(version, by=make.by())
    status = {"draft": "reserved", "findable": "public"}[status] if own.provider == "ezid" else status
    foreign(sandbox, doi, status=status)

    services.release(version, by=make.by())
    settle(moved_clock, hours=1)

    after = make.doi_of(version)
    assert (after.name, after.state, after.attention) == (doi.name, "planned", "taken")
    assert drain_all() == 0


@BOTH
def test_our_own_name_of_an_earlier_life_is_taken_up_again(sandbox: Sandbox, own: Any) -> None:
    """A database restored from before: the derived name is there already, and it is ours."""
    version = made(own)
    doi = make.doi_of(version)
    drain_all()
    Doi.objects.filter(pk=doi.pk).update(
        state="planned", draft_at=None, permanent_after=None, shown_at=None, next_attempt_at=clock.now()
    )

    drain_all()

    after = make.doi_of(version)
    assert (after.name, after.state) == (doi.name, "draft")
    assert len(sandbox.records()) == 1


# --- adoption -----------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("status", ["draft", "registered", "findable"])
def test_adopting_our_own_manages_it_from_then_on(sandbox: Sandbox, own: Any, status: str) -> None:
    of = make.dataset(make.configured(own=own))
    version = make.version(of)
    name = f"{own.prefix}{'/' if own.provider == 'datacite' else ''}old-name"
    doi = adoption.adopt(version, name, by=make.by())
    words = {"draft": "reserved", "registered": "unavailable", "findable": "public"}
    owner = own.account_id.lower()
    foreign(sandbox, doi, status=status if own.provider == "datacite" else words[status], owner=owner)

    drain_all()

    after = make.doi_of(version)
    assert (after.name, after.state, after.attention) == (
        name,
        "draft" if status == "draft" else "findable",
        "",
    )
    assert "River stage" in str(breaking.record_of(sandbox, after).metadata)
    assert "/v/" in breaking.record_of(sandbox, after).url


@BOTH
def test_adopting_somebody_elses_shows_it_and_never_writes(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    version = make.version(make.dataset(make.configured(own=own)))
    doi = adoption.adopt(
        version, f"{own.prefix}{'/' if own.provider == 'datacite' else ''}theirs", by=make.by()
    )
    theirs = foreign(sandbox, doi, status="findable" if own.provider == "datacite" else "public")

    drain_all()
    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())
    settle(moved_clock, hours=1)

    after = Doi.objects.get(pk=doi.pk)
    assert (after.account_id, after.state) == (None, "findable")
    assert sandbox.store.all() == [theirs]


@BOTH
def test_adopting_what_does_not_exist_creates_nothing_and_is_looked_for_again_when_something_changes(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    version = make.version(make.dataset(make.configured(own=own)))
    doi = adoption.adopt(
        version, f"{own.prefix}{'/' if own.provider == 'datacite' else ''}lost", by=make.by()
    )

    settle(moved_clock, hours=1)
    assert make.doi_of(version).attention == "missing-at-registry"
    assert sandbox.records() == []

    foreign(
        sandbox,
        doi,
        status="findable" if own.provider == "datacite" else "public",
        owner=own.account_id.lower(),
    )
    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())
    drain_all()

    assert make.doi_of(version).state == "findable"


# --- what staff, or another system of the tenant, does ------------------------------------------------------------


@BOTH
def test_a_draft_that_staff_published_is_recorded_and_hidden_not_discarded(
    sandbox: Sandbox, own: Any
) -> None:
    version = drafted(own)
    breaking.publish_there(sandbox, make.doi_of(version))

    services.unrelease(version, by=make.by())
    drain_all()

    doi = make.doi_of(version)
    assert (doi.state, doi.uncertain, doi.step) == ("registered", False, "")
    assert doi.attention == "drift"
    assert doi.permanent_at is not None
    assert len(sandbox.records()) == 1
    assert drain_all() == 0


@BOTH
def test_a_draft_deleted_there_is_reported_and_never_made_anew(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    version = drafted(own)
    breaking.delete_there(sandbox, make.doi_of(version))

    moved_clock.forward(seconds=WINDOW + 1)
    drain_all()
    assert make.doi_of(version).attention == "missing-at-registry"
    # Neither does the next edit, though a PUT would.
    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())
    settle(moved_clock, hours=1)

    doi = make.doi_of(version)
    assert (doi.state, doi.attention) == ("draft", "missing-at-registry")
    assert sandbox.records() == []

    # Taken back and released again, it begins anew under its name.
    services.unrelease(version, by=make.by())
    drain_all()
    assert make.doi_of(version).state == "discarded"
    services.release(version, by=make.by())
    drain_all()
    assert make.doi_of(version).state == "draft"
    assert [record["name"] for record in sandbox.records()] == [doi.name]


def test_a_draft_that_an_edit_made_anew_has_seven_days_of_its_own(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    version = drafted()
    moved_clock.forward(days=5)
    breaking.delete_there(sandbox, make.doi_of(version))
    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())
    drain_all()

    moved_clock.forward(days=5)
    drain_all()

    assert make.doi_of(version).state == "draft"
    moved_clock.forward(days=2, seconds=5)
    drain_all()
    assert make.doi_of(version).state == "findable"


def test_an_edit_of_what_was_deleted_there_as_permanent_reports_it(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    version = permanent(moved_clock, make.LASTING_EZID)
    breaking.delete_there(sandbox, make.doi_of(version))

    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())
    drain_all()

    doi = make.doi_of(version)
    assert (doi.state, doi.attention) == ("findable", "missing-at-registry")


def test_what_a_test_system_wiped_is_no_finding_and_is_never_made_anew(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    version = permanent(moved_clock, make.EZID)
    breaking.delete_there(sandbox, make.doi_of(version))

    for size in ("2 MB", "3 MB"):
        services.edit_metadata(version.dataset, {**make.METADATA, "sizes": [size]}, by=make.by())
        drain_all()

        doi = make.doi_of(version)
        assert (doi.state, doi.attention, doi.next_attempt_at) == ("findable", "", None)
    assert sandbox.records() == []
