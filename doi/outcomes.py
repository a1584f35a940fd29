"""
What an answer means for its row: a pure function from (row, step, answer, now) to new column values.

The engine writes them under the lease's token; nothing here touches the database or the network.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from datasets.readiness import label_of
from doi.address import landing_url, resolver_is_asked
from doi.agreement import FROM_REGISTRY
from doi.errors import (
    BadCredentialsError,
    IllegalTransitionError,
    InvalidNameError,
    MetadataRejectedError,
    NameTakenError,
    RegistryError,
    RegistryUnavailableError,
)
from doi.exchange import Answer
from doi.kernel4 import PROPERTIES
from doi.models import Doi, Lane
from doi.plan import CLOCKS_AGAIN, Fact, Obstacle, Wait, next_look
from doi.registries.base import RegistryRecord
from doi.states import CONFIRMATION, PERMANENT, Environment, Event, State, Step, Wanted
from doi.transitions import advance

# Where a create may have been sent before, a name that is taken and cannot be seen is believed after so many looks.
LOOKS = 3
# DataCite answers 200 though it could not write the handle; where no resolver is asked, the URL is sent again so many
# times. Elsewhere the looks see to it: see `doi.looks`.
HANDLE_TRIES = 5
# Not an end: a row that a registry does not answer for so often is shown to people, and still tried again.
MANY_FAILURES = 12
# A row that was being sent when its worker died is sent alone after so many deaths in a row, and set aside when it died
# alone so many times more: workers are killed for other reasons too, by a deployment or an operator.
DEATHS_BEFORE_ALONE = 2
DEATHS_ALONE = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """New values, one word for the history, and what the drain has to do beside writing them."""

    word: str
    values: Mapping[str, Any]
    detail: str = ""
    parked: bool = False  # only a change by a person makes it due again
    retry_at: datetime | None = None
    login_refused: str = ""
    pause_host: float = 0.0
    rename: bool = False
    unavailable: bool = False


SETTLED: dict[str, Any] = {
    "step": "",
    "uncertain": False,
    "leased_until": None,
    "failures": 0,
    "deaths": 0,
    "last_error": "",
    "attention": "",
    "attention_text": "",
    "parked_at": None,
}


def of_fact(doi: Doi, fact: Fact) -> Outcome:
    """What is written down without a request."""
    if fact == Fact.NEVER_SENT:
        return Outcome("discarded", {**SETTLED, **_discarded(doi)})
    state = advance(doi.state, Event.WANTED_AGAIN)
    return Outcome("planned", {**SETTLED, "state": state, "confirmed_generation": 0, "create_sent_at": None})


def of_wait(decision: Wait) -> dict[str, Any]:
    """The columns of a row that has nothing to send now: when to look again, and why not before."""
    obstacle = decision.obstacle
    values: dict[str, Any] = {
        "next_attempt_at": decision.until,
        "leased_until": None,
        "attention": obstacle.code[:200] if obstacle else "",
        "attention_text": obstacle.sentence[:700] if obstacle else "",
    }
    if decision.until is not None:
        # What waits for its window comes after people and before bulk drafts, whoever asked for it.
        values["lane"] = Lane.PERMANENCE
    return values


def of_deaths(doi: Doi, *, now: datetime) -> Outcome | None:
    """
    A row that was being sent when its worker died, again and again when it was sent alone: set aside for 12 leases.

    None for one that may be sent.
    """
    if doi.deaths < DEATHS_BEFORE_ALONE + DEATHS_ALONE:
        return None
    words = _("Sending this DOI failed inside this service %(count)d times; it is tried again later.") % {
        "count": doi.deaths
    }
    values = {
        **SETTLED,
        **_unsettled(doi, maybe_applied=True),
        "attention": "engine",
        "attention_text": words,
        "parked_at": now,
    }
    return Outcome("died", values, detail=words, retry_at=now + timedelta(seconds=settings.DOI_LEASE * 12))


def of_fault(doi: Doi, *, now: datetime) -> Outcome:
    """Our own code failed over this row: it waits for a change, and nobody else waits for it."""
    sentence = _("This DOI's record could not be read here; the operators' log says why.")
    return _park(Obstacle("engine", sentence), now=now, uncertain=doi.uncertain or bool(doi.step))


def of_unread(doi: Doi, *, now: datetime) -> Outcome:
    """Our own code failed over an answer, so what was done is not known: a look comes next, but not before a change."""
    sentence = _("The registry's answer could not be read here; the operators' log says why.")
    parked = _park(Obstacle("engine", sentence), now=now)
    return replace(parked, values={**parked.values, **_unsettled(doi, maybe_applied=True)})


def of_answer(doi: Doi, step: Step, answer: Answer, *, now: datetime) -> Outcome:
    """What an exchange with the registry came to."""
    if answer.unsent:
        return _of_nothing(doi, answer, now=now)
    if answer.record is not None:
        return _of_record(doi, answer.record, answer, now=now)
    if answer.absent:
        return _of_absence(doi, step, now=now)
    if answer.error is None:
        message = "an answer holds a record, an absence or an error"
        raise ValueError(message)
    return _of_error(doi, step, answer, now=now)


def _of_nothing(doi: Doi, answer: Answer, *, now: datetime) -> Outcome:
    """Not sent after all: decided on anew at once, or in a minute where the registry's clock is the reason."""
    values = {**_unsettled(doi, maybe_applied=False), "leased_until": None}
    if answer.clocks is None:
        return Outcome("not_sent", values, retry_at=now)
    told = {"attention": answer.clocks.code, "attention_text": answer.clocks.sentence}
    return Outcome("not_sent", {**values, **told}, detail=answer.clocks.sentence, retry_at=now + CLOCKS_AGAIN)


