"""One tenant's connection is one tenant's: no session, redirect, proxy or other host ever comes between."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from doi.errors import BadCredentialsError, RegistryUnavailableError
from doi.registries import Credentials, Payload, Registry, open_registry
from doi.registries.transport import Connections
from doi.states import Provider, State
from tests.doi.registries.bench import URL, XML
from tests.doi.registries.raw import OK, Wire, serving
from tests.support.sandbox import RunningSandbox, running_sandbox

NAME = "10.70113/q17k3m-q845"
FIRST, SECOND = Credentials("first", "one"), Credentials("second", "two")


@pytest.fixture(scope="module")
def ezid() -> Iterator[RunningSandbox]:
    """EZID as a server, with two accounts; its sessions are set at /login and beat the Authorization header."""
    accounts = ("--account", "ezid:first:one:10.70113/q1", "--account", "ezid:second:two:10.70113/z9")
    with running_sandbox(*accounts) as running:
        yield running


def connect(url: str, credentials: Credentials, *, transport: Connections | None = None) -> Registry:
    return open_registry(
        Provider.EZID, base_url=url, credentials=credentials, transport=transport, max_connections=2
    )


def test_a_session_of_one_tenant_never_reaches_another_over_shared_connections(ezid: RunningSandbox) -> None:
    shared = Connections(max_connections=1)
    first = connect(f"{ezid.url}/ezid", FIRST, transport=shared)
    second = connect(f"{ezid.url}/ezid", SECOND, transport=shared)
    payload = Payload(name=NAME, url=URL, xml=XML.format(name=NAME))

    with closing(shared):
        # Whoever signed in last on this connection, each acts as itself.
        second.probe()
        first.probe()
        second.probe()
        assert first.create(payload).state == State.DRAFT
        assert second.fetch(NAME).owner == "first"
        for act in (lambda: second.discard(NAME), lambda: second.update(payload, state=State.DRAFT)):
            first.probe()
            with pytest.raises(BadCredentialsError) as caught:
                act()
            assert caught.value.status == 403
        second.probe()
        first.discard(NAME)


@pytest.mark.parametrize("domain", ["", "; Domain=127.0.0.1", "; Domain=localhost", "; Domain=.0.0.1"])
def test_a_cookie_is_neither_kept_nor_sent_whatever_it_says(domain: str) -> None:
    def gives_cookies(wire: Wire) -> None:
        while wire.hear():
            cookie = f"Set-Cookie: sessionid=stolen; Path=/{domain}\r\nSet-Cookie2: a=b\r\n"
            body = b"success: session cookie returned"
            wire.say(f"HTTP/1.1 200 OK\r\n{cookie}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    with serving(gives_cookies) as server:
        shared = Connections(max_connections=2)
        with closing(shared):
            for credentials in (FIRST, SECOND, FIRST):
                registry = connect(server.url, credentials, transport=shared)
                registry.probe()
                registry.probe()

    assert len(server.heard) == 6
    assert not any(b"cookie" in head.lower() for head in server.heard)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to_itself", [True, False])
def test_no_redirect_is_followed_and_no_other_host_learns_the_credential(
    status: int, *, to_itself: bool
) -> None:
    def answers(wire: Wire) -> None:
        wire.hear()
        wire.say(OK)

    with serving(answers) as elsewhere:

        def redirects(wire: Wire) -> None:
            while wire.hear():
                there = wire.server.url if to_itself else elsewhere.url
                wire.say(f"HTTP/1.1 {status} X\r\nLocation: {there}/x\r\nContent-Length: 0\r\n\r\n".encode())

        with serving(redirects) as server, closing(connect(server.url, FIRST)) as registry:
            with pytest.raises(RegistryUnavailableError, match="redirect"):
                registry.probe()
            with pytest.raises(RegistryUnavailableError, match="redirect") as caught:
                registry.create(Payload(name=NAME, url=URL))

    assert caught.value.sent is False
    assert (len(server.heard), elsewhere.connections) == (2, 0)


def test_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, ezid: RunningSandbox
) -> None:
    with serving(Wire.hear_and_drop) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
            monkeypatch.setenv(name.lower(), proxy.url)
        with closing(connect(f"{ezid.url}/ezid", FIRST)) as registry:
            registry.probe()

    assert proxy.connections == 0
