"""
claim → plan → send → record, for one account that this process holds.

All database work is in the calling thread, in short transactions, none open while a request is away; all network is in
the pool's threads. Killed anywhere, it leaves rows that the next drain understands: claimed and not sent (freed at
once), or marked as being sent (looked at after the lease).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from doi import breakers, claims, clock, history, outcomes, plan, recording, rows, transitions
from doi.breakers import Pulse
from doi.bucket import Wallet
from doi.connections import Opening
from doi.errors import RegistryUnavailableError
from doi.exchange import Answer, Order, perform, probe, requests_of
from doi.failpoints import pass_point
from doi.models import Account, Doi, DoiEvent
from doi.outcomes import Outcome
from doi.registries.base import Registry
from doi.relations import Lineages, Turn
from doi.rows import Ready
from doi.states import Provider, State, Step
from doi.stops import Watch
from doi.transitions import Change

log = logging.getLogger(__name__)

# Shares of the lease. A drain makes way for others after the first, and nothing claimed is sent later than that.
LONGEST_DRAIN = 120 / 300
FRESH = 5 / 300
REST = 60 / 300
# After this turn an account makes way where others wait, and goes on when its turn comes again.
TURN = 10 / 300
# A request that had to wait for a free connection for longer is not begun: its longest course must fit in the lease.
QUEUED = 60 / 300
# Seconds: how soon a drain heeds what another was told by the registry.
LISTENING = 0.1


@dataclass(slots=True)
class Drained:
    """What one drain did: requests answered, and whether it stopped with work left."""

    answers: int = 0
    more: bool = False


@dataclass(slots=True)
class Drain:
    """One account's work, while this process holds it."""

    account: Account
    token: int
    registry: Registry
    pool: ThreadPoolExecutor
    stop: Callable[[], bool]
    wallet: Wallet
    pulse: Pulse
    limit: int
    opening: Opening
    waiting: list[Ready] = field(default_factory=list)
    flying: dict[Future[Answer], Ready] = field(default_factory=dict)
    done: Drained = field(default_factory=Drained)
    unavailable: int = 0
    halted: bool = False
    makes_way: bool = False
    proven: bool = False
    exhausted: bool = False
    began: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)
    looked: float = 0.0
    listened: float = 0.0
    watch: Watch = field(default_factory=Watch)
    pause_ends: float = 0.0
    closed: threading.Event = field(default_factory=threading.Event)

    # --- the loop -----------------------------------------------------------------------------------------------

    def run(self, *, half_open: bool = False) -> None:
        """
        Until nothing is due, the account's registry fails, the hold is lost or somebody asks to stop.

        `half_open`: the registry did not answer of late; one request that changes nothing comes before all others.
        """
        self.pulse.refresh(now=clock.now())
        if half_open:
            self._ask()
        while True:
            self._renew()
            self._listen()
            over = self.halted or self.makes_way or self.stop() or self._is_older_than(LONGEST_DRAIN)
            if not over:
                self._claim()
                self._send()
            self.watch.look_after(
                [each.doi for each in self.flying.values() if each.order.step == Step.PROMOTE]
            )
            if not self.flying and (over or (self.exhausted and not self.waiting)):
                break
            self._record_finished()
        self.done.more = not self.halted and bool(self.waiting or not self.exhausted)
        self._give_back(self.waiting)
        self.waiting.clear()
        self.wallet.close(now=clock.now())

    def _is_older_than(self, share: float) -> bool:
        return bool(time.monotonic() - self.began > settings.DOI_LEASE * share)

    def _slots(self) -> int:
        """
        How many more to mark. A login starts slowly: one call until the first success, then up to its limit.

        From then on as many again are marked and wait in the pool, so that no connection waits for the database.
        """
        if time.monotonic() < self.pause_ends or any(each.alone for each in self.flying.values()):
            return 0
        if self.waiting and self.waiting[0].alone:
            return 0 if self.flying else 1
        at_once = self.limit if self.proven else 1
        ahead = at_once if self.proven and not self._pause() else 0
        return at_once + ahead - len(self.flying)

    def _pause(self) -> float:
        return float(settings.PAUSE_MS[self.account.login.provider]) / 1000

    def _halt(self) -> None:
        """Nothing more is claimed or marked, and what waits in the pool is not begun."""
        self.halted = True
        self.closed.set()

    def _renew(self) -> None:
        """Keep the hold, and notice within seconds that somebody paused the login, or that others wait or fail."""
        if time.monotonic() - self.renewed < settings.DOI_LEASE * FRESH:
            return
        self.renewed = time.monotonic()
        pass_point("hold.renew")
        kept = claims.renew(self.account.pk, self.token, now=clock.now())
        pass_point("hold.renewed")
        self.account.login.refresh_from_db()
        self.pulse.refresh(now=clock.now())
        if not (kept and self.account.login.is_usable):
            self._halt()
        self.makes_way |= self._is_older_than(TURN) and claims.others_wait(clock.now())

    def _listen(self) -> None:
        """Whether the registry asked somebody to wait, or answers nobody: then everybody waits, here within a moment."""
        if self.halted or time.monotonic() - self.listened < LISTENING:
            return
        self.listened = time.monotonic()
        if self.pulse.is_open or self.wallet.paused_until(now=clock.now()) is not None:
            self._halt()

    def _ask(self) -> None:
        """Half open: a probe says whether the registry is back. It may hang for as long as any call, and the hold stays."""
        self.wallet.charge(1)
        asked = self.pool.submit(probe, self.registry)
        while not wait([asked], timeout=self._blink())[0]:
            self._renew()
        answer, login, now = asked.result(), self.account.login, clock.now()
        if isinstance(answer.error, RegistryUnavailableError):
            breakers.probe_failed(login, now=now)
            self.wallet.pause(answer.error.retry_after or 0.0, now=now)
            recording.tell_waiting(login, now=now)
            self._halt()
        else:
            breakers.answered(login)
            if answer.error is not None:
                recording.refuse_login(login, str(answer.error), opening=self.opening, now=now)
                self._halt()
        self.pulse.refresh(now=now)

    # --- claim and plan -----------------------------------------------------------------------------------------

    def _claim(self) -> None:
        below = None
        if self.waiting and len(self.waiting) >= self._slots():
            # Enough to send; but a person's wish does not wait behind what was claimed before it.
            below = self.waiting[0].doi.lane
            if not below or time.monotonic() - self.looked < settings.DOI_LEASE * FRESH / 10:
                return
        elif self.flying and time.monotonic() - self.looked < settings.DOI_LEASE * FRESH / 100:
            return
        self.looked = time.monotonic()
        now = clock.now()
        pass_point("claim.begin")
        leases = claims.claim(self.account.pk, limit=claims.BATCH, now=now, below=below)
        if below is None:
            self.exhausted = not leases
        if leases:
            pass_point("claim.committed")
            # Claimed again, as somebody's wish made it due: what was decided under the older lease is void.
            self.waiting = [each for each in self.waiting if each.doi.pk not in leases]
            self._take_in(claims.load(leases), now=now)

    def _take_in(self, claimed: Sequence[Doi], *, now: datetime) -> None:
        changes: list[Change] = []
        events: list[DoiEvent] = []
        lineages = Lineages(doi for doi in claimed if doi.is_permanent)
        pass_point("claim.loaded")
        # After the rows: what was lifted before they were read must not keep them waiting.
        stops = self.watch.read()
        for doi in claimed:
            around = lineages.around(doi) if doi.is_permanent else None
            found = rows.decided(doi, now=now, stops=stops, around=around)
            pass_point("decide.row")
            if isinstance(found, Ready):
                self.waiting.append(found)
            elif isinstance(found, plan.Wait):
                changes.append(rows.change(doi, outcomes.of_wait(found)))
            else:
                due = None if found.parked else found.retry_at or now
                step = doi.step if rows.has_died(doi) else ""
                events.append(rows.outcome_event(doi, found, step=step, now=now))
                # What was being sent when its worker died is a fact; everything else is a decision on a wish.
                changes.append(
                    rows.change(doi, {**found.values, "next_attempt_at": due}, facts=bool(doi.step))
                )
        pass_point("decide.all")
        recording.commit(changes, events)
        pass_point("decide.committed")
        self.waiting.sort(key=lambda each: (not each.alone, each.doi.lane))

    # --- send ---------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        """Mark a slice as being sent, commit, then send it: a crash leaves an intent, never an unknown DOI."""
        stale = [each for each in self.waiting if each.is_older_than(LONGEST_DRAIN)]
        self._set_back(stale)
        now = clock.now()
        batch = self._affordable(now=now)
        if batch:
            self._mark_and_submit(batch, now=now)
        elif self.waiting and not self.flying:
            # The budget is spent for the moment. Claims stay ours: the hold is renewed while we wait.
            time.sleep(0.02)

    def _affordable(self, *, now: datetime) -> list[Ready]:
        """What may be sent now: slots free, paid for, its turn come, and still wanted."""
        batch: list[Ready] = []
        slots, reads_back = self._slots(), self.account.login.provider == Provider.EZID
        unpaid: set[int] = set()
        for each in list(self.waiting):
            if len(batch) >= slots:
                break
            others = [*self.waiting, *batch, *self.flying.values()]
            if each.doi.lane in unpaid or any(other.goes_before(each) for other in others):
                continue
            cost = requests_of(each.order.step, reads_back=reads_back)
            if not self.wallet.spend(cost, lane=each.doi.lane, now=now):
                unpaid.add(each.doi.lane)
                continue
            self.waiting.remove(each)
            pass_point("budget.spent")
            batch += self._still_to_promote(each, now=now)
        return batch

    def _still_to_promote(self, each: Ready, *, now: datetime) -> list[Ready]:
        """A promotion claimed a while ago is decided again: a switch that stops it works within seconds."""
        if each.order.step != Step.PROMOTE:
            return [each]
        found: Ready | object = each
        if each.is_older_than(FRESH) or self.watch.registry is not None:
            loaded = claims.load({each.doi.pk: each.doi.lease_token})
            found = rows.decided(loaded[0], now=now, stops=self.watch.recent()) if loaded else None
            pass_point("promote.asked_again")
        still = isinstance(found, Ready) and found.order.step == Step.PROMOTE
        if not still or (not self.exhausted and recording.older_one_is_due(each.doi, now=now)):
            self._give_back([each])
            return []
        return [found] if isinstance(found, Ready) else []

    def _mark_and_submit(self, batch: Sequence[Ready], *, now: datetime) -> None:
        changes: list[Change] = []
        events: dict[int, list[DoiEvent]] = {}
        for each in batch:
            doi = each.doi
            before = [rows.unknown_event(doi, now=now)] if each.died else []
            # A row found marked is one whose answer nobody recorded.
            doi.uncertain = doi.uncertain or bool(doi.step)
            # While a promotion is in doubt the row says so, whatever is asked meanwhile: it cannot be taken back.
            in_doubt = doi.step == Step.PROMOTE and doi.state == State.DRAFT
            doi.step = Step.PROMOTE if in_doubt else each.order.step
            doi.attempts, doi.step_generation = doi.attempts + 1, doi.generation
            changes.append(rows.mark(each, now=now))
            events[doi.pk] = [*before, rows.attempt_event(each, now=now)]
        pass_point("mark.begin")
        with transaction.atomic():
            marked = transitions.write(changes)
            pass_point("mark.rows")
            history.record(event for pk in events if pk in marked for event in events[pk])
            pass_point("mark.told")
        pass_point("mark.committed")
        ours = [each for each in batch if each.doi.pk in marked]
        self._give_back(each for each in batch if each.doi.pk not in marked)
        lineages = Lineages(each.doi for each in ours if each.names_neighbours)
        for each in ours:
            if each.order.step == Step.PROMOTE:
                pass_point("mark.past_return")
            if each.names_neighbours:
                each.relate(lineages)
                pass_point("mark.related")
            self.watch.called_off.discard(each.doi.pk)
            order = replace(each.order, is_called_off=partial(self.watch.is_called_off, each.doi.pk))
            self.flying[self.pool.submit(self._exchange, order, time.monotonic(), time.time())] = each
            pass_point("mark.submitted")

    def _exchange(self, order: Order, marked: float, marked_wall: float) -> Answer:
        longest = settings.DOI_LEASE * QUEUED
        late = time.monotonic() - marked > longest or time.time() - marked_wall > longest
        if late or self.closed.is_set() or (order.step == Step.PROMOTE and order.is_called_off()):
            # Its connection was not free in time, this process slept, or nothing more may be sent.
            return Answer(unsent=True)
        try:
            pass_point("request.begin")
            answer = perform(self.registry, order)
            pass_point("request.answered")
        except Exception:
            # Whatever it was, this row has an outcome, and the others have theirs.
            log.exception("exchange_failed step=%s", order.step)
            sentence = _("This service failed over the request or its answer; its operators' log says why.")
            return Answer(error=RegistryUnavailableError(sentence, sent=True))
        if answer.credential_refused:
            self.closed.set()
        return answer

    # --- record -------------------------------------------------------------------------------------------------

    def _record_finished(self) -> None:
        if not self.flying:
            return
        finished, _flying = wait(self.flying, timeout=self._blink(), return_when=FIRST_COMPLETED)
        if not finished:
            return
        now = clock.now()
        changes: list[Change] = []
        events: list[DoiEvent] = []
        turns: list[Turn] = []
        for future in finished:
            each = self.flying.pop(future)
            doi, step = each.doi, each.order.step
            answer = future.result()
            pass_point("record.in_hand")
            outcome = rows.answered(each, answer, now=now)
            self.wallet.charge(answer.extra)
            self.watch.hear(answer.clocks, answer.record.date if answer.record is not None else None)
            if not answer.unsent:
                self._heed(outcome, step=step, now=now)
            pass_point("record.heeded")
            event = rows.outcome_event(doi, outcome, step=step, now=now)
            turn = rows.turn(doi, outcome)
            turns += [turn] if turn is not None else []
            values = recording.with_next(each, outcome, now=now, stops=self.watch.stops)
            if outcome.rename:
                event.detail = {**event.detail, "name": values["name"]}
            events.append(event)
            changes.append(rows.change(doi, values, facts=True))
        recording.commit(changes, events, always=True, turns=turns)
        pass_point("record.done")
        self._tell(now=now)
        self.done.answers += len(finished)
        self.exhausted = False
        self.pause_ends = time.monotonic() + self._pause()

    @staticmethod
    def _blink() -> float:
        """How long to wait for an answer before looking around, in seconds."""
        return float(min(LISTENING, settings.DOI_LEASE * FRESH))

    def _heed(self, outcome: Outcome, *, step: Step, now: datetime) -> None:
        """What an answer says about everybody behind this account, not only about its row."""
        if outcome.pause_host:
            # It answers, and asks to wait: that is no outage.
            self.wallet.pause(outcome.pause_host, now=now)
            self._halt()
        elif outcome.unavailable or step != Step.LOOK:
            # That it shows records does not tell that it takes changes again.
            self.pulse.hear(answered=not outcome.unavailable, now=now)
        if outcome.login_refused:
            recording.refuse_login(self.account.login, outcome.login_refused, opening=self.opening, now=now)
            self._halt()
        self.unavailable = self.unavailable + 1 if outcome.unavailable else 0
        self.proven |= not outcome.unavailable and not outcome.login_refused
        # What hangs gives its thread to others after one round: the next drain begins with one call again.
        self.makes_way |= self.unavailable >= (self.limit if self.proven else 1)

    def _tell(self, *, now: datetime) -> None:
        """What was heard is everybody's: where a breaker is open by it, nothing more begins here either."""
        self.pulse.tell(now=now)
        if self.pulse.is_open:
            self._halt()

    def _set_back(self, some: Sequence[Ready]) -> None:
        """What waited here for too long is given back: its lease could end while a request is away."""
        if some:
            self._give_back(some)
            self.waiting = [each for each in self.waiting if each not in some]
            self.exhausted = False

    @staticmethod
    def _give_back(some: Iterable[Ready]) -> None:
        leases = [(each.doi.pk, each.doi.lease_token) for each in some]
        if leases:
            pass_point("give_back.begin")
            claims.give_back(leases, due=clock.now())
            pass_point("give_back.done")
