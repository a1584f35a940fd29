"""Each walk a person may take with a version, against both registries: one name per version throughout."""

from datetime import timedelta
from typing import Any

import pytest

from datasets import services
from datasets.models import Version
from datasets.services import RefusedError
from doi import clock
from doi.models import Doi
from doi.sandbox import Sandbox
from doi.services import issuance, windows
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support.walks import WEEK, Walk, walk

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("own", [make.DATACITE, make.LASTING_EZID], ids=["datacite", "ezid"]),
]


def metadata_at(sandbox: Sandbox, here: Walk) -> str:
    """Everything of the record that is not its address or its state, as one text."""
    record = here.record
    assert record is not None
    return str(record.metadata)


# --- release and unrelease ----------------------------------------------------------------------------------------


def test_release_unrelease_release_is_one_name_and_a_new_window(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    first = here.doi.permanent_after
    here.wait(days=6)

    here.act("unrelease")
    assert here.state() == "discarded"
    assert sandbox.records() == []

    here.act("release")
    second = here.doi.permanent_after
    assert here.state() == "draft"
    assert first is not None
    assert second is not None
    assert second - first >= timedelta(days=6)
    here.wait(days=6)
    assert here.state() == "draft"
    here.wait(days=1, seconds=1)
    assert here.state() == "findable"


def test_a_release_before_the_draft_was_gone_starts_a_new_window(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    here.wait(days=6)

    services.unrelease(here.version, by=make.by())
    services.release(here.version, by=make.by())
    here.settle()

    after = here.doi.permanent_after
    assert here.state() == "draft"
    assert after is not None
    assert after - clock.now() > timedelta(days=6, hours=23)
    here.wait(days=1, seconds=1)
    assert here.state() == "draft", "the first window is over, the second is not"
    here.wait(days=6)
    assert here.state() == "findable"


def test_a_permanent_doi_keeps_its_version_released(sandbox: Sandbox, moved_clock: Clock, own: Any) -> None:
    here = walk(sandbox, moved_clock, own)
    here.wait(seconds=WEEK)

    with pytest.raises(RefusedError, match="permanent, so it cannot be unreleased"):
        here.act("unrelease")
    assert here.state() == "findable"


def test_unreleasing_before_anything_was_sent_sends_nothing(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    version = make.drafted(make.dataset(make.configured(own=own)))
    services.unrelease(version, by=make.by())

    here = Walk(sandbox, moved_clock, version)

    assert here.state() == "discarded"
    assert sandbox.counts()["total"] == 0
    here.act("release")
    assert here.state() == "draft"


# --- reserve ------------------------------------------------------------------------------------------------------


def test_a_reserved_name_is_sent_at_release(sandbox: Sandbox, moved_clock: Clock, own: Any) -> None:
    dataset = make.dataset(make.configured(own=own))
    version = make.version(dataset, release=False)
    reserved = issuance.reserve(version, by=make.by())
    here = Walk(sandbox, moved_clock, version)
    assert (here.state(), here.doi.reserved_at is not None) == ("planned", True)
    assert sandbox.counts()["total"] == 0

    here.act("release")

    assert (here.state(), here.doi.name, here.doi.reserved_at) == ("draft", reserved.name, None)


def test_a_removed_reserved_version_keeps_its_name_for_when_it_comes_back(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    dataset = make.dataset(make.configured(own=own))
    version = make.version(dataset, release=False)
    name = issuance.reserve(version, by=make.by()).name
    here = Walk(sandbox, moved_clock, version)

    here.act("delete_version")
    assert (here.state(), here.doi.reserved_at) == ("discarded", None)
    again = services.add_version(dataset, number=version.number, by=make.by())
    services.release(again, by=make.by())
    here.settle()

    assert (again.pk, here.doi.name, here.state()) == (version.pk, name, "draft")
    assert sandbox.counts()["total"] == 1


def test_reserving_again_while_the_draft_is_being_discarded_does_not_leave_the_draft_there(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    services.unrelease(here.version, by=make.by())
    here.version.refresh_from_db()

    issuance.reserve(here.version, by=make.by())
    here.settle()

    assert sandbox.records() == []
    here.act("release")
    assert here.state() == "draft"


# --- the switch ---------------------------------------------------------------------------------------------------


def test_on_off_on_discards_the_draft_and_takes_the_name_again(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    assert issuance.off_consequences(here.dataset) == (1, 0)

    assert issuance.switch_off(here.dataset, by=make.by()) == 1
    here.settle()
    assert (here.state(), sandbox.records()) == ("discarded", [])

    assert issuance.switch_on(here.dataset, by=make.by()) == 1
    here.settle()
    assert here.state() == "draft"


def test_switching_off_leaves_what_is_permanent_and_keeps_it_in_step(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    here.wait(seconds=WEEK)
    second = make.version(here.dataset, "2.0")
    drain_all()
    assert issuance.off_consequences(here.dataset) == (1, 1)

    issuance.switch_off(here.dataset, by=make.by())
    here.settle()
    here.act_on_dataset("edit_metadata", {**make.METADATA, "titles": [{"title": "Mended title"}]})

    assert here.state() == "findable"
    assert make.doi_of(second).state == "discarded"
    assert "Mended title" in metadata_at(sandbox, here)


# --- public and private -------------------------------------------------------------------------------------------


def test_public_to_private_to_public_while_a_draft(sandbox: Sandbox, moved_clock: Clock, own: Any) -> None:
    here = walk(sandbox, moved_clock, own)
    assert "River stage readings" in metadata_at(sandbox, here)

    here.act_on_dataset("set_visibility", "private")
    assert "River stage readings" not in metadata_at(sandbox, here)
    assert "Okafor" not in metadata_at(sandbox, here)

    here.act_on_dataset("set_visibility", "public")
    assert "River stage readings" in metadata_at(sandbox, here)
    here.wait(seconds=WEEK)
    assert here.state() == "findable"


def test_a_private_draft_becomes_registered_with_its_metadata(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own, visibility="private")
    assert "River stage readings" not in metadata_at(sandbox, here)

    here.wait(seconds=WEEK)

    assert here.state() == "registered"
    record = here.record
    assert record is not None
    assert [each["state"] for each in record.history] == ["draft", "registered"], "never findable"


def test_public_and_private_both_ways_when_permanent(sandbox: Sandbox, moved_clock: Clock, own: Any) -> None:
    here = walk(sandbox, moved_clock, own)
    here.wait(seconds=WEEK)

    for visibility, state in [("private", "registered"), ("public", "findable"), ("private", "registered")]:
        here.act_on_dataset("set_visibility", visibility)
        assert here.state() == state


def test_hiding_goes_before_anything_else_even_with_metadata_that_cannot_be_sent(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    here.wait(seconds=WEEK)

    services.edit_metadata(here.dataset, {"titles": [{"title": "Alone"}]}, by=make.by())
    here.act_on_dataset("set_visibility", "private")

    assert here.state() == "registered"
    assert here.doi.attention == "metadata.creators"


# --- deleting and restoring ---------------------------------------------------------------------------------------


def with_successor(here: Walk) -> Version:
    second = make.version(here.dataset, "2.0")
    here.settle()
    return second


def test_an_older_version_deleted_as_a_draft_and_restored(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    with_successor(here)

    here.act("delete_version")
    assert (here.state(), here.doi.withdrawn_at) == ("discarded", None)
    here.wait(days=3)
    here.act("restore_version")

    assert here.state() == "draft"
    here.wait(days=5)
    assert here.state() == "draft", "a new window began with the restoring"
    here.wait(days=2, seconds=1)
    assert here.state() == "findable"


def test_an_older_permanent_version_is_withdrawn_with_a_tombstone_and_restored(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    here.wait(seconds=WEEK)
    with_successor(here)

    here.act("delete_version", reason="Faulty sensor", note="Use 2.0", successor="10.70112/next")
    doi = here.doi
    assert here.state() == "registered"
    assert doi.tombstone is not None
    assert doi.tombstone["title"] == "River stage readings"
    assert (doi.withdrawal_reason, doi.withdrawal_note, doi.successor) == (
        "Faulty sensor",
        "Use 2.0",
        "10.70112/next",
    )
    assert "Withdrawn" in metadata_at(sandbox, here)
    assert "Faulty sensor" in metadata_at(sandbox, here)

    here.act("restore_version")
    doi = here.doi
    assert (here.state(), doi.withdrawn_at, doi.tombstone, doi.successor) == ("findable", None, None, "")
    assert "Withdrawn" not in metadata_at(sandbox, here)


def test_a_deleted_dataset_discards_drafts_withdraws_what_is_permanent_and_comes_back(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    here.wait(seconds=WEEK)
    second = with_successor(here)
    names = (here.doi.name, make.doi_of(second).name)

    here.act_on_dataset("delete_dataset", reason="Retracted")
    assert (here.state(), make.doi_of(second).state) == ("registered", "discarded")
    assert here.doi.tombstone is not None
    assert "Withdrawn" in metadata_at(sandbox, here)

    here.act_on_dataset("restore_dataset")
    assert (here.state(), make.doi_of(second).state) == ("findable", "draft")
    assert (here.doi.name, make.doi_of(second).name) == names
    here.wait(seconds=WEEK)
    assert make.doi_of(second).state == "findable"


def test_a_private_dataset_that_is_deleted_stays_registered_and_says_it_is_withdrawn(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own, visibility="private")
    here.wait(seconds=WEEK)

    here.act_on_dataset("delete_dataset", reason="Retracted")

    assert here.state() == "registered"
    assert "Withdrawn" in metadata_at(sandbox, here)


def test_a_version_deleted_while_its_dataset_went_private_comes_back_private(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    here.wait(seconds=WEEK)
    with_successor(here)
    here.act("delete_version")
    here.act_on_dataset("set_visibility", "private")

    here.act("restore_version")

    assert here.state() == "registered"
    assert here.doi.public is False


def test_a_dataset_switched_off_comes_back_without_the_discarded_drafts(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    issuance.switch_off(here.dataset, by=make.by())
    here.act_on_dataset("delete_dataset")

    here.act_on_dataset("restore_dataset")

    assert here.state() == "discarded"
    assert sandbox.records() == []


# --- the window ---------------------------------------------------------------------------------------------------


def test_a_hold_lifted_after_the_due_time_gives_a_day_more(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    windows.hold(here.doi, reason="Checking the licence", by=make.by())
    here.wait(days=9)
    assert (here.state(), here.doi.attention) == ("draft", "held")

    windows.lift_hold(here.doi, by=make.by())
    here.wait(hours=23)
    assert here.state() == "draft"
    here.wait(hours=1, seconds=1)
    assert here.state() == "findable"


def test_made_permanent_at_once_when_an_administrator_says_so(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)

    windows.make_permanent_now(here.doi, by=make.by())
    here.settle()

    assert here.state() == "findable"


def test_an_edit_sends_the_change_and_keeps_the_deadline(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    here = walk(sandbox, moved_clock, own)
    due = here.doi.permanent_after
    here.wait(days=3)

    services.edit_version_metadata(here.version, {"titles": [{"title": "Better title"}]}, by=make.by())
    here.settle()

    assert "Better title" in metadata_at(sandbox, here)
    assert here.doi.permanent_after == due
    assert Doi.objects.count() == 1
    assert Version.objects.count() == 1
