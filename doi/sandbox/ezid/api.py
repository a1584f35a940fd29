"""The EZID API, version 2, as a client meets it (EZID 018515e8)."""

import base64
import binascii
import re
import secrets
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote

from doi.sandbox.accounts import Account, Accounts
from doi.sandbox.behaviour import USUAL, Behaviour
from doi.sandbox.clock import Clock, iso
from doi.sandbox.ezid import anvl, rules
from doi.sandbox.ezid.gate import BusyError, Gate
from doi.sandbox.ezid.rules import BadRequestError
from doi.sandbox.messages import Headers, Request, Response, Trace
from doi.sandbox.names import fold, minted_suffix, raised
from doi.sandbox.routes import Route
from doi.sandbox.store import Record, Store

_CONTENT_TYPE = re.compile(r"^text/plain(?:; ?charset=utf-8)?$", re.IGNORECASE)
_COOKIE = re.compile(r"(?:^|;\s*)sessionid=([^;]+)")
_HTML_WANTED = ("text/html", "application/xml", "application/xhtml+xml")
_TEXT: Headers = (("Content-Type", "text/plain; charset=utf-8"),)
_REALM: Headers = (("WWW-Authenticate", 'Basic realm="EZID"'),)


class StatusLineError(Exception):
    """An answer that is one status line: (HTTP status, line)."""

    def __init__(self, status: int, line: str, *, headers: Headers = ()) -> None:
        super().__init__(line)
        self.response = _line(status, line, headers=headers)


