"""Which page an address is, and what the pages' forms do."""

import re
from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from doi.sandbox.accounts import Accounts
from doi.sandbox.clock import Clock
from doi.sandbox.control import By, Control
from doi.sandbox.edits import Edit, parse_edit
from doi.sandbox.face.faults import faults, rule_from
from doi.sandbox.face.lists import dois, log, overview
from doi.sandbox.face.markup import address_of, page
from doi.sandbox.face.one import DONE, gone, one
from doi.sandbox.faults import Faults
from doi.sandbox.log import RequestLog
from doi.sandbox.messages import Request, Response
from doi.sandbox.names import fold
from doi.sandbox.problems import RefusedOrderError, WrongCallError
from doi.sandbox.store import Store

_NOTICES = {"added": "The fault is in force.", "removed": "The fault is removed."}


class Face:
    """The pages. A form's post is an order like any other, in the log before it is answered."""

    def __init__(
        self,
        *,
        store: Store,
        accounts: Accounts,
        log: RequestLog,
        faults: Faults,
        control: Control,
        clock: Clock,
        counts: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._log = log
        self._faults = faults
        self._control = control
        self._clock = clock
        self._counts = counts

    def answer(self, request: Request) -> Response | None:
        """Answer a request for a page; None where there is no page of that address and method."""
        method = "GET" if request.method == "HEAD" else request.method
        match (method, request.path.split("/")[1:]):
            case ("GET", [""]):
                return self._overview()
            case ("GET", ["dois"]):
                return dois(self._store.all(), request.query)
            case ("GET", ["log"]):
                return log(list(self._log.recent), request.query)
            case ("GET", ["faults"]):
                return self._rules(notice=_NOTICES.get(request.query.get("done", ""), ""))
            case ("GET", ["dois", provider, name]):
                done = DONE.get(request.query.get("done", ""), "")
                return self._one(provider, fold(unquote(name)), notice=done)
            case ("POST", ["faults"]):
                return self._add(request)
            case ("POST", ["faults", "remove"]):
                return self._remove(request)
            case ("POST", ["dois", provider, name]):
                return self._edit(request, provider, fold(unquote(name)))
        return None

    def _overview(self) -> Response:
        recent = list(self._log.recent)
        return overview(
            accounts=self._accounts.all(),
            records=self._store.all(),
            lines=list(reversed(recent[-20:])),
            counts=self._counts(),
            fault_count=len(self._control.faults()),
            complaint=self._faults.complaint,
        )

    # -- one DOI ----------------------------------------------------------------------------------------------------

    def _one(self, provider: str, name: str, *, notice: str = "", status: int = 200) -> Response:
        record, lines = self._store.get(provider, name), self._log.lines_of(name)
        if record is None:
            return gone(name, lines, notice=notice)
        accounts, now = self._accounts.all(), self._clock()
        return one(record, accounts=accounts, lines=lines, now=now, notice=notice, status=status)

    def _edit(self, request: Request, provider: str, name: str) -> Response:
        form = _form(request)
        try:
            wanted = {key: form[key] for key in ("act", "url", "owner") if key in form}
            edit: Edit = parse_edit({**wanted, "doi": name, "provider": provider}, place="this page")
            changed = self._control.carry_out(edit, by=By("POST", request.path))
        except WrongCallError as error:
            return self._one(provider, name, notice=str(error), status=422)
        except RefusedOrderError as error:
            return self._one(provider, name, notice=str(error), status=error.status)
        return _see(f"{address_of(provider, name)}?done={edit.act}" if changed else "/dois")

    # -- faults -----------------------------------------------------------------------------------------------------

    def _rules(self, *, notice: str = "", status: int = 200) -> Response:
        rules = self._control.faults()
        return faults(rules, complaint=self._faults.complaint, notice=notice, status=status)

    def _add(self, request: Request) -> Response:
        try:
            self._control.add_faults(rule_from(_form(request)), by=By("POST", request.path))
        except WrongCallError as error:
            return self._rules(notice=str(error), status=422)
        return _see("/faults?done=added")

    def _remove(self, request: Request) -> Response:
        number = _form(request).get("number")
        try:
            self._control.remove_fault(int(number) if number else None, by=By("POST", request.path))
        except (RefusedOrderError, ValueError):
            return self._rules(notice="That fault is in force no more.", status=404)
        return _see("/faults?done=removed")


def is_known_host(host: str | None, known: Collection[str]) -> bool:
    """Say whether a `Host` header names the sandbox: an IP address, `localhost`, or one of `known`.

    A browser that another site's name has led here by its DNS names that site's host. Whoever names none is no browser.
    """
    if host is None:
        return True
    name = re.sub(r":\d*\Z", "", host.lower()).removesuffix(".")
    try:
        ip_address(name[1:-1] if name.startswith("[") else name)
    except ValueError:
        return name == "localhost" or name in known
    return True


def is_from_elsewhere(request: Request) -> bool:
    """Say whether a browser sends this from another site's page.

    A browser names the page's origin with every post; what names none is no browser.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
    return urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()


def refused_host() -> Response:
    """Refuse a request to a name that is not the sandbox's."""
    said = (
        "<p>The sandbox does not know itself by the name in this address. "
        "Call it by its IP address or as localhost, or start it with <code>--allowed-host</code>.</p>"
    )
    return page("Refused", said, status=403)


def refused_from_elsewhere() -> Response:
    """Refuse what `is_from_elsewhere`."""
    said = "<p>This came from another site’s page, and nothing was done.</p>"
    return page("Refused", said, status=403)


def _form(request: Request) -> dict[str, str]:
    pairs = parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True)
    return {key: value.strip() for key, value in pairs}


def _see(address: str) -> Response:
    return Response(303, b"", (("Location", address.replace(" ", "%20")),))
