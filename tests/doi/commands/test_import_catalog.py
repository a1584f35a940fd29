"""`import_catalog` as a shell meets it: files, bytes, exit codes."""

import io
import sys
from pathlib import Path

import pytest

from organizations.models import Organization
from tests.support.commands import Result, catalogue, everything, run

pytestmark = pytest.mark.django_db(transaction=True)

ORGANIZATION = '{"type":"organization","slug":"river-lab","name":"Universität für Flüsse"}'


def imported(path: Path, data: bytes) -> Result:
    path.write_bytes(data)
    return run("import_catalog", path)


def test_blank_lines_and_a_byte_order_mark_are_no_lines(tmp_path: Path) -> None:
    result = imported(tmp_path / "c", b"\xef\xbb\xbf" + ORGANIZATION.encode() + b"\r\n\n  \n")

    assert (result.code, result.out, result.err) == (0, "1 line imported, 0 bad\n", "")
    assert Organization.objects.get().name == "Universität für Flüsse"


def test_a_line_that_is_not_utf_8_is_named_by_its_number(tmp_path: Path) -> None:
    result = imported(tmp_path / "c", b"\n" + ORGANIZATION.encode("latin-1") + b"\n" + ORGANIZATION.encode())

    assert (result.code, result.err) == (1, "line 2: This line is not UTF-8.\n")
    assert Organization.objects.count() == 1


def test_every_bad_line_is_one_line_on_stderr(tmp_path: Path) -> None:
    result = run("import_catalog", catalogue(tmp_path / "c", "x", ORGANIZATION, "[]", '{"type":"?"}'))

    assert (result.code, result.out) == (1, "1 line imported, 3 bad\n")
    assert [line.partition(":")[0] for line in result.errors] == ["line 1", "line 3", "line 4"]


def test_standard_input_is_a_catalogue_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ORGANIZATION.encode())))

    assert run("import_catalog", "-").out == "1 line imported, 0 bad\n"


@pytest.mark.parametrize("what", ["missing", "a folder"])
def test_a_file_that_cannot_be_read_is_a_wrong_call(tmp_path: Path, what: str) -> None:
    before = everything()

    result = run("import_catalog", tmp_path if what == "a folder" else tmp_path / "none")

    assert (result.code, len(result.errors)) == (2, 1)
    assert "cannot be read" in result.err
    assert everything() == before


def test_no_file_is_a_wrong_call() -> None:
    result = run("import_catalog")

    assert (result.code, len(result.errors)) == (2, 1)


def test_a_fault_at_the_end_of_a_line_is_in_that_line(tmp_path: Path) -> None:
    result = imported(tmp_path / "c", ORGANIZATION.encode() + b'\n{"type":"dataset"\r\n')

    assert result.errors == ["line 2: This is not JSON: Expecting ',' delimiter at character 18."]
