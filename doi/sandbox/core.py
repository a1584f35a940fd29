"""The registry itself: a request goes in, an answer comes out; carrying them is somebody else's work."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any, Protocol

from doi.sandbox.accounts import Account, Accounts
from doi.sandbox.behaviour import USUAL, Behaviour
from doi.sandbox.clock import Clock, http_date, system_clock
from doi.sandbox.datacite.api import DataCite
from doi.sandbox.ezid.api import Ezid
from doi.sandbox.faults import Action, Faults
from doi.sandbox.log import RequestLog
from doi.sandbox.messages import Ending, Request, Response, Trace, json_response
from doi.sandbox.page import overview
from doi.sandbox.resolver import Resolver
from doi.sandbox.routes import Route
from doi.sandbox.store import Record, Store


class Api(Protocol):
    """One protocol the sandbox speaks."""

    provider: str

    def route(self, method: str, path: str) -> Route: ...

    def answer(self, route: Route, request: Request, trace: Trace) -> Response: ...

    def named(self, route: Route, request: Request) -> str | None: ...


class Sandbox:
    """A registry with accounts, DOIs, faults and counts of what it was asked; safe to call from several threads.

    `latency` in seconds is put before every answer of the two registries. Paths keep what must survive: `state` the
    DOIs, `log` the requests, `faults` the rules. Raises WrongCallError when one of them cannot be used.
    """

    def __init__(
        self,
        accounts: Iterable[Account] = (),
        *,
        clock: Clock = system_clock,
        latency: float = 0.0,
        state: Path | None = None,
        log: Path | None = None,
        faults: Path | None = None,
        behaviour: Behaviour = USUAL,
    ) -> None:
        self.accounts = Accounts(accounts)
        self.store = Store(state, clock=clock)
        self.log = RequestLog(log)
        self.faults = Faults(faults)
        self._clock = clock
        self._latency = latency
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[str]] = {}
        apis: list[Api] = [
            DataCite(accounts=self.accounts, store=self.store, clock=clock, behaviour=behaviour),
            Ezid(accounts=self.accounts, store=self.store, clock=clock, latency=latency, behaviour=behaviour),
            Resolver(store=self.store, clock=clock),
        ]
        self._apis = {api.provider: api for api in apis}

    def answer(self, request: Request) -> Response:
        """Answer one request; what it changes is stored, and its line is in the log, before this returns."""
        with self._lock:
            mount, _, rest = request.path[1:].partition("/")
            api = self._apis.get(mount)
            if api is None:
                return self._own(request)
            return self._dated(self._answer(api, request, f"/{rest}"))

    def counts(self) -> dict[str, Any]:
        """Count the requests by provider and kind; `total` leaves the resolver's out."""
        with self._lock:
            return self._summed()

    def reset_counts(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self._counts.clear()

    def records(self) -> list[dict[str, Any]]:
        """List all DOIs as `GET /records` does."""
        with self._lock:
            return [_summary(record) for record in self.store.all()]

    def close(self) -> None:
        """Close the files."""
        self.store.close()
        self.log.close()

    def _answer(self, api: Api, request: Request, path: str) -> Response:
        route = api.route(request.method, path)
        self._counts.setdefault(api.provider, Counter())[route.label] += 1
        trace = Trace(api.provider, route.label)
        fault = self.faults.pick(request.method, request.path, api.provider)
        instead = fault is not None and (fault.reset or fault.status is not None)
        if fault is not None and instead:
            trace.doi = api.named(route, request)
            response = Response(fault.status or 0, fault.body, fault.headers)
        else:
            response = api.answer(route, request, trace)
            if api.provider != "resolve":
                response = replace(response, delay=response.delay or self._latency)
        self.log.write(
            request,
            trace,
            at=self._clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            status=response.status or None,
            fault=fault.name if fault is not None else None,
        )
        return response if fault is None else _broken(response, fault)

    def _dated(self, response: Response) -> Response:
        return replace(response, headers=(*response.headers, ("Date", http_date(self._clock()))))

    def _own(self, request: Request) -> Response:
        """Answer what is asked about the sandbox itself; these requests are not counted, logged or broken."""
        match (request.method, request.path):
            case ("GET", "/"):
                page = overview(self.accounts.all(), self.store.all(), self.log.recent, self.faults.complaint)
                return Response(200, page.encode(), (("Content-Type", "text/html; charset=utf-8"),))
            case ("GET", "/counts"):
                return json_response(200, self._summed())
            case ("DELETE", "/counts"):
                self._counts.clear()
                return Response(204)
            case ("GET", "/records"):
                return json_response(200, [_summary(record) for record in self.store.all()])
            case (_, "/" | "/counts" | "/records"):
                return json_response(405, {"error": "This address does not take that method."})
        return json_response(
            404, {"error": "The registries are under /datacite and /ezid, the resolver under /resolve."}
        )

    def _summed(self) -> dict[str, Any]:
        counted: Mapping[str, Counter[str]] = {"datacite": Counter(), "ezid": Counter(), **self._counts}
        total = sum(counted[provider].total() for provider in ("datacite", "ezid"))
        return {**{provider: dict(counter) for provider, counter in counted.items()}, "total": total}


def _broken(response: Response, fault: Action) -> Response:
    ending = response.ending
    if fault.reset or fault.lost:
        ending = Ending.RESET
    elif fault.truncate is not None:
        ending = Ending.CUT
    return replace(response, delay=response.delay + fault.delay, ending=ending, cut_at=fault.truncate or 0)


def _summary(record: Record) -> dict[str, Any]:
    return {
        "name": record.name,
        "provider": record.provider,
        "state": record.state,
        "status": record.status,
        "url": record.url,
        "owner": record.owner,
        "created": record.created,
        "updated": record.updated,
        "registered": record.registered,
        "history": record.history,
    }
