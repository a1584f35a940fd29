"""The registry itself: a request goes in, an answer comes out; carrying them is somebody else's work."""

import threading
import traceback
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from doi.sandbox.accounts import Account, Accounts
from doi.sandbox.behaviour import USUAL, Behaviour
from doi.sandbox.clock import Clock, http_date, log_time, system_clock
from doi.sandbox.control import Control
from doi.sandbox.datacite.api import DataCite
from doi.sandbox.ezid.api import Ezid
from doi.sandbox.face.markup import page
from doi.sandbox.face.web import Face, is_from_elsewhere, is_known_host, refused_from_elsewhere, refused_host
from doi.sandbox.faults import Asked, Faults, Rule, claimed_account
from doi.sandbox.log import Broken, RequestLog
from doi.sandbox.messages import Request, Response, Trace, json_response
from doi.sandbox.orders import Orders, summary
from doi.sandbox.resolver import Resolver
from doi.sandbox.routes import Route
from doi.sandbox.store import A_MINUTE, Store

_OWN = {"/", "/counts", "/records", "/dois", "/log", "/faults"}


class Api(Protocol):
    """One protocol the sandbox speaks."""

    provider: str

    def route(self, method: str, path: str) -> Route: ...

    def answer(self, route: Route, request: Request, trace: Trace) -> Response: ...

    def named(self, route: Route, request: Request) -> str | None: ...


