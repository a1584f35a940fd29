"""The EZID API, version 2, as a client meets it (EZID 018515e8). The sandbox's EZID knows DOIs, and no other ARKs."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

from doi.sandbox.accounts import Accounts
from doi.sandbox.behaviour import USUAL, Behaviour
from doi.sandbox.clock import Clock
from doi.sandbox.ezid import identifiers
from doi.sandbox.ezid.download import Downloads
from doi.sandbox.ezid.operations import Operations
from doi.sandbox.ezid.reading import Exchange, unknown_option
from doi.sandbox.ezid.refusals import TEXT, RefusalError, bad_request, method_not_allowed, status_line
from doi.sandbox.ezid.sign_in import SignIn
from doi.sandbox.messages import Headers, Request, Response, Trace
from doi.sandbox.names import fold
from doi.sandbox.routes import Route
from doi.sandbox.store import Store

_HTML: Headers = (("Content-Type", "text/html; charset=utf-8"),)
_HTML_WANTED = frozenset({"text/html", "application/xml", "application/xhtml+xml"})
_VERSION = b"3.3.20+sandbox"
# The paths that are one word: the method each takes, and whether browsers find a web page there.
_WORDS = {
    "login": ("GET", True),
    "logout": ("GET", True),
    "status": ("GET", False),
    "version": ("GET", False),
    "download_request": ("POST", False),
}
_ON_IDENTIFIERS = {"GET": "read", "PUT": "create", "POST": "update", "DELETE": "delete"}

type _Action = Callable[[Exchange], Response]


class Ezid:
    """One EZID over a store and accounts; `latency` is how long, in seconds, an operation runs."""

    provider = "ezid"

    def __init__(
        self,
        *,
        accounts: Accounts,
        store: Store,
        clock: Clock,
        latency: float = 0.0,
        behaviour: Behaviour = USUAL,
    ) -> None:
        sign_in = SignIn(accounts, clock=clock)
        downloads = Downloads(accounts=accounts, store=store, clock=clock, sign_in=sign_in)
        operations = Operations(
            accounts=accounts,
            store=store,
            clock=clock,
            sign_in=sign_in,
            latency=latency,
            behaviour=behaviour,
        )
        self._actions: dict[str, _Action] = {
            "read": operations.read,
            "create": operations.create,
            "update": operations.update,
            "delete": operations.delete,
            "mint": operations.mint,
            "login": sign_in.login,
            "logout": sign_in.logout,
            "download_request": downloads.order,
            "download": downloads.fetch,
            "status": _status,
            "version": _version,
            "resolve": _resolve,
            "wrong_method": _wrong_method,
            "unknown": _unknown,
        }

    def route(self, method: str, path: str) -> Route:
        """Find what a path below the API's address means; its identifier is decoded once."""
        kind, slash, rest = path[1:].partition("/")
        if kind == "id" and slash:
            return Route(f"{method} /id/:id", _ON_IDENTIFIERS.get(method, "wrong_method"), unquote(rest))
        if kind == "shoulder" and slash:
            action = "mint" if method == "POST" else "wrong_method"
            return Route(f"{method} /shoulder/:shoulder", action, unquote(rest))
        if kind in _WORDS and not slash:
            action = kind if method == _WORDS[kind][0] else "wrong_method"
            return Route(f"{method} /{kind}", action)
        if kind == "download" and slash and method == "GET":
            return Route("GET /download/:file", "download", unquote(rest))
        if kind.startswith("doi:10.") and method == "GET":
            return Route("GET /:id", "resolve", unquote(path[1:]))
        return Route(f"{method} (unknown)", "unknown")

    def answer(self, route: Route, request: Request, trace: Trace) -> Response:
        """Answer a request that `route` understood."""
        word = route.label.partition("/")[2]
        if (word == "id/:id" or _WORDS.get(word, ("", False))[1]) and _is_browser(request):
            page = (
                b"<!doctype html><title>EZID</title><p>This is EZID's web page. Ask with Accept: text/plain."
            )
            return Response(200, page, _HTML)
        exchange = Exchange(request, trace, route.argument)
        try:
            response = self._actions[route.action](exchange)
        except RefusalError as refusal:
            response = refusal.response
        return replace(response, delay=exchange.delay)

    def named(self, route: Route, _request: Request) -> str | None:
        """Tell which DOI a request is about without acting on it."""
        if not route.label.endswith("/id/:id"):
            return None
        return identifiers.name_of(route.argument) or fold(route.argument.removeprefix("doi:"))


def _is_browser(request: Request) -> bool:
    """Say whether the answer is a web page: a browser's name, or HTML or XML among the accepted types."""
    accepted = {part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")}
    return "Mozilla" in request.headers.get("user-agent", "") or bool(_HTML_WANTED & accepted)


def _status(exchange: Exchange) -> Response:
    query = exchange.request.query
    for name in query:
        if name != "subsystems":
            raise unknown_option(name)
    asked = "datacite,search" if query.get("subsystems") == "*" else query.get("subsystems", "")
    names = [name.strip() for name in asked.split(",") if name.strip()]
    if not set(names) <= {"datacite", "search"}:
        raise bad_request("no such subsystem")
    return status_line(200, "success: EZID is up", body="".join(f"{name}: up\n" for name in names))


def _version(_exchange: Exchange) -> Response:
    return Response(200, _VERSION, TEXT)


def _resolve(exchange: Exchange) -> Response:
    address = f"https://doi.org/{identifiers.quoted(exchange.argument.removeprefix('doi:'))}"
    return Response(302, b"", (("Location", address), *_HTML))


def _wrong_method(_exchange: Exchange) -> Response:
    raise method_not_allowed()


def _unknown(_exchange: Exchange) -> Response:
    return Response(404, b"<!doctype html><title>EZID</title><p>Page not found", _HTML)
