"""Answers that break on order."""

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account
from doi.sandbox.problems import WrongCallError
from tests.doi.sandbox.calls import NAME, body, datacite, draft, ezid, put
from tests.support.sandbox import sandbox_with

CREATE = body(doi=NAME)


def test_an_ordered_status_comes_in_the_place_of_the_registrys_answer() -> None:
    sandbox = sandbox_with()
    sandbox.faults.order(
        [
            {
                "match": {"method": "POST"},
                "times": 1,
                "action": {"status": 429, "body": "slow", "headers": {"Retry-After": "7"}},
            }
        ]
    )
    client = datacite(sandbox)

    first, second = client.post("/dois", json=CREATE), client.post("/dois", json=CREATE)

    assert (first.status_code, first.text, first.headers["Retry-After"]) == (429, "slow", "7")
    assert second.status_code == 201
    assert [(line["status"], line["fault"], line["doi"]) for line in sandbox.log.recent] == [
        (429, "status 429", NAME),
        (201, None, NAME),
    ]
    assert sandbox.counts()["total"] == 2


@pytest.mark.parametrize(("action", "applied"), [("reset", False), ("lost", True)])
def test_a_broken_connection_leaves_the_client_without_an_answer(action: str, *, applied: bool) -> None:
    sandbox = sandbox_with()
    sandbox.faults.order([{"match": {"method": "POST"}, "action": {action: True}}])

    with pytest.raises(httpx.ReadError):
        datacite(sandbox).post("/dois", json=CREATE)

    assert bool(sandbox.records()) is applied
    assert sandbox.log.recent[-1]["status"] == (201 if applied else None)
    assert sandbox.log.recent[-1]["fault"] == action


def test_a_cut_answer_arrives_in_part() -> None:
    sandbox = sandbox_with()
    sandbox.faults.order([{"action": {"truncate": 10}}])

    answer = datacite(sandbox).post("/dois", json=CREATE)

    assert (answer.status_code, len(answer.content)) == (201, 10)
    assert len(sandbox.records()) == 1


def test_an_answer_later_than_the_client_waits_is_a_timeout_though_it_was_done() -> None:
    sandbox = sandbox_with()
    sandbox.faults.order([{"action": {"delay": 60}}])
    client = datacite(sandbox)

    with pytest.raises(httpx.ReadTimeout):
        client.post("/dois", json=CREATE)

    assert len(sandbox.records()) == 1


def test_a_rule_takes_only_what_it_matches() -> None:
    sandbox = sandbox_with()
    sandbox.faults.order([{"match": {"provider": "ezid", "path": "FK2A"}, "action": {"status": 500}}])
    client = ezid(sandbox)

    assert put(client, "10.5072/FK2A", _status="reserved").status_code == 500
    assert put(client, "10.5072/FK2B", _status="reserved").status_code == 201
    draft(sandbox)


def test_a_rule_may_let_some_pass_and_may_work_by_chance() -> None:
    sandbox = sandbox_with()
    client = datacite(sandbox)

    def statuses(rule: dict[str, Any], count: int) -> list[int]:
        sandbox.faults.order([{**rule, "action": {"status": 503}}])
        return [client.get("/heartbeat").status_code for _ in range(count)]

    assert statuses({"skip": 2, "times": 1}, 4) == [200, 200, 503, 200]
    by_chance = statuses({"probability": 0.3, "seed": 7}, 200)
    assert 30 < by_chance.count(503) < 90
    assert statuses({"probability": 0.3, "seed": 7}, 200) == by_chance


def test_the_file_is_read_again_when_it_changes_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text("[]")
    sandbox = Sandbox([Account("datacite", "ORG.REPO", "secret", ("10.70112",))], faults=path)
    client = datacite(sandbox)
    seen = [client.get("/heartbeat").status_code]

    for number, text in enumerate((json.dumps([{"action": {"status": 502}}]), "[{", "[]"), 1):
        path.write_text(text)
        os.utime(path, (number, number))
        seen.append(client.get("/heartbeat").status_code)
        assert (sandbox.faults.complaint is not None) is (text == "[{")

    assert seen == [200, 502, 502, 200]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({}, "must be a JSON list"),
        (
            [{"action": {}}],
            "must be one of delay, edit, event, handle, handover, hang, lost, page, reset, stale, status",
        ),
        ([{"action": {"applied": True}}], "must be one of"),
        ([{"action": {"page": "parked"}}], "may be gateway"),
        ([{"action": {"handle": "works"}}], "may be fails"),
        (
            [{"action": {"edit": "praise"}}],
            "needs an act, one of delete draft, publish, hide, url, move, delete",
        ),
        ([{"action": {"edit": {"act": "move"}}}], "needs owner for move"),
        ([{"action": {"edit": {"act": "hide", "when": "soon"}}}], "before or after"),
        ([{"action": {"status": 429, "retry_after": "soon"}}], "A value of fault 1"),
        (
            [{"match": {"verb": "GET"}, "action": {"reset": True}}],
            "may have method, path, provider, account and doi",
        ),
        ([{"match": {}}], "not a rule with match and action"),
        ([{"match": {"path": "("}, "action": {"reset": True}}], "A value of fault 1"),
        ([{"times": "often", "action": {"reset": True}}], "The times of fault 1"),
        ([{"until": "tomorrow", "action": {"reset": True}}], "A value of fault 1"),
    ],
)
def test_a_file_that_is_no_list_of_rules_is_refused_at_the_start(
    tmp_path: Path, rules: Any, words: str
) -> None:
    path = tmp_path / "faults.json"
    path.write_text(json.dumps(rules))

    with pytest.raises(WrongCallError, match=words):
        Sandbox(faults=path)
