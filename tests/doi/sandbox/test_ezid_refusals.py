"""Which code EZID answers with, in which words, and which of several reasons it finds first."""

from typing import Any

import httpx
import pytest

from doi.sandbox import Sandbox
from tests.doi.sandbox.calls import ELEMENTS, anvl, ezid, put
from tests.doi.sandbox.ezid_calls import BAD, NAME, ezid_sandbox, in_status

TYPE = "If specified, Content-Type must be text/plain and encoding must be UTF-8"
ID = f"/id/doi:{NAME}"
RESERVED = anvl(_status="reserved")
type Call = tuple[str, str, dict[str, Any]]

ROWS: dict[str, tuple[Call, int, str]] = {
    "read": (("GET", ID, {}), 200, "success: doi:10.7280/D1ABC"),
    "create": (
        ("PUT", f"{ID}2", {"content": RESERVED}),
        201,
        "success: doi:10.7280/D1ABC2 | ark:/b7280/d1abc2",
    ),
    "create-or-update": (
        ("PUT", f"{ID}?update_if_exists=yes", {"content": RESERVED}),
        201,
        "success: doi:10.7280/D1ABC",
    ),
    "create-or-update-of-none": (
        ("PUT", f"{ID}2?update_if_exists=YES", {"content": RESERVED}),
        201,
        "success: doi:10.7280/D1ABC2 | ark:/b7280/d1abc2",
    ),
    "update": (("POST", ID, {"content": b"note: x"}), 200, "success: doi:10.7280/D1ABC"),
    "delete": (("DELETE", ID, {}), 200, "success: doi:10.7280/D1ABC"),
    "absent-get": (("GET", f"{ID}2", {}), 400, f"{BAD}no such identifier"),
    "absent-post": (("POST", f"{ID}2", {}), 400, f"{BAD}no such identifier"),
    "absent-delete": (("DELETE", f"{ID}2", {}), 400, f"{BAD}no such identifier"),
    "duplicate": (
        ("PUT", ID, {"content": RESERVED}),
        400,
        f"{BAD}identifier already exists, cannot create",
    ),
    "duplicate-in-small": (
        ("PUT", f"/id/doi:{NAME.lower()}?update_if_exists=no", {"content": RESERVED}),
        400,
        f"{BAD}identifier already exists, cannot create",
    ),
    "invalid-identifier": (("GET", "/id/10.7280/D1ABC", {}), 400, f"{BAD}invalid identifier"),
    "no-such-shoulder": (("POST", "/shoulder/doi:10.7280/ZZ", {}), 400, f"{BAD}no such shoulder"),
    "shoulder-without-doi": (("POST", "/shoulder/10.7280/D1", {}), 400, f"{BAD}no such shoulder"),
    "no-minter": (("POST", "/shoulder/doi:10.7299", {}), 400, f"{BAD}shoulder does not support minting"),
    "unknown-option": (
        ("GET", f"{ID}?colour=red", {}),
        400,
        f"{BAD}unrecognized URL query parameter 'colour'",
    ),
    "unknown-option-accented": (
        ("GET", f"{ID}?%C3%A9=1", {}),
        400,
        f"{BAD}unrecognized URL query parameter '&#233;'",
    ),
    "option-of-another-operation": (
        ("POST", f"{ID}?update_if_exists=yes", {}),
        400,
        f"{BAD}unrecognized URL query parameter 'update_if_exists'",
    ),
    # EZID forgets the name, and a percent sign in a status line is encoded.
    "option-value": (
        ("GET", f"{ID}?prefix_match=1", {}),
        400,
        f"{BAD}invalid value for URL query parameter '%25s'",
    ),
    "anvl": (("PUT", f"{ID}2", {"content": b"_status"}), 400, f"{BAD}ANVL parse error (no colon in line)"),
    "utf-8": (("PUT", f"{ID}2", {"content": b"a: \xff"}), 400, f"{BAD}character decoding error"),
    "status": (
        ("POST", ID, {"content": b"_status: unavailable"}),
        400,
        f"{BAD}_status: invalid identifier status change",
    ),
    "owner": (("POST", ID, {"content": b"_owner: other"}), 400, f"{BAD}ownership change prohibited"),
    "unauthorized": (("PUT", f"{ID}2", {"auth": ("apiuser", "x")}), 401, "error: unauthorized"),
    "unauthorized-login": (("GET", "/login", {"auth": ("apiuser", "x")}), 401, "error: unauthorized"),
    "forbidden-create": (
        ("PUT", "/id/doi:10.7280/D9X", {"content": RESERVED}),
        403,
        "error: forbidden",
    ),
    "forbidden-mint": (("POST", "/shoulder/doi:10.7280/D9", {}), 403, "error: forbidden"),
    "forbidden-update": (("POST", ID, {"auth": ("other", "secret")}), 403, "error: forbidden"),
    "forbidden-delete": (("DELETE", ID, {"auth": ("other", "secret")}), 403, "error: forbidden"),
    "patch": (("PATCH", ID, {}), 405, "error: method not allowed"),
    "head": (("HEAD", ID, {}), 405, "error: method not allowed"),
    "shoulder-put": (("PUT", "/shoulder/doi:10.7280/D1", {}), 405, "error: method not allowed"),
    "login-post": (("POST", "/login", {}), 405, "error: method not allowed"),
    "logout-post": (("POST", "/logout", {}), 405, "error: method not allowed"),
    "status-post": (("POST", "/status", {}), 405, "error: method not allowed"),
    "version-post": (("POST", "/version", {}), 405, "error: method not allowed"),
    "download-get": (("GET", "/download_request", {}), 405, "error: method not allowed"),
}


