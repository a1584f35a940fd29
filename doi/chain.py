"""
Seals the history in slices, so that a line altered, removed or put elsewhere later is found.

Each organization's lines are a chain of their own: a slice's digest is SHA-256 over the digest before it and the lines
as they are stored. Sealing is a sweep of its own, seconds behind, and never part of the engine's transactions.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Max

from doi.failpoints import pass_point
from doi.models import DoiEvent, HistorySeal

SLICE: Final = 5000
BEGINNING: Final = "0" * 64
# Named one by one: a column added later is no part of what older seals cover.
COVERED: Final = (
    "id", "at", "organization_id", "doi_id", "doi_name", "dataset", "version", "account", "actor", "cause", "request_id",
    "step", "attempt", "event", "from_state", "to_state", "outcome", "detail",
)  # fmt: skip
# Nobody who writes waits noticeably longer than this for a sweep that wants to know what is written.
PATIENCE_MS: Final = 200

type Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one chain: what is kept elsewhere, so that the whole chain cannot be written anew unseen."""

    chain: str
    number: int
    digest: str


@dataclass(slots=True)
class Verdict:
    """What a verification found: one sentence for each fault, the chains' ends, and how many lines are not sealed yet."""

    faults: list[str] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    lines: int = 0
    unsealed: int = 0


@dataclass(slots=True)
class _Slice:
    """The lines of one chain since its last seal."""

    digest: "hashlib._Hash"
    lines: int = 0
    first: int = 0
    last: int = 0

    @classmethod
    def after(cls, digest: str) -> "_Slice":
        return cls(hashlib.sha256(digest.encode()))

    def add(self, line: Line) -> None:
        self.digest.update(canonical(line))
        self.lines += 1
        self.first = self.first or line["id"]
        self.last = line["id"]


def chain_of(line: Line) -> str:
    """The chain that a line belongs to."""
    return f"organization:{line['organization_id']}" if line["organization_id"] else "deployment"


def canonical(line: Line) -> bytes:
    """The bytes of a line that a digest covers: its columns in a fixed order, as JSON, and a line feed."""
    at: datetime = line["at"]
    values = [at.astimezone(UTC).isoformat() if name == "at" else line[name] for name in COVERED]
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode() + b"\n"


# --- seal ---------------------------------------------------------------------------------------------------------


def seal(*, now: datetime, limit: int = SLICE) -> bool:
    """
    Seal up to `limit` lines, oldest first. True when there may be more to do at once.

    Gives up quietly where another sweep seals, or writers are too busy to tell what is written: the next sweep goes on.
    """
    try:
        until = _written_until()
        with transaction.atomic():
            before = HistorySeal.objects.aggregate(last=Max("last_event_id"))["last"] or 0
            lines = list(_lines(after=before, until=until)[:limit])
            pass_point("seal.read")
            slices = _sliced(lines)
            HistorySeal.objects.bulk_create(_seals(slices, now=now))
            pass_point("seal.written")
    except (IntegrityError, OperationalError):
        return False
    pass_point("seal.committed")
    return len(lines) == limit


def _written_until() -> int:
    """
    The highest id below which nothing can appear any more.

    PostgreSQL gives out ids before their transactions end: with nobody writing for a moment, all lower ones are settled.
    The moment is a transaction of its own: nobody waits while lines are read and hashed.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
                cursor.execute("LOCK TABLE doi_doievent IN SHARE MODE")
        return DoiEvent.objects.aggregate(last=Max("id"))["last"] or 0


def _lines(*, after: int, until: int | None = None) -> Any:
    found = DoiEvent.objects.filter(id__gt=after).order_by("id").values(*COVERED)
    return found if until is None else found.filter(id__lte=until)


def _sliced(lines: Iterable[Line]) -> dict[str, tuple[int, _Slice]]:
    """The slice of each chain, with the number of the seal before it."""
    lines = list(lines)
    heads = _heads({chain_of(line) for line in lines})
    slices = {chain: (head.number, _Slice.after(head.digest)) for chain, head in heads.items()}
    for line in lines:
        slices[chain_of(line)][1].add(line)
    return slices


def _heads(chains: set[str]) -> dict[str, Head]:
    last = HistorySeal.objects.filter(chain__in=chains).values("chain").annotate(number=Max("number"))
    heads = {chain: Head(chain, 0, BEGINNING) for chain in chains}
    for row in last:
        digest = HistorySeal.objects.values_list("digest", flat=True).get(
            chain=row["chain"], number=row["number"]
        )
        heads[row["chain"]] = Head(row["chain"], row["number"], digest)
    return heads


def _seals(slices: Mapping[str, tuple[int, _Slice]], *, now: datetime) -> Iterator[HistorySeal]:
    for chain, (number, piece) in sorted(slices.items()):
        yield HistorySeal(
            chain=chain,
            number=number + 1,
            first_event_id=piece.first,
            last_event_id=piece.last,
            lines=piece.lines,
            digest=piece.digest.hexdigest(),
            sealed_at=now,
        )


# --- verify -------------------------------------------------------------------------------------------------------


def verify(anchors: Iterable[Head] = ()) -> Verdict:
    """Read all lines and all seals once, in order, and say where they differ; `anchors` are ends kept elsewhere."""
    verdict = Verdict()
    slices: dict[str, _Slice] = {}
    wanted = {(anchor.chain, anchor.number): anchor for anchor in anchors}
    seals = iter(HistorySeal.objects.order_by("last_event_id", "chain", "number").iterator())
    due = next(seals, None)
    for line in _lines(after=0).iterator(chunk_size=SLICE):
        while due is not None and due.last_event_id < line["id"]:
            _close(due, slices, verdict, wanted)
            due = next(seals, None)
        slices.setdefault(chain_of(line), _Slice.after(BEGINNING)).add(line)
        verdict.lines += 1
    while due is not None:
        _close(due, slices, verdict, wanted)
        due = next(seals, None)
    verdict.unsealed = sum(piece.lines for piece in slices.values())
    verdict.faults += [
        f"Seal {anchor.number} of {anchor.chain}, which was kept elsewhere, is not in the history any more."
        for anchor in wanted.values()
    ]
    return verdict


def _close(
    seal: HistorySeal, slices: dict[str, _Slice], verdict: Verdict, wanted: dict[tuple[str, int], Head]
) -> None:
    """Compare one seal with the lines since the one before it; what follows is judged by what the seal says."""
    piece = slices.get(seal.chain) or _Slice.after(BEGINNING)
    before = verdict.heads.get(seal.chain, Head(seal.chain, 0, BEGINNING))
    if seal.number != before.number + 1:
        verdict.faults.append(
            f"Of {seal.chain} the seals {before.number + 1} to {seal.number - 1} are missing."
        )
    elif piece.digest.hexdigest() != seal.digest:
        verdict.faults.append(_difference(seal, piece))
    anchor = wanted.pop((seal.chain, seal.number), None)
    if anchor is not None and anchor.digest != seal.digest:
        verdict.faults.append(f"Seal {seal.number} of {seal.chain} is not the one that was kept elsewhere.")
    verdict.heads[seal.chain] = Head(seal.chain, seal.number, seal.digest)
    slices[seal.chain] = _Slice.after(seal.digest)


def _difference(seal: HistorySeal, piece: _Slice) -> str:
    where = f"Of {seal.chain}, lines {seal.first_event_id} to {seal.last_event_id}"
    missing = seal.lines - piece.lines
    if missing > 0:
        return f"{where}: {missing} missing."
    if missing < 0:
        return f"{where}: {-missing} put in afterwards."
    return f"{where}: altered, or in another order."
