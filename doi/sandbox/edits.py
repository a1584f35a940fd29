"""What a registry's staff may do to a DOI behind its owner's back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doi.sandbox.clock import Clock, iso
from doi.sandbox.ezid.identifiers import tombstone
from doi.sandbox.names import fold
from doi.sandbox.problems import RefusedOrderError, WrongCallError
from doi.sandbox.store import Record, Store

ACTS = ("delete draft", "publish", "hide", "url", "move", "delete")
_KEYS = {"act", "doi", "provider", "url", "owner", "when"}


@dataclass(frozen=True, slots=True)
class Edit:
    """One staff edit: `url` is for the act of that name, `owner` for `move`.

    Without `doi` and `provider` it is about the DOI of the request it comes with, `before` or after it is answered.
    """

    act: str
    doi: str | None = None
    provider: str | None = None
    url: str = ""
    owner: str = ""
    before: bool = True

    @property
    def name(self) -> str:
        """Tell the edit in the words of the log."""
        return f"{self.act} {'before' if self.before else 'after'}"


def parse_edit(entry: Any, *, place: str) -> Edit:
    """Read an edit from decoded JSON: its act alone, or an object.

    Raises WrongCallError with a sentence.
    """
    if isinstance(entry, str):
        entry = {"act": entry}
    if not isinstance(entry, Mapping) or not entry.keys() <= _KEYS or entry.get("act") not in ACTS:
        raise WrongCallError(f"The edit of {place} needs an act, one of {', '.join(ACTS)}.")
    act = str(entry["act"])
    for needed in ("url", "owner"):
        if act == {"url": "url", "owner": "move"}[needed] and not entry.get(needed):
            raise WrongCallError(f"The edit of {place} needs {needed} for {act}.")
    if entry.get("when") not in {None, "before", "after"}:
        raise WrongCallError(f"The edit of {place} happens before or after the request.")
    return Edit(
        act=act,
        doi=None if entry.get("doi") is None else str(entry["doi"]),
        provider=None if entry.get("provider") is None else str(entry["provider"]),
        url=str(entry.get("url") or ""),
        owner=str(entry.get("owner") or ""),
        before=entry.get("when") != "after",
    )


def find(store: Store, *, provider: str | None, name: str) -> Record:
    """Find a record by its name in any case, at one registry or at either.

    Raises RefusedOrderError where none has it, or both and none was named.
    """
    folded = fold(name)
    providers = (provider,) if provider else ("datacite", "ezid")
    found = [record for each in providers if (record := store.get(each, folded)) is not None]
    if not found:
        raise RefusedOrderError(404, f"No registry here has a DOI named {name}.")
    if len(found) > 1:
        raise RefusedOrderError(409, f"Both registries have a DOI named {name}; say which provider is meant.")
    return found[0]


def carry_out(edit: Edit, record: Record, *, store: Store, clock: Clock) -> Record | None:
    """Do an edit, and give the record as it is then; None where it is gone.

    Raises RefusedOrderError where the act does not fit the DOI's state.
    """
    if edit.act in {"delete draft", "delete"}:
        if edit.act == "delete draft" and record.state != "draft":
            raise RefusedOrderError(409, f"The DOI {record.name} is {record.state}, not a draft.")
        store.delete(record)
        return None
    if edit.act == "hide" and record.state == "draft":
        raise RefusedOrderError(409, f"The DOI {record.name} is a draft and cannot be hidden.")
    now = iso(clock())
    changed = record.changed(updated=now)
    match edit.act:
        case "publish":
            _publish(changed, now)
        case "hide":
            _hide(changed)
        case "url":
            changed.url = edit.url
        case _:
            changed.owner = edit.owner.lower() if record.provider == "datacite" else edit.owner
    _tell_handle_system(changed, act=edit.act)
    store.save(changed)
    return changed


def _publish(record: Record, now: str) -> None:
    record.registered = record.registered or now
    record.published = record.published or now
    if record.provider == "datacite":
        record.status = "findable"
    else:
        record.status = "public"
        record.metadata.pop("_export", None)
        record.metadata.pop("_reason", None)


def _hide(record: Record) -> None:
    if record.provider == "datacite":
        record.status = "registered"
    else:
        record.status = "unavailable"
        record.metadata["_reason"] = "withdrawn by staff"


def _tell_handle_system(record: Record, *, act: str) -> None:
    """Staff's changes of what a name leads to reach the handle system at once."""
    if act == "move" or record.state == "draft":
        return
    record.handle_url, record.handover_at, record.handover_url = leads_to(record), None, None


def leads_to(record: Record) -> str:
    """Say where a permanent DOI leads once the handle system has been told: EZID's withdrawn ones to EZID's own page."""
    if record.status == "unavailable":
        return tombstone(record.name)
    return record.url
