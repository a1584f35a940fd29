"""Orders to a running sandbox."""

import json
from typing import Any

import pytest

from doi.sandbox import Request, Sandbox
from doi.sandbox.accounts import Account
from doi.sandbox.behaviour import USUAL
from doi.sandbox.problems import WrongCallError
from tests.doi.sandbox.calls import COMPLETE, NAME, URL, attributes_of, body, client, datacite, draft, ezid
from tests.support.sandbox import AT_ONCE, sandbox_with

SICI = "10.1002/(SICI)1096-8644(199601)99:1<1::AID-AJPA1>3.0.CO;2-#"


def order(sandbox: Sandbox, method: str, path: str, document: Any = None) -> tuple[int, Any]:
    sent = b"" if document is None else json.dumps(document).encode()
    answer = sandbox.answer(Request(method, f"/control/{path}", {"host": "sandbox.example"}, sent))
    return answer.status, json.loads(answer.body) if answer.body else None


def acts(sandbox: Sandbox) -> list[tuple[str, str, str]]:
    return [
        (line["method"], line["path"], line["detail"])
        for line in sandbox.log.recent
        if line["provider"] == "control"
    ]


def test_faults_are_listed_ordered_added_and_removed() -> None:
    sandbox = sandbox_with()
    busy = {"match": {"method": "POST"}, "times": 2, "action": {"status": 503}}

    assert order(sandbox, "PUT", "faults", [busy])[0] == 200
    status, added = order(sandbox, "POST", "faults", {"action": {"reset": True}})
    assert (status, [rule["name"] for rule in added]) == (201, ["reset"])
    datacite(sandbox).post("/dois", json=body(doi=NAME))

    listed = order(sandbox, "GET", "faults")[1]
    assert [(each["id"], each["name"], each["fired"], each["left"], each["source"]) for each in listed] == [
        (1, "status 503", 1, 1, "order"),
        (2, "reset", 0, None, "order"),
    ]
    assert listed[0]["match"] == {"method": "POST"}

    assert order(sandbox, "DELETE", "faults/1")[0] == 204
    assert [each["id"] for each in order(sandbox, "GET", "faults")[1]] == [2]
    assert order(sandbox, "DELETE", "faults")[0] == 204
    assert order(sandbox, "GET", "faults") == (200, [])
    assert acts(sandbox) == [
        ("PUT", "/control/faults", "1 faults ordered"),
        ("POST", "/control/faults", "fault added: reset"),
        ("DELETE", "/control/faults/1", "fault removed"),
        ("DELETE", "/control/faults", "all faults removed"),
    ]


def test_what_was_ordered_comes_before_the_file_and_outlives_a_change_of_it(tmp_path: Any) -> None:
    path = tmp_path / "faults.json"
    path.write_text(json.dumps([{"action": {"status": 500}}]))
    sandbox = Sandbox([Account("datacite", "ORG.REPO", "secret", ("10.70112",))], faults=path)
    sandbox.control.add_faults({"times": 1, "action": {"status": 418}})
    asked = [datacite(sandbox).get("/heartbeat").status_code]

    path.write_text(json.dumps([{"action": {"status": 502}}, {"action": {"status": 504}}]))
    asked += [datacite(sandbox).get("/heartbeat").status_code]

    assert asked == [418, 502]
    assert [rule["source"] for rule in order(sandbox, "GET", "faults")[1]] == ["order", "file", "file"]


@pytest.mark.parametrize("provider", ["datacite", "ezid"])
@pytest.mark.parametrize(("state", "leads"), [("draft", None), ("registered", URL), ("findable", URL)])
def test_records_of_any_name_and_state_are_seeded(provider: str, state: str, leads: str | None) -> None:
    sandbox = sandbox_with(datacite=[("ORG.REPO", "secret", "10.1002")])
    seed = {"provider": provider, "name": SICI, "owner": "ORG.REPO", "state": state, "url": URL}

    status, made = order(sandbox, "POST", "records", [seed])

    assert (status, made[0]["name"], made[0]["state"], made[0]["url"]) == (201, SICI.lower(), state, URL)
    found = client(sandbox, "resolve", auth=None).get(
        "/10.1002/(SICI)1096-8644(199601)99:1%3C1::AID-AJPA1%3E3.0.CO;2-%23"
    )
    assert found.headers.get("Location") == leads
    assert acts(sandbox) == [("POST", "/control/records", "seeded")]


