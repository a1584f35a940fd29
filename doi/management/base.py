"""What the product's commands have in common: one line per error on stderr; exit 1 refused, 2 wrong call."""

import sys
from typing import Any, NoReturn, override

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, OperationalError, ProgrammingError

from datasets.services import By
from doi import clock

REFUSED = 1
WRONG_CALL = 2

# PostgreSQL's codes (Appendix A): undefined_table, undefined_column; and the classes of connections and logins.
NO_TABLE, NO_COLUMN = "42P01", "42703"
OUT_OF_REACH = ("08", "28", "3D", "53300", "57P")


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

    @override
    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except (OperationalError, ProgrammingError) as error:
            self.refuse_without_database(error)
            raise

    def by(self, cause: str, actor: str = "command") -> By:
        return By(actor=actor, cause=cause, now=clock.now())

    def refuse_without_database(self, error: DatabaseError) -> None:
        """End with exit 1 and one line where `error` says that there is no database to work in; else do nothing."""
        sentence = database_missing(error)
        if sentence:
            self.refuse(sentence)

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


def database_missing(error: DatabaseError) -> str:
    """What an operator has to do first: the tables are missing, or the database is out of reach. Else the empty text."""
    words = str(error).partition("\n")[0].strip()
    code = getattr(error.__cause__, "sqlstate", None)
    if code == NO_TABLE or words.startswith("no such table"):
        return "The database has no tables yet; run `manage.py migrate`."
    if code == NO_COLUMN or words.startswith("no such column"):
        return "The database's tables are older than this program; run `manage.py migrate`."
    if _is_out_of_reach(error, code, words):
        return f"The database cannot be reached: {words.removesuffix('.')}."
    return ""


def _is_out_of_reach(error: DatabaseError, code: str | None, words: str) -> bool:
    if not isinstance(error, OperationalError):
        return False
    if hasattr(error.__cause__, "sqlstate"):
        # A connection that was never made, or is gone, has no code from the server.
        return code is None or code.startswith(OUT_OF_REACH)
    return words.startswith("unable to open database file")
