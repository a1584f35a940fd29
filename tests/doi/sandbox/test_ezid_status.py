"""EZID's statuses: what may follow what, and what is for ever."""

import pytest

from doi.sandbox import Sandbox
from tests.doi.sandbox.calls import ELEMENTS, ezid, post, put
from tests.doi.sandbox.ezid_calls import BAD, NAME, ezid_sandbox, in_status, read

REFUSED = f"{BAD}_status: invalid identifier status change"
TRANSITIONS = [
    ("create", "reserved", True),
    ("create", "public", True),
    ("create", "unavailable", False),
    ("reserved", "reserved", True),
    ("reserved", "public", True),
    ("reserved", "unavailable", False),
    ("public", "reserved", False),
    ("public", "public", True),
    ("public", "unavailable", True),
    ("unavailable", "reserved", False),
    ("unavailable", "public", True),
    ("unavailable", "unavailable", True),
]


@pytest.fixture
def sandbox() -> Sandbox:
    return ezid_sandbox()


@pytest.mark.parametrize(("before", "after", "allowed"), TRANSITIONS)
def test_a_status_follows_only_where_it_may(
    sandbox: Sandbox, before: str, after: str, *, allowed: bool
) -> None:
    client = ezid(sandbox)
    if before == "create":
        answer = put(client, NAME, _status=after, **ELEMENTS)
    else:
        in_status(sandbox, before)
        answer = post(client, NAME, _status=after)

    if allowed:
        assert answer.is_success
        assert read(sandbox)["_status"] == after
    else:
        assert (answer.status_code, answer.text) == (400, REFUSED)
        assert read(sandbox).get("_status") == (None if before == "create" else before)


REASONS = [
    ("unavailable", "unavailable"),
    ("unavailable | withdrawn", "unavailable | withdrawn"),
    ("unavailable|withdrawn", "unavailable | withdrawn"),
    ("unavailable   |   withdrawn", "unavailable | withdrawn"),
    ("unavailable |", "unavailable"),
    ("unavailable | a | b", "unavailable | a | b"),
    ("unavailable | 100%25", "unavailable | 100%25"),
    ("unavailable | one%0Atwo", "unavailable | one"),
]


@pytest.mark.parametrize(("given", "told"), REASONS)
def test_a_reason_is_read_back_behind_one_bar(sandbox: Sandbox, given: str, told: str) -> None:
    in_status(sandbox, "public")

    assert post(ezid(sandbox), NAME, _status=given).text == "success: doi:10.7280/D1ABC"

    assert read(sandbox)["_status"] == told


def test_a_reason_changes_and_goes_with_the_status(sandbox: Sandbox) -> None:
    in_status(sandbox, "unavailable")
    told = []
    for status in ("unavailable | first", "unavailable | second", "public"):
        post(ezid(sandbox), NAME, _status=status)
        told.append(read(sandbox)["_status"])

    assert told == ["unavailable | first", "unavailable | second", "public"]


def test_an_update_without_a_status_leaves_it_with_its_reason(sandbox: Sandbox) -> None:
    in_status(sandbox, "public")
    post(ezid(sandbox), NAME, _status="unavailable | gone")

    post(ezid(sandbox), NAME, note="x")

    assert read(sandbox)["_status"] == "unavailable | gone"


def test_reserved_becomes_unavailable_only_by_way_of_public(sandbox: Sandbox) -> None:
    in_status(sandbox, "reserved")

    told = [
        post(ezid(sandbox), NAME, _status=status).text for status in ("unavailable", "public", "unavailable")
    ]

    assert told == [REFUSED, "success: doi:10.7280/D1ABC", "success: doi:10.7280/D1ABC"]


def test_without_a_status_a_new_identifier_is_public(sandbox: Sandbox) -> None:
    assert put(ezid(sandbox), NAME, **ELEMENTS).status_code == 201

    assert read(sandbox)["_status"] == "public"


@pytest.mark.parametrize("status", ["reserved", "public", "unavailable"])
def test_only_what_is_reserved_is_deleted(sandbox: Sandbox, status: str) -> None:
    in_status(sandbox, status)

    answer = ezid(sandbox).delete(f"/id/doi:{NAME}")

    if status == "reserved":
        assert (answer.status_code, answer.text) == (200, "success: doi:10.7280/D1ABC")
        assert sandbox.records() == []
    else:
        assert (answer.status_code, answer.text) == (
            400,
            f"{BAD}identifier status does not support deletion",
        )
        assert len(sandbox.records()) == 1


def test_a_deleted_name_may_be_made_again(sandbox: Sandbox) -> None:
    in_status(sandbox, "reserved")
    ezid(sandbox).delete(f"/id/doi:{NAME}")

    assert put(ezid(sandbox), NAME, _status="reserved").status_code == 201


def test_export_no_is_the_registered_state_and_a_reserved_one_a_draft(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    put(client, NAME, _status="reserved", **ELEMENTS)
    post(client, NAME, _status="public", _export="no")
    post(client, NAME, _export="yes")
    post(client, NAME, _status="unavailable")

    history = [step["state"] for step in sandbox.records()[0]["history"]]
    assert history == ["draft", "registered", "findable", "registered"]
