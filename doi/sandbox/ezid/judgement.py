"""EZID's last check, of the whole record as it would be kept (EZID 018515e8, identifier.py#my_full_clean)."""

import re
from collections.abc import Mapping

from doi.sandbox.ezid import xml
from doi.sandbox.ezid.identifiers import default_target, quoted, shown
from doi.sandbox.ezid.refusals import invalid
from doi.sandbox.kernel.words import lists
from doi.sandbox.store import Record

_RESOURCE_TYPES = lists("4.6")["resourceTypeGeneral"]
_LONGEST_TARGET = 2000
_LABEL = r"[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?"
_TARGET = re.compile(
    r"(?:https?|ftps?)://(?:[^\s:@/]+(?::[^\s:@/]*)?@)?"
    rf"(?:localhost|\d{{1,3}}(?:\.\d{{1,3}}){{3}}|\[[0-9a-f:.]+\]|{_LABEL}(?:\.{_LABEL})*\.(?!\d+(?:[:/?#]|$)){_LABEL}\.?)"
    r"(?::\d{1,5})?(?:[/?#]\S*)?",
    re.IGNORECASE,
)
_CROSSREF_NAME = re.compile(r"doi:10\.[1-9]\d{3,4}/[-\w.;()/]+", re.ASCII)
_NEEDED = {
    "creator": "creator",
    "title": "title",
    "publisher": "publisher",
    "publicationyear": "publication date",
}
# Where a profile keeps what DataCite needs; every profile that is neither of these is read as erc.
_PROFILES: Mapping[str, Mapping[str, str]] = {
    "datacite": {},
    "dc": {
        "creator": "dc.creator",
        "title": "dc.title",
        "publisher": "dc.publisher",
        "publicationyear": "dc.date",
    },
    "crossref": {},
}
_ERC = {"creator": "erc.who", "title": "erc.what", "publicationyear": "erc.when"}


def judge(record: Record, *, crossref_shoulder: bool) -> None:
    """Judge the record, and bring its target and elements into the form that is kept.

    Raises RefusalError with all elements repeated in it.
    """
    _check_target(record, record.url)
    if "_crossref" in record.metadata:
        _check_crossref(record, crossref_shoulder=crossref_shoulder)
    _settle_target(record)
    for element, value in list(record.metadata.items()):
        if value.strip():
            record.metadata[element] = value.strip()
        else:
            del record.metadata[element]
    if "datacite.resourcetype" in record.metadata:
        _settle_resource_type(record)
    if "datacite" in record.metadata:
        _settle_xml(record)
    if record.status != "reserved":
        _check_complete(record)


def _check_target(record: Record, target: str) -> None:
    problems = []
    if target and _TARGET.fullmatch(target) is None:
        problems.append("Enter a valid URL.")
    if any(ord(letter) > 0xFFFF for letter in target):
        problems.append("Illegal or disallowed Unicode character.")
    if len(target) > _LONGEST_TARGET:
        problems.append(f"Ensure this value has at most {_LONGEST_TARGET} characters (it has {len(target)}).")
    if problems:
        raise invalid({"target": problems}, record.metadata)


def _settle_target(record: Record) -> None:
    record.url = record.url or default_target(record.name)
    if "${identifier}" in record.url:
        record.url = record.url.replace("${identifier}", quoted(shown(record.name)))
        _check_target(record, record.url)
    scheme, colon, rest = record.url.partition(":")
    record.url = f"{scheme.lower()}{colon}{rest}"


def _check_crossref(record: Record, *, crossref_shoulder: bool) -> None:
    if not crossref_shoulder:
        problem = {"_crossref": ["Crossref registration is incompatible with shoulder."]}
    elif _CROSSREF_NAME.fullmatch(shown(record.name)) is None:
        problem = {"identifier": ["Identifier does not satisfy Crossref syntax requirements."]}
    elif record.metadata.get("_export") == "no":
        problem = {"exported": ["Crossref-registered identifier must be exported."]}
    else:
        return
    raise invalid(problem, record.metadata)


def _settle_resource_type(record: Record) -> None:
    general, _, specific = (part.strip() for part in record.metadata["datacite.resourcetype"].partition("/"))
    if general not in _RESOURCE_TYPES:
        raise invalid({"datacite.resourcetype": ["Invalid resource type."]}, record.metadata)
    record.metadata["datacite.resourcetype"] = f"{general}/{specific}" if specific else general


def _settle_xml(record: Record) -> None:
    text = record.metadata["datacite"]
    try:
        record.metadata["datacite"] = xml.settled(text, name=record.name, whole=record.status != "reserved")
    except xml.BadRecordError as error:
        problem = f'Metadata validation error: {error}. metadata="{text}"'
        raise invalid({"datacite": [problem]}, record.metadata) from None


def _check_complete(record: Record) -> None:
    elements = record.metadata
    if "_crossref" in elements:
        if "crossref" not in elements:
            problem = "Registration with Crossref requires Crossref metadata supplied as value of element 'crossref'."
            raise invalid([problem], elements)
    elif "datacite" not in elements:
        missing = _missing(elements)
        if missing:
            raise invalid([f"Public DOI metadata requirements not satisfied: no {missing}."], elements)


def _missing(elements: Mapping[str, str]) -> str:
    others = _PROFILES.get(elements.get("_profile", "datacite"), _ERC)
    for element, what in _NEEDED.items():
        if not (elements.get(f"datacite.{element}") or elements.get(others.get(element, ""))):
            return what
    return ""
