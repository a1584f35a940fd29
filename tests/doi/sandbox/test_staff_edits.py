"""What staff do behind an owner's back: ordered, by a fault, at either registry."""

from typing import Any

import pytest

from doi.sandbox import Sandbox
from doi.sandbox.problems import RefusedOrderError, WrongCallError
from tests.doi.sandbox.calls import (
    COMPLETE,
    ELEMENTS,
    NAME,
    URL,
    body,
    client,
    datacite,
    draft,
    ezid,
    post,
    put,
)
from tests.support.sandbox import sandbox_with

D1 = "10.7280/d1a"


def filled(state: str) -> Sandbox:
    """One DOI at each registry, in a state."""
    sandbox = sandbox_with(ezid=[("apiuser", "secret", "10.7280/d1")])
    event = {"draft": None, "registered": "register", "findable": "publish"}[state]
    draft(sandbox, **COMPLETE, **({"event": event} if event else {}))
    put(ezid(sandbox), D1, _status="reserved", _target=URL, **ELEMENTS)
    if state != "draft":
        post(ezid(sandbox), D1, _status="public", _export="yes" if state == "findable" else "no")
    return sandbox


def leads(sandbox: Sandbox, name: str) -> str | None:
    location: str | None = client(sandbox, "resolve", auth=None).get(f"/{name}").headers.get("Location")
    return location


TOMBSTONE = "https://ezid.cdlib.org/tombstone/id/doi:10.7280/D1A"
MOVED = "https://elsewhere.example/1"


@pytest.mark.parametrize(
    ("state", "act", "values", "after", "datacite_leads", "ezid_leads"),
    [
        ("draft", "publish", {}, "findable", URL, URL),
        ("registered", "publish", {}, "findable", URL, URL),
        ("findable", "publish", {}, "findable", URL, URL),
        ("findable", "hide", {}, "registered", URL, TOMBSTONE),
        ("draft", "url", {"url": MOVED}, "draft", None, None),
        ("findable", "url", {"url": MOVED}, "findable", MOVED, MOVED),
        ("draft", "move", {"owner": "THEIR.REPO"}, "draft", None, None),
        ("findable", "move", {"owner": "THEIR.REPO"}, "findable", URL, URL),
        ("draft", "delete draft", {}, None, None, None),
        ("findable", "delete", {}, None, None, None),
    ],
)
def test_an_edit_changes_the_record_and_what_it_leads_to(
    state: str,
    act: str,
    values: dict[str, str],
    after: str | None,
    datacite_leads: str | None,
    ezid_leads: str | None,
) -> None:
    sandbox = filled(state)

    for name in (NAME, D1):
        url, owner = values.get("url", ""), values.get("owner", "")
        changed = sandbox.control.edit(act, name.upper(), url=url, owner=owner)
        assert (changed.state if changed else None) == after
        line = sandbox.log.recent[-1]
        assert (line["provider"], line["doi"], line["state_before"], line["state_after"]) == (
            "control", name, state, after,
        )  # fmt: skip

    states = {record["name"]: record["state"] for record in sandbox.records()}
    assert states == ({} if after is None else {NAME: after, D1: after})
    assert (leads(sandbox, NAME), leads(sandbox, D1)) == (datacite_leads, ezid_leads)
    if act == "move":
        assert [record["owner"] for record in sandbox.records()] == ["their.repo", "THEIR.REPO"]


@pytest.mark.parametrize(
    ("state", "act", "name", "words"),
    [
        ("findable", "delete draft", NAME, "is findable, not a draft"),
        ("draft", "hide", D1, "is a draft and cannot be hidden"),
        ("draft", "publish", "10.70112/absent", "No registry here has a DOI named 10.70112/absent"),
    ],
)
def test_an_edit_that_does_not_fit_changes_nothing(state: str, act: str, name: str, words: str) -> None:
    sandbox = filled(state)
    before = sandbox.records()

    with pytest.raises(RefusedOrderError, match=words):
        sandbox.control.edit(act, name)

    assert sandbox.records() == before


@pytest.mark.parametrize("act", ["url", "move", "praise"])
def test_an_edit_that_says_too_little_is_a_wrong_call(act: str) -> None:
    with pytest.raises(WrongCallError):
        filled("draft").control.edit(act, NAME)


def test_a_name_at_both_registries_wants_the_provider_named() -> None:
    sandbox = sandbox_with()
    for provider in ("datacite", "ezid"):
        sandbox.control.seed({"provider": provider, "name": "10.5072/fk2a", "owner": "x", "url": URL})

    with pytest.raises(RefusedOrderError, match="say which provider"):
        sandbox.control.edit("hide", "10.5072/fk2a")

    sandbox.control.edit("hide", "10.5072/fk2a", provider="ezid")
    assert [record["state"] for record in sandbox.records()] == ["findable", "registered"]


@pytest.mark.parametrize(
    ("edit", "status", "states"),
    [
        ("delete draft", 201, ["draft"]),  # an upsert makes it anew
        ({"act": "delete draft", "when": "after"}, 200, []),
        ("publish", 422, ["findable"]),  # it has no metadata, which mattered to nobody before
        ({"act": "publish", "doi": "10.70112/other"}, 200, ["draft", "findable"]),
        ({"act": "move", "owner": "other.repo"}, 403, ["draft"]),
        ("hide", 200, ["draft"]),  # a draft cannot be hidden: only the log tells
    ],
    ids=str,
)
def test_a_fault_does_an_edit_before_or_after_the_request(edit: Any, status: int, states: list[str]) -> None:
    sandbox = sandbox_with()
    draft(sandbox)
    if isinstance(edit, dict) and "doi" in edit:
        draft(sandbox, edit["doi"])
    sandbox.faults.order([{"match": {"method": "PUT"}, "times": 1, "action": {"edit": edit}}])

    answer = datacite(sandbox).put(f"/dois/{NAME}", json=body(url=URL))

    assert answer.status_code == status
    assert [record["state"] for record in sandbox.records()] == states
    (line,) = (each for each in sandbox.log.recent if each["provider"] == "control")
    asked = next(each for each in sandbox.log.recent if each["method"] == "PUT")
    assert (line["method"], line["rule"], line["registry"]) == ("FAULT", 1, "datacite")
    assert (line["seq"] < asked["seq"]) is (not isinstance(edit, dict) or edit.get("when") != "after")
    assert line["status"] == (409 if edit == "hide" else 200)


def test_a_move_tells_the_handle_system_nothing() -> None:
    sandbox = sandbox_with()
    seed = {"provider": "datacite", "name": NAME, "owner": "org.repo", "url": URL, "resolves": False}
    sandbox.control.seed(seed)

    sandbox.control.edit("move", NAME, owner="other.repo")
    assert leads(sandbox, NAME) is None

    sandbox.control.edit("url", NAME, url=MOVED)
    assert leads(sandbox, NAME) == MOVED
