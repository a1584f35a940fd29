"""The connections under the one HTTP client: every wait ends with the call, and a stale connection costs no failure.

httpx limits each wait by itself (each address that is tried, each packet that is read), so that a registry which sends
a byte now and then could hold a call for hours. Here each wait gets what is left of the whole.
"""

import socket
import ssl
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import cache
from time import monotonic
from typing import Any, Final

import httpcore
import httpx

# The monotonic time at which the call being made in this thread has to be over.
call_ends_at: ContextVar[float] = ContextVar("call_ends_at", default=float("inf"))

# Less than servers keep an idle connection: Apache's five seconds are the shortest usual time.
IDLE_SECONDS: Final = 4.0
_WRITTEN_AT_ONCE: Final = 16 * 1024
_UNWRITTEN: Final = frozenset({"http11.send_request_headers.failed", "http11.send_request_body.failed"})

type SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class UnsentError(httpx.TransportError):
    """The connection broke while the request was being written: the registry cannot have had the whole of it."""


class Connections(httpx.HTTPTransport):
    """The network, for one account.

    A kept connection may have been closed at the other end just when it is used again. What provably was not sent, and
    what only reads, is sent once more over another; for what may have been applied nobody but the engine can decide.
    """

    def __init__(self, *, max_connections: int) -> None:
        super().__init__(verify=_trust(), trust_env=False)
        # httpx has no argument for what waits are made with.
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(),
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=_Network(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises `UnsentError` or what httpx raises."""
        again = True
        while True:
            steps: set[str] = set()
            request.extensions["trace"] = _noting(steps)
            try:
                return super().handle_request(request)
            except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.WriteTimeout) as error:
                unsent = not _UNWRITTEN.isdisjoint(steps)
                stale = "connection.connect_tcp.started" not in steps
                if again and stale and (unsent or request.method == "GET"):
                    again = False
                    continue
                if unsent:
                    raise UnsentError(str(error), request=request) from error
                raise


def _noting(steps: set[str]) -> Callable[[str, object], None]:
    """Make the callback by which httpcore tells what it does."""
    return lambda step, _details: steps.add(step)


class _Network(httpcore.NetworkBackend):
    """Opens connections; all addresses of a host together have the time of one."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """Try one address after the other. Looking up the name is the one wait that nothing can cut short."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        end = monotonic() + _left(timeout, httpcore.ConnectTimeout)
        refused: Exception | None = None
        for address in dict.fromkeys(str(entry[4][0]) for entry in found):
            wait = end - monotonic()
            if wait <= 0:
                break
            try:
                return _Stream(self._backend.connect_tcp(address, port, wait, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refused = error
        raise httpcore.ConnectTimeout("no address answered in time") if refused is None else refused


class _Stream(httpcore.NetworkStream):
    """One connection, each of whose waits ends with the call at the latest."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _WRITTEN_AT_ONCE):
            part = buffer[start : start + _WRITTEN_AT_ONCE]
            self._stream.write(part, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        wait = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, wait))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, late: type[httpcore.TimeoutException]) -> float:
    """Give the seconds that one wait may take. Raises `late` where the call is over."""
    left = call_ends_at.get() - monotonic()
    if left <= 0:
        raise late("the call is over")
    return left if timeout is None else min(timeout, left)


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted; reading them costs more than a request, and they hold no secret."""
    return httpx.create_ssl_context(trust_env=False)
