"""The one client: what it limits, what it never does, and what it makes of a network that fails."""

import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from doi.errors import BadCredentialsError, RegistryUnavailableError
from doi.registries import Credentials, credential_fault, open_registry
from doi.registries import http as registry_http
from doi.registries.http import BODY_LIMIT, VERSION, Channel
from doi.states import Provider

type Handler = Callable[[httpx.Request], httpx.Response]

GOOD = Credentials("ORG.REPO", "secret")


def channel(handler: Handler, *, credentials: Credentials = GOOD) -> Channel:
    return Channel(
        label="DataCite",
        base_url="https://registry.example/api/",
        credentials=credentials,
        fault=credential_fault(Provider.DATACITE, credentials),
        headers={"Accept": "text/plain"},
        transport=httpx.MockTransport(handler),
        max_connections=1,
    )


def raising(error: Exception) -> Handler:
    def handler(_request: httpx.Request) -> httpx.Response:
        raise error

    return handler


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.ConnectTimeout("slow"), False),
        (httpx.PoolTimeout("busy"), False),
        (httpx.UnsupportedProtocol("gopher"), False),
        (httpx.LocalProtocolError("wrong header"), False),
        (httpx.ReadTimeout("slow"), True),
        (httpx.WriteTimeout("slow"), True),
        (httpx.ReadError("reset"), True),
        (httpx.WriteError("reset"), True),
        (httpx.CloseError("reset"), True),
        (httpx.RemoteProtocolError("cut"), True),
        (httpx.ProxyError("proxy"), True),
        (httpx.DecodingError("gzip"), True),
        (httpx.TooManyRedirects("loop"), True),
    ],
)
def test_every_failure_of_the_network_is_sorted(error: httpx.HTTPError, *, sent: bool) -> None:
    with pytest.raises(RegistryUnavailableError) as caught:
        channel(raising(error)).send("PUT", "/dois/x")
    assert caught.value.sent is sent
    assert caught.value.__cause__ is error

    with pytest.raises(RegistryUnavailableError) as caught:
        channel(raising(error)).send("GET", "/dois/x")
    assert caught.value.sent is False


def test_an_address_that_is_none_was_never_reached() -> None:
    broken = open_registry(
        Provider.DATACITE, base_url="https://registry.example:port", credentials=GOOD, max_connections=1
    )

    with pytest.raises(RegistryUnavailableError, match="could not be reached"):
        broken.probe()


def test_an_answer_has_a_size_limit() -> None:
    assert (
        channel(lambda _request: httpx.Response(200, content=b"x" * BODY_LIMIT)).send("GET", "/").status
        == 200
    )

    with pytest.raises(RegistryUnavailableError, match="longer answer") as caught:
        channel(lambda _request: httpx.Response(200, content=b"x" * (BODY_LIMIT + 1))).send("PUT", "/")
    assert (caught.value.status, caught.value.sent) == (200, True)


def test_a_body_that_trickles_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(registry_http, "monotonic", lambda: now[0])

    def trickle() -> Iterator[bytes]:
        for _second in range(200):
            now[0] += 1
            yield b"x"

    with pytest.raises(RegistryUnavailableError, match="in time") as caught:
        channel(lambda _request: httpx.Response(200, content=trickle())).send("POST", "/")

    assert caught.value.sent
    assert now[0] == 1075


def test_a_body_that_is_shorter_than_announced_is_no_answer() -> None:
    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"half", headers={"Content-Length": "8"})

    with pytest.raises(RegistryUnavailableError, match="broke"):
        channel(handler).send("POST", "/")


@pytest.mark.parametrize("announced", ["\u00b2", "four", "4.0", "-4"])
def test_a_length_that_is_no_number_says_nothing(announced: str) -> None:
    headers = [(b"Content-Length", announced.encode("latin-1"))]

    answer = channel(lambda _request: httpx.Response(200, content=b"whole", headers=headers)).send("GET", "/")

    assert answer.body == b"whole"


def test_the_environment_and_the_netrc_file_are_not_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine registry.example login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    channel(handler).send("GET", "/x")

    assert str(seen[0].url) == "https://registry.example/api/x"
    assert seen[0].headers["Authorization"] == httpx.BasicAuth("ORG.REPO", "secret")._auth_header


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("17", None, 17.0),
        ("0", None, 0.0),
        ("-5", None, 0.0),
        ("999999999", None, 86400.0),
        ("Sun, 06 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 60.0),
        ("Sun, 06 Nov 1994 08:48:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Sun, 06 Nov 1994 08:50:37 GMT", None, 0.0),
        ("Sun, 06 Nov 2194 08:50:37 GMT", None, 86400.0),
        ("Sun, 06 Nov 1994 08:50:37 -0000", "Sun, 06 Nov 1994 08:49:37 GMT", 60.0),
        ("soon", None, None),
        ("", None, None),
        ("5.5", None, None),
        ("9" * 400, None, 86400.0),
        ("9" * 5000, None, None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None, None),
        ("Mon, 01 Jan 0001 00:00:00 +2359", None, 0.0),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None, 86400.0),
        ("17", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 17.0),
        ("17", "Mon, 01 Jan 2026 00:00:00 +999999999999", 17.0),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str, date: str | None, seconds: float | None) -> None:
    headers = {"Retry-After": header, **({"Date": date} if date is not None else {})}

    answer = channel(lambda _request: httpx.Response(503, headers=headers)).send("GET", "/")

    assert answer.retry_after == seconds


def test_the_registrys_clock_is_read() -> None:
    headers = {"Date": "Sun, 06 Nov 1994 08:49:37 GMT"}

    answer = channel(lambda _request: httpx.Response(200, headers=headers)).send("GET", "/")

    assert answer.date == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


def test_credentials_hide_the_password_from_every_repr() -> None:
    assert "secret" not in repr(GOOD)
    assert "secret" not in repr(channel(lambda _request: httpx.Response(200)))
    for provider in Provider:
        opened = open_registry(
            provider, base_url="https://registry.example", credentials=GOOD, max_connections=1
        )
        assert "secret" not in repr(opened)
        opened.close()


@pytest.mark.parametrize(
    ("provider", "username", "password", "word"),
    [
        (Provider.DATACITE, "", "secret", "ID is missing"),
        (Provider.DATACITE, "ORG.REPO", "", "password is missing"),
        (Provider.DATACITE, "ORG:REPO", "secret", "cannot contain a colon"),
        (Provider.DATACITE, "..", "secret", "dots alone"),
        (Provider.EZID, " . ", "secret", "dots alone"),
        (Provider.EZID, "user", "pass:word", "colon"),
        (Provider.DATACITE, "ORG.REPO", "pass:word", ""),
        (Provider.EZID, "user", "password", ""),
    ],
)
def test_a_credential_that_cannot_work_is_known_before_any_call(
    provider: Provider, username: str, password: str, word: str
) -> None:
    fault = credential_fault(provider, Credentials(username, password))

    assert (word in fault) if word else fault == ""
    if word:
        opened = open_registry(
            provider,
            base_url="https://registry.example",
            credentials=Credentials(username, password),
            transport=httpx.MockTransport(raising(AssertionError("was sent"))),
            max_connections=1,
        )
        with pytest.raises(BadCredentialsError):
            opened.probe()


def test_the_version_we_name_is_the_projects() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())

    assert project["project"]["version"] == VERSION
