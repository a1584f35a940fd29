"""The offer, the run and its report, as an administrator meets them."""

import csv
import io
from typing import Any

import pytest
from django.test import Client

from datasets import services
from datasets.models import Dataset
from doi import clock
from doi.models import BackIssueItem, BackIssueRun, DatasetIssuance, Doi, RunStatus
from doi.sandbox import Sandbox
from doi.services import issuance
from doi.states import State
from doi.views.back_issue import about
from organizations.models import Organization, Role, User
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.factories.organizations import member, signed_in

pytestmark = pytest.mark.django_db
OFFER = "/o/river-lab/settings/doi/back-issue/"


@pytest.fixture
def place(sandbox: Sandbox) -> Organization:
    """Two datasets: one complete with two versions (one deleted), one without a creator."""
    found = make.configured(default_on=False)
    stage = make.dataset(found, "stage")
    make.version(stage, "1.0")
    make.version(make.dataset(found, "nobody", visibility="private", creators=[]), "1.0")
    return found


@pytest.fixture
def alice(place: Organization) -> Client:
    return signed_in(member("alice", place))


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def started(browser: Client) -> BackIssueRun:
    browser.post(OFFER)
    found: BackIssueRun = BackIssueRun.objects.get()
    return found


def test_the_offer_says_what_would_happen_and_does_nothing(alice: Client) -> None:
    page = text(alice.get(OFFER))

    assert "Issue 1 DOI" in page
    assert '#creators">Creators</a>' in page
    assert "<b>0</b><span>of these private</span>" in page
    assert "<b>1</b><span>blocked</span>" in page
    assert "less than a minute" in page
    assert not BackIssueRun.objects.exists()
    assert not Doi.objects.exists()


def test_declining_is_leaving(alice: Client) -> None:
    page = text(alice.get(OFFER))

    assert '<a class="button" href="/o/river-lab/settings/doi/">Not now</a>' in page


def test_accepting_writes_the_run_and_shows_it(alice: Client) -> None:
    answer = alice.post(OFFER)

    run = BackIssueRun.objects.get()
    assert answer["Location"] == f"{OFFER}{run.pk}/"
    page = text(alice.get(answer["Location"]))
    assert "Being prepared" in page
    assert 'hx-trigger="every 2s"' in page
    assert "by Alice" in page
    assert not Doi.objects.exists()


def test_an_open_run_is_shown_instead_of_a_second_offer(alice: Client) -> None:
    run = started(alice)

    assert alice.get(OFFER)["Location"] == f"{OFFER}{run.pk}/"
    page = text(alice.post(OFFER, follow=True))
    assert "under way already" in page
    assert BackIssueRun.objects.count() == 1


def test_progress_is_counted_and_the_moving_part_comes_alone(alice: Client, moved_clock: Clock) -> None:
    run = started(alice)
    drain_all()

    part = text(alice.get(f"{OFFER}{run.pk}/", headers={"hx-request": "true"}))

    assert "<html" not in part
    assert "Finished" in part
    assert "2 of 2 versions" in part
    assert "<b>1</b><span>have a DOI</span>" in part
    assert '#creators">Creators</a></td>' in part
    assert ">No creator is named" in part
    assert "metadata.creators" not in part
    assert "Undo …" in part
    assert 'hx-trigger="every 10s"' in part
    moved_clock.forward(seconds=604_801)
    drain_all()
    part = text(alice.get(f"{OFFER}{run.pk}/", headers={"hx-request": "true"}))
    assert "hx-trigger" not in part


def test_pause_resume_and_cancel(alice: Client) -> None:
    run = started(alice)

    for name, status in (
        ("pause", RunStatus.PAUSED),
        ("resume", RunStatus.EXPANDING),
        ("cancel", RunStatus.CANCELLED),
    ):
        alice.post(f"{OFFER}{run.pk}/do/{name}/")
        run.refresh_from_db()
        assert run.status == status
    page = text(alice.post(f"{OFFER}{run.pk}/do/pause/", follow=True))
    assert "This back-issue has moved on; look at its page again." in page


def test_a_mended_version_goes_when_tried_again(alice: Client, place: Organization) -> None:
    run = started(alice)
    drain_all()
    assert BackIssueItem.objects.filter(outcome="blocked").count() == 1

    alice.post(f"{OFFER}{run.pk}/do/retry/")

    run.refresh_from_db()
    assert run.status == RunStatus.RUNNING
    assert not BackIssueItem.objects.filter(outcome="blocked").exists()


