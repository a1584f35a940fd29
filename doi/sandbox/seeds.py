"""DOIs put into a registry as if they had been there for years, also under names it would refuse today."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doi.sandbox.accounts import PROVIDERS
from doi.sandbox.clock import Clock, iso
from doi.sandbox.edits import leads_to
from doi.sandbox.names import fold
from doi.sandbox.problems import WrongCallError
from doi.sandbox.store import Record

STATES = ("draft", "registered", "findable")
_KEYS = {"provider", "name", "owner", "state", "url", "metadata", "created", "resolves"}
_SCHEMA = "http://datacite.org/schema/kernel-4"


@dataclass(frozen=True, slots=True)
class Seed:
    """One DOI to be: `metadata` by the registry's own names, `created` in ISO 8601.

    `resolves` is false for one that the handle system was never told of.
    """

    provider: str
    name: str
    owner: str
    state: str = "findable"
    url: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created: str = ""
    resolves: bool = True


def parse_seed(entry: Any, *, place: str) -> Seed:
    """Read a seed from decoded JSON.

    Raises WrongCallError with a sentence.
    """
    if not isinstance(entry, Mapping) or not entry.keys() <= _KEYS:
        raise WrongCallError(f"The record of {place} may have {', '.join(sorted(_KEYS))}.")
    if entry.get("provider") not in PROVIDERS or not entry.get("name") or not entry.get("owner"):
        raise WrongCallError(f"The record of {place} needs provider (datacite or ezid), name and owner.")
    metadata = entry.get("metadata") or {}
    if entry.get("state", "findable") not in STATES or not isinstance(metadata, Mapping):
        raise WrongCallError(
            f"The record of {place} needs a state of {', '.join(STATES)} and metadata as an object."
        )
    values = {key: str(entry.get(key) or "") for key in ("name", "owner", "url", "created")}
    try:
        "".join(values.values()).encode()
    except UnicodeEncodeError:
        raise WrongCallError(f"The record of {place} has half a character in it.") from None
    return Seed(
        provider=str(entry["provider"]),
        state=str(entry.get("state", "findable")),
        metadata=dict(metadata),
        resolves=bool(entry.get("resolves", True)),
        **values,
    )


def planted(seed: Seed, *, clock: Clock) -> Record:
    """Make the record of a seed."""
    created = seed.created or iso(clock())
    metadata = {key: value for key, value in seed.metadata.items() if value not in (None, "")}
    owner = seed.owner
    if seed.provider == "datacite":
        status, owner = seed.state, owner.lower()
        if metadata:
            metadata.setdefault("schemaVersion", _SCHEMA)
    else:
        status = "reserved" if seed.state == "draft" else "public"
        metadata = {key: str(value) for key, value in metadata.items()}
        if seed.state == "registered":
            metadata["_export"] = "no"
    record = Record(
        seed.provider, fold(seed.name), owner, status, seed.url, created, created,
        described=bool(metadata), metadata=metadata,
    )  # fmt: skip
    if seed.state != "draft" and seed.resolves:
        record.registered, record.handle_url = created, leads_to(record)
    if seed.state == "findable":
        record.published = created
    return record


def load_seeds(path: Path) -> list[Seed]:
    """Read a JSON list of records, or JSON Lines of them.

    Raises WrongCallError when the file cannot be read or an entry is no record.
    """
    try:
        text = path.read_text(encoding="utf-8")
        entries = json.loads(text) if text.lstrip().startswith("[") else _lines(text)
    except (OSError, ValueError) as error:
        raise WrongCallError(f"The seed file {path} cannot be read: {error}.") from error
    return [parse_seed(entry, place=f"entry {number} of {path}") for number, entry in enumerate(entries, 1)]


def _lines(text: str) -> Iterable[Any]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]