class Ezid:
    """One EZID over a store and accounts; `latency` is how long, in seconds, an operation holds its lane."""

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
        self._accounts = accounts
        self._store = store
        self._clock = clock
        self._behaviour = behaviour
        self._gate = Gate(latency)
        self._sessions: dict[str, str] = {}

    def route(self, method: str, path: str) -> Route:
        """Find what a path below the API's address means."""
        kind, _, rest = path[1:].partition("/")
        if kind == "id":
            action = {"GET": "read", "HEAD": "read", "PUT": "create", "POST": "update", "DELETE": "delete"}
            return Route(f"{method} /id/:id", action.get(method, "wrong_method"), unquote(rest))
        if kind == "shoulder":
            return Route(
                f"{method} /shoulder/:shoulder", "mint" if method == "POST" else "wrong_method", unquote(rest)
            )
        if kind in {"login", "logout", "status", "version"} and not rest:
            return Route(f"{method} /{kind}", kind if method in {"GET", "HEAD"} else "wrong_method")
        return Route(f"{method} (unknown)", "unknown")

    def answer(self, route: Route, request: Request, trace: Trace) -> Response:
        """Answer a request that `route` understood."""
        if route.action in {"read", "create", "update", "delete", "mint", "login", "logout"} and _is_browser(
            request
        ):
            page = (
                b"<!doctype html><title>EZID</title><p>This is EZID's web page. Ask with Accept: text/plain."
            )
            return Response(200, page, (("Content-Type", "text/html; charset=utf-8"),))
        delay = [0.0]
        try:
            response: Response = getattr(self, f"_{route.action}")(route, request, trace, delay)
        except StatusLineError as error:
            response = error.response
        except BadRequestError as error:
            response = _line(400, f"error: bad request - {error}")
        except BusyError:
            response = _line(503, "error: concurrency limit exceeded")
        return replace(response, delay=delay[0])

    def named(self, route: Route, _request: Request) -> str | None:
        """Tell which DOI a request is about without acting on it."""
        return fold(route.argument.removeprefix("doi:")) if route.label.endswith("/id/:id") else None

    # -- operations: each in the order of EZID's own checks ---------------------------------------------------------

    def _create(self, route: Route, request: Request, trace: Trace, delay: list[float]) -> Response:
        account = self._required(request, trace)
        elements = _elements(request)
        query = _query(request, allowed={"update_if_exists"})
        name = _name(route.argument, trace)
        delay[0] = self._gate.enter(account.id)
        return self._insert(name, elements, account, trace, update=query.get("update_if_exists") == "yes")

    def _mint(self, route: Route, request: Request, trace: Trace, delay: list[float]) -> Response:
        account = self._required(request, trace)
        elements = _elements(request)
        _query(request, allowed=set())
        delay[0] = self._gate.enter(account.id)
        shoulder = fold(route.argument.removeprefix("doi:"))
        known = {
            prefix for each in self._accounts.all() if each.provider == "ezid" for prefix in each.prefixes
        }
        if not route.argument.startswith("doi:") or shoulder not in known | set(rules.TEST_SHOULDERS):
            raise BadRequestError("no such shoulder")
        return self._insert(fold(shoulder + minted_suffix()), elements, account, trace, update=False)

    def _insert(
        self, name: str, elements: dict[str, str], account: Account, trace: Trace, *, update: bool
    ) -> Response:
        trace.doi = name
        if not (account.holds(name) or name.startswith(rules.TEST_SHOULDERS)):
            raise _forbidden()
        known = self._store.get("ezid", name)
        if known is not None:
            trace.before, trace.after, trace.url = known.state, known.state, known.url
        now = iso(self._clock())
        fresh = Record("ezid", name, account.id, "", rules.default_target(name), now, now)
        self._apply(fresh, {"_status": "public", **elements}, account)
        if known is None:
            return self._stored(fresh, trace, status=201, line=f"{_shown(name)} | {rules.shadow_ark(name)}")
        if not update:
            raise BadRequestError("identifier already exists, cannot create")
        if known.owner != account.id:
            raise _forbidden()
        record = known.changed(updated=now)
        self._apply(record, elements, account)
        return self._stored(record, trace, status=201, line=_shown(name))

    def _update(self, route: Route, request: Request, trace: Trace, delay: list[float]) -> Response:
        account = self._required(request, trace)
        elements = _elements(request)
        _query(request, allowed=set())
        known = self._own(_name(route.argument, trace), account, trace, delay)
        record = known.changed(updated=iso(self._clock()))
        self._apply(record, elements, account)
        return self._stored(record, trace, status=200, line=_shown(record.name))

    def _delete(self, route: Route, request: Request, trace: Trace, delay: list[float]) -> Response:
        account = self._required(request, trace)
        _query(request, allowed=set())
        record = self._own(_name(route.argument, trace), account, trace, delay)
        if record.status != "reserved":
            raise BadRequestError("identifier status does not support deletion")
        self._store.delete(record)
        trace.after = None
        return _line(200, f"success: {_shown(record.name)}")

    def _read(self, route: Route, request: Request, trace: Trace, delay: list[float]) -> Response:
        account = self._caller(request, trace)
        query = _query(request, allowed={"prefix_match"})
        name = _name(route.argument, trace)
        delay[0] = self._gate.enter(account.id if account is not None else "anonymous")
        record = self._store.get("ezid", name)
        line = f"success: {_shown(name)}"
        if record is None and query.get("prefix_match") == "yes":
            record = self._longest(name)
            line = f"success: {_shown(record.name)} in_lieu_of {_shown(name)}" if record is not None else ""
        if record is None:
            raise _absent()
        trace.before, trace.after, trace.url = record.state, record.state, record.url
        return Response(
            200, f"{anvl.encode_value(line)}\n{anvl.write(_shown_elements(record))}".encode(), _TEXT
        )

    # -- storing ----------------------------------------------------------------------------------------------------

    def _own(self, name: str, account: Account, trace: Trace, delay: list[float]) -> Record:
        delay[0] = self._gate.enter(account.id)
        record = self._store.get("ezid", name)
        if record is None:
            raise _absent()
        trace.before, trace.after, trace.url = record.state, record.state, record.url
        if record.owner != account.id:
            raise _forbidden()
        return record

    def _apply(self, record: Record, elements: dict[str, str], account: Account) -> None:
        """Merge the elements into a copy and judge it; an empty value deletes its element."""
        elements = dict(elements)
        if "_status" in elements:
            status, reason = rules.split_status(elements["_status"])
            rules.check_transition(record.status, status)
            record.status = status
            record.metadata.pop("_reason", None)
            if reason:
                record.metadata["_reason"] = reason
        rules.check_elements(elements, name=record.name)
        owner = elements.pop("_owner", account.id)
        elements.pop("_status", None)
        if "_target" in elements:
            record.url = elements.pop("_target") or rules.default_target(record.name)
        for element, value in elements.items():
            if value:
                record.metadata[element] = value
            else:
                record.metadata.pop(element, None)
        if record.status != "reserved":
            rules.check_public(record.metadata)
        if owner != account.id:
            raise BadRequestError("ownership change prohibited")

    def _stored(self, record: Record, trace: Trace, *, status: int, line: str) -> Response:
        if record.status != "reserved" and not record.name.startswith(rules.TEST_SHOULDERS):
            # The queue that tells DataCite runs at once here; test identifiers are never sent.
            record.registered = record.registered or record.updated
            record.handle_url = rules.tombstone(record.name) if record.status == "unavailable" else record.url
        self._store.save(record)
        trace.after, trace.url = record.state, record.url
        return _line(status, f"success: {line}")

    def _longest(self, name: str) -> Record | None:
        found = (self._store.get("ezid", name[:length]) for length in range(len(name) - 1, 0, -1))
        return next((record for record in found if record is not None), None)

    # -- who asks ---------------------------------------------------------------------------------------------------

    def _required(self, request: Request, trace: Trace) -> Account:
        account = self._caller(request, trace)
        if account is None:
            raise StatusLineError(401, "error: unauthorized", headers=_REALM)
        return account

    def _caller(self, request: Request, trace: Trace) -> Account | None:
        """Find who asks: a valid session wins, and then the Authorization header is not even read."""
        found = _COOKIE.search(request.headers.get("cookie", ""))
        account_id = self._sessions.get(found[1]) if found is not None else None
        if account_id is not None:
            account = self._accounts.get("ezid", account_id)
        else:
            account = self._basic(request.headers.get("authorization"))
        if account is not None and not account.active:
            account = None
        trace.account = account.id.lower() if account is not None else None
        return account

    def _basic(self, header: str | None) -> Account | None:
        if header is None:
            return None
        scheme, _, value = header.partition(" ")
        if scheme != "Basic":
            raise StatusLineError(400, "error: unable to parse basic_auth request")
        try:
            parts = base64.b64decode(value.strip(), validate=True).decode().split(":")
        except (binascii.Error, UnicodeDecodeError):
            parts = []
        if len(parts) != 2:
            raise BadRequestError("malformed Authorization header")
        for word, part in zip(("username", "password"), parts, strict=True):
            if not part.strip():
                raise BadRequestError(f"{word} required")
        return self._accounts.sign_in("ezid", parts[0], password=parts[1])

    def _login(self, _route: Route, request: Request, trace: Trace, _delay: list[float]) -> Response:
        account = self._required(request, trace)
        session = secrets.token_hex(16)
        self._sessions[session] = account.id
        cookie = f"sessionid={session}; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
        return _line(200, "success: session cookie returned", headers=(("Set-Cookie", cookie),))

    def _logout(self, _route: Route, request: Request, _trace: Trace, _delay: list[float]) -> Response:
        found = _COOKIE.search(request.headers.get("cookie", ""))
        if found is not None:
            self._sessions.pop(found[1], None)
        cookie = "sessionid=; Max-Age=0; Path=/"
        return _line(200, "success: authentication credentials flushed", headers=(("Set-Cookie", cookie),))

    # -- the rest ---------------------------------------------------------------------------------------------------

    def _status(self, _route: Route, request: Request, _trace: Trace, _delay: list[float]) -> Response:
        query = _query(request, allowed={"subsystems"})
        more = "\ndatacite: up\nsearch: up\n" if query.get("subsystems") else ""
        return Response(200, f"success: EZID is up{more}".encode(), _TEXT)

    def _version(self, _route: Route, _request: Request, _trace: Trace, _delay: list[float]) -> Response:
        return Response(200, b"success: EZID API version 2\nstartup.version: sandbox\n", _TEXT)

    def _wrong_method(self, _route: Route, _request: Request, _trace: Trace, _delay: list[float]) -> Response:
        raise StatusLineError(405, "error: method not allowed")

    def _unknown(self, _route: Route, _request: Request, _trace: Trace, _delay: list[float]) -> Response:
        return Response(
            404, b"<!doctype html><title>EZID</title><p>Page not found", (("Content-Type", "text/html"),)
        )


