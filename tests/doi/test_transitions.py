"""The guarded write: what is ours is written, what is not is left, on SQLite and PostgreSQL alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.db.models import Field

from doi import transitions
from doi.errors import IllegalTransitionError
from doi.models import Doi
from doi.states import Event, State
from doi.transitions import Change, advance, write
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)

LATER = datetime(2030, 5, 17, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def rows(settings: Any) -> list[Doi]:
    settings.DOI_ENCRYPTION_KEYS = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
    place = make.configured()
    versions = [make.drafted(make.dataset(place, f"stage-{number}")) for number in range(3)]
    Doi.objects.update(next_attempt_at=None, lease_token=7)
    return [make.doi_of(version) for version in versions]


def change(doi: Doi, *, guarded: bool = False, **values: Any) -> Change:
    return Change(doi.pk, doi.lease_token, doi.revision, values, only_if_unchanged=guarded)


def test_advance_obeys_the_table() -> None:
    assert advance("planned", Event.DRAFT_CONFIRMED) is State.DRAFT
    with pytest.raises(IllegalTransitionError):
        advance("findable", Event.DRAFT_CONFIRMED)


def test_values_of_every_kind_come_back_as_they_were(rows: list[Doi]) -> None:
    values: dict[str, Any] = {
        "state": State.DRAFT,
        "draft_at": LATER,
        "permanent_after": LATER + timedelta(microseconds=1),
        "confirmed_public": True,
        "confirmed_generation": 2**40,
        "name": "10.70112/é-ü%'\"",
        "last_error": "",
        "attempts": 3,
        "known_at": None,
    }

    assert write([change(rows[0], **values)]) == {rows[0].pk}

    rows[0].refresh_from_db()
    assert {name: getattr(rows[0], name) for name in values} == values


def test_one_write_serves_rows_of_several_shapes(rows: list[Doi]) -> None:
    first, second, third = rows

    written = write(
        [
            change(first, attention="host", next_attempt_at=None),
            change(second, attention="taken", next_attempt_at=LATER),
            change(third, guarded=True, attempts=4),
        ]
    )

    assert written == {first.pk, second.pk, third.pk}
    assert list(Doi.objects.order_by("pk").values_list("attention", "next_attempt_at", "attempts")) == [
        ("host", None, 0),
        ("taken", LATER, 0),
        ("", None, 4),
    ]


def test_nothing_to_write_writes_nothing() -> None:
    assert write([]) == set()


def test_a_row_under_another_lease_is_left_alone(rows: list[Doi]) -> None:
    Doi.objects.filter(pk=rows[0].pk).update(lease_token=8)

    written = write([change(rows[0], attempts=9), change(rows[1], attempts=9)])

    assert written == {rows[1].pk}
    assert Doi.objects.get(pk=rows[0].pk).attempts == 0


def test_a_decision_on_an_older_wish_is_not_written(rows: list[Doi]) -> None:
    Doi.objects.filter(pk=rows[0].pk).update(revision=rows[0].revision + 1)

    assert write([change(rows[0], guarded=True, step="create")]) == set()

    assert Doi.objects.get(pk=rows[0].pk).step == ""


def test_a_fact_is_written_though_the_wish_is_newer_and_the_row_is_due_in_the_lane_of_that_wish(
    rows: list[Doi],
) -> None:
    Doi.objects.filter(pk=rows[0].pk).update(revision=rows[0].revision + 1, lane=0)

    written = write([change(each, attempts=1, next_attempt_at=LATER, lane=1) for each in rows[:2]])

    assert written == {rows[0].pk, rows[1].pk}
    wished, other = Doi.objects.filter(pk__in=written).order_by("pk")
    assert (wished.attempts, wished.next_attempt_at, wished.lane) == (1, wished.created_at, 0)
    assert (other.attempts, other.next_attempt_at, other.lane) == (1, LATER, 1)


def test_the_database_refuses_what_must_never_be(rows: list[Doi]) -> None:
    with pytest.raises(IntegrityError):
        write([change(rows[0], state=State.DRAFT, draft_at=None, permanent_after=None)])
    with pytest.raises(IntegrityError):
        write([change(rows[1], state=State.FINDABLE, permanent_at=None)])
    with pytest.raises(IntegrityError):
        write([change(rows[2], name=rows[1].name)])


def test_postgresql_is_told_the_types_that_it_cannot_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(connections["default"]), "vendor", "postgresql")

    for name in ("attempts", "next_attempt_at", "attention"):
        column = Doi._meta.get_field(name)
        assert isinstance(column, Field)
        assert transitions._placeholder(column) == f"%s::{column.db_type(connection)}"
    key = Doi._meta.pk
    assert key is not None
    assert transitions._placeholder(key) == f"%s::{key.rel_db_type(connection)}"
    monkeypatch.setattr(type(connections["default"]), "vendor", "sqlite")
    assert transitions._placeholder(key) == "%s"


def test_fifty_rows_are_one_statement(rows: list[Doi], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        write([change(each, next_attempt_at=LATER) for each in rows])
