"""Who asks EZID: Basic, sessions, and which of them counts."""

import base64

import httpx
import pytest

from doi.sandbox import Sandbox
from tests.doi.sandbox.calls import ELEMENTS, anvl, ezid, put
from tests.doi.sandbox.ezid_calls import BAD, NAME, SHOULDER, TurnedClock, ezid_sandbox, read
from tests.support.sandbox import sandbox_with

UNAUTHORIZED = (401, "error: unauthorized")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def sandbox(clock: TurnedClock) -> Sandbox:
    return ezid_sandbox(clock=clock)


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


HEADERS = {
    "right": (basic("apiuser:secret"), (200, "success: session cookie returned")),
    "white-space-around": (basic(" apiuser : secret "), (200, "success: session cookie returned")),
    "none": (None, UNAUTHORIZED),
    "wrong-password": (basic("apiuser:wrong"), UNAUTHORIZED),
    "wrong-case": (basic("ApiUser:secret"), UNAUTHORIZED),
    "unknown-user": (basic("nobody:secret"), UNAUTHORIZED),
    "not-active": (basic("gone:secret"), UNAUTHORIZED),
    "no-user": (basic(":secret"), (400, f"{BAD}username required")),
    "blank-user": (basic("  :secret"), (400, f"{BAD}username required")),
    "no-password": (basic("apiuser:"), (400, f"{BAD}password required")),
    "blank-password": (basic("apiuser: "), (400, f"{BAD}password required")),
    "colon-in-password": (basic("apiuser:se:cret"), (400, f"{BAD}malformed Authorization header")),
    "no-colon": (basic("apiuser"), (400, f"{BAD}malformed Authorization header")),
    "no-base64": ("Basic apiuser", (400, f"{BAD}malformed Authorization header")),
    "no-utf-8": (
        "Basic " + base64.b64encode(b"a:\xff").decode(),
        (400, f"{BAD}malformed Authorization header"),
    ),
    "no-value": ("Basic", (400, f"{BAD}malformed Authorization header")),
    "two-values": ("Basic a b", (400, f"{BAD}malformed Authorization header")),
    "other-scheme": ("Bearer x", (400, "error: unable to parse basic_auth request")),
    "scheme-in-small": (basic("apiuser:secret").lower(), (400, "error: unable to parse basic_auth request")),
}


@pytest.mark.parametrize(("header", "told"), HEADERS.values(), ids=HEADERS)
def test_a_header_is_understood_as_ezid_does(
    sandbox: Sandbox, header: str | None, told: tuple[int, str]
) -> None:
    headers = {"Authorization": header} if header is not None else {}

    answer = ezid(sandbox, auth=None).get("/login", headers=headers)

    assert (answer.status_code, answer.text) == told
    realm = 'Basic realm="EZID"' if told[0] == 401 else None
    assert answer.headers.get("WWW-Authenticate") == realm
    assert ("Set-Cookie" in answer.headers) is (told[0] == 200)


def test_a_password_with_a_colon_never_signs_in_though_it_is_right() -> None:
    sandbox = sandbox_with(ezid=[("apiuser", "se:cret", SHOULDER)])

    answer = ezid(sandbox, auth=("apiuser", "se:cret")).get("/login")

    assert (answer.status_code, answer.text) == (400, f"{BAD}malformed Authorization header")


CALLERS = {
    "owner": (("apiuser", "secret"), [200, 201, 200, 200]),
    "wrong-password": (("apiuser", "wrong"), [200, 401, 401, 401]),
    "nobody": (None, [200, 401, 401, 401]),
    "not-active": (("gone", "secret"), [200, 401, 401, 401]),
    "stranger": (("other", "secret"), [200, 403, 403, 403]),
    "malformed": (("api:user", "x"), [400, 400, 400, 400]),
}


