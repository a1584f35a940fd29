"""Calls the product's commands in this process, as a shell would: exit code, and what they wrote."""

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command


@dataclass(frozen=True, slots=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return self.err.splitlines()


def run(name: str, *arguments: object, stdin: str | None = None) -> Result:
    """Run one command. `stdin` is what stands on standard input."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        if stdin is not None:
            patch.setattr(sys, "stdin", io.StringIO(stdin))
        try:
            call_command(name, *map(str, arguments), stdout=out, stderr=err, no_color=True)
        except SystemExit as ended:
            return Result(int(ended.code or 0), out.getvalue(), err.getvalue())
        except CommandError as error:
            return Result(error.returncode, out.getvalue(), err.getvalue() + f"{error}\n")
    return Result(0, out.getvalue(), err.getvalue())


def rows(*arguments: object) -> list[dict[str, Any]]:
    """What `export_dois` writes."""
    result = run("export_dois", "--format", "jsonl", *arguments)
    assert result.code == 0, result.err
    return [json.loads(line) for line in result.out.splitlines()]


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of the product's own tables: two calls are equal when nothing has changed."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for app in ("organizations", "datasets", "doi")
        for model in apps.get_app_config(app).get_models()
    }


def catalogue(path: Path, *lines: Any) -> Path:
    """Write a catalogue; a line that is no text is written as JSON."""
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("".join(f"{text}\n" for text in texts))
    return path
