"""Shoulders: the beginnings of names that accounts may create under (EZID 018515e8, policy.py, shoulder.py)."""

from collections.abc import Iterator

from doi.sandbox.accounts import Account, Accounts, under
from doi.sandbox.ezid.identifiers import TEST_SHOULDERS, is_test
from doi.sandbox.names import fold

_CROSSREF_TEST = "10.15697/"


class Shoulders:
    """All shoulders of the accounts, and the two test shoulders that are open to every account."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def may_create(self, account: Account, name: str) -> bool:
        """Say whether the account may create a folded name: its own shoulders, and those of whom it may act for."""
        return is_test(name) or any(
            each.holds(name) for each in self._all() if each.id == account.id or account.id in each.proxies
        )

    def may_act_for(self, account: Account, owner: str) -> bool:
        """Say whether the account may change what belongs to an owner: itself, or somebody it is a proxy of."""
        if account.id == owner:
            return True
        other = self._accounts.get("ezid", owner)
        return other is not None and account.id in other.proxies

    def find(self, identifier: str) -> str | None:
        """Find the folded shoulder behind `doi:10.x/y`; None when there is none of exactly this text."""
        shoulder = fold(identifier.removeprefix("doi:"))
        known = {prefix for each in self._all() for prefix in each.prefixes} | set(TEST_SHOULDERS)
        return shoulder if identifier.startswith("doi:") and shoulder in known else None

    @staticmethod
    def mints(shoulder: str) -> bool:
        """Say whether the shoulder has a minter: one that spans a whole prefix has none, save for tests."""
        return shoulder.partition("/")[2] != "" or shoulder in TEST_SHOULDERS

    def is_crossref(self, name: str) -> bool:
        """Say whether a folded name goes to Crossref rather than to DataCite; the longest shoulder decides."""
        shoulders = [
            (prefix, prefix in each.crossref)
            for each in self._all()
            for prefix in each.prefixes
            if under(name, prefix)
        ]
        return name.startswith(_CROSSREF_TEST) or bool(shoulders and max(shoulders)[1])

    def _all(self) -> Iterator[Account]:
        return (each for each in self._accounts.all() if each.provider == "ezid")
