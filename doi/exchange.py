"""
One step with the registry, from the first look to the last answer: all network, no database.

What comes back is an `Answer`, whatever happened; errors are values here, so that the one who records sees every path.
"""

from dataclasses import dataclass

from doi.errors import (
    BadCredentialsError,
    InvalidNameError,
    NotADraftError,
    NotAtRegistryError,
    RegistryError,
)
from doi.registries.base import Payload, Registry, RegistryRecord
from doi.states import State, Step


@dataclass(frozen=True, slots=True)
class Answer:
    """What the registry said: its record, or absent, or the sorted error. `acted`: a write was tried, not only a look."""

    record: RegistryRecord | None = None
    absent: bool = False
    error: RegistryError | InvalidNameError | None = None
    credential_refused: bool = False
    acted: bool = True


def requests_of(step: Step, *, reads_back: bool) -> int:
    """How many requests a step costs; what the budget is charged before it begins."""
    if step == Step.PROMOTE:
        return 3 if reads_back else 2
    if step in {Step.HIDE, Step.SHOW}:
        return 2 if reads_back else 1
    return 1


@dataclass(frozen=True, slots=True)
class Order:
    """One step to take: `owner` is our account's ID in lower case, `to` the state a promotion must reach."""

    step: Step
    payload: Payload
    state: State
    to: State
    owner: str


def perform(registry: Registry, order: Order) -> Answer:
    """Take one step. Never raises what a registry can answer: it is in the answer."""
    try:
        return _perform(registry, order)
    except BadCredentialsError as error:
        return Answer(error=error, credential_refused=_credential_is_refused(registry, error))
    except NotAtRegistryError as error:
        return Answer(absent=True, error=error)
    except (RegistryError, InvalidNameError) as error:
        return Answer(error=error)


def _perform(registry: Registry, order: Order) -> Answer:
    payload = order.payload
    match order.step:
        case Step.LOOK:
            return Answer(record=registry.fetch(payload.name), acted=False)
        case Step.CREATE:
            return Answer(record=registry.create(payload))
        case Step.UPDATE:
            return Answer(record=registry.update(payload, state=order.state))
        case Step.PROMOTE:
            return _promote(registry, order)
        case Step.HIDE:
            return Answer(record=registry.hide(payload))
        case Step.SHOW:
            return Answer(record=registry.show(payload))
        case Step.DISCARD:
            return _discard(registry, payload.name)


def _promote(registry: Registry, order: Order) -> Answer:
    """Look first: publishing is an upsert at DataCite, so a draft that is gone would be made anew, and for ever."""
    found = registry.fetch(order.payload.name)
    if found.state != State.DRAFT or found.owner not in {None, order.owner}:
        return Answer(record=found, acted=False)
    return Answer(record=registry.promote(order.payload, to=order.to))


def _discard(registry: Registry, name: str) -> Answer:
    try:
        registry.discard(name)
    except NotADraftError:
        # Somebody published it: the truth is the registry's.
        return Answer(record=registry.fetch(name))
    return Answer(absent=True)


def _credential_is_refused(registry: Registry, error: BadCredentialsError) -> bool:
    """One probe tells whether the credential is at fault, or only this DOI's place in it."""
    if error.status == 400:
        return True
    try:
        registry.probe()
    except BadCredentialsError:
        return True
    except RegistryError:
        return False
    return False
