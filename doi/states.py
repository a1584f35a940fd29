"""A DOI's states, in DataCite's words, and the one table of how it moves between them."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from doi.errors import IllegalTransitionError


class Provider(TextChoices):
    DATACITE = "datacite", "DataCite"
    EZID = "ezid", "EZID"


class Environment(TextChoices):
    PRODUCTION = "production", _("Production")
    TEST = "test", _("Test")


class State(TextChoices):
    """What the registry last confirmed. ``planned`` and ``discarded`` mean: nothing of it there, as far as we know."""

    PLANNED = "planned", _("Planned")
    DRAFT = "draft", _("Draft")
    FINDABLE = "findable", _("Findable")
    REGISTERED = "registered", _("Registered")
    DISCARDED = "discarded", _("Discarded")


PERMANENT = frozenset({State.FINDABLE, State.REGISTERED})


class Wanted(TextChoices):
    """What the product wants of a DOI: nothing, a draft that stays one, or a draft that becomes permanent."""

    NONE = "none", _("Not wanted")
    DRAFT = "draft", _("Draft only")
    PERMANENT = "permanent", _("Permanent")


class Event(StrEnum):
    """What was learnt, from the registry or from a person's wish."""

    DRAFT_CONFIRMED = "draft_confirmed"
    FINDABLE_CONFIRMED = "findable_confirmed"
    REGISTERED_CONFIRMED = "registered_confirmed"
    ABSENCE_CONFIRMED = "absence_confirmed"
    WANTED_AGAIN = "wanted_again"
    RENAMED = "renamed"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.PLANNED, Event.DRAFT_CONFIRMED): State.DRAFT,
    (State.PLANNED, Event.ABSENCE_CONFIRMED): State.DISCARDED,
    # A name refused as somebody else's before anyone saw it: the row stays planned under its next name.
    (State.PLANNED, Event.RENAMED): State.PLANNED,
    # Adoption: the registry already holds the DOI as permanent.
    (State.PLANNED, Event.FINDABLE_CONFIRMED): State.FINDABLE,
    (State.PLANNED, Event.REGISTERED_CONFIRMED): State.REGISTERED,
    # A redelivered or repeated confirmation changes nothing.
    (State.DRAFT, Event.DRAFT_CONFIRMED): State.DRAFT,
    (State.FINDABLE, Event.FINDABLE_CONFIRMED): State.FINDABLE,
    (State.REGISTERED, Event.REGISTERED_CONFIRMED): State.REGISTERED,
    (State.DISCARDED, Event.ABSENCE_CONFIRMED): State.DISCARDED,
    (State.DRAFT, Event.FINDABLE_CONFIRMED): State.FINDABLE,
    (State.DRAFT, Event.REGISTERED_CONFIRMED): State.REGISTERED,
    (State.DRAFT, Event.ABSENCE_CONFIRMED): State.DISCARDED,
    (State.FINDABLE, Event.REGISTERED_CONFIRMED): State.REGISTERED,
    (State.REGISTERED, Event.FINDABLE_CONFIRMED): State.FINDABLE,
    (State.DISCARDED, Event.WANTED_AGAIN): State.PLANNED,
    # A discarded row found alive at the registry (an answer lost, a staff edit): the truth is the registry's.
    (State.DISCARDED, Event.DRAFT_CONFIRMED): State.DRAFT,
    (State.DISCARDED, Event.FINDABLE_CONFIRMED): State.FINDABLE,
    (State.DISCARDED, Event.REGISTERED_CONFIRMED): State.REGISTERED,
}

CONFIRMATION: dict[State, Event] = {
    State.DRAFT: Event.DRAFT_CONFIRMED,
    State.FINDABLE: Event.FINDABLE_CONFIRMED,
    State.REGISTERED: Event.REGISTERED_CONFIRMED,
    State.DISCARDED: Event.ABSENCE_CONFIRMED,
}


def next_state(state: State, event: Event) -> State:
    """Where ``event`` leads from ``state``. Raises IllegalTransitionError for a pair not in the table."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        message = f"A {state.value} DOI cannot take {event.value}."
        raise IllegalTransitionError(message) from None


class Step(TextChoices):
    """One exchange with the registry."""

    CREATE = "create", _("create the draft")
    UPDATE = "update", _("send the changes")
    PROMOTE = "promote", _("make permanent")
    HIDE = "hide", _("hide")
    SHOW = "show", _("show")
    DISCARD = "discard", _("discard the draft")
    LOOK = "look", _("look")
