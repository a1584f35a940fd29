"""How DataCite refuses: the table of errors (registry protocols, 1.5) row by row, and bodies that cannot be read."""

import gzip
import json
import tracemalloc
import zlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from doi.sandbox import Sandbox
from doi.sandbox.behaviour import Behaviour
from tests.doi.sandbox.calls import COMPLETE, NAME, URL, attributes_of, body, datacite, draft
from tests.support.sandbox import sandbox_with

JSON_API = {"Content-Type": "application/vnd.api+json"}
NO_PAYLOAD = "You need to provide a payload following the JSONAPI spec"
NOT_YOURS = "You are not authorized to access this resource."
NOT_THERE = "The resource you are looking for doesn't exist."
FINDABLE = "10.70112/findable"


@pytest.fixture
def sandbox() -> Sandbox:
    sandbox = sandbox_with(
        datacite=[
            ("ORG.REPO", "secret", "10.70112"),
            ("OTHER.REPO", "x", "10.70113"),
            ("MEMBER", "x", "10.70112"),
        ]
    )
    draft(sandbox, url=URL)
    draft(sandbox, FINDABLE, **COMPLETE, event="publish")
    return sandbox


type Row = tuple[str, str, str, Any, Mapping[str, Any], int, str]
OWNER, NOBODY, WRONG = ("org.repo", "secret"), None, ("org.repo", "no")
OTHER, MEMBER = ("other.repo", "x"), ("member", "x")
NEW = body(doi="10.70112/new")
# When, method, path, body, how it is asked, and the answer: status and title in the general shape.
GENERAL: list[Row] = [
    ("no data", "POST", "/dois", {}, {}, 400, NO_PAYLOAD),
    ("data is no object", "POST", "/dois", {"data": "x"}, {}, 400, NO_PAYLOAD),
    (
        "no attributes",
        "POST",
        "/dois",
        {"data": {"type": "dois"}},
        {},
        422,
        "param is missing or the value is empty",
    ),
    ("no credentials on a write", "POST", "/dois", NEW, {"auth": NOBODY}, 401, "Bad credentials."),
    ("no credentials on an update", "PUT", f"/dois/{NAME}", NEW, {"auth": NOBODY}, 401, "Bad credentials."),
    (
        "wrong password on PUT of an existing DOI",
        "PUT",
        f"/dois/{NAME}",
        NEW,
        {"auth": WRONG},
        401,
        "Bad credentials.",
    ),
    ("wrong password on DELETE", "DELETE", f"/dois/{NAME}", None, {"auth": WRONG}, 401, "Bad credentials."),
    ("prefix not assigned", "POST", "/dois", body(doi="10.70113/x"), {}, 403, NOT_YOURS),
    ("DOI of another repository", "PUT", f"/dois/{NAME}", NEW, {"auth": OTHER}, 403, NOT_YOURS),
    ("member account", "POST", "/dois", NEW, {"auth": MEMBER}, 403, NOT_YOURS),
    ("absent", "GET", "/dois/10.70112/absent", None, {}, 404, NOT_THERE),
    ("not visible", "GET", f"/dois/{NAME}", None, {"auth": NOBODY}, 404, NOT_THERE),
    ("wrong password on POST", "POST", "/dois", NEW, {"auth": WRONG}, 404, NOT_THERE),
    (
        "wrong password on PUT of an absent DOI",
        "PUT",
        "/dois/10.70112/absent",
        NEW,
        {"auth": WRONG},
        404,
        NOT_THERE,
    ),
    ("no such repository", "GET", "/repositories/no.such", None, {}, 404, NOT_THERE),
    ("no such address", "GET", "/nothing", None, {}, 404, NOT_THERE),
    ("DELETE of a non-draft", "DELETE", f"/dois/{FINDABLE}", None, {}, 405, "Method not allowed"),
    ("random without prefix", "GET", "/dois/random", None, {}, 422, "Parameter prefix is required"),
    (
        "random with an invalid prefix",
        "GET",
        "/dois/random?prefix=20.1",
        None,
        {},
        500,
        "No valid prefix found",
    ),
    ("invalid prefix", "POST", "/dois", body(prefix="20.1"), {}, 500, "No valid prefix found"),
    (
        "types is a text",
        "POST",
        "/dois",
        body(doi="10.70112/x", types="Dataset"),
        {},
        400,
        "undefined method",
    ),
]


@pytest.mark.parametrize(
    ("method", "path", "document", "how", "status", "title"),
    [pytest.param(*row[1:], id=row[0]) for row in GENERAL],
)
def test_a_refusal_of_the_general_shape(
    sandbox: Sandbox, method: str, path: str, document: Any, how: Mapping[str, Any], status: int, title: str
) -> None:
    before = sandbox.records()

    answer = datacite(sandbox, auth=how.get("auth", OWNER)).request(method, path, json=document)

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["status"]) == (status, str(status))
    assert error["title"].startswith(title)
    assert error.keys() == {"status", "title"}
    assert sandbox.records() == before


