"""A resolver in the place of doi.org: it knows what the two registries have told the handle system.

What it answers is the handle proxy's own (Handle.Net proxy server, its REST API and its redirects; doi.org).
"""

import re
from html import escape
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from doi.sandbox.clock import Clock, system_clock
from doi.sandbox.messages import Headers, Request, Response, Trace, json_response
from doi.sandbox.names import fold
from doi.sandbox.routes import Route
from doi.sandbox.store import Record, Store

_HTML: Headers = (("Content-Type", "text/html;charset=utf-8"), ("Vary", "Accept"))
_API = "api/handles/"
_FOUND, _NO_SUCH_HANDLE, _NO_SUCH_VALUES = 1, 100, 200
_LABEL = re.compile(r"doi:\s*", re.IGNORECASE | re.ASCII)
_URN = re.compile(r"urn:doi:([0-9.]+)[:/]", re.IGNORECASE | re.ASCII)


class Resolver:
    """Leads registered and findable DOIs to their address; drafts are not in the handle system."""

    provider = "resolve"

    def __init__(self, *, store: Store, clock: Clock = system_clock) -> None:
        self._store = store
        self._clock = clock

    def route(self, method: str, path: str) -> Route:
        """Find what a path below the resolver's address means; the name in it was escaped once."""
        name = unquote(path[1:])
        if method not in {"GET", "HEAD"}:
            return Route(f"{method} (unknown)", "wrong_method")
        if name.startswith(_API):
            return Route("GET /api/handles/:doi", "handle", bare_name(name.removeprefix(_API)))
        return Route("GET /:doi", "resolve", bare_name(name))

    def answer(self, route: Route, request: Request, trace: Trace) -> Response:
        """Answer a request that `route` understood."""
        if route.action == "wrong_method":
            return Response(405, b"", (("Allow", "GET, HEAD"),))
        trace.doi = fold(route.argument)
        record = self._known(trace.doi)
        if record is not None:
            trace.before, trace.after, trace.url = record.state, record.state, record.leads_to(self._clock())
        asked = parse_qs(request.target.partition("?")[2], keep_blank_values=True)
        if route.action == "handle":
            return self._handle(route.argument, record, asked)
        if record is None or trace.url is None:
            return _page(404, "DOI Not Found", f"<p>{escape(route.argument)}</p>")
        if "noredirect" in asked:
            return _shown(route.argument, self._values(record))
        # Nothing in an address may end the header's line; what is escaped already stays as it is.
        location = quote(trace.url, safe=":/?#[]@!$&'()*+,;=%-._~")
        link = f'<a href="{escape(location)}">{escape(location)}</a>'
        return _page(302, "Handle Redirect", link, (("Location", location),))

    def named(self, route: Route, _request: Request) -> str | None:
        """Tell which DOI a request is about."""
        return fold(route.argument) or None

    def _known(self, name: str) -> Record | None:
        for provider in ("datacite", "ezid"):
            record = self._store.get(provider, name)
            if record is not None and record.leads_to(self._clock()) is not None:
                return record
        return None

    def _handle(self, name: str, record: Record | None, asked: dict[str, list[str]]) -> Response:
        """Answer the proxy's REST API; `type` and `index`, which may be repeated, choose among the values."""
        if record is None:
            return json_response(404, {"responseCode": _NO_SUCH_HANDLE, "handle": name})
        types, indices = {each.upper() for each in asked.get("type", [])}, set(asked.get("index", []))
        chosen = [
            value
            for value in self._values(record)
            if not (types or indices) or value["type"] in types or str(value["index"]) in indices
        ]
        code = _FOUND if chosen else _NO_SUCH_VALUES
        return json_response(200, {"responseCode": code, "handle": name, "values": chosen})

    def _values(self, record: Record) -> list[dict[str, Any]]:
        now = self._clock()
        told = record.updated
        if record.handover_at is not None and record.leads_to(now) == record.handover_url:
            told = record.handover_at
        prefix = record.name.partition("/")[0]
        admin = {"handle": f"0.NA/{prefix}", "index": 200, "permissions": "111111110010"}
        common = {"ttl": 86400, "timestamp": f"{told[:19]}Z"}
        url = {"format": "string", "value": record.leads_to(now)}
        return [
            {"index": 1, "type": "URL", "data": url, **common},
            {"index": 100, "type": "HS_ADMIN", "data": {"format": "admin", "value": admin}, **common},
        ]


def bare_name(text: str) -> str:
    """Take `doi:` or `urn:doi:` off a name; of a URN the first colon behind the prefix stands for the slash."""
    text = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    return _URN.sub(r"\1/", text, count=1) if _URN.match(text) else text


def _shown(name: str, values: list[dict[str, Any]]) -> Response:
    rows = "".join(
        f"<tr><td>{value['index']}</td><td>{value['type']}</td><td>{value['timestamp']}</td>"
        f"<td>{escape(str(value['data']['value']))}</td></tr>"
        for value in values
    )
    head = "<tr><th>Index</th><th>Type</th><th>Timestamp</th><th>Data</th></tr>"
    return _page(200, f"Handle Values for: {name}", f"<table>{head}{rows}</table>")


def _page(status: int, title: str, content: str, headers: Headers = ()) -> Response:
    head = f'<!doctype html><html lang="en"><head><title>{escape(title)}</title></head>'
    body = f"<body><h1>{escape(title)}</h1>{content}</body></html>"
    return Response(status, (head + body).encode(errors="replace"), (*headers, *_HTML))
