"""A registry that does not answer, for one login or for all: what is sent, what waits, and how it comes back."""

import itertools
from datetime import datetime
from typing import Any

import pytest

from doi import breakers
from doi.models import Account, Breaker, Doi, Login
from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account as RegistryAccount
from doi.services.accounts import OwnAccount
from tests.doi import breaking
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = pytest.mark.parametrize("own", [make.DATACITE, make.EZID], ids=["datacite", "ezid"])


def several(count: int, own: OwnAccount = make.DATACITE, *, slug: str = "river-lab") -> None:
    place = make.configured(slug, own)
    for number in range(count):
        make.drafted(make.dataset(place, f"stage-{number}"))


def another(sandbox: Sandbox, number: int) -> OwnAccount:
    name, prefix = f"OTHER.{number}", f"10.7{number:04d}"
    sandbox.accounts.add(RegistryAccount("datacite", name, "secret", (prefix,)))
    return OwnAccount("datacite", "production", name, prefix, password="secret")


def methods(sandbox: Sandbox) -> list[str]:
    return [line["method"] for line in sandbox.log.recent if line.get("provider") != "resolve"]


def states() -> set[str]:
    return set(Doi.objects.values_list("state", flat=True))


def no_answer(sandbox: Sandbox, **match: str) -> None:
    sandbox.faults.order([{"match": match, "action": {"status": 503, "body": "busy"}}])


