"""
A storm in one process: people, time, faults and deaths in an order that a seed decides, then healing, and the verdict.

Nothing in it depends on how fast the machine is: time is virtual, workers take turns, and a crash is an exception at a
named place. The same seed does the same again, as long as the code is the same.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models import Min, Q
from django.test import override_settings

from doi import chain, claims, clock, connections, engine, looks
from doi.failpoints import armed
from doi.models import Account, Breaker, Budget, Doi, DoiEvent
from doi.registries import open_public_datacite, open_registry, open_resolver
from doi.sandbox.behaviour import Behaviour
from doi.services import back_issue, following
from tests.storm.evidence import faults_of, gathered, out_of_nothing, unrelated
from tests.storm.people import People
from tests.storm.virtual import TurnPool, VirtualTime, VirtualTransport
from tests.storm.weather import faults
from tests.storm.workers import Crew
from tests.support.sandbox import SANDBOX_URL, sandbox_with

RING = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
QUARTER = 15 * 60
# What an attempt came to that settled nothing.
UNSETTLED = {"unavailable", "unknown", "not_sent", "credential_refused", "died", "taken"}


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens in one storm."""

    datasets: int = 2
    acts: int = 40
    workers: int = 3
    share: float = 0.3
    dying: float = 0.004


@dataclass(slots=True)
class Report:
    """What became of a storm. `faults` empty is the only good answer; `tries` are the attempts that each step took."""

    seed: int
    faults: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    tries: list[int] = field(default_factory=list)
    deaths: int = 0
    requests: int = 0
    struck: int = 0
    permanent: int = 0
    passed: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        acts = "\n".join(f"  {each}" for each in self.told)
        wrong = "\n".join(f"  {each}" for each in self.faults)
        return f"python -m tests.storm --seeds {self.seed}\nwhat happened:\n{acts}\nwhat is wrong:\n{wrong}"


