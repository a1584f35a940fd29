"""DataCite's states and events (registry protocols, 1.3), and what repeating a request does (1.9)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doi.sandbox import Sandbox
from tests.doi.sandbox.calls import COMPLETE, NAME, URL, attributes_of, body, datacite, draft
from tests.support.sandbox import sandbox_with

EVENT = {"draft": None, "registered": "register", "findable": "publish"}
# The table of 1.3: (what a DOI is, an event) and what it is then.
NEXT = {
    "new": ["registered", "findable", "draft", "draft", "draft"],
    "draft": ["registered", "findable", "draft", "draft", "draft"],
    "registered": ["registered", "findable", "registered", "findable", "registered"],
    "findable": ["findable", "findable", "registered", "findable", "findable"],
}
EVENTS = ["register", "publish", "hide", "show", None]
ROWS = [
    pytest.param(before, event, after, id=f"{before}, {event or 'no event'}: {after}")
    for before, row in NEXT.items()
    for event, after in zip(EVENTS, row, strict=True)
]


@pytest.fixture
def sandbox() -> Sandbox:
    return sandbox_with()


def in_state(sandbox: Sandbox, state: str, name: str = NAME) -> None:
    draft(sandbox, name, **COMPLETE, event=EVENT[state])


@pytest.mark.parametrize(("before", "event", "after"), ROWS)
def test_an_event_moves_the_state_or_is_passed_over_in_silence(
    sandbox: Sandbox, before: str, event: str | None, after: str
) -> None:
    client = datacite(sandbox)
    sent = {"event": event, "version": "2"} if event else {"version": "2"}
    if before == "new":
        answer = client.post("/dois", json=body(doi=NAME, **COMPLETE, **sent))
    else:
        in_state(sandbox, before)
        answer = client.put(f"/dois/{NAME}", json=body(**sent))

    assert answer.status_code == (201 if before == "new" else 200)
    shown = attributes_of(answer)
    assert (shown["state"], shown["version"], shown["isActive"]) == (after, "2", after == "findable")


@pytest.mark.parametrize("event", ["nonsense", "delete", "PUBLISH", "draft", ""])
@pytest.mark.parametrize("state", EVENT)
def test_an_unknown_event_is_ignored(sandbox: Sandbox, state: str, event: str) -> None:
    in_state(sandbox, state)

    assert attributes_of(datacite(sandbox).put(f"/dois/{NAME}", json=body(event=event)))["state"] == state


READ_ONLY: dict[str, Any] = {
    "state": "findable",
    "isActive": True,
    "created": "2001-01-01T00:00:00Z",
    "registered": "2001-01-01T00:00:00Z",
    "updated": "2001-01-01T00:00:00Z",
    "published": "2001-01-01T00:00:00Z",
    "metadataVersion": 7,
    "viewCount": 7,
    "viewsOverTime": [{"total": 7}],
}


@pytest.mark.parametrize("attribute", READ_ONLY)
def test_what_is_read_only_is_accepted_and_ignored(sandbox: Sandbox, attribute: str) -> None:
    draft(sandbox, url=URL, **{attribute: READ_ONLY[attribute]})

    shown = attributes_of(
        datacite(sandbox).put(f"/dois/{NAME}", json=body(**{attribute: READ_ONLY[attribute]}))
    )

    assert shown[attribute] != READ_ONLY[attribute]
    assert shown["state"] == "draft"


@pytest.mark.parametrize(
    ("state", "status", "after"),
    [
        ("draft", 204, 404),
        ("registered", 405, 200),
        ("findable", 405, 200),
        (None, 404, 404),
    ],
    ids=["draft", "registered", "findable", "absent"],
)
def test_only_drafts_can_be_deleted(sandbox: Sandbox, state: str | None, status: int, after: int) -> None:
    if state is not None:
        in_state(sandbox, state)
    client = datacite(sandbox)

    answer = client.delete(f"/dois/{NAME}")

    assert answer.status_code == status
    assert client.get(f"/dois/{NAME}").status_code == after
    if status == 204:
        assert answer.content == b""
        assert client.post("/dois", json=body(doi=NAME)).status_code == 201
    if status == 405:
        assert answer.headers["Allow"] == "HEAD, GET, POST, PATCH, PUT, OPTIONS"
        assert answer.json() == {"errors": [{"status": "405", "title": "Method not allowed"}]}


@pytest.mark.parametrize(
    ("state", "owner", "others", "anybody"),
    [("draft", 200, 404, 404), ("registered", 200, 404, 404), ("findable", 200, 200, 200)],
    ids=EVENT,
)
def test_a_doi_is_shown_to_all_only_when_it_is_findable(
    state: str, owner: int, others: int, anybody: int
) -> None:
    sandbox = sandbox_with(
        datacite=[("ORG.REPO", "secret", "10.70112"), ("OTHER.REPO", "secret", "10.70113")]
    )
    in_state(sandbox, state)

    callers = [("org.repo", "secret"), ("other.repo", "secret"), None]
    statuses = [datacite(sandbox, auth=caller).get(f"/dois/{NAME}").status_code for caller in callers]

    assert statuses == [owner, others, anybody]


# --- The handle system --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "leads"), [("draft", False), ("registered", True), ("findable", True)], ids=EVENT
)
def test_the_handle_system_is_told_of_what_is_no_draft(sandbox: Sandbox, state: str, *, leads: bool) -> None:
    in_state(sandbox, state)

    record = sandbox.store.get("datacite", NAME)

    assert record is not None
    assert record.handle_url == (URL if leads else None)
    assert (record.registered is not None) is leads


def push_fails(sandbox: Sandbox, *, times: int = 1) -> None:
    sandbox.faults.order([{"match": {"provider": "datacite"}, "times": times, "action": {"handle": "fails"}}])


@pytest.mark.parametrize("event", ["register", "publish"])
def test_a_push_that_fails_is_silent_and_saving_again_repeats_it(sandbox: Sandbox, event: str) -> None:
    client = datacite(sandbox)
    draft(sandbox, **COMPLETE)
    push_fails(sandbox)

    failed = client.put(f"/dois/{NAME}", json=body(event=event))
    unknown = client.get(f"/dois/{NAME}/get-url")
    again = client.put(f"/dois/{NAME}", json=body(url=URL))

    assert (failed.status_code, attributes_of(failed)["registered"]) == (200, None)
    assert attributes_of(failed)["state"] == {"register": "registered", "publish": "findable"}[event]
    assert (unknown.status_code, unknown.json()) == (404, {"errors": [{"status": 404, "title": "Not found"}]})
    assert attributes_of(again)["registered"] is not None
    assert client.get(f"/dois/{NAME}/get-url").json() == {"url": URL}


def test_an_update_that_is_not_pushed_leaves_the_resolver_at_the_old_address(sandbox: Sandbox) -> None:
    client = datacite(sandbox)
    in_state(sandbox, "findable")
    push_fails(sandbox)

    updated = client.put(f"/dois/{NAME}", json=body(url="https://new.example/"))

    assert attributes_of(updated)["url"] == "https://new.example/"
    assert attributes_of(updated)["registered"] is not None
    assert client.get(f"/dois/{NAME}/get-url").json() == {"url": URL}


@pytest.mark.parametrize(
    ("sent", "status", "url"), [({"url": URL}, 200, URL), ({}, 204, None)], ids=["with URL", "without URL"]
)
def test_the_url_of_a_draft_comes_from_the_database(
    sandbox: Sandbox, sent: dict[str, str], status: int, url: str | None
) -> None:
    draft(sandbox, **sent)

    answer = datacite(sandbox).get(f"/dois/{NAME}/get-url")

    assert answer.status_code == status
    assert (answer.json()["url"] if answer.content else None) == url


# --- Repeating requests -------------------------------------------------------------------------------------------

FULL = body(doi=NAME, **COMPLETE)
REPEATS: list[tuple[str, tuple[str, str, Any], list[int], int]] = [
    ("POST with doi: the second is refused as taken", ("POST", "/dois", FULL), [201, 422], 1),
    ("POST with only prefix: makes another", ("POST", "/dois", body(prefix="10.70112")), [201, 201], 2),
    ("PUT with full payload", ("PUT", f"/dois/{NAME}", body(**COMPLETE)), [201, 200], 1),
    (
        "event: no-op when already there",
        ("PUT", f"/dois/{NAME}", body(**COMPLETE, event="publish")),
        [201, 200],
        1,
    ),
    ("DELETE of a draft: the second finds nothing", ("DELETE", f"/dois/{NAME}", None), [204, 404], 0),
]


@pytest.mark.parametrize(
    ("call", "statuses", "count"), [pytest.param(*row[1:], id=row[0]) for row in REPEATS]
)
def test_the_same_request_twice(
    sandbox: Sandbox, call: tuple[str, str, Any], statuses: list[int], count: int
) -> None:
    method, path, document = call
    if method == "DELETE":
        draft(sandbox, url=URL)

    answers = [datacite(sandbox).request(method, path, json=document) for _ in statuses]

    assert [answer.status_code for answer in answers] == statuses
    assert len(sandbox.records()) == count


@pytest.mark.parametrize(
    ("call", "statuses", "count"), [pytest.param(*row[1:], id=row[0]) for row in REPEATS]
)
def test_the_same_request_again_after_its_answer_was_lost(
    sandbox: Sandbox, call: tuple[str, str, Any], statuses: list[int], count: int
) -> None:
    method, path, document = call
    if method == "DELETE":
        draft(sandbox, url=URL)
    sandbox.faults.order([{"times": 1, "action": {"status": 504, "applied": True}}])

    answers = [datacite(sandbox).request(method, path, json=document) for _ in statuses]

    assert [answer.status_code for answer in answers] == [504, statuses[1]]
    assert len(sandbox.records()) == count


def test_a_create_refused_as_taken_leaves_the_record_as_it_is(sandbox: Sandbox) -> None:
    draft(sandbox, url=URL)

    again = datacite(sandbox).post("/dois", json=body(doi=NAME, url="https://elsewhere.example/"))

    assert again.json() == {
        "errors": [{"source": "doi", "title": "This DOI has already been taken", "uid": NAME}]
    }
    assert attributes_of(datacite(sandbox).get(f"/dois/{NAME}"))["url"] == URL


def test_the_first_times_stay_when_everything_is_done_again() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    sandbox = sandbox_with(clock=lambda: now)
    client = datacite(sandbox)
    told: list[list[str | None]] = []
    draft(sandbox, **COMPLETE)
    for event in ("register", "publish", "hide", "publish", None):
        now += timedelta(hours=1)
        sent = {"event": event} if event else {"url": "https://new.example/"}
        shown = attributes_of(client.put(f"/dois/{NAME}", json=body(**sent)))
        told.append([(shown[key] or "")[11:13] for key in ("created", "registered", "published", "updated")])

    assert told == [
        ["12", "13", "", "13"],
        ["12", "13", "14", "14"],
        ["12", "13", "14", "15"],
        ["12", "13", "14", "16"],
        ["12", "13", "14", "17"],
    ]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_repository_that_is_no_longer_active_changes_nothing(sandbox: Sandbox, method: str) -> None:
    draft(sandbox, **COMPLETE)
    sandbox.control.account("datacite", "ORG.REPO", active=False)

    answer = datacite(sandbox).request(method, f"/dois/{NAME}", json=body(url="https://new.example/"))

    assert answer.status_code == 403
    assert [each["url"] for each in sandbox.records()] == [URL]
    assert datacite(sandbox).get(f"/dois/{NAME}").status_code == 200
