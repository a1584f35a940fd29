"""Errors of the JSON Schema validator, in sentences a curator understands."""

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from doi.kernel4 import RECORD, WORDS, Kernel, Many, Member, Members, Number, Polygons, Shape, Text, words_of
from doi.metadata.forms import shown
from doi.metadata.plain import Path

_WORD_START: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SHORT_LIST: Final = 12
# What the form calls what the schema has another word for.
_CALLED: Final = {
    "resourceTypeGeneral": "general resource type",
    "geoLocationPlace": "name of the place",
    "geoLocationPoint": "point",
    "pointLatitude": "latitude",
    "pointLongitude": "longitude",
    "geoLocationBox": "box",
    "westBoundLongitude": "box's west",
    "eastBoundLongitude": "box's east",
    "southBoundLatitude": "box's south",
    "northBoundLatitude": "box's north",
}


def shape_sentence(error: Any, *, kernel: Kernel) -> tuple[Path, str]:
    """``error`` is a `jsonschema_rs.ValidationError`; the path is that of the field to mend, also where it is missing."""
    path: Path = tuple(error.instance_path)
    if error.kind.name == "required":
        path = (*path, error.kind.property)
    return path, _sentence(path, error, kernel=kernel)


def _sentence(path: Path, error: Any, *, kernel: Kernel) -> str:
    """The keywords are those that `metadata.schema` writes."""
    sentences: dict[str, Callable[[], str]] = {
        "required": lambda: _missing(path),
        "minItems": lambda: _missing(path),
        "pattern": lambda: _("%(field)s is blank: fill it in.") % {"field": _subject(path)},
        "enum": lambda: _unknown_word(path, error.instance, kernel=kernel),
        "falseSchema": lambda: _too_new(path, kernel=kernel),
        "type": lambda: _wrong_type(path, error.instance),
        "maxLength": lambda: _too_long(path, error),
        "minimum": lambda: _out_of_range(path, error.instance),
        "maximum": lambda: _out_of_range(path, error.instance),
    }
    return sentences[error.kind.name]()


def field_words(path: Path) -> str:
    """``("dates", 0, "dateType")`` is the "date type"."""
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    return _CALLED.get(name) or _WORD_START.sub(" ", name).lower().replace("uri", "URI")


def _subject(path: Path) -> str:
    """What a sentence begins with: a field, or one entry of a list of texts."""
    words = {"field": field_words(path)}
    if path and isinstance(path[-1], int):
        return _("Entry %(number)d of %(field)s") % {**words, "number": path[-1] + 1}
    return _("The %(field)s") % words


def _missing(path: Path) -> str:
    sentences: dict[Path, str] = {
        ("creators",): _("No creator is named: add at least one person or organization."),
        ("titles",): _("There is no title: give the dataset at least one."),
        ("publisher",): _("There is no publisher: name the organization that publishes the dataset."),
        ("publicationYear",): _("There is no publication year: enter it in four digits."),
        ("types",): _("There is no resource type: choose a general one, for example Dataset."),
        ("types", "resourceTypeGeneral"): _(
            "There is no general resource type: choose one, for example Dataset."
        ),
    }
    if path in sentences:
        return sentences[path]
    if isinstance(member_at(path).shape, Many):
        return _("There are no %(field)s: add at least one.") % {"field": field_words(path)}
    return _("%(field)s is missing: fill it in.") % {"field": _subject(path)}


def _unknown_word(path: Path, word: Any, *, kernel: Kernel) -> str:
    if not isinstance(word, str):
        return _wrong_type(path, word)
    listed = _words_at(path)
    values = {"word": shown(word), "field": field_words(path)}
    since = WORDS[listed].get(word)
    if since is not None:
        return _newer_word(**values, since=since, kernel=kernel)
    if listed == "contributorType" and word.casefold() == "funder":
        return _("“Funder” is not a contributor type: name funders under “Funding”.")
    known = words_of(listed, kernel=kernel)
    close = _closest(word, known)
    if close:
        return _("“%(word)s” is not a %(field)s that DataCite knows: did you mean “%(close)s”?") % {
            **values,
            "close": close,
        }
    if len(known) > _SHORT_LIST:
        return _("“%(word)s” is not a %(field)s that DataCite knows: choose one from its list.") % values
    return _("“%(word)s” is not a %(field)s that DataCite knows: choose one of %(known)s.") % {
        **values,
        "known": ", ".join(sorted(known)),
    }


