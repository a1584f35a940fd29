"""
Versions of two datasets in any order of releases, windows, holds, withdrawals and moves between accounts.

At the end, when all is at rest, the registries say of every permanent DOI which permanent ones come before and after it,
and of no draft. Each was updated at most once for each time that it got a neighbour.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from datasets import services
from datasets.models import Dataset
from doi import claims, clock, engine
from doi.errors import DoiError
from doi.models import Doi
from doi.registries.base import CheckResult
from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account as RegistryAccount
from doi.services import accounts, windows
from doi.services.accounts import OwnAccount
from doi.states import PERMANENT, State
from tests.doi import breaking
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support.versions import expected, succession_at, updates_of

OTHER = OwnAccount("datacite", "production", "ORG.OTHER", "10.82053", password="secret")
OWN = [make.DATACITE, make.LASTING_EZID, OTHER]
# More for a long look: DOI_MACHINE_EXAMPLES=1000 pytest …
EXAMPLES = int(os.environ.get("DOI_MACHINE_EXAMPLES", "20"))

DATASETS = st.sampled_from([0, 1])


class Machine(RuleBasedStateMachine):
    """Two datasets of one organization, whose new DOIs now go to this account and now to that."""

    sandbox: Sandbox
    clock: Clock
    monkeypatch: pytest.MonkeyPatch

    def __init__(self) -> None:
        super().__init__()
        call_command("flush", verbosity=0, interactive=False)
        for record in self.sandbox.store.all():
            self.sandbox.store.delete(record)

    @initialize(first=st.sampled_from(["public", "private"]))
    def begin(self, first: str) -> None:
        self.place = make.configured(own=OWN[0])
        self.keys = [make.dataset(self.place, f"stage-{each}", visibility=first).pk for each in range(2)]
        for of in self._datasets():
            make.drafted(of)

    @rule(which=DATASETS, number=st.integers(1, 3))
    def release_some(self, which: int, number: int) -> None:
        of = self._datasets()[which]
        for count in range(of.versions.count(), min(of.versions.count() + number, 7)):
            self._try(partial(make.version, of, f"{count + 1}.0"))

    @rule(own=st.sampled_from(OWN))
    def issue_under(self, own: OwnAccount) -> None:
        accounts.configure_own(
            self.place, own, check=CheckResult((), domains="*"), default_on=None, by=make.by()
        )

    @rule(which=DATASETS, at=st.integers(0, 5))
    def delete_or_restore_a_version(self, which: int, at: int) -> None:
        versions = list(self._datasets()[which].versions.order_by("position"))
        version = versions[at % len(versions)]
        act = services.delete_version if version.deleted_at is None else services.restore_version
        self._try(lambda: act(version, by=make.by()))

    @rule(which=DATASETS)
    def delete_or_restore_the_dataset(self, which: int) -> None:
        of = self._datasets()[which]
        act = services.delete_dataset if of.deleted_at is None else services.restore_dataset
        self._try(lambda: act(of, by=make.by()))

    @rule(which=DATASETS)
    def unrelease(self, which: int) -> None:
        current = services.current_version(self._datasets()[which])
        if current is not None:
            self._try(lambda: services.unrelease(current, by=make.by()))

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
            self._try(lambda: windows.make_permanent_now(doi, by=make.by()))

    @rule(minutes=st.sampled_from([20, 24 * 60, 7 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    @rule()
    def work(self) -> None:
        drain_all()

    @rule(turn=st.integers(0, 2))
    def one_account_works(self, turn: int) -> None:
        due = claims.accounts_with_due(clock.now())
        if due:
            engine.drain(due[turn % len(due)])

    @rule()
    def the_others_work_while_a_request_is_away(self) -> None:
        with self.monkeypatch.context() as patched:
            breaking.while_away(patched, drain_all)
            drain_all()

    @rule(failpoint=st.sampled_from(["claimed", "recorded"]))
    def a_worker_dies(self, failpoint: str) -> None:
        breaking.crash(self.monkeypatch, failpoint, surely=False)

    # --- what must hold -----------------------------------------------------------------------------------------

    @invariant()
    def no_draft_names_a_neighbour(self) -> None:
        for doi in self._rows():
            there = self.sandbox.store.get(doi.account.login.provider, doi.name)
            if there is not None and there.state == "draft":
                assert succession_at(self.sandbox, doi) == []

    def teardown(self) -> None:
        if not hasattr(self, "place"):
            return
        breaking.settle(self.clock, hours=1)
        self._says_what_is_so()
        self.clock.forward(days=8)
        drain_all()
        self._says_what_is_so()
        assert not Doi.objects.filter(state__in=PERMANENT, next_attempt_at__isnull=False).exists()
        rows = self._rows()
        for doi in rows:
            # A new neighbour is another one that became permanent; every other update is somebody's change.
            beside = [each for each in rows if each.version.dataset_id == doi.version.dataset_id]
            others = [each for each in beside if each.state in PERMANENT and each.pk != doi.pk]
            assert updates_of(doi) <= len(others) + doi.generation - 1

    def _says_what_is_so(self) -> None:
        rows = [doi for doi in self._rows() if doi.state in PERMANENT]
        assert {doi.name: succession_at(self.sandbox, doi) for doi in rows} == expected(rows)

    # --- helpers ------------------------------------------------------------------------------------------------

    def _datasets(self) -> list[Dataset]:
        return list(Dataset.objects.filter(pk__in=self.keys).select_related("organization").order_by("pk"))

    def _rows(self) -> list[Any]:
        return list(Doi.objects.select_related("account__login", "version"))

    def _any(self, data: st.DataObject) -> Doi | None:
        rows = list(Doi.objects.order_by("pk"))
        return data.draw(st.sampled_from(rows)) if rows else None

    @staticmethod
    def _try(act: Callable[[], object]) -> None:
        """Do it, unless a rule of the product forbids it."""
        with suppress(services.RefusedError, DoiError):
            act()


@pytest.mark.django_db(transaction=True)
def test_at_rest_the_permanent_versions_name_each_other_and_nobody_else(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Here(Machine):
        pass

    sandbox.accounts.replace(RegistryAccount("datacite", OTHER.account_id, "secret", (OTHER.prefix,)))
    Here.sandbox, Here.clock, Here.monkeypatch = sandbox, moved_clock, monkeypatch
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            derandomize=EXAMPLES == 20,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
