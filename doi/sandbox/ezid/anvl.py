"""ANVL, the line format of EZID's bodies (EZID 018515e8, anvl.py)."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

_LINE_END = re.compile(r"\r\n?|\n")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class AnvlError(ValueError):
    """The text is not ANVL; the message is EZID's word for why."""


def parse(text: str) -> dict[str, str]:
    """Read elements; comments, continuation lines and blank lines as EZID takes them.

    Raises AnvlError. Only CR, LF and CRLF end a line, not Unicode's other line breaks.
    """
    elements: dict[str, str] = {}
    label: str | None = None
    for line in _LINE_END.split(text):
        if not line:
            label = None
        elif line.startswith("#"):
            continue
        elif line[0].isspace():
            if label is None:
                raise AnvlError("no previous label for continuation line")
            more = _decode(line).strip()
            elements[label] = f"{elements[label]} {more}".strip() if more else elements[label]
        else:
            label, value = _pair(line)
            if label in elements:
                raise AnvlError("repeated label")
            elements[label] = value
    return elements


def _pair(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise AnvlError("no colon in line")
    label = _decode(name).strip()
    if not label:
        raise AnvlError("empty label")
    return label, _decode(value).strip()


def _decode(text: str) -> str:
    if "%" not in text:
        return text
    if _BAD_PERCENT.search(text) is not None:
        raise AnvlError("percent-decode error")
    # Each code is one character, not one byte of UTF-8: an encoded `é` comes out as two.
    return unquote(text, encoding="latin-1")


def encode_value(text: str) -> str:
    """Encode exactly what EZID's own output encodes in a value, or in a status line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def write(elements: Mapping[str, str]) -> str:
    """Write elements, each line ending in LF."""
    return "".join(
        f"{encode_value(name).replace(':', '%3A')}: {encode_value(elements[name])}\n" for name in elements
    )
