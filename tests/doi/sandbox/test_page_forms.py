"""What a person does on the sandbox's pages."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from doi.sandbox import Request, Response, Sandbox
from doi.sandbox.face.faults import COMMON
from tests.doi.sandbox.calls import COMPLETE, NAME, draft
from tests.support.sandbox import sandbox_with

HOST = "127.0.0.1:8001"
HERE = f"/dois/datacite/{quote(NAME, safe='')}"


def post(sandbox: Sandbox, target: str, *, origin: str | None = f"http://{HOST}", **form: str) -> Response:
    headers = {"host": HOST, "content-type": "application/x-www-form-urlencoded"}
    if origin is not None:
        headers["origin"] = origin
    return sandbox.answer(Request("POST", target, headers, urlencode(form).encode()))


def follow(sandbox: Sandbox, answer: Response) -> str:
    assert answer.status == 303
    found = sandbox.answer(Request("GET", dict(answer.headers)["Location"]))
    assert found.status == 200
    return found.body.decode()


def states(sandbox: Sandbox) -> list[str]:
    return [record["state"] for record in sandbox.records()]


@pytest.mark.parametrize(
    ("state", "form", "after", "words"),
    [
        ("draft", {"act": "publish"}, ["findable"], "Staff have published this DOI."),
        ("findable", {"act": "hide"}, ["registered"], "Staff have hidden this DOI."),
        ("draft", {"act": "url", "url": "https://x.example/"}, ["draft"], "changed this DOI’s landing page."),
        ("draft", {"act": "move", "owner": "OTHER.REPO"}, ["draft"], "moved this DOI to another account."),
        ("draft", {"act": "delete draft"}, [], "DOIs"),
        ("findable", {"act": "delete"}, [], "DOIs"),
    ],
)
def test_a_button_does_a_staff_edit_and_says_so(
    state: str, form: dict[str, str], after: list[str], words: str
) -> None:
    sandbox = sandbox_with()
    draft(sandbox, **COMPLETE, **({"event": "publish"} if state == "findable" else {}))
    assert f'value="{form["act"]}"' in sandbox.answer(Request("GET", HERE)).body.decode()

    page = follow(sandbox, post(sandbox, HERE, **form))

    assert states(sandbox) == after
    assert words in page
    line = sandbox.log.recent[-1]
    assert (line["provider"], line["method"], line["path"], line["doi"]) == ("control", "POST", HERE, NAME)


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"act": "hide"}, 409, "is a draft and cannot be hidden"),
        ({"act": "praise"}, 422, "needs an act"),
        ({"act": "move", "owner": " "}, 422, "needs owner for move"),
        ({}, 422, "needs an act"),
    ],
)
def test_an_edit_that_does_not_fit_says_why(form: dict[str, str], status: int, words: str) -> None:
    sandbox = sandbox_with()
    draft(sandbox)

    answer = post(sandbox, HERE, **form)

    assert answer.status == status
    assert words in answer.body.decode()
    assert states(sandbox) == ["draft"]


def test_an_edit_of_a_doi_that_went_away_says_so() -> None:
    answer = post(sandbox_with(), HERE, act="publish")

    assert answer.status == 404
    assert "No registry here has a DOI named" in answer.body.decode()


@pytest.mark.parametrize("fault", COMMON)
def test_every_common_fault_is_added_by_the_form_and_removed_by_its_button(fault: str) -> None:
    sandbox = sandbox_with()

    page = follow(sandbox, post(sandbox, "/faults", fault=fault, seconds="5", times="2"))

    (rule,) = sandbox.faults.all()
    assert rule.times == 2
    assert rule.action.name in page
    assert "The fault is in force." in page
    assert "The fault is removed." in follow(
        sandbox, post(sandbox, "/faults/remove", number=str(rule.number))
    )
    assert sandbox.faults.all() == []


def test_a_form_says_of_which_requests_and_when() -> None:
    sandbox = sandbox_with()
    choices = {
        "provider": "ezid",
        "method": "PUT",
        "account": "apiuser",
        "doi": "^10",
        "times": "",
        "skip": "3",
    }

    page = follow(sandbox, post(sandbox, "/faults", fault="late", seconds="1.5", percent="25", **choices))

    (rule,) = sandbox.faults.all()
    given: dict[str, Any] = dict(rule.given)
    assert given == {
        "action": {"delay": 1.5},
        "match": {"provider": "ezid", "method": "PUT", "account": "apiuser", "doi": "^10"},
        "skip": 3,
        "probability": 0.25,
    }
    assert "after 3 more, in 25% of cases" in page


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"fault": "nothing"}, "Choose a fault."),
        ({}, "Choose a fault."),
        ({"fault": "late", "seconds": "soon"}, "What is given for seconds must be a number."),
        ({"fault": "late", "times": "-1"}, "What is given for times must be a number."),
        ({"fault": "late", "times": "nan"}, "What is given for times must be a number."),
        ({"fault": "late", "doi": "("}, "A value of fault 1"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(form: dict[str, str], words: str) -> None:
    sandbox = sandbox_with()

    answer = post(sandbox, "/faults", **form)

    assert answer.status == 422
    assert words in answer.body.decode()
    assert sandbox.faults.all() == []


def test_all_faults_are_removed_at_once_and_a_removed_one_cannot_be_again() -> None:
    sandbox = sandbox_with()
    sandbox.faults.order([{"action": {"reset": True}}, {"action": {"lost": True}}])

    follow(sandbox, post(sandbox, "/faults/remove"))

    assert sandbox.faults.all() == []
    for number in ("1", "one"):
        assert post(sandbox, "/faults/remove", number=number).status == 404


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"origin": f"http://{HOST}"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": f"http://{HOST}.evil.example"}, False),
        ({"origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({}, True),  # no browser
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("method", "target", "sent"),
    [
        ("POST", HERE, b"act=publish"),
        ("POST", "/faults", b"fault=reset"),
        ("POST", "/control/faults", b'{"action": {"reset": true}}'),
        ("DELETE", "/counts", b""),
    ],
)
def test_only_the_sandboxs_own_pages_may_post(
    headers: dict[str, str], method: str, target: str, sent: bytes, *, passes: bool
) -> None:
    sandbox = sandbox_with()
    draft(sandbox)

    answer = sandbox.answer(Request(method, target, {"host": HOST, **headers}, sent))

    assert (answer.status == 403) is not passes
    assert (sandbox.counts()["total"] == 0) is (passes and target == "/counts")
    assert bool(sandbox.faults.all()) is (passes and "faults" in target)
    assert (states(sandbox) == ["findable"]) is (passes and target == HERE)
