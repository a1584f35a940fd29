"""
What is wanted, what is known and what the registry says now: where they differ. Pure, and the only judge of it.

| kind               | severity | it is so when the registry …                             | healed by                          |
|--------------------|----------|----------------------------------------------------------|------------------------------------|
| private-findable   | severe   | has a private DOI findable                               | itself: hidden                     |
| withdrawn-findable | severe   | has a withdrawn DOI findable                             | itself: hidden                     |
| private-metadata   | severe   | holds a title of a draft whose dataset is private        | itself: cleared                    |
| missing            | severe   | does not have it (production only)                       | a person: a new draft, or support  |
| moved              | severe   | says that another account holds it                       | a person: there, then looked at    |
| orphan             | warning  | has a DOI that leads to our pages and that no row names  | a person: adopted, or there        |
| published          | warning  | has our draft permanent                                  | itself: known, then kept in step   |
| state              | warning  | has another state than it last confirmed                 | itself: shown, hidden or shown     |
| url                | warning  | leads it elsewhere than to its landing page              | itself: sent again                 |
| unregistered       | warning  | has not written its handle (production only)             | itself: sent again                 |
| still-there        | warning  | has a draft that was discarded, or never sent            | itself: looked at, then discarded  |
| metadata           | notice   | has no title, or one with other letters                  | itself: sent again                 |
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from doi.models import Kind, Severity
from doi.registries.base import RegistryRecord
from doi.states import PERMANENT, Environment, State

_TAG: Final = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Nature:
    """How much a kind matters, and whether the engine mends it once the row is due."""

    severity: Severity
    heals_itself: bool


NATURES: Final[Mapping[Kind, Nature]] = {
    Kind.PRIVATE_FINDABLE: Nature(Severity.SEVERE, heals_itself=True),
    Kind.WITHDRAWN_FINDABLE: Nature(Severity.SEVERE, heals_itself=True),
    Kind.PRIVATE_METADATA: Nature(Severity.SEVERE, heals_itself=True),
    Kind.MISSING: Nature(Severity.SEVERE, heals_itself=False),
    Kind.MOVED: Nature(Severity.SEVERE, heals_itself=False),
    Kind.ORPHAN: Nature(Severity.WARNING, heals_itself=False),
    Kind.PUBLISHED: Nature(Severity.WARNING, heals_itself=True),
    Kind.STATE: Nature(Severity.WARNING, heals_itself=True),
    Kind.URL: Nature(Severity.WARNING, heals_itself=True),
    Kind.UNREGISTERED: Nature(Severity.WARNING, heals_itself=True),
    Kind.STILL_THERE: Nature(Severity.WARNING, heals_itself=True),
    Kind.METADATA: Nature(Severity.NOTICE, heals_itself=True),
}


@dataclass(frozen=True, slots=True)
class Known:
    """One row as it is compared. `owner`: our account's ID in lower case.

    `findable`: what is wanted of it once permanent. `wanted`: anything is. `private`: its draft holds no metadata.
    `settled`: no change of URL or metadata is owed. `title`: what the registry was sent, None where it was sent none.
    """

    state: State
    environment: Environment
    owner: str
    url: str
    wanted: bool
    findable: bool
    private: bool
    withdrawn: bool
    settled: bool
    title: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One kind, and what the registry says instead."""

    kind: Kind
    detail: str = ""


def compare(known: Known, actual: RegistryRecord | None) -> tuple[Difference, ...]:
    """Where the registry differs; `actual` None: it says, to a good credential, that it has no such DOI. Total."""
    if actual is None:
        return tuple(_absent(known))
    if known.state in {State.PLANNED, State.DISCARDED}:
        return tuple(_unexpected(known, actual))
    if actual.owner not in {None, known.owner}:
        return (Difference(Kind.MOVED, actual.owner or ""),)
    if known.state == State.DRAFT:
        return tuple(_draft(known, actual))
    return tuple(_permanent(known, actual))


def is_orphan(actual: RegistryRecord, *, site: str) -> bool:
    """Whether a DOI that no row names leads to our pages; `site` is their address up to the version's key."""
    return actual.url.startswith(site)


