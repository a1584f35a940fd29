"""The engine against a registry that loses answers, and workers that die at every point."""

from datetime import timedelta
from typing import Any

import pytest

from datasets import services
from datasets.models import Version
from doi.models import Doi, DoiEvent
from doi.sandbox import Sandbox
from doi.services import holding
from tests.doi import breaking
from tests.doi.breaking import BREAKAGES, FAILPOINTS, settle
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = pytest.mark.parametrize("own", [make.DATACITE, make.EZID], ids=["datacite", "ezid"])
WINDOW = 604_800
WRITES = ("POST", "PUT", "DELETE")


def one_row_and_at_most_one_record(sandbox: Sandbox) -> Doi:
    doi: Doi = Doi.objects.select_related("account__login", "version__dataset").get()
    assert [record["name"] for record in sandbox.records()] in ([], [doi.name])
    return doi


class Step:
    """One step's story: `before` brings a version to where `wish` makes the engine send exactly this step."""

    def __init__(self, name: str, state: str, *, visibility: str = "public") -> None:
        self.name, self.state, self.visibility = name, state, visibility

    def begin(self, own: Any, moved_clock: Clock) -> Version:
        version = make.drafted(make.dataset(make.configured(own=own), visibility=self.visibility))
        if self.name == "create":
            return version
        drain_all()
        if self.name in {"hide", "show"}:
            moved_clock.forward(seconds=WINDOW + 1)
            drain_all()
        self._wish(version, moved_clock)
        return version

    def _wish(self, version: Version, moved_clock: Clock) -> None:
        match self.name:
            case "update":
                services.edit_metadata(
                    version.dataset, {**version.dataset.metadata, "sizes": ["1 MB"]}, by=make.by()
                )
            case "promote":
                moved_clock.forward(seconds=WINDOW + 1)
            case "hide":
                services.set_visibility(version.dataset, "private", by=make.by())
            case "show":
                services.set_visibility(version.dataset, "public", by=make.by())
            case "discard":
                services.unrelease(version, by=make.by())


STEPS = [
    Step("create", "draft"),
    Step("update", "draft"),
    Step("promote", "findable"),
    Step("hide", "registered"),
    Step("show", "findable", visibility="private"),
    Step("discard", "discarded"),
]
ALL_STEPS = pytest.mark.parametrize("step", STEPS, ids=[step.name for step in STEPS])


def check(sandbox: Sandbox, step: Step) -> None:
    doi = one_row_and_at_most_one_record(sandbox)
    assert doi.state == step.state
    assert (doi.step, doi.uncertain, doi.leased_until, doi.attention) == ("", False, None, "")
    assert [record["state"] for record in sandbox.records()] == (
        [] if step.state == "discarded" else [step.state]
    )
    if doi.state in {"draft", "findable"}:
        assert doi.confirmed_generation == doi.generation
    numbers = list(range(1, doi.attempts + 1))
    for event in ("attempt", "outcome"):
        lines = DoiEvent.objects.filter(event=event).order_by("attempt")
        assert list(lines.values_list("attempt", flat=True)) == numbers, f"one {event} each"


@BOTH
@ALL_STEPS
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_answer_costs_time_and_nothing_else(
    sandbox: Sandbox, moved_clock: Clock, own: Any, step: Step, breakage: str
) -> None:
    step.begin(own, moved_clock)

    breaking.break_next(sandbox, breakage, methods=WRITES)
    drain_all()
    settle(moved_clock, hours=1)

    check(sandbox, step)


@ALL_STEPS
@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_a_worker_may_die_anywhere(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, step: Step, failpoint: str
) -> None:
    step.begin(make.DATACITE, moved_clock)

    breaking.crash(monkeypatch, failpoint)
    settle(moved_clock, hours=1)

    check(sandbox, step)


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_a_worker_may_die_again_and_again(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, failpoint: str
) -> None:
    step = STEPS[0]
    step.begin(make.EZID, moved_clock)

    for _ in range(4):
        breaking.crash(monkeypatch, failpoint)
        moved_clock.forward(minutes=6)
    settle(moved_clock, hours=1)

    check(sandbox, step)


