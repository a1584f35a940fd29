"""A copy of metadata that a JSON Schema validator can be given safely, whatever a person or an import put in it."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from doi.kernel4 import Many, Members, Polygons, Shape

type Path = tuple[str | int, ...]
type Fault = tuple[Path, str]

# What XML 1.0 cannot carry, not even escaped: control characters, lone surrogates, two non-characters.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(shape: Members, value: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """
    The members that the table knows, as JSON values, and the faults that only their removal could hide: characters that
    XML cannot carry and numbers that are none. Where a text or number is expected and a list or object stands, an empty one
    takes its place, so that nesting is never deeper than the table.
    """
    faults: list[Fault] = []
    return _members(shape, value, (), faults), faults


def _members(shape: Members, value: Mapping[Any, Any], path: Path, faults: list[Fault]) -> dict[str, Any]:
    return {
        name: _value(member.shape, value[name], (*path, name), faults)
        for name, member in shape.members.items()
        if value.get(name) is not None
    }


def _value(shape: Shape, value: Any, path: Path, faults: list[Fault]) -> Any:
    match shape, value:
        case Members(), Mapping():
            return _members(shape, value, path, faults)
        case Many(item=item), list() | tuple():
            return [_value(item, entry, (*path, place), faults) for place, entry in enumerate(value)]
        case Polygons(), list() | tuple():
            return [_polygon(shape, entry, (*path, place), faults) for place, entry in enumerate(value)]
        case _:
            return _scalar(value, path, faults)


def _polygon(shape: Polygons, entry: Any, path: Path, faults: list[Fault]) -> Any:
    if isinstance(entry, list | tuple):
        return [_polygon_entry(shape, inner, (*path, place), faults) for place, inner in enumerate(entry)]
    return _polygon_entry(shape, entry, path, faults)


def _polygon_entry(shape: Polygons, entry: Any, path: Path, faults: list[Fault]) -> Any:
    if not isinstance(entry, Mapping):
        return _scalar(entry, path, faults)
    return {
        name: _value(shape.point, entry[name], (*path, name), faults)
        for name in ("polygonPoint", "inPolygonPoint")
        if entry.get(name) is not None
    }


def _scalar(value: Any, path: Path, faults: list[Fault]) -> Any:
    if isinstance(value, str):
        return _text(value, path, faults)
    if isinstance(value, float) and not math.isfinite(value):
        faults.append((path, _("This is not a number: write it in digits, like 12.5.")))
        return 0
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {}
    return [] if isinstance(value, list | tuple) else None


def _text(value: str, path: Path, faults: list[Fault]) -> str:
    strange = _NOT_XML.search(value)
    if strange is None:
        return value
    faults.append(
        (
            path,
            _(
                "The text contains the invisible character %(code)s, which cannot be sent: delete it, or type the text anew."
            )
            % {"code": f"U+{ord(strange[0]):04X}"},
        )
    )
    return _NOT_XML.sub("", value)