# --- The shape of validations, whose titles test_datacite_checks asks for -----------------------------------------


def test_a_validation_tells_all_sources_at_once_and_each_once(sandbox: Sandbox) -> None:
    answer = datacite(sandbox).post(
        "/dois", json=body(doi="10.70112/a b", url="nonsense", titles=["T", "U"], reason="r" * 256)
    )

    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert sorted(error["source"] for error in errors) == ["doi", "reason", "titles", "url"]
    assert all(error.keys() == {"source", "title", "uid"} for error in errors)
    assert all(error["title"][0].isupper() for error in errors)


# --- Bodies ---------------------------------------------------------------------------------------------------------

CONTENT = b'{"data": {"attributes": {"doi": "10.70112/x"}}}'
BODIES: list[tuple[str, bytes, dict[str, str], int, str]] = [
    ("JSON:API", CONTENT, JSON_API, 201, ""),
    ("JSON:API with charset", CONTENT, {"Content-Type": "application/vnd.api+json; charset=utf-8"}, 201, ""),
    ("JSON", CONTENT, {"Content-Type": "application/json"}, 201, ""),
    ("plain text", CONTENT, {"Content-Type": "text/plain"}, 400, NO_PAYLOAD),
    ("a form", CONTENT, {"Content-Type": "application/x-www-form-urlencoded"}, 400, NO_PAYLOAD),
    ("no type", CONTENT, {}, 400, NO_PAYLOAD),
    ("empty", b"", JSON_API, 400, NO_PAYLOAD),
    ("malformed JSON", b'{"data": {"attri', JSON_API, 400, "Unterminated string"),
    ("JSON that is too deep", b"[" * 100_000, JSON_API, 400, "nesting of 101 is too deep"),
    (
        "JSON in xml that is too deep",
        b'{"data": {"attributes": {"doi": "10.70112/x", "xml": "%s"}}}' % b64encode(b'{"a":' * 100_000),
        JSON_API,
        400,
        "nesting of 101 is too deep",
    ),
    (
        "a name that ends in a line end",
        b'{"data": {"attributes": {"doi": "10.70112/x\\n"}}}',
        JSON_API,
        422,
        "Is invalid",
    ),
    (
        "a URL that ends in a line end",
        b'{"data": {"attributes": {"doi": "10.70112/x", "url": "https://x.example/\\n"}}}',
        JSON_API,
        422,
        "URL is not valid",
    ),
    (
        "a language that ends in a line end",
        b'{"data": {"attributes": {"doi": "10.70112/x", "language": "en\\n"}}}',
        JSON_API,
        422,
        "Is invalid",
    ),
    (
        "one thing for several other identifiers",
        b'{"data": {"attributes": {"doi": "10.70112/x", "alternateIdentifiers": 5}}}',
        JSON_API,
        422,
        "Identifier '5' should be an object",
    ),
    ("no text at all", b"\xff\xfe\xfd", JSON_API, 400, ""),
    ("gzip", gzip.compress(CONTENT), {**JSON_API, "Content-Encoding": "gzip"}, 201, ""),
    ("deflate", zlib.compress(CONTENT), {**JSON_API, "Content-Encoding": "deflate"}, 201, ""),
    (
        "malformed XML",
        b'{"data": {"attributes": {"doi": "10.70112/x", "xml": "PGE+"}}}',
        JSON_API,
        400,
        "XML",
    ),
    (
        "xml that is not base64",
        b'{"data": {"attributes": {"doi": "10.70112/x", "xml": "<a>"}}}',
        JSON_API,
        400,
        "",
    ),
    (
        "XML of nothing known",
        b'{"data": {"attributes": {"doi": "10.70112/x", "xml": "PGEvPg=="}}}',
        JSON_API,
        400,
        "",
    ),
]


@pytest.mark.parametrize(
    ("content", "headers", "status", "title"), [pytest.param(*row[1:], id=row[0]) for row in BODIES]
)
def test_a_body_is_read_or_refused(
    sandbox: Sandbox, content: bytes, headers: dict[str, str], status: int, title: str
) -> None:
    answer = datacite(sandbox).post("/dois", content=content, headers=headers)

    assert answer.status_code == status
    if status != 201:
        assert answer.json()["errors"][0]["title"].startswith(title)
        assert len(sandbox.records()) == 2


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("auth", [OWNER, None], ids=["signed in", "before anybody is asked who they are"])
def test_a_broken_compressed_body_is_the_odd_500(
    sandbox: Sandbox, coding: str, auth: tuple[str, str] | None
) -> None:
    answer = datacite(sandbox, auth=auth).post(
        "/dois", content=b"nonsense", headers={**JSON_API, "Content-Encoding": coding}
    )

    assert answer.status_code == 500
    assert answer.json().keys() == {"status", "title"}
    assert answer.json()["status"] == 400


