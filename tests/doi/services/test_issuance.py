"""The switch, the row, its name and its account; and the line that each intent leaves."""

from typing import Any

import pytest

from datasets import services as versions
from datasets.models import Version
from datasets.services import By, RefusedError
from doi import clock, names
from doi.errors import AccountNotReadyError, NotAllowedError
from doi.models import DatasetIssuance, Doi, DoiEvent, Lane
from doi.sandbox import Sandbox
from doi.services import issuance, windows, withdrawal
from doi.services.accounts import OwnAccount
from organizations.models import User
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support import places
from tests.support.commands import everything

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(sandbox: Sandbox) -> User:
    return User.objects.create_user("ada@example.org", "correct horse battery")


def web(user: User) -> By:
    return make.by(actor=user.actor, cause="web")


def unreleased(number: str = "1.0", **dataset: Any) -> Version:
    return make.version(make.dataset(make.configured(), **dataset), number, release=False)


# --- one line for each intent -------------------------------------------------------------------------------------


def test_every_intent_is_one_line_with_actor_and_cause(ada: User, moved_clock: Clock) -> None:
    dataset = make.dataset(make.configured(default_on=False))
    older = versions.add_version(dataset, number="1.0", by=web(ada))
    steps: list[tuple[Any, list[str]]] = [
        (lambda by: issuance.switch_on(dataset, by=by), ["switched_on"]),
        (lambda by: issuance.reserve(older, by=by), ["reserved"]),
        (lambda by: versions.release(older, by=by), ["wanted"]),
        (lambda by: windows.hold(make.doi_of(older), reason="Wait", by=by), ["held"]),
        (lambda by: windows.lift_hold(make.doi_of(older), by=by), ["hold_lifted"]),
        (
            lambda by: versions.edit_metadata(dataset, {**make.METADATA, "language": "en"}, by=by),
            ["metadata_changed"],
        ),
        (lambda by: versions.set_visibility(dataset, "private", by=by), ["visibility_changed"]),
        (lambda by: versions.unrelease(older, by=by), ["unreleased"]),
        (lambda by: versions.release(older, by=by), ["wanted"]),
        (lambda by: windows.make_permanent_now(make.doi_of(older), by=by), ["make_permanent_now"]),
        (lambda by: versions.release(versions.add_version(dataset, number="2.0", by=by), by=by), ["planned"]),
        (lambda by: versions.delete_version(older, by=by, reason="Faulty"), ["withdrawn"]),
        (lambda by: versions.restore_version(older, by=by), ["restored"]),
        (lambda by: issuance.switch_off(dataset, by=by), ["switched_off", "not_wanted"]),
    ]
    for act, expected in steps:
        last = DoiEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
        act(web(ada))
        lines = DoiEvent.objects.filter(id__gt=last).order_by("id")
        assert [(line.event, line.actor, line.cause) for line in lines] == [
            (event, ada.actor, "web") for event in expected
        ]
        assert all(line.organization == dataset.organization for line in lines)
        drain_all()


def test_what_changes_nothing_leaves_no_line(ada: User) -> None:
    version = make.drafted(make.dataset(make.configured()))
    drain_all()
    before = everything()

    issuance.switch_on(version.dataset, by=make.by())
    assert not issuance.ensure(version, by=web(ada))
    versions.edit_metadata(version.dataset, make.METADATA, by=web(ada))
    versions.set_visibility(version.dataset, "public", by=web(ada))

    assert everything() == before


# --- the switch ---------------------------------------------------------------------------------------------------


def test_who_set_the_switch_is_kept_when_it_was_a_person(ada: User) -> None:
    dataset = make.dataset(make.configured(default_on=False))
    issuance.switch_on(dataset, by=make.by(actor="run:1"))
    first = DatasetIssuance.objects.get()
    assert first.changed_by is None

    issuance.switch_on(dataset, by=web(ada))
    second = DatasetIssuance.objects.get()
    assert (second.on, second.changed_by) == (True, ada)
    assert second.changed_at > first.changed_at
    issuance.switch_on(dataset, by=make.by(actor="catalogue"))
    assert DatasetIssuance.objects.get().changed_by == ada, "what is so already is not set again"