def _line(status: int, line: str, *, headers: Headers = ()) -> Response:
    return Response(status, anvl.encode_value(line).encode(), (*_TEXT, *headers))


def _forbidden() -> StatusLineError:
    return StatusLineError(403, "error: forbidden")


def _absent() -> BadRequestError:
    return BadRequestError("no such identifier")


def _is_browser(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "Mozilla" in request.headers.get("user-agent", "") or any(
        kind in accepted for kind in _HTML_WANTED
    )


def _elements(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "text/plain").strip()
    if _CONTENT_TYPE.match(kind) is None or not kind.startswith("text/plain"):
        raise BadRequestError("If specified, Content-Type must be text/plain and encoding must be UTF-8")
    try:
        return anvl.parse(request.body.decode())
    except UnicodeDecodeError:
        raise BadRequestError("character decoding error") from None
    except anvl.AnvlError as error:
        raise BadRequestError(f"ANVL parse error ({error})") from None


def _query(request: Request, *, allowed: set[str]) -> dict[str, str]:
    query = request.query
    for parameter in query:
        if parameter not in allowed:
            raise BadRequestError(f"unrecognized URL query parameter '{parameter}'")
    return query


def _name(identifier: str, trace: Trace) -> str:
    """Read an identifier as it stood in the path: `doi:` in lower case, or the shadow ARK."""
    if identifier.startswith("ark:"):
        name = rules.name_of_ark(identifier)
    else:
        name = identifier.removeprefix("doi:") if identifier.startswith("doi:") else ""
    if not rules.valid_name(name):
        raise BadRequestError("invalid identifier")
    trace.doi = fold(name)
    return trace.doi


def _shown(name: str) -> str:
    return f"doi:{raised(name)}"


def _shown_elements(record: Record) -> dict[str, str]:
    kept = {name: value for name, value in record.metadata.items() if name != "_reason"}
    reason = record.metadata.get("_reason")
    return {
        **kept,
        "_status": f"{record.status} | {reason}" if reason else record.status,
        "_target": record.url,
        "_profile": kept.get("_profile", "datacite"),
        "_export": kept.get("_export", "yes"),
        "_owner": record.owner,
        "_ownergroup": record.owner,
        "_created": _unix(record.created),
        "_updated": _unix(record.updated),
        "_datacenter": "CDL.SANDBOX",
        "_shadowedby": rules.shadow_ark(record.name),
    }


def _unix(moment: str) -> str:
    return str(int(datetime.fromisoformat(moment).timestamp()))
