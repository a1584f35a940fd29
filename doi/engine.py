"""
claim → plan → send → record, for one account at a time.

All database work is in the calling thread, in short transactions, none open while a request is away; all network is in
the pool's threads. Killed anywhere, it leaves rows that the next drain understands: claimed and not sent (freed at
once), or marked as being sent (looked at after the lease).
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from doi import claims, clock, history, plan, transitions
from doi.bucket import Wallet, pause
from doi.connections import connect
from doi.errors import AccountNotReadyError, SealError
from doi.exchange import Answer, Order, perform, requests_of
from doi.judgement import Judged, judge, next_name, payload
from doi.models import Account, Doi, DoiEvent, Login
from doi.outcomes import Outcome, of_answer, of_fact
from doi.registries.base import Registry
from doi.states import Provider, Step
from doi.transitions import Change

log = logging.getLogger(__name__)

# A drain makes way for others after this share of the lease; whoever rang it rings again.
LONGEST_DRAIN = 120 / 300
UNAVAILABLE_IN_A_ROW = 5


@dataclass(slots=True)
class Drained:
    """What one drain did: requests answered, and whether it stopped with work left."""

    answers: int = 0
    more: bool = False


@dataclass(slots=True)
class _Sending:
    judged: Judged
    order: Order


@dataclass(slots=True)
class Drain:
    """One account's work, while this process holds it."""

    account: Account
    token: int
    registry: Registry
    pool: ThreadPoolExecutor
    stop: Callable[[], bool]
    wallet: Wallet
    limit: int
    waiting: deque[tuple[Judged, plan.Send]] = field(default_factory=deque)
    flying: dict[Future[Answer], _Sending] = field(default_factory=dict)
    done: Drained = field(default_factory=Drained)
    unavailable: int = 0
    halted: bool = False
    proven: bool = False
    renewed: float = field(default_factory=time.monotonic)
    claimed_at: float = field(default_factory=time.monotonic)

    # --- the loop -----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until nothing is due, the account's registry fails, the hold is lost or somebody asks to stop."""
        began = time.monotonic()
        while True:
            over = self.halted or self.stop() or time.monotonic() - began > settings.DOI_LEASE * LONGEST_DRAIN
            if not over:
                self._renew()
                if len(self.waiting) < self._slots():
                    self._claim()
                self._send()
            elif not self.flying:
                break
            if not self.flying and not self.waiting:
                break
            self._record_finished()
        self.done.more = bool(self.waiting)
        self._give_back_waiting()

    def _slots(self) -> int:
        """A login starts slowly: one call until the first success of this drain, then up to its limit."""
        return (self.limit if self.proven else 1) - len(self.flying)

    def _renew(self) -> None:
        if time.monotonic() - self.renewed < claims.hold_length().total_seconds() / 4:
            return
        self.renewed = time.monotonic()
        self.halted |= not claims.renew(self.account.pk, self.token, now=clock.now())

    # --- claim and plan -----------------------------------------------------------------------------------------

    def _claim(self) -> None:
        now = clock.now()
        leases = claims.claim(self.account.pk, limit=claims.BATCH, now=now)
        if not leases:
            return
        self.claimed_at = time.monotonic()
        changes: list[Change] = []
        events: list[DoiEvent] = []
        for doi in claims.load(leases):
            judged = judge(doi)
            decision = plan.decide(judged.snapshot, now)
            if isinstance(decision, plan.Send):
                self.waiting.append((judged, decision))
            elif isinstance(decision, plan.Note):
                outcome = of_fact(doi, decision.fact)
                events.append(_outcome_event(doi, outcome, step="", now=now))
                changes.append(_change(doi, {**outcome.values, "next_attempt_at": now}))
            else:
                changes.append(_change(doi, _waiting_values(decision)))
        with transaction.atomic():
            transitions.write(changes)
            history.record(events)

    # --- send ---------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        """Mark a slice as being sent, commit, then send it: a crash leaves an intent, never an unknown DOI."""
        self._drop_stale()
        now = clock.now()
        batch: list[tuple[Judged, plan.Send]] = []
        while self.waiting and len(batch) < self._slots():
            judged, decision = self.waiting[0]
            cost = requests_of(decision.step, reads_back=self.account.login.provider == Provider.EZID)
            if not self.wallet.spend(cost, lane=judged.doi.lane, now=now):
                break
            batch.append(self.waiting.popleft())
        if batch:
            self._mark_and_submit(batch, now=now)
        elif self.waiting and not self.flying:
            # The budget is spent for the moment. Claims stay ours: the hold is renewed while we wait.
            time.sleep(0.05)

    def _drop_stale(self) -> None:
        """What waited here for too long is given back: its lease may end while a request is away."""
        if self.waiting and time.monotonic() - self.claimed_at > settings.DOI_LEASE * LONGEST_DRAIN:
            self._give_back_waiting()

    def _mark_and_submit(self, batch: Iterable[tuple[Judged, plan.Send]], *, now: datetime) -> None:
        sendings: list[_Sending] = []
        changes: list[Change] = []
        for judged, decision in batch:
            doi = judged.doi
            # A row found marked is one whose worker died while sending it.
            doi.deaths += 1 if doi.step else 0
            doi.step, doi.attempts = decision.step, doi.attempts + 1
            order = Order(
                step=decision.step,
                payload=payload(judged, decision.step),
                state=judged.snapshot.state,
                to=decision.to,
                owner=self.account.login.account_id.lower(),
            )
            doi.step_generation = _generation_sent(judged, order)
            sendings.append(_Sending(judged, order))
            changes.append(_mark(doi, now=now))
        with transaction.atomic():
            marked = transitions.write(changes)
            ours = [each for each in sendings if each.judged.doi.pk in marked]
            history.record(_attempt_event(each.judged.doi, now=now) for each in ours)
        for each in ours:
            self.flying[self.pool.submit(self._exchange, each.order)] = each

    def _exchange(self, order: Order) -> Answer:
        answer = perform(self.registry, order)
        pause_ms = settings.PAUSE_MS[self.account.login.provider]
        if pause_ms:
            time.sleep(pause_ms / 1000)
        return answer

    # --- record -------------------------------------------------------------------------------------------------

    def _record_finished(self) -> None:
        if not self.flying:
            return
        finished, _ = wait(self.flying, timeout=0.5, return_when=FIRST_COMPLETED)
        if not finished:
            return
        now = clock.now()
        changes: list[Change] = []
        events: list[DoiEvent] = []
        for future in finished:
            sending = self.flying.pop(future)
            doi, step = sending.judged.doi, sending.order.step
            before = doi.state
            outcome = of_answer(doi, step, future.result(), now=now)
            self._heed(outcome, now=now)
            values = self._with_next(sending.judged, outcome, now=now)
            changes.append(_change(doi, values, facts=True))
            events.append(_outcome_event(doi, outcome, step=step, now=now, before=before))
        with transaction.atomic():
            transitions.write(changes)
            history.record(events)
        self.done.answers += len(finished)

    def _with_next(self, judged: Judged, outcome: Outcome, *, now: datetime) -> dict[str, object]:
        """The outcome's values and when to look again, decided at once on the row as it will be."""
        doi, values = judged.doi, dict(outcome.values)
        if outcome.rename:
            values["name"], values["name_attempt"] = _free_name(doi)
        if outcome.parked:
            return {**values, "next_attempt_at": None}
        if outcome.retry_at is not None:
            return {**values, "next_attempt_at": outcome.retry_at}
        for name, value in values.items():
            setattr(doi, name, value)
        decision = plan.decide(judge(doi).snapshot, now)
        if isinstance(decision, plan.Wait):
            return {**values, **_waiting_values(decision)}
        return {**values, "next_attempt_at": now}

    def _heed(self, outcome: Outcome, *, now: datetime) -> None:
        """What an answer says about everybody behind this account, not only about its row."""
        if outcome.pause_host:
            pause(self.wallet.host, seconds=outcome.pause_host, now=now)
            self.wallet.in_hand = 0
        if outcome.login_refused:
            _refuse_login(self.account.login, outcome.login_refused, now=now)
            self.halted = True
        self.unavailable = self.unavailable + 1 if outcome.unavailable else 0
        self.proven |= not outcome.unavailable and not outcome.login_refused
        self.halted |= self.unavailable >= UNAVAILABLE_IN_A_ROW

    def _give_back_waiting(self) -> None:
        leases = [(judged.doi.pk, judged.doi.lease_token) for judged, _ in self.waiting]
        self.waiting.clear()
        if leases:
            claims.give_back(leases, now=clock.now())


