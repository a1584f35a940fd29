"""Identifiers of people, organizations and works: are they what they say, and in which form does DataCite want them.

Recommended forms: DataCite Metadata Schema 4.7 (properties 2, 4, 7, 12, 19, 20). ORCID, ISNI, ROR and funders as https
addresses, GRID bare, related DOIs as bare names.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import idutils
from django.utils.translation import gettext as _

from doi.errors import InvalidNameError
from doi.kernel4 import IdentifierKind, Members
from doi.metadata.forms import shown
from doi.names import ALPHABET, parse_name

_ORCID_AT: Final = re.compile(r"(?:https?://)?(?:www\.)?orcid\.org/", re.IGNORECASE)
_ISNI_AT: Final = re.compile(r"(?:https?://)?(?:www\.)?isni\.org/(?:isni/)?", re.IGNORECASE)
_ROR_AT: Final = re.compile(r"(?:https?://)?(?:www\.)?ror\.org/", re.IGNORECASE)
_GRID_AT: Final = re.compile(r"https?://(?:www\.)?grid\.ac/institutes/", re.IGNORECASE)
_DOI_AT: Final = re.compile(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/|doi:", re.IGNORECASE)
_ROR: Final = re.compile(r"(?P<code>0[0-9a-z]{6})(?P<check>[0-9]{2})", re.IGNORECASE)
_GRID: Final = re.compile(r"grid\.[0-9]{1,8}\.[0-9a-f]{1,2}", re.IGNORECASE)
_FUNDER_CODE: Final = re.compile(r"[0-9]{6,20}")
_FUNDERS: Final = "10.13039/"


@dataclass(frozen=True, slots=True)
class _Kind:
    """``tidy``: the recommended form, None where it is no such identifier. ``at``: where it can be nothing else."""

    name: str
    uri: str
    tidy: Callable[[str], str | None]
    at: re.Pattern[str] | None = None


def _sixteen(text: str, at: re.Pattern[str], check: Callable[[str], Any]) -> str | None:
    """The sixteen characters of an ORCID iD or ISNI, whatever stood around and between them."""
    bare = at.sub("", text, count=1).removesuffix("/")
    if not bare.isascii() or "/" in bare or not check(bare):
        return None
    return re.sub(r"[^0-9X]", "", bare.upper())


def _orcid(text: str) -> str | None:
    plain = _sixteen(text, _ORCID_AT, idutils.is_orcid)
    return plain and "https://orcid.org/" + "-".join(plain[at : at + 4] for at in range(0, 16, 4))


def _isni(text: str) -> str | None:
    plain = _sixteen(text, _ISNI_AT, idutils.is_isni)
    return plain and f"https://isni.org/isni/{plain}"


def _ror(text: str) -> str | None:
    """Form and check digits (ISO 7064 mod 97, as in DataCite's own suffixes)."""
    match = _ROR.fullmatch(_ROR_AT.sub("", text, count=1).removesuffix("/"))
    if match is None or not set(match["code"].lower()) <= set(ALPHABET):
        return None
    number = 0
    for char in match["code"].lower():
        number = number * 32 + ALPHABET.index(char)
    return f"https://ror.org/{match[0].lower()}" if 98 - number * 100 % 97 == int(match["check"]) else None


def _grid(text: str) -> str | None:
    bare = _GRID_AT.sub("", text, count=1).removesuffix("/")
    return bare.lower() if _GRID.fullmatch(bare) else None


def _doi(text: str) -> str | None:
    try:
        return parse_name(text).name
    except InvalidNameError:
        return None


def _funder(text: str) -> str | None:
    """The registry of funders has one prefix; its codes are known without it, too."""
    name = _FUNDERS + text if _FUNDER_CODE.fullmatch(text) else _doi(text)
    return f"https://doi.org/{name}" if name and name.startswith(_FUNDERS) else None


_KINDS: Final[Mapping[IdentifierKind, _Kind]] = MappingProxyType(
    {
        "orcid": _Kind("ORCID", "https://orcid.org", _orcid, _ORCID_AT),
        "isni": _Kind("ISNI", "https://isni.org", _isni, _ISNI_AT),
        "ror": _Kind("ROR", "https://ror.org", _ror, _ROR_AT),
        "grid": _Kind("GRID", "", _grid),
        "funder": _Kind(
            "Crossref Funder ID",
            "",
            _funder,
            re.compile(_DOI_AT.pattern + re.escape(_FUNDERS), re.IGNORECASE),
        ),
        "doi": _Kind("DOI", "", _doi, _DOI_AT),
    }
)

_NAMED: Final[Mapping[str, IdentifierKind]] = MappingProxyType(
    {kind.name.casefold(): name for name, kind in _KINDS.items()}
)


def _kind_of(text: str, scheme: str, kinds: Collection[IdentifierKind]) -> IdentifierKind | None:
    """``scheme`` as people write it; without one, the address that the identifier itself is. One of ``kinds`` or None."""
    words = scheme.strip().casefold()
    if "orcid" in words or (words not in _NAMED and _ORCID_AT.match(text)):
        kind: IdentifierKind | None = "orcid"  # whatever it is called, an address at ORCID is meant as one
    elif not words:
        kind = next((name for name in kinds if (at := _KINDS[name].at) and at.match(text)), None)
    elif "isni" in words:
        kind = "isni"
    else:
        kind = "ror" if "ror.org" in words else _NAMED.get(words)
    return kind if kind in kinds else None


def tidied_identifier(text: str, *, scheme: str) -> str:
    """The recommended form of an identifier; ``text`` itself where none is known."""
    kind = _kind_of(text, scheme, _KINDS)
    return (_KINDS[kind].tidy(text) if kind else None) or text


def identifier_fault(text: str, *, scheme: str) -> str | None:
    """``scheme`` as people write it ("ORCID", "https://ror.org", "Crossref Funder ID"); unknown schemes pass."""
    kind = _kind_of(text, scheme, _KINDS)
    if kind is None or _KINDS[kind].tidy(text) is not None:
        return None
    return _sentence(kind) % {"text": shown(text)}


def _sentence(kind: IdentifierKind) -> str:
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


def tidied(item: Mapping[str, Any], shape: Members) -> dict[str, Any]:
    """
    ``item`` with its identifier in the recommended form, and with its kind and the address of the kind where they were
    missing. What is not understood stays, to be named. Without an identifier, what is said of its kind goes.
    """
    names = shape.identified
    if names is None:
        return dict(item)
    text, scheme = item.get(names.identifier), item.get(names.kind, "")
    if text is None and not shape.members[names.identifier].required:
        return {name: value for name, value in item.items() if name not in {names.kind, "schemeUri"}}
    if not isinstance(text, str) or not isinstance(scheme, str):
        return dict(item)
    kind = _kind_of(text, scheme, names.kinds)
    form = _KINDS[kind].tidy(text) if kind else None
    if kind is None or form is None:
        return dict(item)
    address = {names.uri: _KINDS[kind].uri} if names.uri and _KINDS[kind].uri else {}
    return {**address, **item, names.identifier: form, names.kind: _KINDS[kind].name}
