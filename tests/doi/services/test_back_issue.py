"""Back-issues: the plan, and the run in slices."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from datasets import services as versions
from datasets.models import Dataset
from doi import clock
from doi.errors import AccountNotReadyError, NotAllowedError
from doi.models import BackIssueItem, Doi, RunStatus
from doi.sandbox import Sandbox
from doi.services import back_issue, issuance
from organizations.models import Organization
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support import places
from tests.support.back_issues import BARE, begin, fresh, mend, on, outcomes
from tests.support.commands import everything

pytestmark = pytest.mark.django_db(transaction=True)


# --- the plan -----------------------------------------------------------------------------------------------------


def test_the_plan_counts_and_changes_nothing(lab: Organization, settings: Any) -> None:
    settings.BULK_REQUESTS_PER_SECOND = 1.5
    before = everything()

    plan = back_issue.plan(lab)

    assert (plan.versions, plan.ready, plan.already, plan.private, plan.seconds) == (4, 3, 0, 1, 2.0)
    assert [(each.version.dataset.slug, each.field) for each in plan.blocked] == [("bare", "creators")]
    assert plan.blocked[0].message.endswith(".")
    assert everything() == before


def test_the_plan_afterwards_says_what_is_there_and_what_is_blocked_still(lab: Organization) -> None:
    begin(lab)
    drain_all()

    plan = back_issue.plan(lab)

    assert (plan.versions, plan.ready, plan.already, len(plan.blocked)) == (4, 0, 3, 1)


def test_the_plan_leaves_out_what_is_deleted_and_can_be_for_one_dataset(lab: Organization) -> None:
    versions.delete_dataset(Dataset.objects.get(slug="bare"), by=make.by())

    assert back_issue.plan(lab).versions == 3
    assert back_issue.plan(lab, dataset=Dataset.objects.get(slug="two")).versions == 2


def test_a_plan_needs_an_account_in_force(sandbox: Sandbox) -> None:
    with pytest.raises(AccountNotReadyError, match="No DOI account is in force"):
        back_issue.plan(make.organization())
    with pytest.raises(AccountNotReadyError, match="No DOI account is in force"):
        begin(make.organization("other"))


# --- the run ------------------------------------------------------------------------------------------------------


def test_a_run_drafts_what_is_ready_and_names_what_is_not(lab: Organization, sandbox: Sandbox) -> None:
    run = begin(lab)
    assert not Doi.objects.exists(), "items are made by the engine, never in the request"
    drain_all()

    assert outcomes(run) == {
        "two/1.0": "drafted",
        "two/2.0": "drafted",
        "private/1.0": "drafted",
        "bare/1.0": "blocked",
    }
    assert fresh(run).status == RunStatus.FINISHED
    assert len(sandbox.records()) == 3
    assert run.items.get(outcome="blocked").reason.startswith("metadata.creators: ")
    assert {slug: on(slug) for slug in ("two", "private", "bare", "unreleased")} == dict.fromkeys(
        ("two", "private", "bare", "unreleased"), True
    )


def test_a_run_goes_in_slices(lab: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(back_issue, "SLICE", 1)
    run = begin(lab)
    seen = []
    while back_issue.expand_open_runs():
        seen.append(run.items.count())

    assert seen == [2, 3, 4, 4, 4]
    assert fresh(run).status == RunStatus.RUNNING


def test_a_run_for_one_dataset_leaves_the_others(lab: Organization) -> None:
    run = begin(lab, dataset=Dataset.objects.get(slug="two"))
    drain_all()

    assert set(outcomes(run)) == {"two/1.0", "two/2.0"}
    assert not on("private")


def test_a_second_run_waits_for_the_first_and_then_has_nothing_to_do(
    lab: Organization, sandbox: Sandbox
) -> None:
    begin(lab)
    with pytest.raises(NotAllowedError, match="under way already"):
        begin(lab)
    drain_all()
    mend()
    drain_all()
    sandbox.reset_counts()

    second = begin(lab)
    drain_all()

    assert (outcomes(second), fresh(second).status) == ({}, RunStatus.FINISHED)
    assert sandbox.counts()["total"] == 0


def test_what_is_blocked_becomes_drafted_when_it_is_mended(lab: Organization) -> None:
    run = begin(lab)
    drain_all()
    assert back_issue.progress(run).blocked == 1

    mend()
    drain_all()

    progress = back_issue.progress(fresh(run))
    assert (progress.drafted, progress.blocked, progress.waiting) == (4, 0, 0)
    assert outcomes(run)["bare/1.0"] == "drafted"
    assert fresh(run).status == RunStatus.FINISHED


def test_what_is_mended_badly_is_blocked_again_with_the_new_reason(lab: Organization) -> None:
    run = begin(lab)
    drain_all()
    creators = [{"name": " "}]
    versions.edit_metadata(Dataset.objects.get(slug="bare"), {**BARE, "creators": creators}, by=make.by())
    drain_all()

    assert run.items.get(version__dataset__slug="bare").reason.startswith("metadata.creators[0].name: ")


@pytest.mark.parametrize("when", ["before the engine came", "after it was blocked"])
@pytest.mark.parametrize("act", ["delete", "switch off"])
def test_what_goes_meanwhile_is_skipped_with_the_reason(lab: Organization, when: str, act: str) -> None:
    run = begin(lab)
    while back_issue.expand_open_runs():
        pass
    if when == "after it was blocked":
        drain_all()
    bare = Dataset.objects.select_related("organization").get(slug="bare")
    if act == "delete":
        versions.delete_dataset(bare, by=make.by())
    else:
        issuance.switch_off(bare, by=make.by())
    drain_all()

    item = run.items.get(version__dataset=bare)
    assert (item.outcome, item.reason) == (
        "skipped",
        "Deleted, unreleased or switched off since the run began.",
    )


def test_a_run_whose_account_goes_waits_and_goes_on_when_it_is_back(
    lab: Organization, sandbox: Sandbox
) -> None:
    run = begin(lab)
    places.off(lab)
    drain_all()
    assert (fresh(run).status, sandbox.records()) == (RunStatus.EXPANDING, [])

    places.own(lab)
    while back_issue.expand_open_runs():
        pass
    places.off(lab)
    drain_all()
    assert back_issue.progress(fresh(run)).waiting == 4

    places.own(lab)
    drain_all()
    assert back_issue.progress(fresh(run)).drafted == 3


def test_progress_in_numbers(lab: Organization, moved_clock: Clock) -> None:
    run = begin(lab)
    while back_issue.expand_open_runs():
        pass
    begun = back_issue.progress(run, now=run.started_at + timedelta(seconds=10))
    assert (begun.total, begun.waiting, begun.drafted, begun.finish_at) == (4, 4, 0, None)

    drain_all()
    ended = back_issue.progress(fresh(run))
    assert (ended.drafted, ended.blocked, ended.permanent, ended.waiting) == (3, 1, 0, 0)
    assert ended.per_second > 0
    assert back_issue.progress(fresh(run), now=clock.now() + timedelta(days=9)).per_second == ended.per_second
    moved_clock.forward(days=7, seconds=1)
    drain_all()
    assert back_issue.progress(fresh(run)).permanent == 3


def test_a_finish_is_estimated_while_something_moves(lab: Organization) -> None:
    run = begin(lab)
    while back_issue.expand_open_runs():
        pass
    first = run.items.first()
    assert first is not None
    BackIssueItem.objects.filter(pk=first.pk).update(outcome="drafted")

    now = run.started_at + timedelta(seconds=10)
    progress = back_issue.progress(run, now=now)

    assert progress.per_second == pytest.approx(0.1)
    assert progress.finish_at == now + timedelta(seconds=30)


def test_the_report_has_one_line_per_version(lab: Organization) -> None:
    run = begin(lab)
    drain_all()
    out = io.StringIO()
    writer = csv.DictWriter(out, ("dataset", "version", "doi", "state", "outcome", "reason"))
    writer.writerows(back_issue.report(run))

    lines = out.getvalue().splitlines()
    assert len(lines) == 4
    assert sum(",draft,drafted," in line for line in lines) == 3
    assert sum("bare,1.0,10.70112/" in line and "metadata.creators" in line for line in lines) == 1
