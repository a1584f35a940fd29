"""`manage.py import_catalog FILE`: JSON Lines, an idempotent upsert by slug."""

import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

from datasets.services import RefusedError
from doi.catalogue import BadLineError, import_line
from doi.errors import DoiError
from doi.management import base
from organizations import services as organizations_services


class Command(base.Command):
    help = "Import institutions, organizations, members and datasets from JSON Lines. A bad line leaves the others alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the catalogue; - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        imported = bad = 0
        by = self.by("import", actor="catalogue")
        with self._open(options["file"]) as lines:
            for number, raw in enumerate(lines, start=1):
                if not raw.strip():
                    continue
                try:
                    # Some editors begin a file with a byte order mark.
                    import_line(raw.decode("utf-8-sig" if number == 1 else "utf-8"), by=by)
                    imported += 1
                except UnicodeDecodeError:
                    bad += self._bad(number, "This line is not UTF-8.")
                except (BadLineError, RefusedError, organizations_services.RefusedError, DoiError) as error:
                    bad += self._bad(number, error)
        self.stdout.write(f"{imported} {'line' if imported == 1 else 'lines'} imported, {bad} bad")
        if bad:
            sys.exit(base.REFUSED)

    def _bad(self, number: int, sentence: object) -> int:
        self.complain(f"line {number}: {sentence}")
        return 1

    def _open(self, name: str) -> Any:
        if name == "-":
            stream: IO[bytes] = sys.stdin.buffer
            return nullcontext(stream)
        try:
            return Path(name).open("rb")
        except OSError as error:
            self.wrong_call(f"{name} cannot be read: {error.strerror}")
