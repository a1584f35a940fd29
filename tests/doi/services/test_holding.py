"""Holds above a single DOI, and the kill switches: what they stop, and what happens when they are lifted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from datasets.models import Version
from doi import clock
from doi.errors import NotAllowedError
from doi.models import Doi, DoiEvent, Hold, Login
from doi.sandbox import Sandbox
from doi.services import accounts, holding, windows
from doi.services.holding import Place
from organizations.models import Institution, Organization
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.factories.organizations import person
from tests.support import places

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 86_400
WEEK = 7 * DAY
REASON = "an ethics review"


class World:
    """A university, its faculty, and in the faculty an organization with one draft."""

    def __init__(self) -> None:
        self.university = places.institution("university")
        self.faculty = places.institution("faculty", parent=self.university)
        self.lab = make.organization(institution=self.faculty)
        accounts.configure_own(self.lab, make.DATACITE, check=places.PASSED, default_on=True, by=make.by())
        self.version = make.drafted(make.dataset(self.lab))
        drain_all()

    @property
    def doi(self) -> Doi:
        return make.doi_of(self.version)

    def place(self, name: str) -> Place:
        found: dict[str, Callable[[], Place]] = {
            "dataset": lambda: self.version.dataset,
            "organization": lambda: self.lab,
            "institution": lambda: self.faculty,
            "institution above": lambda: self.university,
            "login": Login.objects.get,
            "deployment": lambda: None,
        }
        return found[name]()


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    return World()


HOLDS = ["dataset", "organization", "institution", "institution above"]
SWITCHES = {"login": "login.promotions-stopped", "deployment": "promotions-stopped"}


@pytest.mark.parametrize("name", HOLDS)
def test_a_hold_keeps_a_draft_a_draft_and_says_why(world: World, moved_clock: Clock, name: str) -> None:
    holding.hold(world.place(name), reason=REASON, by=make.by())

    moved_clock.forward(seconds=WEEK + 1)
    drain_all()

    assert (world.doi.state, world.doi.attention) == ("draft", "held")
    assert REASON in world.doi.attention_text


@pytest.mark.parametrize("name", HOLDS)
def test_a_hold_lifted_in_time_leaves_the_deadline(world: World, moved_clock: Clock, name: str) -> None:
    due = world.doi.permanent_after
    holding.hold(world.place(name), reason=REASON, by=make.by())
    moved_clock.forward(seconds=DAY)
    drain_all()

    assert holding.lift(world.place(name), by=make.by()) == 0
    drain_all()
    assert (world.doi.permanent_after, world.doi.attention, world.doi.state) == (due, "", "draft")

    moved_clock.forward(seconds=6 * DAY + 1)
    drain_all()
    assert world.doi.state == "findable"


@pytest.mark.parametrize("name", HOLDS)
@pytest.mark.parametrize("window", [WEEK, 120])
def test_a_hold_lifted_after_the_due_time_gives_a_new_deadline(
    sandbox: Sandbox, moved_clock: Clock, settings: Any, name: str, window: int
) -> None:
    settings.DOI_DRAFT_WINDOW = window
    world = World()
    holding.hold(world.place(name), reason=REASON, by=make.by())
    moved_clock.forward(seconds=window + 1)
    drain_all()

    now = clock.now()
    assert holding.lift(world.place(name), by=make.by(now)) == 1

    wait = min(DAY, window)
    assert world.doi.permanent_after == now + timedelta(seconds=wait)
    moved_clock.forward(seconds=wait - 10)
    drain_all()
    assert (world.doi.state, world.doi.attention) == ("draft", "")
    moved_clock.forward(seconds=11)
    drain_all()
    assert world.doi.state == "findable"


@pytest.mark.parametrize("name", SWITCHES)
def test_a_kill_switch_stops_promotions_and_once_lifted_what_is_due_goes_at_once(
    world: World, moved_clock: Clock, name: str
) -> None:
    holding.hold(world.place(name), reason=REASON, by=make.by())
    moved_clock.forward(seconds=WEEK + 1)
    drain_all()
    assert (world.doi.state, world.doi.attention) == ("draft", SWITCHES[name])
    assert REASON in world.doi.attention_text

    assert holding.lift(world.place(name), by=make.by()) == 0
    drain_all()

    assert world.doi.state == "findable"


def test_other_steps_go_on_while_promotions_are_stopped(world: World, sandbox: Sandbox) -> None:
    holding.hold(None, reason=REASON, by=make.by())

    make.version(world.version.dataset, "2.0")
    drain_all()

    assert sorted(record["state"] for record in sandbox.records()) == ["draft", "draft"]


@pytest.mark.parametrize("name", [*HOLDS, *SWITCHES])
def test_nobody_else_is_held(world: World, moved_clock: Clock, name: str) -> None:
    place = make.organization("sea-lab", institution=places.institution("elsewhere"))
    accounts.configure_own(place, make.EZID, check=places.PASSED, default_on=True, by=make.by())
    other = make.drafted(make.dataset(place, "sea"))
    drain_all()
    login = Login.objects.get(organization=world.lab)
    holding.hold(login if name == "login" else world.place(name), reason=REASON, by=make.by())

    moved_clock.forward(seconds=WEEK + 1)
    drain_all()

    assert world.doi.state == "draft"
    assert make.doi_of(other).state == ("draft" if name == "deployment" else "findable")


def test_make_permanent_now_is_refused_under_a_hold_and_taken_back_by_one(
    world: World, moved_clock: Clock
) -> None:
    windows.make_permanent_now(world.doi, by=make.by())
    holding.hold(world.lab, reason=REASON, by=make.by())
    drain_all()
    assert (world.doi.state, world.doi.promote_now_at) == ("draft", None)

    with pytest.raises(NotAllowedError, match=REASON):
        windows.make_permanent_now(world.doi, by=make.by())

    holding.lift(world.lab, by=make.by())
    drain_all()
    assert world.doi.state == "draft"


def test_make_permanent_now_waits_for_a_kill_switch(world: World) -> None:
    holding.hold(None, reason=REASON, by=make.by())
    windows.make_permanent_now(world.doi, by=make.by())
    drain_all()
    assert world.doi.state == "draft"

    holding.lift(None, by=make.by())
    drain_all()
    assert world.doi.state == "findable"


def test_two_holds_are_lifted_one_by_one(world: World, moved_clock: Clock) -> None:
    holding.hold(world.version.dataset, reason="a doubt", by=make.by())
    holding.hold(world.university, reason=REASON, by=make.by())
    moved_clock.forward(seconds=WEEK + 1)
    drain_all()
    assert "a doubt" in world.doi.attention_text

    holding.lift(world.version.dataset, by=make.by())
    moved_clock.forward(seconds=2 * DAY)
    drain_all()

    assert (world.doi.state, world.doi.attention) == ("draft", "held")
    assert REASON in world.doi.attention_text


def test_an_organization_that_leaves_a_held_institution_is_held_no_more_and_gets_a_new_deadline(
    world: World, moved_clock: Clock
) -> None:
    holding.hold(world.university, reason=REASON, by=make.by())
    moved_clock.forward(seconds=WEEK + 1)
    drain_all()

    Organization.objects.update(institution=None)
    holding.follow_a_move(world.lab, by=make.by())
    drain_all()
    assert (world.doi.state, world.doi.attention) == ("draft", "")

    moved_clock.forward(seconds=DAY + 1)
    drain_all()
    assert world.doi.state == "findable"


def test_institutions_that_stand_in_a_circle_are_held_all_the_same(world: World, moved_clock: Clock) -> None:
    Institution.objects.filter(pk=world.university.pk).update(parent=world.faculty)
    holding.hold(world.university, reason=REASON, by=make.by())

    moved_clock.forward(seconds=WEEK + 1)
    drain_all()

    assert world.doi.attention == "held"


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*HOLDS, *SWITCHES])
def test_a_place_is_held_once_and_lifted_once(world: World, name: str) -> None:
    place = world.place(name)
    with pytest.raises(NotAllowedError):
        holding.lift(place, by=make.by())
    with pytest.raises(NotAllowedError, match="Say why"):
        holding.hold(place, reason="  ", by=make.by())
    holding.hold(place, reason=REASON, by=make.by())
    with pytest.raises(NotAllowedError, match="already"):
        holding.hold(place, reason="another", by=make.by())
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.create(**holding._at(place), reason="past the service")
    holding.lift(place, by=make.by())
    holding.hold(place, reason="again", by=make.by())

    assert Hold.objects.count() == 2
    found = holding.active(place)
    assert found is not None
    assert found.reason == "again"


@pytest.mark.parametrize(
    "both", [{"deployment": True, "dataset": True}, {"institution": True, "login": True}, {}]
)
def test_a_hold_has_exactly_one_place(world: World, both: dict[str, bool]) -> None:
    given = {name: world.place(name) if name != "deployment" else True for name in both}
    with pytest.raises(IntegrityError, match="hold_has_one_place"):
        Hold.objects.create(**given, reason=REASON)


# --- history and numbers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "words"), [(name, ("held", "hold_lifted")) for name in HOLDS] + [
    (name, ("stopped", "going_on")) for name in SWITCHES
])  # fmt: skip
def test_the_history_of_the_organization_tells_who_held_what(
    world: World, moved_clock: Clock, name: str, words: tuple[str, str]
) -> None:
    ada = person("ada")
    holding.hold(world.place(name), reason=REASON, by=make.by(actor=ada.actor))
    moved_clock.forward(seconds=WEEK + 1)
    drain_all()
    holding.lift(world.place(name), by=make.by(actor=ada.actor))

    lines = DoiEvent.objects.filter(organization=world.lab, event__in=words).order_by("id")
    assert [(line.event, line.actor) for line in lines] == [(word, ada.actor) for word in words]
    assert lines[0].detail["reason"] == REASON
    moved = DoiEvent.objects.filter(event="new_deadline", doi_name=world.doi.name)
    assert moved.count() == (1 if name in HOLDS else 0)
    row = Hold.objects.get()
    assert (row.held_by, row.lifted_by) == (ada, ada)


def test_numbers_say_what_is_held(world: World, moved_clock: Clock) -> None:
    later = make.version(world.version.dataset, "2.0")
    drain_all()
    windows.make_permanent_now(make.doi_of(later), by=make.by())
    drain_all()

    found = holding.numbers(world.university, now=clock.now())
    assert (found.coming, found.drafts, found.due, found.soon) == (1, 1, 0, 0)
    assert (found.permanent, found.organizations, found.first) == (1, 1, world.doi.permanent_after)

    moved_clock.forward(seconds=6.5 * DAY)
    assert holding.numbers(None, now=clock.now()).soon == 1
    moved_clock.forward(seconds=DAY)
    found = holding.numbers(world.version.dataset, now=clock.now())
    assert (found.due, found.soon, found.first) == (1, 0, None)


def test_planned_dois_are_counted_and_not_stopped(sandbox: Sandbox) -> None:
    place = make.configured(domains="*")
    version: Version = make.drafted(make.dataset(place))
    holding.hold(place, reason=REASON, by=make.by())

    assert holding.numbers(place, now=clock.now()).coming == 1
    drain_all()
    assert make.doi_of(version).state == "draft"
