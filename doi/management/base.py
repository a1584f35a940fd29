"""What the product's commands have in common: one line per error on stderr; exit 1 refused, 2 wrong call."""

import sys
from typing import Any, NoReturn, override

from django.core.management.base import BaseCommand, CommandError, CommandParser

from datasets.services import By
from doi import clock

REFUSED = 1
WRONG_CALL = 2


class OneLineParser(CommandParser):
    """Says what is wrong with a call in one line, without the usage above it."""

    @override
    def error(self, message: str) -> NoReturn:
        if self.called_from_command_line:
            self.exit(WRONG_CALL, f"{self.prog}: {message}\n")
        raise CommandError(message, returncode=WRONG_CALL)


class Command(BaseCommand):
    requires_migrations_checks = False

    @override
    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        # Django builds its own class and offers no place to name another.
        parser.__class__ = OneLineParser
        return parser

    def by(self, cause: str, actor: str = "command") -> By:
        return By(actor=actor, cause=cause, now=clock.now())

    def refuse(self, sentence: object) -> NoReturn:
        """End with exit 1 and one line."""
        self.complain(sentence)
        sys.exit(REFUSED)

    def wrong_call(self, sentence: object) -> NoReturn:
        """End with exit 2 and one line."""
        self.complain(sentence)
        sys.exit(WRONG_CALL)

    def complain(self, sentence: object) -> None:
        self.stderr.write(" ".join(str(sentence).split()))
