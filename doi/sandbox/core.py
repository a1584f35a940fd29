"""The registry itself: a request goes in, an answer comes out; carrying them is somebody else's work."""

import threading
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from doi.sandbox.accounts import Account, Accounts
from doi.sandbox.clock import Clock, http_date, iso, system_clock
from doi.sandbox.datacite import DataCite
from doi.sandbox.messages import Request, Response, Trace, json_response
from doi.sandbox.routes import Route
from doi.sandbox.store import Store


class Api(Protocol):
    """One protocol the sandbox speaks."""

    provider: str

    def route(self, method: str, path: str) -> Route: ...

    def answer(self, route: Route, request: Request, trace: Trace) -> Response: ...

    def named(self, route: Route, request: Request) -> str | None: ...


class Sandbox:
    """A registry with accounts, DOIs and counts of what it was asked; safe to call from several threads."""

    def __init__(self, accounts: Iterable[Account] = (), *, clock: Clock = system_clock) -> None:
        self.accounts = Accounts(accounts)
        self.store = Store()
        self.counts: dict[str, Counter[str]] = {}
        self._clock = clock
        self._lock = threading.Lock()
        apis: list[Api] = [DataCite(accounts=self.accounts, store=self.store, clock=clock)]
        self._apis = {api.provider: api for api in apis}

    def answer(self, request: Request) -> Response:
        with self._lock:
            mount, _, rest = request.path[1:].partition("/")
            api = self._apis.get(mount)
            if api is None:
                return Response(404)
            route = api.route(request.method, f"/{rest}")
            trace = Trace(mount, route.label)
            response = api.answer(route, request, trace)
            self.counts.setdefault(mount, Counter())[route.label] += 1
            return Response(
                response.status,
                response.body,
                (*response.headers, ("Date", http_date(self._clock()))),
            )
