"""How callers of DataCite's API sign in (registry protocols, 1.1), and what a wrong password does (1.6)."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account
from tests.doi.sandbox.calls import COMPLETE, NAME, URL, body, datacite, draft
from tests.support.sandbox import sandbox_with

WRONG = ("ORG.REPO", "not it")
KEY = "DC.0123456789abcdefghijklmnopqrstuv"
DOIS = [("ORG.REPO", "secret", "10.70112"), ("OTHER.REPO", "secret", "10.70113")]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(
        [
            Account("datacite", "ORG.REPO", "a:secret:", ("10.70112",), api_keys=(KEY,)),
            Account("datacite", "OTHER.REPO", "secret", ("10.70113",)),
        ]
    )


def basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def asked(sandbox: Sandbox, authorization: str, path: str = "/repositories/org.repo") -> httpx.Response:
    return datacite(sandbox, auth=None).get(path, headers={"Authorization": authorization})


# --- The forms of 1.1 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("authorization", "signed_in", "by_password"),
    [
        pytest.param(basic("ORG.REPO", "a:secret:"), True, True, id="password, which may hold colons"),
        pytest.param(basic("org.Repo", "a:secret:"), True, True, id="id in any case"),
        pytest.param(basic("ORG.REPO", KEY), True, False, id="API key as password"),
        pytest.param(basic(KEY, ""), True, False, id="API key as user name"),
        pytest.param(basic(KEY, "whatever"), True, False, id="API key as user name, password ignored"),
        pytest.param(f"Bearer {KEY}", True, False, id="raw API key as bearer"),
        pytest.param(basic("OTHER.REPO", KEY), False, False, id="API key of another repository"),
        pytest.param(basic("ORG.REPO", "DC.unknown"), False, False, id="unknown API key"),
        pytest.param(basic("ORG.REPO", "a:secret"), False, False, id="wrong password"),
        pytest.param("Basic nonsense!", False, False, id="Basic that cannot be read"),
        pytest.param("Digest x", False, False, id="another scheme"),
    ],
)
def test_who_is_taken_for_the_repository(
    sandbox: Sandbox, authorization: str, *, signed_in: bool, by_password: bool
) -> None:
    answer = asked(sandbox, authorization)
    created = datacite(sandbox, auth=None).post(
        "/dois", json=body(doi=NAME), headers={"Authorization": authorization}
    )

    assert answer.status_code == 200
    assert answer.headers.get("X-Credential-Username") == ("org.repo" if signed_in else None)
    assert created.status_code == (201 if signed_in else 404)
    shown = answer.json()["data"]["attributes"]
    private = [name in shown for name in ("systemEmail", "hasPassword", "serviceContact")]
    assert private == [by_password] * 3


@pytest.mark.parametrize("token", ["nonsense", "DC.unknown", "a.b.c", ""])
@pytest.mark.parametrize("path", ["/heartbeat", "/dois", f"/dois/{NAME}", "/repositories/org.repo"])
def test_a_bearer_token_nobody_knows_is_refused_everywhere(sandbox: Sandbox, path: str, token: str) -> None:
    answer = asked(sandbox, f"Bearer {token}", path)

    assert answer.status_code == 401
    assert answer.json() == {"errors": [{"status": "401", "title": "Bad credentials."}]}


def test_without_credentials_the_answer_says_so(sandbox: Sandbox) -> None:
    anonymous = datacite(sandbox, auth=None).get("/dois")
    signed = datacite(sandbox, auth=("org.repo", "a:secret:")).get("/dois")

    assert anonymous.headers["X-Anonymous-Consumer"] == "true"
    assert "X-Anonymous-Consumer" not in signed.headers
    assert anonymous.headers["X-Request-Id"] != signed.headers["X-Request-Id"]
    assert signed.headers["ETag"].startswith('W/"')
    assert signed.headers["Cache-Control"] == "max-age=0, private, must-revalidate"


def test_an_api_key_does_everything_with_dois(sandbox: Sandbox) -> None:
    client = datacite(sandbox, auth=("ORG.REPO", KEY))

    statuses = [
        client.post("/dois", json=body(doi=NAME)).status_code,
        client.get(f"/dois/{NAME}").status_code,
        client.put(f"/dois/{NAME}", json=body(url=URL)).status_code,
        client.get(f"/dois/{NAME}/get-url").status_code,
        client.delete(f"/dois/{NAME}").status_code,
    ]

    assert statuses == [201, 200, 200, 200, 204]


# --- Tokens -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "title"),
    [
        ({"grant_type": "magic"}, "Wrong grant type."),
        ({}, "Wrong grant type."),
        ({"grant_type": "password"}, "Missing account ID or password."),
        ({"grant_type": "password", "username": "org.repo"}, "Missing account ID or password."),
        (
            {"grant_type": "password", "username": "org.repo", "password": "x"},
            "Wrong account ID or password.",
        ),
        (
            {"grant_type": "password", "username": "org.repo", "password": KEY},
            "Wrong account ID or password.",
        ),
        ({"grant_type": "password", "username": KEY, "password": KEY}, "Wrong account ID or password."),
    ],
    ids=["other grant", "no grant", "nothing", "no password", "wrong password", "API key", "API key as name"],
)
def test_a_token_is_refused_with_its_reason(sandbox: Sandbox, form: dict[str, str], title: str) -> None:
    answer = datacite(sandbox, auth=None).post("/token", data=form)

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"status": "400", "title": title}]}


@pytest.mark.parametrize(
    ("age", "status"),
    [(timedelta(), 200), (timedelta(days=30, seconds=-1), 200), (timedelta(days=30), 401)],
    ids=["new", "nearly 30 days old", "30 days old"],
)
def test_a_token_signs_in_for_thirty_days(age: timedelta, status: int) -> None:
    now = datetime(2027, 2, 3, tzinfo=UTC)
    sandbox = sandbox_with(clock=lambda: now)
    form = {"grant_type": "password", "username": "org.repo", "password": "secret"}
    answer = datacite(sandbox, auth=None).post("/token", data=form)
    draft(sandbox)

    now += age
    read = asked(sandbox, f"Bearer {answer.json()['access_token']}", f"/dois/{NAME}")

    assert answer.json()["expires_in"] == 2592000
    assert read.status_code == status
    assert read.headers.get("X-Credential-Username") == ("org.repo" if status == 200 else None)


# --- The table of 1.6, with the rows that go right beside the ones that do not -------------------------------------

CALLS: list[tuple[str, str, Any, list[int]]] = [
    # Of the owner, a wrong password, nobody, another repository.
    ("GET", "/dois/10.70112/findable", None, [200, 200, 200, 200]),
    ("GET", "/dois", None, [200, 200, 200, 200]),
    ("GET", "/repositories/org.repo", None, [200, 200, 200, 200]),
    ("GET", "/heartbeat", None, [200, 200, 200, 200]),
    ("GET", "/dois/10.70112/draft", None, [200, 404, 404, 404]),
    ("GET", "/dois/10.70112/absent", None, [404, 404, 404, 404]),
    ("POST", "/dois", body(doi="10.70112/new"), [201, 404, 401, 403]),
    ("PUT", "/dois/10.70112/draft", body(version="2"), [200, 401, 401, 403]),
    ("PATCH", "/dois/10.70112/draft", body(version="2"), [200, 401, 401, 403]),
    ("PUT", "/dois/10.70112/absent", body(url=URL), [201, 404, 401, 403]),
    ("DELETE", "/dois/10.70112/draft", None, [204, 401, 401, 403]),
    ("DELETE", "/dois/10.70112/absent", None, [404, 404, 404, 404]),
    ("GET", "/dois/10.70112/draft/get-url", None, [200, 401, 401, 403]),
    ("GET", "/dois/10.70112/draft/activities", None, [200, 404, 404, 404]),
    ("POST", "/dois/validate", body(doi="10.70112/new"), [200, 404, 401, 200]),
]
CALLERS = [("org.repo", "secret"), WRONG, None, ("other.repo", "secret")]
WORDS = ["owner", "wrong password", "nobody", "another repository"]


@pytest.mark.parametrize(
    ("call", "caller", "status"),
    [
        pytest.param((method, path, document), caller, status, id=f"{method} {path}: {word} {status}")
        for method, path, document, statuses in CALLS
        for caller, word, status in zip(CALLERS, WORDS, statuses, strict=True)
    ],
)
def test_each_caller_gets_the_status_of_the_real_registry(
    call: tuple[str, str, Any], caller: tuple[str, str] | None, status: int
) -> None:
    sandbox = sandbox_with(datacite=DOIS)
    draft(sandbox, "10.70112/draft", url=URL)
    draft(sandbox, "10.70112/findable", **COMPLETE, event="publish")

    answer = datacite(sandbox, auth=caller).request(call[0], call[1], json=call[2])

    assert answer.status_code == status
    assert answer.headers.get("X-Credential-Username") == (caller[0] if caller and caller != WRONG else None)


@pytest.mark.parametrize(
    ("auth", "named", "status"),
    [
        (("org.repo", "secret"), "org.repo", 201),
        (("org.repo", "secret"), "other.repo", 403),
        (("org.repo", "secret"), "no.such", 404),
        (WRONG, "org.repo", 401),
    ],
    ids=["itself", "another", "unknown", "wrong password"],
)
def test_a_repository_named_in_the_body(auth: tuple[str, str], named: str, status: int) -> None:
    document = body(doi=NAME)
    document["data"]["relationships"] = {"client": {"data": {"type": "clients", "id": named}}}

    assert datacite(sandbox_with(datacite=DOIS), auth=auth).post("/dois", json=document).status_code == status


# --- The repository's record --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "kind"), [("repositories", "repositories"), ("clients", "clients")])
def test_the_record_tells_what_a_check_of_credentials_needs(path: str, kind: str) -> None:
    sandbox = Sandbox(
        [Account("datacite", "ORG.REPO", "x", ("10.1", "10.2"), domains="a.example", active=False)]
    )

    data = datacite(sandbox, auth=None).get(f"/{path}/ORG.repo").json()["data"]

    assert (data["id"], data["type"]) == ("org.repo", kind)
    assert (data["attributes"]["isActive"], data["attributes"]["domains"]) == (False, "a.example")
    assert [each["id"] for each in data["relationships"]["prefixes"]["data"]] == ["10.1", "10.2"]


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("/prefixes?client-id=org.repo", ["10.70112"]),
        ("/prefixes", ["10.70112", "10.70113"]),
        ("/client-prefixes?client-id=ORG.REPO", ["org.repo-10.70112"]),
        ("/client-prefixes?client-id=no.such", []),
    ],
)
def test_prefixes_are_listed_for_everybody(path: str, ids: list[str]) -> None:
    answer = datacite(sandbox_with(datacite=DOIS), auth=None).get(path).json()

    assert [each["id"] for each in answer["data"]] == ids
    assert answer["meta"]["total"] == len(ids)
