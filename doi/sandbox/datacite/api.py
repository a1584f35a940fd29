"""The DataCite REST API as a client meets it (DataCite REST API, lupo 05afac46)."""

import base64
import binascii
import json
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from doi.sandbox.accounts import Account, Accounts
from doi.sandbox.behaviour import USUAL, Behaviour
from doi.sandbox.clock import Clock, iso
from doi.sandbox.datacite import rules
from doi.sandbox.datacite.body import DESCRIBING, changes, chosen_name, merge, payload
from doi.sandbox.datacite.lists import Lists
from doi.sandbox.datacite.refusals import InvalidError, RefusalError, refuse
from doi.sandbox.datacite.view import resource
from doi.sandbox.kernel.validation import schema_errors
from doi.sandbox.messages import Headers, Request, Response, Trace, json_response
from doi.sandbox.names import bare, fold
from doi.sandbox.routes import Route
from doi.sandbox.store import Record, Store

_MAX_BODY = 10 * 1024 * 1024
_NEXT_STATE = {
    ("draft", "register"): "registered",
    ("draft", "publish"): "findable",
    ("registered", "publish"): "findable",
    ("registered", "show"): "findable",
    ("findable", "hide"): "registered",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. A wrong Basic password leaves `account` empty: the request goes on as an anonymous one."""

    named: bool
    account: Account | None = None


class DataCite:
    """One DataCite REST API over a store and accounts."""

    provider = "datacite"

    def __init__(
        self, *, accounts: Accounts, store: Store, clock: Clock, behaviour: Behaviour = USUAL
    ) -> None:
        self._accounts = accounts
        self._store = store
        self._clock = clock
        self._behaviour = behaviour
        self._tokens: dict[str, str] = {}
        self._lists = Lists(accounts=accounts, store=store)

    def route(self, method: str, path: str) -> Route:
        """Find what a path below the API's address means."""
        fixed = _FIXED.get((method, path))
        if fixed is not None:
            return Route(f"{method} {path}", fixed)
        if path.startswith("/dois/"):
            return _doi_route(method, unquote(path[len("/dois/") :]))
        kind, _, account_id = path[1:].partition("/")
        if method == "GET" and kind in {"repositories", "clients"} and account_id:
            return Route(f"GET /{kind}/:id", "repository", unquote(account_id))
        return Route(f"{method} (unknown)", "unknown")

    def answer(self, route: Route, request: Request, trace: Trace) -> Response:
        """Answer a request that `route` understood."""
        caller = Caller(named="authorization" in request.headers)
        try:
            caller = self._caller(request)
            trace.account = caller.account.id.lower() if caller.account else None
            if len(request.body) > _MAX_BODY:
                return Response(
                    413, b"<html><body><h1>413 Request Entity Too Large</h1></body></html>", _HTML
                )
            _check_accept(request)
            response = getattr(self, f"_{route.action}")(route, request, caller, trace)
        except InvalidError as error:
            response = error.response()
        except RefusalError as error:
            response = error.response()
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # The registry answers what it did not foresee with its own words for it, and has stored nothing.
            response = RefusalError(400, str(error)).response()
        return self._signed(response, caller)

    def named(self, route: Route, request: Request) -> str | None:
        """Tell which DOI a request is about without acting on it."""
        if route.argument and route.action not in {"repository", "unknown"}:
            return fold(route.argument)
        try:
            return bare(str(json.loads(request.body)["data"]["attributes"]["doi"]))
        except (ValueError, KeyError, TypeError):
            return None

    # -- who asks ---------------------------------------------------------------------------------------------------

    def _caller(self, request: Request) -> Caller:
        text = request.headers.get("authorization")
        if text is None:
            return Caller(named=False)
        scheme, _, value = text.partition(" ")
        if scheme.lower() == "bearer":
            account_id = self._tokens.get(value.strip())
            if account_id is None:
                raise refuse(401)
            return Caller(named=True, account=self._accounts.get("datacite", account_id))
        if scheme.lower() != "basic":
            return Caller(named=True)
        try:
            pair = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return Caller(named=True)
        account_id, _, password = pair.partition(":")
        return Caller(named=True, account=self._accounts.sign_in("datacite", account_id, password=password))

    @staticmethod
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

    # -- one DOI ----------------------------------------------------------------------------------------------------

    def _create(self, _route: Route, request: Request, caller: Caller, trace: Trace) -> Response:
        return self._insert(request, caller, trace, name=None)

    def _insert(self, request: Request, caller: Caller, trace: Trace, *, name: str | None) -> Response:
        if not caller.named:
            raise refuse(401)
        data, attributes = payload(request)
        owner = self._repository_of(data, caller)
        name = name or chosen_name(attributes)
        trace.doi = name or None
        if not name:
            raise InvalidError({"doi": "Can't be blank"}, uid=None)
        if owner.is_member or not owner.active or not owner.holds(name):
            raise refuse(403)
        now = iso(self._clock())
        record = Record("datacite", name, owner.id.lower(), "draft", "", now, now)
        errors = rules.name_errors(name)
        known = self._store.get("datacite", name)
        if known is not None:
            trace.before, trace.after, trace.url = known.state, known.state, known.url
            errors = {"doi": rules.TAKEN}
        self._keep(record, attributes, owner=owner, trace=trace, errors=errors)
        return json_response(201, {"data": resource(record, query=request.query)})

    def _write(self, route: Route, request: Request, caller: Caller, trace: Trace) -> Response:
        known = self._store.get("datacite", fold(route.argument))
        if known is None:
            return self._insert(request, caller, trace, name=bare(route.argument))
        trace.doi, trace.before, trace.after, trace.url = known.name, known.state, known.state, known.url
        owner = self._owner_for(known, caller)
        _data, attributes = payload(request)
        record = known.changed(updated=iso(self._clock()))
        self._keep(record, attributes, owner=owner, trace=trace, errors={})
        return json_response(200, {"data": resource(record, query=request.query)})

    def _keep(
        self,
        record: Record,
        attributes: dict[str, Any],
        *,
        owner: Account,
        trace: Trace,
        errors: rules.Errors,
    ) -> None:
        """Merge the attributes, move the state, judge the whole, and store it or nothing at all."""
        sent = changes(attributes, name=record.name)
        merge(record, sent, attributes)
        record.status = _NEXT_STATE.get((record.status, str(attributes.get("event"))), record.status)
        described_now = bool(DESCRIBING & sent.keys())
        errors = {
            **errors,
            **rules.url_errors(
                record.url, draft=record.status == "draft", domains=owner.domains, owner=record.owner.upper()
            ),
            **rules.structure_errors(record.metadata),
        }
        if record.status != "draft":
            known = rules.metadata_errors(
                record.metadata, name=record.name, described=record.described, changed=described_now
            )
            errors = {**known, **errors}
        if errors:
            raise InvalidError(errors, uid=record.name)
        if record.status != "draft" and not trace.effects.handle_fails:
            record.registered = record.registered or record.updated
            record.handle_url = record.url
        if record.status == "findable":
            record.published = record.published or record.updated
        self._store.save(record)
        trace.after, trace.url = record.state, record.url

    def _read(self, route: Route, request: Request, caller: Caller, trace: Trace) -> Response:
        record = self._visible(route, caller, trace)
        return json_response(200, {"data": resource(record, query=request.query)})

    def _get_url(self, route: Route, _request: Request, caller: Caller, trace: Trace) -> Response:
        record = self._store.get("datacite", fold(route.argument))
        if record is None:
            raise refuse(404)
        trace.doi, trace.before, trace.after, trace.url = record.name, record.state, record.state, record.url
        self._owner_for(record, caller)
        return json_response(200, {"url": record.url or None})

    def _delete(self, route: Route, _request: Request, caller: Caller, trace: Trace) -> Response:
        record = self._store.get("datacite", fold(route.argument))
        if record is None:
            trace.doi = fold(route.argument)
            raise refuse(404)
        trace.doi, trace.before, trace.after, trace.url = record.name, record.state, record.state, record.url
        self._owner_for(record, caller)
        if record.status != "draft":
            raise RefusalError(
                405, "Method not allowed", headers=(("Allow", "HEAD, GET, POST, PATCH, PUT, OPTIONS"),)
            )
        self._store.delete(record)
        trace.after = None
        return Response(204)

    def _validate(self, _route: Route, request: Request, caller: Caller, trace: Trace) -> Response:
        if not caller.named:
            raise refuse(401)
        _data, attributes = payload(request)
        name = chosen_name(attributes)
        trace.doi = name or None
        now = iso(self._clock())
        record = Record(
            "datacite", name, caller.account.id.lower() if caller.account else "", "draft", "", now, now
        )
        merge(record, changes(attributes, name=name), attributes)
        errors = rules.name_errors(name) | rules.structure_errors(record.metadata)
        if not errors:
            errors = schema_errors(record.metadata, name=name)
        if errors:
            return json_response(200, InvalidError(errors, uid=name).document())
        return json_response(200, {"data": resource(record, query=request.query)})

    def _visible(self, route: Route, caller: Caller, trace: Trace) -> Record:
        trace.doi = fold(route.argument)
        record = self._store.get("datacite", trace.doi)
        if record is None:
            raise refuse(404)
        trace.before, trace.after, trace.url = record.state, record.state, record.url
        mine = caller.account is not None and caller.account.id.lower() == record.owner
        if record.status != "findable" and not mine:
            raise refuse(404)
        return record

    def _owner_for(self, record: Record, caller: Caller) -> Account:
        if caller.account is None:
            raise refuse(401)
        if caller.account.id.lower() != record.owner or not caller.account.active:
            raise refuse(403)
        return caller.account

    def _repository_of(self, data: Mapping[str, Any], caller: Caller) -> Account:
        """Tell which repository a new DOI belongs to: the one named in the body, else the one that signed in."""
        try:
            wanted = str(data["relationships"]["client"]["data"]["id"]).lower()
        except (KeyError, TypeError):
            if caller.account is None:
                raise refuse(404) from None
            return caller.account
        if caller.account is None:
            raise refuse(401)
        if self._accounts.get("datacite", wanted) is None:
            raise refuse(404)
        if caller.account.id.lower() != wanted:
            raise refuse(403)
        return caller.account

    # -- the rest ---------------------------------------------------------------------------------------------------

    def _index(self, _route: Route, request: Request, caller: Caller, _trace: Trace) -> Response:
        return self._lists.dois(request, signed_in=caller.account is not None)

    def _repository(self, route: Route, _request: Request, caller: Caller, _trace: Trace) -> Response:
        account = self._accounts.get("datacite", route.argument)
        if account is None:
            raise refuse(404)
        return self._lists.repository(account, to_owner=account == caller.account)

    def _prefixes(self, _route: Route, request: Request, _caller: Caller, _trace: Trace) -> Response:
        return self._lists.prefixes(request)

    def _client_prefixes(self, _route: Route, request: Request, _caller: Caller, _trace: Trace) -> Response:
        return self._lists.client_prefixes(request)

    def _random(self, _route: Route, request: Request, _caller: Caller, _trace: Trace) -> Response:
        return self._lists.suggestions(request)

    def _token(self, _route: Route, request: Request, _caller: Caller, _trace: Trace) -> Response:
        form = {key: values[-1] for key, values in parse_qs(request.body.decode(errors="replace")).items()}
        if form.get("grant_type") != "password":
            raise RefusalError(400, "Wrong grant type.")
        if not form.get("username") or not form.get("password"):
            raise RefusalError(400, "Missing account ID or password.")
        account = self._accounts.sign_in("datacite", form["username"], password=form["password"])
        if account is None:
            raise RefusalError(400, "Wrong account ID or password.")
        token = secrets.token_urlsafe(48)
        self._tokens[token] = account.id
        return json_response(200, {"access_token": token, "expires_in": 2592000})

    def _heartbeat(self, _route: Route, _request: Request, _caller: Caller, _trace: Trace) -> Response:
        return Response(200, b"OK", (("Content-Type", "text/plain; charset=utf-8"),))

    def _unknown(self, _route: Route, _request: Request, _caller: Caller, _trace: Trace) -> Response:
        raise refuse(404)


_HTML: Headers = (("Content-Type", "text/html; charset=utf-8"),)
_FIXED = {
    ("GET", "/dois"): "index",
    ("POST", "/dois"): "create",
    ("POST", "/dois/validate"): "validate",
    ("GET", "/dois/random"): "random",
    ("POST", "/token"): "token",
    ("GET", "/heartbeat"): "heartbeat",
    ("GET", "/prefixes"): "prefixes",
    ("GET", "/client-prefixes"): "client_prefixes",
}
_ON_ONE = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def _doi_route(method: str, name: str) -> Route:
    if method == "GET" and name.endswith("/get-url"):
        return Route("GET /dois/:doi/get-url", "get_url", name.removesuffix("/get-url"))
    action = _ON_ONE.get(method)
    return Route(f"{method} /dois/:doi", action, name) if action else Route(f"{method} (unknown)", "unknown")


def _check_accept(request: Request) -> None:
    accepted = request.headers.get("accept", "*/*")
    if not any(known in accepted for known in ("*/*", "application/*", "json", "text/html", "text/plain")):
        raise RefusalError(406, "The content type is not recognized.")