def test_switching_on_plans_released_versions_only(sandbox: Sandbox) -> None:
    dataset = make.dataset(make.configured(default_on=False))
    for number in ("1.0", "2.0"):
        make.version(dataset, number)
    versions.delete_version(Version.objects.get(number="1.0"), by=make.by())
    make.version(dataset, "3.0", release=False)

    assert issuance.switch_on(dataset, by=make.by()) == 1
    assert Doi.objects.get().version == Version.objects.get(number="2.0")


def test_a_back_issue_does_not_go_before_people(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured()))
    assert make.doi_of(version).lane == Lane.INTERACTIVE

    place = make.organization("waiting")
    waited = make.dataset(place, "waited")
    issuance.switch_on(waited, by=make.by())
    late = make.version(waited)
    places.own(place, OwnAccount("datacite", "production", "ORG.REPO", "10.70112", password="secret"))
    assert make.doi_of(late).lane == Lane.BULK


def test_a_closed_organization_issues_nothing_new(sandbox: Sandbox) -> None:
    version = unreleased()
    place = version.dataset.organization
    place.closed_at = clock.now()
    place.save()
    version = Version.objects.select_related("dataset__organization").get()

    with pytest.raises(RefusedError, match="closed"):
        versions.release(version, by=make.by())
    with pytest.raises(NotAllowedError):
        issuance.reserve(version, by=make.by())
    assert not issuance.ensure(version, by=make.by())
    assert not Doi.objects.exists()


# --- names --------------------------------------------------------------------------------------------------------


def test_a_name_that_is_taken_here_is_passed_over(sandbox: Sandbox) -> None:
    version = unreleased()
    first = names.derive_name(version.pk, prefix="10.70112", attempt=0)
    other = make.version(make.dataset(version.dataset.organization, "other"))
    Doi.objects.filter(version=other).update(name=first)

    issuance.reserve(version, by=make.by())

    doi = make.doi_of(version)
    assert (doi.name, doi.name_attempt) == (names.derive_name(version.pk, prefix="10.70112", attempt=1), 1)


def test_a_name_that_is_taken_under_the_new_account_is_passed_over_too(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured()))
    other = make.version(make.dataset(make.configured("other"), "other"))
    first = names.derive_name(version.pk, prefix="10.70113", attempt=0)
    Doi.objects.filter(version=other).update(name=first)

    own = OwnAccount("datacite", "production", "ORG.REPO", "10.70113", password="secret")
    places.own(version.dataset.organization, own)

    assert make.doi_of(version).name == names.derive_name(version.pk, prefix="10.70113", attempt=1)


def test_one_doi_per_version_and_environment(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured()))
    for _ in range(3):
        issuance.ensure(version, by=make.by())
        issuance.switch_on(version.dataset, by=make.by())

    assert Doi.objects.count() == 1


# --- reserving ----------------------------------------------------------------------------------------------------


def test_reserving_twice_is_once(sandbox: Sandbox) -> None:
    version = unreleased()
    first = issuance.reserve(version, by=make.by())
    before = everything()

    assert issuance.reserve(version, by=make.by()).name == first.name
    assert everything() == before


def test_only_the_unreleased_next_version_is_reserved(sandbox: Sandbox) -> None:
    version = unreleased()
    released = versions.release(version, by=make.by())
    with pytest.raises(NotAllowedError, match="Only the unreleased next version"):
        issuance.reserve(released, by=make.by())
    versions.unrelease(released, by=make.by())
    versions.delete_dataset(version.dataset, by=make.by())
    with pytest.raises(NotAllowedError, match="Only the unreleased next version"):
        issuance.reserve(Version.objects.select_related("dataset__organization").get(), by=make.by())


def test_reserving_needs_an_account_in_force(sandbox: Sandbox) -> None:
    version = make.version(make.dataset(make.organization()), release=False)

    with pytest.raises(AccountNotReadyError, match="nothing to reserve a DOI with"):
        issuance.reserve(version, by=make.by())


