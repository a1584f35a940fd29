"""Every action a fault may take: what the client sees, what the registry did, and what the log says of it."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from doi.sandbox.actions import parse_action
from doi.sandbox.messages import Effects, Request, Response, Trace
from tests.doi.sandbox.calls import (
    COMPLETE,
    ELEMENTS,
    NAME,
    URL,
    attributes_of,
    body,
    client,
    datacite,
    draft,
    ezid,
    put,
)
from tests.support.sandbox import sandbox_with

CREATE = body(doi=NAME)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINE = ("status", "registry_status", "state_after", "fault")


@dataclass
class Hands:
    """A clock that is moved by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def struck(action: dict[str, Any]) -> tuple[httpx.Response | None, dict[str, Any], bool]:
    """Create a draft under a fault: (the answer or None, the log's line, whether the draft is there)."""
    sandbox = sandbox_with(clock=Hands())
    sandbox.faults.order([{"match": {"method": "POST"}, "action": action}])
    answer: httpx.Response | None
    try:
        answer = datacite(sandbox).post("/dois", json=CREATE, timeout=0.5)
    except httpx.TransportError:
        answer = None
    (line,) = (each for each in sandbox.log.recent if each["provider"] == "datacite")
    return answer, line, bool(sandbox.records())


@pytest.mark.parametrize(
    ("action", "status", "line"),
    [
        ({"status": 502}, 502, (502, None, None, "status 502")),
        ({"status": 502, "applied": True}, 502, (502, 201, "draft", "status 502 (after applying)")),
        ({"page": "gateway"}, 502, (502, None, None, "status 502")),
        (
            {"page": "gateway", "status": 504, "applied": True},
            504,
            (504, 201, "draft", "status 504 (after applying)"),
        ),
        ({"reset": True}, None, (None, None, None, "reset")),
        ({"reset": True, "applied": True}, None, (201, 201, "draft", "lost")),
        ({"lost": True}, None, (201, 201, "draft", "lost")),
        ({"hang": True}, None, (None, None, None, "hang (before applying)")),
        ({"hang": True, "applied": True}, None, (201, 201, "draft", "hang (after applying)")),
        ({"delay": 60}, None, (201, 201, "draft", "delay")),
        ({"delay": 60, "before": True}, None, (201, 201, "draft", "delay before")),
        ({"delay": 0.01, "before": True}, 201, (201, 201, "draft", "delay before")),
        ({"delay": 0.01, "before": True, "status": 503}, 503, (503, None, None, "status 503, delay before")),
        ({"truncate": 5}, 201, (201, 201, "draft", "truncate")),
        ({"delay": 0.01, "lost": True}, None, (201, 201, "draft", "lost, delay")),
        ({"handle": "fails"}, 201, (201, 201, "draft", "handle fails")),
    ],
    ids=str,
)
def test_an_action_breaks_the_answer_the_work_or_neither_and_the_log_says_which(
    action: dict[str, Any], status: int | None, line: tuple[Any, ...]
) -> None:
    answer, written, applied = struck(action)

    assert (answer.status_code if answer is not None else None) == status
    assert tuple(written[key] for key in LINE) == line
    assert written["rule"] == 1
    assert applied is (written["registry_status"] == 201)


def test_a_gateways_page_looks_like_one() -> None:
    answer, _, _ = struck({"page": "gateway", "status": 503, "retry_after": 30})

    assert answer is not None
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.headers["Retry-After"] == "30"
    assert "<center><h1>503 Service Unavailable</h1></center>" in answer.text


@pytest.mark.parametrize(
    ("given", "header"), [(30, "30"), ("30", "30"), ("date:30", "Sun, 22 Nov 2026 12:00:30 GMT")]
)
def test_the_time_to_wait_is_told_in_seconds_or_as_a_date_by_the_sandboxs_clock(
    given: Any, header: str
) -> None:
    answer, _, _ = struck({"status": 429, "retry_after": given})

    assert answer is not None
    assert answer.headers["Retry-After"] == header


