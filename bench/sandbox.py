"""
The sandbox's own pace: drafts of 3 kB over 16 kept connections to one process with its log on, then publishing them.

It must never be what a benchmark of the product measures. The caller is as thin as can be: requests made beforehand,
one at a time on each connection, answers read only for their status and length.
"""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, override
from urllib.parse import urlsplit

import httptools

from bench.rows import Row
from scripts.children import MANAGE, free_port, start

CONNECTIONS = 16
SIZE = 3000
ACCOUNT, PASSWORD, PREFIX = "BENCH.REPO", "secret", "10.82053"
GOALS = {"drafts": 2000.0, "publications": 1000.0}
ROUNDS = 3


def measure(*, dois: int = 4000) -> Iterator[Row]:
    """The best of three rounds, each with a sandbox of its own: on a shared machine the others say who else was busy."""
    rounds = [_round(dois) for _ in range(ROUNDS)]
    for index, (name, goal) in enumerate(GOALS.items()):
        paces = sorted((each[index] for each in rounds), reverse=True)
        note = f"{dois} of {SIZE} bytes, {CONNECTIONS} connections; rounds: {', '.join(f'{p:.0f}' for p in paces)}"
        yield Row(f"sandbox, {name} per second", paces[0], goal, "at least", unit="/s", note=note)


def _round(dois: int) -> tuple[float, float]:
    with TemporaryDirectory(prefix="doi-bench-") as name:
        folder = Path(name)
        port = free_port()
        account = f"datacite:{ACCOUNT}:{PASSWORD}:{PREFIX}"
        options: list[str | Path] = ["--port", str(port), "--account", account, "--log", folder / "log"]
        registry = start("sandbox registry", [*MANAGE, "registry_sandbox", *options], log=folder / "output")
        try:
            registry.wait_until_listening(port)
            address = f"http://127.0.0.1:{port}/datacite/dois"
            drafts = [_request("POST", address, _draft(number)) for number in range(dois)]
            publications = [_request("PUT", f"{address}/{_name(number)}", _PUBLISH) for number in range(dois)]
            return asyncio.run(_pace(port, drafts, 201)), asyncio.run(_pace(port, publications, 200))
        finally:
            registry.stop()


async def _pace(port: int, requests: list[bytes], expected: int) -> float:
    """Requests a second. Raises RuntimeError when one is answered with another status."""
    loop = asyncio.get_running_loop()
    waiting, statuses = iter(requests), list[int]()
    finished: asyncio.Future[None] = loop.create_future()

    def next_request(status: int | None) -> bytes | None:
        if status is not None:
            statuses.append(status)
        if len(statuses) == len(requests) and not finished.done():
            finished.set_result(None)
        return next(waiting, None)

    began = time.perf_counter()
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: _Caller(next_request), "127.0.0.1", port)
    await asyncio.wait_for(finished, timeout=120)
    seconds = time.perf_counter() - began
    if set(statuses) != {expected}:
        raise RuntimeError(f"the sandbox answered {sorted(set(statuses))}, not only {expected}")
    return len(requests) / seconds


class _Caller(asyncio.Protocol):
    """One connection: the next request goes out when the last answer is whole."""

    def __init__(self, next_request: Callable[[int | None], bytes | None]) -> None:
        self._next_request = next_request
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._go_on(None)

    @override
    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        self._parser = httptools.HttpResponseParser(self)
        self._go_on(status)

    def _go_on(self, status: int | None) -> None:
        request = self._next_request(status)
        if self._transport is not None and request is not None:
            self._transport.write(request)
        elif self._transport is not None:
            self._transport.close()


def _name(number: int) -> str:
    return f"{PREFIX}/b-{number:06d}"


def _draft(number: int) -> dict[str, Any]:
    creators = [
        {
            "name": f"Keeper, {letter}.",
            "nameType": "Personal",
            "affiliation": [{"name": "Harbour Office"}],
        }
        for letter in "ABC"
    ]
    attributes: dict[str, Any] = {
        "doi": _name(number),
        "url": f"https://data.example.edu/v/{number:032x}",
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "creators": creators,
        "titles": [{"title": f"Tide gauge readings, station {number:06d}"}],
        "publisher": {"name": "Harbour Office"},
        "publicationYear": 2026,
        "types": {"resourceTypeGeneral": "Dataset"},
        "subjects": [{"subject": word} for word in ("tides", "sea level", "harbours")],
        "descriptions": [{"description": "", "descriptionType": "Abstract"}],
    }
    missing = SIZE - len(json.dumps({"data": {"type": "dois", "attributes": attributes}}))
    attributes["descriptions"][0]["description"] = ("Readings every six minutes. " * 120)[:missing]
    return attributes


_PUBLISH: dict[str, Any] = {"event": "publish"}


def _request(method: str, address: str, attributes: dict[str, Any]) -> bytes:
    body = json.dumps({"data": {"type": "dois", "attributes": attributes}}).encode()
    pair = base64.b64encode(f"{ACCOUNT}:{PASSWORD}".encode()).decode()
    parts = urlsplit(address)
    head = (
        f"{method} {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Basic {pair}\r\n"
        f"Content-Type: application/vnd.api+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
