"""Addresses of identifiers, for links that a reader may follow. Only http and https; everything else stays text."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import idutils

from doi.errors import InvalidNameError
from doi.names import parse_name, to_url

# DataCite's words for kinds of identifier: how `idutils` calls them, and how it knows one.
_SCHEMES: Final[Mapping[str, tuple[str, Callable[[str], object]]]] = {
    "orcid": ("orcid", idutils.is_orcid),
    "ror": ("ror", idutils.is_ror),
    "gnd": ("gnd", idutils.is_gnd),
    "handle": ("handle", idutils.is_handle),
    "arxiv": ("arxiv", idutils.is_arxiv),
    "pmid": ("pmid", idutils.is_pmid),
    "urn": ("urn", idutils.is_urn),
    "bibcode": ("ads", idutils.is_ads),
    "swhid": ("swh", idutils.is_swh),
    "viaf": ("viaf", idutils.is_viaf),
}
_LONGEST: Final = 500


def web(text: Any) -> str:
    """``text`` where it is an address on the web, else empty: a link is never to a script or a file."""
    found = str(text or "").strip()
    try:
        parts = urlsplit(found)
    except ValueError:
        return ""
    usable = (
        parts.scheme.lower() in {"http", "https"}
        and parts.netloc
        and not any(sign in found for sign in " <>\"'\n\r")
    )
    return found if usable else ""


def identifier(text: Any, scheme: Any) -> str:
    """Where an identifier of that scheme leads, or empty when nobody would know."""
    value, kind = str(text or "").strip(), str(scheme or "").strip().casefold()
    if kind in {"doi", "crossref funder id"}:
        return doi(value)
    if web(value):
        return web(value)
    if kind not in _SCHEMES or len(value) > _LONGEST:
        return ""
    name, is_one = _SCHEMES[kind]
    return web(idutils.to_url(value, name, url_scheme="https")) if is_one(value) else ""


def doi(text: str) -> str:
    try:
        return to_url(parse_name(text))
    except InvalidNameError:
        return web(text)
