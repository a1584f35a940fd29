"""DataCite's list of DOIs, read from a search index that runs behind (DataCite REST API, lupo 05afac46)."""

import base64
import binascii
import fnmatch
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from doi.sandbox.behaviour import Behaviour
from doi.sandbox.clock import Clock
from doi.sandbox.datacite.asking import Asking
from doi.sandbox.datacite.body import suggestion
from doi.sandbox.datacite.refusals import RefusalError, SearchError
from doi.sandbox.datacite.view import resource
from doi.sandbox.messages import Request, Response, json_response
from doi.sandbox.names import fold
from doi.sandbox.store import Record, Store

_USUAL_PAGE, _LARGEST_PAGE = 25, 1000
_DEPTH = 10_000
# What of the question goes into the address of the next page; the rest, `state` and `sort` too, is forgotten.
_CARRIED = ("query", "client-id", "prefix", "disable-facets", "detail", "affiliation")
_ORDERS = {
    "created": lambda record: record.number,
    "updated": lambda record: (record.updated, record.number),
    "name": lambda record: record.name,
}


@dataclass(frozen=True, slots=True)
class _Page:
    """Which page is asked for; `after` is the number of the last record before it, None without a cursor."""

    size: int
    number: int
    after: int | None


class Lists:
    """What the API tells about many DOIs."""

    def __init__(self, *, store: Store, clock: Clock, behaviour: Behaviour) -> None:
        self._store = store
        self._clock = clock
        self._behaviour = behaviour

    def index(self, asking: Asking) -> Response:
        """List DOIs, oldest first with a cursor; every account sees every state, others see findable ones.

        Raises SearchError and RefusalError.
        """
        request, query = asking.request, asking.request.query
        page = _page(query)
        found = self._found(asking)
        if page.after is not None:
            found.sort(key=_ORDERS["created"])
            shown = [record for record in found if record.number > page.after][: page.size]
        else:
            shown = _sorted(found, query)[(page.number - 1) * page.size : page.number * page.size]
        reachable = len(found) if page.after is not None else min(len(found), _DEPTH)
        pages = -(-reachable // page.size) if page.size else 0
        meta = {"total": len(found), "totalPages": pages}
        links = {"self": _address(request, request.target.partition("?")[2])}
        # On the last page there is no `next` at all, which JSON readers take for null.
        if page.size and len(shown) == page.size and not (page.after is None and page.number == pages):
            links["next"] = _address(request, urlencode(_onward(query, page, shown[-1])))
        if page.after is None:
            meta["page"] = page.number
        with_xml = query.get("detail") == "true"
        data = [resource(record, query=query, with_xml=with_xml) for record in shown]
        return json_response(200, {"data": data, "meta": meta, "links": links})

    @staticmethod
    def random(asking: Asking) -> Response:
        """Suggest names; nothing is reserved, and nobody looks whether they are taken.

        Raises RefusalError without a prefix, or with what is none.
        """
        query = asking.request.query
        prefix = query.get("prefix")
        if not prefix:
            raise RefusalError(422, "Parameter prefix is required")
        number = query.get("number")
        if number is not None and number.isdecimal():
            return json_response(200, {"dois": [suggestion(prefix, number=int(number))]})
        size = min(_whole(query.get("size"), default=1), _LARGEST_PAGE)
        return json_response(200, {"dois": [suggestion(prefix) for _ in range(size)]})

    def _found(self, asking: Asking) -> list[Record]:
        query = asking.request.query
        behind = self._behaviour.list_lag + asking.trace.effects.stale
        known = (
            self._store.all_as_of("datacite", self._clock() - timedelta(seconds=behind))
            if behind
            else self._store.all("datacite")
        )
        terms = _terms(query.get("query", ""))
        states = _listed(query.get("state")) if asking.caller.account is not None else {"findable"}
        clients, prefixes = _listed(query.get("client-id")), _listed(query.get("prefix"))
        return [
            record
            for record in known
            if (not states or record.status in states)
            and (not clients or record.owner in clients)
            and (not prefixes or record.name.partition("/")[0] in prefixes)
            and (not terms or any(_matches(record, term) for term in terms))
        ]


def _page(query: Mapping[str, str]) -> _Page:
    cursor = query.get("page[cursor]")
    if cursor is not None and query.get("random"):
        raise RefusalError(400, "page[cursor] and random cannot be used together")
    size = min(_whole(query.get("page[size]"), default=_USUAL_PAGE), _LARGEST_PAGE)
    deepest = _DEPTH // size if size else 1
    number = min(_whole(query.get("page[number]"), default=1) or 1, deepest)
    return _Page(size, number, None if cursor is None else _position(cursor))


def _onward(query: Mapping[str, str], page: _Page, last: Record) -> dict[str, str]:
    carried = {name: query[name] for name in _CARRIED if name in query}
    here = (
        {"page[number]": str(page.number + 1)}
        if page.after is None
        else {"page[cursor]": base64.urlsafe_b64encode(f"{last.number},{last.name}".encode()).decode()}
    )
    return {**carried, **here, "page[size]": str(page.size)}


def _sorted(found: list[Record], query: Mapping[str, str]) -> list[Record]:
    if query.get("random"):
        return random.sample(found, len(found))
    asked = query.get("sort", "")
    name = asked.removeprefix("-")
    if name not in _ORDERS:
        name, asked = "updated", "-updated"
    return sorted(found, key=_ORDERS[name], reverse=asked.startswith("-"))


def _terms(text: str) -> list[str]:
    """Read a query: terms with OR between them.

    Raises SearchError for what the search engine cannot parse.
    """
    if (
        text.count('"') % 2
        or text.count("(") != text.count(")")
        or text.strip().endswith((" AND", " OR", ":"))
    ):
        raise SearchError(f"Failed to parse query [{text}]")
    parts = re.split(r"\s+OR\s+", text.replace("\\", "").replace("(", " ").replace(")", " "))
    return [part.strip() for part in parts if part.strip()]


def _matches(record: Record, term: str) -> bool:
    field, _, value = term.partition(":")
    if field in {"doi", "uid", "id"}:
        return fnmatch.fnmatchcase(record.name, fold(value.strip().strip('"')).replace("[", "[[]"))
    titles = [
        str(title.get("title", ""))
        for title in record.metadata.get("titles") or []
        if isinstance(title, dict)
    ]
    return any(fold(term.strip('"*')) in fold(text) for text in (record.name, *titles))


def _listed(text: str | None) -> set[str]:
    return {each.lower() for each in text.split(",")} if text else set()


def _whole(text: str | None, *, default: int) -> int:
    """Read a number as Ruby does: what is none is 0."""
    if not text:
        return default
    found = re.match(r"\s*\d+", text)
    return int(found[0]) if found else 0


def _position(cursor: str) -> int:
    """Read a cursor; the first page is asked for with `1`."""
    if cursor in {"", "1"}:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode().partition(",")[0])
    except (binascii.Error, ValueError):
        raise RefusalError(400, "Invalid base64 used for cursor pased from query params") from None


def _address(request: Request, query: str) -> str:
    host = request.headers.get("host", "localhost")
    return f"http://{host}{request.path}{f'?{query}' if query else ''}"
