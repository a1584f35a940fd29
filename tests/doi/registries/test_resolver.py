"""Where a DOI leads, as the resolver and DataCite's public view tell it: with nobody's credentials."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from doi import names
from doi.errors import InvalidNameError, RegistryUnavailableError
from doi.registries import open_public_datacite, open_resolver
from doi.sandbox import Sandbox
from doi.sandbox.store import Record
from tests.doi.name_vectors import VECTORS
from tests.doi.registries.bench import Recording
from tests.support.sandbox import SANDBOX_URL, sandbox_with

NAME = "10.70112/7k3m-q845"
URL = "https://data.example.edu/v/1"
AT = "2026-03-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Outside:
    """A stranger to both registries, and the sandbox."""

    sandbox: Sandbox
    transport: Recording

    def hold(self, name: str = NAME, *, status: str = "findable", handle_url: str | None = URL) -> None:
        record = Record("datacite", name, "org.repo", status, URL, AT, AT)
        self.sandbox.store.save(record.changed(handle_url=handle_url))

    def leads_to(self, name: str = NAME) -> str | None:
        resolver = open_resolver(
            base_url=f"{SANDBOX_URL}/resolve/", transport=self.transport, max_connections=1
        )
        try:
            return resolver.leads_to(name)
        finally:
            resolver.close()

    def findable_url(self, name: str = NAME) -> str | None:
        public = open_public_datacite(
            base_url=f"{SANDBOX_URL}/datacite", transport=self.transport, max_connections=1
        )
        try:
            return public.findable_url(name)
        finally:
            public.close()

    def answer(self, **action: Any) -> None:
        self.sandbox.faults.order([{"action": action}])


@pytest.fixture
def outside() -> Iterator[Outside]:
    sandbox = sandbox_with()
    yield Outside(sandbox, Recording(sandbox))
    sandbox.close()


QUESTIONS: dict[str, Callable[[Outside], str | None]] = {
    "resolver": Outside.leads_to,
    "datacite": Outside.findable_url,
}
ASKED = pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)


def test_the_resolver_tells_where_a_name_leads_in_any_case(outside: Outside) -> None:
    outside.hold()

    assert outside.leads_to() == URL
    assert outside.leads_to(NAME.upper()) == URL


def test_a_name_that_the_handle_system_does_not_know_leads_nowhere(outside: Outside) -> None:
    assert outside.leads_to() is None
    outside.hold(handle_url=None)
    assert outside.leads_to() is None


@pytest.mark.parametrize("name", sorted({names.fold(vector[1]) for vector in VECTORS if "/" in vector[1]}))
def test_every_name_is_asked_for_as_it_is(outside: Outside, name: str) -> None:
    parsed = str(names.parse_name(name))
    outside.hold(parsed)

    assert outside.leads_to(parsed) == URL


@pytest.mark.parametrize(("status", "found"), [("findable", URL), ("registered", None), ("draft", None)])
def test_a_stranger_finds_at_datacite_what_is_findable(
    outside: Outside, status: str, found: str | None
) -> None:
    outside.hold(status=status)

    assert outside.findable_url() == found


def test_a_name_that_datacite_takes_for_another_address_is_not_asked_for(outside: Outside) -> None:
    with pytest.raises(InvalidNameError):
        outside.findable_url("10.70112/data/media")

    assert outside.transport.requests == []


@ASKED
def test_no_credential_and_no_cookie_goes_along(
    outside: Outside, ask: Callable[[Outside], str | None]
) -> None:
    outside.hold()
    outside.answer(status=503, body="", headers={"Set-Cookie": "sessionid=1"})

    for _ in range(2):
        with pytest.raises(RegistryUnavailableError):
            ask(outside)

    assert len(outside.transport.requests) == 2
    for request in outside.transport.requests:
        assert request.method == "GET"
        assert "Authorization" not in request.headers
        assert "Cookie" not in request.headers


HANDLE = f'{{"responseCode": 1, "handle": "{NAME}", "values": '


@ASKED
@pytest.mark.parametrize(
    "action",
    [
        {"status": 200, "body": "<html>A captive portal</html>"},
        {"status": 200, "body": "[]"},
        {"status": 200, "body": "{}"},
        {"status": 200, "body": '{"responseCode": 1, "handle": "10.1/other", "values": []}'},
        {"status": 200, "body": '{"data": {"attributes": {"doi": "10.1/other", "state": "findable"}}}'},
        {"status": 200, "body": "[" * 100_000},
        {"status": 302, "body": "", "headers": {"Location": "https://elsewhere.example/"}},
        {"status": 429, "body": "slower"},
        {"status": 403, "body": "blocked"},
        {"status": 500, "body": '{"responseCode": 2}'},
        {"status": 503, "body": ""},
        {"reset": True},
        {"delay": 30.0},
    ],
    ids=lambda action: str(action)[:50],
)
def test_what_says_nothing_about_this_name_is_no_answer(
    outside: Outside, ask: Callable[[Outside], str | None], action: dict[str, Any]
) -> None:
    outside.hold()
    outside.answer(**action)

    with pytest.raises(RegistryUnavailableError) as caught:
        ask(outside)

    assert caught.value.sent is False
    assert len(outside.transport.requests) == 1, "no redirect is followed"


@pytest.mark.parametrize(
    "body",
    [
        f"{HANDLE} null}}",
        f"{HANDLE} [1]}}",
        f'{HANDLE} [{{"type": "URL"}}]}}',
        f'{HANDLE} [{{"type": "URL", "data": {{"format": "base64", "value": 7}}}}]}}',
        f'{{"responseCode": 301, "handle": "{NAME}"}}',
    ],
)
def test_a_handle_that_cannot_be_read_is_no_answer(outside: Outside, body: str) -> None:
    outside.answer(status=200, body=body)

    with pytest.raises(RegistryUnavailableError, match="cannot be understood"):
        outside.leads_to()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, f'{{"responseCode": 200, "handle": "{NAME}"}}'),
        (404, f'{{"responseCode": 200, "handle": "{NAME}"}}'),
        (404, f'{{"responseCode": 100, "handle": "{NAME.upper()}"}}'),
        (200, f"{HANDLE} []}}"),
        (200, f'{HANDLE} [{{"type": "HS_ADMIN", "data": {{}}}}]}}'),
    ],
)
def test_a_handle_without_an_address_leads_nowhere(outside: Outside, status: int, body: str) -> None:
    outside.answer(status=status, body=body)

    assert outside.leads_to() is None


@pytest.mark.parametrize("body", ["Not Found", "{}", '{"responseCode": 100, "handle": "10.1/other"}'])
def test_absence_is_the_handle_systems_own_word(outside: Outside, body: str) -> None:
    outside.answer(status=404, body=body)

    with pytest.raises(RegistryUnavailableError):
        outside.leads_to()


@ASKED
def test_it_says_how_long_to_wait(outside: Outside, ask: Callable[[Outside], str | None]) -> None:
    outside.answer(status=429, body="", headers={"Retry-After": "40"})

    with pytest.raises(RegistryUnavailableError) as caught:
        ask(outside)

    assert caught.value.retry_after == 40.0