def drain(account_id: int, *, stop: Callable[[], bool] = lambda: False) -> Drained:
    """Do what is due for one account. Returns at once when another process holds it or it may not be used."""
    token = claims.hold(account_id, now=clock.now())
    if token is None:
        return Drained()
    until: datetime | None = None
    done = Drained()
    try:
        account = Account.objects.select_related("login").get(pk=account_id)
        claims.free_unsent(account_id, now=clock.now())
        if account.login.is_usable:
            work = _drain_held(account, token, stop)
            done = work.done
            if work.unavailable >= UNAVAILABLE_IN_A_ROW:
                # Its registry does not answer: leave it alone for a while, everybody else goes on.
                until = clock.now() + timedelta(seconds=settings.DOI_LEASE / 5)
    finally:
        claims.let_go(account_id, token, until=until)
    return done


def _drain_held(account: Account, token: int, stop: Callable[[], bool]) -> "Drain | _Unopened":
    limit = settings.MAX_IN_FLIGHT[account.login.provider]
    try:
        registry = connect(account.login)
    except (SealError, AccountNotReadyError) as error:
        _refuse_login(account.login, str(error), now=clock.now())
        return _Unopened()
    try:
        with ThreadPoolExecutor(max_workers=limit, thread_name_prefix=f"account-{account.pk}") as pool:
            work = Drain(account, token, registry, pool, stop, Wallet(account), limit)
            work.run()
            return work
    finally:
        registry.close()