def test_a_died_step_runs_again_within_330_seconds(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.drafted(make.dataset(make.configured()))
    breaking.crash(monkeypatch, "sent")

    moved_clock.forward(seconds=290)
    drain_all()
    assert one_row_and_at_most_one_record(sandbox).step == "create"
    moved_clock.forward(seconds=20)
    drain_all()

    assert one_row_and_at_most_one_record(sandbox).state == "draft"


def test_what_was_claimed_and_not_sent_is_free_at_once(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.drafted(make.dataset(make.configured()))
    breaking.crash(monkeypatch, "claimed")

    assert drain_all() == 0, "its hold is still there"
    moved_clock.forward(seconds=21)
    drain_all()

    assert one_row_and_at_most_one_record(sandbox).state == "draft"


# --- the point of no return ---------------------------------------------------------------------------------------


@BOTH
def test_a_promotion_whose_answer_was_lost_cannot_be_taken_back(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    version = STEPS[2].begin(own, moved_clock)
    breaking.break_next(sandbox, "lost", methods=("PUT", "POST"))
    drain_all()
    assert sandbox.records()[0]["state"] == "findable"

    with pytest.raises(services.RefusedError):
        services.unrelease(version, by=make.by())
    # The look is lost as well: still nothing to be taken back.
    breaking.break_next(sandbox, "reset", methods=("GET",))
    moved_clock.forward(minutes=1)
    drain_all()
    with pytest.raises(services.RefusedError):
        services.unrelease(version, by=make.by())
    settle(moved_clock, hours=1)

    check(sandbox, STEPS[2])


def test_a_promotion_that_died_cannot_be_taken_back(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = STEPS[2].begin(make.DATACITE, moved_clock)
    breaking.crash(monkeypatch, "sent")
    moved_clock.forward(minutes=6)
    breaking.crash(monkeypatch, "marked")

    with pytest.raises(services.RefusedError):
        services.unrelease(version, by=make.by())


def test_a_promotion_that_never_left_can_be_taken_back(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = STEPS[2].begin(make.DATACITE, moved_clock)
    breaking.break_next(sandbox, "reset", methods=("GET",))
    drain_all()

    services.unrelease(version, by=make.by())
    settle(moved_clock, hours=1)

    assert one_row_and_at_most_one_record(sandbox).state == "discarded"


@BOTH
def test_a_dataset_deleted_past_the_point_of_no_return_becomes_a_tombstone(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    version = STEPS[2].begin(own, moved_clock)
    breaking.break_next(sandbox, "503", methods=("PUT", "POST"))
    drain_all()
    services.delete_dataset(version.dataset, by=make.by(), reason="withdrawn by its authors")

    settle(moved_clock, hours=1)

    doi = one_row_and_at_most_one_record(sandbox)
    assert (doi.state, sandbox.records()[0]["state"]) == ("registered", "registered")
    assert doi.withdrawn_at is not None


def test_a_promotion_in_doubt_only_looks_while_promotions_are_stopped(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    version = STEPS[2].begin(make.DATACITE, moved_clock)
    breaking.break_next(sandbox, "503", methods=("PUT",))
    drain_all()
    login = make.account_of(version.dataset.organization).login
    holding.hold(login, reason="being checked", by=make.by())

    settle(moved_clock, hours=1)

    doi = one_row_and_at_most_one_record(sandbox)
    assert (doi.state, doi.attention, doi.step) == ("draft", "login.promotions-stopped", "")
    assert sandbox.records()[0]["state"] == "draft"


# --- a person's wish while a request is away ----------------------------------------------------------------------


@BOTH
def test_unreleased_exactly_while_the_draft_is_being_made(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, own: Any
) -> None:
    version = STEPS[0].begin(own, moved_clock)
    breaking.while_away(monkeypatch, lambda: services.unrelease(version, by=make.by()))

    drain_all()

    doi = one_row_and_at_most_one_record(sandbox)
    assert (doi.state, sandbox.records()) == ("discarded", [])


@BOTH
def test_released_again_exactly_while_the_draft_is_being_discarded(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, own: Any
) -> None:
    version = STEPS[5].begin(own, moved_clock)
    name = one_row_and_at_most_one_record(sandbox).name
    moved_clock.forward(days=3)
    breaking.while_away(monkeypatch, lambda: services.release(version, by=make.by()))

    drain_all()

    doi = one_row_and_at_most_one_record(sandbox)
    assert (doi.state, doi.name) == ("draft", name)
    assert doi.permanent_after is not None
    assert doi.permanent_after - moved_clock.now() > timedelta(seconds=WINDOW - 60)


@BOTH
@pytest.mark.parametrize("step", STEPS[:5], ids=[step.name for step in STEPS[:5]])
def test_an_edit_while_a_request_is_away_is_sent_after_it(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, own: Any, step: Step
) -> None:
    version = step.begin(own, moved_clock)
    breaking.while_away(
        monkeypatch,
        lambda: services.edit_metadata(
            version.dataset, {**make.METADATA, "titles": [{"title": "Said later"}]}, by=make.by()
        ),
    )

    drain_all()

    doi = one_row_and_at_most_one_record(sandbox)
    assert doi.state == step.state
    assert doi.confirmed_generation == doi.generation
    assert "Said later" in str(breaking.record_of(sandbox, doi).metadata)


@BOTH
@pytest.mark.parametrize("step", STEPS[:3], ids=[step.name for step in STEPS[:3]])
def test_made_private_while_a_request_is_away(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, own: Any, step: Step
) -> None:
    version = step.begin(own, moved_clock)
    breaking.while_away(
        monkeypatch, lambda: services.set_visibility(version.dataset, "private", by=make.by())
    )

    drain_all()

    doi = one_row_and_at_most_one_record(sandbox)
    if step.name == "promote":
        assert sandbox.records()[0]["state"] == "registered"
    else:
        assert (doi.state, doi.confirmed_public) == ("draft", False)
        assert holds_nothing(sandbox, doi)


def holds_nothing(sandbox: Sandbox, doi: Doi) -> bool:
    held = breaking.record_of(sandbox, doi).metadata
    return "River stage" not in str(held) and "Okafor" not in str(held)


@BOTH
@pytest.mark.parametrize("breakage", ["lost", "truncate"])
def test_a_draft_made_private_after_a_lost_answer_is_cleared(
    sandbox: Sandbox, moved_clock: Clock, own: Any, breakage: str
) -> None:
    version = STEPS[0].begin(own, moved_clock)
    breaking.break_next(sandbox, breakage, methods=("POST", "PUT"))
    drain_all()
    assert not holds_nothing(sandbox, one_row_and_at_most_one_record(sandbox))

    services.set_visibility(version.dataset, "private", by=make.by())
    settle(moved_clock, hours=1)

    assert holds_nothing(sandbox, one_row_and_at_most_one_record(sandbox))


@BOTH
def test_a_private_draft_that_was_public_for_one_lost_request_is_cleared(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    version = make.drafted(make.dataset(make.configured(own=own), visibility="private"))
    drain_all()
    services.set_visibility(version.dataset, "public", by=make.by())
    breaking.break_next(sandbox, "lost", methods=("POST", "PUT"))
    drain_all()
    services.set_visibility(version.dataset, "private", by=make.by())

    settle(moved_clock, hours=1)

    assert holds_nothing(sandbox, one_row_and_at_most_one_record(sandbox))
