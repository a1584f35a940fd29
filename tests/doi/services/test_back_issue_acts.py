"""Back-issues: what a person may do to a run, and its undo."""

import pytest

from datasets import services as versions
from datasets.models import Dataset, Version
from doi import claims, clock, engine
from doi.errors import NotAllowedError
from doi.models import DatasetIssuance, Doi, DoiEvent, RunStatus
from doi.sandbox import Sandbox
from doi.services import back_issue, issuance
from organizations.models import Organization
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support import places
from tests.support.back_issues import begin, by_person, expanded, fresh, mend, on, outcomes, person
from tests.support.commands import everything

pytestmark = pytest.mark.django_db(transaction=True)


# --- pause, resume, cancel, retry ---------------------------------------------------------------------------------


def test_a_paused_run_sends_nothing_whatever_is_edited(lab: Organization, sandbox: Sandbox) -> None:
    run = expanded(lab)
    back_issue.pause(run, by=make.by())
    mend()
    versions.set_visibility(Dataset.objects.get(slug="two"), "private", by=make.by())
    places.own(lab)
    drain_all()
    assert sandbox.counts()["total"] == 0
    assert back_issue.progress(run).finish_at is None

    back_issue.resume(fresh(run), by=make.by())
    drain_all()

    assert len(sandbox.records()) == 4
    assert fresh(run).status == RunStatus.FINISHED
    assert not Doi.objects.exclude(attention="").exists()


