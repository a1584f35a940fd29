"""The DOIs a sandbox holds: in memory, and in a journal when one is wanted."""

import json
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from doi.sandbox.clock import Clock, system_clock
from doi.sandbox.messages import dump
from doi.sandbox.problems import WrongCallError

type Key = tuple[str, str]

A_MINUTE = 60.0


@dataclass(slots=True)
class Record:
    """One DOI as its registry holds it.

    `name` is lower case; `status` is the registry's own word (DataCite: draft, registered, findable; EZID: reserved,
    public, unavailable), `state` is DataCite's word for either. `metadata` is what the client set, by the registry's
    names. Times are ISO 8601 in UTC.

    `handle_url` is where the handle system leads the name, None while it does not know it: it may be behind `url`, as it
    is told in a step of its own. With `handover_at` it is told only then, of `handover_url` (EZID's queue).

    `written` is the XML made from the metadata, once somebody asked for it; who changes metadata clears it. Not in the
    journal.
    """

    provider: str
    name: str
    owner: str
    status: str
    url: str
    created: str
    updated: str
    registered: str | None = None
    published: str | None = None
    described: bool = False
    version: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, str]] = field(default_factory=list)
    number: int = 0
    handle_url: str | None = None
    handover_at: str | None = None
    handover_url: str | None = None
    written: str | None = field(default=None, compare=False, repr=False)

    def leads_to(self, now: datetime) -> str | None:
        """Say where the resolver leads the name at this time; None where it does not know it."""
        if self.handover_at is not None and datetime.fromisoformat(self.handover_at) <= now:
            return self.handover_url
        return self.handle_url

    @property
    def state(self) -> str:
        """Say draft, registered or findable, for both registries."""
        if self.provider == "datacite":
            return self.status
        if self.status == "reserved":
            return "draft"
        listed = self.status == "public" and self.metadata.get("_export") != "no"
        return "findable" if listed else "registered"

    def changed(self, **changes: Any) -> "Record":
        """Give a copy to be judged before it is kept; metadata and history are not shared with this one."""
        return replace(self, **{"metadata": dict(self.metadata), "history": list(self.history), **changes})


_FIELDS = tuple(each.name for each in fields(Record) if each.name != "written")


class Store:
    """All records by provider and folded name, in the order of their creation.

    With a path every change is appended to a journal (JSON Lines) in one write, so that a killed sandbox loses
    nothing that it answered; the journal is read at the start and rewritten when most of it is history. What a record
    was is remembered for `looking_back` seconds, for reads that are behind; not in the journal.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        clock: Clock = system_clock,
        looking_back: Callable[[], float] = lambda: A_MINUTE,
    ) -> None:
        self._records: dict[Key, Record] = {}
        self._past: dict[Key, deque[tuple[datetime, Record | None]]] = {}
        # Whose past there is, the oldest first.
        self._changes: deque[tuple[datetime, Key]] = deque()
        self._looking_back = looking_back
        self._clock = clock
        self._count = 0
        self._journal: int | None = None
        if path is not None:
            self._open(path)

    def get(self, provider: str, name: str) -> Record | None:
        """Find a record by its folded name."""
        return self._records.get((provider, name))

    def as_of(self, provider: str, name: str, moment: datetime) -> Record | None:
        """Find what a record was at a moment, as far back as is remembered."""
        for until, record in self._past.get((provider, name), ()):
            if moment < until:
                return record
        return self.get(provider, name)

    def all(self, provider: str | None = None) -> list[Record]:
        """List the records, oldest first."""
        return [each for each in self._records.values() if provider is None or each.provider == provider]

    def all_as_of(self, provider: str, moment: datetime) -> list[Record]:
        """List what the records of a registry were at a moment, oldest first; what was deleted since is among them."""
        keys = dict.fromkeys((*self._records, *self._past))
        found = [self.as_of(*key, moment) for key in keys if key[0] == provider]
        return sorted((each for each in found if each is not None), key=lambda record: record.number)

    def __len__(self) -> int:
        return len(self._records)

    def save(self, record: Record) -> None:
        """Keep a new or changed record, noting a change of its state."""
        if record.number == 0:
            self._count += 1
            record.number = self._count
        if not record.history or record.history[-1]["state"] != record.state:
            record.history.append({"at": record.updated, "state": record.state})
        self._append({"put": {name: getattr(record, name) for name in _FIELDS}})
        self._remember((record.provider, record.name))
        self._records[record.provider, record.name] = record

    def delete(self, record: Record) -> None:
        """Forget a record altogether."""
        self._append({"delete": [record.provider, record.name]})
        self._remember((record.provider, record.name))
        del self._records[record.provider, record.name]

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            os.close(self._journal)
            self._journal = None

    def _remember(self, key: Key) -> None:
        """Keep what is about to be replaced. A record is replaced, never changed in its place."""
        now = self._clock()
        self._past.setdefault(key, deque()).append((now, self._records.get(key)))
        self._changes.append((now, key))
        oldest = now - timedelta(seconds=self._looking_back())
        while self._changes and self._changes[0][0] <= oldest:
            _moment, changed = self._changes.popleft()
            self._past[changed].popleft()
            if not self._past[changed]:
                del self._past[changed]

    def _append(self, entry: dict[str, Any]) -> None:
        if self._journal is not None:
            os.write(self._journal, dump(entry) + b"\n")

    def _open(self, path: Path) -> None:
        try:
            lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
            for line in lines:
                # A line without an end was being written when the sandbox was killed: nobody had its answer.
                if line.endswith(b"\n"):
                    self._replay(json.loads(line))
            if len(lines) > 2 * len(self._records) + 100 or (lines and not lines[-1].endswith(b"\n")):
                self._rewrite(path)
            self._journal = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WrongCallError(f"The state file {path} cannot be used: {error}.") from error

    def _replay(self, entry: dict[str, Any]) -> None:
        if "put" in entry:
            record = Record(**entry["put"])
            self._records[record.provider, record.name] = record
            self._count = max(self._count, record.number)
        else:
            provider, name = entry["delete"]
            self._records.pop((provider, name), None)

    def _rewrite(self, path: Path) -> None:
        fresh = path.with_name(path.name + ".new")
        with fresh.open("wb") as file:
            for record in self._records.values():
                file.write(dump({"put": {name: getattr(record, name) for name in _FIELDS}}) + b"\n")
        fresh.replace(path)
