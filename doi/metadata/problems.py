"""The local rules: what stands in the way of sending metadata, field by field, each in one sentence.

The same rules judge before the draft and before the DOI becomes permanent, because DataCite checks drafts hardly at all
and a refusal seven days later would come too late.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from doi.kernel4 import PROPERTIES, RECORD, Kernel
from doi.metadata.plain import Path, plain
from doi.metadata.rules import rule_faults
from doi.metadata.schema import validator
from doi.metadata.sentences import shape_sentence

_ORDER: Final = {name: place for place, name in enumerate(PROPERTIES)}


@dataclass(frozen=True, slots=True)
class Problem:
    """``field``: ``creators[2].nameIdentifiers[0].nameIdentifier``; ``message``: what is wrong and what to do."""

    field: str
    message: str


def problems(
    metadata: Mapping[str, Any], *, kernel: Kernel, this_year: int | None = None
) -> tuple[Problem, ...]:
    """
    Everything that a registry at ``kernel`` (DataCite 4.7, EZID 4.6) would refuse, and what would be accepted and wrong: no
    visible title, an impossible date or year, a misspelt ORCID iD. At most one problem for a field, in the order of the
    schema's properties and of their entries; empty means that it may be sent. ``metadata`` is in write shape (see
    `normalise`). ``this_year`` is the current one in UTC unless given: the year of publication may be ten years ahead of it.
    """
    year = this_year if this_year is not None else datetime.now(tz=UTC).year
    found: dict[Path, str] = {}
    for path, message in _faults(metadata, kernel=kernel, this_year=year):
        found.setdefault(path, message)
    return tuple(Problem(field=_dotted(path), message=found[path]) for path in sorted(found, key=_place))


def _faults(metadata: Mapping[str, Any], *, kernel: Kernel, this_year: int) -> Iterator[tuple[Path, str]]:
    record, unsendable = plain(RECORD, metadata)
    yield from unsendable
    for error in validator(kernel).iter_errors(record):
        yield shape_sentence(error, kernel=kernel)
    yield from rule_faults(record, this_year=this_year)


def _dotted(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _place(path: Path) -> tuple[tuple[int, int, str], ...]:
    head, *rest = path
    parts = [(0, part, "") if isinstance(part, int) else (1, 0, part) for part in rest]
    return ((0, _ORDER[str(head)], ""), *parts)
