"""A change of configuration reaches every version: some at once, the rest by the engine, in slices."""

import threading
from typing import Any

import pytest

from datasets.models import Version
from doi import claims, loop, tasks
from doi.models import Doi, DoiEvent, Following
from doi.registries.base import CheckResult
from doi.sandbox import Sandbox
from doi.services import accounts, following, issuance
from doi.services.accounts import OwnAccount
from organizations.models import Institution, Organization
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

pytestmark = pytest.mark.django_db
OTHER = OwnAccount("datacite", "production", "OTHER.REPO", "10.70999", password="other")


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    monkeypatch.setattr(following, "AT_ONCE", 3)
    monkeypatch.setattr(following, "SLICE", 2)


def waiting(place: Organization, *, datasets: int = 2, versions: int = 4) -> list[Version]:
    """Released versions of datasets that are on, without an account to take."""
    made = []
    for number in range(datasets):
        of = make.dataset(place, f"stage-{number}")
        issuance.switch_on(of, by=make.by())
        made += [make.version(of, f"{each}.0") for each in range(1, versions + 1)]
    return made


def configure(place: Organization, own: OwnAccount = make.DATACITE) -> None:
    accounts.configure_own(place, own, check=CheckResult((), domains="*"), default_on=True, by=make.by())


def slices() -> int:
    count = 0
    while following.go_on():
        count += 1
    return count


def test_the_request_does_a_few_and_the_engine_the_rest() -> None:
    place = make.organization()
    versions = waiting(place)

    configure(place)
    assert Doi.objects.count() == 3

    assert slices() == 3
    assert set(Doi.objects.values_list("landing_id", flat=True)) == {version.pk for version in versions}
    assert not Following.objects.exists()


def test_few_versions_are_done_in_the_request() -> None:
    place = make.organization()
    waiting(place, datasets=1, versions=2)

    configure(place)

    assert (Doi.objects.count(), Following.objects.count()) == (2, 0)


def test_planned_dois_take_the_new_account_in_slices_too() -> None:
    place = make.organization()
    waiting(place)
    configure(place)
    slices()

    configure(place, OTHER)
    assert Doi.objects.filter(account__login__account_id="OTHER.REPO").count() == 3

    slices()
    assert set(Doi.objects.values_list("account__login__account_id", flat=True)) == {"OTHER.REPO"}
    assert all(name.startswith("10.70999/") for name in Doi.objects.values_list("name", flat=True))


def test_a_change_on_the_way_begins_anew_and_the_last_one_counts() -> None:
    place = make.organization()
    waiting(place)
    configure(place)
    following.go_on()

    configure(place, OTHER)
    slices()

    assert Doi.objects.count() == 8
    assert set(Doi.objects.values_list("account__login__account_id", flat=True)) == {"OTHER.REPO"}


def test_switched_off_meanwhile_nothing_more_is_planned() -> None:
    place = make.organization()
    waiting(place)
    configure(place)

    accounts.configure_off(place, by=make.by())
    slices()

    assert Doi.objects.count() == 3
    assert not Following.objects.exists()


def test_a_dataset_switched_off_meanwhile_is_left_out() -> None:
    place = make.organization()
    versions = waiting(place)
    configure(place)

    issuance.switch_off(versions[-1].dataset, by=make.by())
    slices()

    wanted = set(Doi.objects.filter(wanted="permanent").values_list("version__dataset__slug", flat=True))
    assert wanted == {"stage-0"}


def test_every_organization_below_an_institution_is_reached() -> None:
    university = Institution.objects.create(slug="university", name="University")
    places = [make.organization(f"lab-{number}", institution=university) for number in range(3)]
    for place in places:
        waiting(place, datasets=1, versions=2)
    accounts.configure_own(
        university, make.DATACITE, check=CheckResult((), domains="*"), default_on=True, by=make.by()
    )
    for place in places:
        accounts.configure_inherit(place, default_on=True, by=make.by())

    slices()

    assert Doi.objects.count() == 6


def test_who_asked_stays_in_the_history() -> None:
    place = make.organization()
    waiting(place)
    accounts.configure_own(
        place, make.DATACITE, check=CheckResult(()), default_on=True, by=make.by(cause="web", actor="user:7")
    )
    slices()

    planned = DoiEvent.objects.filter(event="planned")
    assert planned.count() == 8
    assert set(planned.values_list("actor", "cause")) == {("user:7", "web")}


def test_the_loop_goes_on_with_it_and_all_get_their_drafts() -> None:
    place = make.organization()
    waiting(place)
    configure(place)

    drain_all()

    assert set(Doi.objects.values_list("state", flat=True)) == {"draft"}
    assert Doi.objects.count() == 8


def test_workers_do_all_slices_at_once() -> None:
    place = make.organization()
    waiting(place)
    configure(place)

    tasks.expand_back_issue()

    assert Doi.objects.count() == 8


def test_the_loop_does_them_before_it_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    place = make.organization()
    waiting(place)
    configure(place)
    monkeypatch.setattr(claims, "accounts_with_due", lambda _now: [])

    assert loop.run(until_idle=True, timeout=20, stop=threading.Event())

    assert Doi.objects.count() == 8


def test_one_that_our_own_program_fails_over_stops_nobody(
    moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned, other = make.organization("poisoned"), make.organization("other")
    for place in (poisoned, other):
        waiting(place, datasets=1)
        configure(place)
    catch_up = issuance.catch_up

    def failing(organization: Organization, **more: Any) -> Any:
        if organization == poisoned:
            raise ValueError("a bad day")
        return catch_up(organization, **more)

    with monkeypatch.context() as bad_day:
        bad_day.setattr(issuance, "catch_up", failing)
        slices()
    assert list(Following.objects.values_list("organization__slug", flat=True)) == ["poisoned"]
    assert Doi.objects.filter(organization=other).count() == 4

    assert slices() == 0
    moved_clock.forward(minutes=6)
    slices()
    assert Doi.objects.filter(organization=poisoned).count() == 4
