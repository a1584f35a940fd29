"""What only a real PostgreSQL can show."""

import threading

import psycopg
import pytest
from django.db import DatabaseError, connection

from doi.models import DoiEvent

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def test_the_tests_run_on_a_postgresql_that_is_current_enough() -> None:
    assert connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert int(cursor.fetchone()[0]) >= 150000


def test_the_database_refuses_to_change_history() -> None:
    event = DoiEvent.objects.create(event="outcome")
    with pytest.raises(DatabaseError, match="append-only"):
        DoiEvent.objects.filter(pk=event.pk).update(event="attempt")
    assert DoiEvent.objects.get().event == "outcome"


def test_the_database_refuses_to_delete_history() -> None:
    event = DoiEvent.objects.create(event="outcome")
    with pytest.raises(DatabaseError, match="append-only"):
        DoiEvent.objects.filter(pk=event.pk).delete()
    assert DoiEvent.objects.count() == 1


def test_the_refusal_is_the_database_s_and_not_the_product_s(postgres_url: str) -> None:
    DoiEvent.objects.create(event="outcome")
    address = postgres_url.replace("postgres://", "postgresql://", 1)
    with (
        psycopg.connect(address) as outsider,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        outsider.execute("DELETE FROM doi_doievent")


def test_events_of_several_threads_have_different_numbers() -> None:
    def write() -> None:
        for _ in range(20):
            DoiEvent.objects.create(event="outcome")
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = list(DoiEvent.objects.values_list("pk", flat=True))
    assert len(numbers) == len(set(numbers)) == 80
