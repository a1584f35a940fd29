"""Reads and writes one member of a metadata entry by its place; pure functions over plain JSON values."""

import re
from collections.abc import Mapping
from typing import Any, Final

_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,6}\.[0-9]{1,15}")
_NEW: Final[Mapping[str, dict[str, str]]] = {
    "0": {},
    "ORCID": {"nameIdentifierScheme": "ORCID", "schemeUri": "https://orcid.org"},
}


def _pick(items: Any, which: str) -> int | None:
    """The index of the first item (``0``), or of the first identifier with the scheme ``which``."""
    if not isinstance(items, list):
        return None
    if which == "0":
        return 0 if items else None
    schemes = [
        str(item.get("nameIdentifierScheme")).upper() if isinstance(item, dict) else "" for item in items
    ]
    return schemes.index(which) if which in schemes else None


def look(entry: Any, parts: tuple[str, ...]) -> Any:
    """What stands at ``parts``, or None; never raises, whatever the entry is."""
    here = entry
    for part in parts:
        if part in _NEW:
            index = _pick(here, part)
            here = here[index] if index is not None else None
            # DataCite's read shape gives an affiliation as its name.
            here = {"name": here} if isinstance(here, str) else here
        else:
            here = here.get(part) if isinstance(here, dict) else None
    return here


def put(holder: dict[str, Any], parts: tuple[str, ...], value: Any, *, beside: Mapping[str, str]) -> None:
    """
    Set or, for None, take away what stands at ``parts`` in ``holder``, which is changed; lists and objects in between are
    made as needed and dropped when nothing is left in them.
    """
    key, *rest = parts
    if not rest:
        _set(holder, key, value)
        for name, text in beside.items():
            _set(holder, name, None if value is None else holder.get(name) or text)
    elif rest[0] in _NEW:
        _set(holder, key, _put_in_list(holder.get(key), tuple(rest), value, beside=beside))
    else:
        child = holder.get(key)
        inner = dict(child) if isinstance(child, dict) else {}
        put(inner, tuple(rest), value, beside=beside)
        _set(holder, key, inner or None)


def _put_in_list(
    items: Any, parts: tuple[str, ...], value: Any, *, beside: Mapping[str, str]
) -> list[Any] | None:
    which, *rest = parts
    kept = list(items) if isinstance(items, list) else []
    index = _pick(kept, which)
    item: dict[str, Any] = dict(_NEW[which])
    if index is None:
        kept.append(item)
        index = len(kept) - 1
    elif isinstance(kept[index], dict):
        item = dict(kept[index])
    else:
        item = {"name": kept[index]}
    put(item, tuple(rest), value, beside=beside)
    kept[index] = item
    if value is None and set(item) <= set(_NEW[which]):
        del kept[index]
    return kept or None


def _set(holder: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        holder.pop(key, None)
    else:
        holder[key] = value


def as_text(value: Any) -> str:
    """How a value stands in an input."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def as_number(text: str) -> Any:
    """A number where the text is one; else the text, so that the rules can name it and nothing typed is lost."""
    stripped = text.strip()
    if _WHOLE.fullmatch(stripped):
        return int(stripped)
    return float(stripped) if _DECIMAL.fullmatch(stripped) else text
