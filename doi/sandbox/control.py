"""What may be told to a running sandbox, in Python or through its control API: none of it counts as a request."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from threading import RLock
from typing import Any

from doi.sandbox.accounts import Account, Accounts, account_from
from doi.sandbox.behaviour import Behaviour
from doi.sandbox.checks import seconds
from doi.sandbox.clock import Clock, log_time
from doi.sandbox.edits import Edit, carry_out, find, parse_edit
from doi.sandbox.faults import Faults, Rule
from doi.sandbox.log import Act, RequestLog
from doi.sandbox.problems import RefusedOrderError, WrongCallError
from doi.sandbox.seeds import Seed, parse_seed, planted
from doi.sandbox.store import Record, Store

_CHANGEABLE = {"password", "domains", "active", "prefixes"}


@dataclass(frozen=True, slots=True)
class By:
    """Who gave an order, for the log: the method and path it came by."""

    method: str = "CALL"
    path: str = ""


_CALL = By()


class Control:
    """Orders to a sandbox. Each is in the log as a line of the provider `control` before its caller hears of it.

    All raise RefusedOrderError, with a status and a sentence, for what cannot be done, and WrongCallError for what
    cannot be understood.
    """

    def __init__(
        self,
        *,
        store: Store,
        accounts: Accounts,
        faults: Faults,
        behaviour: Behaviour,
        log: RequestLog,
        clock: Clock,
        lock: RLock,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._faults = faults
        self._behaviour = behaviour
        self._log = log
        self._clock = clock
        self._lock = lock

    # -- DOIs -------------------------------------------------------------------------------------------------------

    def edit(
        self,
        act: str,
        name: str,
        *,
        provider: str | None = None,
        url: str = "",
        owner: str = "",
        by: By = _CALL,
    ) -> Record | None:
        """Do what a registry's staff may do, an act of `edits.ACTS`; gives the record, None when it is gone."""
        entry = {"act": act, "doi": name, "provider": provider, "url": url, "owner": owner}
        return self.carry_out(parse_edit(entry, place="this order"), by=by)

    def carry_out(self, edit: Edit, *, by: By = _CALL, rule: int | None = None) -> Record | None:
        """Do a staff edit; `rule` is the fault that asked for it."""
        with self._lock:
            record = find(self._store, provider=edit.provider, name=edit.doi or "")
            before = record.state
            changed = carry_out(edit, record, store=self._store, clock=self._clock)
            self._note(
                Act(
                    by.method,
                    by.path or "/control/edits",
                    f"staff: {edit.act}{f' to {edit.owner}' if edit.owner else ''}",
                    rule=rule,
                    registry=record.provider,
                    doi=record.name,
                    before=before,
                    after=changed.state if changed else None,
                    url=changed.url if changed else record.url,
                )
            )
            return changed

    def fired(self, rule: Rule, *, provider: str, name: str | None) -> None:
        """Do the edit of a fault for the DOI of the request that it struck; what cannot be done is only logged."""
        edit = rule.action.edit
        if edit is None:
            return
        meant = replace(
            edit, doi=edit.doi or name or "", provider=edit.provider or (None if edit.doi else provider)
        )
        try:
            self.carry_out(meant, by=By("FAULT"), rule=rule.number)
        except RefusedOrderError as error:
            self._note(
                Act(
                    "FAULT", "/control/edits", f"staff: {edit.act}: {error}",
                    status=error.status, rule=rule.number, registry=provider, doi=name,
                )
            )  # fmt: skip

    def seed(self, record: Mapping[str, Any] | Seed, *, by: By = _CALL) -> Record:
        """Plant a DOI as if it had been there for long, in the place of one of its name."""
        seed = record if isinstance(record, Seed) else parse_seed(record, place="this order")
        with self._lock:
            fresh = planted(seed, clock=self._clock)
            known = self._store.get(fresh.provider, fresh.name)
            if known is not None:
                fresh.number = known.number
            self._store.save(fresh)
            self._note(
                Act(
                    by.method,
                    by.path or "/control/records",
                    "seeded",
                    status=201,
                    registry=fresh.provider,
                    account=fresh.owner,
                    doi=fresh.name,
                    before=known.state if known else None,
                    after=fresh.state,
                    url=fresh.url,
                )
            )
            return fresh

    # -- accounts and manners ---------------------------------------------------------------------------------------

    def account(self, provider: str, account_id: str, *, by: By = _CALL, **changes: Any) -> Account:
        """Change an account's password, domains, active or prefixes, or add an account (which needs password, prefixes).

        Changes last until the sandbox ends.
        """
        if not changes.keys() <= _CHANGEABLE:
            raise WrongCallError(f"An account may have {', '.join(sorted(_CHANGEABLE))} changed.")
        if not isinstance(changes.get("active", True), bool) or not isinstance(
            changes.get("password", ""), str
        ):
            raise WrongCallError("An account is active, true or false, and its password is a text.")
        with self._lock:
            known = self._accounts.get(provider, account_id)
            entry: dict[str, Any] = {"provider": provider, "id": account_id}
            if known is not None:
                kept = {"password": known.password, "prefixes": list(known.prefixes)}
                entry |= {"id": known.id, "domains": known.domains, "active": known.active, **kept}
            account = account_from({**entry, **changes}, place="this order")
            if known is not None:
                account = replace(account, proxies=known.proxies, crossref=known.crossref)
            self._accounts.replace(account)
            told = f"changed {', '.join(sorted(changes))}" if known else "added"
            self._note(
                Act(by.method, by.path or "/control/accounts", told, registry=provider, account=account.id)
            )
            return account

    def behave(self, *, by: By = _CALL, **settings: Any) -> Behaviour:
        """Change how the registries behave: list_lag and handover in seconds, rate_limits as true or false."""
        kinds = {each.name: each.type for each in fields(Behaviour)}
        for name, value in settings.items():
            kind = kinds.get(name)
            if kind is float:
                seconds(value, name)
            elif kind is None or not isinstance(value, bool):
                raise WrongCallError(
                    "The behaviour has list_lag and handover in seconds, and rate_limits, true or false."
                )
        with self._lock:
            for name, value in settings.items():
                setattr(self._behaviour, name, value)
            told = ", ".join(f"{name} {value}" for name, value in settings.items())
            self._note(Act(by.method, by.path or "/control/behaviour", told))
            return replace(self._behaviour)

    def behaviour(self) -> Behaviour:
        """Tell how the registries behave now."""
        return replace(self._behaviour)

    # -- faults -----------------------------------------------------------------------------------------------------

    def faults(self) -> list[Rule]:
        """List the rules in force."""
        return self._faults.all()

    def order_faults(self, rules: list[Mapping[str, Any]], *, by: By = _CALL) -> list[Rule]:
        """Put these rules in the place of those ordered before."""
        with self._lock:
            self._faults.order(rules)
            self._note(Act(by.method, by.path or "/control/faults", f"{len(rules)} faults ordered"))
            return self._faults.all()

    def add_faults(self, *rules: Mapping[str, Any], by: By = _CALL) -> list[Rule]:
        """Put more rules in force; all of them or, where one is wrong, none."""
        with self._lock:
            fresh = self._faults.add(rules)
            for rule in fresh:
                told = f"fault added: {rule.action.name}"
                self._note(Act(by.method, by.path or "/control/faults", told, status=201, rule=rule.number))
            return fresh

    def remove_fault(self, number: int | None = None, *, by: By = _CALL) -> None:
        """Take one rule out of force, or all."""
        with self._lock:
            if number is None:
                self._faults.clear()
            elif not self._faults.remove(number):
                raise RefusedOrderError(404, f"There is no fault number {number}.")
            told = "all faults removed" if number is None else "fault removed"
            self._note(Act(by.method, by.path or "/control/faults", told, status=204, rule=number))

    def _note(self, act: Act) -> None:
        self._log.write_act(act, at=log_time(self._clock()))
