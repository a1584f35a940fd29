"""Three clocks: while this machine's, the database's and the registry's differ, nothing becomes permanent."""

import logging
from datetime import timedelta

import pytest

from datasets.models import Version
from doi import agreement, clock
from doi.models import Account, Budget, Doi
from doi.sandbox import Sandbox
from doi.services import windows
from doi.states import State
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 86_400
BOTH = pytest.mark.parametrize("own", [make.DATACITE, make.LASTING_EZID], ids=["datacite", "ezid"])


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No alert of another test keeps this one's back."""
    monkeypatch.setattr(agreement, "_alerted_at", dict.fromkeys(agreement._alerted_at, float("-inf")))
    monkeypatch.setattr(agreement, "_settled", [True])


def drafted(own: object = make.DATACITE) -> Version:
    version = make.drafted(make.dataset(make.configured(own=own)))  # type: ignore[arg-type]
    drain_all()
    return version


def alerts(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


# --- host and database --------------------------------------------------------------------------------------------


@BOTH
def test_a_database_clock_that_jumps_eight_days_makes_nothing_permanent(
    sandbox: Sandbox, moved_clock: Clock, caplog: pytest.LogCaptureFixture, own: object
) -> None:
    version = drafted(own)
    due = make.doi_of(version).permanent_after
    moved_clock.database_only(days=8)

    for _ in range(3):
        drain_all()
        agreement.watch()

    doi = make.doi_of(version)
    assert (doi.state, doi.attention, doi.step) == ("draft", "clock", "")
    assert [record["state"] for record in sandbox.records()] == ["draft"]
    assert len(alerts(caplog)) == 1
    assert "clocks_disagree with=host ahead=691200s" in alerts(caplog)[0]

    moved_clock.database_only()
    agreement.watch()
    drain_all()
    doi = make.doi_of(version)
    assert (doi.state, doi.attention, doi.permanent_after) == ("draft", "", due)
    assert doi.next_attempt_at == due
    moved_clock.forward(days=7, seconds=1)
    drain_all()
    assert make.doi_of(version).state == "findable"


def test_other_steps_go_on_while_the_clocks_differ(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = drafted()
    moved_clock.database_only(days=8)

    make.version(version.dataset, "2.0")
    drain_all()

    assert [record["state"] for record in sandbox.records()] == ["draft", "draft"]


def test_not_even_make_permanent_now_is_done_while_the_clocks_differ(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    version = drafted()
    moved_clock.database_only(seconds=6)
    windows.make_permanent_now(make.doi_of(version), by=make.by())

    drain_all()
    assert (make.doi_of(version).state, make.doi_of(version).attention) == ("draft", "clock")

    moved_clock.database_only()
    moved_clock.forward(seconds=70)
    drain_all()
    assert make.doi_of(version).state == "findable"


@pytest.mark.parametrize(
    ("seconds", "agrees"), [(0, True), (4.9, True), (-4.9, True), (5.1, False), (-5.1, False)]
)
def test_five_seconds_are_no_difference(moved_clock: Clock, seconds: float, *, agrees: bool) -> None:
    moved_clock.database_only(seconds=seconds)

    assert (agreement.with_host() is None) == agrees


def test_a_whole_world_that_moves_agrees_with_itself(moved_clock: Clock) -> None:
    moved_clock.forward(days=400)

    assert abs(clock.ahead()) < timedelta(seconds=1)
    assert agreement.with_host() is None


def test_time_that_asking_takes_is_no_difference(moved_clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    began = clock.host()
    machine = iter([began, began + timedelta(seconds=20)])
    monkeypatch.setattr(clock, "_machine", lambda: next(machine))
    monkeypatch.setattr(clock, "_database", lambda: began + timedelta(seconds=13))

    assert clock.ahead() == timedelta()


# --- the registry -------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("seconds", [-400, 400])
def test_a_registry_whose_clock_differs_publishes_nothing(
    sandbox: Sandbox, moved_clock: Clock, caplog: pytest.LogCaptureFixture, own: object, seconds: float
) -> None:
    version = drafted(own)
    moved_clock.forward(days=7, seconds=1)
    moved_clock.registry = timedelta(seconds=seconds)
    sandbox.log.recent.clear()

    drain_all()

    doi = make.doi_of(version)
    assert (doi.state, doi.attention, doi.step, doi.uncertain) == ("draft", "clock", "", False)
    assert len(sandbox.log.recent) == 1
    assert "clocks_disagree with=registry" in alerts(caplog)[0]
    moved_clock.registry = timedelta()
    drain_all()
    assert make.doi_of(version).state == "draft"

    moved_clock.forward(seconds=70)
    drain_all()
    assert (make.doi_of(version).state, make.doi_of(version).attention) == ("findable", "")


def test_a_registry_that_is_four_minutes_off_is_believed(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = drafted()
    moved_clock.forward(days=7, seconds=1)
    moved_clock.registry = timedelta(minutes=4)

    drain_all()

    assert make.doi_of(version).state == "findable"


def test_of_many_that_are_due_only_the_first_asks_a_registry_whose_clock_differs(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    of = make.dataset(make.configured())
    first = make.drafted(of)
    for number in range(2, 8):
        make.version(of, f"{number}.0")
    drain_all()
    moved_clock.forward(days=7, seconds=1)
    moved_clock.registry = timedelta(hours=1)
    sandbox.log.recent.clear()

    drain_all()

    assert len(sandbox.log.recent) == 1
    assert set(Doi.objects.values_list("attention", flat=True)) == {"clock"}
    assert make.doi_of(first).state == "draft"


# --- what a wrong clock had put off ---------------------------------------------------------------------------------


def test_what_was_put_off_by_a_clock_that_was_ahead_is_due_again(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    version = drafted()
    due = make.doi_of(version).permanent_after
    now = clock.now()
    later = make.version(version.dataset, "2.0")
    far = now + timedelta(days=8)
    Doi.objects.filter(landing_id=later.pk).update(next_attempt_at=far)
    Account.objects.update(drain_until=far)
    Budget.objects.update(refilled_at=far)

    assert agreement.recall(now) == 1
    drain_all()

    assert make.doi_of(later).state == State.DRAFT
    assert (make.doi_of(version).next_attempt_at, make.doi_of(version).state) == (due, State.DRAFT)


def test_a_wait_that_a_registry_asked_for_is_kept(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = make.version(make.dataset(make.configured()))
    asked = clock.now() + timedelta(hours=24)
    Doi.objects.update(next_attempt_at=asked)

    assert agreement.recall(clock.now()) == 0
    assert make.doi_of(version).next_attempt_at == asked


def test_an_alert_comes_once_a_minute(
    moved_clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved_clock.database_only(hours=1)
    for _ in range(5):
        agreement.watch()
    assert len(alerts(caplog)) == 1

    monkeypatch.setattr(agreement, "ALERT_AGAIN", 0.0)
    agreement.watch()
    assert len(alerts(caplog)) == 2


def test_a_registry_that_keeps_the_real_time_agrees_with_a_moved_world(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    """The test clock is the product's; nobody has to tell the registry of it."""
    version = make.drafted(make.dataset(make.configured()))
    drain_all()

    moved_clock.forward(days=7, seconds=1)
    moved_clock.registry = -moved_clock.ahead
    drain_all()

    assert make.doi_of(version).state == "findable"