class Sandbox:
    """A registry with accounts, DOIs, faults and counts of what it was asked; safe to call from several threads.

    `latency` in seconds is put before every answer of the two registries. Paths keep what must survive: `state` the
    DOIs, `log` the requests, `faults` the rules. `hosts` are the names by which its own pages and orders are asked for,
    beside IP addresses and localhost; None where no browser comes near. Raises WrongCallError when one of them cannot be used.
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
        hosts: Collection[str] | None = None,
    ) -> None:
        self.accounts = Accounts(accounts)
        self.store = Store(state, clock=clock, looking_back=self._looking_back)
        self.log = RequestLog(log)
        self.faults = Faults(faults, clock=clock)
        self._clock = clock
        self._latency = latency
        self._hosts = None if hosts is None else frozenset(host.lower() for host in hosts)
        self._lock = threading.RLock()
        self._behaviour = behaviour = replace(behaviour)
        self._counts: dict[str, Counter[str]] = {}
        self.control = Control(
            store=self.store,
            accounts=self.accounts,
            faults=self.faults,
            behaviour=behaviour,
            log=self.log,
            clock=clock,
            lock=self._lock,
        )
        self._orders = Orders(self.control)
        self._face = Face(
            store=self.store,
            accounts=self.accounts,
            log=self.log,
            faults=self.faults,
            control=self.control,
            clock=clock,
            counts=self._summed,
        )
        self._apis = {api.provider: api for api in self._spoken()}

    def answer(self, request: Request) -> Response:
        """Answer one request; what it changes is stored, and its line is in the log, before this returns."""
        with self._lock:
            mount, _, rest = request.path[1:].partition("/")
            api = self._apis.get(mount)
            if api is None:
                return self._own(request)
            return self._dated(self._answer(api, request, f"/{rest}"))

    def failed(self, request: Request, error: Exception) -> Response:
        """Answer 500 where `answer` has failed: its traceback is on stderr and the request in the log before."""
        traceback.print_exception(error)
        with self._lock:
            trace = Trace(request.path[1:].partition("/")[0], "failed", account=claimed_account(request))
            trace.provider = trace.provider if trace.provider in self._apis else "control"
            # What failed may be the log itself.
            with suppress(OSError):
                self.log.write(request, trace, at=log_time(self._clock()), status=500)
            return self._dated(_said_to_fail(request))

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
            return [summary(record) for record in self.store.all()]

    def close(self) -> None:
        """Close the files."""
        self.store.close()
        self.log.close()

    def _spoken(self) -> list[Api]:
        accounts, store, clock, behaviour = self.accounts, self.store, self._clock, self._behaviour
        return [
            DataCite(accounts=accounts, store=store, clock=clock, behaviour=behaviour),
            Ezid(accounts=accounts, store=store, clock=clock, latency=self._latency, behaviour=behaviour),
            Resolver(store=store, clock=clock),
        ]

    def _looking_back(self) -> float:
        """Say how far back lists and stale reads may look, in seconds; a rule that is ordered later, a minute."""
        return max(A_MINUTE, self._behaviour.list_lag + self.faults.stalest)

    def _answer(self, api: Api, request: Request, path: str) -> Response:
        route = api.route(request.method, path)
        self._counts.setdefault(api.provider, Counter())[route.label] += 1
        rule = self.faults.pick(Asked(request, api.provider, partial(api.named, route, request)))
        if rule is None:
            trace = Trace(api.provider, route.label)
            response = self._asked(api, route, request, trace)
            self.log.write(request, trace, at=log_time(self._clock()), status=response.status)
            return response
        if rule.action.before and rule.action.delay:
            later = partial(self._after_all, api, route, request, rule)
            return Response(0, delay=rule.action.delay, later=later)
        return self._struck(api, route, request, rule)

    def _asked(self, api: Api, route: Route, request: Request, trace: Trace) -> Response:
        response = api.answer(route, request, trace)
        if self._latency and not response.delay and api.provider != "resolve":
            return replace(response, delay=self._latency)
        return response

    def _after_all(self, api: Api, route: Route, request: Request, rule: Rule) -> Response:
        """Look at a request that a fault held back."""
        with self._lock:
            return self._dated(self._struck(api, route, request, rule))

    def _struck(self, api: Api, route: Route, request: Request, rule: Rule) -> Response:
        """Answer a request that a fault has struck, and do beside it what the fault says."""
        action, edit = rule.action, rule.action.edit
        trace = Trace(api.provider, route.label, effects=action.effects)
        if edit is not None and edit.before:
            self.control.fired(rule, provider=api.provider, name=api.named(route, request))
        if action.instead:
            trace.doi, trace.account = api.named(route, request), claimed_account(request)
            response = Response(0)
        else:
            response = self._asked(api, route, action.passed_on(request), trace)
        own = response.status or None
        broken = action.applied_to(response, now=self._clock())
        self.log.write(
            request,
            trace,
            at=log_time(self._clock()),
            status=broken.status or None,
            broken=Broken(rule.number, action.name, own),
        )
        if edit is not None and not edit.before:
            self.control.fired(rule, provider=api.provider, name=trace.doi)
        return broken

    def _dated(self, response: Response) -> Response:
        return replace(response, headers=(*response.headers, ("Date", http_date(self._clock()))))

    def _own(self, request: Request) -> Response:
        """Answer what is asked about the sandbox itself; these requests are not counted or broken."""
        if self._hosts is not None and not is_known_host(request.headers.get("host"), self._hosts):
            return refused_host()
        if request.method not in {"GET", "HEAD"} and is_from_elsewhere(request):
            return refused_from_elsewhere()
        if request.path.startswith("/control/"):
            return self._orders.answer(request)
        match (request.method, request.path):
            case ("GET", "/counts"):
                return json_response(200, self._summed())
            case ("DELETE", "/counts"):
                self._counts.clear()
                return Response(204)
            case ("GET", "/records"):
                return json_response(200, [summary(record) for record in self.store.all()])
        found = self._face.answer(request)
        if found is not None:
            return found
        if request.path in _OWN:
            return json_response(405, {"error": "This address does not take that method."})
        return json_response(
            404, {"error": "The registries are under /datacite and /ezid, the resolver under /resolve."}
        )

    def _summed(self) -> dict[str, Any]:
        counted: Mapping[str, Counter[str]] = {"datacite": Counter(), "ezid": Counter(), **self._counts}
        total = sum(counted[provider].total() for provider in ("datacite", "ezid"))
        return {**{provider: dict(counter) for provider, counter in counted.items()}, "total": total}


def _said_to_fail(request: Request) -> Response:
    sentence = "The sandbox itself failed over this request; its standard error says where."
    if "text/html" in request.headers.get("accept", ""):
        return page("Failed", f"<p>{sentence}</p>", status=500)
    return json_response(500, {"errors": [{"status": "500", "title": sentence}]})
