"""What was written stays as it was written, or it is noticed."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from doi import chain, tasks
from doi.models import DoiEvent, HistorySeal
from organizations.models import Organization
from tests.datasets import make

pytestmark = pytest.mark.django_db(transaction=True)
NOW = make.NOW


@pytest.fixture
def hydro() -> Organization:
    return make.organization()


def write(count: int, organization: Organization | None, *, event: str = "configured") -> list[DoiEvent]:
    lines = [
        DoiEvent(
            at=NOW + timedelta(seconds=number), organization=organization, event=event, detail={"n": number}
        )
        for number in range(count)
    ]
    return DoiEvent.objects.bulk_create(lines)


@contextmanager
def by_force() -> Iterator[None]:
    """What somebody does who may change tables: the triggers are away meanwhile."""
    tables = ("doi_doievent", "doi_historyseal")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'doi_%'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _name, sql in triggers:
            cursor.execute(sql)


def test_what_nobody_touched_is_in_order(hydro: Organization) -> None:
    other = make.organization("geo")
    for organization in (hydro, other, None, hydro):
        write(3, organization)
        assert not chain.seal(now=NOW)
    write(2, other)

    verdict = chain.verify()

    assert (verdict.faults, verdict.lines, verdict.unsealed) == ([], 14, 2)
    assert {head.chain: head.number for head in verdict.heads.values()} == {
        f"organization:{hydro.pk}": 2,
        f"organization:{other.pk}": 1,
        "deployment": 1,
    }


def test_sealing_goes_in_slices_and_ends(hydro: Organization) -> None:
    write(7, hydro)

    assert [chain.seal(now=NOW, limit=3) for _ in range(3)] == [True, True, False]
    assert list(HistorySeal.objects.order_by("number").values_list("lines", flat=True)) == [3, 3, 1]
    assert not chain.seal(now=NOW, limit=3)
    assert HistorySeal.objects.count() == 3


def alter(lines: list[DoiEvent]) -> None:
    DoiEvent.objects.filter(pk=lines[4].pk).update(actor="user:7")


def alter_detail(lines: list[DoiEvent]) -> None:
    DoiEvent.objects.filter(pk=lines[4].pk).update(detail={"n": 400})


def move_in_time(lines: list[DoiEvent]) -> None:
    DoiEvent.objects.filter(pk=lines[4].pk).update(at=timezone.now())


def remove(lines: list[DoiEvent]) -> None:
    DoiEvent.objects.filter(pk=lines[4].pk).delete()


def remove_the_last_of_a_slice(lines: list[DoiEvent]) -> None:
    DoiEvent.objects.filter(pk=lines[5].pk).delete()


def exchange(lines: list[DoiEvent]) -> None:
    """Two lines change places: each has the other's content."""
    first, second = lines[3], lines[4]
    first.pk, second.pk = second.pk, first.pk
    first.save(force_update=True)
    second.save(force_update=True)


def give_away(lines: list[DoiEvent]) -> None:
    DoiEvent.objects.filter(pk=lines[4].pk).update(organization=make.organization("geo"))


def put_in(lines: list[DoiEvent]) -> None:
    """In the place of a line of another organization, so that the number is free."""
    free = DoiEvent.objects.get(organization=None)
    line = lines[4]
    line.pk = free.pk
    free.delete()
    line.save(force_insert=True)


def remove_a_seal(_lines: list[DoiEvent]) -> None:
    HistorySeal.objects.filter(number=2).delete()


def alter_a_seal(_lines: list[DoiEvent]) -> None:
    HistorySeal.objects.filter(number=2).update(digest="f" * 64)


TAMPERING = {
    alter: "lines 4 to 6: altered, or in another order",
    alter_detail: "lines 4 to 6: altered, or in another order",
    move_in_time: "lines 4 to 6: altered, or in another order",
    remove: "lines 4 to 6: 1 missing",
    remove_the_last_of_a_slice: "lines 4 to 6: 1 missing",
    exchange: "lines 4 to 6: altered, or in another order",
    give_away: "lines 4 to 6: 1 missing",
    put_in: "lines 11 to 13: 1 put in afterwards",
    remove_a_seal: "the seals 2 to 2 are missing",
    alter_a_seal: "lines 4 to 6: altered, or in another order",
}