def test_a_seeded_record_is_its_owners_to_read_and_change() -> None:
    sandbox = sandbox_with(datacite=[("ORG.REPO", "secret", "10.1002")])
    metadata = {key: value for key, value in COMPLETE.items() if key != "url"}
    entry = {
        "provider": "datacite",
        "name": "10.1002/a<b>",
        "owner": "ORG.REPO",
        "url": URL,
        "metadata": metadata,
    }
    sandbox.control.seed(entry)

    shown = attributes_of(datacite(sandbox).get("/dois/10.1002/a%3Cb%3E"))
    changed = datacite(sandbox).put(
        "/dois/10.1002/a%3Cb%3E", json=body(url="https://x.example/2", event="hide")
    )

    assert (shown["state"], shown["titles"]) == ("findable", COMPLETE["titles"])
    assert (changed.status_code, attributes_of(changed)["state"]) == (200, "registered")


def test_a_record_that_never_resolved_and_one_seeded_again() -> None:
    sandbox = sandbox_with()
    entry = {"provider": "datacite", "name": NAME, "owner": "ORG.REPO", "url": URL}
    for _ in range(2):
        sandbox.control.seed({**entry, "resolves": False, "created": "2019-01-02T03:04:05.000Z"})

    (record,) = sandbox.records()
    assert (record["created"], record["registered"]) == ("2019-01-02T03:04:05.000Z", None)
    assert client(sandbox, "resolve", auth=None).get(f"/{NAME}").status_code == 404


def test_an_account_gets_another_password_which_nothing_repeats() -> None:
    sandbox = sandbox_with()
    draft(sandbox)

    answer = order(
        sandbox, "PUT", "accounts", {"provider": "datacite", "id": "org.repo", "password": "very-new"}
    )

    shown = {
        "provider": "datacite",
        "id": "ORG.REPO",
        "prefixes": ["10.70112"],
        "domains": "*",
        "active": True,
    }
    assert answer == (200, shown)
    assert datacite(sandbox).get(f"/dois/{NAME}").status_code == 404
    assert datacite(sandbox, auth=("ORG.REPO", "very-new")).get(f"/dois/{NAME}").status_code == 200
    assert acts(sandbox) == [("PUT", "/control/accounts", "changed password")]
    page = sandbox.answer(Request("GET", "/")).body.decode()
    assert "very-new" not in str(list(sandbox.log.recent)) + page


def test_an_account_is_put_to_sleep_limited_to_hosts_or_added() -> None:
    sandbox = sandbox_with()
    sandbox.control.account("datacite", "ORG.REPO", active=False)
    assert datacite(sandbox).post("/dois", json=body(doi=NAME)).status_code == 403

    sandbox.control.account("datacite", "ORG.REPO", active=True, domains="data.example.org")
    sandbox.control.account("ezid", "newuser", password="fresh", prefixes=["10.7280/d9"])

    refused = datacite(sandbox).post("/dois", json=body(doi=NAME, **COMPLETE, event="publish"))
    assert refused.status_code == 422
    assert "is not allowed by repository" in refused.text
    assert ezid(sandbox, auth=("newuser", "fresh")).get("/login").status_code == 200
    assert [act[2] for act in acts(sandbox)] == ["changed active", "changed active, domains", "added"]


