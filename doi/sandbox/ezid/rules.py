"""What EZID refuses, and in which words (EZID 018515e8, identifier.py and validation.py)."""

import re
from collections.abc import Mapping, MutableMapping

from doi.sandbox.kernel.words import RESOURCE_TYPES, SINCE_4_7
from doi.sandbox.kernel.xml import BadXmlError, with_name, xml_errors
from doi.sandbox.names import raised

_NAME = re.compile(r"^10\.[1-9]\d{3,4}/[!-~]+$")
_STATUS = re.compile(r"^(reserved|public|unavailable)(?: *\| *(.*))?$", re.DOTALL)
_TARGET = re.compile(r"^(?:https?|ftp)://\S+$", re.IGNORECASE)
_SETTABLE = frozenset({"_status", "_target", "_profile", "_owner", "_export", "_crossref"})
_FALLBACKS = {
    "creator": ("datacite.creator", {"erc": "erc.who", "dc": "dc.creator"}),
    "title": ("datacite.title", {"erc": "erc.what", "dc": "dc.title"}),
    "publisher": ("datacite.publisher", {"dc": "dc.publisher"}),
    "publication date": ("datacite.publicationyear", {"erc": "erc.when", "dc": "dc.date"}),
}
_TRANSITIONS = {
    "": {"reserved", "public"},
    "reserved": {"reserved", "public"},
    "public": {"public", "unavailable"},
    "unavailable": {"public", "unavailable"},
}
TEST_SHOULDERS = ("10.5072/fk2", "10.15697/")


class BadRequestError(Exception):
    """EZID's 400; the message is what follows `error: bad request - `."""


def valid_name(name: str) -> bool:
    """Judge the syntax of a DOI name without `doi:`."""
    if _NAME.match(name) is None or len(name) > 251:
        return False
    return "#" not in name and "?" not in name and "//" not in name and not name.endswith("/")


def shadow_ark(name: str) -> str:
    """Give the ARK EZID makes beside a DOI: 10.5072/FK2ABC has ark:/b5072/fk2abc."""
    prefix, _, suffix = name.lower().partition("/")
    digits = prefix.removeprefix("10.")
    first = "b" if len(digits) == 4 else chr(ord("c") + int(digits[0]) - 1)
    return f"ark:/{first}{digits[-4:]}/{suffix}"


def name_of_ark(ark: str) -> str:
    """Give the DOI name behind a shadow ARK, or an empty text."""
    found = re.fullmatch(r"ark:/?([b-k])(\d{4})/(\S+)", ark.lower())
    if found is None:
        return ""
    first = "" if found[1] == "b" else str(ord(found[1]) - ord("c") + 1)
    return f"10.{first}{found[2]}/{found[3]}"


def default_target(name: str) -> str:
    """Give the target of an identifier that has none: EZID's own page."""
    return f"https://ezid.cdlib.org/id/doi:{raised(name)}"


def tombstone(name: str) -> str:
    """Give the address of EZID's own tombstone page."""
    return f"https://ezid.cdlib.org/tombstone/id/doi:{raised(name)}"


def split_status(text: str) -> tuple[str, str]:
    """Read `_status` into its word and the reason after the bar.

    Raises BadRequestError for an unknown word, or a reason after another word than `unavailable`.
    """
    found = _STATUS.match(text)
    if found is None or (found[2] is not None and found[1] != "unavailable"):
        raise BadRequestError("_status: invalid identifier status")
    return found[1], (found[2] or "").strip()


def check_transition(before: str, after: str) -> None:
    """Refuse a status that may not follow; `before` is empty for a new identifier.

    Raises BadRequestError.
    """
    if after not in _TRANSITIONS[before]:
        raise BadRequestError("_status: invalid identifier status change")


def check_elements(elements: MutableMapping[str, str], *, name: str) -> None:
    """Judge the submitted elements one by one, and put `datacite` and `_target` into the form that is kept.

    Raises BadRequestError.
    """
    for element, value in elements.items():
        if element.startswith("_") and element not in _SETTABLE:
            raise BadRequestError(f"{element}: field is not settable")
        if element == "_export" and value not in {"yes", "no"}:
            raise BadRequestError("_export: validation error")
        if element == "datacite.resourcetype" and value:
            _check_resource_type(value)
    if elements.get("_target"):
        elements["_target"] = _target(elements["_target"], name=name)
    if elements.get("datacite"):
        try:
            elements["datacite"] = with_name(elements["datacite"], name=name)
        except BadXmlError as error:
            raise BadRequestError(f"datacite: {error}") from None


def _check_resource_type(value: str) -> None:
    if value.partition("/")[0].strip() not in RESOURCE_TYPES - SINCE_4_7:
        raise BadRequestError("datacite.resourcetype: Invalid resource type")


def _target(target: str, *, name: str) -> str:
    if len(target) > 2000 or any(ord(letter) > 0xFFFF for letter in target) or _TARGET.match(target) is None:
        raise BadRequestError("_target: Invalid URL")
    scheme, separator, rest = target.partition("://")
    return f"{scheme.lower()}{separator}{rest}".replace("${identifier}", f"doi:{raised(name)}")


def check_public(elements: Mapping[str, str]) -> None:
    """Judge the whole of an identifier that is, or is becoming, public or unavailable.

    Raises BadRequestError in the wrapped form that repeats all metadata.
    """
    problem = _incomplete(elements)
    if problem:
        raise BadRequestError(f'error="ValidationError([{problem!r}])" Metadata: {dict(elements)!r}')


def _incomplete(elements: Mapping[str, str]) -> str:
    if elements.get("datacite"):
        for _source, text in xml_errors(elements["datacite"], without=SINCE_4_7):
            return f"XML validation error: {text}"
        return ""
    profile = elements.get("_profile", "datacite")
    for what, (first, others) in _FALLBACKS.items():
        if not (elements.get(first) or elements.get(others.get(profile, ""))):
            return f"Public DOI metadata requirements not satisfied: no {what}"
    return ""
