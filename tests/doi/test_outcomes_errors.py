"""What an error means for its row, and what is written down without a request; without a database."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import CharField
from hypothesis import given
from hypothesis import strategies as st

from doi import outcomes
from doi.errors import (
    BadCredentialsError,
    InvalidNameError,
    MetadataRejectedError,
    NameTakenError,
    RegistryError,
    RegistryRefusedError,
    RegistryUnavailableError,
)
from doi.exchange import Answer
from doi.models import Doi, Lane
from doi.outcomes import Outcome, of_answer, of_deaths, of_fact, of_fault, of_wait
from doi.plan import Fact, Obstacle, Wait
from doi.states import Step
from tests.doi.outcome_rows import NOW, row

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
