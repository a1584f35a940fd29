"""The request budgets: never more than the registry allows, shared by everybody, nothing kept back in vain."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TransactionTestCase

from doi import bucket
from doi.address import host_key
from doi.bucket import Purse, Wallet
from doi.models import Account, Budget, Lane, Login

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def take(wanted: int, *, after: float = 0.0, rate: float = 2.0, burst: float = 10.0) -> int:
    return bucket.take("host:test", wanted, rate=rate, burst=burst, now=NOW + timedelta(seconds=after))


def test_a_bucket_begins_full_and_fills_at_its_rate() -> None:
    assert take(7) == 7
    assert take(7) == 3
    assert take(7) == 0
    assert take(7, after=0.4) == 0
    assert take(7, after=1.0) == 2
    assert take(99, after=1000) == 10


def test_a_clock_that_goes_back_gives_nothing() -> None:
    assert take(10) == 10
    assert take(10, after=-3600) == 0
    assert take(10, after=0.5) == 1


def test_fractions_come_to_their_whole_numbers() -> None:
    assert take(10) == 10
    assert [take(1, after=step / 10, rate=1.0) for step in range(1, 11)] == [0] * 9 + [1]


def test_what_was_not_spent_goes_back_but_never_above_the_burst() -> None:
    take(8)
    bucket.put_back("host:test", 5, burst=10.0, now=NOW)
    assert take(99) == 7
    bucket.put_back("host:test", 50, burst=10.0, now=NOW)
    assert take(99) == 10
    bucket.put_back("host:unknown", 5, burst=10.0, now=NOW)
    assert not Budget.objects.filter(key="host:unknown").exists()


def test_what_was_sent_without_asking_is_owed() -> None:
    take(9)
    bucket.charge("host:test", 4)

    assert take(1) == 0
    assert take(1, after=1.4) == 0
    assert take(1, after=2.0) == 1


def test_a_pause_stops_everybody_and_a_shorter_one_does_not_shorten_it() -> None:
    bucket.pause("host:test", seconds=60, now=NOW)
    bucket.pause("host:test", seconds=5, now=NOW)
    bucket.put_back("host:test", 5, burst=10.0, now=NOW)

    assert bucket.paused_until("host:test", now=NOW) == NOW + timedelta(seconds=60)
    assert take(1, after=59) == 0
    assert take(1, after=60.4) == 0
    assert take(9, after=62) == 4
    assert bucket.paused_until("host:test", now=NOW + timedelta(seconds=62)) is None


def test_a_longer_pause_counts() -> None:
    take(1)
    bucket.pause("host:test", seconds=5, now=NOW)
    bucket.pause("host:test", seconds=60, now=NOW)

    assert bucket.paused_until("host:test", now=NOW) == NOW + timedelta(seconds=60)


class TestAnyFiveMinutes(TransactionTestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        budget=st.integers(6, 3000),
        steps=st.lists(
            st.tuples(st.floats(0, 40), st.integers(1, 30), st.integers(0, 3), st.floats(0, bucket.IN_HAND)),
            min_size=1,
            max_size=25,
        ),
    )
    def test_hold_no_more_than_the_budget(
        self, budget: int, steps: list[tuple[float, int, int, float]]
    ) -> None:
        Budget.objects.all().delete()
        burst = max(min(bucket.BURST, budget * bucket.BURST_SHARE), bucket.DEAREST)
        rate = (budget - burst) / (300 + bucket.IN_HAND)
        now, sent = NOW, []
        for wait, wanted, unused, late in steps:
            now += timedelta(seconds=wait)
            granted = bucket.take("host:test", wanted, rate=rate, burst=burst, now=now)
            back = min(unused, granted)
            bucket.put_back("host:test", back, burst=burst, now=now)
            sent.append((now + timedelta(seconds=late), granted - back))
        for start, _ in sent:
            window = [count for at, count in sent if start <= at < start + timedelta(seconds=300)]
            assert sum(window) <= budget


# --- a drain's wallet ---------------------------------------------------------------------------------------------


@pytest.fixture
def account(settings: Any) -> Account:
    login = Login(provider="datacite", environment="production", account_id="ORG.REPO")
    settings.REGISTRY_URLS = {("datacite", "production"): "https://api.example/v2"}
    settings.REQUESTS_PER_5_MINUTES = {("datacite", "production"): 1500}
    settings.BULK_REQUESTS_PER_SECOND = 1.5
    return Account(pk=7, login=login, prefix="10.70112")


def spent(wallet: Wallet, lane: int, now: datetime = NOW) -> int:
    """How many single requests can be paid for at one moment."""
    count = 0
    while wallet.spend(1, lane=lane, now=now):
        count += 1
    return count


def test_one_host_one_budget(account: Account) -> None:
    assert host_key("datacite", "production") == "host:api.example/v2"
    assert bucket.host_rate(account) == (1485 / 302, 15.0)


def test_even_the_smallest_budget_can_pay_for_the_dearest_step(account: Account, settings: Any) -> None:
    settings.REQUESTS_PER_5_MINUTES = {("datacite", "production"): 2}

    assert Wallet(account).spend(3, lane=Lane.INTERACTIVE, now=NOW)


def test_bulk_drafts_have_a_pace_of_their_own_and_leave_something_to_people(account: Account) -> None:
    wallet = Wallet(account)

    assert spent(wallet, Lane.BULK) == 7
    assert spent(wallet, Lane.INTERACTIVE) == 8
    assert spent(wallet, Lane.PERMANENCE) == 0


def test_all_accounts_bulk_together_stay_below_nine_tenths(account: Account, settings: Any) -> None:
    settings.BULK_REQUESTS_PER_SECOND = 1000.0

    wallet = Wallet(account)

    assert spent(wallet, Lane.BULK) == 13
    assert spent(wallet, Lane.INTERACTIVE) == 2


def test_a_step_is_paid_for_whole_or_not_at_all(account: Account) -> None:
    wallet = Wallet(account)
    assert wallet.spend(1, lane=Lane.INTERACTIVE, now=NOW)
    for _ in range(4):
        assert wallet.spend(3, lane=Lane.INTERACTIVE, now=NOW)

    assert not wallet.spend(3, lane=Lane.INTERACTIVE, now=NOW)
    assert wallet.spend(2, lane=Lane.INTERACTIVE, now=NOW)


def test_what_a_drain_did_not_spend_is_there_for_the_next(account: Account) -> None:
    wallet = Wallet(account)
    wallet.spend(1, lane=Lane.INTERACTIVE, now=NOW)
    wallet.close(now=NOW)

    assert spent(Wallet(account), Lane.INTERACTIVE) == 14


def test_a_slice_kept_too_long_goes_back(
    account: Account, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    wallet = Wallet(account)
    wallet.spend(1, lane=Lane.INTERACTIVE, now=NOW)
    assert wallet.host.in_hand == 3
    monkeypatch.setattr(Purse, "KEPT", -1.0)

    assert wallet.host.holds(1, now=NOW)

    assert Budget.objects.get(key=wallet.host.key).tokens == 15 - 1 - wallet.host.in_hand
    monkeypatch.undo()
    assert not wallet.host.must_ask(1)
    with django_assert_num_queries(0):
        assert wallet.host.holds(1, now=NOW)


def test_an_empty_bucket_is_not_asked_in_every_turn(account: Account, django_assert_num_queries: Any) -> None:
    wallet = Wallet(account)
    spent(wallet, Lane.INTERACTIVE)

    with django_assert_num_queries(0):
        assert not wallet.spend(1, lane=Lane.INTERACTIVE, now=NOW)
    time.sleep(0.11)
    assert wallet.spend(1, lane=Lane.INTERACTIVE, now=NOW + timedelta(seconds=1))


def test_a_pause_empties_the_hand(account: Account) -> None:
    wallet = Wallet(account)
    wallet.spend(1, lane=Lane.INTERACTIVE, now=NOW)

    wallet.pause(30, now=NOW)

    assert not wallet.spend(1, lane=Lane.INTERACTIVE, now=NOW)
    assert wallet.paused_until(now=NOW) == NOW + timedelta(seconds=30)


def test_probes_are_charged(account: Account) -> None:
    wallet = Wallet(account)
    wallet.spend(1, lane=Lane.INTERACTIVE, now=NOW)
    wallet.charge(0)
    wallet.charge(2)

    assert Budget.objects.get(key=wallet.host.key).tokens == 15 - 4 - 2
