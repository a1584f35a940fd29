"""What the registry asks of us, and what stops an account or a promotion: credentials, pace, gates."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from datasets import services
from doi import claims, clock, drains, engine, stops
from doi.models import Account, Doi, DoiEvent, Login
from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account as RegistryAccount
from doi.services import accounts, holding, issuance, windows
from doi.services.accounts import OwnAccount
from tests.doi import breaking
from tests.doi.breaking import settle
from tests.doi.conftest import Clock, drain_all
from tests.doi.engine_rows import (
    BOTH,
    CHECKED,
    WINDOW,
    drafted,
    made,
    permanent,
)
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


# --- the credential -----------------------------------------------------------------------------------------------


def new_password(sandbox: Sandbox, own: OwnAccount, password: str) -> None:
    sandbox.accounts.replace(RegistryAccount(own.provider, own.account_id, password, (own.prefix,)))


@BOTH
def test_a_credential_refused_in_mid_run_loses_nothing(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    place = make.configured(own=own)
    versions = [make.drafted(make.dataset(place, f"stage-{number}")) for number in range(12)]
    new_password(sandbox, own, "changed")

    drain_all()

    login = Login.objects.get()
    assert login.refused_at is not None
    assert login.refusal
    assert DoiEvent.objects.filter(event="login_refused").count() == 1
    assert sandbox.counts()["total"] <= 3, "two refused calls and the probe"
    assert {make.doi_of(version).attention for version in versions} == {""}
    assert "secret" not in str(list(DoiEvent.objects.values()))
    sandbox.reset_counts()
    settle(moved_clock, hours=1)
    assert sandbox.counts()["total"] == 0, "nothing more is sent with it"

    own = OwnAccount(own.provider, own.environment, own.account_id, own.prefix, password="changed")
    accounts.configure_own(place, own, check=CHECKED, default_on=None, by=make.by())
    drain_all()

    assert {make.doi_of(version).state for version in versions} == {"draft"}
    assert len(sandbox.records()) == 12


@BOTH
def test_a_credential_refused_after_some_were_sent_loses_nothing(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    place = make.configured(own=own)
    versions = [make.drafted(make.dataset(place, f"stage-{number}")) for number in range(12)]
    status = {"status": 401, "body": "error: unauthorized" if own.provider == "ezid" else "{}"}
    sandbox.faults.order([{"skip": 5, "action": status}])

    drain_all()
    breaking.heal(sandbox)
    assert Login.objects.get().refused_at is not None
    accounts.configure_own(place, own, check=CHECKED, default_on=None, by=make.by())
    settle(moved_clock, hours=1)

    assert {make.doi_of(version).state for version in versions} == {"draft"}
    assert len(sandbox.records()) == 12


@BOTH
def test_a_refusal_that_cannot_be_probed_is_no_verdict(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    version = made(own)
    sandbox.faults.order(
        [
            {"match": {"method": "POST"}, "times": 1, "action": {"status": 401}},
            {"match": {"method": "PUT"}, "times": 1, "action": {"status": 401}},
            {"match": {"method": "GET"}, "times": 1, "action": {"status": 503}},
        ]
    )

    drain_all()
    assert Login.objects.get().refused_at is None
    settle(moved_clock, hours=1)

    assert make.doi_of(version).state == "draft"


@BOTH
def test_a_doi_that_was_moved_to_another_account_waits_alone(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    place = make.configured(own=own)
    moved, other = (make.drafted(make.dataset(place, slug)) for slug in ("moved", "other"))
    drain_all()
    breaking.change_there(sandbox, make.doi_of(moved), owner="other.repo")

    for version in (moved, other):
        services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())
    drain_all()

    assert Login.objects.get().refused_at is None
    assert make.doi_of(moved).attention == "account"
    doi = make.doi_of(other)
    assert (doi.attention, doi.confirmed_generation) == ("", doi.generation)
    # At its time it is not published either, and a person is told whose it is now.
    Doi.objects.filter(pk=make.doi_of(moved).pk).update(confirmed_generation=99, generation=99)
    moved_clock.forward(seconds=WINDOW + 1)
    Doi.objects.update(next_attempt_at=clock.now())
    drain_all()
    # DataCite shows nobody another repository's draft.
    words = {"datacite": "missing-at-registry", "ezid": "taken"}
    assert (make.doi_of(moved).state, make.doi_of(moved).attention) == ("draft", words[own.provider])
    assert make.doi_of(other).state == "findable"


def test_a_login_without_a_password_is_refused_and_says_so(sandbox: Sandbox) -> None:
    made()
    Login.objects.get().secrets.all().delete()

    drain_all()

    assert "password" in Login.objects.get().refusal
    assert sandbox.counts()["total"] == 0


def test_a_password_that_the_operators_ring_does_not_open_is_not_the_tenants_fault(
    sandbox: Sandbox, settings: Any, moved_clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    version = made()
    ring = settings.DOI_ENCRYPTION_KEYS
    settings.DOI_ENCRYPTION_KEYS = ["ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="]
    with caplog.at_level(logging.ERROR):
        drain_all()
    assert "credential_does_not_open" in caplog.text
    assert Login.objects.get().refused_at is None

    settings.DOI_ENCRYPTION_KEYS = ring
    moved_clock.forward(minutes=2)
    drain_all()

    assert make.doi_of(version).state == "draft"


@pytest.mark.parametrize("column", ["paused_at", "refused_at"])
def test_a_login_that_may_not_be_used_sends_nothing(sandbox: Sandbox, column: str) -> None:
    version = made()
    Login.objects.update(**{column: clock.now()})

    assert engine.drain(make.doi_of(version).account_id or 0) == drains.Drained()

    assert sandbox.counts()["total"] == 0


# --- pace ---------------------------------------------------------------------------------------------------------


def test_a_host_that_asks_to_wait_is_left_alone_by_everybody(
    sandbox: Sandbox, moved_clock: Clock, settings: Any
) -> None:
    sandbox.accounts.add(RegistryAccount("datacite", "OTHER.REPO", "secret", ("10.70113",)))
    versions = [
        make.drafted(make.dataset(make.configured("one"))),
        make.drafted(
            make.dataset(
                make.configured(
                    "two", OwnAccount("datacite", "production", "OTHER.REPO", "10.70113", password="secret")
                )
            )
        ),
    ]
    slow = {"status": 429, "headers": {"Retry-After": "120"}}
    sandbox.faults.order([{"match": {"method": "POST"}, "times": 1, "action": slow}])

    drain_all()
    assert sandbox.counts()["total"] == 1
    moved_clock.forward(seconds=100)
    drain_all()
    assert sandbox.counts()["total"] == 1
    moved_clock.forward(seconds=61)
    drain_all()

    assert {make.doi_of(version).state for version in versions} == {"draft"}


@BOTH
def test_a_registry_that_does_not_answer_is_asked_five_times_and_left_for_a_minute(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    place = make.configured(own=own)
    for number in range(20):
        make.drafted(make.dataset(place, f"stage-{number}"))
    sandbox.faults.order([{"action": {"status": 500}}])

    drain_all()
    assert sandbox.counts()["total"] == 5
    moved_clock.forward(seconds=59)
    drain_all()
    assert sandbox.counts()["total"] == 5
    breaking.heal(sandbox)
    moved_clock.forward(minutes=16)
    drain_all()

    assert {doi.state for doi in Doi.objects.all()} == {"draft"}


def test_after_72_hours_of_outage_the_first_success_comes_within_15_minutes(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    version = made()
    sandbox.faults.order([{"action": {"status": 500}}])
    for _ in range(72 * 4):
        moved_clock.forward(minutes=15)
        drain_all()
    assert make.doi_of(version).attention == "registry"

    breaking.heal(sandbox)
    moved_clock.forward(minutes=15)
    drain_all()

    assert (make.doi_of(version).state, make.doi_of(version).attention) == ("draft", "")


# --- gates --------------------------------------------------------------------------------------------------------


@BOTH
def test_604799_seconds_after_the_registry_confirmed_it_no_604800_yes(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, own: Any
) -> None:
    version = drafted(own)
    due = make.doi_of(version).permanent_after
    assert due is not None
    made_there = datetime.fromisoformat(sandbox.records()[0]["created"])
    assert due - timedelta(seconds=WINDOW) >= made_there

    for early in (1, 0.000001):
        monkeypatch.setattr(clock, "now", lambda early=early: due - timedelta(seconds=early))
        drain_all()
        assert make.doi_of(version).state == "draft"
    monkeypatch.setattr(clock, "now", lambda: due)
    Account.objects.update(drain_until=None)
    drain_all()

    assert make.doi_of(version).state == "findable"


def test_a_clock_that_goes_back_sends_nothing_early(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = drafted()

    moved_clock.forward(days=-30)
    drain_all()
    moved_clock.forward(days=30 + 6)
    drain_all()

    assert make.doi_of(version).state == "draft"


@BOTH
def test_hidden_at_once_though_the_registry_refuses_its_metadata(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    version = permanent(moved_clock, own)
    refusal = (
        {"status": 400, "body": "error: bad request - element 'datacite': ValidationError"}
        if own.provider == "ezid"
        else {"status": 422, "body": {"errors": [{"source": "titles", "title": "is not right"}]}}
    )
    method = "POST" if own.provider == "ezid" else "PUT"
    # The first writing carries metadata, the second does not, the third does again.
    sandbox.faults.order(
        [
            {"match": {"method": method}, "times": 1, "action": refusal},
            {"match": {"method": method}, "skip": 1, "times": 1, "action": refusal},
        ]
    )

    services.set_visibility(version.dataset, "private", by=make.by())
    drain_all()

    doi = make.doi_of(version)
    assert sandbox.records()[0]["state"] == "registered"
    assert doi.state == "registered"
    assert doi.attention.startswith("metadata.")


@BOTH
def test_a_dataset_that_is_held_is_not_promoted_and_goes_on_when_it_is_lifted(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    version = drafted(own)
    holding.hold(version.dataset, reason="being checked", by=make.by())

    moved_clock.forward(seconds=WINDOW + 1)
    drain_all()
    doi = make.doi_of(version)
    assert (doi.state, doi.attention) == ("draft", "held")
    assert "being checked" in doi.attention_text
    holding.lift(version.dataset, by=make.by())
    drain_all()
    assert make.doi_of(version).state == "draft"
    moved_clock.forward(days=1, seconds=1)
    drain_all()

    assert make.doi_of(version).state == "findable"


def test_a_promotion_claimed_before_the_kill_switch_is_not_sent_after_it(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    version = drafted()
    moved_clock.forward(seconds=WINDOW + 1)
    monkeypatch.setattr(drains, "FRESH", -1.0)
    monkeypatch.setattr(stops, "RECENT", -1.0)
    take_in = drains.Drain._take_in

    def then_stopped(self: drains.Drain, *args: Any, **kwargs: Any) -> None:
        take_in(self, *args, **kwargs)
        if holding.active(None) is None:
            holding.hold(None, reason="being checked", by=make.by())

    monkeypatch.setattr(drains.Drain, "_take_in", then_stopped)
    drain_all()

    doi = make.doi_of(version)
    assert (doi.state, doi.attention) == ("draft", "promotions-stopped")


@pytest.mark.parametrize("own", [make.DATACITE, make.EZID], ids=["datacite", "ezid"])
def test_in_one_dataset_the_oldest_version_goes_first(
    sandbox: Sandbox, moved_clock: Clock, own: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = make.dataset(make.configured(own=own))
    issuance.switch_on(of, by=make.by())
    versions = [make.version(of, f"{number}.0") for number in range(1, 7)]
    drain_all()
    # Whatever order they are found in.
    for number, version in enumerate(reversed(versions)):
        due = clock.now() + timedelta(seconds=WINDOW, milliseconds=number)
        Doi.objects.filter(version=version).update(permanent_after=due, next_attempt_at=due)
    monkeypatch.setattr(claims, "BATCH", 4)
    sandbox.log.recent.clear()

    moved_clock.forward(seconds=WINDOW + 1)
    drain_all()

    published = [
        line["doi"]
        for line in sandbox.log.recent
        if (line["state_before"], line["state_after"]) == ("draft", "findable")
    ]
    assert published == [make.doi_of(version).name for version in versions]


def test_make_permanent_now_waits_for_no_window_but_for_the_gate(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    version = drafted()
    login = Login.objects.get()
    holding.hold(login, reason="being checked", by=make.by())
    windows.make_permanent_now(make.doi_of(version), by=make.by())

    drain_all()
    assert make.doi_of(version).attention == "login.promotions-stopped"
    holding.lift(login, by=make.by())
    drain_all()

    assert make.doi_of(version).state == "findable"