@pytest.mark.parametrize(
    ("action", "effects"),
    [
        ({"handle": "fails"}, Effects(handle_fails=True)),
        ({"handover": 90}, Effects(handover=90.0)),
        ({"handover": "fails"}, Effects(handover_fails=True)),
        ({"stale": 30}, Effects(stale=30.0)),
        ({"stale": 5, "handover": 0, "delay": 0.001}, Effects(stale=5.0, handover=0.0)),
        ({"delay": 0.001}, Effects()),
    ],
    ids=str,
)
def test_effects_on_the_registrys_own_work_are_told_to_it(
    monkeypatch: pytest.MonkeyPatch, action: dict[str, Any], effects: Effects
) -> None:
    sandbox, told = sandbox_with(), list[Effects]()
    api = sandbox._apis["ezid"]
    original = api.answer

    def hear(route: Any, request: Request, trace: Trace) -> Response:
        told.append(trace.effects)
        return original(route, request, trace)

    monkeypatch.setattr(api, "answer", hear)
    sandbox.faults.order([{"times": 1, "action": action}])

    put(ezid(sandbox), "10.5072/FK2A", _status="reserved")
    put(ezid(sandbox), "10.5072/FK2B", _status="reserved")

    assert told == [effects, Effects()]


def test_a_handle_that_fails_is_passed_over_in_silence() -> None:
    sandbox = sandbox_with()
    sandbox.faults.order([{"times": 1, "action": {"handle": "fails"}}])

    draft(sandbox, **COMPLETE, event="publish")

    assert [record["state"] for record in sandbox.records()] == ["findable"]
    assert client(sandbox, "resolve", auth=None).get(f"/{NAME}").status_code == 404


