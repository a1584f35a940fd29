"""
The outside checker: compares what was asked for, what the database says, what the registry holds and what it was asked.

It knows nothing of the product's code, only what a stranger can read: the catalogue, `export_dois`, the sandbox's
`/records` and its log. Four rules: no duplicate, none lost, none early, none parked.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

type Row = Mapping[str, Any]
type VersionKey = tuple[str, str, str]

PERMANENT = ("findable", "registered")
# The log writes milliseconds, the database microseconds; both cut off the rest.
PRECISION = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Evidence:
    """`wanted`: the state each version (organization, dataset, number) must end in; `window` in seconds."""

    wanted: Mapping[VersionKey, str]
    rows: Sequence[Row]
    records: Sequence[Row]
    log: Sequence[Row]
    window: float


def wanted_of(catalogue: Iterable[Row]) -> dict[VersionKey, str]:
    """What a catalogue asks for when every dataset issues: each released, non-deleted version, permanent."""
    return {
        (line["organization"], line["slug"], version["number"]): (
            "findable" if line["visibility"] == "public" else "registered"
        )
        for line in catalogue
        if line["type"] == "dataset" and not line.get("deleted")
        for version in line["versions"]
        if version.get("released") and not version.get("deleted")
    }


def findings(evidence: Evidence) -> list[str]:
    """Every broken promise, as ``rule: what is wrong``; an empty list is the only good answer."""
    return [
        *(f"duplicate: {text}" for text in _duplicates(evidence)),
        *(f"lost: {text}" for text in _losses(evidence)),
        *(f"early: {text}" for text in _early(evidence)),
        *(f"parked: {text}" for text in _parked(evidence)),
    ]


# --- one DOI per version, one version per DOI, and no DOI that nobody knows --------------------------------------


def _duplicates(evidence: Evidence) -> Iterator[str]:
    for what, values in {
        "versions in the export": [key(row) for row in evidence.rows],
        "names in the export": [row["doi"] for row in evidence.rows if row["doi"]],
        "landing pages at the registry": [record["url"] for record in evidence.records],
    }.items():
        for value, count in Counter(values).items():
            if count > 1:
                yield f"{value} is {count} times among the {what}"
    known = {row["doi"] for row in evidence.rows}
    for record in evidence.records:
        if record["name"] not in known:
            yield f"the registry holds {record['name']}, which no row knows"
    yield from _made_twice(evidence.log)


def _made_twice(log: Iterable[Row]) -> Iterator[str]:
    """Also what has vanished since: names that were ever made, by landing page."""
    made: dict[str, list[str]] = defaultdict(list)
    for line in log:
        if _made(line):
            made[line["url"]].append(line["doi"])
    for url, names in made.items():
        if len(names) > 1:
            yield f"{url} was made {len(names)} times: {', '.join(names)}"


def _made(line: Row) -> bool:
    return line["state_before"] is None and line["state_after"] is not None


# --- everything that was asked for is there, and nothing else -----------------------------------------------------


def _losses(evidence: Evidence) -> Iterator[str]:
    rows = {key(row): row for row in evidence.rows}
    records = {record["name"]: record for record in evidence.records}
    for version, state in evidence.wanted.items():
        row = rows.get(version)
        if row is None:
            yield f"{version} has no row"
        elif row["state"] != state:
            yield f"{version} is {row['state']} and not {state}"
    for row in evidence.rows:
        yield from _disagreement(row, records.get(row["doi"]))
        if key(row) not in evidence.wanted and row["doi"] in records:
            yield f"{key(row)} was not asked for and is {row['state']}"
    for line in evidence.log:
        if line["state_before"] in PERMANENT and line["state_after"] not in PERMANENT:
            yield f"{line['doi']} was permanent until line {line['seq']} of the log"


def _disagreement(row: Row, record: Row | None) -> Iterator[str]:
    held = record["state"] if record is not None else None
    believed = row["state"] if row["state"] in {"draft", *PERMANENT} else None
    if held != believed:
        yield f"{row['doi']} is {row['state']} in the database and {held} at the registry"
    elif record is not None and record["url"] != row["url"]:
        yield f"{row['doi']} leads to {record['url']} and not to {row['url']}"


# --- nothing is permanent before its window is over ---------------------------------------------------------------


def _early(evidence: Evidence) -> Iterator[str]:
    window = timedelta(seconds=evidence.window)
    confirmed_here = {row["doi"]: moment(row["draft_at"]) for row in evidence.rows if row["draft_at"]}
    confirmed_there: dict[str, datetime] = {}
    published: set[str] = set()
    for line in sorted(evidence.log, key=lambda line: int(line["seq"])):
        name = line["doi"]
        if line["state_after"] == "draft":
            confirmed_there.setdefault(name, moment(line["at"]))
        elif line["state_after"] in PERMANENT and name not in published:
            published.add(name)
            starts = [at for at in (confirmed_there.get(name), confirmed_here.get(name)) if at is not None]
            if not starts:
                yield f"{name} became permanent without ever having been a draft"
            elif moment(line["at"]) < max(starts) + window - PRECISION:
                after = (moment(line["at"]) - max(starts)).total_seconds()
                yield f"{name} became permanent {after:.3f} s after its draft"


# --- nobody has to do anything ------------------------------------------------------------------------------------


def _parked(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        if row["attention"]:
            yield f"{key(row)}: {row['attention']}"


def is_update_of_permanent(line: Row) -> bool:
    """A line of the registry's log that is a write to what was permanent, and stayed as it was."""
    writes = line["method"] in {"PUT", "POST", "PATCH"}
    return writes and line["state_before"] in PERMANENT and line["state_after"] == line["state_before"]


def key(row: Row) -> VersionKey:
    return row["organization"], row["dataset"], row["version"]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