def p99(tries: list[int]) -> int:
    """The nearest rank; 0 of none."""
    return sorted(tries)[max(0, -(-99 * len(tries) // 100) - 1)] if tries else 0


class Storm:
    """One storm on the database as it is, which is to be empty; it is left as it ended."""

    def __init__(self, seed: int, size: Size | None = None) -> None:
        self.seed, self.size = seed, size or Size()
        self.chance = random.Random(seed)
        self.clock = VirtualTime()
        self.sandbox = sandbox_with(
            datacite=(), ezid=(), clock=self.clock.now, behaviour=Behaviour(list_lag=1.0, handover=60.0)
        )
        self.crew = Crew(self.chance)
        # Drafts that the registry's staff has deleted: what becomes of them a person decides.
        self.deleted: set[str] = set()
        self.report = Report(seed, passed=self.crew.passed)

    def run(self) -> Report:
        with self._place():
            self.found()
            self.crew.hire(self._sweep, count=self.size.workers)
            try:
                self.blow()
                self.heal()
            finally:
                self.crew.dismiss()
            self._judge()
        return self.report

    # --- the place ------------------------------------------------------------------------------------------------

    @contextmanager
    def _place(self) -> Iterator[None]:
        registries = [(p, e) for p in ("datacite", "ezid") for e in ("production", "test")]
        there = override_settings(
            REGISTRY_URLS={each: f"{SANDBOX_URL}/{each[0]}" for each in registries},
            DOI_RESOLVER_URL=f"{SANDBOX_URL}/resolve",
            DOI_ENCRYPTION_KEYS=[RING],
            DOI_LEASE=300,
            DOI_TEST_CLOCK="",
            PAUSE_MS={"datacite": 0, "ezid": 40},
        )
        state = random.getstate()
        with ExitStack() as stack, pytest.MonkeyPatch.context() as patched:
            stack.enter_context(there)
            stack.callback(random.setstate, state)
            stack.callback(self.sandbox.close)
            random.seed(self.seed)
            self.clock.take_over(patched)
            TurnPool.take_over(patched, chance=self.chance, before=self.crew.stops)
            transport = VirtualTransport(self.sandbox, self.clock, self.chance)
            for opens in (open_registry, open_resolver, open_public_datacite):
                patched.setattr(connections, opens.__name__, partial(opens, transport=transport))
            stack.enter_context(armed(self.crew.passes))
            yield

    def _sweep(self) -> bool:
        """What one worker does, again and again; False when there was nothing to do."""
        busy = following.go_on() | back_issue.expand_open_runs()
        accounts = claims.accounts_with_due(clock.now())
        for account in accounts:
            engine.drain(account)
        seen = looks.take()
        if self.chance.random() < 0.05:
            chain.seal(now=clock.now())
        return bool(busy or accounts or seen)

    def found(self) -> None:
        """What there is before the storm."""
        self.people = People(self.chance, self.sandbox, datasets=self.size.datasets)
        self.people.told, self.people.deleted = self.report.told, self.deleted

    # --- the storm ------------------------------------------------------------------------------------------------

    def blow(self) -> None:
        self.sandbox.faults.order(faults(self.chance, share=self.size.share))
        self.crew.dying = self.size.dying
        for _ in range(self.size.acts):
            for _ in range(self.chance.randint(0, 3)):
                self.people.act()
            self.crew.turns(self.chance.randint(5, 60))
            hours = self.chance.choice([0, 0, 0.02, 0.1, 0.5, 6, 30, 100])
            if hours:
                self.report.told.append(f"… {hours} h")
            self.clock.forward(hours * 3600 + self.chance.uniform(0, 5))
            if self.crew.complaints:
                return

    def heal(self) -> None:
        """Faults and deaths stop; in a quarter of an hour all that is not waiting for its window is done."""
        self.sandbox.faults.clear()
        self.crew.dying = 0.0
        self.crew.stopping = 0.02
        self.report.told.append("healed")
        self.people.set_right()
        self.pass_time(QUARTER, grain=2.0)
        now = self.clock.now()
        open_ = Doi.objects.exclude(step="", uncertain=False, leased_until=None, failures=0)
        for doi in open_.exclude(name__in=self.deleted, attention="missing-at-registry"):
            self.report.faults.append(
                f"unsettled: {doi.name} {doi.state} step={doi.step!r} failures={doi.failures}"
                f" uncertain={doi.uncertain} leased={doi.leased_until} next={doi.next_attempt_at} now={now}"
            )
        # Windows, the day after a lifted hold, and the looks that may take thirty hours.
        for hours in (8 * 24, 24, 40, 40):
            self.pass_time(hours * 3600, grain=60.0)

    def pass_time(self, seconds: float, *, grain: float) -> None:
        """Let everybody work whenever there is something to do, and go from one such moment to the next."""
        ends = self.clock.passed + seconds
        while not self.crew.complaints:
            self.crew.until_idle()
            after = self._next_moment()
            wait = (after - self.clock.now()).total_seconds() if after is not None else seconds
            if self.clock.passed + wait >= ends:
                break
            self.clock.forward(max(wait + 0.01, grain))
        self.clock.passed = max(self.clock.passed, ends)
        self.crew.until_idle()

    def _next_moment(self) -> datetime | None:
        now = self.clock.now()
        moments = [
            Doi.objects.filter(next_attempt_at__gt=now).aggregate(at=Min("next_attempt_at"))["at"],
            Doi.objects.filter(look_after__gt=now).aggregate(at=Min("look_after"))["at"],
            Account.objects.filter(drain_until__gt=now).aggregate(at=Min("drain_until"))["at"],
            Breaker.objects.filter(try_at__gt=now).aggregate(at=Min("try_at"))["at"],
            Budget.objects.filter(refilled_at__gt=now).aggregate(at=Min("refilled_at"))["at"],
        ]
        known = [each for each in moments if each is not None]
        return min(known) if known else now + timedelta(hours=1)

    # --- the verdict ----------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        report = self.report
        report.faults += [f"complaint: {each}" for each in self.crew.complaints]
        report.faults += faults_of(gathered(self.sandbox, deleted=self.deleted))
        report.faults += out_of_nothing(self.sandbox)
        report.faults += unrelated(self.sandbox)
        report.faults += self._unresolved()
        while chain.seal(now=clock.now()):
            pass
        report.faults += [f"history: {each}" for each in chain.verify().faults]
        report.tries, unfinished = attempts_per_step()
        report.faults += [f"history: attempt {each} has not one outcome" for each in unfinished]
        report.deaths = self.crew.deaths
        asked = [line for line in self.sandbox.log.recent if line["provider"] != "control"]
        report.requests, report.struck = len(asked), sum(line["fault"] is not None for line in asked)
        report.permanent = Doi.objects.permanent().count()

    def _unresolved(self) -> Iterator[str]:
        for doi in Doi.objects.permanent().filter(~Q(look_after=None) | Q(resolves_since=None)):
            yield f"unresolved: {doi.name}, {doi.looks} looks, again at {doi.look_after}"


def attempts_per_step() -> tuple[list[int], list[Any]]:
    """How many attempts each step took until it was settled, and attempts without exactly one outcome."""
    tries: list[int] = []
    running: Counter[Any] = Counter()
    outcomes: Counter[tuple[Any, Any]] = Counter()
    attempts: Counter[tuple[Any, Any]] = Counter()
    lines = DoiEvent.objects.filter(event__in=["attempt", "outcome"]).order_by("id")
    for doi, event, attempt, outcome in lines.values_list("doi_id", "event", "attempt", "outcome"):
        if event == "attempt":
            attempts[doi, attempt] += 1
            running[doi] += 1
            continue
        outcomes[doi, attempt] += 1
        if outcome not in UNSETTLED:
            tries.append(running.pop(doi, 0))
    tries += running.values()
    keys = attempts.keys() | outcomes.keys()
    return tries, sorted(key for key in keys if (attempts[key], outcomes[key]) != (1, 1))
