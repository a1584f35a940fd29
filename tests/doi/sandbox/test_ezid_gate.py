"""EZID's concurrency limit, by a clock that the test turns, and on the way from request to answer."""

import httpx
import pytest

from doi.sandbox.ezid.gate import BusyError, Gate
from tests.doi.sandbox.calls import ezid, put
from tests.doi.sandbox.ezid_calls import NAME, TEST_NAME, ezid_sandbox


class Moment:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def gate(moment: Moment) -> Gate:
    return Gate(1.0, now=moment)


def test_four_run_at_once_and_twelve_wait_their_turn(gate: Gate) -> None:
    assert [gate.enter("a", str(number)) for number in range(16)] == [1.0] * 4 + [2.0] * 4 + [3.0] * 4 + [
        4.0
    ] * 4

    with pytest.raises(BusyError):
        gate.enter("a", "17")


def test_each_user_has_lanes_of_its_own(gate: Gate) -> None:
    for number in range(16):
        gate.enter("a", str(number))

    assert gate.enter("b", "17") == 1.0


def test_what_is_through_makes_room(gate: Gate, moment: Moment) -> None:
    for number in range(16):
        gate.enter("a", str(number))
    moment.now += 1.5

    # Twelve are left: four until 2.0, four until 3.0, four until 4.0.
    assert [gate.enter("a", f"new {number}") for number in range(4)] == [3.5] * 4
    with pytest.raises(BusyError):
        gate.enter("a", "one more")


def test_operations_on_one_identifier_follow_one_another_whoever_asks(gate: Gate) -> None:
    told = [gate.enter(user, "same") for user in ("a", "b", "anonymous")]

    assert told == [1.0, 2.0, 3.0]
    assert gate.enter("a", "another") == 1.0


def test_who_waits_for_an_identifier_holds_no_lane(gate: Gate) -> None:
    for user in ("b", "c", "d"):
        gate.enter(user, "same")

    assert gate.enter("a", "same") == 4.0
    assert [gate.enter("a", str(number)) for number in range(4)] == [1.0] * 4


def test_without_latency_nobody_waits(moment: Moment) -> None:
    gate = Gate(0.0, now=moment)

    assert {gate.enter("a", "same") for _ in range(100)} == {0.0}


def test_the_seventeenth_operation_of_a_user_is_refused_at_once() -> None:
    sandbox = ezid_sandbox(latency=30)
    with ezid(sandbox) as mine, ezid(sandbox, auth=("other", "secret")) as others:
        mine.timeout = others.timeout = httpx.Timeout(0.01)
        for number in range(17):
            with pytest.raises(httpx.ReadTimeout):
                put(mine, f"{NAME}{number}", _status="reserved")
        with pytest.raises(httpx.ReadTimeout):
            put(others, TEST_NAME, _status="reserved")

    assert [line["status"] for line in sandbox.log.recent] == [201] * 16 + [503, 201]
    assert len(sandbox.records()) == 17


def test_anonymous_readers_share_one_user() -> None:
    sandbox = ezid_sandbox(latency=30)
    with ezid(sandbox, auth=None) as anybody, ezid(sandbox) as somebody:
        anybody.timeout = somebody.timeout = httpx.Timeout(0.01)
        for number in range(17):
            with pytest.raises(httpx.ReadTimeout):
                anybody.get(f"/id/doi:{NAME}{number}")
        with pytest.raises(httpx.ReadTimeout):
            somebody.get(f"/id/doi:{NAME}")

    assert [line["status"] for line in sandbox.log.recent] == [400] * 16 + [503, 400]