# --- a record ---------------------------------------------------------------------------------------------------


def _of_record(doi: Doi, record: RegistryRecord, answer: Answer, *, now: datetime) -> Outcome:
    if not answer.acted and not _is_ours(doi, record):
        return _of_another_owner(doi, record, now=now)
    try:
        state = advance(doi.state, CONFIRMATION[record.state])
    except IllegalTransitionError:
        sentence = _("The registry says %(state)s, which a permanent DOI cannot become; look at it there.")
        return _park(Obstacle("drift", sentence % {"state": record.state}), now=now, uncertain=True)
    values: dict[str, Any] = {"state": state, "known_at": now}
    if doi.shown_at is None:
        values["shown_at"] = now
    values |= _window(doi, state, record, now=now) | _look(doi, state, record, now=now)
    if state in PERMANENT and doi.permanent_at is None:
        values["permanent_at"] = now
    # What was to be discarded is there: whoever deletes it from now on, it was not us.
    values["discard_sent_at"] = None
    values = {**SETTLED, **values, **_confirmed(doi, state, answer)}
    if answer.acted and _lacks_its_handle(doi, state, record):
        failures = doi.failures + 1
        values |= {"confirmed_generation": 0, "failures": failures}
        return Outcome(state.value, values, retry_at=now + timedelta(seconds=backoff(failures)))
    return Outcome(state.value, values)


def _lacks_its_handle(doi: Doi, state: State, record: RegistryRecord) -> bool:
    """Permanent, and the registry did not get the handle written: it does not resolve yet. Test DOIs never do."""
    real = doi.environment == Environment.PRODUCTION and state in PERMANENT and not _is_looked_at(doi)
    return real and record.registered is False and doi.failures + 1 < HANDLE_TRIES


def _look(doi: Doi, state: State, record: RegistryRecord, *, now: datetime) -> dict[str, Any]:
    """The registry leads what is permanent to our page, and nobody has seen the resolver do so: look in a minute."""
    page = landing_url(doi.landing_id)
    is_seen = doi.look_after is not None or (doi.resolves_since is not None and doi.leads_to == page)
    if state not in PERMANENT or record.url != page or is_seen or not _is_looked_at(doi):
        return {}
    return {
        "look_after": next_look(0, now=now),
        "look_counts_after": None,
        "looks": 0,
        "resolves_since": None,
    }


def _is_looked_at(doi: Doi) -> bool:
    assert doi.account is not None  # noqa: S101  (external DOIs are never sent)
    return doi.environment == Environment.PRODUCTION and resolver_is_asked(doi.account.login.provider)


def _is_ours(doi: Doi, record: RegistryRecord) -> bool:
    """Provably ours: our account holds it and, where we mean to have made it, it leads to our landing page."""
    assert doi.account is not None  # noqa: S101  (external DOIs are never sent)
    held = record.owner == doi.account.login.account_id.lower()
    if doi.adopted_at is not None:
        return held
    made_here = doi.state in {State.PLANNED, State.DISCARDED}
    return (held or record.owner is None) and (not made_here or record.url == landing_url(doi.landing_id))


