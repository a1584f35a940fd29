"""Texts from records as HTML: escaped, in paragraphs, with the few signs of emphasis that DataCite's records use."""

import re
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_BREAK: Final = re.compile(r"(?:\s*(?:&lt;(?:br\s*/?|/?p)&gt;|\n))+\s*", re.IGNORECASE)
# Only whole pairs without attributes, so that nothing stays open; the bound keeps a hostile text from costing much.
_PAIR: Final = re.compile(r"&lt;(i|em|b|strong|sub|sup)&gt;(.{0,1000}?)&lt;/\1&gt;", re.IGNORECASE)
_NESTED: Final = 3


def paragraphs(text: str) -> list[SafeString]:
    """``text`` as paragraphs; line breaks and ``<br>``, ``<p>`` separate them."""
    parts = _BREAK.split(escape(text.strip()))
    return [_emphasised(part) for part in parts if part]


def inline(text: str) -> SafeString:
    """``text`` in one line, for titles."""
    return _emphasised(escape(" ".join(text.split())))


def _emphasised(escaped: str) -> SafeString:
    for _depth in range(_NESTED):
        escaped = _PAIR.sub(_element, escaped)
    return mark_safe(escaped)


def _element(match: re.Match[str]) -> str:
    name = match[1].lower()
    return f"<{name}>{match[2]}</{name}>"
