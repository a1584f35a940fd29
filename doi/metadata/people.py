"""Names of creators, as citations and exports need them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """``family`` is empty for an organization, and for a name whose parts are not known; ``full`` is the whole name."""

    full: str
    family: str = ""
    given: str = ""


def creators(metadata: Mapping[str, Any]) -> tuple[Person, ...]:
    return tuple(read_person(item) for item in metadata.get("creators") or ())


def read_person(item: Mapping[str, Any]) -> Person:
    """A name is split at its comma only where the record says that it is a person's; line ends in it are spaces."""
    full = one_line(item.get("name"))
    kind = item.get("nameType")
    family, given = one_line(item.get("familyName")), one_line(item.get("givenName"))
    if kind == "Organizational":
        return Person(full=full)
    if family:
        return Person(full=full, family=family, given=given)
    if kind == "Personal" and ", " in full:
        family, _comma, given = full.partition(", ")
        return Person(full=full, family=family.strip(), given=given.strip())
    return Person(full=full)


def title(metadata: Mapping[str, Any]) -> str:
    """The first title without a type, which is the main one; else the first; with its subtitle where it has one."""
    titles: Sequence[Mapping[str, Any]] = metadata.get("titles") or ()
    main = next((item for item in titles if not item.get("titleType")), None) or next(iter(titles), {})
    subtitle = next((item for item in titles if item.get("titleType") == "Subtitle" and item is not main), {})
    return ": ".join(part for part in (one_line(main.get("title")), one_line(subtitle.get("title"))) if part)


def one_line(text: Any) -> str:
    return " ".join(str(text or "").split())


def publisher(metadata: Mapping[str, Any]) -> str:
    return one_line((metadata.get("publisher") or {}).get("name"))
