"""Real connections: every call ends in time, a stale connection costs nothing, and nothing goes where it does not belong."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from doi.errors import RegistryUnavailableError
from doi.registries import Credentials
from doi.registries import http as registry_http
from doi.registries.http import BODY_LIMIT, Channel, Deadline
from tests.doi.registries.raw import OK, Say, Server, Wire, serving


@contextmanager
def channel_to(url: str) -> Iterator[Channel]:
    channel = Channel(
        label="DataCite",
        base_url=url,
        credentials=Credentials("ORG.REPO", "secret"),
        headers={},
        transport=None,
        max_connections=2,
    )
    try:
        yield channel
    finally:
        channel.close()


@contextmanager
def speaking(say: Say) -> Iterator[tuple[Channel, Server]]:
    with serving(say) as server, channel_to(server.url) as channel:
        yield channel, server


# --- the end of a call --------------------------------------------------------------------------------------------


def _silent(wire: Wire) -> None:
    wire.hear()
    wire.wait()


def _dripping_head(wire: Wire) -> None:
    wire.hear()
    wire.drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000, every=0.02)


def _dripping_body(wire: Wire) -> None:
    wire.hear()
    wire.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    wire.drip(b"x" * 1000, every=0.02)


def _head_and_nothing_more(wire: Wire) -> None:
    wire.hear()
    wire.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    wire.wait()


def _always_about_to_continue(wire: Wire) -> None:
    wire.hear()
    while not wire.server.closing.wait(0.02):
        wire.say(b"HTTP/1.1 100 Continue\r\n\r\n")


@pytest.mark.parametrize(
    "say", [_silent, _dripping_head, _dripping_body, _head_and_nothing_more, _always_about_to_continue]
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_call_ends_in_time_whatever_the_registry_does(
    monkeypatch: pytest.MonkeyPatch, say: Say, method: str
) -> None:
    monkeypatch.setattr(registry_http, "CALL_SECONDS", 0.3)

    with speaking(say) as (channel, server):
        began = time.monotonic()
        with pytest.raises(RegistryUnavailableError, match="in time") as caught:
            channel.send(method, "/dois/x", content=b"{}" if method == "PUT" else None)
        took = time.monotonic() - began

    assert 0.25 < took < 10
    assert caught.value.sent is (method == "PUT")
    assert len(server.heard) == 1


def test_one_silence_is_limited_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_http, "READ_SECONDS", 0.2)

    with speaking(_head_and_nothing_more) as (channel, _server):
        began = time.monotonic()
        with pytest.raises(RegistryUnavailableError, match="in time"):
            channel.send("PUT", "/dois/x")

    assert time.monotonic() - began < 10


def test_several_calls_share_one_deadline() -> None:
    def slow(wire: Wire) -> None:
        while head := wire.hear():
            if b" /2 " in head:
                wire.wait()
            wire.say(OK)

    with speaking(slow) as (channel, server):
        deadline = Deadline.after(1.5)
        assert channel.send("GET", "/1", deadline=deadline).status == 200
        began = time.monotonic()
        with pytest.raises(RegistryUnavailableError, match="in time"):
            channel.send("GET", "/2", deadline=deadline)
        assert time.monotonic() - began < 10
        # The next call has its own time again.
        assert channel.send("GET", "/3").status == 200

    assert len(server.heard) == 3


def test_a_body_that_nobody_reads_ends_in_time_and_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_http, "CALL_SECONDS", 0.3)

    with speaking(Wire.wait) as (channel, _server), pytest.raises(RegistryUnavailableError) as caught:
        channel.send("PUT", "/dois/x", content=b"x" * 32_000_000)

    assert caught.value.sent is False


def test_an_endless_body_ends_at_its_limit() -> None:
    def endless(wire: Wire) -> None:
        wire.hear()
        wire.say(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            wire.say(b"x" * 65536)

    with (
        speaking(endless) as (channel, _server),
        pytest.raises(RegistryUnavailableError, match="longer answer") as caught,
    ):
        channel.send("GET", "/dois/x")

    assert caught.value.status == 200
    assert BODY_LIMIT == 16 * 1024 * 1024


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "GZIP"])
def test_a_compressed_body_is_not_unpacked(coding: str) -> None:
    def compressed(wire: Wire) -> None:
        wire.hear()
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: 4\r\n\r\n"
        wire.say(head.encode() + b"bomb")

    with speaking(compressed) as (channel, server), pytest.raises(RegistryUnavailableError, match="broke"):
        channel.send("GET", "/dois/x")

    assert b"Accept-Encoding: identity" in server.heard[0]


# --- connections that are kept ------------------------------------------------------------------------------------


def _then_gone(wire: Wire) -> None:
    """Answer once; on the first connection, close at the next request without an answer."""
    wire.hear()
    wire.say(OK)
    if wire.number == 1:
        wire.hear()
    else:
        while wire.hear():
            wire.say(OK)


def test_a_look_over_a_stale_connection_is_repeated_once() -> None:
    with speaking(_then_gone) as (channel, server):
        channel.send("GET", "/1")
        assert channel.send("GET", "/2").status == 200

    assert server.connections == 2
    assert [head.split()[1] for head in server.heard] == [b"/1", b"/2", b"/2"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_over_a_stale_connection_is_unknown_and_not_repeated(method: str) -> None:
    with speaking(_then_gone) as (channel, server):
        channel.send("GET", "/1")
        with pytest.raises(RegistryUnavailableError, match="broke") as caught:
            channel.send(method, "/2", content=None if method == "DELETE" else b"{}")

    assert caught.value.sent
    assert [head.split()[1] for head in server.heard] == [b"/1", b"/2"]


def test_a_look_is_repeated_once_and_no_more() -> None:
    def never(wire: Wire) -> None:
        wire.hear()
        if wire.number == 1:
            wire.say(OK)
            wire.hear()

    with speaking(never) as (channel, server):
        channel.send("GET", "/1")
        with pytest.raises(RegistryUnavailableError) as caught:
            channel.send("GET", "/2")

    assert caught.value.sent is False
    assert len(server.heard) == 3


def test_a_new_connection_that_breaks_is_not_tried_again() -> None:
    with speaking(Wire.hear_and_drop) as (channel, server), pytest.raises(RegistryUnavailableError):
        channel.send("GET", "/1")

    assert server.connections == 1


def test_a_connection_that_the_registry_closed_while_idle_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def once(wire: Wire) -> None:
        wire.hear()
        wire.say(OK)

    with speaking(once) as (channel, server):
        for number in range(3):
            assert channel.send("PUT", f"/{number}", content=b"{}").status == 200
            time.sleep(0.05)

    assert (server.connections, len(server.heard)) == (3, 3)


def _broken_while_reading(wire: Wire) -> None:
    """Answer a small request; break a large one off in the middle, but on the second connection."""
    wire.connection.recv(65536)
    if wire.number == 1:
        wire.say(OK)
        wire.connection.recv(10)
        wire.reset()
    else:
        with wire.connection.makefile("rb") as reader:
            reader.read(8_000_000 - 65536)
        wire.say(OK)


def test_a_write_that_provably_did_not_arrive_is_sent_again_over_another_connection() -> None:
    with speaking(_broken_while_reading) as (channel, server):
        channel.send("PUT", "/1", content=b"{}")
        assert channel.send("PUT", "/2", content=b"x" * 8_000_000).status == 200

    assert server.connections == 2


def test_a_write_that_breaks_off_halfway_was_not_sent() -> None:
    def broken(wire: Wire) -> None:
        wire.connection.recv(10)
        wire.reset()

    with (
        speaking(broken) as (channel, server),
        pytest.raises(RegistryUnavailableError, match="could not be reached") as caught,
    ):
        channel.send("PUT", "/1", content=b"x" * 8_000_000)

    assert caught.value.sent is False
    assert server.connections == 1


def test_connections_are_kept() -> None:
    def patient(wire: Wire) -> None:
        while wire.hear():
            wire.say(OK)

    with speaking(patient) as (channel, server):
        for number in range(5):
            channel.send("GET", f"/{number}")

    assert (server.connections, len(server.heard)) == (1, 5)


def test_nothing_listening_is_not_sent() -> None:
    with serving(Wire.wait) as server:
        pass

    with channel_to(server.url) as channel, pytest.raises(RegistryUnavailableError) as caught:
        channel.send("PUT", "/1")

    assert caught.value.sent is False


def test_every_address_of_a_name_is_tried() -> None:
    def answers(wire: Wire) -> None:
        wire.hear()
        wire.say(OK)

    # The name may lead to ::1 first, where nobody listens.
    with serving(answers) as server, channel_to(server.url.replace("127.0.0.1", "localhost")) as channel:
        assert channel.send("GET", "/1").status == 200
