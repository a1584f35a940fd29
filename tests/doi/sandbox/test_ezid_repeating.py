"""What EZID says to the same request a second time, and what tells a client whether the first was done."""

from collections.abc import Callable

import httpx
import pytest

from doi.sandbox import Sandbox
from tests.doi.sandbox.calls import ELEMENTS, anvl, ezid, post, put
from tests.doi.sandbox.ezid_calls import BAD, NAME, SHOULDER, TARGET, ezid_sandbox, in_status, read

UPSERT = "?update_if_exists=yes"
ROWS: dict[str, tuple[str, Callable[[httpx.Client], httpx.Response], int, int, str]] = {
    "create": (
        "",
        lambda client: put(client, NAME, _status="reserved", _target=TARGET),
        201,
        400,
        f"{BAD}identifier already exists, cannot create",
    ),
    "create-or-update-complete": (
        "",
        lambda client: put(client, NAME, query=UPSERT, _status="public", **ELEMENTS),
        201,
        201,
        "success: doi:10.7280/D1ABC",
    ),
    "update": (
        "reserved",
        lambda client: post(client, NAME, note="x"),
        200,
        200,
        "success: doi:10.7280/D1ABC",
    ),
    "publish": (
        "reserved",
        lambda client: post(client, NAME, _status="public"),
        200,
        200,
        "success: doi:10.7280/D1ABC",
    ),
    "withdraw": (
        "public",
        lambda client: post(client, NAME, _status="unavailable | gone"),
        200,
        200,
        "success: doi:10.7280/D1ABC",
    ),
    "delete": (
        "reserved",
        lambda client: client.delete(f"/id/doi:{NAME}"),
        200,
        400,
        f"{BAD}no such identifier",
    ),
}


@pytest.fixture
def sandbox() -> Sandbox:
    return ezid_sandbox()


@pytest.mark.parametrize(("before", "ask", "first", "second", "line"), ROWS.values(), ids=ROWS)
def test_the_second_attempt_says(
    sandbox: Sandbox,
    before: str,
    ask: Callable[[httpx.Client], httpx.Response],
    first: int,
    second: int,
    line: str,
) -> None:
    if before:
        in_status(sandbox, before)
    client = ezid(sandbox)

    answers = [ask(client), ask(client)]

    assert [answer.status_code for answer in answers] == [first, second]
    assert answers[1].text == line


def test_after_a_lost_create_a_read_tells_whose_it_is(sandbox: Sandbox) -> None:
    put(ezid(sandbox), NAME, _status="reserved", _target=TARGET)
    put(ezid(sandbox), NAME, _status="reserved", _target="https://elsewhere.example/")

    elements = read(sandbox)

    assert (elements["_owner"], elements["_target"]) == ("apiuser", TARGET)


def test_a_reserved_upsert_fails_once_the_identifier_is_public(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    told = [put(client, NAME, query=UPSERT, _status="reserved", **ELEMENTS).status_code for _ in range(2)]
    post(client, NAME, _status="public")

    last = put(client, NAME, query=UPSERT, _status="reserved", **ELEMENTS)

    assert told == [201, 201]
    assert last.text == f"{BAD}_status: invalid identifier status change"


def test_minting_twice_makes_two(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    told = {client.post(f"/shoulder/doi:{SHOULDER}", content=anvl(_status="reserved")).text for _ in range(2)}

    assert len(told) == len(sandbox.records()) == 2
