"""
What an answer means for its row: a pure function from (row, step, answer, now) to new column values.

The engine writes them under the lease's token; nothing here touches the database or the network.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from doi.address import landing_url
from doi.errors import (
    BadCredentialsError,
    IllegalTransitionError,
    MetadataRejectedError,
    NameTakenError,
    RegistryError,
    RegistryUnavailableError,
)
from doi.exchange import Answer
from doi.models import Doi
from doi.plan import Fact, Obstacle
from doi.registries.base import RegistryRecord
from doi.states import CONFIRMATION, PERMANENT, Event, State, Step
from doi.transitions import advance

LONGEST_BACKOFF = 3600.0


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
    values = {
        "state": advance(doi.state, Event.WANTED_AGAIN),
        "confirmed_generation": 0,
        "create_sent_at": None,
    }
    return Outcome("planned", {**SETTLED, **values})


def of_answer(doi: Doi, step: Step, answer: Answer, *, now: datetime) -> Outcome:
    """What an exchange with the registry came to."""
    if answer.record is not None:
        return _of_record(doi, step, answer.record, acted=answer.acted, now=now)
    if answer.absent:
        return _of_absence(doi, step, now=now)
    if answer.error is None:
        message = "an answer holds a record, an absence or an error"
        raise ValueError(message)
    return _of_error(doi, step, answer, now=now)


# --- a record ---------------------------------------------------------------------------------------------------


def _of_record(doi: Doi, step: Step, record: RegistryRecord, *, acted: bool, now: datetime) -> Outcome:
    if not acted and not _is_ours(doi, record):
        return _of_another_owner(doi, record, now=now)
    try:
        state = advance(doi.state, CONFIRMATION[record.state])
    except IllegalTransitionError:
        sentence = _("The registry says %(state)s, which a permanent DOI cannot become; look at it there.")
        return _park(Obstacle("drift", sentence % {"state": record.state}), now=now)
    values: dict[str, Any] = {"state": state, "known_at": now}
    if doi.shown_at is None:
        values["shown_at"] = now
    values |= _window(doi, state, record, now=now)
    if state in PERMANENT and doi.permanent_at is None:
        values["permanent_at"] = now
    values |= _confirmed(doi, step) if acted else {}
    return Outcome(state.value, {**SETTLED, **values})


def _is_ours(doi: Doi, record: RegistryRecord) -> bool:
    """Provably ours: our account holds it and, where we mean to have made it, it leads to our landing page."""
    assert doi.account is not None  # noqa: S101  (external DOIs are never sent)
    held = record.owner is None or record.owner == doi.account.login.account_id.lower()
    made_here = doi.adopted_at is None and doi.state in {State.PLANNED, State.DISCARDED}
    return held and (not made_here or record.url == landing_url(doi.landing_id))


def _of_another_owner(doi: Doi, record: RegistryRecord, *, now: datetime) -> Outcome:
    if doi.adopted_at is not None and doi.state == State.PLANNED:
        # Held by somebody else: shown and cited, never written.
        state = advance(doi.state, CONFIRMATION[record.state]) if record.state in PERMANENT else State.PLANNED
        permanent = {"permanent_at": record.created or now} if state in PERMANENT else {}
        return Outcome(
            "external", {**SETTLED, "state": state, "account_id": None, "known_at": now, **permanent}
        )
    if doi.state == State.PLANNED and doi.shown_at is None and doi.reserved_at is None:
        return Outcome("taken", {**SETTLED, "create_sent_at": None}, rename=True)
    sentence = _("This name is somebody else's at the registry; nothing was written, a person has to decide.")
    return _park(Obstacle("taken", sentence), now=now)


def _window(doi: Doi, state: State, record: RegistryRecord, *, now: datetime) -> dict[str, Any]:
    """The window runs from the registry's confirmation, and only a new draft starts one."""
    if state != State.DRAFT or doi.state == State.DRAFT:
        return {}
    confirmed = max(now, record.created) if record.created is not None else now
    return {"draft_at": now, "permanent_after": confirmed + timedelta(seconds=settings.DOI_DRAFT_WINDOW)}


def _confirmed(doi: Doi, step: Step) -> dict[str, Any]:
    if step == Step.LOOK:
        return {}
    return {"confirmed_generation": doi.step_generation, "confirmed_public": doi.public}


# --- absence ----------------------------------------------------------------------------------------------------


def _of_absence(doi: Doi, step: Step, *, now: datetime) -> Outcome:
    if step == Step.DISCARD or (doi.state == State.DRAFT and doi.wanted == "none"):
        return Outcome("discarded", {**SETTLED, **_discarded(doi)})
    if doi.state in {State.PLANNED, State.DISCARDED}:
        return Outcome("absent", {**SETTLED, "create_sent_at": None, "known_at": now})
    sentence = _("The registry no longer has this DOI; somebody deleted it there, or the account lost it.")
    return _park(Obstacle("missing-at-registry", sentence), now=now)


def _discarded(doi: Doi) -> dict[str, Any]:
    return {
        "state": advance(doi.state, Event.ABSENCE_CONFIRMED),
        "confirmed_generation": 0,
        "confirmed_public": False,
        "create_sent_at": None,
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
        # Perhaps our own earlier request: look, then decide.
        return Outcome(
            "taken", {**SETTLED, "uncertain": True, "last_error": words}, detail=words, retry_at=now
        )
    if isinstance(error, BadCredentialsError) and answer.credential_refused:
        kept = {**SETTLED, "uncertain": doi.uncertain, "last_error": words}
        return Outcome("credential_refused", kept, detail=words, retry_at=now, login_refused=words)
    return _park(_obstacle_of(error), now=now, words=words, uncertain=step == Step.LOOK)


def _of_outage(
    doi: Doi, step: Step, error: RegistryUnavailableError, words: str, *, now: datetime
) -> Outcome:
    failures = doi.failures + 1
    wait = error.retry_after if error.retry_after is not None else backoff(failures)
    values = {
        "step": "",
        "leased_until": None,
        "uncertain": doi.uncertain or (error.sent and step != Step.LOOK),
        "failures": failures,
        "last_error": words,
    }
    return Outcome(
        "unavailable",
        values,
        detail=words,
        retry_at=now + timedelta(seconds=wait),
        pause_host=min(error.retry_after or 0.0, 86_400.0),
        unavailable=True,
    )


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row: full jitter over 5 s · 2ⁿ (a fraction of the lease), at most 1 h."""
    longest = min(settings.DOI_LEASE / 60 * 2.0 ** min(failures, 20), LONGEST_BACKOFF)
    return random.uniform(longest / 20, longest)


def _obstacle_of(error: Exception | None) -> Obstacle:
    if isinstance(error, MetadataRejectedError):
        return Obstacle(f"metadata.{error.field}", str(error))
    if isinstance(error, BadCredentialsError):
        return Obstacle("account", str(error))
    code = "refused" if isinstance(error, RegistryError) else "name"
    return Obstacle(code, str(error))


def _park(obstacle: Obstacle, *, now: datetime, words: str = "", uncertain: bool = False) -> Outcome:
    values = {
        **SETTLED,
        "uncertain": uncertain,
        "last_error": words,
        "attention": obstacle.code[:60],
        "attention_text": obstacle.sentence[:700],
        "parked_at": now,
    }
    return Outcome("parked", values, detail=words or obstacle.sentence, parked=True)
