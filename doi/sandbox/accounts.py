"""The accounts a sandbox knows, and the two ways of naming them when it is started."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from doi.sandbox.problems import WrongCallError

PROVIDERS = ("datacite", "ezid")
_PREFIX = re.compile(r"^10\.\d{4,9}(/[!-~]+)?$")


@dataclass(frozen=True, slots=True)
class Account:
    """One repository account. EZID's prefixes are shoulders such as `10.5072/fk2`, without `doi:`.

    Of EZID's, `crossref` names those prefixes whose DOIs go to Crossref, and `proxies` the ids of the accounts that may
    act for this one. Of DataCite's, `api_keys` begin with `DC.` and sign in beside the password.
    """

    provider: str
    id: str
    password: str = field(repr=False)
    prefixes: tuple[str, ...] = ()
    domains: str = "*"
    active: bool = True
    proxies: tuple[str, ...] = ()
    crossref: tuple[str, ...] = ()
    api_keys: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_member(self) -> bool:
        """A DataCite id without a dot is a member's, which may not touch DOIs (lupo 05afac46, user.rb)."""
        return self.provider == "datacite" and "." not in self.id

    def holds(self, name: str) -> bool:
        """Say whether a folded DOI name lies under one of the account's prefixes or shoulders."""
        if self.provider == "ezid":
            return any(under(name, shoulder) for shoulder in self.prefixes)
        return name.partition("/")[0] in self.prefixes


def under(name: str, shoulder: str) -> bool:
    """Say whether a folded name lies under a shoulder, or under a prefix that is given without its slash."""
    return name.startswith(shoulder if "/" in shoulder else f"{shoulder}/")


class Accounts:
    """All accounts of a sandbox, found by provider and id; DataCite ignores the case of an id, EZID does not."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self._accounts: dict[tuple[str, str], Account] = {}
        for account in accounts:
            self.add(account)

    def add(self, account: Account) -> None:
        """Add an account; the same one again with another prefix may use both.

        Raises WrongCallError when it is known under another password.
        """
        key = self._key(account.provider, account.id)
        known = self._accounts.get(key)
        if known is not None:
            if known.password != account.password:
                raise WrongCallError(
                    f"The account {account.provider}:{account.id} is given twice, with two passwords."
                )
            account = replace(known, prefixes=tuple(dict.fromkeys(known.prefixes + account.prefixes)))
        self._accounts[key] = account

    def replace(self, account: Account) -> None:
        """Put an account in the place of the one with its id: a new password, other prefixes, no longer active."""
        self._accounts[self._key(account.provider, account.id)] = account

    def get(self, provider: str, account_id: str) -> Account | None:
        """Find an account by its id, whatever its password."""
        return self._accounts.get(self._key(provider, account_id))

    def sign_in(self, provider: str, account_id: str, *, password: str) -> Account | None:
        """Find an account whose password fits."""
        account = self.get(provider, account_id)
        return account if account is not None and account.password == password else None

    def with_key(self, provider: str, key: str) -> Account | None:
        """Find the account that an API key belongs to."""
        return next((each for each in self.all() if each.provider == provider and key in each.api_keys), None)

    def all(self) -> list[Account]:
        """List all accounts in the order they were added."""
        return list(self._accounts.values())

    @staticmethod
    def _key(provider: str, account_id: str) -> tuple[str, str]:
        return (provider, account_id.lower() if provider == "datacite" else account_id)


def parse_account(text: str) -> Account:
    """Read `PROVIDER:ID:PASSWORD:PREFIX`; the password may hold colons.

    Raises WrongCallError with a sentence that does not repeat the password.
    """
    provider, _, rest = text.partition(":")
    account_id, _, rest = rest.partition(":")
    password, _, prefix = rest.rpartition(":")
    return _checked(provider, account_id, password=password, prefixes=[prefix])


def load_accounts(path: Path) -> list[Account]:
    """Read a JSON list of `{provider, id, password, prefix | prefixes, domains?, active?, proxies?, crossref?, api_keys?}`.

    Raises WrongCallError when the file cannot be read or an entry is not an account.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WrongCallError(f"The accounts file {path} cannot be read: {_brief(error)}.") from error
    if not isinstance(entries, list):
        raise WrongCallError(f"The accounts file {path} must hold a JSON list.")
    return [account_from(entry, place=f"entry {number} of {path}") for number, entry in enumerate(entries, 1)]


def account_from(entry: Any, *, place: str) -> Account:
    """Read one account from decoded JSON.

    Raises WrongCallError with a sentence that does not repeat the password.
    """
    if not isinstance(entry, dict):
        raise WrongCallError(f"The account in {place} must be a JSON object.")
    prefixes = (
        _texts(entry, "prefixes", place=place) if "prefixes" in entry else (str(entry.get("prefix", "")),)
    )
    account = _checked(
        str(entry.get("provider", "")),
        str(entry.get("id", "")),
        password=str(entry.get("password", "")),
        prefixes=prefixes,
    )
    return replace(
        account,
        domains=str(entry.get("domains") or "*"),
        active=bool(entry.get("active", True)),
        proxies=_texts(entry, "proxies", place=place),
        crossref=tuple(prefix.lower() for prefix in _texts(entry, "crossref", place=place)),
        api_keys=_texts(entry, "api_keys", place=place),
    )


def _texts(entry: dict[str, Any], name: str, *, place: str) -> tuple[str, ...]:
    texts = entry.get(name, [])
    if not isinstance(texts, list):
        raise WrongCallError(f"The {name} in {place} must be a JSON list.")
    return tuple(str(text) for text in texts)


def _checked(provider: str, account_id: str, *, password: str, prefixes: Sequence[str]) -> Account:
    who = f"{provider}:{account_id}"
    if provider not in PROVIDERS:
        raise WrongCallError(f"The account {who} has a provider that is neither datacite nor ezid.")
    if not account_id or not password:
        raise WrongCallError(
            f"The account {who} must be written PROVIDER:ID:PASSWORD:PREFIX, with nothing left out."
        )
    for prefix in prefixes:
        if _PREFIX.match(prefix) is None or (provider == "datacite" and "/" in prefix):
            raise WrongCallError(f"The account {who} has {prefix!r} in the place of its prefix.")
    return Account(provider, account_id, password, tuple(prefix.lower() for prefix in prefixes))


def _brief(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