def _absent(known: Known) -> Iterator[Difference]:
    """What is wanted no more is being discarded, and a test system may forget what it likes."""
    there = known.state in PERMANENT or (known.state == State.DRAFT and known.wanted)
    if there and known.environment == Environment.PRODUCTION:
        yield Difference(Kind.MISSING)


def _unexpected(known: Known, actual: RegistryRecord) -> Iterator[Difference]:
    """Nothing of it should be there. What is wanted again is on its way, and what leads elsewhere was not made by us."""
    ours = actual.owner in {None, known.owner} and actual.url == known.url
    if ours and not known.wanted:
        yield Difference(Kind.STILL_THERE, actual.state)


def _draft(known: Known, actual: RegistryRecord) -> Iterator[Difference]:
    if actual.state in PERMANENT:
        shown = actual.state == State.FINDABLE and not known.findable
        yield _shown(known, Kind.PUBLISHED) if shown else Difference(Kind.PUBLISHED, actual.state)
    yield from _elsewhere(known, actual)
    if actual.state != State.DRAFT:
        return
    if known.private:
        if actual.title:
            yield Difference(Kind.PRIVATE_METADATA, actual.title[:500])
    else:
        yield from _retitled(known, actual)


def _permanent(known: Known, actual: RegistryRecord) -> Iterator[Difference]:
    if actual.state == State.FINDABLE and not known.findable:
        yield _shown(known, Kind.STATE)
    elif actual.state != known.state:
        yield Difference(Kind.STATE, actual.state)
    yield from _elsewhere(known, actual)
    yield from _retitled(known, actual)
    if actual.registered is False and known.environment == Environment.PRODUCTION:
        yield Difference(Kind.UNREGISTERED)


def _shown(known: Known, otherwise: Kind) -> Difference:
    """Findable, and not to be."""
    if known.withdrawn:
        return Difference(Kind.WITHDRAWN_FINDABLE)
    return Difference(Kind.PRIVATE_FINDABLE) if known.private else Difference(otherwise, State.FINDABLE)


def _elsewhere(known: Known, actual: RegistryRecord) -> Iterator[Difference]:
    if known.settled and actual.url != known.url:
        yield Difference(Kind.URL, actual.url[:500])


def _retitled(known: Known, actual: RegistryRecord) -> Iterator[Difference]:
    """Letters and digits count: registries clean up markup, spaces and entities in ways of their own."""
    told = known.settled and known.title is not None and actual.title is not None
    if told and _letters(known.title) != _letters(actual.title):
        yield Difference(Kind.METADATA, (actual.title or "")[:500])


def _letters(text: str | None) -> str:
    plain = unicodedata.normalize("NFKD", html.unescape(_TAG.sub(" ", text or "")))
    return "".join(letter for letter in plain if letter.isalnum()).casefold()


def sentence(kind: Kind, detail: str) -> str:
    """The difference in words a person reads; `detail` is the registry's own."""
    words = {
        Kind.PRIVATE_FINDABLE: _("Its dataset is private, and the registry lists it and shows its metadata."),
        Kind.WITHDRAWN_FINDABLE: _("It is withdrawn, and the registry lists it."),
        Kind.PRIVATE_METADATA: _("Its dataset is private, and the registry holds the title “%(detail)s”."),
        Kind.MISSING: _("The registry does not have it any more."),
        Kind.MOVED: _("The registry says that the account %(detail)s holds it."),
        Kind.ORPHAN: _(
            "The registry has it under this account, it leads to %(detail)s, and nothing here names it."
        ),
        Kind.PUBLISHED: _("It is a draft here, and somebody made it %(detail)s at the registry."),
        Kind.STATE: _("The registry has it as %(detail)s, which is not what it last confirmed."),
        Kind.URL: _("The registry leads it to %(detail)s and not to its landing page."),
        Kind.UNREGISTERED: _("The registry has not written its handle, so it does not resolve."),
        Kind.STILL_THERE: _("Nothing of it is wanted at the registry, and it is there as %(detail)s."),
        Kind.METADATA: _("The registry has the title “%(detail)s”."),
    }
    if kind == Kind.METADATA and not detail:
        return _("The registry has no title for it.")
    if kind == Kind.URL and not detail:
        return _("The registry leads it nowhere.")
    return words[kind] % {"detail": State(detail).label.lower() if detail in State.values else detail}
