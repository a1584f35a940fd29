"""What an answer means for its row, without a database: states, windows, doubts, names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.models import CharField
from hypothesis import given
from hypothesis import strategies as st

from doi import outcomes
from doi.address import landing_url
from doi.errors import (
    BadCredentialsError,
    InvalidNameError,
    MetadataRejectedError,
    NameTakenError,
    NotAtRegistryError,
    RegistryError,
    RegistryRefusedError,
    RegistryUnavailableError,
)
from doi.exchange import Answer
from doi.models import Account, Doi, Lane, Login
from doi.outcomes import Outcome, of_answer, of_deaths, of_fact, of_fault, of_wait
from doi.plan import Fact, Obstacle, Wait
from doi.registries.base import RegistryRecord
from doi.states import PERMANENT, State, Step

NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
WINDOW = timedelta(seconds=604_800)
KEY = UUID("0198c0de-0000-7000-8000-000000000001")
NAME = "10.70112/abcd-efgh"
OURS = RegistryRecord(NAME, State.DRAFT, landing_url(KEY), owner="org.repo", created=NOW)


def row(state: str = "planned", **values: Any) -> Doi:
    login = Login(provider="datacite", environment="production", account_id="ORG.REPO")
    times: dict[str, Any] = {}
    if state == "draft":
        times = {"draft_at": NOW, "permanent_after": NOW + WINDOW, "shown_at": NOW}
    if state in PERMANENT:
        times = {"permanent_at": NOW - WINDOW, "shown_at": NOW - WINDOW}
    return Doi(
        name=NAME,
        landing_id=KEY,
        state=state,
        account=Account(login=login, prefix="10.70112"),
        **{"wanted": "permanent", "public": True, "generation": 3, "step_generation": 3, **times, **values},
    )


def learnt(doi: Doi, step: Step, record: RegistryRecord, **more: Any) -> Outcome:
    return of_answer(doi, step, Answer(record=record, **more), now=NOW)


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


# --- errors -------------------------------------------------------------------------------------------------------


def failed(doi: Doi, step: Step, error: RegistryError | InvalidNameError, **more: Any) -> Outcome:
    return of_answer(doi, step, Answer(error=error, **more), now=NOW)


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("doubted", [True, False])
def test_an_outage_leaves_a_doubt_only_where_something_may_have_been_done(
    step: Step, *, sent: bool, doubted: bool
) -> None:
    outcome = failed(
        row("draft", step=step, uncertain=doubted), step, RegistryUnavailableError("later", sent=sent)
    )

    doubt = doubted or (sent and step != Step.LOOK)
    assert outcome.values["uncertain"] is doubt
    # A promotion in doubt cannot be taken back.
    assert outcome.values["step"] == ("promote" if doubt and step == Step.PROMOTE else "")
    assert outcome.values["leased_until"] is None
    assert outcome.unavailable
    assert outcome.retry_at is not None
    assert "attention" not in outcome.values


def test_a_look_after_a_lost_promotion_keeps_the_promotion_in_doubt() -> None:
    doi = row("draft", step="promote", uncertain=True)

    for error, more in [
        (RegistryUnavailableError("later", sent=False), {}),
        (BadCredentialsError("no", status=401), {"credential_refused": True}),
    ]:
        outcome = failed(doi, Step.LOOK, error, **more)

        assert (outcome.values["step"], outcome.values["uncertain"]) == ("promote", True)


def test_retry_after_wins_and_pauses_everybody() -> None:
    outcome = failed(row(), Step.CREATE, RegistryUnavailableError("later", retry_after=90, sent=False))

    assert outcome.retry_at == NOW + timedelta(seconds=90)
    assert outcome.pause_host == 90


def test_after_twelve_failures_in_a_row_people_see_it_and_it_goes_on() -> None:
    outcome = failed(row(failures=11), Step.CREATE, RegistryUnavailableError("later"))

    assert outcome.values["attention"] == "registry"
    assert outcome.retry_at is not None
    assert not outcome.parked


@given(failures=st.integers(1, 10_000))
def test_the_wait_grows_with_jitter_and_ends_at_twelve_minutes(failures: int) -> None:
    longest = min(5 * 2.0 ** min(failures, 20), 720)

    assert longest / 20 <= outcomes.backoff(failures) <= longest


def test_a_refused_credential_is_the_logins_and_the_row_waits_as_it_was() -> None:
    error = BadCredentialsError("no", status=401, words="Bad credentials.")

    outcome = failed(row(failures=2), Step.CREATE, error, credential_refused=True)

    assert outcome.login_refused == "Bad credentials."
    assert outcome.retry_at == NOW
    assert outcome.values["attention"] == ""
    assert outcome.values["uncertain"] is False


def test_a_refusal_that_is_not_the_credentials_waits_alone() -> None:
    outcome = failed(row(), Step.CREATE, BadCredentialsError("not yours", status=403, words="Forbidden"))

    assert outcome.parked
    assert outcome.login_refused == ""
    assert (outcome.values["attention"], outcome.values["last_error"]) == ("account", "Forbidden")


@pytest.mark.parametrize(
    ("error", "code", "certain"),
    [
        (MetadataRejectedError("see “titles”", field="titles"), "metadata.titles", True),
        (RegistryRefusedError("refused", status=400), "refused", False),
        (InvalidNameError("no such name"), "name", True),
    ],
)
def test_what_is_refused_waits_under_a_word(
    error: RegistryError | InvalidNameError, code: str, *, certain: bool
) -> None:
    outcome = failed(row("draft"), Step.UPDATE, error)

    assert outcome.parked
    assert outcome.values["attention"] == code
    assert outcome.values["parked_at"] == NOW
    # A refusal that names no field may have come after something was done.
    assert outcome.values["uncertain"] is not certain
    assert failed(row("draft"), Step.LOOK, error).values["uncertain"] is True


@pytest.mark.parametrize(
    ("field", "words", "sentence"),
    [
        ("publicationYear", "", "DataCite refuses the metadata; see “Publication year”."),
        (
            "alternateIdentifiers",
            "x",
            "DataCite refuses the metadata; see “Other identifiers of this dataset”.",
        ),
        ("relatedItems", "", "DataCite refuses the metadata; see “Related items”."),
        ("metadata", "Can't be blank", "DataCite refuses the metadata; its words: Can't be blank"),
        ("metadata", "", "DataCite refuses the metadata."),
        ("url", "Is invalid", "DataCite refuses the metadata."),
    ],
)
def test_a_refusal_names_the_field_as_the_form_does_or_says_the_registrys_words(
    field: str, words: str, sentence: str
) -> None:
    error = MetadataRejectedError("DataCite refuses the metadata.", field=field, words=words)

    assert failed(row("draft"), Step.UPDATE, error).values["attention_text"] == sentence


def test_a_name_taken_by_what_nobody_shows_us_is_changed_at_once_if_we_never_asked_for_it_before() -> None:
    outcome = failed(row(), Step.CREATE, NameTakenError("taken"))

    assert outcome.rename


def test_where_an_earlier_request_may_have_made_it_the_look_is_repeated() -> None:
    asked = row(create_sent_at=NOW - timedelta(minutes=1))

    first = failed(asked, Step.CREATE, NameTakenError("taken", words="already been taken"))
    assert not first.rename
    assert first.retry_at is not None
    assert first.values["failures"] == 1

    asked.failures = outcomes.LOOKS - 1
    assert failed(asked, Step.CREATE, NameTakenError("taken")).rename

    asked.reserved_at = NOW
    assert failed(asked, Step.CREATE, NameTakenError("taken")).values["attention"] == "taken"


def test_an_answer_without_anything_in_it_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="record"):
        of_answer(row(), Step.LOOK, Answer(), now=NOW)


def room(name: str) -> int:
    found = Doi._meta.get_field(name)
    assert isinstance(found, CharField)
    return found.max_length or 0


def test_long_words_are_cut_to_their_columns() -> None:
    outcome = failed(
        row("draft"), Step.UPDATE, MetadataRejectedError("x" * 900, field="y" * 900, words="z" * 900)
    )

    for name in ("attention", "attention_text", "last_error"):
        assert len(outcome.values[name]) == room(name)


# --- without a request --------------------------------------------------------------------------------------------


def test_never_sent_and_not_wanted_is_discarded_for_certain() -> None:
    outcome = of_fact(row(wanted="none"), Fact.NEVER_SENT)

    assert (outcome.word, outcome.values["state"]) == ("discarded", "discarded")


def test_wanted_again_begins_anew_under_the_same_name() -> None:
    outcome = of_fact(row("discarded"), Fact.WANTED_AGAIN)

    assert outcome.values["state"] == "planned"
    assert outcome.values["confirmed_generation"] == 0
    assert "name" not in outcome.values


def test_what_waits_for_its_window_stands_in_the_lane_of_the_due() -> None:
    assert of_wait(Wait(until=NOW))["lane"] == Lane.PERMANENCE
    assert "lane" not in of_wait(Wait())
    blocked = of_wait(Wait(obstacle=Obstacle("c" * 900, "s" * 900)))
    assert [len(blocked[name]) for name in ("attention", "attention_text")] == [
        room("attention"),
        room("attention_text"),
    ]


def test_a_row_is_set_aside_only_when_it_died_alone_again_and_again() -> None:
    assert of_deaths(row(step="create", deaths=11), now=NOW) is None

    died = of_deaths(row("draft", step="promote", deaths=12), now=NOW)

    assert died is not None
    assert died.values["attention"] == "engine"
    assert died.retry_at == NOW + timedelta(hours=1)
    # What it was doing is not forgotten.
    assert (died.values["step"], died.values["uncertain"]) == ("promote", True)


def test_a_row_we_fail_over_waits_for_a_change_and_keeps_its_doubt() -> None:
    assert of_fault(row(), now=NOW).values["uncertain"] is False
    assert of_fault(row(step="create"), now=NOW).values["uncertain"] is True
    assert of_fault(row(uncertain=True), now=NOW).parked
