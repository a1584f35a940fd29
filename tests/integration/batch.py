"""
Runs several of the product's commands in one process: a start costs more than the command.

Standard input is a JSON list of argument lists. An argument list that ends in ``{"stdin": "…"}`` gives the command that
line. Ends with the first exit code that is not 0, after all have run.
"""

import io
import json
import os
import sys
from typing import Any

import django
from django.core.management import call_command


def main(commands: list[list[Any]]) -> int:
    codes = [_run(command) for command in commands]
    return next((code for code in codes if code), 0)


def _run(command: list[Any]) -> int:
    given = command.pop()["stdin"] if isinstance(command[-1], dict) else ""
    sys.stdin = io.StringIO(given)
    try:
        call_command(*command)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redivis_doi.settings")
    django.setup()
    sys.exit(main(json.load(sys.stdin)))
