"""DataCite's lists and repository records (DataCite REST API, lupo 05afac46)."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from doi.sandbox.accounts import Account, Accounts
from doi.sandbox.datacite.refusals import RefusalError
from doi.sandbox.datacite.view import resource
from doi.sandbox.messages import Request, Response, json_response
from doi.sandbox.names import fold, invented_suffix
from doi.sandbox.store import Record, Store

_MAX_PAGE = 1000
_MAX_DEPTH = 10_000


class Lists:
    """What the API tells about many DOIs, about repositories, and about their prefixes."""

    def __init__(self, *, accounts: Accounts, store: Store) -> None:
        self._accounts = accounts
        self._store = store

    def dois(self, request: Request, *, signed_in: bool) -> Response:
        """List DOIs, oldest first with a cursor and newest first without; every account sees every state."""
        query = request.query
        found = [
            record for record in self._store.all("datacite") if _fits(record, query, signed_in=signed_in)
        ]
        size = _whole(query.get("page[size]"), default=25, most=_MAX_PAGE)
        cursor = query.get("page[cursor]")
        if cursor is not None:
            after = _position(cursor)
            page = [record for record in found if record.number > after][:size]
            onward = {"page[cursor]": _cursor(page[-1])} if page and len(page) == size else None
        else:
            number = _whole(query.get("page[number]"), default=1, most=max(1, _MAX_DEPTH // max(size, 1)))
            if query.get("sort") != "created":
                found.reverse()
            page = found[(number - 1) * size : number * size]
            onward = {"page[number]": str(number + 1)} if page and number * size < len(found) else None
        with_xml = query.get("detail") == "true"
        links = {"self": _address(request, query)}
        if onward is not None:
            links["next"] = _address(request, {**query, **onward})
        document = {
            "data": [resource(record, query=query, with_xml=with_xml) for record in page],
            "meta": {"total": len(found), "totalPages": -(-len(found) // size) if size else 0},
            "links": links,
        }
        return json_response(200, document)

    def repository(self, account: Account, *, to_owner: bool) -> Response:
        """Show a repository's public record, and a little more of it to itself."""
        attributes: dict[str, Any] = {
            "name": account.id,
            "symbol": account.id.upper(),
            "clientType": "repository",
            "domains": account.domains,
            "isActive": account.active,
        }
        if to_owner:
            mail = f"admin@{account.id.lower()}.example"
            attributes |= {"systemEmail": mail, "hasPassword": True, "serviceContact": {"email": mail}}
        document = {
            "data": {
                "id": account.id.lower(),
                "type": "repositories",
                "attributes": attributes,
                "relationships": {
                    "provider": {"data": {"id": account.id.lower().partition(".")[0], "type": "providers"}},
                    "prefixes": {"data": [{"id": prefix, "type": "prefixes"} for prefix in account.prefixes]},
                },
            }
        }
        return json_response(200, document)

    def prefixes(self, request: Request) -> Response:
        """List prefixes, of one repository if it is named."""
        assigned = self._assigned(request.query.get("client-id"))
        data = [
            {"id": prefix, "type": "prefixes", "attributes": {}}
            for prefix in dict.fromkeys(p for _, p in assigned)
        ]
        return json_response(200, {"data": data, "meta": {"total": len(data), "totalPages": 1}})

    def client_prefixes(self, request: Request) -> Response:
        """List which repository holds which prefix."""
        data = [
            {
                "id": f"{account_id}-{prefix}",
                "type": "client-prefixes",
                "attributes": {},
                "relationships": {
                    "client": {"data": {"id": account_id, "type": "clients"}},
                    "prefix": {"data": {"id": prefix, "type": "prefixes"}},
                },
            }
            for account_id, prefix in self._assigned(request.query.get("client-id"))
        ]
        return json_response(200, {"data": data, "meta": {"total": len(data), "totalPages": 1}})

    def suggestions(self, request: Request) -> Response:
        """Suggest names; nothing is reserved."""
        prefix = request.query.get("prefix")
        if not prefix:
            raise RefusalError(422, "Parameter prefix is required")
        if not prefix.startswith("10."):
            raise RefusalError(500, "No valid prefix found")
        between = "-" if "/" in prefix else "/"
        size = _whole(request.query.get("size"), default=1, most=_MAX_PAGE)
        return json_response(200, {"dois": [f"{prefix}{between}{invented_suffix()}" for _ in range(size)]})

    def _assigned(self, client_id: str | None) -> list[tuple[str, str]]:
        return [
            (account.id.lower(), prefix)
            for account in self._accounts.all()
            if account.provider == "datacite"
            and (client_id is None or account.id.lower() == client_id.lower())
            for prefix in account.prefixes
        ]


def _fits(record: Record, query: Mapping[str, str], *, signed_in: bool) -> bool:
    if not signed_in and record.status != "findable":
        return False
    states = query.get("state")
    if states and record.status not in states.split(","):
        return False
    client, prefix = query.get("client-id"), query.get("prefix")
    if client and record.owner != client.lower():
        return False
    if prefix and record.name.partition("/")[0] not in prefix.split(","):
        return False
    wanted = query.get("query", "")
    return not wanted.startswith("doi:") or record.name == fold(wanted[len("doi:") :].strip('"'))


def _whole(text: str | None, *, default: int, most: int) -> int:
    try:
        return max(0, min(int(text), most)) if text else default
    except ValueError:
        return default


def _cursor(record: Record) -> str:
    return base64.urlsafe_b64encode(f"{record.number},{record.name}".encode()).decode()


def _position(cursor: str) -> int:
    """Read a cursor; the first page is asked for with `1`."""
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode().partition(",")[0])
    except (binascii.Error, ValueError):
        return 0


def _address(request: Request, query: Mapping[str, str]) -> str:
    host = request.headers.get("host", "localhost")
    return f"http://{host}{request.path}?{urlencode(query)}"
