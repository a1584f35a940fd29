"""The elements a client sets: EZID's own, which begin with `_`, and the rest (EZID 018515e8, identifier.py)."""

import re
from collections.abc import Mapping
from datetime import datetime

from doi.sandbox.accounts import Accounts
from doi.sandbox.ezid.identifiers import shadow_ark
from doi.sandbox.ezid.refusals import bad_request
from doi.sandbox.store import Record

# What follows the reason's first line is dropped, as `.` does not take a line end.
_UNAVAILABLE = re.compile(r"unavailable(?:$| *\|(.*))")
_PROFILE = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*", re.IGNORECASE)
_CROSSREF = {True: "yes | awaiting status change to public", False: "yes | registration in progress"}


def put(record: Record, elements: Mapping[str, str], *, is_new: bool, accounts: Accounts) -> None:
    """Put submitted elements into a record, in their order; the first that may not be set ends it.

    Whether the record is whole then, and whether the owner may be changed, is judged elsewhere. Raises RefusalError.
    """
    for element, value in elements.items():
        if element == "_status":
            _put_status(record, value, is_new=is_new)
        elif element == "_owner":
            if accounts.get("ezid", value) is None:
                raise bad_request("_owner: no such user")
            record.owner = value
        elif element == "_target":
            record.url = value
        elif element == "_crossref":
            _put_crossref(record, value, is_new=is_new)
        elif element in _KEPT:
            record.metadata[element] = _KEPT[element](value)
        elif element.startswith("_"):
            raise bad_request(f"{element}: field is not settable")
        else:
            record.metadata[element] = value


def _export(value: str) -> str:
    if value.lower() not in {"yes", "no"}:
        raise bad_request("_export: value must be 'yes' or 'no'")
    return value.lower()


def _profile(value: str) -> str:
    if value and _PROFILE.fullmatch(value) is None:
        raise bad_request("_profile: invalid profile name")
    return value or "datacite"


_KEPT = {"_export": _export, "_profile": _profile}


def _put_status(record: Record, value: str, *, is_new: bool) -> None:
    reserved = not is_new and record.status == "reserved"
    unavailable = _UNAVAILABLE.match(value)
    if value == "reserved":
        status, allowed = "reserved", is_new or reserved
    elif value == "public":
        status, allowed = "public", True
    elif unavailable is not None:
        status, allowed = "unavailable", not is_new and not reserved
    else:
        raise bad_request("_status: invalid identifier status")
    if not allowed:
        raise bad_request("_status: invalid identifier status change")
    record.status = status
    record.metadata.pop("_reason", None)
    reason = (unavailable[1] or "").strip() if unavailable is not None else ""
    if reason:
        record.metadata["_reason"] = reason


def _put_crossref(record: Record, value: str, *, is_new: bool) -> None:
    if value.lower() != "yes":
        raise bad_request("_crossref: value must be 'yes'")
    if not is_new and "_crossref" not in record.metadata:
        raise bad_request("_crossref: dataCite DOI cannot be registered with Crossref")
    mark_crossref(record)


def mark_crossref(record: Record) -> None:
    """Note that a record is registered with Crossref, or will be."""
    record.metadata["_crossref"] = _CROSSREF[record.status == "reserved"]


def shown(record: Record) -> dict[str, str]:
    """Give all elements as a client reads them; `_target` is always the nominal one."""
    kept = {name: str(value) for name, value in record.metadata.items() if name != "_reason"}
    reason = record.metadata.get("_reason")
    agency = {} if "_crossref" in kept else {"_datacenter": "CDL.CDL"}
    return {
        **kept,
        **agency,
        "_status": f"{record.status} | {reason}" if reason else record.status,
        "_target": record.url,
        "_profile": kept.get("_profile", "datacite"),
        "_export": kept.get("_export", "yes"),
        "_owner": record.owner,
        "_ownergroup": record.owner,
        "_created": str(unix(record.created)),
        "_updated": str(unix(record.updated)),
        "_shadowedby": shadow_ark(record.name),
    }


def unix(moment: str) -> int:
    """Give the Unix seconds of an ISO 8601 time."""
    return int(datetime.fromisoformat(moment).timestamp())
