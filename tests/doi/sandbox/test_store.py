"""What survives the sandbox: its DOIs, and its log."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account
from doi.sandbox.behaviour import Behaviour
from doi.sandbox.problems import WrongCallError
from tests.doi.sandbox.calls import COMPLETE, ELEMENTS, NAME, attributes_of, body, datacite, ezid, put

ACCOUNTS = [
    Account("datacite", "ORG.REPO", "secret-word", ("10.70112",)),
    Account("ezid", "apiuser", "secret-word", ("10.7280/d1",)),
]
DATACITE, EZID = ("ORG.REPO", "secret-word"), ("apiuser", "secret-word")


def started(folder: Path) -> Sandbox:
    return Sandbox(ACCOUNTS, state=folder / "state.jsonl", log=folder / "log.jsonl")


def filled(folder: Path) -> Sandbox:
    """A sandbox with a findable DOI, a reserved one, and one that was deleted."""
    sandbox = started(folder)
    client = datacite(sandbox, auth=DATACITE)
    client.post("/dois", json=body(doi=NAME, **COMPLETE))
    client.put(f"/dois/{NAME}", json=body(event="publish"))
    client.post("/dois", json=body(doi="10.70112/gone"))
    client.delete("/dois/10.70112/gone")
    put(ezid(sandbox, auth=EZID), "10.7280/d1abc", _status="reserved", **ELEMENTS)
    return sandbox


def test_a_new_run_finds_the_dois_of_the_last_one(tmp_path: Path) -> None:
    before = filled(tmp_path)

    after = started(tmp_path)

    assert after.records() == before.records()
    assert [step["state"] for step in after.records()[0]["history"]] == ["draft", "findable"]
    shown = attributes_of(datacite(after, auth=DATACITE).get(f"/dois/{NAME}"))
    assert shown["titles"] == COMPLETE["titles"]
    assert datacite(after, auth=DATACITE).post("/dois", json=body(doi="10.70112/gone")).status_code == 201
    assert "datacite.title: River" in ezid(after).get("/id/doi:10.7280/D1ABC").text


def test_a_line_cut_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    before = filled(tmp_path)
    with (tmp_path / "state.jsonl").open("ab") as journal:
        journal.write(b'{"put": {"provider": "datac')

    after = started(tmp_path)
    datacite(after, auth=DATACITE).post("/dois", json=body(doi="10.70112/later"))

    assert [each["name"] for each in started(tmp_path).records()] == [
        *(each["name"] for each in before.records()),
        "10.70112/later",
    ]


def test_a_journal_that_is_mostly_history_is_written_anew(tmp_path: Path) -> None:
    sandbox = started(tmp_path)
    client = datacite(sandbox, auth=DATACITE)
    client.post("/dois", json=body(doi=NAME))
    for number in range(150):
        client.put(f"/dois/{NAME}", json=body(version=str(number)))

    again = started(tmp_path)

    assert len((tmp_path / "state.jsonl").read_text().splitlines()) == 1
    assert again.records() == sandbox.records()


def test_the_log_has_a_line_per_request_and_no_secret(tmp_path: Path) -> None:
    filled(tmp_path)
    datacite(started(tmp_path), auth=("ORG.REPO", "secret-guess")).delete(f"/dois/{NAME}")

    text = (tmp_path / "log.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]

    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert [(line["doi"], line["status"], line["state_before"], line["state_after"]) for line in lines] == [
        (NAME, 201, None, "draft"),
        (NAME, 200, "draft", "findable"),
        ("10.70112/gone", 201, None, "draft"),
        ("10.70112/gone", 204, "draft", None),
        ("10.7280/d1abc", 201, None, "draft"),
        (NAME, 401, "findable", "findable"),
    ]
    assert [line["account"] for line in lines] == ["org.repo"] * 4 + ["apiuser", None]
    assert lines[0]["url"] == COMPLETE["url"]
    assert lines[0]["at"].endswith("Z")
    assert "secret" not in text
    assert "Basic" not in text


@pytest.mark.parametrize("cut", [False, True])
def test_the_log_goes_on_counting_after_long_lines_and_cut_ones(tmp_path: Path, *, cut: bool) -> None:
    first = started(tmp_path)
    client = datacite(first, auth=DATACITE)
    client.get("/heartbeat")
    client.post("/dois", json=body(doi=NAME, url=f"https://x.example/{'a' * 200_000}"))
    if cut:
        with (tmp_path / "log.jsonl").open("ab") as log:
            log.write(b'{"seq": 3, "at": "2026')

    datacite(started(tmp_path), auth=DATACITE).get("/heartbeat")

    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["seq"] for line in lines if line.endswith("}")] == [1, 2, 3]
    assert len(lines) == 3 + cut


def test_orders_and_what_faults_did_are_in_the_log_without_a_secret(tmp_path: Path) -> None:
    sandbox = started(tmp_path)
    sandbox.control.account("datacite", "ORG.REPO", password="secret-new")
    sandbox.control.add_faults({"match": {"method": "PUT"}, "action": {"lost": True, "edit": "publish"}})
    client = datacite(sandbox, auth=("ORG.REPO", "secret-new"))
    client.post("/dois", json=body(doi=NAME, **COMPLETE))
    with pytest.raises(httpx.ReadError):
        client.put(f"/dois/{NAME}", json=body(version="2"))

    text = (tmp_path / "log.jsonl").read_text()
    told = [
        (line["provider"], line["method"], line["doi"], line["rule"], line["fault"], line["state_after"])
        for line in map(json.loads, text.splitlines())
    ]

    assert told == [
        ("control", "CALL", None, None, None, None),
        ("control", "CALL", None, 1, None, None),
        ("datacite", "POST", NAME, None, None, "draft"),
        ("control", "FAULT", NAME, 1, None, "findable"),
        ("datacite", "PUT", NAME, 1, "lost, edit publish before", "findable"),
    ]
    assert "secret" not in text


@pytest.mark.parametrize(
    ("told", "remembered"),
    [
        pytest.param("nothing", 60, id="a minute for a rule that is still to come"),
        pytest.param("list_lag", 300, id="as far as the lists are behind"),
        pytest.param("stale", 420, id="as far as a rule lets reads be behind"),
    ],
)
def test_what_a_record_was_is_remembered_as_long_as_a_read_may_be_behind(told: str, remembered: int) -> None:
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    now = [noon]
    sandbox = Sandbox(ACCOUNTS, clock=lambda: now[0], behaviour=Behaviour(list_lag=0))
    if told == "list_lag":
        sandbox.control.behave(list_lag=remembered)
    if told == "stale":
        sandbox.control.add_faults({"match": {"provider": "ezid"}, "action": {"stale": remembered}})
    seed = {"provider": "datacite", "name": NAME, "owner": "org.repo"}
    for second in range(901):
        now[0] = noon + timedelta(seconds=second)
        sandbox.control.seed({**seed, "url": f"https://x.example/{second}"})

    def url(seconds: float) -> str | None:
        found = sandbox.store.as_of("datacite", NAME, now[0] - timedelta(seconds=seconds))
        return found.url if found is not None else None

    assert url(remembered - 0.5) == f"https://x.example/{900 - remembered}"
    assert url(remembered + 30) == f"https://x.example/{900 - remembered}", "what is older is forgotten"

    now[0] += timedelta(seconds=remembered + 1)
    sandbox.control.seed({**seed, "name": "10.70112/other"})
    assert url(remembered) == "https://x.example/900"


def test_a_record_that_was_deleted_is_remembered_and_forgotten_too() -> None:
    now = [datetime(2026, 11, 22, 12, 0, tzinfo=UTC)]
    sandbox = Sandbox(ACCOUNTS, clock=lambda: now[0], behaviour=Behaviour(list_lag=0))
    seed = {"provider": "datacite", "name": NAME, "owner": "org.repo"}
    sandbox.control.seed(seed)
    now[0] += timedelta(seconds=100)
    sandbox.control.edit("delete", NAME)

    before = now[0] - timedelta(seconds=1)
    assert [each.name for each in sandbox.store.all_as_of("datacite", before)] == [NAME]
    now[0] += timedelta(seconds=100)
    sandbox.control.seed({**seed, "name": "10.70112/other"})
    assert sandbox.store.all_as_of("datacite", before) == []


def test_a_state_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.jsonl").write_text("not json\n")

    with pytest.raises(WrongCallError, match="cannot be used"):
        started(tmp_path)


def test_records_are_listed_oldest_first(tmp_path: Path) -> None:
    sandbox = started(tmp_path)
    for name in ("10.70112/b", "10.70112/a"):
        datacite(sandbox, auth=DATACITE).post("/dois", json=body(doi=name))

    first = sandbox.records()[0]

    assert first["name"] == "10.70112/b"
    assert first["owner"] == "org.repo"
    assert first["history"] == [{"at": first["created"], "state": "draft"}]
