"""The control API: orders to a running sandbox as JSON over HTTP, under /control."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from doi.sandbox.accounts import Account
from doi.sandbox.checks import decoded
from doi.sandbox.control import By, Control
from doi.sandbox.edits import parse_edit
from doi.sandbox.messages import Request, Response, json_response
from doi.sandbox.problems import RefusedOrderError, WrongCallError
from doi.sandbox.seeds import parse_seed
from doi.sandbox.store import Record


class Orders:
    """Answers what is asked below /control; an error is one sentence under `error`."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def answer(self, request: Request) -> Response:
        """Carry out one order, or say why not."""
        by = By(request.method, request.path)
        try:
            match (request.method, request.path.removeprefix("/control").strip("/").split("/")):
                case (("GET" | "PUT" | "POST" | "DELETE") as method, ["faults"]):
                    return self._faults(method, request, by)
                case ("DELETE", ["faults", number]) if number.isdecimal():
                    self._control.remove_fault(int(number), by=by)
                    return Response(204)
                case ("POST", ["edits"]):
                    return self._edit(_document(request), by)
                case ("POST", ["records"]):
                    return self._seed(_document(request), by)
                case ("PUT", ["accounts"]):
                    return self._account(_document(request), by)
                case ("GET", ["behaviour"]):
                    return json_response(200, asdict(self._control.behaviour()))
                case ("PUT", ["behaviour"]):
                    return json_response(
                        200, asdict(self._control.behave(by=by, **_object(_document(request))))
                    )
            return _refusal(
                404, "Orders are given to /control/faults, edits, records, accounts or behaviour."
            )
        except RefusedOrderError as error:
            return _refusal(error.status, str(error))
        except WrongCallError as error:
            return _refusal(422, str(error))

    def _faults(self, method: str, request: Request, by: By) -> Response:
        if method == "DELETE":
            self._control.remove_fault(by=by)
            return Response(204)
        if method == "POST":
            given = _document(request)
            rules = self._control.add_faults(*(given if isinstance(given, list) else [given]), by=by)
            return json_response(201, [rule.shown() for rule in rules])
        if method == "PUT":
            given = _document(request)
            if not isinstance(given, list):
                raise WrongCallError("The faults must be a JSON list.")
            self._control.order_faults(given, by=by)
        return json_response(200, [rule.shown() for rule in self._control.faults()])

    def _edit(self, document: Any, by: By) -> Response:
        changed = self._control.carry_out(parse_edit(document, place="this order"), by=by)
        return json_response(200, {"record": summary(changed) if changed else None})

    def _seed(self, document: Any, by: By) -> Response:
        several = document if isinstance(document, list) else [document]
        seeds = [parse_seed(each, place=f"number {number}") for number, each in enumerate(several, 1)]
        return json_response(201, [summary(self._control.seed(seed, by=by)) for seed in seeds])

    def _account(self, document: Any, by: By) -> Response:
        entry = dict(_object(document))
        provider, account_id = str(entry.pop("provider", "")), str(entry.pop("id", ""))
        return json_response(200, standing(self._control.account(provider, account_id, by=by, **entry)))


def summary(record: Record) -> dict[str, Any]:
    """Tell a record as `GET /records` does."""
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


def standing(account: Account) -> dict[str, Any]:
    """Tell an account without its password."""
    return {
        "provider": account.provider,
        "id": account.id,
        "prefixes": account.prefixes,
        "domains": account.domains,
        "active": account.active,
    }


def _document(request: Request) -> Any:
    try:
        return decoded(request.body)
    except ValueError as error:
        raise RefusedOrderError(400, f"The order is not JSON: {error}.") from None


def _object(document: Any) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise WrongCallError("The order must be a JSON object.")
    return document


def _refusal(status: int, sentence: str) -> Response:
    return json_response(status, {"error": sentence})