def test_a_reserved_name_that_was_given_up_before_follows_the_account(sandbox: Sandbox) -> None:
    version = unreleased()
    versions.release(version, by=make.by())
    versions.unrelease(version, by=make.by())
    drain_all()
    places.own(version.dataset.organization, make.EZID)

    reserved = issuance.reserve(Version.objects.select_related("dataset__organization").get(), by=make.by())

    assert reserved.name.startswith("10.5072/fk2")


def test_a_released_version_that_is_off_keeps_its_reserved_name_unsent(sandbox: Sandbox) -> None:
    version = unreleased()
    issuance.reserve(version, by=make.by())
    issuance.switch_off(version.dataset, by=make.by())
    versions.release(version, by=make.by())
    drain_all()
    assert (make.doi_of(version).state, sandbox.counts()["total"]) == ("planned", 0)

    issuance.switch_on(version.dataset, by=make.by())
    drain_all()
    assert make.doi_of(version).state == "draft"


# --- holding and making permanent ---------------------------------------------------------------------------------


def test_a_hold_needs_a_reason_and_a_doi_that_is_not_permanent(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = make.drafted(make.dataset(make.configured()))
    with pytest.raises(NotAllowedError, match="Say why"):
        windows.hold(make.doi_of(version), reason="  ", by=make.by())
    with pytest.raises(NotAllowedError, match="not held"):
        windows.lift_hold(make.doi_of(version), by=make.by())
    drain_all()
    moved_clock.forward(days=8)
    drain_all()

    with pytest.raises(NotAllowedError, match="permanent already"):
        windows.hold(make.doi_of(version), reason="Late", by=make.by())


def test_a_hold_lifted_in_time_keeps_the_deadline(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = make.drafted(make.dataset(make.configured()))
    drain_all()
    due = make.doi_of(version).permanent_after
    windows.hold(make.doi_of(version), reason="Checking", by=make.by())
    assert make.doi_of(version).hold_reason == "Checking"
    moved_clock.forward(days=2)

    windows.lift_hold(make.doi_of(version), by=make.by())

    assert (make.doi_of(version).permanent_after, make.doi_of(version).hold_reason) == (due, "")


def test_only_the_draft_of_a_released_version_is_made_permanent(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured()))
    with pytest.raises(NotAllowedError, match="Only the draft"):
        windows.make_permanent_now(make.doi_of(version), by=make.by())
    drain_all()
    windows.hold(make.doi_of(version), reason="Checking", by=make.by())
    with pytest.raises(NotAllowedError, match="lift the hold first"):
        windows.make_permanent_now(make.doi_of(version), by=make.by())
    windows.lift_hold(make.doi_of(version), by=make.by())
    versions.unrelease(version, by=make.by())
    with pytest.raises(NotAllowedError, match="Only the draft of a released version"):
        windows.make_permanent_now(make.doi_of(version), by=make.by())


# --- going and coming back ----------------------------------------------------------------------------------------


def test_a_draft_past_the_point_of_no_return_is_withdrawn_and_not_discarded(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured(), visibility="public"))
    drain_all()
    Doi.objects.update(step="promote", promote_now_at=clock.now(), next_attempt_at=clock.now())

    versions.delete_dataset(version.dataset, by=make.by(), reason="Retracted")
    assert make.doi_of(version).wanted == "permanent"
    drain_all()

    assert make.doi_of(version).state == "registered"
    assert "Withdrawn" in str(sandbox.store.all()[0].metadata)


def test_withdrawing_keeps_the_moment_of_the_deletion(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = make.drafted(make.dataset(make.configured()))
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    versions.delete_dataset(version.dataset, by=make.by())

    doi = make.doi_of(version)
    version.refresh_from_db()
    assert doi.withdrawn_at == version.deleted_at
    withdrawal.back([version], by=make.by())
    assert make.doi_of(version).withdrawn_at is None


def test_what_is_planned_comes_from_nothing() -> None:
    make.version(make.dataset(make.configured()))

    planned = DoiEvent.objects.get(event="planned")
    assert (planned.from_state, planned.to_state) == ("", "planned")
