"""Who asks: a session's cookie before the Authorization header (EZID 018515e8, userauth.py)."""

import base64
import binascii
import re
import secrets
from datetime import datetime, timedelta

from doi.sandbox.accounts import Account, Accounts
from doi.sandbox.clock import Clock
from doi.sandbox.ezid.reading import Exchange, options
from doi.sandbox.ezid.refusals import RefusalError, bad_request, status_line, unauthorized
from doi.sandbox.messages import Headers, Response

_COOKIE = re.compile(r"(?:^|;\s*)sessionid=([^;]+)")
_LIFE = timedelta(days=7)


class SignIn:
    """The accounts' sessions; they do not outlive the sandbox."""

    def __init__(self, accounts: Accounts, *, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._sessions: dict[str, tuple[str, datetime]] = {}

    def required(self, exchange: Exchange) -> Account:
        """Find who asks.

        Raises RefusalError for nobody, a wrong password, or a header that cannot be read.
        """
        account = self.caller(exchange)
        if account is None:
            raise unauthorized()
        return account

    def caller(self, exchange: Exchange) -> Account | None:
        """Find who asks, None for anybody; beside a living session the Authorization header is not even read.

        Raises RefusalError for a header that cannot be read.
        """
        session = self._session(exchange)
        if session is not None:
            account = self._accounts.get("ezid", session)
        else:
            account = self._basic(exchange.request.headers.get("authorization"))
        if account is None or not account.active:
            return None
        exchange.trace.account = account.id.lower()
        return account

    def login(self, exchange: Exchange) -> Response:
        """Begin a session, which lives seven days or until the client forgets its cookie."""
        options(exchange.request)
        account = self.required(exchange)
        headers: Headers = ()
        if self._session(exchange) is None:
            session = secrets.token_hex(16)
            self._sessions[session] = (account.id, self._clock() + _LIFE)
            headers = (("Set-Cookie", f"sessionid={session}; HttpOnly; Path=/; SameSite=Lax"),)
        return status_line(200, "success: session cookie returned", headers=headers)

    def logout(self, exchange: Exchange) -> Response:
        """End a session."""
        options(exchange.request)
        self._sessions.pop(_cookie(exchange), None)
        headers = (("Set-Cookie", "sessionid=; Max-Age=0; Path=/; SameSite=Lax"),)
        return status_line(200, "success: authentication credentials flushed", headers=headers)

    def _session(self, exchange: Exchange) -> str | None:
        account, ends = self._sessions.get(_cookie(exchange), (None, self._clock()))
        return account if self._clock() < ends else None

    def _basic(self, header: str | None) -> Account | None:
        if header is None:
            return None
        name, password = _basic_parts(header)
        for word, part in (("username", name), ("password", password)):
            if not part:
                raise bad_request(f"{word} required")
        return self._accounts.sign_in("ezid", name, password=password)


def _cookie(exchange: Exchange) -> str:
    found = _COOKIE.search(exchange.request.headers.get("cookie", ""))
    return found[1] if found is not None else ""


def _basic_parts(header: str) -> tuple[str, str]:
    """Split as EZID does: at every colon, so that a password with one is never understood."""
    parts = header.split()
    if len(parts) == 2 and parts[0] != "Basic":
        raise RefusalError(status_line(400, "error: unable to parse basic_auth request"))
    try:
        _, value = parts
        name, password = base64.decodebytes(value.encode("ascii")).decode().split(":")
    except (binascii.Error, ValueError):
        raise bad_request("malformed Authorization header") from None
    return name.strip(), password.strip()
