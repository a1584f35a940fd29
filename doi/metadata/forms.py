"""The forms that texts in metadata must have: addresses, codes, language tags."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext as _

from doi.metadata.dates import date_fault

_OTHER: Final = "\u00a1-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000efffd"
_CHARS: Final = rf"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@{_OTHER}]|%[0-9A-Fa-f]{{2}})"
_NAME: Final = rf"(?:[A-Za-z0-9\-._~!$&'()*+,;=:{_OTHER}]|%[0-9A-Fa-f]{{2}})"
_HOST: Final = rf"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;={_OTHER}]|%[0-9A-Fa-f]{{2}})*)"
# RFC 3986 with the letters of RFC 3987; every address of this form is an xs:anyURI, which allows nearly anything.
_URI: Final = re.compile(
    rf"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):"
    rf"(?://(?P<host>(?:{_NAME}*@)?{_HOST}(?::[0-9]{{1,5}})?)(?:/{_CHARS}*)*|(?!//){_CHARS}(?:{_CHARS}|/)*|/(?!/)(?:{_CHARS}|/)*)"
    rf"(?:\?(?:{_CHARS}|[/?])*)?(?:\#(?:{_CHARS}|[/?])*)?"
)
_NOT_IN_CODES: Final = re.compile(r"[:#%\[\]?<>\"{}|\\^`]")
_LANGUAGE: Final = re.compile(
    r"[a-z]{2,3}(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?|x(-[a-z0-9]{1,8})+|i-[a-z]{2,8}",
    re.IGNORECASE | re.ASCII,
)
_SHOWN: Final = 120
_SPACE: Final = re.compile(r"\s")


def is_blank(text: str) -> bool:
    """Nothing a reader could see: white space and invisible format characters only."""
    return all(char.isspace() or unicodedata.category(char) == "Cf" for char in text)


def shown(text: str) -> str:
    """A text as it is quoted in a sentence: long ones are cut, and the cut is seen."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def uri_fault(text: str) -> str | None:
    match = _URI.fullmatch(text)
    if match is not None and not _has_invisible(text) and _leads_somewhere(match):
        return None
    return _(
        "“%(text)s” is not a web address or other URI: write it in full, like https://example.org/page."
    ) % {"text": shown(text)}


def _leads_somewhere(match: re.Match[str]) -> bool:
    """A web address has a host."""
    if match["scheme"].lower() not in {"http", "https", "ftp"}:
        return True
    host = (match["host"] or "").rpartition("@")[2]
    return host != "" and not host.startswith(":")


def _has_invisible(text: str) -> bool:
    return any(unicodedata.category(char) in {"Cf", "Zs", "Zl", "Zp"} for char in text)


def code_fault(text: str) -> str | None:
    """DataCite's XSD makes a classification code an address; plain notations pass it unless they hold these signs."""
    strange = _NOT_IN_CODES.search(text)
    if strange is None or uri_fault(text) is None:
        return None
    return _(
        "The classification code “%(text)s” may not contain “%(sign)s”: write the code alone, or its web address."
    ) % {
        "text": shown(text),
        "sign": strange[0],
    }


def language_fault(text: str) -> str | None:
    if _LANGUAGE.fullmatch(text):
        return None
    return _("“%(text)s” is not a language code: write one like en, de or pt-BR.") % {"text": shown(text)}


FORM_FAULTS: Final[Mapping[str, Callable[[str], str | None]]] = MappingProxyType(
    {
        "uri": uri_fault,
        "code": code_fault,
        "language": language_fault,
        "date": date_fault,
    }
)


def web_address_fault(text: str) -> str | None:
    """Related addresses are judged mildly: DataCite holds many without ``https://``, and they can be followed."""
    if not _SPACE.search(text) and "." in text:
        return None
    if uri_fault(text) is None:
        return None
    return _("“%(text)s” is not a web address: write it in full, like https://example.org/page.") % {
        "text": shown(text)
    }
