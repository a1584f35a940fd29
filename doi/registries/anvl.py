"""ANVL, the `name: value` lines that EZID speaks (EZID 018515e8, `impl/anvl.py`).

A value may hold anything, line breaks included, and can never begin a line of its own.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote

# CR, LF and CRLF only: other Unicode line breaks are ordinary characters here.
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
# Only ASCII is ever escaped: EZID reads each code as one character, not as a byte of UTF-8.
_WHITE_SPACE: Final = " \t\n\r\v\f"
_IN_VALUE: Final = re.compile(r"[%\r\n]")
_IN_NAME: Final = re.compile(r"[%\r\n:]")


def encode(elements: Mapping[str, str]) -> str:
    """Write elements as lines that end in LF. ASCII white space at the ends is escaped too, since readers drop it."""
    return "".join(
        f"{_escaped(name, _IN_NAME, ahead=_WHITE_SPACE + '#')}: {_escaped(value, _IN_VALUE)}\n"
        for name, value in elements.items()
    )


def decode(text: str) -> dict[str, str]:
    """Read lines of elements; a line without a colon is left out, the first of two equal names stays."""
    elements: dict[str, str] = {}
    for line in _LINE_BREAK.split(text):
        name, colon, value = line.partition(":")
        if colon and not line.startswith("#"):
            elements.setdefault(decode_text(name), decode_text(value))
    return elements


def decode_text(text: str) -> str:
    """Read one name or value."""
    return unquote(text.strip(" \t"), errors="replace")


def split_status(text: str) -> tuple[str, str]:
    """Split an answer into its decoded status line and the lines of elements."""
    first, *rest = _LINE_BREAK.split(text, maxsplit=1)
    return decode_text(first), rest[0] if rest else ""


def _escaped(text: str, inside: re.Pattern[str], *, ahead: str = _WHITE_SPACE) -> str:
    """Escape what stands at the ends, and `inside` between: a pattern for the ends too would try each run of spaces."""
    rest = text.lstrip(ahead)
    core = rest.rstrip(_WHITE_SPACE)
    before, after = text[: len(text) - len(rest)], rest[len(core) :]
    return f"{quote(before, safe='')}{inside.sub(_escape, core)}{quote(after, safe='')}"


def _escape(match: re.Match[str]) -> str:
    return quote(match[0], safe="")
