"""What only a real PostgreSQL can show."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from doi import bucket, chain, claims, clock
from doi.models import Doi, DoiEvent, HistorySeal
from doi.services import issuance
from tests.factories import doi as make

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


def in_threads[Result](work: Callable[[], Result], *, threads: int = 4) -> list[Result]:
    """Run the same work at once in several threads, each with a connection of its own."""
    begin = threading.Barrier(threads)

    def one(_: int) -> Result:
        begin.wait(10)
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


def twenty_due() -> int:
    """Twenty planned DOIs that are due; returns their account."""
    place = make.configured(default_on=False)
    of = make.dataset(place)
    for number in range(1, 21):
        make.version(of, f"{number}.0")
    issuance.switch_on(of, by=make.by())
    return make.account_of(place).pk


def test_claims_made_at_once_share_no_row() -> None:
    account = twenty_due()
    now = clock.now()
    shares = in_threads(lambda: claims.claim(account, limit=8, now=now))
    taken = [pk for share in shares for pk in share]
    assert len(taken) == len(set(taken))
    # A claim skips what another holds, so a share may be small; what is left is there for the next.
    taken += claims.claim(account, limit=20, now=now)
    assert sorted(taken) == sorted(Doi.objects.values_list("pk", flat=True))


def test_a_claim_does_not_wait_for_a_row_that_somebody_holds() -> None:
    account = twenty_due()
    first = Doi.objects.earliest("pk")
    with transaction.atomic():
        Doi.objects.select_for_update().get(pk=first.pk)
        [others] = in_threads(lambda: claims.claim(account, limit=20, now=clock.now()), threads=1)
    assert len(others) == 19
    assert first.pk not in others


def test_one_drain_holds_an_account() -> None:
    account = twenty_due()
    now = clock.now()
    holds = in_threads(lambda: claims.hold(account, now=now))
    assert sum(token is not None for token in holds) == 1


def test_a_budget_gives_no_more_than_it_has() -> None:
    now = clock.now()
    bucket.take("host:test", 0, rate=0.001, burst=20, now=now)
    grants = in_threads(lambda: bucket.take("host:test", 7, rate=0.001, burst=20, now=now))
    assert sum(grants) == 20


def test_one_name_is_one_doi_within_an_environment() -> None:
    doi = make.doi_of(make.drafted(make.dataset(make.configured())))
    with pytest.raises(IntegrityError, match="doi_name_once_per_environment"):
        Doi.objects.create(
            organization=doi.organization,
            landing_id=uuid.uuid4(),
            environment=doi.environment,
            name=doi.name,
            account=doi.account,
        )


def test_a_draft_without_a_due_time_cannot_be() -> None:
    doi = make.doi_of(make.drafted(make.dataset(make.configured())))
    with pytest.raises(IntegrityError, match="draft_has_due_time"):
        Doi.objects.filter(pk=doi.pk).update(state="draft")


def test_history_is_not_sealed_over_a_line_that_is_still_being_written(postgres_url: str) -> None:
    """Its id is lower than a later line's: sealed over, it would look as if it had been put in afterwards."""
    address = postgres_url.replace("postgres://", "postgresql://", 1)
    with psycopg.connect(address) as slow:
        slow.execute(
            "INSERT INTO doi_doievent (at, doi_name, dataset, version, account, actor, cause, request_id, step, event,"
            " from_state, to_state, outcome, detail)"
            " VALUES (now(), '', '', '', '', '', '', '', '', 'slow', '', '', '', '{}')"
        )
        DoiEvent.objects.create(event="quick")

        assert not chain.seal(now=clock.now())
        assert HistorySeal.objects.count() == 0
        slow.commit()

    chain.seal(now=clock.now())
    assert HistorySeal.objects.get().lines == 2
    assert chain.verify().faults == []