def _of_another_owner(doi: Doi, record: RegistryRecord | None, *, now: datetime) -> Outcome:
    """`record` None: the registry says the name is taken, and does not show us by what."""
    if record is not None and doi.adopted_at is not None and doi.state == State.PLANNED:
        # Held by somebody else: shown and cited, never written.
        state = advance(doi.state, CONFIRMATION[record.state]) if record.state in PERMANENT else State.PLANNED
        permanent = {"permanent_at": record.created or now} if state in PERMANENT else {}
        return Outcome(
            "external", {**SETTLED, "state": state, "account_id": None, "known_at": now, **permanent}
        )
    if doi.state == State.PLANNED and doi.shown_at is None and doi.reserved_at is None:
        return Outcome("taken", {**SETTLED, "create_sent_at": None}, rename=True)
    sentence = _("This name is somebody else's at the registry; nothing was written, a person has to decide.")
    return _park(Obstacle("taken", sentence), now=now, uncertain=True)


def _window(doi: Doi, state: State, record: RegistryRecord, *, now: datetime) -> dict[str, Any]:
    """
    The window runs from the registry's confirmation, and an edit does not restart it.

    A draft that is younger than its row was deleted there and made anew by our edit: its window is its own.
    """
    if state != State.DRAFT:
        return {}
    window = timedelta(seconds=settings.DOI_DRAFT_WINDOW)
    made = _made(record, now=now, window=window)
    if doi.state != State.DRAFT or doi.permanent_after is None:
        return {"draft_at": now, "permanent_after": (max(now, made) if made is not None else now) + window}
    if made is not None and made + window > doi.permanent_after:
        return {"permanent_after": made + window}
    return {}


def _made(record: RegistryRecord, *, now: datetime, window: timedelta) -> datetime | None:
    """When the registry made it, which cannot be after its own answer: what says so would put the window off for years."""
    if record.created is None:
        return None
    latest = record.date + FROM_REGISTRY if record.date is not None else now + window
    return min(record.created, latest)


def _confirmed(doi: Doi, state: State, answer: Answer) -> dict[str, Any]:
    """A look does not tell whether a draft holds metadata: suppose so, as a private one must not."""
    if not answer.acted:
        return {"confirmed_public": True} if state == State.DRAFT else {}
    generation = doi.confirmed_generation if answer.bare else doi.step_generation
    return {"confirmed_generation": generation, "confirmed_public": doi.public}


# --- absence ----------------------------------------------------------------------------------------------------


def _of_absence(doi: Doi, step: Step, *, now: datetime) -> Outcome:
    deleted_by_us = doi.discard_sent_at is not None or doi.wanted == Wanted.NONE
    if step == Step.DISCARD or (doi.state == State.DRAFT and deleted_by_us):
        # Wanted again meanwhile: it is made anew, under its name, with a window of its own.
        return Outcome("discarded", {**SETTLED, **_discarded(doi)})
    if doi.adopted_at is not None and doi.state == State.PLANNED:
        sentence = _(
            "The registry does not know this existing DOI; correct its name or take it away, nothing was sent."
        )
        return _park(Obstacle("missing-at-registry", sentence), now=now)
    if doi.state in {State.PLANNED, State.DISCARDED}:
        nothing = {"create_sent_at": None, "confirmed_public": False, "known_at": now}
        return Outcome("absent", {**SETTLED, **nothing})
    if doi.environment == Environment.TEST and doi.is_permanent:
        # Test systems are wiped (EZID's test shoulders after two weeks): nothing to do, and no finding. Should more be
        # wanted of it, a look comes first, and comes here again.
        return Outcome("gone", {**SETTLED, "uncertain": True, "known_at": now}, parked=True)
    sentence = _("The registry no longer has this DOI; somebody deleted it there, or the account lost it.")
    # Uncertain: whatever is wanted next, a look comes first, as every write there could make it anew.
    return _park(Obstacle("missing-at-registry", sentence), now=now, uncertain=True)


def _discarded(doi: Doi) -> dict[str, Any]:
    return {
        "state": advance(doi.state, Event.ABSENCE_CONFIRMED),
        "confirmed_generation": 0,
        "confirmed_public": False,
        "create_sent_at": None,
        "discard_sent_at": None,
        "draft_at": None,
        "permanent_after": None,
        "promote_now_at": None,
    }


# --- errors -----------------------------------------------------------------------------------------------------