def test_the_registries_manners_change_while_they_run_and_only_here() -> None:
    sandbox = sandbox_with(behaviour=USUAL)

    assert order(sandbox, "GET", "behaviour") == (
        200,
        {"list_lag": 1.0, "rate_limits": False, "handover": 0.0},
    )
    assert order(sandbox, "PUT", "behaviour", {"rate_limits": True, "handover": 30})[0] == 200

    for told in (sandbox.control.behave(list_lag=0), sandbox.control.behaviour()):
        told.handover = 99
    assert sandbox.control.behaviour().handover == 30
    assert (USUAL.rate_limits, USUAL.handover) == (False, 0.0)
    assert acts(sandbox)[0] == ("PUT", "/control/behaviour", "rate_limits True, handover 30")


@pytest.mark.parametrize(
    ("method", "path", "document", "status", "words"),
    [
        ("PUT", "faults", {}, 422, "must be a JSON list"),
        ("POST", "faults", {"action": {}}, 422, "must be one of"),
        ("DELETE", "faults/7", None, 404, "There is no fault number 7."),
        ("POST", "edits", {"act": "praise", "doi": NAME}, 422, "needs an act"),
        (
            "POST",
            "edits",
            {"act": "publish", "doi": "10.70112/absent"},
            404,
            "No registry here has a DOI named",
        ),
        ("POST", "edits", [], 422, "needs an act"),
        ("POST", "records", {"name": NAME}, 422, "needs provider"),
        (
            "POST",
            "records",
            {"provider": "ezid", "name": NAME, "owner": "x", "state": "lost"},
            422,
            "needs a state",
        ),
        (
            "POST",
            "records",
            {"provider": "ezid", "name": "10.1/\ud800", "owner": "x"},
            422,
            "half a character",
        ),
        ("POST", "records", {"colour": "red"}, 422, "may have created, metadata"),
        ("PUT", "accounts", {"provider": "datacite", "id": "NEW.REPO"}, 422, "with nothing left out"),
        (
            "PUT",
            "accounts",
            {"provider": "crossref", "id": "x", "password": "y"},
            422,
            "neither datacite nor ezid",
        ),
        (
            "PUT",
            "accounts",
            {"provider": "ezid", "id": "apiuser", "colour": "red"},
            422,
            "An account may have",
        ),
        ("PUT", "accounts", {"provider": "ezid", "id": "apiuser", "active": "no"}, 422, "true or false"),
        ("PUT", "accounts", {"provider": "ezid", "id": "apiuser", "password": 7}, 422, "is a text"),
        ("POST", "faults", [{"action": {"reset": True}}, {"action": {}}], 422, "fault 2 of the rules given"),
        (
            "POST",
            "records",
            [{"provider": "ezid", "name": NAME, "owner": "x"}, {"name": NAME}],
            422,
            "record of number 2",
        ),
        ("PUT", "accounts", [], 422, "must be a JSON object"),
        ("PUT", "behaviour", {"handover": "soon"}, 422, "The handover must be a number of seconds"),
        ("PUT", "behaviour", {"list_lag": 1e18}, 422, "The list_lag must be a number of seconds"),
        ("PUT", "behaviour", {"list_lag": True}, 422, "The list_lag must be a number of seconds"),
        ("PUT", "behaviour", {"rate_limits": 1}, 422, "The behaviour has"),
        ("PUT", "behaviour", {"list_lag": -1}, 422, "The list_lag must be a number of seconds"),
        ("PUT", "behaviour", {"colour": "red"}, 422, "The behaviour has"),
        ("GET", "nothing", None, 404, "Orders are given to"),
        ("PATCH", "faults", None, 404, "Orders are given to"),
    ],
)
def test_an_order_that_cannot_be_carried_out_gets_one_sentence(
    method: str, path: str, document: Any, status: int, words: str
) -> None:
    sandbox = sandbox_with()

    answered, answer = order(sandbox, method, path, document)

    assert answered == status
    assert words in answer["error"]
    assert (acts(sandbox), sandbox.records(), sandbox.faults.all()) == ([], [], [])


def test_an_order_that_is_no_json_is_refused() -> None:
    answer = sandbox_with().answer(Request("PUT", "/control/faults", {}, b"[{"))

    assert answer.status == 400
    assert b"The order is not JSON" in answer.body


