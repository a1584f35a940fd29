"""Who asks DataCite's REST API: passwords, API keys and tokens (DataCite REST API, lupo 05afac46, authenticable.rb)."""

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from doi.sandbox.accounts import Account, Accounts
from doi.sandbox.clock import Clock
from doi.sandbox.datacite.refusals import RefusalError, refuse
from doi.sandbox.messages import Request, Response, json_response

_TOKEN_LIFE = timedelta(days=30)
_KEY_START = "DC."


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. A wrong Basic password leaves `account` empty: the request goes on as an anonymous one.

    `named`: an Authorization header was sent. `by_key`: with an API key, which may do everything with DOIs but does not
    see what only a repository itself may see.
    """

    named: bool
    account: Account | None = None
    by_key: bool = False


class Callers:
    """Signs callers in, and gives tokens that last 30 days by the sandbox's clock."""

    def __init__(self, *, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._tokens: dict[str, tuple[str, datetime]] = {}

    def identify(self, request: Request) -> Caller:
        """Tell who asks.

        Raises RefusalError (401) for a bearer token that is not known, or not any more.
        """
        text = request.headers.get("authorization")
        if text is None:
            return Caller(named=False)
        scheme, _, credentials = text.partition(" ")
        credentials = credentials.strip()
        if scheme.lower() == "bearer":
            return self._by_bearer(credentials)
        return self._by_basic(credentials) if scheme.lower() == "basic" else Caller(named=True)

    def token(self, request: Request) -> Response:
        """Answer `POST /token`, which takes a password and no API key.

        Raises RefusalError (400) with the reason.
        """
        form = {key: values[-1] for key, values in parse_qs(request.body.decode(errors="replace")).items()}
        if form.get("grant_type") != "password":
            raise RefusalError(400, "Wrong grant type.")
        if not form.get("username") or not form.get("password"):
            raise RefusalError(400, "Missing account ID or password.")
        account = self._accounts.sign_in("datacite", form["username"], password=form["password"])
        if account is None:
            raise RefusalError(400, "Wrong account ID or password.")
        token = ".".join(secrets.token_urlsafe(length) for length in (15, 60, 32))
        self._tokens[token] = (account.id, self._clock() + _TOKEN_LIFE)
        return json_response(200, {"access_token": token, "expires_in": int(_TOKEN_LIFE.total_seconds())})

    def _by_bearer(self, credentials: str) -> Caller:
        account = self._by_key(credentials)
        if account is not None:
            return Caller(named=True, account=account, by_key=True)
        account_id, expires = self._tokens.get(credentials, (None, None))
        if account_id is None or expires is None or self._clock() >= expires:
            raise refuse(401)
        return Caller(named=True, account=self._accounts.get("datacite", account_id))

    def _by_basic(self, credentials: str) -> Caller:
        try:
            pair = base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return Caller(named=True)
        name, _, password = pair.partition(":")
        account = self._accounts.sign_in("datacite", name, password=password)
        if account is not None:
            return Caller(named=True, account=account)
        # A key stands in the place of the password, or in that of the name, whatever the password is then.
        account = self._by_key(name)
        if account is None and self._by_key(password) == self._accounts.get("datacite", name):
            account = self._by_key(password)
        return Caller(named=True, account=account, by_key=account is not None)

    def _by_key(self, key: str) -> Account | None:
        return self._accounts.with_key("datacite", key) if key.startswith(_KEY_START) else None