@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda tamper: tamper.__name__)
def test_what_was_tampered_with_is_found_where_it_is(hydro: Organization, tamper: Any) -> None:
    lines = write(9, hydro)
    for _ in range(3):
        chain.seal(now=NOW, limit=3)
    write(1, None)
    lines += write(3, hydro)
    chain.seal(now=NOW)
    first = lines[0].pk

    with by_force():
        tamper(lines)
    faults = chain.verify().faults

    # A chain's lines are numbered by the whole deployment: the expected numbers count from the first.
    expected = shifted(TAMPERING[tamper], by=first - 1)
    assert any(expected in fault for fault in faults), faults
    assert len(faults) <= 2


def shifted(text: str, *, by: int) -> str:
    if "lines" not in text:
        return text
    words = text.split(" ")
    words[1] = str(int(words[1]) + by)
    words[3] = f"{int(words[3].rstrip(':')) + by}:"
    return " ".join(words)


def test_a_chain_made_anew_does_not_end_as_the_one_kept_elsewhere(hydro: Organization) -> None:
    lines = write(3, hydro)
    chain.seal(now=NOW)
    kept = list(chain.verify().heads.values())
    with by_force():
        DoiEvent.objects.filter(pk=lines[0].pk).update(actor="nobody")
        HistorySeal.objects.all().delete()
        chain.seal(now=NOW)

    assert chain.verify().faults == []
    assert chain.verify(kept).faults == [
        f"Seal 1 of organization:{hydro.pk} is not the one that was kept elsewhere."
    ]


def test_a_chain_that_was_cut_off_is_missed(hydro: Organization) -> None:
    for _ in range(2):
        write(3, hydro)
        chain.seal(now=NOW)
    kept = list(chain.verify().heads.values())
    with by_force():
        last = HistorySeal.objects.get(number=2)
        DoiEvent.objects.filter(pk__gte=last.first_event_id).delete()
        last.delete()

    assert chain.verify().faults == []
    assert len(chain.verify(kept).faults) == 1


def test_two_sweeps_at_once_seal_each_line_once(hydro: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    write(3, hydro)
    sealing = chain._seals

    def overtaken(*arguments: Any, **more: Any) -> Any:
        monkeypatch.setattr(chain, "_seals", sealing)
        seals = list(sealing(*arguments, **more))
        HistorySeal.objects.bulk_create(list(sealing(*arguments, **more)))
        return seals

    monkeypatch.setattr(chain, "_seals", overtaken)

    assert not chain.seal(now=NOW)
    assert HistorySeal.objects.count() == 0
    chain.seal(now=NOW)
    assert chain.verify().faults == []


@pytest.mark.parametrize(
    "change",
    [lambda seals: seals.update(digest="f" * 64), lambda seals: seals.delete()],
    ids=["update", "delete"],
)
def test_the_database_refuses_to_change_a_seal(hydro: Organization, change: Any) -> None:
    write(1, hydro)
    chain.seal(now=NOW)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change(HistorySeal.objects.all())


def test_the_sweep_seals_all_there_is(hydro: Organization) -> None:
    write(5, hydro)

    tasks.seal_history()

    assert chain.verify().unsealed == 0


def verified(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("verify_history", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_the_command_writes_the_ends_and_later_compares_them(hydro: Organization, tmp_path: Path) -> None:
    lines = write(3, hydro)
    chain.seal(now=NOW)

    code, out, err = verified()
    kept = tmp_path / "anchors.jsonl"
    kept.write_text(out)

    assert (code, json.loads(out)["chain"]) == (0, f"organization:{hydro.pk}")
    assert err == "3 lines are as they were written; 0 of them are not sealed yet.\n"
    assert verified("--anchors", str(kept))[0] == 0
    with by_force():
        DoiEvent.objects.filter(pk=lines[0].pk).update(actor="nobody")
    code, _out, err = verified("--anchors", str(kept))
    assert (code, len(err.splitlines())) == (1, 1)
    assert "altered, or in another order" in err


@pytest.mark.parametrize("content", ["{", '{"chain": "deployment"}', "[]"])
def test_the_command_says_what_is_no_file_of_ends(db: None, tmp_path: Path, content: str) -> None:
    kept = tmp_path / "anchors.jsonl"
    kept.write_text(content)

    code, _out, err = verified("--anchors", str(kept))

    assert (code, len(err.splitlines())) == (2, 1)