@BOTH
def test_an_open_breaker_is_asked_by_one_get_and_for_less_and_less_often(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    several(20, own)
    no_answer(sandbox)
    drain_all()
    assert sandbox.counts()["total"] == 5

    probes = []
    for minute in range(60):
        before = len(methods(sandbox))
        moved_clock.forward(minutes=1)
        drain_all()
        seen = methods(sandbox)[before:]
        assert seen in ([], ["GET"])
        probes += [minute] * len(seen)

    # After 1, 2, 4 and 8 minutes, then every 12.
    assert [b - a for a, b in itertools.pairwise(probes)] == [2, 4, 8, 12, 12, 12]
    assert Doi.objects.filter(parked_at__isnull=False).count() == 0
    breaking.heal(sandbox)
    moved_clock.forward(minutes=16)
    drain_all()
    moved_clock.forward(minutes=16)
    drain_all()
    assert states() == {"draft"}
    assert set(Doi.objects.values_list("attention", flat=True)) == {""}


def test_the_first_success_comes_at_once_when_the_probe_is_answered(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    several(20)
    no_answer(sandbox)
    drain_all()
    moved_clock.forward(seconds=60)
    breaking.heal(sandbox)

    drain_all()

    assert Doi.objects.filter(state="draft").count() >= 15
    assert methods(sandbox)[5] == "GET"
    assert not Breaker.objects.filter(try_at__isnull=False).exists()


@BOTH
def test_after_three_days_of_outage_everything_goes_on_within_a_quarter_of_an_hour(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    several(8, own)
    no_answer(sandbox)
    for _ in range(4 * 72):
        drain_all()
        moved_clock.forward(minutes=15)
    assert Doi.objects.filter(attempts__gt=5).count() == 0, "the probes were none of the rows' attempts"

    breaking.heal(sandbox)
    returned = moved_clock.now()
    while "draft" not in states():
        moved_clock.forward(seconds=30)
        drain_all()

    assert (moved_clock.now() - returned).total_seconds() <= 15 * 60
    moved_clock.forward(minutes=15)
    drain_all()
    assert states() == {"draft"}


def test_what_waits_says_so_after_an_hour_and_not_before(sandbox: Sandbox, moved_clock: Clock) -> None:
    several(8)
    no_answer(sandbox)
    for _ in range(55):
        drain_all()
        moved_clock.forward(minutes=1)
    assert set(Doi.objects.values_list("attention", flat=True)) == {""}

    for _ in range(35):
        moved_clock.forward(minutes=1)
        drain_all()

    assert set(Doi.objects.values_list("attention", flat=True)) == {"registry"}
    assert all("goes on by itself" in text for text in Doi.objects.values_list("attention_text", flat=True))
    breaking.heal(sandbox)
    breaking.settle(moved_clock, hours=1)
    assert set(Doi.objects.values_list("attention", "attention_text")) == {("", "")}


def test_a_registry_that_answers_reads_only_is_left_alone_for_longer_each_time(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    several(60)
    no_answer(sandbox, method="POST")
    posts = []
    for _ in range(60):
        before = methods(sandbox).count("POST")
        drain_all()
        posts.append(methods(sandbox).count("POST") - before)
        moved_clock.forward(minutes=1)

    # Five in a row, and at most those that were marked beside them, as looks were answered.
    assert max(posts) <= 5 + 2 * 4
    # At once, after 1, 2, 4 and 8 minutes, then every 12.
    assert sum(count > 0 for count in posts) <= 8
    assert posts[-1] == 0


def test_one_login_that_fails_stops_nobody_else_of_its_host(sandbox: Sandbox, moved_clock: Clock) -> None:
    several(10)
    several(10, another(sandbox, 1), slug="other")
    no_answer(sandbox, account="ORG.REPO")

    drain_all()

    good, bad = (Doi.objects.filter(organization__slug=slug) for slug in ("other", "river-lab"))
    assert good.filter(state="draft").count() == 10
    assert bad.filter(state="draft").count() == 0
    assert [breakers.silence(login) is None for login in Login.objects.order_by("account_id")] == [
        False,
        True,
    ]


def test_a_host_that_fails_is_found_out_by_a_few_and_probed_by_one(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    for number in range(8):
        several(3, another(sandbox, number), slug=f"lab-{number}")
    no_answer(sandbox)

    drain_all()
    asked = sandbox.counts()["total"]
    assert asked < 8 * 3
    moved_clock.forward(seconds=70)
    before = len(methods(sandbox))
    drain_all()
    assert methods(sandbox)[before:] == ["GET"]

    breaking.heal(sandbox)
    breaking.settle(moved_clock, hours=1)
    assert states() == {"draft"}


def test_a_probe_that_is_refused_pauses_the_login_and_the_breaker_is_closed(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    several(10)
    no_answer(sandbox)
    drain_all()
    sandbox.faults.order([{"action": {"status": 401, "body": "error: unauthorized"}}])
    moved_clock.forward(seconds=61)

    drain_all()

    login = Login.objects.get()
    assert (login.refused_at is not None, breakers.silence(login)) == (True, None)
    assert methods(sandbox)[5:] == ["GET"]


def test_a_probe_that_is_told_to_wait_makes_everybody_wait(sandbox: Sandbox, moved_clock: Clock) -> None:
    several(10)
    no_answer(sandbox)
    drain_all()
    sandbox.faults.order([{"action": {"status": 429, "headers": {"Retry-After": "3600"}}}])
    moved_clock.forward(seconds=61)
    drain_all()
    breaking.heal(sandbox)

    moved_clock.forward(seconds=3500)
    drain_all()
    assert sandbox.counts()["total"] == 6
    moved_clock.forward(seconds=120)
    drain_all()

    assert states() == {"draft"}


def test_a_person_s_check_that_passes_ends_the_waiting(sandbox: Sandbox, moved_clock: Clock) -> None:
    from doi.registries.base import CheckResult
    from doi.services import accounts

    several(10)
    no_answer(sandbox)
    drain_all()
    breaking.heal(sandbox)

    place = Account.objects.get().login.organization
    assert place is not None
    accounts.configure_own(
        place, make.DATACITE, check=CheckResult((), domains="*"), default_on=None, by=make.by()
    )
    drain_all()

    assert states() == {"draft"}


def test_the_probe_outlasts_the_hold_and_nobody_probes_beside_it(
    sandbox: Sandbox, moved_clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from doi import claims, drains, engine, exchange

    several(10)
    no_answer(sandbox)
    drain_all()
    moved_clock.forward(seconds=61)
    held: list[datetime | None] = []

    def slow(registry: Any) -> exchange.Answer:
        moved_clock.forward(seconds=15)
        moments.wait(0.3)
        moved_clock.forward(seconds=15)
        moments.wait(0.3)
        return exchange.probe(registry)

    from threading import Event

    moments = Event()
    monkeypatch.setattr(drains, "FRESH", 0.0)
    monkeypatch.setattr(drains, "probe", slow)
    renew = claims.renew

    def renewed(account: int, token: int, *, now: datetime) -> bool:
        held.append(now)
        assert engine.drain(account).answers == 0, "held"
        return renew(account, token, now=now)

    monkeypatch.setattr(claims, "renew", renewed)
    engine.drain(Account.objects.get().pk)

    assert len(held) >= 2
    assert methods(sandbox)[5:] == ["GET"]
