"""When a registry is left alone, who asks whether it is back, and how one tenant's failures are not everybody's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doi import breakers
from doi.address import host_key
from doi.breakers import Admission, Call, Pulse
from doi.models import Breaker, Login

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def calls(words: str, *, login: int = 1, apart: float = 1.0, begin: float = 0.0) -> list[Call]:
    """One call a letter: `x` was not answered, `o` was."""
    return [Call(at(begin + number * apart), word == "o", login) for number, word in enumerate(words)]


@pytest.fixture
def login() -> Login:
    return some_login("ORG.REPO")


def some_login(name: str) -> Login:
    from organizations.models import Organization

    place = Organization.objects.create(slug=name.lower().replace(".", "-"), name=name)
    return Login.objects.create(
        organization=place, provider="datacite", environment="production", account_id=name
    )


def host_of(login: Login) -> str:
    return host_key(login.provider, login.environment)


# --- the rule -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "since"),
    [
        ("", None),
        ("xxxx", None),
        ("xxxxx", 0),
        ("oxxxxx", 1),
        ("xxxxo", None),
        ("xxxxoxxxx", None),
        ("oxoxoxoxox", 1),
        ("ooooooxxxx", None),
        ("oooooxxxxx", 5),
        ("xoxoxoxoxo", None),
        ("xooxooxoox", None),
        ("xxoxoxoxoo", None),
    ],
)
def test_five_in_a_row_open_it_and_half_of_ten(words: str, since: int | None) -> None:
    assert breakers.opened_since(calls(words)) == (None if since is None else at(since))


def test_five_in_a_row_may_take_their_time_and_half_of_ten_a_minute() -> None:
    assert breakers.opened_since(calls("xxxxx", apart=75)) == at(0)
    assert breakers.opened_since(calls("oxoxoxoxox", apart=6)) == at(6)
    assert breakers.opened_since(calls("oxoxoxoxox", apart=7)) is None


def test_it_stays_open_for_a_minute_doubling_to_twelve(settings: Any) -> None:
    assert [breakers.rest(n).total_seconds() for n in (1, 2, 3, 4, 5, 6, 9999)] == [
        60,
        120,
        240,
        480,
        720,
        720,
        720,
    ]
    settings.DOI_LEASE = 3
    assert [breakers.rest(n).total_seconds() for n in (1, 9)] == pytest.approx([0.6, 7.2])


# --- a login's and a host's ---------------------------------------------------------------------------------------


def test_five_failures_of_one_login_shut_that_login_and_nobody_else(login: Login) -> None:
    other = some_login("OTHER.REPO")
    breakers.report(login, calls("xxxxx", login=login.pk))

    assert breakers.shut(now=at(4)) == {breakers.login_key(login.pk)}
    assert breakers.admit(login, now=at(4)) == Admission.SHUT
    assert breakers.admit(other, now=at(4)) == Admission.OPEN
    assert breakers.silence(login) == breakers.Silence(NOW, at(64))
    assert breakers.silence(other) is None


def test_a_tenant_whose_every_call_fails_for_ever_does_not_shut_its_host(login: Login) -> None:
    for turn in range(5):
        breakers.report(login, calls("xxxxxxxxxx", login=login.pk, begin=turn * 100.0))

    assert host_of(login) not in breakers.shut(now=at(0))


def test_failures_of_three_logins_shut_their_host(login: Login) -> None:
    others = [some_login(f"OTHER.{number}") for number in range(3)]
    for number, each in enumerate([login, *others[:2]]):
        breakers.report(each, calls("xx", login=each.pk, begin=number * 10.0))

    assert breakers.shut(now=at(22)) == {host_of(login)}
    assert breakers.admit(others[2], now=at(22)) == Admission.SHUT
    assert breakers.silence(others[2]) == breakers.Silence(at(0), at(80))


def test_one_answer_between_them_keeps_it_closed(login: Login) -> None:
    others = [some_login(f"OTHER.{number}") for number in range(2)]
    breakers.report(login, calls("xx", login=login.pk))
    breakers.report(others[0], calls("xo", login=others[0].pk, begin=10))
    breakers.report(others[1], calls("xx", login=others[1].pk, begin=20))

    assert breakers.shut(now=at(22)) == set()
    assert breakers.failing_logins() == {login.pk, others[1].pk}


# --- half open ----------------------------------------------------------------------------------------------------


def opened(login: Login) -> None:
    breakers.report(login, calls("xxxxx", login=login.pk))


def test_after_a_minute_one_of_all_who_ask_gets_the_probe(login: Login) -> None:
    opened(login)

    assert breakers.admit(login, now=at(63.9)) == Admission.SHUT
    assert [breakers.admit(login, now=at(64)) for _ in range(3)] == [
        Admission.PROBE,
        Admission.SHUT,
        Admission.SHUT,
    ]


def test_a_host_gets_one_probe_whoever_asks(login: Login) -> None:
    other = some_login("OTHER.REPO")
    Breaker.objects.create(key=host_of(login), since=NOW, try_at=at(60), openings=1)

    assert breakers.admit(login, now=at(60)) == Admission.PROBE
    assert breakers.admit(other, now=at(60)) == Admission.SHUT


def test_a_probe_that_died_is_made_again(login: Login) -> None:
    opened(login)
    breakers.admit(login, now=at(64))

    assert breakers.admit(login, now=at(64 + 89)) == Admission.SHUT
    assert breakers.admit(login, now=at(64 + 90)) == Admission.PROBE


def test_a_probe_that_fails_leaves_it_open_for_twice_as_long(login: Login) -> None:
    opened(login)
    breakers.probe_failed(login, now=at(70))

    assert breakers.silence(login) == breakers.Silence(NOW, at(70 + 120))
    assert Breaker.objects.get(key=host_of(login)).try_at is None, "the host's was closed"


def test_a_probe_that_is_answered_closes_it_and_the_next_opening_lasts_longer(login: Login) -> None:
    opened(login)
    breakers.answered(login)
    assert breakers.silence(login) is None
    assert breakers.admit(login, now=at(70)) == Admission.OPEN

    # It answers a GET and no write: left alone for longer each time, not for a minute for ever.
    breakers.report(login, calls("xxxxx", login=login.pk, begin=100))

    assert breakers.silence(login) == breakers.Silence(at(100), at(104 + 120))


def test_a_call_that_succeeds_closes_it_and_all_is_forgotten(login: Login) -> None:
    opened(login)
    breakers.report(login, calls("o", login=login.pk, begin=10))

    assert breakers.silence(login) is None
    opened_again = calls("xxxxx", login=login.pk, begin=20)
    breakers.report(login, opened_again)
    assert breakers.silence(login) == breakers.Silence(at(20), at(24 + 60))


def test_what_was_under_way_when_it_opened_opens_nothing_more(login: Login) -> None:
    opened(login)
    breakers.report(login, calls("xxx", login=login.pk, begin=40))

    assert breakers.silence(login) == breakers.Silence(NOW, at(64))


# --- one drain's part ---------------------------------------------------------------------------------------------


def test_while_every_call_is_answered_nothing_is_written(
    login: Login, django_assert_num_queries: Any
) -> None:
    pulse = Pulse(login)
    pulse.refresh(now=NOW)

    with django_assert_num_queries(0):
        for second in range(100):
            pulse.hear(answered=True, now=at(second))
            pulse.tell(now=at(second))
    assert not Breaker.objects.exists()


def test_a_failure_is_written_with_what_was_answered_before_it(login: Login) -> None:
    pulse = Pulse(login)
    for second in range(20):
        pulse.hear(answered=second < 19, now=at(second))
    pulse.tell(now=at(20))

    row = Breaker.objects.get(key=breakers.login_key(login.pk))
    assert ([ok for _, ok, _ in row.recent], row.failing) == ([True] * 9 + [False], 1)


def test_after_a_failure_of_another_drain_answers_are_told_for_a_minute(login: Login) -> None:
    breakers.report(login, calls("x", login=login.pk))
    pulse = Pulse(login)
    pulse.refresh(now=at(10))
    pulse.hear(answered=True, now=at(10))
    pulse.tell(now=at(10))
    assert breakers.failing_logins() == set()

    late = Pulse(login)
    late.refresh(now=at(61))
    late.hear(answered=True, now=at(61))
    late.tell(now=at(61))
    assert len(Breaker.objects.get(key=breakers.login_key(login.pk)).recent) == 2


def test_a_drain_sees_that_its_own_calls_opened_it(login: Login) -> None:
    pulse = Pulse(login)
    for second in range(5):
        pulse.hear(answered=False, now=at(second))
        pulse.tell(now=at(second))
        assert pulse.is_open == (second == 4)
