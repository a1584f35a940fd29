"""
One step with the registry, from the first look to the last answer: all network, no database.

What comes back is an `Answer`, whatever happened; errors are values here, so that the one who records sees every path.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from doi import agreement
from doi.errors import (
    BadCredentialsError,
    InvalidNameError,
    MetadataRejectedError,
    NameTakenError,
    NotADraftError,
    NotAtRegistryError,
    RegistryError,
    RegistryUnavailableError,
)
from doi.failpoints import pass_point
from doi.plan import Obstacle
from doi.registries.base import Payload, Registry, RegistryRecord
from doi.states import State, Step


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What the registry said: its record, or absent, or the sorted error.

    `acted`: the record is what our own write made it, not only what a look found. `bare`: name and URL were taken, but
    not the metadata. `extra`: requests beside those that `requests_of` had counted. `unsent`: nothing was asked at all, or nothing after a look.
    `clocks`: why, where it is the registry's clock.
    """

    record: RegistryRecord | None = None
    absent: bool = False
    error: RegistryError | InvalidNameError | None = None
    credential_refused: bool = False
    acted: bool = True
    bare: bool = False
    extra: int = 0
    unsent: bool = False
    clocks: Obstacle | None = None


def requests_of(step: Step, *, reads_back: bool) -> int:
    """How many requests a step costs; what the budget is charged before it begins."""
    if step == Step.PROMOTE:
        return 3 if reads_back else 2
    if step in {Step.HIDE, Step.SHOW}:
        return 2 if reads_back else 1
    return 1


@dataclass(frozen=True, slots=True)
class Order:
    """
    One step to take: `owner` is our account's ID in lower case, `to` the state a promotion must reach.

    `is_called_off` is asked last thing before a DOI is published.
    """

    step: Step
    payload: Payload
    state: State
    to: State
    owner: str
    is_called_off: Callable[[], bool] = field(default=lambda: False, compare=False)


def perform(registry: Registry, order: Order) -> Answer:
    """Take one step. Never raises what a registry can answer: it is in the answer."""
    try:
        return _perform(registry, order)
    except BadCredentialsError as error:
        return _probed(registry, error)
    except NotAtRegistryError as error:
        # Absent is said after a probe only.
        return Answer(absent=True, error=error, extra=1)
    except (RegistryError, InvalidNameError) as error:
        return Answer(error=error)


def _perform(registry: Registry, order: Order) -> Answer:
    payload = order.payload
    match order.step:
        case Step.LOOK:
            found = registry.fetch(payload.name)
            pass_point("look.answered")
            return Answer(record=found, acted=False)
        case Step.CREATE:
            return _create(registry, payload)
        case Step.UPDATE:
            record = registry.update(payload, state=order.state)
            pass_point("update.sent")
            return Answer(record=record)
        case Step.PROMOTE:
            return _promote(registry, order)
        case Step.HIDE:
            return _hide(registry, payload)
        case Step.SHOW:
            record = registry.show(payload)
            pass_point("show.sent")
            return Answer(record=record)
        case Step.DISCARD:
            return _discard(registry, payload.name)


def _create(registry: Registry, payload: Payload) -> Answer:
    """Taken: by our own earlier request, perhaps, so look at once. DataCite shows nobody another repository's draft."""
    try:
        record = registry.create(payload)
    except NameTakenError as taken:
        pass_point("create.taken")
        try:
            return Answer(record=registry.fetch(payload.name), acted=False, extra=1)
        except NotAtRegistryError:
            return Answer(error=taken, extra=2)
    pass_point("create.sent")
    return Answer(record=record)


def _promote(registry: Registry, order: Order) -> Answer:
    """Look first: publishing is an upsert at DataCite, so a draft that is gone would be made anew, and for ever."""
    found = registry.fetch(order.payload.name)
    if found.state != State.DRAFT or found.owner not in {None, order.owner}:
        return Answer(record=found, acted=False)
    pass_point("promote.looked")
    clocks = agreement.with_registry(found.date)
    if clocks is not None or order.is_called_off():
        return Answer(unsent=True, clocks=clocks)
    record = registry.promote(order.payload, to=order.to)
    pass_point("promote.sent")
    return Answer(record=record)


def _hide(registry: Registry, payload: Payload) -> Answer:
    """Nothing may keep it in the listings: metadata that the registry refuses is left for another step."""
    bare = payload.attributes is None and payload.xml is None
    try:
        record = registry.hide(payload)
    except MetadataRejectedError:
        if bare:
            raise
        pass_point("hide.refused")
        return Answer(record=registry.hide(replace(payload, attributes=None, xml=None)), bare=True, extra=1)
    pass_point("hide.sent")
    return Answer(record=record, bare=bare)


def _discard(registry: Registry, name: str) -> Answer:
    try:
        registry.discard(name)
    except NotADraftError as error:
        # Somebody published it: the truth is the registry's.
        pass_point("discard.refused")
        found = registry.fetch(name)
        if found.state == State.DRAFT:
            raise RegistryUnavailableError(
                _("The registry calls this DOI a draft and refuses to discard it; it is asked again later."),
                words=error.words,
                sent=False,
            ) from error
        return Answer(record=found, acted=False, extra=1)
    pass_point("discard.sent")
    return Answer(absent=True)


def probe(registry: Registry) -> Answer:
    """Ask whether the registry answers at all, by what changes nothing. Any answer that is no outage says yes."""
    try:
        registry.probe()
    except BadCredentialsError as error:
        return Answer(error=error, credential_refused=True)
    except RegistryUnavailableError as error:
        return Answer(error=error)
    except RegistryError:
        pass
    return Answer(absent=True)


def _probed(registry: Registry, error: BadCredentialsError) -> Answer:
    """One probe tells whether the credential is at fault, or only this DOI's place in it. No probe, no verdict."""
    if error.status == 400:
        return Answer(error=error, credential_refused=True)
    pass_point("probe.begin")
    try:
        registry.probe()
    except BadCredentialsError:
        return Answer(error=error, credential_refused=True, extra=1)
    except RegistryUnavailableError as unavailable:
        unavailable.sent = False
        return Answer(error=unavailable, extra=1)
    except RegistryError:
        pass
    pass_point("probe.answered")
    return Answer(error=error, extra=1)