@dataclass(slots=True)
class _Unopened:
    """A drain that could not begin, as its credential does not open."""

    done: Drained = field(default_factory=Drained)
    unavailable: int = 0


# --- rows -------------------------------------------------------------------------------------------------------


def _change(doi: Doi, values: dict[str, object], *, facts: bool = False) -> Change:
    return Change(doi.pk, doi.lease_token, doi.revision, values, only_if_unchanged=not facts)


def _waiting_values(decision: plan.Wait) -> dict[str, object]:
    obstacle = decision.obstacle
    return {
        "next_attempt_at": decision.until,
        "leased_until": None,
        "attention": obstacle.code[:60] if obstacle else "",
        "attention_text": obstacle.sentence[:700] if obstacle else "",
    }


def _mark(doi: Doi, *, now: datetime) -> Change:
    """The row as it is committed before its request. With a promotion this is the point of no return."""
    values: dict[str, object] = {
        "step": doi.step,
        "step_generation": doi.step_generation,
        "attempts": doi.attempts,
        "deaths": doi.deaths,
        "create_sent_at": now if doi.step == Step.CREATE else doi.create_sent_at,
    }
    return _change(doi, values)


def _generation_sent(judged: Judged, order: Order) -> int:
    """What will be confirmed: a bare hide leaves the metadata at the registry as it was."""
    if order.step == Step.HIDE and order.payload.attributes is None and order.payload.xml is None:
        return judged.doi.confirmed_generation
    return judged.doi.generation


def _free_name(doi: Doi) -> tuple[str, int]:
    """The next derived name that nobody here has."""
    while True:
        doi.name, doi.name_attempt = next_name(doi)
        if not Doi.objects.filter(environment=doi.environment, name=doi.name).exclude(pk=doi.pk).exists():
            return doi.name, doi.name_attempt


def _refuse_login(login: Login, words: str, *, now: datetime) -> None:
    """Nothing more is sent with this credential until a check has passed."""
    changed = Login.objects.filter(pk=login.pk, refused_at__isnull=True).update(
        refused_at=now, refusal=words[:500]
    )
    if changed:
        log.warning("login_refused login=%s", login.pk)
        history.record(
            [
                DoiEvent(
                    at=now,
                    organization_id=login.organization_id,
                    actor="engine",
                    event="login_refused",
                    account=f"{login.provider}:{login.account_id}",
                    detail={"words": words},
                )
            ]
        )


# --- history ----------------------------------------------------------------------------------------------------


def _attempt_event(doi: Doi, *, now: datetime) -> DoiEvent:
    return history.doi_event(
        doi,
        event="attempt",
        at=now,
        actor="engine",
        step=doi.step,
        attempt=doi.attempts,
        from_state=doi.state,
    )


def _outcome_event(doi: Doi, outcome: Outcome, *, step: str, now: datetime, before: str = "") -> DoiEvent:
    return history.doi_event(
        doi,
        event="outcome" if step else "noted",
        at=now,
        actor="engine",
        step=step,
        attempt=doi.attempts if step else None,
        from_state=before or doi.state,
        to_state=outcome.values.get("state", doi.state),
        outcome=outcome.word,
        detail={"words": outcome.detail} if outcome.detail else {},
    )
