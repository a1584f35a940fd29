"""What the sandbox shows to people."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from doi.sandbox import Request, Response, Sandbox
from doi.sandbox.accounts import Account
from tests.doi.name_vectors import VECTORS
from tests.doi.sandbox.calls import COMPLETE, ELEMENTS, NAME, URL, body, datacite, draft, ezid, put
from tests.support.sandbox import sandbox_with

EVIL = "<script>alert(1)</script>\"'\u202e&amp;"
EVIL_ACCOUNT = "ORG.<script>\"'"
PAGES = (
    "/",
    "/dois",
    "/log",
    "/faults",
    f"/dois/datacite/{quote(NAME, safe='')}",
    "/dois/ezid/10.7280%2Fd1a",
)


def get(sandbox: Sandbox, target: str) -> Response:
    return sandbox.answer(Request("GET", target))


def shown(sandbox: Sandbox, target: str) -> str:
    answer = get(sandbox, target)
    assert answer.status == 200, target
    return answer.body.decode()


def here(name: str, provider: str = "datacite") -> str:
    return f"/dois/{provider}/{quote(name, safe='')}"


def poisoned() -> Sandbox:
    """A sandbox in which everything a stranger can write is written to break out of a page."""
    sandbox = Sandbox(
        [
            Account("datacite", EVIL_ACCOUNT, "very-secret", ("10.70112",), domains=EVIL),
            Account("ezid", "apiuser", "very-secret", ("10.7280/d1",)),
        ]
    )
    metadata = {**COMPLETE, "titles": [{"title": EVIL}], EVIL: EVIL}
    for name in (NAME, f"10.70112/{EVIL}"):
        seed = {"provider": "datacite", "name": name, "owner": EVIL, "url": f"https://x.example/{EVIL}"}
        sandbox.control.seed({**seed, "metadata": metadata})
    elements = {**ELEMENTS, "datacite.title": EVIL, EVIL: EVIL, "datacite": f"<resource>{EVIL}</resource>"}
    seed = {"provider": "ezid", "name": "10.7280/d1a", "owner": "apiuser", "url": f"javascript:{EVIL}"}
    sandbox.control.seed({**seed, "metadata": elements})
    client = datacite(sandbox, auth=(EVIL_ACCOUNT, "very-secret"))
    client.get(f"/dois?{EVIL}")
    client.put(f"/dois/{quote(EVIL)}", json=body(doi=EVIL))
    sandbox.faults.order([{"match": {"doi": re.escape(EVIL)}, "action": {"status": 500, "body": EVIL}}])
    return sandbox


def test_the_overview_tells_accounts_dois_requests_and_counts() -> None:
    sandbox = sandbox_with()
    draft(sandbox, url="https://a.example/?a=1&b=2")
    sandbox.control.account("ezid", "apiuser", active=False)

    page = shown(sandbox, "/")

    for words in (
        "ORG.REPO",
        "not active",
        NAME,
        "draft",
        "https://a.example/?a=1&amp;b=2",
        "POST /datacite/dois",
    ):
        assert words in page
    assert "Requests so far: 1" in page


@pytest.mark.parametrize(
    "target", [*PAGES, f"/log?doi={quote(EVIL)}&status={quote(EVIL)}", f"/dois?q={quote(EVIL)}"]
)
def test_nothing_from_outside_gets_out_of_its_place_and_no_password_is_shown(target: str) -> None:
    page = shown(poisoned(), target)

    assert "<script" not in page
    assert "\u202e" not in re.sub(r'(?:value|href)="[^"]*"', "", page)
    assert 'href="javascript:' not in page
    assert "very-secret" not in page
    assert f'"{EVIL}' not in page


@pytest.mark.parametrize("target", [*PAGES, "/dois/datacite/10.1%2Fabsent"])
def test_every_page_forbids_scripts_frames_and_other_sites(target: str) -> None:
    answer = get(poisoned(), target)
    headers = dict(answer.headers)

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'; base-uri 'none'; frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", [vector[1] for vector in VECTORS])
def test_every_awkward_name_has_a_page_that_its_link_leads_to(name: str) -> None:
    sandbox = sandbox_with()
    record = sandbox.control.seed({"provider": "datacite", "name": name, "owner": "org.repo", "url": URL})

    links = re.findall(r'href="(/dois/datacite/[^"]+)"', shown(sandbox, "/dois"))

    assert len(links) == 1
    assert "/" not in links[0].removeprefix("/dois/datacite/")
    page = shown(sandbox, unescape(links[0]))
    assert f'<option value="{links[0]}"' not in page
    heading = re.search(r"<h1>(.*?)</h1>", page)
    assert heading is not None
    told = re.sub(r'<span class="odd">U\+(....)</span>', lambda found: chr(int(found[1], 16)), heading[1])
    assert unescape(told) == record.name


def test_a_dois_page_tells_state_handle_metadata_xml_history_and_log() -> None:
    sandbox = sandbox_with()
    draft(sandbox, **COMPLETE)
    datacite(sandbox).put(f"/dois/{NAME}", json=body(event="publish"))

    page = unescape(shown(sandbox, here(NAME)))

    for words in (
        "findable",
        "leads to",
        URL,
        '"title": "River stage readings"',
        "<resource",
        "PUT /datacite/dois/",
    ):
        assert words in page
    assert page.count('<td role="cell" data-label="Since">') == 2


def test_an_ezid_dois_page_tells_its_elements_and_what_waits_in_the_queue() -> None:
    sandbox = sandbox_with(ezid=[("apiuser", "secret", "10.7280/d1")])
    sandbox.control.behave(handover=600)
    put(ezid(sandbox), "10.7280/d1a", _status="public", _target=URL, **ELEMENTS)

    page = shown(sandbox, here("10.7280/d1a", "ezid"))

    assert "does not know the name; will lead to" in page
    assert "River stage readings" in page


def test_a_doi_that_is_gone_still_has_its_log() -> None:
    sandbox = sandbox_with()
    draft(sandbox)
    datacite(sandbox).delete(f"/dois/{NAME}")

    answer = get(sandbox, here(NAME))

    assert answer.status == 404
    assert b"The registry holds no DOI of this name." in answer.body
    assert b"DELETE /datacite/dois/" in answer.body


def names_on(page: str) -> list[str]:
    return re.findall(r'<a class="name" href="/dois/[^"]+">([^<]+)</a>', page)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["10.70112/c", "10.70112/b", "10.70112/a"]),
        ("?q=70112/B", ["10.70112/b"]),
        ("?q=Versions/A", ["10.70112/a"]),
        ("?state=findable", ["10.70112/a"]),
        ("?account=other.repo", ["10.70112/c"]),
        ("?account=nobody", []),
        ("?page=7", ["10.70112/c", "10.70112/b", "10.70112/a"]),
        ("?page=none", ["10.70112/c", "10.70112/b", "10.70112/a"]),
    ],
)
def test_dois_are_found_by_name_url_state_and_account(query: str, names: list[str]) -> None:
    sandbox = sandbox_with()
    for letter, state, owner in (
        ("a", "findable", "org.repo"),
        ("b", "draft", "org.repo"),
        ("c", "draft", "other.repo"),
    ):
        seed = {"provider": "datacite", "name": f"10.70112/{letter}", "owner": owner, "state": state}
        sandbox.control.seed({**seed, "url": f"https://x.example/versions/{letter}"})

    assert names_on(shown(sandbox, f"/dois{query}")) == names


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", ["5", "4", "3", "2", "1"]),
        ("?doi=10.70112/B", ["2"]),
        ("?account=ORG", ["3", "2", "1"]),
        ("?status=4xx", ["4"]),
        ("?status=201", ["2", "1"]),
        ("?status=none", ["5"]),
        ("?provider=datacite&status=2", ["3", "2", "1"]),
        ("?provider=control", []),
    ],
)
def test_log_lines_are_found_newest_first_by_doi_account_registry_and_status(
    query: str, numbers: list[str]
) -> None:
    sandbox = sandbox_with()
    draft(sandbox, "10.70112/a")
    draft(sandbox, "10.70112/b")
    datacite(sandbox).get("/dois/10.70112/a")
    datacite(sandbox, auth=None).get("/dois/10.70112/a")
    sandbox.faults.order([{"action": {"hang": True}}])
    sandbox.answer(Request("GET", "/datacite/heartbeat"))

    assert re.findall(r'data-label="Number"><div>(\d+)<', shown(sandbox, f"/log{query}")) == numbers


def test_a_long_list_is_turned_by_pages() -> None:
    sandbox = sandbox_with()
    for number in range(201):
        draft(sandbox, f"10.70112/{number:04}")

    first, last = shown(sandbox, "/dois?state=draft"), shown(sandbox, "/dois?state=draft&page=3")

    assert (len(names_on(first)), names_on(last)) == (100, ["10.70112/0000"])
    assert "Page 1 of 3" in first
    assert 'href="/dois?state=draft&amp;page=2">Older' in first
    assert "Older" not in last
    assert 'page=2">Newer' in last


def test_what_a_fault_did_is_told_beside_the_answer() -> None:
    sandbox = sandbox_with()
    sandbox.faults.order([{"times": 1, "action": {"status": 502, "applied": True}}])
    datacite(sandbox).post("/dois", json=body(doi=NAME))
    sandbox.faults.order([{"times": 1, "action": {"status": 503}}])
    datacite(sandbox).get("/heartbeat")

    page = shown(sandbox, "/log")

    assert "status 502 (after applying)</span><br>the registry itself: 201" in page
    assert "status 503</span><br>the registry was not asked" in page


def test_requests_are_counted_by_kind_until_the_counts_are_reset() -> None:
    sandbox = sandbox_with()
    draft(sandbox, "10.70112/a")
    draft(sandbox, "10.70112/b")
    datacite(sandbox).get("/dois/10.70112/a")

    def counts() -> Any:
        return json.loads(get(sandbox, "/counts").body)

    assert counts() == {"datacite": {"POST /dois": 2, "GET /dois/:doi": 1}, "ezid": {}, "total": 3}
    assert sandbox.answer(Request("DELETE", "/counts")).status == 204
    assert counts() == {"datacite": {}, "ezid": {}, "total": 0}


def test_records_are_json_and_other_addresses_are_refused() -> None:
    sandbox = sandbox_with()
    draft(sandbox)

    assert get(sandbox, "/records").body.startswith(
        b'[{"name":"10.70112/7k3m-q845","provider":"datacite","state":"draft"'
    )
    assert sandbox.answer(Request("POST", "/records")).status == 405
    assert sandbox.answer(Request("PUT", "/dois")).status == 405
    assert get(sandbox, "/nothing").status == 404
