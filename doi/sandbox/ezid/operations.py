"""What is done with identifiers, each thing in the order of EZID's own checks (EZID 018515e8, api.py, ezid.py)."""

from datetime import timedelta

from doi.sandbox.accounts import Account, Accounts
from doi.sandbox.behaviour import Behaviour
from doi.sandbox.clock import Clock, iso
from doi.sandbox.ezid import anvl, elements, identifiers, reading
from doi.sandbox.ezid.gate import BusyError, Gate
from doi.sandbox.ezid.handover import hand_over
from doi.sandbox.ezid.judgement import judge
from doi.sandbox.ezid.reading import Exchange
from doi.sandbox.ezid.refusals import RefusalError, bad_request, busy, forbidden, status_line
from doi.sandbox.ezid.shoulders import Shoulders
from doi.sandbox.ezid.sign_in import SignIn
from doi.sandbox.messages import Response
from doi.sandbox.names import fold, minted_suffix
from doi.sandbox.store import Record, Store

_TEST_LIFE = timedelta(weeks=2)


class Operations:
    """Create, read, update, delete and mint; `latency` is how long, in seconds, an operation runs."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        store: Store,
        clock: Clock,
        sign_in: SignIn,
        latency: float,
        behaviour: Behaviour,
    ) -> None:
        self._accounts = accounts
        self._shoulders = Shoulders(accounts)
        self._store = store
        self._clock = clock
        self._sign_in = sign_in
        self._gate = Gate(latency)
        self._behaviour = behaviour

    def create(self, exchange: Exchange) -> Response:
        """`PUT /id/{id}`: 201 for a new identifier, and with `update_if_exists` for a changed one too."""
        account = self._sign_in.required(exchange)
        put = reading.elements(exchange.request)
        options = reading.options(exchange.request, "update_if_exists")
        name = _name(exchange)
        self._enter(exchange, account, name)
        return self._insert(exchange, account, name, put, update=options.get("update_if_exists", False))

    def mint(self, exchange: Exchange) -> Response:
        """`POST /shoulder/{shoulder}`: EZID draws the name, and draws another next time even if this create fails."""
        account = self._sign_in.required(exchange)
        put = reading.elements(exchange.request)
        reading.options(exchange.request)
        shoulder = self._shoulders.find(exchange.argument)
        if shoulder is None:
            raise bad_request("no such shoulder")
        if not self._shoulders.mints(shoulder):
            raise bad_request("shoulder does not support minting")
        name = fold(shoulder + minted_suffix())
        self._enter(exchange, account, name)
        return self._insert(exchange, account, name, put, update=False)

    def update(self, exchange: Exchange) -> Response:
        """`POST /id/{id}`: merge, element by element."""
        account = self._sign_in.required(exchange)
        put = reading.elements(exchange.request)
        reading.options(exchange.request)
        name = _name(exchange)
        self._enter(exchange, account, name)
        self._change(exchange, account, self._required(name), put)
        return status_line(200, f"success: {identifiers.shown(name)}")

    def delete(self, exchange: Exchange) -> Response:
        """`DELETE /id/{id}`: only what is reserved."""
        account = self._sign_in.required(exchange)
        reading.options(exchange.request)
        name = _name(exchange)
        self._enter(exchange, account, name)
        record = self._required(name)
        _note(exchange, record)
        if not self._shoulders.may_act_for(account, record.owner):
            raise forbidden()
        if record.status != "reserved":
            raise bad_request("identifier status does not support deletion")
        self._store.delete(record)
        exchange.trace.after = None
        return status_line(200, f"success: {identifiers.shown(name)}")

    def read(self, exchange: Exchange) -> Response:
        """`GET /id/{id}`: for anybody, whatever the status."""
        account = self._sign_in.caller(exchange)
        options = reading.options(exchange.request, "prefix_match")
        name = _name(exchange)
        self._enter(exchange, account, name)
        record = self._read(exchange, name)
        line = f"success: {identifiers.shown(name)}"
        if record is None and options.get("prefix_match"):
            shorter = (self._read(exchange, name[:length]) for length in range(len(name) - 1, 0, -1))
            record = next((each for each in shorter if each is not None), None)
            if record is not None:
                line = f"success: {identifiers.shown(record.name)} in_lieu_of {identifiers.shown(name)}"
        if record is None:
            raise _absent()
        _note(exchange, record)
        return status_line(200, line, body=anvl.write(elements.shown(record)))

    # -- storing ----------------------------------------------------------------------------------------------------

    def _insert(
        self, exchange: Exchange, account: Account, name: str, put: dict[str, str], *, update: bool
    ) -> Response:
        exchange.trace.doi = name
        if not self._shoulders.may_create(account, name):
            raise forbidden()
        known = self._find(name)
        if known is not None:
            _note(exchange, known)
        now = iso(self._clock())
        fresh = Record("ezid", name, account.id, "public", "", now, now)
        elements.put(fresh, put, is_new=True, accounts=self._accounts)
        is_crossref = self._shoulders.is_crossref(name)
        if is_crossref or "_crossref" in fresh.metadata:
            elements.mark_crossref(fresh)
        judge(fresh, crossref_shoulder=is_crossref)
        self._check_owner(account, account.id, fresh.owner)
        line = f"success: {identifiers.shown(name)}"
        if known is None:
            self._keep(exchange, fresh)
            return status_line(201, f"{line} | {identifiers.shadow_ark(name)}")
        if not update:
            raise bad_request("identifier already exists, cannot create")
        self._change(exchange, account, known, put)
        return status_line(201, line)

    def _change(self, exchange: Exchange, account: Account, known: Record, put: dict[str, str]) -> None:
        """Merge elements into a copy of what is known, and keep it when all of it is right."""
        _note(exchange, known)
        if not self._shoulders.may_act_for(account, known.owner):
            raise forbidden()
        record = known.changed(updated=iso(self._clock()))
        elements.put(record, put, is_new=False, accounts=self._accounts)
        if "_crossref" in record.metadata:
            elements.mark_crossref(record)
        judge(record, crossref_shoulder=self._shoulders.is_crossref(record.name))
        self._check_owner(account, known.owner, record.owner)
        self._keep(exchange, record)

    def _check_owner(self, account: Account, before: str, after: str) -> None:
        if after != before and not self._shoulders.may_act_for(account, after):
            raise bad_request("ownership change prohibited")

    def _keep(self, exchange: Exchange, record: Record) -> None:
        hand_over(record, now=self._clock(), usual=self._behaviour.handover, effects=exchange.trace.effects)
        self._store.save(record)
        exchange.trace.after, exchange.trace.url = record.state, record.url

    # -- finding ----------------------------------------------------------------------------------------------------

    def _enter(self, exchange: Exchange, account: Account | None, name: str) -> None:
        try:
            exchange.delay = self._gate.enter(account.id if account is not None else "anonymous", name)
        except BusyError:
            raise busy() from None

    def _required(self, name: str) -> Record:
        record = self._find(name)
        if record is None:
            raise _absent()
        return record

    def _find(self, name: str) -> Record | None:
        """Find a record; what was made under a test shoulder is deleted after two weeks."""
        record = self._store.get("ezid", name)
        if record is not None and identifiers.is_test(name):
            age = self._clock().timestamp() - elements.unix(record.created)
            if age >= _TEST_LIFE.total_seconds():
                self._store.delete(record)
                return None
        return record

    def _read(self, exchange: Exchange, name: str) -> Record | None:
        behind = exchange.trace.effects.stale
        if not behind:
            return self._find(name)
        return self._store.as_of("ezid", name, self._clock() - timedelta(seconds=behind))


def _name(exchange: Exchange) -> str:
    name = identifiers.name_of(exchange.argument)
    if name is None:
        raise bad_request("invalid identifier")
    exchange.trace.doi = name
    return name


def _note(exchange: Exchange, record: Record) -> None:
    exchange.trace.before = exchange.trace.after = record.state
    exchange.trace.url = record.url


def _absent() -> RefusalError:
    return bad_request("no such identifier")
