"""Looks stand beside the drains: a resolver that does not answer, a look that dies, and what never waits for them."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from datasets import services
from doi import bucket, claims, clock, looks, tasks
from doi.address import host_key, landing_url
from doi.models import Budget, Doi, Login
from doi.sandbox import Sandbox
from doi.services.accounts import OwnAccount
from tests.doi import breaking
from tests.doi.conftest import Clock, drain_all
from tests.doi.looking import BOTH, EZID, WAITS, WINDOW, after, asked, forget, keep_silent, looked, permanent
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)

# --- a resolver that does not answer ------------------------------------------------------------------------------

SILENT: list[dict[str, Any]] = [
    {"status": 503, "body": ""},
    {"status": 200, "body": "<html>A captive portal</html>"},
    {"status": 404, "body": "Not Found"},
    {"reset": True},
]


@pytest.mark.parametrize("action", SILENT, ids=str)
@BOTH
def test_a_resolver_that_does_not_answer_delays_looks_only(
    resolver: Sandbox, moved_clock: Clock, own: OwnAccount, action: dict[str, Any]
) -> None:
    version = permanent(moved_clock, own, visibility="private")
    resolver.faults.order([{"match": {"provider": "resolve"}, "action": action}])

    after(moved_clock, WAITS[0])
    doi = make.doi_of(version)
    assert (doi.looks, doi.attention, doi.failures, doi.last_error) == (0, "", 0, "")
    assert doi.look_after is not None
    assert doi.look_after > clock.now()
    assert Login.objects.get().refused_at is None
    assert looked() == []
    # Nothing else waits.
    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())
    assert drain_all() == 1
    for _ in range(15):
        after(moved_clock, timedelta(hours=2))
    assert make.doi_of(version).attention == "", "silence is no finding"
    for _ in range(5):
        after(moved_clock, timedelta(hours=2))
    doi = make.doi_of(version)
    assert (doi.looks, looked()) == (0, []), "nor does it count as a look"
    assert "could not be looked at" in doi.attention_text

    breaking.heal(resolver)
    after(moved_clock, timedelta(minutes=16))
    doi = make.doi_of(version)
    assert doi.resolves_since is not None
    assert doi.attention == ""


def test_a_resolver_is_left_alone_as_long_as_it_asks(resolver: Sandbox, moved_clock: Clock) -> None:
    place = make.configured()
    for number in range(30):
        make.drafted(make.dataset(place, f"stage-{number}"))
    drain_all()
    moved_clock.forward(seconds=WINDOW + 1)
    drain_all()
    slower = {"status": 429, "body": "", "headers": {"Retry-After": "600"}}
    resolver.faults.order([{"match": {"provider": "resolve"}, "times": 1, "action": slower}])
    resolver.reset_counts()

    after(moved_clock, WAITS[0])
    moved_clock.forward(seconds=590)
    drain_all()
    assert asked(resolver) <= looks.SLICE
    assert not looks.are_due(clock.now())
    moved_clock.forward(seconds=20 * 60)
    drain_all()

    assert Doi.objects.filter(resolves_since=None).count() == 0


def test_one_look_that_our_own_code_fails_over_stops_no_other(
    resolver: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    place = make.configured()
    versions = [make.drafted(make.dataset(place, f"stage-{number}")) for number in range(3)]
    drain_all()
    moved_clock.forward(seconds=WINDOW + 1)
    drain_all()
    bad = make.doi_of(versions[1]).landing_id

    def breaks(landing_id: object) -> str:
        if landing_id == bad:
            raise ValueError("our own fault")
        return landing_url(landing_id)  # type: ignore[arg-type]

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(looks, "landing_url", breaks)
        after(moved_clock, WAITS[0])

    assert "look_failed" in caplog.text
    assert [make.doi_of(version).resolves_since is None for version in versions] == [False, True, False]


# --- beside the drains --------------------------------------------------------------------------------------------


def test_a_look_needs_no_login(resolver: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock)
    Login.objects.update(paused_at=clock.now())

    after(moved_clock, WAITS[0])

    assert make.doi_of(version).resolves_since is not None


def test_a_look_that_dies_is_taken_again(
    resolver: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = permanent(moved_clock)
    moved_clock.forward(seconds=61)

    def dies(*_: Any, **__: Any) -> None:
        raise breaking.Died

    with monkeypatch.context() as patched:
        patched.setattr(looks, "_record", dies)
        with pytest.raises(breaking.Died):
            looks.take()
    assert looks.take() == 0, "its claim is kept"
    # What a person wants meanwhile does not wait for the claim.
    services.set_visibility(version.dataset, "private", by=make.by())
    assert drain_all() == 1
    assert make.doi_of(version).state == "registered"

    after(moved_clock, claims.lease())

    assert make.doi_of(version).resolves_since is not None


def test_a_look_whose_claim_was_lost_writes_nothing(
    resolver: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = permanent(moved_clock)
    moved_clock.forward(seconds=61)
    forget(resolver, version)
    later = clock.now() + timedelta(hours=1)
    record = looks._record

    def late(*args: Any, **kwargs: Any) -> None:
        Doi.objects.update(look_after=later)
        record(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(looks, "_record", late)
        looks.take()

    doi = make.doi_of(version)
    assert (doi.looks, doi.look_after, doi.next_attempt_at) == (0, later, None)
    assert looked() == []


def test_a_finding_that_ends_while_an_edit_is_away_does_not_come_back(
    resolver: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_silent(resolver)
    version = permanent(moved_clock)
    for wait in WAITS:
        after(moved_clock, wait)
    breaking.heal(resolver)
    doi = make.doi_of(version)
    assert doi.attention == "unresolved"
    breaking.change_there(resolver, doi, handle_url=landing_url(doi.landing_id))
    moved_clock.forward(hours=30)
    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())

    breaking.while_away(monkeypatch, looks.take)
    drain_all()

    doi = make.doi_of(version)
    assert doi.resolves_since is not None
    assert (doi.attention, doi.leased_until, doi.next_attempt_at) == ("", None, None)


def test_what_the_budget_does_not_allow_at_once_is_taken_when_it_does(
    resolver: Sandbox, moved_clock: Clock
) -> None:
    permanent(moved_clock)
    moved_clock.forward(seconds=61)
    Budget.objects.update_or_create(key=looks.BUCKET, defaults={"tokens": 0.0, "refilled_at": clock.now()})

    assert looks.take() == 1, "after a third of a second"


def test_the_task_takes_looks(resolver: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock)
    moved_clock.forward(seconds=61)

    tasks.take_looks()
    tasks.take_looks()

    assert make.doi_of(version).resolves_since is not None
    assert asked(resolver) == 1


def test_looks_keep_pace_with_what_the_registries_budgets_let_become_permanent(settings: Any) -> None:
    settings.REQUESTS_PER_5_MINUTES = {("datacite", "production"): 1500, ("ezid", "production"): 300}

    assert looks._per_5_minutes() == 850


def test_who_asked_us_to_wait_is_not_looked_at_either(resolver: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock, own=EZID)
    host = host_key("datacite", "production")
    bucket.pause(host, seconds=3600, now=clock.now())

    after(moved_clock, WAITS[0])
    assert asked(resolver) == 0, "the look would end at DataCite"
    moved_clock.forward(seconds=3600)
    drain_all()

    assert make.doi_of(version).looks + asked(resolver) > 0
