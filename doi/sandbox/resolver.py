"""A resolver in the place of doi.org: it knows what the two registries have told the handle system."""

from urllib.parse import quote, unquote

from doi.sandbox.clock import Clock, system_clock
from doi.sandbox.messages import Request, Response, Trace, json_response
from doi.sandbox.names import fold
from doi.sandbox.routes import Route
from doi.sandbox.store import Record, Store


class Resolver:
    """Leads registered and findable DOIs to their address; drafts are not in the handle system."""

    provider = "resolve"

    def __init__(self, *, store: Store, clock: Clock = system_clock) -> None:
        self._store = store
        self._clock = clock

    def route(self, method: str, path: str) -> Route:
        """Find what a path below the resolver's address means."""
        name = unquote(path[1:])
        if method not in {"GET", "HEAD"}:
            return Route(f"{method} (unknown)", "wrong_method")
        if name.startswith("api/handles/"):
            return Route("GET /api/handles/:doi", "handle", name.removeprefix("api/handles/"))
        return Route("GET /:doi", "resolve", name)

    def answer(self, route: Route, _request: Request, trace: Trace) -> Response:
        """Answer a request that `route` understood."""
        if route.action == "wrong_method":
            return Response(405)
        trace.doi = fold(route.argument)
        record = self._known(trace.doi)
        if record is not None:
            trace.before, trace.after, trace.url = record.state, record.state, record.leads_to(self._clock())
        if route.action == "handle":
            return _handle(route.argument, trace.url)
        if trace.url is None:
            page = b"<!doctype html><title>DOI not found</title><h1>DOI not found</h1>"
            return Response(404, page, (("Content-Type", "text/html; charset=utf-8"),))
        return Response(302, b"", (("Location", quote(trace.url, safe=":/?#[]@!$&'()*+,;=%-._~")),))

    def named(self, route: Route, _request: Request) -> str | None:
        """Tell which DOI a request is about."""
        return fold(route.argument) or None

    def _known(self, name: str) -> Record | None:
        for provider in ("datacite", "ezid"):
            record = self._store.get(provider, name)
            if record is not None and record.leads_to(self._clock()) is not None:
                return record
        return None


def _handle(name: str, url: str | None) -> Response:
    if url is None:
        return json_response(404, {"responseCode": 100, "handle": name})
    value = {"index": 1, "type": "URL", "data": {"format": "string", "value": url}, "ttl": 86400}
    return json_response(200, {"responseCode": 1, "handle": name, "values": [value]})
