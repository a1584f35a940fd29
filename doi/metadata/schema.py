"""The table of `doi.kernel4` as JSON Schema, compiled once for each version of the kernel."""

from functools import cache
from typing import Any, Final

import jsonschema_rs

from doi.kernel4 import RECORD, Kernel, Many, Member, Members, Number, Polygons, Shape, Text, words_of

# A text must hold a character that can be seen: neither white space nor an invisible format character.
_SOMETHING_TO_SEE: Final = r"[^\s\p{Cf}]"


@cache
def validator(kernel: Kernel) -> jsonschema_rs.Draft202012Validator:
    """The compiled validator; it is immutable and may be used by several threads."""
    return jsonschema_rs.Draft202012Validator(json_schema(kernel))


def json_schema(kernel: Kernel) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a record that a registry at ``kernel`` accepts; attributes not in it are allowed."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_schema(RECORD, kernel)}


def _schema(shape: Shape, kernel: Kernel) -> dict[str, Any]:
    match shape:
        case Text():
            return _text_schema(shape, kernel)
        case Number(whole=True):
            return {"type": "integer"}  # years: their range is judged in words of their own
        case Number():
            return {"type": "number", "minimum": shape.minimum, "maximum": shape.maximum}
        case Members():
            return _object_schema(shape, kernel)
        case Many():
            return {"type": "array", "items": _schema(shape.item, kernel)}
        case Polygons():
            return _polygons_schema(shape, kernel)


def _text_schema(shape: Text, kernel: Kernel) -> dict[str, Any]:
    if shape.words:
        return {"type": "string", "enum": sorted(words_of(shape.words, kernel=kernel))}
    return {"type": "string", "pattern": _SOMETHING_TO_SEE, "maxLength": shape.longest}


def _object_schema(shape: Members, kernel: Kernel) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _member_schema(member, kernel) for name, member in shape.members.items()},
        "required": [name for name, member in shape.members.items() if member.required],
    }


def _member_schema(member: Member, kernel: Kernel) -> dict[str, Any] | bool:
    if member.since > kernel:
        return False
    schema = _schema(member.shape, kernel)
    return schema | {"minItems": 1} if member.required and isinstance(member.shape, Many) else schema


def _polygons_schema(shape: Polygons, kernel: Kernel) -> dict[str, Any]:
    """One polygon is a list of objects, several are a list of such lists; `metadata.rules` counts their points."""
    point = _object_schema(shape.point, kernel)
    entry = {"type": "object", "properties": {"polygonPoint": point, "inPolygonPoint": point}}
    several = {"type": "array", "items": entry}
    nested = {"if": {"type": "array"}, "then": several, "else": entry}
    return {"type": "array", "items": nested}