def _of_error(doi: Doi, step: Step, answer: Answer, *, now: datetime) -> Outcome:
    error = answer.error
    words = (getattr(error, "words", "") or str(error))[:500]
    if isinstance(error, RegistryUnavailableError):
        return _of_outage(doi, step, error, words, now=now)
    if isinstance(error, NameTakenError):
        return _of_taken(doi, words, now=now)
    if isinstance(error, BadCredentialsError) and answer.credential_refused:
        kept = {**SETTLED, **_unsettled(doi, maybe_applied=False), "last_error": words}
        return Outcome("credential_refused", kept, detail=words, retry_at=now, login_refused=words)
    # Refused for a reason that names no field: perhaps after something was done, so look before acting again.
    certain = isinstance(error, (MetadataRejectedError, BadCredentialsError, InvalidNameError))
    return _park(_obstacle_of(error), now=now, words=words, uncertain=step == Step.LOOK or not certain)


def _of_taken(doi: Doi, words: str, *, now: datetime) -> Outcome:
    """Taken, and not shown to us: somebody else's draft, or our own that cannot be read yet."""
    failures = doi.failures + 1
    if doi.create_sent_at is None or failures >= LOOKS:
        return _of_another_owner(doi, None, now=now)
    values = {**SETTLED, "failures": failures, "last_error": words}
    return Outcome("taken", values, detail=words, retry_at=now + timedelta(seconds=backoff(failures)))


def _of_outage(
    doi: Doi, step: Step, error: RegistryUnavailableError, words: str, *, now: datetime
) -> Outcome:
    failures = doi.failures + 1
    wait = error.retry_after if error.retry_after is not None else backoff(failures)
    values = {
        **_unsettled(doi, maybe_applied=error.sent and step != Step.LOOK),
        "leased_until": None,
        "failures": failures,
        "last_error": words,
    }
    if failures >= MANY_FAILURES:
        values |= {
            "attention": "registry",
            "attention_text": _(
                "The registry has not answered %(count)d times in a row; it is asked again and again."
            )
            % {"count": failures},
        }
    return Outcome(
        "unavailable",
        values,
        detail=words,
        retry_at=now + timedelta(seconds=wait),
        pause_host=min(error.retry_after or 0.0, 86_400.0),
        unavailable=True,
    )


def _unsettled(doi: Doi, *, maybe_applied: bool) -> dict[str, Any]:
    """What stays in doubt. A promotion that may have been applied stays marked: it cannot be taken back any more."""
    uncertain = doi.uncertain or maybe_applied
    step = Step.PROMOTE.value if uncertain and doi.step == Step.PROMOTE else ""
    return {"step": step, "uncertain": uncertain}


def backoff(failures: int) -> float:
    """
    Seconds to wait after so many failures in a row: full jitter over 5 s · 2ⁿ, at most 12 min (fractions of the lease).

    Not the hour that an account's worth of rows could wait for: the first success comes within 15 min of the healing,
    the sweep that finds the row and the request's own time included.
    """
    longest = min(settings.DOI_LEASE / 60 * 2.0 ** min(failures, 20), settings.DOI_LEASE * 2.4)
    return random.uniform(longest / 20, longest)


def _obstacle_of(error: Exception | None) -> Obstacle:
    if isinstance(error, MetadataRejectedError):
        return Obstacle(f"metadata.{error.field}", _refusal(error))
    if isinstance(error, BadCredentialsError):
        return Obstacle("account", str(error))
    code = "refused" if isinstance(error, RegistryError) else "name"
    return Obstacle(code, str(error))


def _refusal(error: MetadataRejectedError) -> str:
    """The refusal with the field as people know it or, where it names none of theirs, with the registry's words."""
    values = {"refusal": str(error).removesuffix("."), "words": error.words}
    if error.field in PROPERTIES:
        return _("%(refusal)s; see “%(label)s”.") % {**values, "label": label_of(error.field)}
    if error.field == "metadata" and error.words:
        return _("%(refusal)s; its words: %(words)s") % values
    return str(error)


def _park(obstacle: Obstacle, *, now: datetime, words: str = "", uncertain: bool = False) -> Outcome:
    values = {
        **SETTLED,
        "uncertain": uncertain,
        "last_error": words,
        "attention": obstacle.code[:200],
        "attention_text": obstacle.sentence[:700],
        "parked_at": now,
    }
    return Outcome("parked", values, detail=words or obstacle.sentence, parked=True)
