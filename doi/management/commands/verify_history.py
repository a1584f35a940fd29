import json
import sys
from pathlib import Path
from typing import Any, override

from django.core.management.base import CommandParser

from doi import chain
from doi.chain import Head
from doi.management import base


class Command(base.Command):
    help = (
        "Look for lines of the history that were altered, removed, put in or put elsewhere since they were sealed. Writes "
        "the end of each organization's chain as JSON Lines; kept elsewhere, they show later that no chain was made anew."
    )
    requires_system_checks = []

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchors", metavar="FILE", type=Path, help="what an earlier call wrote")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        verdict = chain.verify(self._anchors(options["anchors"]))
        for head in verdict.heads.values():
            self.stdout.write(json.dumps({"chain": head.chain, "number": head.number, "digest": head.digest}))
        for fault in verdict.faults:
            self.complain(fault)
        if verdict.faults:
            sys.exit(base.REFUSED)
        self.stderr.write(
            f"{verdict.lines} lines are as they were written; {verdict.unsealed} of them are not sealed yet."
        )

    def _anchors(self, path: Path | None) -> list[Head]:
        if path is None:
            return []
        try:
            return [Head(**json.loads(line)) for line in path.read_text().splitlines() if line.strip()]
        except (OSError, ValueError, TypeError) as error:
            self.wrong_call(f"{path} does not hold what an earlier call wrote: {error}")
