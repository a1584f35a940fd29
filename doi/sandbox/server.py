"""The sandbox over HTTP/1.1: one event loop, one thread, no framework, so that benches measure the product."""

import asyncio
import signal
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus

import httptools

from doi.sandbox.core import Sandbox
from doi.sandbox.messages import Ending, Request, Response
from doi.sandbox.problems import WrongCallError

# One byte more than the largest body DataCite takes is read and kept; the rest is read and dropped.
_KEPT_BODY = 10 * 1024 * 1024 + 1
_LINGER_ZERO = struct.pack("ii", 1, 0)


class _Slot:
    """The place of one answer in the order of a connection's requests."""

    __slots__ = ("keep_alive", "method", "response")

    def __init__(self, method: str, *, keep_alive: bool) -> None:
        self.method = method
        self.keep_alive = keep_alive
        self.response: Response | None = None


class _Connection(asyncio.Protocol):
    """One client's connection: requests may be pipelined, answers keep their order, delays hold up nobody else."""

    def __init__(self, sandbox: Sandbox, connections: set[asyncio.Transport]) -> None:
        self._sandbox = sandbox
        self._connections = connections
        self._parser = httptools.HttpRequestParser(self)
        self._slots: deque[_Slot] = deque()
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._client = ""
        self._begin()

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0

    # -- asyncio's side -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._connections.add(transport)
            self._client = str(transport.get_extra_info("peername", ("127.0.0.1",))[0])

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._transport is not None:
            self._connections.discard(self._transport)
        self._transport = None
        self._slots.clear()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if self._transport is not None:
                self._transport.write(
                    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                )
                self._transport.close()

    # -- the parser's side ----------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._begin()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._headers.get("expect", "").lower() == "100-continue" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        room = _KEPT_BODY - self._size
        if room > 0:
            self._body.append(body[:room])
            self._size += len(body)

    def on_message_complete(self) -> None:
        method = self._parser.get_method().decode("ascii")
        slot = _Slot(method, keep_alive=self._parser.should_keep_alive())
        self._slots.append(slot)
        request = Request(method, _origin_form(self._url), self._headers, b"".join(self._body), self._client)
        self._take(slot, request, partial(self._sandbox.answer, request))

    # -- answers --------------------------------------------------------------------------------------------------

    def _take(self, slot: _Slot, request: Request, ask: Callable[[], Response]) -> None:
        try:
            response = ask()
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is not to take it for a refusal
            response = self._sandbox.failed(request, error)
        if response.later is not None:
            self._loop.call_later(response.delay, self._take, slot, request, response.later)
        elif response.delay > 0:
            self._loop.call_later(response.delay, self._fill, slot, response)
        elif response.ending is not Ending.HANG:
            self._fill(slot, response)

    def _fill(self, slot: _Slot, response: Response) -> None:
        slot.response = response
        while self._transport is not None and self._slots and self._slots[0].response is not None:
            first = self._slots.popleft()
            if first.response is not None:
                self._send(self._transport, first, first.response)

    def _send(self, transport: asyncio.Transport, slot: _Slot, response: Response) -> None:
        if response.ending is Ending.RESET:
            self._reset(transport)
            return
        whole = _written(slot, response)
        if response.ending is Ending.CUT:
            transport.write(
                whole[: len(whole) - len(response.body) + min(response.cut_at, len(response.body))]
            )
            transport.close()
            self._transport = None
            return
        transport.write(whole)
        if not slot.keep_alive:
            transport.close()

    def _reset(self, transport: asyncio.Transport) -> None:
        """End the connection with a reset rather than an orderly close."""
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        transport.abort()
        self._transport = None
        self._connections.discard(transport)


def _origin_form(url: bytes) -> str:
    """Give path and query, also of a request whose target is a whole address."""
    if url.startswith(b"/"):
        return url.decode("latin-1")
    parts = httptools.parse_url(url)
    query = b"?" + parts.query if parts.query else b""
    return ((parts.path or b"/") + query).decode("latin-1")


def _written(slot: _Slot, response: Response) -> bytes:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {response.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    if response.status != 204:
        lines.append(f"Content-Length: {len(response.body)}")
    if not slot.keep_alive:
        lines.append("Connection: close")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    return head if slot.method == "HEAD" or response.status == 204 else head + response.body


@asynccontextmanager
async def listening(sandbox: Sandbox, *, host: str, port: int) -> AsyncIterator[str]:
    """Take connections at the address that this gives, until the block ends.

    Raises WrongCallError when the port cannot be used.
    """
    loop = asyncio.get_running_loop()
    connections: set[asyncio.Transport] = set()
    try:
        server = await loop.create_server(lambda: _Connection(sandbox, connections), host, port, backlog=512)
    except OSError as error:
        raise WrongCallError(f"Port {port} of {host} cannot be used: {error.strerror or error}.") from error
    try:
        yield f"http://{host}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for transport in list(connections):
            transport.abort()
        await server.wait_closed()


async def _serve(sandbox: Sandbox, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with listening(sandbox, host=host, port=port) as address:
        ready(address)
        await stop.wait()


def serve(sandbox: Sandbox, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is told the address once it listens (port 0 takes a free one).

    Raises WrongCallError when the port cannot be used.
    """
    try:
        asyncio.run(_serve(sandbox, host=host, port=port, ready=ready))
    finally:
        sandbox.close()
