"""Shoulders, test identifiers, and how an account finds out what it may do."""

import re

import pytest

from doi.sandbox import Sandbox
from tests.doi.sandbox.calls import ELEMENTS, anvl, ezid, post, put
from tests.doi.sandbox.ezid_calls import (
    BAD,
    SHOULDER,
    TEST_NAME,
    TurnedClock,
    ezid_sandbox,
    in_status,
    read,
    resolver,
)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def sandbox(clock: TurnedClock) -> Sandbox:
    return ezid_sandbox(clock=clock)


MAY = {
    "own-shoulder": ("apiuser", "10.7280/D1X", True),
    "another-shoulder-of-the-prefix": ("apiuser", "10.7280/D9X", False),
    "above-the-shoulder": ("apiuser", "10.7280/DX", False),
    "whole-prefix": ("other", "10.7299/X", True),
    "another-prefix-that-begins-alike": ("other", "10.72991/X", False),
    "of-whom-one-acts-for": ("deputy", "10.7280/D9X", True),
    "of-a-stranger": ("deputy", "10.7280/D1X", False),
    "test-shoulder": ("deputy", "10.5072/FK2X", True),
    "crossref-test-shoulder": ("deputy", "10.15697/X", True),
    "beside-the-test-shoulder": ("deputy", "10.5072/FK3X", False),
}


@pytest.mark.parametrize(("user", "name", "may"), MAY.values(), ids=MAY)
def test_an_account_creates_under_its_shoulders(sandbox: Sandbox, user: str, name: str, *, may: bool) -> None:
    client = ezid(sandbox, auth=(user, "secret"))

    probe = put(client, name, _status="unavailable")
    made = put(client, name, _status="reserved")

    # The probe tells which, and makes nothing.
    expected = (400, f"{BAD}_status: invalid identifier status change") if may else (403, "error: forbidden")
    assert (probe.status_code, probe.text) == expected
    assert made.status_code == (201 if may else 403)
    assert len(sandbox.records()) == (1 if may else 0)


def test_what_a_deputy_makes_is_its_own(sandbox: Sandbox) -> None:
    put(ezid(sandbox, auth=("deputy", "secret")), "10.7280/D9X", _status="reserved")

    assert read(sandbox, "10.7280/D9X")["_owner"] == "deputy"


@pytest.mark.parametrize(
    ("user", "status"),
    [("other", 200), ("deputy", 200), ("apiuser", 403)],
    ids=["owner", "proxy", "stranger"],
)
def test_an_identifier_is_changed_by_its_owner_and_its_proxies(
    sandbox: Sandbox, user: str, status: int
) -> None:
    put(ezid(sandbox, auth=("other", "secret")), "10.7280/D9X", _status="reserved")
    client = ezid(sandbox, auth=(user, "secret"))

    assert post(client, "10.7280/D9X", note="x").status_code == status
    assert client.delete("/id/doi:10.7280/D9X").status_code == status


SHOULDERS = {
    "own": "doi:10.7280/D1",
    "in-small": "doi:10.7280/d1",
    "test": "doi:10.5072/FK2",
    "crossref-test": "doi:10.15697/",
}


@pytest.mark.parametrize("shoulder", SHOULDERS.values(), ids=SHOULDERS)
def test_minting_draws_a_name_in_ezids_alphabet(sandbox: Sandbox, shoulder: str) -> None:
    client = ezid(sandbox)

    answers = [client.post(f"/shoulder/{shoulder}", content=anvl(_status="reserved")) for _ in range(20)]

    pattern = (
        rf"success: {shoulder.upper().replace('DOI', 'doi')}[0-9BCDFGHJKMNPQRSTVWXZ]{{8}} \| ark:/[a-z0-9/]+"
    )
    assert {answer.status_code for answer in answers} == {201}
    assert all(re.fullmatch(pattern, answer.text) for answer in answers)
    assert len({answer.text for answer in answers}) == 20


def test_a_mint_that_fails_makes_nothing(sandbox: Sandbox) -> None:
    answer = ezid(sandbox).post(f"/shoulder/doi:{SHOULDER}")

    assert answer.status_code == 400
    assert "Public DOI metadata requirements not satisfied" in answer.text
    assert sandbox.records() == []


@pytest.mark.parametrize(("days", "there"), [(13.99, True), (14, False)])
@pytest.mark.parametrize("status", ["reserved", "public"])
def test_a_test_identifier_is_deleted_after_two_weeks(
    sandbox: Sandbox, clock: TurnedClock, status: str, days: float, *, there: bool
) -> None:
    in_status(sandbox, status, TEST_NAME)
    in_status(sandbox, status, "10.7280/D1KEPT")
    clock.turn(days=days)

    client = ezid(sandbox)

    assert client.get(f"/id/doi:{TEST_NAME}").is_success is there
    assert client.get("/id/doi:10.7280/D1KEPT").is_success
    assert put(client, TEST_NAME, _status="reserved").is_success is not there


@pytest.mark.parametrize("status", ["reserved", "public", "unavailable"])
def test_a_test_identifier_never_reaches_the_resolver(sandbox: Sandbox, status: str) -> None:
    in_status(sandbox, status, TEST_NAME)

    assert resolver(sandbox).get(f"/{TEST_NAME}").status_code == 404


def test_everybody_reads_what_is_reserved(sandbox: Sandbox) -> None:
    in_status(sandbox, "reserved", "10.7280/D1SECRET")

    assert read(sandbox, "10.7280/D1SECRET")["datacite.creator"] == ELEMENTS["datacite.creator"]
