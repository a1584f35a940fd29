"""A worker that is killed with SIGKILL: a fork of this process, with a connection of its own to the same database."""

import os
import pickle
import signal
import socket
import sqlite3
import struct
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from django.db import connection, connections

from doi import connections as ours
from doi.failpoints import armed
from doi.registries import open_public_datacite, open_registry, open_resolver
from doi.sandbox import Sandbox
from tests.support.sandbox import SandboxTransport

ENDED, RAISED = 0, 70


@contextmanager
def shared_database(folder: Path) -> Iterator[None]:
    """A database that a fork can open too: SQLite's in memory is copied into a file, PostgreSQL's is shared anyway."""
    if connection.vendor != "sqlite":
        yield
        return
    here = connections["default"]
    here.ensure_connection()
    path = folder / "db.sqlite3"
    with sqlite3.connect(path) as copy:
        here.connection.backup(copy)
    copy.close()
    there = here.copy()
    # Not synchronous: the process dies, the machine does not.
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    there.settings_dict = {
        **here.settings_dict,
        "NAME": str(path),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas},
    }
    connections["default"] = there
    try:
        yield
    finally:
        there.close()
        connections["default"] = here


def killed_at(point: str, work: Callable[[], object], sandbox: Sandbox, *, passes: int = 1) -> bool:
    """Fork a worker that does `work` and is killed when it passes `point` so many times; False if it ended before."""
    connection.close()
    here, there = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        here.close()
        _be_the_worker(point, work, there, passes)
    there.close()
    _serve(here, sandbox)
    here.close()
    _pid, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == ENDED, "the worker failed by itself; its traceback is on standard error"
    return False


# --- in the fork --------------------------------------------------------------------------------------------------


def _be_the_worker(point: str, work: Callable[[], object], wire: socket.socket, passes: int) -> None:
    code = RAISED
    left = [passes]

    def kill(name: str) -> None:
        left[0] -= name == point
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        transport = _Wire(wire)
        for opens in (open_registry, open_resolver, open_public_datacite):
            setattr(ours, opens.__name__, partial(opens, transport=transport))
        with armed(kill):
            work()
        code = ENDED
    except BaseException:  # noqa: BLE001  (whatever it is, nothing of pytest may go on in here)
        traceback.print_exc()
    finally:
        os._exit(code)


class _Wire(httpx.BaseTransport):
    """Carries requests to the process that has the registry, one at a time."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self._one_at_a_time = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = (
            request.method,
            str(request.url),
            list(request.headers.raw),
            request.read(),
            _limits(request),
        )
        with self._one_at_a_time:
            _put(self._wire, asked)
            told = _take(self._wire)
        if isinstance(told, str):
            raise getattr(httpx, told)(told, request=request)
        status, headers, body = told
        return httpx.Response(status, headers=headers, content=body, request=request)


def _limits(request: httpx.Request) -> dict[str, Any]:
    return {"timeout": request.extensions.get("timeout", {})}


# --- in this process ----------------------------------------------------------------------------------------------


def _serve(wire: socket.socket, sandbox: Sandbox) -> None:
    """Answer the worker until it is gone."""
    transport = SandboxTransport(sandbox)
    while (asked := _take(wire)) is not None:
        method, url, headers, body, extensions = asked
        request = httpx.Request(method, url, headers=headers, content=body, extensions=extensions)
        try:
            answer = transport.handle_request(request)
            told: Any = (answer.status_code, list(answer.headers.raw), answer.read())
        except httpx.TransportError as error:
            told = type(error).__name__
        try:
            _put(wire, told)
        except OSError:
            # Killed while it waited.
            return


def _put(wire: socket.socket, what: Any) -> None:
    data = pickle.dumps(what)
    wire.sendall(struct.pack("!I", len(data)) + data)


def _take(wire: socket.socket) -> Any:
    """The next message; None when the other side is gone."""
    size = _read(wire, 4)
    data = _read(wire, struct.unpack("!I", size)[0]) if size else b""
    return pickle.loads(data) if data else None  # noqa: S301  (our own fork wrote it)


def _read(wire: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        try:
            piece = wire.recv(size - len(data))
        except ConnectionResetError:
            return b""
        if not piece:
            return b""
        data += piece
    return data