def test_orders_are_neither_counted_nor_broken() -> None:
    sandbox = sandbox_with()
    sandbox.faults.order([{"action": {"reset": True}}])

    assert order(sandbox, "GET", "faults")[0] == 200
    assert sandbox.counts()["total"] == 0


def test_a_wrong_call_in_python_is_told_as_such() -> None:
    with pytest.raises(WrongCallError):
        sandbox_with().control.seed({"provider": "datacite"})


@pytest.mark.parametrize(
    ("method", "path", "text"),
    [
        ("PUT", "behaviour", b'{"list_lag": Infinity}'),
        ("PUT", "behaviour", b'{"list_lag": NaN}'),
        ("POST", "faults", b'{"times": -Infinity, "action": {"status": 503}}'),
        ("POST", "faults", b"[" * 100_000),
        ("POST", "records", b'{"a":' * 100_000),
    ],
)
def test_what_is_no_json_is_told_apart_from_a_wrong_order(method: str, path: str, text: bytes) -> None:
    sandbox = sandbox_with()

    answer = sandbox.answer(Request(method, f"/control/{path}", {}, text))

    assert answer.status == 400
    assert json.loads(answer.body)["error"].startswith("The order is not JSON")


@pytest.mark.parametrize("text", [b'{"list_lag": 1e400}', b'{"handover": 1e400}'])
def test_a_number_beyond_all_numbers_is_refused(text: bytes) -> None:
    sandbox = sandbox_with()

    assert sandbox.answer(Request("PUT", "/control/behaviour", {}, text)).status == 422
    assert sandbox.control.behaviour() == AT_ONCE


def test_a_span_may_be_whole_and_changed_again() -> None:
    sandbox = sandbox_with()

    assert order(sandbox, "PUT", "behaviour", {"list_lag": 5})[1]["list_lag"] == 5
    assert order(sandbox, "PUT", "behaviour", {"list_lag": 0.5})[1]["list_lag"] == 0.5


HUGE = 10**400


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        *(
            ({"match": {key: 5}}, f"The {key} of fault 1")
            for key in ("method", "path", "provider", "account", "doi")
        ),
        *(({"match": {"account": each}}, "must be a text") for each in (["x"], {"a": 1}, True)),
        *(
            ({key: each}, f"The {key} of fault 1 of the rules given must be a whole number")
            for key in ("times", "skip")
            for each in (-1, 1e400, 1.5, True, "2", HUGE)
        ),
        *(({key: each}, "seconds") for key in ("from", "until") for each in (1e400, -1e18, HUGE, True)),
        *(({"probability": each}, "from 0 to 1") for each in (-0.1, 2, "x", float("nan"))),
        *(
            ({"action": {key: each}}, f"The {key} of fault 1")
            for key in ("delay", "stale", "handover")
            for each in (-1, 1e400, float("nan"), 1e18, True, [1])
        ),
        *(({"action": {"status": each}}, "from 100 to 999") for each in (0, 99999, 1e400, "x", True)),
        ({"action": {"truncate": -5}}, "from 0"),
        ({"action": {"status": 429, "retry_after": HUGE}}, "The retry_after of fault 1"),
        ({"action": {"status": 429, "retry_after": -1}}, "The retry_after of fault 1"),
        ({"action": {"status": 503, "headers": {"a": "b\r\nc: d"}}}, "more than one line"),
        ({"action": {"status": 503, "body": "\ud800"}}, "A value of fault 1"),
        ({"action": {"handle": ["fails"]}}, "may be fails"),
        ({"action": {"page": ["gateway"]}}, "may be gateway"),
    ],
)
def test_a_rule_that_would_fail_when_it_works_is_refused_when_it_is_given(
    rule: dict[str, Any], words: str
) -> None:
    sandbox = sandbox_with()

    with pytest.raises(WrongCallError, match=words):
        sandbox.control.add_faults({"action": {"status": 503}, **rule})

    assert sandbox.control.faults() == []
    assert datacite(sandbox).get("/heartbeat").status_code == 200
