"""What an answer means for its row, without a database: states, windows, doubts, names."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from doi import outcomes
from doi.address import landing_url
from doi.errors import (
    NotAtRegistryError,
)
from doi.exchange import Answer
from doi.models import Doi
from doi.outcomes import of_answer
from doi.registries.base import RegistryRecord
from doi.states import PERMANENT, State, Step
from tests.doi.outcome_rows import KEY, NOW, OURS, WINDOW, learnt, row

# --- a record -----------------------------------------------------------------------------------------------------


def test_a_created_draft_starts_its_window_when_the_registry_says_so() -> None:
    outcome = learnt(row(), Step.CREATE, OURS)

    assert outcome.word == "draft"
    assert outcome.values["state"] == "draft"
    assert outcome.values["permanent_after"] == NOW + WINDOW
    assert outcome.values["shown_at"] == NOW
    assert outcome.values["confirmed_generation"] == 3
    assert outcome.values["confirmed_public"] is True
    assert (outcome.values["step"], outcome.values["uncertain"]) == ("", False)


@pytest.mark.parametrize("ahead", [-3600, 0, 250])
def test_the_later_clock_counts(ahead: int) -> None:
    made = NOW + timedelta(seconds=ahead)

    outcome = learnt(row(), Step.CREATE, replace(OURS, created=made))

    assert outcome.values["permanent_after"] == max(NOW, made) + WINDOW


@pytest.mark.parametrize("state", ["planned", "draft"])
@pytest.mark.parametrize("made", ["2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_nothing_was_made_after_the_answer_that_tells_of_it(state: str, made: str) -> None:
    said = replace(OURS, created=datetime.fromisoformat(made))

    told = learnt(row(state), Step.CREATE, replace(said, date=NOW + timedelta(seconds=2)))
    untold = learnt(row(state), Step.CREATE, said)

    assert told.values["permanent_after"] == NOW + timedelta(seconds=302) + WINDOW
    assert untold.values["permanent_after"] == NOW + WINDOW + WINDOW


@pytest.mark.parametrize(
    ("state", "step", "kept"), [("draft", "promote", "promote"), ("planned", "create", "")]
)
def test_an_answer_that_nobody_could_read_leaves_the_row_in_doubt(state: str, step: str, kept: str) -> None:
    outcome = outcomes.of_unread(row(state, step=step), now=NOW)

    assert outcome.parked
    assert (outcome.values["uncertain"], outcome.values["step"]) == (True, kept)
    assert outcome.values["attention"] == "engine"
    assert outcome.values["last_error"] == ""


def test_a_registry_that_does_not_tell_when_is_taken_at_its_answer() -> None:
    outcome = learnt(row(), Step.CREATE, replace(OURS, created=None))

    assert outcome.values["permanent_after"] == NOW + WINDOW


def test_an_edit_does_not_restart_the_window() -> None:
    outcome = learnt(row("draft"), Step.UPDATE, replace(OURS, created=NOW))

    assert "permanent_after" not in outcome.values
    assert "draft_at" not in outcome.values


def test_a_draft_that_our_edit_made_anew_has_a_window_of_its_own() -> None:
    made = NOW + timedelta(hours=1)

    outcome = learnt(row("draft"), Step.UPDATE, replace(OURS, created=made))

    assert outcome.values["permanent_after"] == made + WINDOW


def test_what_a_look_finds_says_nothing_about_metadata() -> None:
    found = learnt(row(uncertain=True, public=False), Step.LOOK, OURS, acted=False)

    assert found.values["state"] == "draft"
    assert "confirmed_generation" not in found.values
    # It may hold what a private draft must not: it is cleared.
    assert found.values["confirmed_public"] is True

    permanent = learnt(
        row("draft", uncertain=True), Step.LOOK, replace(OURS, state=State.FINDABLE), acted=False
    )
    assert "confirmed_public" not in permanent.values
    assert permanent.values["permanent_at"] == NOW


def test_a_bare_hide_leaves_the_metadata_to_another_step() -> None:
    hidden = replace(OURS, state=State.REGISTERED)
    doi = row("findable", public=False, confirmed_generation=1)

    assert learnt(doi, Step.HIDE, hidden, bare=True).values["confirmed_generation"] == 1
    assert learnt(doi, Step.HIDE, hidden).values["confirmed_generation"] == 3


def test_when_it_became_permanent_is_written_once() -> None:
    assert (
        "permanent_at" not in learnt(row("findable"), Step.UPDATE, replace(OURS, state=State.FINDABLE)).values
    )


def test_a_permanent_doi_found_a_draft_is_for_a_person() -> None:
    outcome = learnt(row("findable"), Step.UPDATE, OURS)

    assert outcome.parked
    assert outcome.values["attention"] == "drift"
    assert "state" not in outcome.values


def test_a_handle_that_was_not_written_is_sent_again_a_few_times_where_no_resolver_is_asked(
    settings: Any,
) -> None:
    settings.REGISTRY_URLS = {("datacite", "production"): "https://registry.example.edu"}
    silent = replace(OURS, state=State.FINDABLE, registered=False)
    doi = row("draft", environment="production")

    first = learnt(doi, Step.PROMOTE, silent)
    assert first.values["state"] == "findable"
    assert first.values["confirmed_generation"] == 0, "behind, so the URL is sent again"
    assert first.retry_at is not None
    assert first.retry_at > NOW

    doi.failures = outcomes.HANDLE_TRIES - 1
    assert learnt(doi, Step.PROMOTE, silent).values["confirmed_generation"] == 3
    doi.failures = 0
    assert learnt(doi, Step.PROMOTE, replace(silent, registered=True)).retry_at is None
    assert learnt(doi, Step.PROMOTE, replace(silent, registered=None)).retry_at is None, "EZID does not say"
    doi.environment = "test"
    assert learnt(doi, Step.PROMOTE, silent).retry_at is None, "it never resolves anyway"


def test_a_handle_that_was_not_written_is_left_to_the_looks_where_a_resolver_is_asked() -> None:
    silent = replace(OURS, state=State.FINDABLE, registered=False)

    outcome = learnt(row("draft", environment="production"), Step.PROMOTE, silent)

    assert outcome.values["confirmed_generation"] == 3
    assert outcome.values["look_after"] == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("state", "values", "step", "record", "due"),
    [
        ("draft", {}, Step.PROMOTE, {}, True),
        ("draft", {}, Step.PROMOTE, {"state": State.REGISTERED}, True),
        # Found permanent, after an answer was lost.
        ("draft", {}, Step.LOOK, {}, True),
        # Never seen: permanent before looks were taken.
        ("findable", {}, Step.UPDATE, {}, True),
        ("findable", {"leads_to": landing_url(KEY), "resolves_since": NOW}, Step.UPDATE, {}, False),
        # Its page has another address by now.
        ("findable", {"leads_to": "https://old.example/v/1", "resolves_since": NOW}, Step.UPDATE, {}, True),
        # One is to come already.
        ("findable", {"look_after": NOW + WINDOW, "looks": 3}, Step.UPDATE, {}, False),
        # Adopted: it leads where it led before us, until our update.
        ("planned", {"adopted_at": NOW}, Step.LOOK, {"url": "https://old.example/1"}, False),
        ("draft", {}, Step.UPDATE, {"state": State.DRAFT}, False),
        ("draft", {"environment": "test"}, Step.PROMOTE, {}, False),
    ],
)
def test_when_a_look_is_owed(
    state: str, values: dict[str, Any], step: Step, record: dict[str, Any], *, due: bool
) -> None:
    found = replace(OURS, **{"state": State.FINDABLE, **record})
    acted = {"acted": False} if step == Step.LOOK else {}

    outcome = learnt(row(state, **{"environment": "production", **values}), step, found, **acted)

    assert outcome.values.get("look_after") == (NOW + timedelta(minutes=1) if due else None)
    assert outcome.values.get("looks") == (0 if due else None)


def test_no_look_is_owed_where_no_resolver_is_asked(settings: Any) -> None:
    settings.REGISTRY_URLS = {("datacite", "production"): "https://registry.example.edu"}

    outcome = learnt(
        row("draft", environment="production"), Step.PROMOTE, replace(OURS, state=State.FINDABLE)
    )

    assert "look_after" not in outcome.values


def test_a_draft_that_a_lost_discard_left_there_is_nobodys_to_delete_any_more() -> None:
    found = learnt(row("draft", discard_sent_at=NOW), Step.LOOK, OURS, acted=False)

    assert found.values["discard_sent_at"] is None


# --- whose it is --------------------------------------------------------------------------------------------------

FOREIGN = [
    replace(OURS, owner="other.repo"),
    replace(OURS, owner=None, url="https://example.org/"),
    replace(OURS, url="https://example.org/"),
]


@pytest.mark.parametrize("record", FOREIGN)
@pytest.mark.parametrize("step", [Step.LOOK, Step.CREATE])
def test_a_name_never_shown_is_changed_quietly(record: RegistryRecord, step: Step) -> None:
    outcome = learnt(row(uncertain=True), step, record, acted=False)

    assert (outcome.word, outcome.rename, outcome.parked) == ("taken", True, False)
    assert outcome.values["create_sent_at"] is None


@pytest.mark.parametrize("shown", [{"reserved_at": NOW}, {"shown_at": NOW}])
@pytest.mark.parametrize("record", FOREIGN)
def test_a_name_that_was_shown_is_for_a_person(record: RegistryRecord, shown: dict[str, Any]) -> None:
    outcome = learnt(row(uncertain=True, **shown), Step.LOOK, record, acted=False)

    assert (outcome.parked, outcome.rename) == (True, False)
    assert outcome.values["attention"] == "taken"


def test_a_draft_that_went_to_another_account_is_for_a_person() -> None:
    outcome = learnt(row("draft"), Step.PROMOTE, replace(OURS, owner="other.repo"), acted=False)

    assert outcome.values["attention"] == "taken"
    assert outcome.parked


def test_our_own_draft_is_known_by_its_page_where_no_owner_is_told() -> None:
    outcome = learnt(row(uncertain=True), Step.LOOK, replace(OURS, owner=None), acted=False)

    assert outcome.values["state"] == "draft"


def test_a_draft_of_ours_stays_ours_whatever_page_it_leads_to() -> None:
    outcome = learnt(row("draft"), Step.LOOK, replace(OURS, url="https://example.org/"), acted=False)

    assert outcome.values["state"] == "draft"


@pytest.mark.parametrize("state", [State.DRAFT, State.FINDABLE, State.REGISTERED])
def test_adopting_what_our_account_holds_takes_it_as_it_is(state: State) -> None:
    doi = row(adopted_at=NOW, shown_at=NOW, uncertain=True)

    outcome = learnt(doi, Step.LOOK, replace(OURS, state=state, url="https://old.example/"), acted=False)

    assert outcome.values["state"] == state
    assert ("permanent_after" in outcome.values) == (state == State.DRAFT)
    assert ("permanent_at" in outcome.values) == (state != State.DRAFT)


@pytest.mark.parametrize("owner", ["other.repo", None])
@pytest.mark.parametrize("state", [State.DRAFT, State.FINDABLE, State.REGISTERED])
def test_adopting_what_is_not_provably_ours_only_shows_it(state: State, owner: str | None) -> None:
    doi = row(adopted_at=NOW, shown_at=NOW, uncertain=True)

    outcome = learnt(doi, Step.LOOK, replace(OURS, state=state, owner=owner), acted=False)

    assert outcome.word == "external"
    assert outcome.values["account_id"] is None
    assert outcome.values["state"] == (state if state in PERMANENT else "planned")
    assert ("permanent_at" in outcome.values) == (state in PERMANENT)


def test_an_external_doi_whose_making_nobody_tells_counts_from_now() -> None:
    doi = row(adopted_at=NOW, shown_at=NOW, uncertain=True)
    record = replace(OURS, state=State.FINDABLE, owner="other.repo", created=None)

    assert learnt(doi, Step.LOOK, record, acted=False).values["permanent_at"] == NOW


# --- absence ------------------------------------------------------------------------------------------------------

ABSENT = Answer(absent=True, error=NotAtRegistryError("gone"))


@pytest.mark.parametrize(
    ("doi", "step"),
    [
        (row("draft", wanted="none"), Step.DISCARD),
        (row("draft", wanted="none", uncertain=True), Step.LOOK),
        # A lost discard that was done after all.
        (row("draft", discard_sent_at=NOW, uncertain=True), Step.LOOK),
        # Wanted again meanwhile: the answer is still a fact.
        (row("draft"), Step.DISCARD),
    ],
)
def test_what_was_not_wanted_and_is_gone_is_discarded(doi: Doi, step: Step) -> None:
    values = of_answer(doi, step, ABSENT, now=NOW).values

    assert values["state"] == "discarded"
    assert [values[name] for name in ("draft_at", "permanent_after", "promote_now_at", "create_sent_at")] == [
        None
    ] * 4
    assert values["confirmed_public"] is False


@pytest.mark.parametrize("state", ["planned", "discarded"])
def test_what_was_never_made_is_simply_absent(state: str) -> None:
    outcome = of_answer(row(state, uncertain=True, create_sent_at=NOW), Step.LOOK, ABSENT, now=NOW)

    assert (outcome.word, outcome.parked) == ("absent", False)
    assert outcome.values["create_sent_at"] is None
    assert outcome.values["uncertain"] is False
    assert "state" not in outcome.values


@pytest.mark.parametrize(
    ("state", "step"),
    [("draft", Step.PROMOTE), ("draft", Step.UPDATE), ("findable", Step.HIDE), ("registered", Step.LOOK)],
)
def test_what_should_be_there_and_is_not_is_reported_and_looked_at_before_anything_else(
    state: str, step: Step
) -> None:
    outcome = of_answer(row(state), step, ABSENT, now=NOW)

    assert outcome.parked
    assert outcome.values["attention"] == "missing-at-registry"
    # Any write could make it anew, so the next step is a look.
    assert outcome.values["uncertain"] is True
    assert "state" not in outcome.values


def test_an_existing_doi_that_nobody_knows_is_reported() -> None:
    outcome = of_answer(row(adopted_at=NOW, shown_at=NOW, uncertain=True), Step.LOOK, ABSENT, now=NOW)

    assert outcome.parked
    assert outcome.values["attention"] == "missing-at-registry"
