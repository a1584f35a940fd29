"""DataCite's repository records and the prefixes they hold; both are public (DataCite REST API, lupo 05afac46)."""

from typing import Any

from doi.sandbox.accounts import Accounts
from doi.sandbox.datacite.asking import Asking
from doi.sandbox.datacite.refusals import refuse
from doi.sandbox.messages import Response, json_response


class Repositories:
    """What the API tells about repositories."""

    def __init__(self, *, accounts: Accounts) -> None:
        self._accounts = accounts

    def repository(self, asking: Asking) -> Response:
        """Show a repository's public record, and a little more of it to itself when it signed in with its password."""
        return self._record(asking, kind="repositories")

    def client(self, asking: Asking) -> Response:
        """Show the same record under its older word."""
        return self._record(asking, kind="clients")

    def prefixes(self, asking: Asking) -> Response:
        """List prefixes, of one repository if it is named."""
        held = dict.fromkeys(prefix for _, prefix in self._assigned(asking.request.query.get("client-id")))
        return _listing([{"id": prefix, "type": "prefixes", "attributes": {}} for prefix in held])

    def client_prefixes(self, asking: Asking) -> Response:
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
            for account_id, prefix in self._assigned(asking.request.query.get("client-id"))
        ]
        return _listing(data)

    def _record(self, asking: Asking, *, kind: str) -> Response:
        account = self._accounts.get("datacite", asking.argument)
        if account is None:
            raise refuse(404)
        caller = asking.caller
        attributes: dict[str, Any] = {
            "name": account.id,
            "symbol": account.id.upper(),
            "clientType": "repository",
            "domains": account.domains,
            "isActive": account.active,
        }
        if account == caller.account and not caller.by_key:
            mail = f"admin@{account.id.lower()}.example"
            attributes |= {"systemEmail": mail, "hasPassword": True, "serviceContact": {"email": mail}}
        data = {
            "id": account.id.lower(),
            "type": kind,
            "attributes": attributes,
            "relationships": {
                "provider": {"data": {"id": account.id.lower().partition(".")[0], "type": "providers"}},
                "prefixes": {"data": [{"id": prefix, "type": "prefixes"} for prefix in account.prefixes]},
            },
        }
        return json_response(200, {"data": data})

    def _assigned(self, client_id: str | None) -> list[tuple[str, str]]:
        return [
            (account.id.lower(), prefix)
            for account in self._accounts.all()
            if account.provider == "datacite"
            and (client_id is None or account.id.lower() == client_id.lower())
            for prefix in account.prefixes
        ]


def _listing(data: list[dict[str, Any]]) -> Response:
    return json_response(200, {"data": data, "meta": {"total": len(data), "totalPages": 1}})
