"""The DataCite REST API as a client meets it (DataCite REST API, lupo 05afac46).

Firewall and web server come first, then who asks, then what is asked. Search conveniences (facets, samples, citations,
content negotiation) are not spoken.
"""

import json
import secrets
import zlib
from collections.abc import Callable

from doi.sandbox.accounts import Accounts
from doi.sandbox.behaviour import USUAL, Behaviour
from doi.sandbox.clock import Clock
from doi.sandbox.datacite import routing
from doi.sandbox.datacite.asking import Asking
from doi.sandbox.datacite.body import unpacked
from doi.sandbox.datacite.callers import Caller, Callers
from doi.sandbox.datacite.dois import Dois
from doi.sandbox.datacite.limits import Limits
from doi.sandbox.datacite.lists import Lists
from doi.sandbox.datacite.refusals import BrokenBodyError, InvalidError, RefusalError, SearchError, refuse
from doi.sandbox.datacite.repositories import Repositories
from doi.sandbox.kernel.words import words
from doi.sandbox.messages import Headers, Request, Response, Trace
from doi.sandbox.names import bare, fold
from doi.sandbox.routes import Route
from doi.sandbox.store import Store

_MAX_BODY = 10 * 1024 * 1024
_TOO_LARGE = b"<html><body><h1>413 Request Entity Too Large</h1></body></html>"
_HTML: Headers = (("Content-Type", "text/html; charset=utf-8"),)
_TEXT: Headers = (("Content-Type", "text/plain; charset=utf-8"),)
# What can be answered in JSON; a browser, which adds `*/*` to what it likes better, is answered in JSON too.
_ACCEPTED = words(
    "*/* application/* application/json application/vnd.api+json text/x-json application/jsonrequest text/html"
    " application/xhtml+xml text/* text/plain"
)


class DataCite:
    """One DataCite REST API over a store and accounts."""

    provider = "datacite"

    def __init__(
        self, *, accounts: Accounts, store: Store, clock: Clock, behaviour: Behaviour = USUAL
    ) -> None:
        self._behaviour = behaviour
        self._limits = Limits(clock=clock)
        self._callers = Callers(accounts=accounts, clock=clock)
        dois = Dois(accounts=accounts, store=store, clock=clock)
        lists = Lists(store=store, clock=clock, behaviour=behaviour)
        repositories = Repositories(accounts=accounts)
        self._actions: dict[str, Callable[[Asking], Response]] = {
            "index": lists.index,
            "random": lists.random,
            "create": dois.create,
            "read": dois.read,
            "write": dois.write,
            "delete": dois.delete,
            "validate": dois.validate,
            "get_url": dois.get_url,
            "activities": dois.activities,
            "nested": dois.nested,
            "repositories": repositories.repository,
            "clients": repositories.client,
            "prefixes": repositories.prefixes,
            "client_prefixes": repositories.client_prefixes,
            "token": lambda asking: self._callers.token(asking.request),
            "heartbeat": lambda _asking: Response(200, b"OK", _TEXT),
            "unknown": _unknown,
        }

    def route(self, method: str, path: str) -> Route:
        """Find what a path below the API's address means."""
        return routing.find(method, path)

    def answer(self, route: Route, request: Request, trace: Trace) -> Response:
        """Answer a request that `route` understood."""
        if self._behaviour.rate_limits:
            refusal = self._limits.refusal(request)
            if refusal is not None:
                return refusal
        if len(request.body) > _MAX_BODY:
            return Response(413, _TOO_LARGE, _HTML)
        caller = Caller(named="authorization" in request.headers)
        try:
            request = unpacked(request)
            caller = self._callers.identify(request)
            trace.account = caller.account.id.lower() if caller.account else None
            if route.action not in {"heartbeat", "token"}:
                _check_accept(request)
            response = self._actions[route.action](Asking(route.argument, request, caller, trace))
        except (InvalidError, RefusalError, SearchError, BrokenBodyError) as error:
            response = error.response()
        return _signed(response, caller)

    def named(self, route: Route, request: Request) -> str | None:
        """Tell which DOI a request is about without acting on it."""
        if route.argument and route.action not in {"repositories", "clients", "unknown"}:
            return fold(route.argument)
        try:
            return bare(str(json.loads(request.body)["data"]["attributes"]["doi"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            return None


def _unknown(_asking: Asking) -> Response:
    raise refuse(404)


def _signed(response: Response, caller: Caller) -> Response:
    headers: Headers = (*response.headers, ("X-Request-Id", secrets.token_hex(16)))
    if caller.account is not None:
        headers += (("X-Credential-Username", caller.account.id.lower()),)
    if not caller.named:
        headers += (("X-Anonymous-Consumer", "true"),)
    if response.status < 300 and response.body:
        etag = f'W/"{zlib.crc32(response.body):08x}"'
        headers += (("ETag", etag), ("Cache-Control", "max-age=0, private, must-revalidate"))
    return Response(response.status, response.body, headers)


def _check_accept(request: Request) -> None:
    accepted = request.headers.get("accept")
    if not accepted or accepted in _ACCEPTED:
        return
    kinds = (part.partition(";")[0].strip().lower() for part in accepted.split(","))
    if not any(kind in _ACCEPTED for kind in kinds):
        raise RefusalError(406, "The content type is not recognized.")
