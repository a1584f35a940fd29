"""The sandbox in the place of doi.org."""

import pytest

from doi.sandbox import Sandbox
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