@pytest.mark.parametrize(("auth", "statuses"), CALLERS.values(), ids=CALLERS)
def test_reading_needs_no_credentials_and_writing_the_right_ones(
    sandbox: Sandbox, auth: tuple[str, str] | None, statuses: list[int]
) -> None:
    put(ezid(sandbox), NAME, _status="reserved")
    client = ezid(sandbox, auth=auth)

    answers = [
        client.get(f"/id/doi:{NAME}"),
        put(client, NAME + "2", _status="reserved"),
        client.post(f"/id/doi:{NAME}", content=b"note: x"),
        client.delete(f"/id/doi:{NAME}"),
    ]

    assert [answer.status_code for answer in answers] == statuses


# -- sessions -------------------------------------------------------------------------------------------------------


def session_of(sandbox: Sandbox, user: str = "apiuser") -> dict[str, str]:
    cookie = ezid(sandbox, auth=(user, "secret")).get("/login").cookies["sessionid"]
    return {"Cookie": f"a=b; sessionid={cookie}"}


def made_by(sandbox: Sandbox, client: httpx.Client, headers: dict[str, str]) -> str:
    """Say who is taken for the maker of a test identifier."""
    name = "10.5072/FK2X"
    answer = client.put(f"/id/doi:{name}", content=anvl(_status="reserved"), headers=headers)
    return read(sandbox, name)["_owner"] if answer.status_code == 201 else answer.text


def test_a_session_beats_the_authorization_header(sandbox: Sandbox) -> None:
    assert made_by(sandbox, ezid(sandbox, auth=("other", "secret")), session_of(sandbox)) == "apiuser"


def test_beside_a_session_the_header_is_not_even_read(sandbox: Sandbox) -> None:
    headers = {**session_of(sandbox), "Authorization": "nonsense"}

    assert made_by(sandbox, ezid(sandbox, auth=None), headers) == "apiuser"


def test_a_session_of_an_account_no_longer_active_hides_a_right_header(sandbox: Sandbox) -> None:
    headers = session_of(sandbox)
    account = sandbox.accounts.get("ezid", "apiuser")
    assert account is not None
    sandbox.accounts.replace(type(account)("ezid", "apiuser", "secret", active=False))

    assert made_by(sandbox, ezid(sandbox, auth=("other", "secret")), headers) == "error: unauthorized"


@pytest.mark.parametrize(("days", "who"), [(6.99, "apiuser"), (7, "other")])
def test_a_session_lives_seven_days(sandbox: Sandbox, clock: TurnedClock, days: float, who: str) -> None:
    headers = session_of(sandbox)
    clock.turn(days=days)

    assert made_by(sandbox, ezid(sandbox, auth=("other", "secret")), headers) == who


def test_a_session_ends_with_a_logout(sandbox: Sandbox) -> None:
    headers = session_of(sandbox)

    answer = ezid(sandbox, auth=None).get("/logout", headers=headers)

    assert (answer.status_code, answer.text) == (200, "success: authentication credentials flushed")
    assert made_by(sandbox, ezid(sandbox, auth=("other", "secret")), headers) == "other"


def test_an_unknown_session_is_as_none(sandbox: Sandbox) -> None:
    client = ezid(sandbox, auth=("other", "secret"))

    assert made_by(sandbox, client, {"Cookie": "sessionid=invented"}) == "other"


def test_the_cookie_ends_with_the_browser_and_is_given_once(sandbox: Sandbox) -> None:
    first = ezid(sandbox).get("/login")
    again = ezid(sandbox).get("/login", headers=session_of(sandbox))

    assert "Max-Age" not in first.headers["Set-Cookie"]
    assert (again.status_code, "Set-Cookie" in again.headers) == (200, False)


def test_a_jar_shared_by_two_accounts_makes_the_second_act_as_the_first(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    client.get("/login")
    client.auth = httpx.BasicAuth("other", "secret")

    assert put(client, "10.7280/D9X", _status="public", **ELEMENTS).status_code == 403
    assert put(client, NAME, _status="reserved").status_code == 201
