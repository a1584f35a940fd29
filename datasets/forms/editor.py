"""
The metadata form: from a record to rows of inputs and back, without losing what it does not know.

A value that nobody changed in the form is left exactly as it stood, whatever its shape. Values are not judged here: the
sender's own rules do that, and an edit that is not ready may be saved.
"""

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from datasets.forms.places import as_number, as_text, look, put
from datasets.forms.sections import SECTIONS, Field, Section
from datasets.hooks import hooks

# Django takes 1,000 fields in one request; a record with more is edited as JSON.
_MOST_INPUTS: Final = 850
_MOST_ROWS: Final = 200


def fingerprint(metadata: Mapping[str, Any]) -> str:
    """The same for equal metadata; the form sends it back, so that two people do not overwrite each other."""
    text = json.dumps(metadata, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Input:
    """What a template needs to draw one field."""

    field: Field
    name: str
    value: str
    options: Sequence[str]
    # What the rules refuse of it, as it stands.
    problem: str = ""

    @property
    def id(self) -> str:
        return "id_" + self.name.replace(".", "-")

    @property
    def problem_id(self) -> str:
        return f"{self.id}-problem"

    @property
    def described_by(self) -> str:
        """The ids of what stands beside it."""
        beside = [self.problem_id] if self.problem else []
        return " ".join([*beside, f"{self.id}-hint"] if self.field.hint else beside)


@dataclass(slots=True)
class Row:
    """One entry in the form. ``source`` is its place in the record as it was read, None for a new one."""

    values: dict[str, str]
    source: int | None = None

    def is_empty(self, section: Section) -> bool:
        return all(self.values.get(part.name, "").strip() in {"", part.initial} for part in section.fields)


@dataclass(slots=True)
class Part:
    """One section with its rows. ``locked``: the form cannot show it, so it stays as it is."""

    section: Section
    original: Any
    rows: list[Row] = field(default_factory=list)
    locked: bool = False
    # Somebody has just added or moved something here.
    touched: bool = False
    # The row that takes the focus when the page comes back.
    focus: int | None = None
    # What the rules refuse: a sentence by the name of an input, of an entry (``creators-0``) or of the section.
    problems: Mapping[str, str] = field(default_factory=dict)

    def shown(self) -> list[tuple[int, Row, list[Input], str]]:
        """Each row with its place, its inputs and what is wrong with it as a whole."""
        return [
            (index, row, self._inputs(index, row), self.problems.get(f"{self.section.key}-{index}", ""))
            for index, row in enumerate(self.rows)
        ]

    @property
    def problem(self) -> str:
        """What is wrong with the section as a whole."""
        return self.problems.get(self.section.key, "")

    def _inputs(self, index: int, row: Row) -> list[Input]:
        return [
            Input(
                part,
                f"{self.section.key}.{index}.{part.name}",
                row.values.get(part.name, ""),
                _options(part, row.values.get(part.name, "")),
                self.problems.get(f"{self.section.key}.{index}.{part.name}", ""),
            )
            for part in self.section.fields
        ]

    @property
    def is_filled(self) -> bool:
        return self.locked or any(not row.is_empty(self.section) for row in self.rows)

    @property
    def is_in_use(self) -> bool:
        """Something is filled in or wrong, or somebody has just added a row: it is unfolded."""
        return self.touched or self.is_filled or bool(self.problems)

    def value(self) -> Any:
        """The section's value for the record; None when there is nothing."""
        if self.locked:
            return self.original
        before = _entries(self.section, self.original) or []
        read = _rows(self.section, before)
        # A blank row goes, unless it stood there blank and nobody touched it.
        rows = [row for row in self.rows if not row.is_empty(self.section) or row in read]
        entries = [_entry(self.section, row, before) for row in rows]
        if entries == before:
            return self.original
        values = [entry.get("value") for entry in entries] if self.section.plain else entries
        if self.section.many:
            return values or None
        return values[0] if values else None


def _options(part: Field, value: str) -> list[str]:
    words = list(hooks.rules.words(part.words)) if part.words else []
    return [*words, value] if words and value and value not in words else words


def _entries(section: Section, value: Any) -> list[dict[str, Any]] | None:
    """The entries of a section's value; None when it has a shape that the form cannot show."""
    if value is None:
        return []
    items = value if section.many else [value]
    if not isinstance(items, list):
        return None
    if section.plain:
        return (
            None
            if any(isinstance(item, dict | list) for item in items)
            else [{"value": item} for item in items]
        )
    entries = [
        {section.shorthand: item} if section.shorthand and isinstance(item, str) else item for item in items
    ]
    return entries if all(isinstance(entry, dict) for entry in entries) else None


def _read(section: Section, value: Any) -> Part:
    entries = _entries(section, value)
    if entries is None or len(entries) > _MOST_ROWS:
        return Part(section, value, locked=True)
    return Part(section, value, rows=_rows(section, entries))


def _rows(section: Section, entries: Sequence[dict[str, Any]]) -> list[Row]:
    return [
        Row({part.name: _shown(part, look(entry, part.parts)) for part in section.fields}, source=index)
        for index, entry in enumerate(entries)
    ]


def _entry(section: Section, row: Row, before: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The entry that a row stands for: the one it was read from, with only what was changed changed."""
    source = before[row.source] if row.source is not None and row.source < len(before) else {}
    entry = copy.deepcopy(source)
    for part in section.fields:
        typed = row.values.get(part.name, "")
        if typed != _shown(part, look(source, part.parts)):
            value = (as_number(typed) if part.kind == "number" else typed) if typed.strip() else None
            put(entry, part.parts, value, beside=part.companions)
    if any(part.name == "familyName" for part in section.fields):
        _name_person(entry, source)
    if section.key == "rightsList":
        _follow_licence(entry, source)
    return entry


def _name_person(entry: dict[str, Any], source: Mapping[str, Any]) -> None:
    """A person's cited name is made of its parts while nobody wrote another one; a name nobody touched stays."""
    if all(entry.get(key) == source.get(key) for key in ("name", "familyName", "givenName")):
        return
    untouched = entry.get("name") == source.get("name")
    if not entry.get("name") or (untouched and source.get("name") == _cited(source)):
        cited = _cited(entry)
        if cited:
            entry["name"] = cited


def _follow_licence(rights: dict[str, Any], source: Mapping[str, Any]) -> None:
    """With another licence, the name and address of the one before go, where nobody wrote others."""
    if rights.get("rightsIdentifier") != source.get("rightsIdentifier"):
        for name in hooks.rules.restated(source):
            if rights.get(name) == source.get(name):
                del rights[name]


def _cited(person: Mapping[str, Any]) -> str:
    parts = (as_text(person.get("familyName")), as_text(person.get("givenName")))
    return ", ".join(part for part in parts if part.strip())


class Editor:
    """All sections of one record, as they stand or as they were typed."""

    def __init__(self, metadata: Mapping[str, Any], parts: list[Part]) -> None:
        self.metadata = metadata
        self.parts = parts
        self._lock_what_is_too_long()

    @classmethod
    def read(cls, metadata: Mapping[str, Any]) -> Self:
        """The record as it stands, with a blank row where there is none."""
        editor = cls(metadata, [_read(section, metadata.get(section.key)) for section in SECTIONS])
        for part in editor.parts:
            if not part.rows and not part.locked:
                part.rows.append(_blank(part.section))
        return editor

    @classmethod
    def bind(cls, metadata: Mapping[str, Any], data: Mapping[str, str]) -> Self:
        """The record with what was typed. Sections that did not come with the request stay as they are."""
        editor = cls.read(metadata)
        for part in editor.parts:
            count = data.get(f"{part.section.key}.rows", "")
            if not part.locked and count.isdecimal() and len(count) < 5:
                part.rows = [
                    _typed(part.section, index, data) for index in range(min(int(count), _MOST_ROWS))
                ]
        return editor

    def part(self, key: str) -> Part | None:
        return next((part for part in self.parts if part.section.key == key and not part.locked), None)

    def add(self, key: str) -> None:
        """One more blank row; nothing for a section that is locked, full or unknown."""
        part = self.part(key)
        if part is not None and len(part.rows) < _MOST_ROWS and (part.section.many or not part.rows):
            part.rows.append(_blank(part.section))
            part.touched, part.focus = True, len(part.rows) - 1

    def remove(self, key: str, index: int) -> None:
        part = self.part(key)
        if part is not None and 0 <= index < len(part.rows):
            del part.rows[index]
            if not part.rows:
                part.rows.append(_blank(part.section))
            part.touched, part.focus = True, min(index, len(part.rows) - 1)

    def move_up(self, key: str, index: int) -> None:
        part = self.part(key)
        if part is not None and 1 <= index < len(part.rows):
            part.rows[index - 1 : index + 1] = [part.rows[index], part.rows[index - 1]]
            part.touched, part.focus = True, index - 1

    def point_out(self, problems: Mapping[str, Sequence[str]]) -> None:
        """Show each sentence where it is mended; ``problems`` by input, entry or section."""
        for part in self.parts:
            key = part.section.key
            part.problems = {
                place: " ".join(said)
                for place, said in problems.items()
                if place == key or place.startswith((f"{key}.", f"{key}-"))
            }

    def copy_from(self, key: str, metadata: Mapping[str, Any]) -> None:
        """Fill a section with what another record says there."""
        part = self.part(key)
        if part is not None:
            rows = _read(part.section, metadata.get(key)).rows
            part.rows = [Row(row.values) for row in rows] or part.rows

    def rematch(self) -> None:
        """After somebody else's save: a row belongs to the entry that reads the same, or to none, never to another's."""
        for part in self.parts:
            now = [row.values for row in _read(part.section, part.original).rows]
            for row in part.rows:
                row.source = now.index(row.values) if row.values in now else None

    def result(self) -> dict[str, Any]:
        """The record to save: what the form does not know is in it unchanged, in its old order."""
        record = dict(self.metadata)
        for part in self.parts:
            value = part.value()
            if value is None and not (part.section.key in record and part.original is None):
                record.pop(part.section.key, None)
            elif value is not None:
                record[part.section.key] = value
        return record

    def kept(self) -> list[str]:
        """Properties of the record that the form does not show."""
        shown = {part.section.key for part in self.parts if not part.locked}
        return [name for name in self.metadata if name not in shown]

    def _lock_what_is_too_long(self) -> None:
        """The longest sections go first until the rest fits into one request."""

        def size(part: Part) -> int:
            return 0 if part.locked else (len(part.rows) + 1) * (len(part.section.fields) + 1) + 1

        while sum(map(size, self.parts)) > _MOST_INPUTS:
            longest = max(self.parts, key=size)
            longest.locked, longest.rows = True, []


def _blank(section: Section) -> Row:
    return Row({each.name: each.initial for each in section.fields if each.initial})


def _typed(section: Section, index: int, data: Mapping[str, str]) -> Row:
    start = f"{section.key}.{index}."
    source = data.get(start + "source", "")
    values = {part.name: _clean(part, data.get(start + part.name, "")) for part in section.fields}
    return Row(values, source=int(source) if source.isdecimal() and len(source) < 5 else None)


def _clean(part: Field, text: str) -> str:
    """Browsers send line ends as CR LF, and a one-line input has none; no database keeps a NUL."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return plain if part.kind == "area" else plain.replace("\n", " ")


def _shown(part: Field, value: Any) -> str:
    """A stored value as it comes back from the form when nobody touches it."""
    return _clean(part, as_text(value))