def test_undo_says_what_it_does_and_then_does_it(alice: Client) -> None:
    run = started(alice)
    drain_all()

    page = text(alice.get(f"{OFFER}{run.pk}/undo/"))
    assert "What will happen" in page
    assert "discarded at the registry" in page
    page = text(alice.post(f"{OFFER}{run.pk}/undo/", follow=True))
    drain_all()

    assert "being discarded" in page
    assert "<b>2</b><span>undone</span>" in page
    assert set(Doi.objects.values_list("state", flat=True)) == {State.DISCARDED}
    assert not DatasetIssuance.objects.filter(on=True).exists()


def test_the_report_has_a_line_for_every_version_and_no_formula(alice: Client, place: Organization) -> None:
    make.version(make.dataset(place, "sums"), "=1+1")
    run = started(alice)
    drain_all()

    answer = alice.get(f"{OFFER}{run.pk}/report.csv")

    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert {(row["dataset"], row["outcome"]) for row in rows} == {
        ("stage", "drafted"),
        ("nobody", "blocked"),
        ("sums", "drafted"),
    }
    assert {row["version"] for row in rows} == {"1.0", "'=1+1"}
    assert all(row["doi"].startswith("10.70112/") for row in rows)


def test_one_dataset_can_be_offered_alone(alice: Client) -> None:
    page = text(alice.get(f"{OFFER}?dataset=stage"))
    assert "River stage readings" in page
    assert "creators" not in page

    alice.post(f"{OFFER}?dataset=stage")

    run = BackIssueRun.objects.get()
    assert run.dataset is not None
    assert run.dataset.slug == "stage"


def test_an_unknown_dataset_is_not_found(alice: Client) -> None:
    assert alice.get(f"{OFFER}?dataset=none").status_code == 404


def test_without_an_account_the_offer_says_so(sandbox: Sandbox) -> None:
    alice = signed_in(member("alice", make.organization()))

    assert "No DOI account is in force here" in text(alice.get(OFFER))
    assert "No DOI account is in force here" in text(alice.post(OFFER, follow=True))
    assert not BackIssueRun.objects.exists()


def test_when_everything_has_a_doi_there_is_nothing_to_press(alice: Client, place: Organization) -> None:
    make.dataset(place, "empty")
    started(alice)
    drain_all()
    page = text(alice.get(f"{OFFER}?dataset=stage"))

    assert "Every released version has a DOI" in page
    assert "Issue 1 DOI" not in page
    assert "There is nothing to issue" in text(alice.get(f"{OFFER}?dataset=empty"))


def test_curators_and_strangers_stay_outside(alice: Client, place: Organization) -> None:
    run = started(alice)
    bob = signed_in(member("bob", place, Role.CURATOR))
    charlie = signed_in(member("charlie", make.organization("elsewhere")))
    pages = (OFFER, f"{OFFER}{run.pk}/", f"{OFFER}{run.pk}/undo/", f"{OFFER}{run.pk}/report.csv")

    assert {bob.get(page).status_code for page in pages} == {403}
    assert {charlie.get(page).status_code for page in pages} == {404}
    assert bob.post(f"{OFFER}{run.pk}/do/cancel/").status_code == 403
    assert charlie.post(f"{OFFER}{run.pk}/do/cancel/").status_code == 404
    assert alice.post(f"{OFFER}{run.pk}/do/explode/").status_code == 404
    assert alice.get(f"/o/river-lab/settings/doi/back-issue/{run.pk + 1}/").status_code == 404


def test_another_organizations_run_is_not_found_under_ones_own(alice: Client, place: Organization) -> None:
    run = started(alice)
    other = make.organization("elsewhere")
    charlie = signed_in(member("charlie", other))

    assert charlie.get(f"/o/elsewhere/settings/doi/back-issue/{run.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (61, "about 1 minute"),
        (3_600, "about 1 hour"),
        (7_200, "about 2 hours"),
        (40_000, "about 11 hours"),
    ],
)
def test_a_runs_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_when_all_is_permanent_undo_offers_the_switches_alone_and_then_nothing(
    alice: Client, place: Organization, moved_clock: Clock
) -> None:
    services.delete_dataset(Dataset.objects.get(slug="nobody"), by=make.by())
    run = started(alice)
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    there = f"{OFFER}{run.pk}/"

    assert "Set the switches back …" in text(alice.get(there))
    page = text(alice.get(f"{there}undo/"))
    assert "0 DOIs" not in page
    assert "1 dataset that the run switched on is switched off again" in page
    assert "1 DOI is permanent already and stays." in page
    assert '<button class="button primary">Set the switches back</button>' in page

    issuance.switch_on(Dataset.objects.get(slug="stage"), by=make.by())
    DatasetIssuance.objects.update(changed_at=clock.now(), changed_by=User.objects.get())
    assert "act-undo" not in text(alice.get(there))
    assert "There is nothing left to undo" in text(alice.get(f"{there}undo/", follow=True))