@pytest.fixture
def sandbox() -> Sandbox:
    sandbox = ezid_sandbox()
    in_status(sandbox, "reserved")
    return sandbox


def ask(sandbox: Sandbox, call: Call) -> httpx.Response:
    method, path, more = call
    return ezid(sandbox).request(method, path, **more)


@pytest.mark.parametrize(("call", "status", "line"), ROWS.values(), ids=ROWS)
def test_each_answer_has_its_code_and_line(sandbox: Sandbox, call: Call, status: int, line: str) -> None:
    answer = ask(sandbox, call)

    assert (answer.status_code, answer.text.partition("\n")[0]) == (status, line)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers.get("WWW-Authenticate") == ('Basic realm="EZID"' if status == 401 else None)


TYPES = {
    "none": (None, True),
    "plain": ("text/plain", True),
    "charset": ("text/plain; charset=utf-8", True),
    "charset-in-capitals": ("text/plain;charset=UTF-8", True),
    "charset-in-quotes": ('text/plain; charset="utf-8"', True),
    "capitals": ("Text/Plain", False),
    "another-charset": ("text/plain; charset=iso-8859-1", False),
    "html": ("text/html", False),
    "form": ("application/x-www-form-urlencoded", False),
}


@pytest.mark.parametrize(("kind", "taken"), TYPES.values(), ids=TYPES)
def test_a_body_is_plain_text_in_utf_8(sandbox: Sandbox, kind: str | None, *, taken: bool) -> None:
    headers = {"Content-Type": kind} if kind is not None else {}

    answer = ezid(sandbox).put(f"{ID}2", content=RESERVED, headers=headers)

    assert answer.status_code == (201 if taken else 400)
    assert taken or answer.text == BAD + TYPE


