"""The sandbox in the place of doi.org."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from doi.sandbox import Request, Sandbox
from tests.doi.name_vectors import VECTORS
from tests.doi.sandbox.calls import COMPLETE, ELEMENTS, NAME, URL, client, datacite, draft, ezid, post, put
from tests.support.sandbox import sandbox_with


@pytest.fixture
def sandbox() -> Sandbox:
    return sandbox_with(ezid=[("apiuser", "secret", "10.7280/d1")])


@pytest.mark.parametrize(("event", "status"), [(None, 404), ("register", 302), ("publish", 302)])
def test_a_doi_resolves_once_it_is_no_draft(sandbox: Sandbox, event: str | None, status: int) -> None:
    draft(sandbox, **COMPLETE, event=event)
    resolver = client(sandbox, "resolve", auth=None)

    answer = resolver.get(f"/{NAME.upper()}")
    handle = resolver.get(f"/api/handles/{NAME}").json()

    assert answer.status_code == status
    assert answer.headers.get("Location") == (URL if status == 302 else None)
    assert handle["responseCode"] == (1 if status == 302 else 100)
    if status == 302:
        assert handle["values"][0]["data"]["value"] == URL


def test_ezid_leads_to_the_target_or_to_its_own_tombstone(sandbox: Sandbox) -> None:
    account, resolver = ezid(sandbox), client(sandbox, "resolve", auth=None)
    put(account, "10.7280/d1abc", _status="reserved", _target=URL, **ELEMENTS)
    assert resolver.get("/10.7280/d1abc").status_code == 404

    post(account, "10.7280/d1abc", _status="public", _export="no")
    assert resolver.get("/10.7280/d1abc").headers["Location"] == URL

    post(account, "10.7280/d1abc", _status="unavailable | gone")
    tombstone = "https://ezid.cdlib.org/tombstone/id/doi:10.7280/D1ABC"
    assert resolver.get("/10.7280/d1abc").headers["Location"] == tombstone


def test_names_under_ezids_test_shoulder_never_resolve(sandbox: Sandbox) -> None:
    put(ezid(sandbox), "10.5072/fk2abc", _status="public", **ELEMENTS)

    assert client(sandbox, "resolve", auth=None).get("/10.5072/fk2abc").status_code == 404


def test_the_resolver_takes_no_writing(sandbox: Sandbox) -> None:
    assert client(sandbox, "resolve", auth=None).post("/10.7280/d1abc").status_code == 405
    assert datacite(sandbox).get("/dois").status_code == 200
    assert sandbox.counts() == {
        "datacite": {"GET /dois": 1},
        "ezid": {},
        "resolve": {"POST (unknown)": 1},
        "total": 1,
    }


SICI = "10.1002/(sici)1096-8644(199601)99:1<1::aid-ajpa1>3.0.co;2-#"


def ask(sandbox: Sandbox, target: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    """Ask without a client in between, which might mend a target."""
    answer = sandbox.answer(Request(method, f"/resolve{target}"))
    return answer.status, dict(answer.headers), answer.body.decode()


def holding(*names: str, url: str = URL, **more: Any) -> Sandbox:
    sandbox = sandbox_with(clock=lambda: datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    for name in names:
        sandbox.control.seed({"provider": "datacite", "name": name, "owner": "org.repo", "url": url, **more})
    return sandbox


@pytest.mark.parametrize(
    ("_row", "name", "link"), [vector[:3] for vector in VECTORS], ids=lambda each: str(each)[:9]
)
def test_every_awkward_name_resolves_by_its_link(_row: str, name: str, link: str) -> None:
    sandbox = holding(name)
    path = link.removeprefix("https://doi.org")

    assert ask(sandbox, path)[1]["Location"] == URL
    assert json.loads(ask(sandbox, f"/api/handles{path}")[2])["handle"] == name


@pytest.mark.parametrize(
    "target",
    [
        "/10.70112/7k3m-q845",
        "/10.70112%2F7k3m-q845",
        "/10.70112/7K3M-Q845",
        "/doi:10.70112/7k3m-q845",
        "/DOI:%2010.70112/7k3m-q845",
        "/urn:doi:10.70112:7k3m-q845",
        "/URN:DOI:10.70112:7K3M-q845",
        "/urn:doi:10.70112%2F7k3m-q845",
        "/10.70112/7k3m-q845?x=1",
    ],
)
def test_a_name_resolves_in_every_spelling(target: str) -> None:
    assert ask(holding(NAME), target)[1]["Location"] == URL


def test_of_a_urn_only_the_first_colon_is_a_slash() -> None:
    sandbox = holding("10.123/a:b/c")

    assert ask(sandbox, "/urn:doi:10.123:a:b%2Fc")[0] == 302
    assert ask(sandbox, "/urn:doi:10.123:a/b%2Fc")[0] == 404


@pytest.mark.parametrize(
    "target", ["/10.70112%252F7k3m-q845", "/10.70112/7k3m-q845%20", "/10.70112//7k3m-q845", "/", "/10.%FF/x"]
)
def test_another_name_is_not_found_and_its_page_escapes_it(target: str) -> None:
    status, headers, page = ask(holding(NAME), target)

    assert (status, headers["Content-Type"]) == (404, "text/html;charset=utf-8")
    assert "DOI Not Found" in page
    assert "<b>" not in ask(holding(NAME), "/10.1/%3Cb%3E")[2]


def test_an_address_cannot_break_out_of_the_header_or_the_page() -> None:
    sandbox = holding(NAME, url='https://x.example/\r\nSet-Cookie: a="<script>é')

    status, headers, page = ask(sandbox, f"/{NAME}")

    assert status == 302
    assert headers["Location"] == "https://x.example/%0D%0ASet-Cookie:%20a=%22%3Cscript%3E%C3%A9"
    assert "<script" not in page
    assert "<script" not in ask(sandbox, f"/{NAME}?noredirect")[2]


@pytest.mark.parametrize(
    ("query", "code", "types"),
    [
        ("", 1, ["URL", "HS_ADMIN"]),
        ("?type=URL", 1, ["URL"]),
        ("?type=url", 1, ["URL"]),
        ("?index=100", 1, ["HS_ADMIN"]),
        ("?type=URL&index=100", 1, ["URL", "HS_ADMIN"]),
        ("?type=EMAIL", 200, []),
        ("?index=7&type=EMAIL", 200, []),
    ],
)
def test_a_handles_values_are_chosen_by_type_and_index(query: str, code: int, types: list[str]) -> None:
    status, _, text = ask(holding(NAME), f"/api/handles/{NAME}{query}")
    document = json.loads(text)

    assert (status, document["responseCode"]) == (200, code)
    assert [value["type"] for value in document["values"]] == types


def test_a_handles_value_has_all_that_the_proxy_tells() -> None:
    (value,) = json.loads(ask(holding(NAME), f"/api/handles/{NAME.upper()}?type=URL")[2])["values"]

    assert value == {
        "index": 1,
        "type": "URL",
        "data": {"format": "string", "value": URL},
        "ttl": 86400,
        "timestamp": "2026-11-22T12:00:00Z",
    }


@pytest.mark.parametrize("more", [{"state": "draft"}, {"resolves": False}])
def test_what_the_handle_system_was_never_told_is_no_handle(more: dict[str, Any]) -> None:
    status, _, text = ask(holding(NAME, **more), f"/api/handles/{NAME}")

    assert (status, json.loads(text)) == (404, {"responseCode": 100, "handle": NAME})


def test_without_a_redirect_the_values_are_shown() -> None:
    status, headers, page = ask(
        holding(SICI), "/10.1002/(SICI)1096-8644(199601)99:1%3C1::AID-AJPA1%3E3.0.CO;2-%23?noredirect"
    )

    assert (status, headers.get("Location")) == (200, None)
    assert URL in page
    assert "99:1&lt;1::AID" in page


def test_a_change_that_waits_in_ezids_queue_is_not_seen_before_its_time() -> None:
    now = [datetime(2026, 11, 22, 12, 0, tzinfo=UTC)]
    sandbox = sandbox_with(ezid=[("apiuser", "secret", "10.7280/d1")], clock=lambda: now[0])
    sandbox.control.behave(handover=60)
    put(ezid(sandbox), "10.7280/d1abc", _status="public", _target=URL, **ELEMENTS)

    assert ask(sandbox, "/10.7280/d1abc")[0] == 404
    now[0] = datetime(2026, 11, 22, 12, 1, tzinfo=UTC)
    assert ask(sandbox, "/10.7280/d1abc")[0] == 302
    handle = json.loads(ask(sandbox, "/api/handles/10.7280/d1abc?type=URL")[2])
    assert handle["values"][0]["timestamp"] == "2026-11-22T12:01:00Z"


def test_a_head_is_answered_as_a_get_is() -> None:
    assert ask(holding(NAME), f"/{NAME}", "HEAD")[:2] == ask(holding(NAME), f"/{NAME}")[:2]