def test_a_small_body_that_unpacks_to_very_much_is_refused_before_it_does(sandbox: Sandbox) -> None:
    headers = {**JSON_API, "Content-Encoding": "gzip"}
    packed = gzip.compress(b" " * 80 * 1024 * 1024, compresslevel=1)
    tracemalloc.start()
    answer = datacite(sandbox).post("/dois", content=packed, headers=headers)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (answer.status_code, answer.json()["status"]) == (500, 400)
    assert most < 140 * 1024 * 1024


def test_a_compressed_body_that_is_cut_off_is_the_odd_500(sandbox: Sandbox) -> None:
    headers = {**JSON_API, "Content-Encoding": "gzip"}
    answer = datacite(sandbox).post("/dois", content=gzip.compress(CONTENT)[:-9], headers=headers)

    assert (answer.status_code, answer.json()["status"]) == (500, 400)


@pytest.mark.parametrize("affiliation", [5, "U", {"name": "U"}, [{"name": "U"}], ["U"]])
def test_one_affiliation_in_the_place_of_a_list_is_shown_as_a_list(
    sandbox: Sandbox, affiliation: object
) -> None:
    answer = datacite(sandbox).post(
        "/dois", json=body(doi="10.70112/x", creators=[{"name": "A", "affiliation": affiliation}])
    )

    assert answer.status_code == 201
    assert attributes_of(answer)["creators"][0]["affiliation"] == [5 if affiliation == 5 else "U"]
    assert datacite(sandbox).get("/dois").status_code == 200


def test_a_url_that_cannot_be_taken_apart_has_no_host_that_is_allowed(sandbox: Sandbox) -> None:
    sandbox.control.account("datacite", "ORG.REPO", domains="*.example.edu")
    answer = datacite(sandbox).post(
        "/dois", json=body(doi="10.70112/x", **{**COMPLETE, "url": "http://[x/"}, event="publish")
    )

    assert answer.status_code == 422
    assert "is not allowed by repository" in answer.json()["errors"][0]["title"]


def test_a_compressed_body_is_not_unpacked_for_patch(sandbox: Sandbox) -> None:
    headers = {**JSON_API, "Content-Encoding": "gzip"}
    content = gzip.compress(json.dumps(body(version="2")).encode())

    assert datacite(sandbox).patch(f"/dois/{NAME}", content=content, headers=headers).status_code == 400
    assert datacite(sandbox).put(f"/dois/{NAME}", content=content, headers=headers).status_code == 200


@pytest.mark.parametrize(("over", "status"), [(0, 201), (1, 413)], ids=["10 MB", "one byte more"])
def test_the_web_server_takes_ten_megabytes(sandbox: Sandbox, over: int, status: int) -> None:
    content = CONTENT + b" " * (10 * 1024 * 1024 + over - len(CONTENT))

    answer = datacite(sandbox, auth=OWNER).post("/dois", content=content, headers=JSON_API)

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html" if over else "application/json")


# --- What is accepted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/vnd.api+json", 200),
        ("application/json; charset=utf-8", 200),
        ("*/*", 200),
        ("", 200),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 200),
        ("application/x-unknown, application/json", 200),
        ("application/x-unknown", 406),
        ("application/jsonish", 406),
        ("image/png, image/*", 406),
    ],
)
@pytest.mark.parametrize("path", ["/dois", f"/dois/{NAME}"])
def test_an_answer_in_an_unknown_type_is_refused(
    sandbox: Sandbox, path: str, accept: str, status: int
) -> None:
    answer = datacite(sandbox).get(path, headers={"Accept": accept})

    assert answer.status_code == status
    if status == 406:
        title = "The content type is not recognized."
        assert answer.json() == {"errors": [{"status": "406", "title": title}]}


# --- What only happens on order ---------------------------------------------------------------------------------------

RACE = {"errors": [{"status": "409", "title": "The resource already exists."}]}


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ({"status": 409, "body": json.dumps(RACE)}, 409, ""),
        ({"page": "gateway", "status": 502}, 502, "text/html"),
        ({"page": "gateway", "status": 503}, 503, "text/html"),
        ({"page": "gateway", "status": 504}, 504, "text/html"),
    ],
    ids=["two creates raced", "gateway 502", "gateway 503", "gateway 504"],
)
def test_what_one_caller_cannot_bring_about_is_ordered(
    sandbox: Sandbox, action: dict[str, Any], status: int, kind: str
) -> None:
    sandbox.faults.order([{"times": 1, "action": action}])

    answer: httpx.Response = datacite(sandbox).post("/dois", json=NEW)

    assert answer.status_code == status
    assert answer.headers.get("Content-Type", "").startswith(kind)
    assert datacite(sandbox).post("/dois", json=NEW).status_code == 201


def test_too_many_requests_are_refused_by_the_firewall() -> None:
    sandbox = sandbox_with(behaviour=Behaviour(list_lag=0, rate_limits=True))
    client = datacite(sandbox, auth=None)
    statuses = [client.get("/heartbeat").status_code for _ in range(501)]
    answer = client.get("/heartbeat")

    assert statuses == [200] * 500 + [429]
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert answer.text.startswith("<html>")
    assert "X-Request-Id" not in answer.headers
