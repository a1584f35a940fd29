"""The forms that texts in metadata must have: addresses, codes, language tags, identifiers of people and organizations."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import idutils
from django.utils.translation import gettext as _

from doi.errors import InvalidNameError
from doi.metadata.dates import date_fault
from doi.names import ALPHABET, parse_name

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
_ROR: Final = re.compile(
    r"(?:(?:https?://)?(?:www\.)?ror\.org/)?(?P<code>0[0-9a-z]{6})(?P<check>[0-9]{2})/?", re.IGNORECASE
)
_GRID: Final = re.compile(
    r"(?:https?://(?:www\.)?grid\.ac/institutes/)?grid\.[0-9]{1,8}\.[0-9a-f]{1,2}/?", re.IGNORECASE
)
_ORCID_AT: Final = re.compile(r"(?:https?://)?(?:www\.)?orcid\.org/", re.IGNORECASE)
_ISNI_AT: Final = re.compile(r"(?:https?://)?(?:www\.)?isni\.org/(?:isni/)?", re.IGNORECASE)
_FUNDER: Final = re.compile(r"[0-9]{6,20}")
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


def identifier_fault(text: str, *, scheme: str) -> str | None:
    """``scheme`` as people write it ("ORCID", "https://ror.org", "Crossref Funder ID"); unknown schemes pass."""
    kind = _kind_of(text, scheme.casefold())
    check = _IDENTIFIER_CHECKS.get(kind)
    if check is None or check(text):
        return None
    return _identifier_sentence(kind) % {"text": shown(text)}


def _kind_of(text: str, scheme: str) -> str:
    if "orcid" in scheme or _ORCID_AT.match(text):
        return "orcid"
    if "isni" in scheme:
        return "isni"
    if scheme == "ror" or "ror.org" in scheme:
        return "ror"
    if scheme == "grid":
        return "grid"
    if scheme == "crossref funder id":
        return "funder"
    return "doi" if scheme == "doi" else ""


def _identifier_sentence(kind: str) -> str:
    return {
        "orcid": _("“%(text)s” is not a valid ORCID iD: check its sixteen digits, like 0000-0002-1825-0097."),
        "isni": _("“%(text)s” is not a valid ISNI: check its sixteen digits, like 0000 0001 2103 2683."),
        "ror": _("“%(text)s” is not a valid ROR ID: it should look like https://ror.org/00f54p054."),
        "grid": _("“%(text)s” is not a valid GRID ID: it should look like grid.168010.e."),
        "funder": _(
            "“%(text)s” is not a Crossref Funder ID: it should look like https://doi.org/10.13039/100000001."
        ),
        "doi": _(
            "“%(text)s” is not a DOI: it should look like 10.1234/abcd or https://doi.org/10.1234/abcd."
        ),
    }[kind]


def _is_orcid(text: str) -> bool:
    bare = _ORCID_AT.sub("", text, count=1).removesuffix("/")
    return bare.isascii() and "/" not in bare and bool(idutils.is_orcid(bare))


def _is_isni(text: str) -> bool:
    bare = _ISNI_AT.sub("", text, count=1).removesuffix("/")
    return bare.isascii() and "/" not in bare and bool(idutils.is_isni(bare))


def _is_ror(text: str) -> bool:
    """Form and check digits (ISO 7064 mod 97, as in DataCite's own suffixes)."""
    match = _ROR.fullmatch(text)
    if match is None or not set(match["code"].lower()) <= set(ALPHABET):
        return False
    number = 0
    for char in match["code"].lower():
        number = number * 32 + ALPHABET.index(char)
    return 98 - number * 100 % 97 == int(match["check"])


def _is_doi(text: str) -> bool:
    try:
        parse_name(text)
    except InvalidNameError:
        return False
    return True


def web_address_fault(text: str) -> str | None:
    """Related addresses are judged mildly: DataCite holds many without ``https://``, and they can be followed."""
    if not _SPACE.search(text) and "." in text:
        return None
    if uri_fault(text) is None:
        return None
    return _("“%(text)s” is not a web address: write it in full, like https://example.org/page.") % {
        "text": shown(text)
    }


_IDENTIFIER_CHECKS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {
        "orcid": _is_orcid,
        "isni": _is_isni,
        "ror": _is_ror,
        "grid": lambda text: _GRID.fullmatch(text) is not None,
        "funder": lambda text: _FUNDER.fullmatch(text) is not None or _is_doi(text),
        "doi": _is_doi,
    }
)