def test_a_pause_in_the_middle_goes_on_with_the_datasets_that_are_left(
    lab: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(back_issue, "SLICE", 1)
    run = begin(lab)
    back_issue.expand_open_runs()
    back_issue.pause(fresh(run), by=make.by())
    drain_all()
    assert Doi.objects.count() == 2

    back_issue.resume(fresh(run), by=make.by())
    drain_all()
    assert back_issue.progress(fresh(run)).drafted == 3


def test_what_was_blocked_when_a_run_was_paused_is_followed_afterwards(lab: Organization) -> None:
    run = expanded(lab)
    bare = Doi.objects.get(version__dataset__slug="bare")
    Doi.objects.exclude(pk=bare.pk).update(next_attempt_at=None)
    drain_all()
    back_issue.pause(fresh(run), by=make.by())
    mend()
    back_issue.resume(fresh(run), by=make.by())
    drain_all()

    assert set(outcomes(run).values()) == {"drafted"}


def test_cancelling_stops_what_was_not_sent_and_puts_untouched_switches_back(
    lab: Organization, sandbox: Sandbox
) -> None:
    run = expanded(lab)
    keep = Doi.objects.filter(version__dataset__slug="two")
    Doi.objects.exclude(pk__in=keep).update(next_attempt_at=None)
    drain_all()
    assert len(sandbox.records()) == 2

    back_issue.cancel(fresh(run), by=make.by())
    mend()
    drain_all()

    assert outcomes(run) == {
        "two/1.0": "drafted",
        "two/2.0": "drafted",
        "private/1.0": "skipped",
        "bare/1.0": "skipped",
    }
    assert {slug: on(slug) for slug in ("two", "private", "bare", "unreleased")} == {
        "two": True,
        "private": False,
        "bare": False,
        "unreleased": False,
    }
    assert len(sandbox.records()) == 2


def test_cancelling_counts_what_was_made_a_moment_ago_as_made(lab: Organization) -> None:
    run = expanded(lab)
    # The answers are recorded, and no slice has followed them yet.
    for account in claims.accounts_with_due(clock.now()):
        engine.drain(account)

    back_issue.cancel(fresh(run), by=make.by())

    assert sorted(outcomes(run).values()) == ["drafted", "drafted", "drafted", "skipped"]


def test_retrying_looks_again_at_what_is_blocked(lab: Organization, sandbox: Sandbox) -> None:
    run = begin(lab)
    drain_all()
    # Mended without telling anybody: only a look again can find it.
    Dataset.objects.filter(slug="bare").update(metadata=make.METADATA)

    back_issue.retry(fresh(run), by=make.by())
    assert back_issue.progress(fresh(run)).waiting == 1
    drain_all()

    assert outcomes(run)["bare/1.0"] == "drafted"
    assert fresh(run).status == RunStatus.FINISHED
    assert len(sandbox.records()) == 4


def test_an_ended_run_is_not_retried_while_another_is_open(lab: Organization) -> None:
    first = begin(lab)
    drain_all()
    begin(lab)

    with pytest.raises(NotAllowedError, match="under way already"):
        back_issue.retry(fresh(first), by=make.by())
    assert fresh(first).status == RunStatus.FINISHED


def test_what_a_run_is_past_is_refused_with_a_sentence(lab: Organization) -> None:
    run = begin(lab)
    drain_all()
    before = everything()

    for act in (back_issue.pause, back_issue.resume, back_issue.cancel):
        with pytest.raises(NotAllowedError, match="moved on"):
            act(fresh(run), by=make.by())
    assert everything() == before


# --- undo ---------------------------------------------------------------------------------------------------------


def test_undoing_discards_the_drafts_and_puts_every_switch_back(lab: Organization, sandbox: Sandbox) -> None:
    run = begin(lab)
    drain_all()
    names = set(Doi.objects.values_list("name", flat=True))

    assert back_issue.undo(fresh(run), by=make.by()) == (4, 0)
    drain_all()

    assert sandbox.records() == []
    assert set(outcomes(run).values()) == {"undone"}
    assert not DatasetIssuance.objects.filter(on=True).exists(), "that of the dataset without a release too"
    again = begin(lab)
    drain_all()
    assert set(Doi.objects.values_list("name", flat=True)) == names
    assert back_issue.progress(again).drafted == 3


def test_undoing_leaves_what_is_permanent_what_is_younger_and_what_somebody_set(
    lab: Organization, sandbox: Sandbox, moved_clock: Clock
) -> None:
    run = begin(lab)
    drain_all()
    moved_clock.forward(days=7, seconds=1)
    two = Dataset.objects.select_related("organization").get(slug="two")
    current = Version.objects.get(dataset=two, number="2.0")
    versions.unrelease(current, by=make.by())
    drain_all()
    versions.release(current, by=make.by())
    bare = Dataset.objects.select_related("organization").get(slug="bare")
    versions.edit_metadata(bare, make.METADATA, by=make.by())
    issuance.switch_on(bare, by=by_person(person()))
    drain_all()
    assert outcomes(run) == dict.fromkeys(("two/1.0", "two/2.0", "private/1.0", "bare/1.0"), "drafted")

    gone, left = back_issue.undo(fresh(run), by=make.by())
    drain_all()

    assert (gone, left) == (0, 4)
    states = {f"{doi.version.dataset.slug}/{doi.version.number}": doi.state for doi in Doi.objects.all()}  # type: ignore[union-attr]
    assert states == {
        "two/1.0": "findable",
        "two/2.0": "draft",
        "private/1.0": "registered",
        "bare/1.0": "draft",
    }
    assert {slug: on(slug) for slug in ("two", "private", "bare")} == {
        "two": False,
        "private": False,
        "bare": True,
    }
    reasons = {line["dataset"] + "/" + line["version"]: line["reason"] for line in back_issue.report(run)}
    assert reasons == {
        "two/1.0": "Permanent, so it stays.",
        "two/2.0": "Released after the back-issue began.",
        "private/1.0": "Permanent, so it stays.",
        "bare/1.0": "Somebody set the dataset's switch since the back-issue began.",
    }


def test_a_draft_that_was_left_alone_goes_on_when_the_switch_is_on_again(
    lab: Organization, moved_clock: Clock
) -> None:
    run = begin(lab)
    drain_all()
    two = Dataset.objects.select_related("organization").get(slug="two")
    younger = make.version(two, "3.0")
    back_issue.undo(fresh(run), by=make.by())
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    doi = make.doi_of(younger)
    assert (doi.state, doi.attention) == ("draft", "switch")

    issuance.switch_on(two, by=make.by())
    drain_all()

    assert make.doi_of(younger).state == "findable"


def test_a_dataset_that_was_on_before_stays_on(sandbox: Sandbox) -> None:
    place = make.organization()
    dataset = make.dataset(place)
    issuance.switch_on(dataset, by=make.by())
    make.version(dataset)
    places.own(place, make.EZID)
    drain_all()
    places.own(place)
    run = begin(place)
    drain_all()
    assert {doi.environment: doi.state for doi in Doi.objects.all()} == {
        "test": "draft",
        "production": "draft",
    }

    back_issue.undo(fresh(run), by=make.by())
    drain_all()

    assert issuance.is_on(dataset)
    assert {doi.environment: doi.state for doi in Doi.objects.all()} == {
        "test": "draft",
        "production": "discarded",
    }


def test_undoing_a_paused_run_leaves_nothing_set_aside(lab: Organization, sandbox: Sandbox) -> None:
    run = expanded(lab)
    back_issue.pause(run, by=make.by())
    bare = Dataset.objects.select_related("organization").get(slug="bare")
    versions.edit_metadata(bare, make.METADATA, by=make.by())
    issuance.switch_on(bare, by=by_person(person()))

    assert back_issue.undo(fresh(run), by=make.by()) == (3, 1)
    drain_all()

    assert [record["state"] for record in sandbox.records()] == ["draft"]
    assert not Doi.objects.exclude(attention="").exists()


def test_a_run_is_undone_once(lab: Organization) -> None:
    run = begin(lab)
    drain_all()
    back_issue.undo(fresh(run), by=make.by())

    with pytest.raises(NotAllowedError, match="moved on"):
        back_issue.undo(fresh(run), by=make.by())


def test_each_act_is_in_the_history_with_who_did_it(lab: Organization) -> None:
    ada = person()
    run = back_issue.start(lab, by=by_person(ada))
    assert run.started_by == ada
    back_issue.pause(fresh(run), by=by_person(ada))
    back_issue.resume(fresh(run), by=by_person(ada))
    drain_all()
    back_issue.retry(fresh(run), by=by_person(ada))
    drain_all()
    back_issue.undo(fresh(run), by=by_person(ada))

    lines = DoiEvent.objects.filter(event__startswith="back_issue", doi_id=None).order_by("id")
    assert [(line.event, line.actor, line.cause) for line in lines] == [
        ("back_issue_started", ada.actor, "web"),
        ("back_issue_paused", ada.actor, "web"),
        ("back_issue_resumed", ada.actor, "web"),
        ("back_issue_finished", f"run:{run.pk}", "back_issue"),
        ("back_issue_retried", ada.actor, "web"),
        ("back_issue_finished", f"run:{run.pk}", "back_issue"),
        ("back_issue_undone", ada.actor, "web"),
    ]