def _newer_word(*, word: str, field: str, since: str, kernel: Kernel) -> str:
    return _(
        "“%(word)s” came with version %(since)s of DataCite's schema, and this registry knows %(kernel)s: "
        "choose another %(field)s."
    ) % {"word": word, "since": since, "kernel": kernel, "field": field}


def _closest(word: str, known: frozenset[str]) -> str:
    by_folded = {name.casefold(): name for name in known}
    folded = word.casefold().replace(" ", "").replace("-", "").replace("_", "")
    close = difflib.get_close_matches(folded[:60], by_folded, n=1, cutoff=0.8)
    return by_folded[close[0]] if close else ""


def _too_new(path: Path, *, kernel: Kernel) -> str:
    return _(
        "The %(field)s came with version %(since)s of DataCite's schema, and this registry knows %(kernel)s: leave it out."
    ) % {"field": field_words(path), "since": member_at(path).since, "kernel": kernel}


def _wrong_type(path: Path, value: Any) -> str:
    wanted = _wanted(member_at(path).shape, entry=isinstance(path[-1], int))
    if path[-1] == "publicationYear":
        return _("“%(value)s” is not a year: enter the publication year in four digits.") % {
            "value": shown(str(value))
        }
    if isinstance(value, str) and isinstance(member_at(path).shape, Number):
        return _("“%(value)s” is not a number: write it in digits with a point, like 12.5.") % {
            "value": shown(value)
        }
    return _("%(field)s must be %(wanted)s, but here is %(found)s.") % {
        "field": _subject(path),
        "wanted": wanted,
        "found": _found(value),
    }


def _wanted(shape: Shape, *, entry: bool) -> str:
    if entry and isinstance(shape, Many):
        shape = shape.item
    match shape:
        case Text():
            return _("text")
        case Number():
            return _("a number")
        case Members():
            return _("an object with named parts")
        case Polygons() if entry:
            return _("an object with named parts")
        case _:
            return _("a list")


def _found(value: Any) -> str:
    match value:
        case str():
            return _("text")
        case bool():
            return _("true or false")
        case int() | float():
            return _("a number")
        case list():
            return _("a list")
        case Mapping():
            return _("an object")
        case _:
            return _("nothing")


def _too_long(path: Path, error: Any) -> str:
    return _("%(field)s has %(length)d characters, and at most %(limit)d can be sent: shorten it.") % {
        "field": _subject(path),
        "length": len(error.instance),
        "limit": error.kind.limit,
    }


def _out_of_range(path: Path, value: Any) -> str:
    shape = member_at(path).shape
    low, high = (shape.minimum, shape.maximum) if isinstance(shape, Number) else (0, 0)
    return _("The %(field)s must lie between %(low)g and %(high)g, and %(value)s does not.") % {
        "field": field_words(path),
        "low": low,
        "high": high,
        "value": shown(str(value)),
    }


def _words_at(path: Path) -> str:
    shape = member_at(path).shape
    return shape.words if isinstance(shape, Text) else ""


def member_at(path: Path) -> Member:
    """The table's entry for a path of the record."""
    member = Member(RECORD, "")
    for part in path:
        if isinstance(part, str):
            member = _step(member.shape, part)
    return member


def _step(shape: Shape, name: str) -> Member:
    match shape:
        case Members():
            return shape.members[name]
        case Many(item=Members() as item):
            return item.members[name]
        case Polygons() if name in {"polygonPoint", "inPolygonPoint"}:
            return Member(shape.point, name)
        case _:
            raise KeyError(name)
