"""What holds for every command of the product: help for each option, and one line where there is no database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.db import OperationalError, ProgrammingError

from doi.management.base import database_missing
from tests.support.sandbox import ROOT

OURS = sorted(name for name, app in get_commands().items() if app == "doi")
CALLS = {
    "back_issue": ["--organization", "x"],
    "configure_doi": ["--organization", "x", "--inherit"],
    "export_dois": ["--format", "jsonl"],
    "export_history": ["--format", "jsonl"],
    "import_catalog": ["-"],
    "promotions": ["status"],
    "rotate_encryption_keys": [],
    "run_engine": ["--until-idle"],
    "verify_dois": [],
    "verify_history": [],
}
RING = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
LINE = '{"type": "organization", "slug": "x", "name": "X"}\n'
NO_TABLES = "The database has no tables yet; run `manage.py migrate`.\n"


def call(name: str, database: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", name, *CALLS[name]],
        env={**os.environ, "DATABASE_URL": database, "DOI_ENCRYPTION_KEYS": RING},
        input=LINE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )


@pytest.mark.parametrize("name", OURS)
def test_every_option_has_a_word_of_help(name: str) -> None:
    parser = load_command_class("doi", name).create_parser("manage.py", name)

    assert [action.dest for action in parser._actions if not action.help] == []


def test_the_calls_below_are_of_all_commands_that_need_a_database() -> None:
    assert {*CALLS, "registry_sandbox"} == {*OURS}


@pytest.mark.integration
@pytest.mark.parametrize("name", CALLS)
def test_a_database_without_tables_is_one_line_and_exit_1(tmp_path: Path, name: str) -> None:
    done = call(name, f"sqlite:///{tmp_path}/new.sqlite3")

    assert (done.returncode, done.stdout, done.stderr) == (1, "", NO_TABLES)


@pytest.mark.integration
@pytest.mark.parametrize("name", ["export_dois", "run_engine"])
@pytest.mark.parametrize(
    "database",
    ["sqlite:////no/such/folder/db.sqlite3", "postgresql://redivis:canary@127.0.0.1:1/redivis"],
    ids=["sqlite", "postgresql"],
)
def test_a_database_out_of_reach_is_one_line_and_exit_1(name: str, database: str) -> None:
    done = call(name, database)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The database cannot be reached: ")
    assert done.stderr.count("\n") == 1
    assert "canary" not in done.stderr


class ServerError(Exception):
    """As psycopg has them: the server's code, or None where no server answered."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__()
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        (ProgrammingError, "42P01", "no tables yet"),
        (ProgrammingError, "42703", "older than this program"),
        (OperationalError, "57P03", "cannot be reached: the words."),
        (OperationalError, None, "cannot be reached: the words."),
        (OperationalError, "40001", ""),
        (ProgrammingError, "42601", ""),
    ],
)
def test_only_a_missing_database_is_said_and_not_what_is_a_fault_of_ours(
    kind: type[OperationalError | ProgrammingError], code: str | None, words: str
) -> None:
    error = kind("the words\nmore words")
    error.__cause__ = ServerError(code)

    assert words in database_missing(error)
    assert bool(database_missing(error)) is bool(words)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("no such table: doi_doi", "no tables yet"),
        ("no such column: doi_doi.lane", "older than this program"),
        ("unable to open database file", "cannot be reached"),
        ("database is locked", ""),
    ],
)
def test_sqlite_says_it_in_words(message: str, words: str) -> None:
    assert words in database_missing(OperationalError(message))
    assert bool(database_missing(OperationalError(message))) is bool(words)
