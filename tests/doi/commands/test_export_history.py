"""The history leaves as it happened, line by line."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from doi.models import DoiEvent
from tests.datasets import make

FIELDS = [
    "seq",
    "at",
    "organization",
    "dataset",
    "version",
    "doi",
    "account",
    "actor",
    "cause",
    "request_id",
    "step",
    "attempt",
    "event",
    "from_state",
    "to_state",
    "outcome",
    "detail",
]


def exported(*arguments: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("export_history", "--format", "jsonl", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_attempt_and_its_outcome_are_two_lines(db: None) -> None:
    hydro = make.organization()
    common: dict[str, Any] = {
        "at": make.NOW,
        "organization": hydro,
        "dataset": "river",
        "version": "1.0",
        "doi_name": "10.1234/abcd-ef89",
        "account": "datacite:EXAMPLE.REPO:10.1234",
        "cause": "release",
        "step": "create",
        "attempt": 1,
    }
    first = DoiEvent.objects.create(event="attempt", from_state="planned", **common)
    second = DoiEvent.objects.create(
        event="outcome",
        from_state="planned",
        to_state="draft",
        outcome="done",
        detail={"status": 201},
        **common,
    )
    rows = exported()
    assert [list(row) for row in rows] == [FIELDS, FIELDS]
    assert rows[0] == {
        "seq": first.pk,
        "at": "2026-03-01T12:00:00.000000Z",
        "organization": "hydro",
        "dataset": "river",
        "version": "1.0",
        "doi": "10.1234/abcd-ef89",
        "account": "datacite:EXAMPLE.REPO:10.1234",
        "actor": None,
        "cause": "release",
        "request_id": None,
        "step": "create",
        "attempt": 1,
        "event": "attempt",
        "from_state": "planned",
        "to_state": None,
        "outcome": None,
        "detail": {},
    }
    assert (rows[1]["seq"], rows[1]["to_state"], rows[1]["detail"]) == (second.pk, "draft", {"status": 201})


def test_an_institutions_change_has_no_organization(db: None) -> None:
    DoiEvent.objects.create(event="configured", actor="user:1", detail={"institution": "consortium"})
    (row,) = exported()
    assert (row["organization"], row["attempt"]) == (None, None)
    assert row["detail"] == {"institution": "consortium"}


def test_one_organizations_history_is_its_own(db: None) -> None:
    hydro, air = make.organization(), make.organization("air")
    for organization in (hydro, air, None):
        DoiEvent.objects.create(event="configured", organization=organization)
    assert [row["organization"] for row in exported("--organization", "air")] == ["air"]
    assert len(exported()) == 3


def test_a_line_separator_in_a_text_does_not_break_the_line(db: None) -> None:
    DoiEvent.objects.create(event="configured", detail={"name": "one\u2028two\x85three\nfour"})
    (row,) = exported()
    assert row["detail"] == {"name": "one\u2028two\x85three\nfour"}


def test_the_history_is_written_as_json_lines_only(db: None) -> None:
    with pytest.raises(CommandError, match="csv") as caught:
        call_command("export_history", "--format", "csv")
    assert caught.value.returncode == 2