# Each step of a create goes wrong in all that follows too: the first is what EZID says.
WRONG = b"_status: Public\n_owner: other"
INCOMPLETE = b"_status: public\n_owner: other"
OTHERS = anvl(_status="public", _owner="other", **ELEMENTS)
ORDER: dict[str, tuple[Call, str]] = {
    "method": (
        ("PATCH", "/id/bad?a=1", {"auth": ("apiuser", "x"), "content": b"x"}),
        "error: method not allowed",
    ),
    "sign-in": (("PUT", "/id/bad?a=1", {"auth": ("apiuser", "x"), "content": b"x"}), "error: unauthorized"),
    "content-type": (
        ("PUT", "/id/bad?a=1", {"content": b"x", "headers": {"Content-Type": "text/html"}}),
        BAD + TYPE,
    ),
    "anvl": (("PUT", "/id/bad?a=1", {"content": b"x"}), f"{BAD}ANVL parse error (no colon in line)"),
    "query": (("PUT", "/id/bad?a=1", {"content": WRONG}), f"{BAD}unrecognized URL query parameter 'a'"),
    "identifier": (("PUT", "/id/bad", {"content": WRONG}), f"{BAD}invalid identifier"),
    "shoulder": (("PUT", "/id/doi:10.7280/D9X", {"content": WRONG}), "error: forbidden"),
    "elements": (("PUT", ID, {"content": WRONG}), f"{BAD}_status: invalid identifier status"),
    "whole-record": (("PUT", ID, {"content": INCOMPLETE}), f'{BAD}error="ValidationError(['),
    "owner": (("PUT", ID, {"content": OTHERS}), f"{BAD}ownership change prohibited"),
    "exists": (
        ("PUT", ID, {"content": anvl(_status="public", **ELEMENTS)}),
        f"{BAD}identifier already exists, cannot create",
    ),
}


@pytest.mark.parametrize(("call", "words"), ORDER.values(), ids=ORDER)
def test_a_create_is_refused_for_the_first_reason(sandbox: Sandbox, call: Call, words: str) -> None:
    assert ask(sandbox, call).text.startswith(words)


UPDATES: dict[str, tuple[Call, str]] = {
    "identifier": (("POST", "/id/bad", {"content": WRONG}), f"{BAD}invalid identifier"),
    "absent": (("POST", "/id/doi:10.7280/D9X", {"content": WRONG}), f"{BAD}no such identifier"),
    "not-the-owner": (("POST", ID, {"auth": ("other", "secret"), "content": WRONG}), "error: forbidden"),
    "elements": (("POST", ID, {"content": WRONG}), f"{BAD}_status: invalid identifier status"),
}


@pytest.mark.parametrize(("call", "words"), UPDATES.values(), ids=UPDATES)
def test_an_update_is_refused_for_the_first_reason(sandbox: Sandbox, call: Call, words: str) -> None:
    assert ask(sandbox, call).text.startswith(words)


def test_an_update_if_exists_of_anothers_identifier_is_forbidden(sandbox: Sandbox) -> None:
    put(ezid(sandbox), "10.5072/FK2X", _status="reserved")

    answer = put(
        ezid(sandbox, auth=("other", "secret")),
        "10.5072/FK2X",
        query="?update_if_exists=yes",
        _status="reserved",
    )

    assert (answer.status_code, answer.text) == (403, "error: forbidden")


UPSERTS = {
    "complete": ({"_status": "public", "note": "x", **ELEMENTS}, 201),
    # Though the identifier that is there has all of it.
    "incomplete-by-itself": ({"_status": "public", "note": "x"}, 400),
    "no-status-is-public": ({"note": "x"}, 400),
    "unavailable-though-it-exists": ({"_status": "unavailable", **ELEMENTS}, 400),
    "reserved-again": ({"_status": "reserved"}, 400),
}


@pytest.mark.parametrize(("elements", "status"), UPSERTS.values(), ids=UPSERTS)
def test_what_is_created_or_updated_is_first_judged_as_new(elements: dict[str, str], status: int) -> None:
    sandbox = ezid_sandbox()
    in_status(sandbox, "public")

    answer = put(ezid(sandbox), NAME, query="?update_if_exists=yes", **elements)

    assert answer.status_code == status


@pytest.mark.parametrize(
    "line", ["error: internal server error", "error: minter failed to create an identifier"]
)
def test_ezids_own_failure_is_a_line_too_and_comes_on_order(sandbox: Sandbox, line: str) -> None:
    sandbox.faults.order(
        [{"match": {"provider": "ezid"}, "times": 1, "action": {"status": 500, "body": line}}]
    )

    broken, whole = ask(sandbox, ("GET", ID, {})), ask(sandbox, ("GET", ID, {}))

    assert (broken.status_code, broken.text) == (500, line)
    assert whole.status_code == 200
