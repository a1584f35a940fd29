"""
People, clocks, faults and deaths in any order: a state machine that looks for an order which breaks a promise.

After every rule: one name per version, no record that no row knows, nothing permanent before its window. At the end the
registry is healed, and everything that is wanted must come to be.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from datasets import services
from datasets.models import Dataset
from doi import claims, clock
from doi.errors import DoiError
from doi.judgement import judge
from doi.models import Doi, DoiEvent
from doi.registries.base import CheckResult
from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account as RegistryAccount
from doi.services import accounts, issuance, windows
from doi.services.accounts import OwnAccount
from doi.states import PERMANENT, Environment, State
from tests.doi import breaking
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

WINDOW = timedelta(seconds=604_800)
MILLISECOND = timedelta(milliseconds=1)
TITLE = "River stage readings"
# More for a long look: DOI_MACHINE_EXAMPLES=1000 pytest …
EXAMPLES = int(os.environ.get("DOI_MACHINE_EXAMPLES", "20"))

DATASETS = st.sampled_from([0, 1])
FAULTS = st.sampled_from(sorted(breaking.BREAKAGES))


class Machine(RuleBasedStateMachine):
    """Two datasets of one organization, at one registry."""

    sandbox: Sandbox
    clock: Clock
    own: OwnAccount
    monkeypatch: pytest.MonkeyPatch

    def __init__(self) -> None:
        super().__init__()
        call_command("flush", verbosity=0, interactive=False)
        for record in self.sandbox.store.all():
            self.sandbox.store.delete(record)
        breaking.heal(self.sandbox)
        self.names: dict[Any, str] = {}
        self.asked_for_now: set[Any] = set()

    @initialize(first=st.sampled_from(["public", "private"]))
    def begin(self, first: str) -> None:
        self._let_in()
        place = make.configured(own=self.own)
        self.place = place
        self.keys = [make.dataset(place, f"stage-{each}", visibility=first).pk for each in range(2)]
        for each in self._datasets():
            issuance.switch_on(each, by=make.by())
            make.version(each)

    # --- people -------------------------------------------------------------------------------------------------

    @rule(which=DATASETS)
    def release_the_next(self, which: int) -> None:
        of = self._datasets()[which]
        waiting = of.versions.filter(released_at=None, deleted_at=None).first()
        if waiting is not None:
            self._try(lambda: services.release(waiting, by=make.by()))
        elif of.versions.count() < 3:
            self._try(lambda: make.version(of, f"{of.versions.count() + 1}.0"))

    @rule(which=DATASETS)
    def unrelease(self, which: int) -> None:
        current = services.current_version(self._datasets()[which])
        if current is not None:
            self._try(lambda: services.unrelease(current, by=make.by()))

    @rule(which=DATASETS, on=st.booleans())
    def switch(self, which: int, *, on: bool) -> None:
        of = self._datasets()[which]
        self._try(lambda: (issuance.switch_on if on else issuance.switch_off)(of, by=make.by()))

    @rule(which=DATASETS, visibility=st.sampled_from(["public", "private"]))
    def change_visibility(self, which: int, visibility: str) -> None:
        self._try(lambda: services.set_visibility(self._datasets()[which], visibility, by=make.by()))

    @rule(which=DATASETS)
    def delete_or_restore_the_dataset(self, which: int) -> None:
        of = self._datasets()[which]
        act = services.delete_dataset if of.deleted_at is None else services.restore_dataset
        self._try(lambda: act(of, by=make.by()))

    @rule(which=DATASETS)
    def delete_or_restore_the_first_version(self, which: int) -> None:
        first = self._datasets()[which].versions.order_by("position").first()
        assert first is not None
        act = services.delete_version if first.deleted_at is None else services.restore_version
        self._try(lambda: act(first, by=make.by()))

    @rule(which=DATASETS, number=st.integers(1, 9), whole=st.booleans())
    def edit(self, which: int, number: int, *, whole: bool) -> None:
        creators = make.METADATA["creators"] if whole else []
        record = {**make.METADATA, "creators": creators, "sizes": [f"{number} MB"]}
        self._try(lambda: services.edit_metadata(self._datasets()[which], record, by=make.by()))

    @rule(data=st.data())
    def hold_or_lift(self, data: st.DataObject) -> None:
        doi = self._any(data)
        if doi is not None and doi.held_at is None:
            self._try(lambda: windows.hold(doi, reason="looked at", by=make.by()))
        elif doi is not None:
            self._try(lambda: windows.lift_hold(doi, by=make.by()))

    @rule(data=st.data())
    def make_permanent_now(self, data: st.DataObject) -> None:
        doi = self._any(data)
        if doi is not None and doi.state == State.DRAFT:
            self.asked_for_now.add(doi.landing_id)
            self._try(lambda: windows.make_permanent_now(doi, by=make.by()))

    # --- time, faults and deaths --------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 20, 24 * 60, 5 * 24 * 60, 7 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    @rule()
    def work(self) -> None:
        drain_all()

    @rule(fault=FAULTS, times=st.integers(1, 4), skip=st.integers(0, 2))
    def work_while_answers_break(self, fault: str, times: int, skip: int) -> None:
        action = breaking.BREAKAGES[fault]
        self.sandbox.faults.order([{"times": times, "skip": skip, "action": action}])
        drain_all()
        breaking.heal(self.sandbox)

    @rule(failpoint=st.sampled_from(breaking.FAILPOINTS))
    def a_worker_dies(self, failpoint: str) -> None:
        breaking.crash(self.monkeypatch, failpoint, surely=False)

    @rule(act=st.sampled_from(["unrelease", "hide", "show", "delete", "off"]), which=DATASETS)
    def somebody_acts_while_a_request_is_away(self, act: str, which: int) -> None:
        acts: dict[str, Callable[[], None]] = {
            "unrelease": lambda: self.unrelease(which),
            "hide": lambda: self.change_visibility(which, "private"),
            "show": lambda: self.change_visibility(which, "public"),
            "delete": lambda: self.delete_or_restore_the_dataset(which),
            "off": lambda: self.switch(which, on=False),
        }
        with self.monkeypatch.context() as patched:
            breaking.while_away(patched, acts[act])
            drain_all()

    @precondition(lambda _: bool(claims.accounts_with_due(clock.now())))
    @rule()
    def the_password_is_changed_there_and_then_here(self) -> None:
        self._let_in("changed")
        drain_all()
        own = self.own
        changed = OwnAccount(own.provider, own.environment, own.account_id, own.prefix, password="changed")
        accounts.configure_own(
            self.place, changed, check=CheckResult((), domains="*"), default_on=None, by=make.by()
        )

    # --- what must hold always ----------------------------------------------------------------------------------

    @invariant()
    def one_name_per_version_and_no_record_that_no_row_knows(self) -> None:
        rows = {doi.name: doi for doi in Doi.objects.all()}
        for doi in rows.values():
            if doi.shown_at is not None:
                assert self.names.setdefault(doi.landing_id, doi.name) == doi.name
        records = self.sandbox.records()
        assert {record["name"] for record in records} <= rows.keys()
        assert len({record["url"] for record in records}) == len(records)

    @invariant()
    def nothing_is_permanent_before_its_window(self) -> None:
        for record in self.sandbox.records():
            moves = [(datetime.fromisoformat(each["at"]), each["state"]) for each in record["history"]]
            began, became = moves[0], next((each for each in moves if each[1] in PERMANENT), None)
            assert began[1] == "draft"
            asked = Doi.objects.get(name=record["name"]).landing_id in self.asked_for_now
            assert became is None or asked or became[0] - began[0] >= WINDOW - MILLISECOND

    @invariant()
    def nothing_permanent_is_forgotten(self) -> None:
        for doi in Doi.objects.filter(state__in=PERMANENT):
            assert breaking.record_of(self.sandbox, doi).state in PERMANENT

    # --- what must come to be -----------------------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "place"):
            return
        breaking.heal(self.sandbox)
        breaking.settle(self.clock, hours=1)
        for doi in self._rows():
            self._has_come_to_rest(doi)
        self.nothing_is_permanent_before_its_window()
        self.clock.forward(days=8)
        drain_all()
        for doi in self._rows():
            self._has_come_to_rest(doi)
            ready = not judge(doi).snapshot.gate and not judge(doi).snapshot.metadata
            assert not (doi.state == State.DRAFT and doi.wanted == "permanent" and ready)
        self.one_name_per_version_and_no_record_that_no_row_knows()
        self.clock.forward(minutes=2)
        drain_all()
        for doi in self._rows():
            resolves = doi.state in PERMANENT and doi.environment == Environment.PRODUCTION
            assert (doi.resolves_since is not None, doi.look_after) == (resolves, None)
        self._every_attempt_has_one_outcome()

    def _has_come_to_rest(self, doi: Doi) -> None:
        assert (doi.step, doi.uncertain, doi.leased_until) == ("", False, None)
        refused = judge(doi).snapshot.metadata is not None
        there = self.sandbox.store.get(self.own.provider, doi.name)
        if doi.state in PERMANENT:
            findable = doi.public and doi.withdrawn_at is None
            assert there is not None
            assert there.state == doi.state
            assert doi.state == ("findable" if findable else "registered") or (findable and refused)
            assert doi.confirmed_generation == doi.generation or refused
        elif doi.wanted == "none":
            assert there is None
            assert doi.state == State.DISCARDED or doi.reserved_at is not None
        elif there is None:
            assert doi.state == State.PLANNED
            assert doi.attention.startswith("metadata.")
        else:
            assert (doi.state, there.state) == ("draft", "draft")
            assert doi.public or TITLE not in str(there.metadata)
            assert not doi.public or refused or TITLE in str(there.metadata)

    def _every_attempt_has_one_outcome(self) -> None:
        attempts, outcomes = (
            sorted(DoiEvent.objects.filter(event=event).values_list("doi_id", "attempt"))
            for event in ("attempt", "outcome")
        )
        assert attempts == outcomes
        assert len(set(attempts)) == len(attempts)

    # --- helpers ------------------------------------------------------------------------------------------------

    def _datasets(self) -> list[Dataset]:
        return list(Dataset.objects.filter(pk__in=self.keys).select_related("organization").order_by("pk"))

    def _rows(self) -> list[Doi]:
        return list(
            Doi.objects.select_related(
                "account__login",
                "version__dataset__organization",
                "version__dataset__issuance",
                "organization",
            )
        )

    def _any(self, data: st.DataObject) -> Doi | None:
        rows = list(Doi.objects.order_by("pk"))
        return data.draw(st.sampled_from(rows)) if rows else None

    def _let_in(self, password: str = "secret") -> None:
        own = self.own
        self.sandbox.accounts.replace(RegistryAccount(own.provider, own.account_id, password, (own.prefix,)))

    @staticmethod
    def _try(act: Callable[[], object]) -> None:
        """Do it, unless a rule of the product forbids it."""
        with suppress(services.RefusedError, DoiError):
            act()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("own", [make.DATACITE, make.EZID], ids=["datacite", "ezid"])
def test_no_order_of_things_breaks_a_promise(
    resolver: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, own: OwnAccount
) -> None:
    class Here(Machine):
        pass

    Here.sandbox, Here.clock, Here.own, Here.monkeypatch = resolver, moved_clock, own, monkeypatch
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=15,
            deadline=None,
            derandomize=EXAMPLES == 20,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
