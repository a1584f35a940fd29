"""The simple types of kernel 4: what a text must be like, and what libxml2 says when it is not.

A type is a function from the text to the complaint, which is empty for a good text.
"""

import re
import struct
from collections.abc import Callable, Collection
from functools import lru_cache

type Simple = Callable[[str], str]

_BLANKS = re.compile("[ \t\r\n]+")
_YEAR = re.compile(r"\d{4}")
_LANGUAGE = re.compile("[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]*)?|-?INF|NaN")

# RFC 3986 as libxml2 reads it: what an address cannot hold counts as a letter, since it would be escaped.
_PCHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_NO_COLON = _PCHAR.replace(":@", "@")
_HOST = r"(?:\[[^\]]*\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)"
_USER = r"(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*@)?"
_ABSOLUTE_PATH = rf"/(?:{_PCHAR}+(?:/{_PCHAR}*)*)?"
_AUTHORITY = rf"//{_USER}{_HOST}(?::0*[0-9]{{1,9}})?(?:/{_PCHAR}*)*"
_TAIL = rf"(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?\[\]])*)?"
_ADDRESS = re.compile(
    rf"(?:[A-Za-z][A-Za-z0-9+\-.]*:(?:{_AUTHORITY}|{_ABSOLUTE_PATH}|{_PCHAR}+(?:/{_PCHAR}*)*|)"
    rf"|{_AUTHORITY}|{_ABSOLUTE_PATH}|{_NO_COLON}+(?:/{_PCHAR}*)*|){_TAIL}"
)
_ESCAPED = re.compile(r'[^\x21-\x7e]|[<>"{}|\\^`]')


def collapsed(text: str) -> str:
    """Make every run of white space one space, and none at the ends, as XML Schema does for all but strings."""
    return _BLANKS.sub(" ", text).strip(" ")


def one_of(allowed: Collection[str]) -> Simple:
    """Make the type of a controlled list."""
    known = frozenset(allowed)
    choice = "', '".join(sorted(known))

    def check(text: str) -> str:
        if text in known:
            return ""
        return f"[facet 'enumeration'] The value '{text}' is not an element of the set {{'{choice}'}}."

    return check


def anything(_text: str) -> str:
    """Take any text, the empty one too."""
    return ""


def not_empty(text: str) -> str:
    """Want a character, which may be a space."""
    if text:
        return ""
    return (
        "[facet 'minLength'] The value has a length of '0'; this underruns the allowed minimum length of '1'."
    )


def year(text: str) -> str:
    """Want four digits."""
    if _YEAR.fullmatch(collapsed(text)) is not None:
        return ""
    return f"[facet 'pattern'] The value '{collapsed(text)}' is not accepted by the pattern '[\\d]{{4}}'."


def language(text: str) -> str:
    """Want the form of a language tag, not one that exists."""
    return "" if _LANGUAGE.fullmatch(collapsed(text)) else _not_a("xs:language", text)


def spoken(text: str) -> str:
    """Want a language tag or nothing: `xml:lang`."""
    return "" if not text or not language(text) else f"'{text}' is not a valid value of the local union type."


@lru_cache(maxsize=1024)  # the same few schemes again and again
def address(text: str) -> str:
    """Want the form of a reference: nearly everything has it."""
    if _ADDRESS.fullmatch(_ESCAPED.sub("_", collapsed(text))) is not None:
        return ""
    return _not_a("xs:anyURI", text)


def degrees(limit: int, *, name: str) -> Simple:
    """Make the type of a coordinate: a float of single precision, from -limit to limit."""

    def check(text: str) -> str:
        value = collapsed(text)
        if _FLOAT.fullmatch(value) is None:
            return _not_a(f"{{http://datacite.org/schema/kernel-4}}{name}", text)
        number = _single(value)
        if number < -limit:
            word, facet, bound = "less than the minimum", "minInclusive", -limit
        elif number <= limit:
            return ""
        else:
            word, facet, bound = "greater than the maximum", "maxInclusive", limit
        return f"[facet '{facet}'] The value '{text}' is {word} value allowed ('{bound}')."

    return check


def _single(value: str) -> float:
    # `1e` and `1e+` are numbers to libxml2.
    number = float(value.rstrip("eE+-") if value[-1] in "eE+-" else value)
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return number


def _not_a(kind: str, text: str) -> str:
    return f"'{text}' is not a valid value of the atomic type '{kind}'."


STRING: Simple = anything
NOT_EMPTY: Simple = not_empty
YEAR: Simple = year
LANGUAGE: Simple = language
XML_LANG: Simple = spoken
URI: Simple = address
LATITUDE = degrees(90, name="latitudeType")
LONGITUDE = degrees(180, name="longitudeType")
