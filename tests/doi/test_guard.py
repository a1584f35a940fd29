"""What curators are told before they act, with real DOIs at the sandbox behind it."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from datasets import services
from datasets.hooks import hooks
from datasets.models import Dataset, Version
from datasets.services import RefusedError
from doi.guard import Guard
from doi.models import Doi
from doi.sandbox import Sandbox
from doi.services import issuance
from doi.states import Step
from organizations.context import spoken
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

pytestmark = pytest.mark.django_db


def said(act: str, dataset: Dataset, version: Version | None = None) -> str:
    dataset.refresh_from_db()
    return " ".join(one.text for one in hooks.guard.consequences(act, dataset=dataset, version=version))


@pytest.fixture
def stage(sandbox: Sandbox) -> Dataset:
    return make.dataset(make.configured())


def permanent(dataset: Dataset, clock: Clock, number: str = "1.0") -> Version:
    version = make.drafted(dataset, number)
    drain_all()
    clock.forward(days=8)
    drain_all()
    return version


def test_the_product_asks_this_guard() -> None:
    assert isinstance(hooks.guard, Guard)


def test_a_version_is_unreleased_while_its_doi_is_planned_or_a_draft(stage: Dataset) -> None:
    version = make.drafted(stage)
    assert services.why_not_unrelease(version) is None
    drain_all()
    assert make.doi_of(version).state == "draft"
    assert services.why_not_unrelease(version) is None


def test_a_version_whose_doi_is_permanent_cannot_be_unreleased(stage: Dataset, moved_clock: Clock) -> None:
    version = permanent(stage, moved_clock)
    with pytest.raises(RefusedError, match="permanent, so it cannot be unreleased"):
        services.unrelease(version, by=make.by())


def test_past_the_point_of_no_return_it_is_too_late(stage: Dataset) -> None:
    version = make.drafted(stage)
    drain_all()
    Doi.objects.update(step=Step.PROMOTE)
    with pytest.raises(RefusedError, match="at this moment"):
        services.unrelease(version, by=make.by())
    assert hooks.guard.delete_is_withdrawal(version)


def test_deleting_is_called_withdrawing_only_when_the_doi_is_permanent(
    stage: Dataset, moved_clock: Clock
) -> None:
    old = permanent(stage, moved_clock)
    new = make.version(stage, "2.0")
    drain_all()
    assert hooks.guard.delete_is_withdrawal(old)
    assert not hooks.guard.delete_is_withdrawal(new)
    assert "is withdrawn" in said("delete", stage, old)
    assert "its draft is discarded" in said("delete", stage, new)
    assert services.why_not_delete(old) is None


def test_a_name_once_reserved_keeps_its_row(stage: Dataset) -> None:
    version = make.version(stage, release=False)
    assert not hooks.guard.keeps_row(version)
    assert "cannot be undone" not in said("delete", stage, version)
    name = issuance.reserve(version, by=make.by()).name
    assert hooks.guard.keeps_row(version)
    assert name in said("delete", stage, version)
    services.delete_version(version, by=make.by())
    version.refresh_from_db()
    assert version.deleted_at is not None
    assert name in said("restore", stage, version)


def test_a_release_says_name_window_and_what_is_for_ever(stage: Dataset) -> None:
    version = make.version(stage, release=False)
    text = said("release", stage, version)
    assert "begins with 10.70112" in text
    assert "draft for 7 days" in text
    assert "permanent and findable" in text
    name = issuance.reserve(version, by=make.by()).name
    assert f"Its DOI is {name}." in said("release", stage, version)
    services.set_visibility(stage, "private", by=make.by())
    assert "permanent and registered" in said("release", stage, version)


def test_a_release_says_what_keeps_the_doi_waiting(sandbox: Sandbox) -> None:
    place = make.configured()
    stage = make.dataset(place, creators=[])
    version = make.version(stage, release=False)
    assert "not ready (1 thing to mend)" in said("release", stage, version)
    login = make.account_of(place).login
    login.verified_at = None
    login.save()
    assert "repository account is not ready" in said("release", stage, version)
    issuance.switch_off(stage, by=make.by())
    assert "issuance is off" in said("release", stage, version)


def test_a_release_without_an_account_says_that_there_is_none(sandbox: Sandbox) -> None:
    stage = make.dataset(make.organization())
    issuance.set_switch(stage, on=True, by=make.by())
    assert "no DOI account is in force" in said("release", stage, make.version(stage, release=False))


def test_a_test_doi_is_said_to_resolve_never(sandbox: Sandbox) -> None:
    stage = make.dataset(make.configured(own=make.EZID))
    version = make.version(stage, release=False)
    assert "never resolves" in said("release", stage, version)
    issuance.reserve(version, by=make.by())
    assert "never resolves" in said("release", stage, version)


def test_unreleasing_says_that_the_name_stays(stage: Dataset) -> None:
    version = make.drafted(stage)
    assert f"The draft of {make.doi_of(version).name} is discarded" in said("unrelease", stage, version)


def test_deleting_a_dataset_says_both_numbers_and_does_just_that(stage: Dataset, moved_clock: Clock) -> None:
    permanent(stage, moved_clock)
    make.version(stage, "2.0")
    make.version(stage, "3.0")
    drain_all()
    text = said("delete", stage)
    assert "2 DOIs that are not permanent yet are discarded" in text
    assert "1 permanent DOI is withdrawn" in text
    services.delete_dataset(stage, by=make.by(), reason="Faulty")
    drain_all()
    states = [(doi.state, doi.withdrawn_at is not None) for doi in Doi.objects.order_by("id")]
    assert states == [("registered", True), ("discarded", False), ("discarded", False)]
    back = said("restore", stage)
    assert "3 versions that went with the dataset come back" in back
    assert "1 tombstone goes" in back
    assert "2 discarded DOIs come back under the same names" in back


def test_restoring_a_version_says_what_its_doi_does(stage: Dataset, moved_clock: Clock) -> None:
    old = permanent(stage, moved_clock)
    middle = make.version(stage, "2.0")
    make.version(stage, "3.0")
    drain_all()
    for version in (old, middle):
        services.delete_version(version, by=make.by(), reason="Faulty")
    drain_all()
    text = said("restore", stage, old)
    assert "tombstone" in text
    assert "findable again" in text
    assert "draft again, under the same name" in said("restore", stage, middle)
    issuance.switch_off(stage, by=make.by())
    assert "without a DOI" in said("restore", stage, middle)


def test_a_version_without_a_doi_comes_and_goes_quietly(sandbox: Sandbox) -> None:
    stage = make.dataset(make.organization())
    old = make.version(stage, "1.0")
    make.version(stage, "2.0")
    assert "nothing happens at a registry" in said("delete", stage, old)
    assert "It has no DOI" in said("unrelease", stage, old)
    services.delete_version(old, by=make.by())
    assert "it had no DOI" in said("restore", stage, old)


def test_switching_visibility_says_what_becomes_visible_to_whom(stage: Dataset, moved_clock: Clock) -> None:
    permanent(stage, moved_clock)
    make.version(stage, "2.0")
    drain_all()
    text = said("hide", stage)
    assert "1 permanent DOI is hidden at once" in text
    assert "metadata of 1 draft is cleared" in text
    assert "EZID" not in text
    services.set_visibility(stage, "private", by=make.by())
    text = said("publish", stage)
    assert "1 permanent DOI becomes findable" in text
    assert "metadata of 1 draft is sent" in text


def test_hiding_says_which_tombstones_stay_public(stage: Dataset, moved_clock: Clock) -> None:
    old = permanent(stage, moved_clock)
    make.version(stage, "2.0")
    services.delete_version(old, by=make.by(), reason="Faulty")
    drain_all()
    assert "1 version that was withdrawn while the dataset was public keeps its tombstone" in said(
        "hide", stage
    )
    services.set_visibility(stage, "private", by=make.by())
    services.restore_version(old, by=make.by())
    services.delete_version(old, by=make.by(), reason="Faulty")
    drain_all()
    services.set_visibility(stage, "public", by=make.by())
    assert "tombstone" not in said("hide", stage)


def test_under_ezid_title_and_creators_are_public_whatever_the_switch(sandbox: Sandbox) -> None:
    stage = make.dataset(make.configured(own=make.EZID))
    for act in ("publish", "hide"):
        assert "EZID shows the title and creators" in said(act, stage)


@pytest.mark.parametrize("text", ["10.1234/ABC", "doi:10.1234/abc", "https://doi.org/10.1234/abc"])
def test_a_successor_is_taken_in_every_form(text: str) -> None:
    assert hooks.guard.clean_successor(text) == "10.1234/abc"


def test_a_successor_that_is_no_doi_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match=r".{20}"):
        hooks.guard.clean_successor("the next one")


def test_a_moment_is_spoken_in_utc_and_in_the_persons_zone() -> None:
    at = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert spoken(at) == "1 Mar 2026, 23:30 UTC"
    with timezone.override("Europe/Berlin"):
        assert spoken(at) == "1 Mar 2026, 23:30 UTC (2 Mar, 00:30 Europe/Berlin)"
