"""What the export commands share: one line per error, lines out as they are read, cells safe in a spreadsheet."""

import csv
import json
import os
import sys
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, override

from django.core.management.base import BaseCommand, CommandParser

from doi.management import base
from organizations.models import Organization

type Row = Mapping[str, Any]

# Rows are read this many at a time, so that an export of any size needs the same memory.
CHUNK = 1000
# A spreadsheet would run a cell that begins so as a formula (OWASP, "CSV Injection").
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class ExportCommand(base.Command):
    """Subclasses name ``formats`` and ``fields``, and yield the rows."""

    requires_system_checks = []
    formats: Sequence[str] = ("jsonl",)
    fields: Sequence[str] = ()

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", required=True, choices=self.formats, help="what is written")
        parser.add_argument("--organization", metavar="SLUG", help="only this organization's")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        rows = self.rows(self._organization(options["organization"]))
        try:
            self._write(rows, form=options["format"])
        except BrokenPipeError:
            # The reader has seen enough (`| head`); Python would complain once more when it closes the stream.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    @abstractmethod
    def rows(self, organization: Organization | None) -> Iterable[Row]:
        """The rows to write, each with all of ``fields``."""

    def _organization(self, slug: str | None) -> Organization | None:
        """The organization to limit the export to; ends with exit 1 where there is none of that name."""
        found = Organization.objects.filter(slug=slug).first() if slug is not None else None
        if slug is not None and found is None:
            self.refuse(f"There is no organization “{slug}”.")
        return found

    def _write(self, rows: Iterable[Row], *, form: str) -> None:
        if form == "jsonl":
            for row in rows:
                # ASCII only: some line separators of Unicode would else break a line in two for some readers.
                self.stdout.write(json.dumps({name: row[name] for name in self.fields}))
            return
        writer = csv.writer(_Lines(self))
        writer.writerow(self.fields)
        for row in rows:
            writer.writerow([cell(row[name]) for name in self.fields])


class _Lines:
    """Hands whole lines from the csv module to the command's own output, which ends them itself."""

    def __init__(self, command: BaseCommand) -> None:
        self.command = command

    def write(self, line: str) -> None:
        self.command.stdout.write(line.removesuffix("\r\n"))


def cell(value: Any) -> str:
    """A value as text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def iso(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, like ``2026-01-31T09:00:00.000000Z``."""
    return (
        at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        if at is not None
        else None
    )
