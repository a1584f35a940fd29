"""DataCite's read shape, and what people type, into the shape that DataCite accepts.

What cannot be understood is kept as it is: the local rules must be able to name it.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from doi.errors import InvalidNameError
from doi.kernel4 import PROPERTIES, RECORD, Many, Member, Members, Number, Polygons, Shape, Text
from doi.metadata.identifiers import tidied
from doi.metadata.licences import completed
from doi.names import parse_name

_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_DECIMAL: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LONGEST_NUMBER: Final = 40


def normalise(raw: Mapping[str, Any]) -> dict[str, Any]:
    """
    The write shape of ``raw``: a publisher or affiliation given as a string becomes an object, numeric strings become
    numbers, identifiers take the form that DataCite recommends and licences what SPDX says of them, surrounding white
    space of identifiers, addresses, dates and words goes, empty members go, attributes that nobody may write go
    (``doi``, ``state``, ``url``, counts …). Names and texts stay character for character.
    Normalising twice is the same as once. Source: DataCite REST API, lupo 05afac46.
    """
    record = dict(raw)
    record["alternateIdentifiers"] = _alternate_identifiers(raw)
    kept = _members(RECORD, record)
    if isinstance(kept.get("rightsList"), list):
        kept["rightsList"] = [completed(item) for item in kept["rightsList"]]
    return kept


def merge(
    dataset: Mapping[str, Any], version: Mapping[str, Any], *, defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """
    One record: what the version says, else what the dataset says, else the default, property by property. Lists and the
    publisher are taken whole. A ``resourceType`` stays with its ``resourceTypeGeneral``: it is inherited only where the
    general type is the same or not said again.
    """
    merged: dict[str, Any] = {}
    for layer in (defaults, dataset, version):
        for name, value in normalise(layer).items():
            merged[name] = _merged_types(merged.get(name), value) if name == "types" else value
    return {name: merged[name] for name in PROPERTIES if name in merged}


def _merged_types(lower: Any, upper: Any) -> Any:
    if not isinstance(lower, dict) or not isinstance(upper, dict):
        return upper
    general = upper.get("resourceTypeGeneral")
    if general is not None and general != lower.get("resourceTypeGeneral"):
        return upper
    return lower | upper


def _alternate_identifiers(raw: Mapping[str, Any]) -> Any:
    """DataCite returns these under two names; ``identifiers`` may hold the DOI itself, which is not alternate to itself."""
    given = raw.get("alternateIdentifiers")
    if given:
        own = _folded_name(raw.get("doi"))
        return [item for item in given if not _is_name(item, own)] if isinstance(given, list) else given
    identifiers = raw.get("identifiers")
    if not isinstance(identifiers, list):
        return identifiers
    return list(_as_alternates(identifiers))


def _as_alternates(identifiers: list[Any]) -> Iterator[Any]:
    for item in identifiers:
        if not isinstance(item, Mapping):
            yield item
        elif str(item.get("identifierType", "")).strip().upper() != "DOI":
            yield {
                "alternateIdentifier": item.get("identifier"),
                "alternateIdentifierType": item.get("identifierType"),
            }


def _is_name(item: Any, own: str) -> bool:
    return bool(own) and isinstance(item, Mapping) and _folded_name(item.get("alternateIdentifier")) == own


def _folded_name(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    try:
        return parse_name(value).name
    except InvalidNameError:
        return ""


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


def _members(shape: Members, value: Mapping[Any, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, member in shape.members.items():
        kept = _member(member, _lookup(value, name))
        if not _is_empty(kept):
            result[name] = kept
    return tidied(result, shape) if shape.identified else result


def _lookup(value: Mapping[Any, Any], name: str) -> Any:
    """``schemeURI`` and ``schemeUri`` are one: the XML and the JSON spell it differently, and so do people."""
    if name in value or not name.lower().endswith("uri"):
        return value.get(name)
    return value.get(name[:-3] + ("Uri" if name.endswith("URI") else "URI"))


def _member(member: Member, value: Any) -> Any:
    kept = _value(member.shape, value)
    # A blank optional text says nothing. A blank title or name is something a person must see, so it stays.
    if isinstance(kept, str) and not member.required and not kept.strip():
        return None
    return kept


def _value(shape: Shape, value: Any) -> Any:
    match shape:
        case Text():
            return _text(shape, value)
        case Number():
            return _number(shape, value)
        case Members():
            return _object(shape, value)
        case Many():
            return _list(shape, value)
        case Polygons():
            return _polygons(shape, value)


def _text(shape: Text, value: Any) -> Any:
    plain = shape.form == "text" and not shape.words
    return value if plain or not isinstance(value, str) else value.strip()


def _number(shape: Number, value: Any) -> Any:
    if isinstance(value, float) and shape.whole and value.is_integer():
        return int(value)
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        return value
    text = value.strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    if not shape.whole and _DECIMAL.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return value


def _object(shape: Members, value: Any) -> Any:
    if isinstance(value, str) and shape.shorthand and value:
        return {shape.shorthand: value}
    return _members(shape, value) if isinstance(value, Mapping) else value


def _list(shape: Many, value: Any) -> Any:
    if isinstance(value, str | Mapping) and isinstance(shape.item, Members) and shape.item.shorthand:
        value = [value]
    if not isinstance(value, list | tuple):
        return value
    items = (_value(shape.item, item) for item in value)
    return [
        item for item in items if not (_is_empty(item) or (isinstance(shape.item, Text) and _is_blank(item)))
    ]


def _is_blank(item: Any) -> bool:
    return isinstance(item, str) and not item.strip()


def _polygons(shape: Polygons, value: Any) -> Any:
    if isinstance(value, Mapping):
        value = list(_polygon_entries(value))
    if not isinstance(value, list | tuple):
        return value
    entries = (
        _polygons(shape, entry) if isinstance(entry, list | tuple) else _polygon_entry(shape, entry)
        for entry in value
    )
    return [entry for entry in entries if not _is_empty(entry)]


def _polygon_entries(value: Mapping[Any, Any]) -> Iterator[dict[str, Any]]:
    """An older read shape: one object with a list of points."""
    points = value.get("polygonPoint")
    yield from ({"polygonPoint": point} for point in (points if isinstance(points, list) else [points]))
    yield {"inPolygonPoint": value.get("inPolygonPoint")}


def _polygon_entry(shape: Polygons, entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    points = {name: _object(shape.point, entry.get(name)) for name in ("polygonPoint", "inPolygonPoint")}
    return {name: point for name, point in points.items() if not _is_empty(point)}
