"""What EZID's queue tells the handle system: later than the answer, perhaps never, and without a word about it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from doi.sandbox import Request, Sandbox
from doi.sandbox.accounts import Accounts
from doi.sandbox.behaviour import Behaviour
from doi.sandbox.ezid.api import Ezid
from doi.sandbox.messages import Effects, Response, Trace
from doi.sandbox.store import Store
from tests.doi.sandbox.calls import ELEMENTS, anvl, ezid, post, put
from tests.doi.sandbox.ezid_calls import (
    ACCOUNTS,
    NAME,
    TARGET,
    TurnedClock,
    ezid_sandbox,
    in_status,
    read,
    resolver,
)

TOMBSTONE = "https://ezid.cdlib.org/tombstone/id/doi:10.7280/D1ABC"
MOVED = "https://data.example.edu/moved"


def where(sandbox: Sandbox, name: str = NAME) -> str | None:
    headers: dict[str, str] = dict(resolver(sandbox).get(f"/{name}").headers)
    return headers.get("location")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def slow(clock: TurnedClock) -> Sandbox:
    return ezid_sandbox(clock=clock, behaviour=Behaviour(handover=60))


LEADS = {
    "reserved": ("reserved", {}, None),
    "public": ("public", {}, TARGET),
    "public-not-exported": ("public", {"_export": "no"}, TARGET),
    "public-without-target": ("public", {"_target": ""}, "https://ezid.cdlib.org/id/doi:10.7280/D1ABC"),
    "unavailable": ("unavailable", {}, TOMBSTONE),
    "unavailable-whatever-its-target": ("unavailable", {"_target": MOVED}, TOMBSTONE),
}


@pytest.mark.parametrize(("status", "more", "led"), LEADS.values(), ids=LEADS)
def test_the_resolver_leads_where_the_status_says(status: str, more: dict[str, str], led: str | None) -> None:
    sandbox = ezid_sandbox()
    in_status(sandbox, status)
    post(ezid(sandbox), NAME, **more, note="x")

    assert where(sandbox) == led


def test_a_change_reaches_the_resolver_only_when_the_queue_has_run(slow: Sandbox, clock: TurnedClock) -> None:
    client = ezid(slow)
    put(client, NAME, _status="public", _target=TARGET, **ELEMENTS)
    led = [where(slow)]
    for step in (
        {},
        {"_target": MOVED},
        {"_status": "unavailable"},
        {"_status": "public", "_target": TARGET},
    ):
        if step:
            post(client, NAME, **step)
        clock.turn(seconds=59)
        led.append(where(slow))
        clock.turn(seconds=1)
        led.append(where(slow))

    assert led == [None, None, TARGET, TARGET, MOVED, MOVED, TOMBSTONE, TOMBSTONE, TARGET]


def test_while_the_queue_waits_the_api_shows_the_change_as_done(slow: Sandbox) -> None:
    put(ezid(slow), NAME, _status="public", _target=TARGET, **ELEMENTS)

    assert read(slow)["_status"] == "public"
    assert where(slow) is None


def test_of_two_changes_on_their_way_the_later_arrives(slow: Sandbox, clock: TurnedClock) -> None:
    client = ezid(slow)
    put(client, NAME, _status="public", _target=TARGET, **ELEMENTS)
    clock.turn(seconds=30)
    post(client, NAME, _target=MOVED)
    clock.turn(seconds=59)
    before = where(slow)
    clock.turn(seconds=1)

    assert (before, where(slow)) == (None, MOVED)


# -- what a fault may do to it --------------------------------------------------------------------------------------


NONE: Mapping[str, str] = {}
USUAL = Effects()
PUBLIC = {"_status": "public", "_target": TARGET, **ELEMENTS}


class Registry:
    """An EZID that is told how its own work is to fail."""

    def __init__(self, clock: TurnedClock, *, handover: float = 0.0) -> None:
        self.clock = clock
        self.store = Store(clock=clock)
        self.api = Ezid(
            accounts=Accounts(ACCOUNTS), store=self.store, clock=clock, behaviour=Behaviour(handover=handover)
        )

    def ask(self, method: str, elements: Mapping[str, str] = NONE, *, effects: Effects = USUAL) -> Response:
        path = f"/id/doi:{NAME}"
        headers = {"authorization": "Basic YXBpdXNlcjpzZWNyZXQ=", "accept": "text/plain"}
        request = Request(method, f"/ezid{path}", headers, anvl(**elements))
        return self.api.answer(self.api.route(method, path), request, Trace("ezid", "", effects=effects))

    def led(self) -> str | None:
        record = self.store.get("ezid", NAME.lower())
        assert record is not None
        return record.leads_to(self.clock())


def test_a_hand_over_that_fails_is_never_made_and_nothing_tells(clock: TurnedClock) -> None:
    registry, healthy = Registry(clock), Registry(clock)
    failed = registry.ask("PUT", PUBLIC, effects=Effects(handover_fails=True))
    done = healthy.ask("PUT", PUBLIC)
    clock.turn(days=30)

    assert failed == done
    assert registry.ask("GET").body == healthy.ask("GET").body
    assert (registry.led(), healthy.led()) == (None, TARGET)


def test_a_later_change_hands_over_what_an_earlier_one_could_not(clock: TurnedClock) -> None:
    registry = Registry(clock)
    registry.ask("PUT", PUBLIC, effects=Effects(handover_fails=True))

    registry.ask("POST", {"note": "x"})

    assert registry.led() == TARGET


def test_what_was_handed_over_stays_when_a_change_fails(clock: TurnedClock) -> None:
    registry = Registry(clock)
    registry.ask("PUT", PUBLIC)

    registry.ask("POST", {"_status": "unavailable"}, effects=Effects(handover_fails=True))

    assert registry.led() == TARGET


@pytest.mark.parametrize(("usual", "ordered", "after"), [(0.0, 5.0, 5.0), (60.0, 5.0, 5.0), (60.0, 0.0, 0.0)])
def test_a_fault_has_its_own_time(clock: TurnedClock, usual: float, ordered: float, after: float) -> None:
    registry = Registry(clock, handover=usual)
    registry.ask("PUT", PUBLIC, effects=Effects(handover=ordered))

    clock.turn(seconds=after - 0.5)
    before = registry.led()
    clock.turn(seconds=0.5)

    assert (before, registry.led()) == (None if after else TARGET, TARGET)


STALE: dict[str, tuple[Callable[[Registry], object], bytes]] = {
    "before-it-was": (
        lambda registry: registry.ask("PUT", {"_status": "reserved"}),
        b"error: bad request - no such",
    ),
    "before-it-changed": (lambda registry: registry.ask("POST", {"note": "new"}), b"note: old"),
    "before-it-was-deleted": (lambda registry: registry.ask("DELETE"), b"note: old"),
}


@pytest.mark.parametrize(("change", "told"), STALE.values(), ids=STALE)
def test_a_stale_read_answers_from_a_while_ago(
    clock: TurnedClock, change: Callable[[Registry], object], told: bytes
) -> None:
    registry = Registry(clock)
    if b"note" in told:
        registry.ask("PUT", {"_status": "reserved", "note": "old"})
    clock.turn(seconds=30)
    change(registry)
    clock.turn(seconds=10)

    stale, fresh = (registry.ask("GET", effects=Effects(stale=seconds)) for seconds in (20, 5))

    assert told in stale.body
    assert told not in fresh.body


def test_half_a_second_is_not_lost(clock: TurnedClock) -> None:
    registry = Registry(clock, handover=0.5)
    registry.ask("PUT", PUBLIC)
    record = registry.store.get("ezid", NAME.lower())

    assert record is not None
    assert record.handover_at is not None
    assert datetime.fromisoformat(record.handover_at) == clock() + timedelta(seconds=0.5)
