"""Leases and holds: who may touch what, and for how long."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from doi import claims, clock
from doi.models import Account, Doi, Lane, Login
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now(settings: Any) -> datetime:
    settings.DOI_ENCRYPTION_KEYS = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
    return clock.now() + timedelta(seconds=1)


@pytest.fixture
def rows(now: datetime) -> list[Doi]:
    place = make.configured()
    versions = [make.drafted(make.dataset(place, f"stage-{number}")) for number in range(4)]
    return [make.doi_of(version) for version in versions]


def account() -> int:
    return int(Account.objects.get().pk)


def one(doi: Doi) -> Doi:
    return Doi.objects.get(pk=doi.pk)


# --- rows ---------------------------------------------------------------------------------------------------------


def test_a_claim_leases_what_is_due_and_nobody_else_gets_it(rows: list[Doi], now: datetime) -> None:
    Doi.objects.filter(pk=rows[3].pk).update(next_attempt_at=now + timedelta(seconds=1))

    leases = claims.claim(account(), limit=50, now=now)

    assert leases == {doi.pk: doi.lease_token + 1 for doi in rows[:3]}
    assert claims.claim(account(), limit=50, now=now) == {}
    assert one(rows[0]).leased_until == one(rows[0]).next_attempt_at == now + timedelta(seconds=300)


def test_what_is_due_at_this_very_moment_is_due(rows: list[Doi], now: datetime) -> None:
    Doi.objects.update(next_attempt_at=now)

    assert len(claims.claim(account(), limit=50, now=now - timedelta(microseconds=1))) == 0
    assert len(claims.claim(account(), limit=50, now=now)) == 4


def test_a_lease_that_ended_is_claimed_under_another_token(rows: list[Doi], now: datetime) -> None:
    first = claims.claim(account(), limit=1, now=now)
    later = now + timedelta(seconds=301)

    again = claims.claim(account(), limit=50, now=later)

    assert {pk: token + 1 for pk, token in first.items()}.items() <= again.items()


def test_people_go_first_then_what_is_due_longest(rows: list[Doi], now: datetime) -> None:
    for doi, lane, age in zip(rows, [2, 1, 0, 1], [90, 10, 1, 20], strict=True):
        Doi.objects.filter(pk=doi.pk).update(lane=lane, next_attempt_at=now - timedelta(seconds=age))

    order = [next(iter(claims.claim(account(), limit=1, now=now))) for _ in rows]

    assert order == [rows[2].pk, rows[3].pk, rows[1].pk, rows[0].pk]


def test_a_claim_can_be_limited_to_the_lanes_before_one(rows: list[Doi], now: datetime) -> None:
    Doi.objects.exclude(pk=rows[2].pk).update(lane=Lane.BULK)

    assert list(claims.claim(account(), limit=50, now=now, below=Lane.BULK)) == [rows[2].pk]
    assert claims.claim(account(), limit=50, now=now, below=Lane.INTERACTIVE) == {}


def test_the_rows_come_loaded_and_only_while_they_are_ours(
    rows: list[Doi], now: datetime, django_assert_num_queries: Any
) -> None:
    leases = claims.claim(account(), limit=50, now=now)
    Doi.objects.filter(pk=rows[1].pk).update(lease_token=99)

    with django_assert_num_queries(1):
        loaded = claims.load(leases)
        assert {(doi.version and doi.version.dataset.organization.slug) for doi in loaded} == {"river-lab"}
        assert {(doi.account and doi.account.login.account_id) for doi in loaded} == {"ORG.REPO"}
    assert [doi.pk for doi in loaded] == [rows[0].pk, rows[2].pk, rows[3].pk]


def test_what_is_given_back_is_due_and_what_is_anothers_is_left(rows: list[Doi], now: datetime) -> None:
    leases = claims.claim(account(), limit=50, now=now)
    Doi.objects.filter(pk=rows[1].pk).update(lease_token=99)

    claims.give_back(leases.items(), due=now)

    assert (one(rows[0]).next_attempt_at, one(rows[0]).leased_until) == (now, None)
    assert one(rows[1]).leased_until is not None


def test_the_sign_of_a_dead_worker_is_kept_through_claims_and_returns(rows: list[Doi], now: datetime) -> None:
    died = now - timedelta(hours=1)
    Doi.objects.filter(pk=rows[0].pk).update(step="create", leased_until=died, next_attempt_at=died)

    leases = claims.claim(account(), limit=50, now=now)
    assert one(rows[0]).leased_until == died
    claims.give_back(leases.items(), due=now)

    assert (one(rows[0]).next_attempt_at, one(rows[0]).leased_until) == (now, died)


def test_only_what_was_not_being_sent_is_freed(rows: list[Doi], now: datetime) -> None:
    claims.claim(account(), limit=50, now=now)
    Doi.objects.filter(pk=rows[0].pk).update(step="create")

    assert claims.free_unsent(account(), now=now) == 3

    assert one(rows[0]).next_attempt_at == now + timedelta(seconds=300)
    assert (one(rows[1]).next_attempt_at, one(rows[1]).leased_until) == (now, None)


# --- accounts -----------------------------------------------------------------------------------------------------


def test_one_drain_at_a_time(rows: list[Doi], now: datetime) -> None:
    first = claims.hold(account(), now=now)
    assert first is not None
    assert claims.hold(account(), now=now + timedelta(seconds=19)) is None
    assert claims.renew(account(), first, now=now + timedelta(seconds=19))
    assert claims.hold(account(), now=now + timedelta(seconds=38)) is None

    second = claims.hold(account(), now=now + timedelta(seconds=40))

    assert second == first + 1
    assert not claims.renew(account(), first, now=now + timedelta(seconds=41))
    claims.let_go(account(), first, until=now)
    assert claims.hold(account(), now=now + timedelta(seconds=41)) is None, "not the first one's to end"
    claims.let_go(account(), second, until=now + timedelta(seconds=41))
    assert claims.hold(account(), now=now + timedelta(seconds=41)) is not None


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"verified_at": None}, False),
        ({"refused_at": "now"}, False),
        ({"paused_at": "now"}, False),
    ],
)
def test_only_accounts_that_may_be_used_are_found(
    rows: list[Doi], now: datetime, change: dict[str, Any], *, found: bool
) -> None:
    Login.objects.update(**{name: value and now for name, value in change.items()})

    assert claims.accounts_with_due(now) == ([account()] if found else [])


def test_an_account_without_anything_due_is_not_found(rows: list[Doi], now: datetime) -> None:
    Doi.objects.update(next_attempt_at=None)
    assert claims.accounts_with_due(now) == []
    Doi.objects.filter(pk=rows[0].pk).update(next_attempt_at=now + timedelta(seconds=1))
    assert claims.accounts_with_due(now) == []


def test_an_account_that_is_held_is_found_when_the_hold_ends_though_its_rows_are_leased(
    rows: list[Doi], now: datetime
) -> None:
    claims.hold(account(), now=now)
    claims.claim(account(), limit=50, now=now)

    assert claims.accounts_with_due(now) == []
    assert claims.accounts_with_due(now + timedelta(seconds=21)) == [account()]


def test_the_account_left_alone_longest_comes_first(now: datetime) -> None:
    places = [make.configured(f"lab-{number}") for number in range(3)]
    for place in places:
        make.drafted(make.dataset(place))
    ids = [make.account_of(place).pk for place in places]
    Account.objects.filter(pk=ids[0]).update(drain_until=now - timedelta(seconds=1))
    Account.objects.filter(pk=ids[1]).update(drain_until=now - timedelta(seconds=9))

    assert claims.accounts_with_due(now) == [ids[2], ids[1], ids[0]]