def test_an_event_that_is_ignored_is_answered_as_if_all_were_well() -> None:
    sandbox = sandbox_with()
    draft(sandbox, **COMPLETE)
    sandbox.faults.order([{"times": 1, "action": {"event": "ignored"}}])
    client = datacite(sandbox)

    answers = [client.put(f"/dois/{NAME}", json=body(event="publish", version=each)) for each in ("1", "2")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [attributes_of(answer)["state"] for answer in answers] == ["draft", "findable"]
    assert [attributes_of(answer)["version"] for answer in answers] == ["1", "2"]
    assert sandbox.log.recent[-2]["fault"] == "event ignored"


@pytest.mark.parametrize("sent", [b"", b"[]", b"{}", b'{"data": {"attributes": {"url": "x"}}}', b"event"])
def test_a_request_without_an_event_is_passed_on_as_it_is(sent: bytes) -> None:
    request = Request("PUT", "/datacite/dois/10.1/a", body=sent)

    assert parse_action({"event": "ignored"}, place="here").passed_on(request) is request


def test_two_requests_overlap_when_one_waits_before_it_is_done() -> None:
    sandbox = sandbox_with()
    sandbox.faults.order([{"times": 1, "action": {"delay": 0.3, "before": True}}])
    answers: dict[str, int] = {}

    def create(who: str) -> None:
        answers[who] = (
            datacite(sandbox).post("/dois", json=body(doi=NAME, url=f"https://{who}.example")).status_code
        )

    first = threading.Thread(target=create, args=("first",))
    first.start()
    while not sandbox.faults.all()[0].fired:
        pass
    create("second")
    first.join()

    assert answers == {"first": 422, "second": 201}
    assert sandbox.records()[0]["url"] == "https://second.example"


@pytest.mark.parametrize(
    ("window", "seconds", "struck_at"),
    [
        ({"from": 10, "until": 20}, (0, 9, 10, 19, 20, 99), [10, 19]),
        ({"until": 20}, (0, 19, 20), [0, 19]),
        ({"from": "2026-11-22T12:00:10Z", "until": "2026-11-22T12:00:20+00:00"}, (9, 10, 20), [10]),
        ({"from": "2026-11-22T12:00:10"}, (9, 10, 99), [10, 99]),
    ],
    ids=str,
)
def test_an_outage_lasts_for_its_window_by_the_sandboxs_clock(
    window: dict[str, Any], seconds: tuple[int, ...], struck_at: list[int]
) -> None:
    clock = Hands()
    sandbox = sandbox_with(clock=clock)
    sandbox.faults.order([{**window, "action": {"page": "gateway"}}])
    failed = []

    for second in seconds:
        clock.now = NOW + timedelta(seconds=second)
        if datacite(sandbox).get("/heartbeat").status_code == 502:
            failed.append(second)

    assert failed == struck_at


@pytest.mark.parametrize(
    ("match", "names"),
    [
        ({"account": "org.repo"}, ["10.70112/a", "10.70112/B"]),
        ({"account": "OTHER.REPO"}, ["10.70999/c"]),
        ({"doi": "/[Ab]$"}, ["10.70112/a", "10.70112/B"]),
        ({"doi": r"^10\.70999/\S$", "method": "POST"}, ["10.70999/c"]),
        ({"provider": "ezid"}, []),
        ({}, ["10.70112/a", "10.70112/B", "10.70999/c"]),
    ],
    ids=str,
)
def test_a_rule_finds_its_requests_by_account_and_doi(match: dict[str, str], names: list[str]) -> None:
    sandbox = sandbox_with(
        datacite=[("ORG.REPO", "secret", "10.70112"), ("OTHER.REPO", "secret", "10.70999")]
    )
    sandbox.faults.order([{"match": match, "action": {"status": 500}}])
    asked = {"10.70112/a": "ORG.REPO", "10.70112/B": "ORG.REPO", "10.70999/c": "OTHER.REPO"}

    failed = [
        name
        for name, account in asked.items()
        if datacite(sandbox, auth=(account, "secret")).post("/dois", json=body(doi=name)).status_code == 500
    ]

    assert failed == names
    assert datacite(sandbox, auth=None).get("/heartbeat").status_code == (500 if match == {} else 200)


def test_a_rule_for_the_resolver_leaves_the_registries_alone_and_one_for_them_the_resolver() -> None:
    sandbox = sandbox_with()
    draft(sandbox, **COMPLETE, event="publish")
    resolver = client(sandbox, "resolve", auth=None)
    sandbox.faults.order([{"match": {"provider": "datacite"}, "action": {"status": 500}}])
    assert resolver.get(f"/{NAME}").headers["Location"] == URL

    sandbox.faults.order([{"match": {"provider": "resolve"}, "action": {"status": 429, "retry_after": 9}}])
    answer = resolver.get(f"/{NAME}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "9")
    assert datacite(sandbox).get("/heartbeat").status_code == 200


def test_ezid_too_answers_after_it_has_done_what_was_asked() -> None:
    sandbox = sandbox_with(ezid=[("apiuser", "secret", "10.7280/d1")])
    sandbox.faults.order([{"times": 1, "action": {"status": 500, "applied": True}}])

    assert put(ezid(sandbox), "10.7280/D1A", _status="reserved", **ELEMENTS).status_code == 500
    assert [record["name"] for record in sandbox.records()] == ["10.7280/d1a"]


@pytest.mark.parametrize("provider", ["datacite", "ezid"])
def test_a_stale_read_tells_what_was_true_before(provider: str) -> None:
    clock = Hands()
    sandbox = sandbox_with(clock=clock)
    seed = {"provider": provider, "name": "10.5072/fk2a", "state": "draft"}
    sandbox.control.seed({**seed, "owner": "org.repo" if provider == "datacite" else "apiuser", "url": URL})
    clock.now += timedelta(seconds=60)
    sandbox.control.edit("url", "10.5072/fk2a", url="https://x.example/new")
    clock.now += timedelta(seconds=5)
    sandbox.faults.order([{"times": 1, "action": {"stale": 30}}])

    asked = datacite(sandbox) if provider == "datacite" else ezid(sandbox)
    path = "/dois/10.5072/fk2a" if provider == "datacite" else "/id/doi:10.5072/FK2A"
    behind, now = asked.get(path).text, asked.get(path).text

    assert (URL in behind, "https://x.example/new" in behind) == (True, False)
    assert (URL in now, "https://x.example/new" in now) == (False, True)


@pytest.mark.parametrize(
    ("action", "after_a_minute", "after_an_hour"),
    [({"handover": 60}, 302, 302), ({"handover": 600}, 404, 302), ({"handover": "fails"}, 404, 404)],
)
def test_ezids_hand_over_comes_late_or_never(
    action: dict[str, Any], after_a_minute: int, after_an_hour: int
) -> None:
    clock = Hands()
    sandbox = sandbox_with(ezid=[("apiuser", "secret", "10.7280/d1")], clock=clock)
    sandbox.faults.order([{"times": 1, "action": action}])
    resolver = client(sandbox, "resolve", auth=None)

    assert put(ezid(sandbox), "10.7280/D1A", _status="public", _target=URL, **ELEMENTS).status_code == 201
    seen = []
    for seconds in (0, 60, 3600):
        clock.now = NOW + timedelta(seconds=seconds)
        seen.append(resolver.get("/10.7280/d1a").status_code)

    assert seen == [404, after_a_minute, after_an_hour]
