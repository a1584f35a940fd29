"""
The part of a stored record that a page can show, whatever people and imports put there.

A page at a permanent address must not fail over a record that waits to be mended, so what does not have the shape of
DataCite's schema is left out here, before anything reads it. What stays is character for character as it was, except for
control characters, which neither HTML nor XML can carry.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from doi.kernel4 import RECORD, Many, Members, Number, Polygons, Shape, Text

_LARGEST: Final = 10**9
_UNPRINTABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legible(metadata: Any) -> dict[str, Any]:
    """The members of ``metadata`` that have their shape; never raises, and changes nothing it is given."""
    return _members(RECORD, metadata) or {}


def _members(shape: Members, value: Any) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    read = {name: _value(member.shape, value.get(name)) for name, member in shape.members.items()}
    kept = {name: found for name, found in read.items() if found is not None}
    # Half a point is no point, and three sides are no box.
    whole = all(
        name in kept
        for name, member in shape.members.items()
        if member.required and isinstance(member.shape, Number) and not member.shape.whole
    )
    return kept if kept and whole else None


def _value(shape: Shape, value: Any) -> Any:
    match shape:
        case Text():
            return _text(value)
        case Number():
            return _number(value, whole=shape.whole)
        case Members():
            return _members(shape, value)
        case Many():
            return _list(shape.item, value)
        case Polygons():
            return _polygons(shape.point, value)


def _text(value: Any) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return (_UNPRINTABLE.sub("", value) or None) if isinstance(value, str) else None


def _number(value: Any, *, whole: bool) -> int | float | None:
    fits = isinstance(value, int) if whole else isinstance(value, int | float)
    # The bound also keeps out what is infinite or no number, and integers that no float can hold.
    return value if fits and not isinstance(value, bool) and abs(value) <= _LARGEST else None


def _list(item: Text | Members, value: Any) -> list[Any] | None:
    if not isinstance(value, list):
        return None
    read = [_value(item, entry) for entry in value]
    return [entry for entry in read if entry is not None] or None


def _polygons(point: Members, value: Any) -> list[Any] | None:
    """One polygon or several; always several here."""
    if not isinstance(value, list):
        return None
    several = value if all(isinstance(entry, list) for entry in value) else [value]
    read = [_polygon(point, polygon) for polygon in several if isinstance(polygon, list)]
    return [polygon for polygon in read if polygon] or None


def _polygon(point: Members, value: list[Any]) -> list[dict[str, Any]]:
    entries = [entry for entry in value if isinstance(entry, Mapping)]
    read = [
        {
            name: corner
            for name in ("polygonPoint", "inPolygonPoint")
            if (corner := _members(point, entry.get(name)))
        }
        for entry in entries
    ]
    return [entry for entry in read if entry]
