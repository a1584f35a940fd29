"""Who can mend it is told in time, once, in words that say what to do."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db.models import QuerySet

from datasets import services as dataset_services
from datasets.models import Dataset, Version
from doi import clock, tasks
from doi.models import Doi, Login
from doi.registries.base import CheckResult
from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account
from doi.services import accounts, issuance, reminding, windows
from doi.services.accounts import OwnAccount
from organizations.models import Institution, Organization, Role
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.factories.organizations import member

pytestmark = pytest.mark.django_db
DAY = 86_400


@pytest.fixture
def place(sandbox: Sandbox) -> Organization:
    made = make.configured()
    member("ada", made)
    member("carl", made, Role.CURATOR)
    member("vera", made, Role.VIEWER)
    return made


@pytest.fixture
def stage(place: Organization) -> Dataset:
    return make.dataset(place)


def spoiled(stage: Dataset) -> Version:
    """A draft whose title was taken away afterwards: it cannot become permanent as it is."""
    version = make.drafted(stage)
    drain_all()
    dataset_services.edit_metadata(stage, {"titles": []}, by=make.by())
    drain_all()
    assert make.doi_of(version).attention.startswith("metadata.")
    return version


def remind() -> list[EmailMessage]:
    mail.outbox.clear()
    reminding.remind(now=clock.now())
    return list(mail.outbox)


def test_administrators_and_curators_are_told_a_day_ahead(stage: Dataset, moved_clock: Clock) -> None:
    version = spoiled(stage)

    moved_clock.forward(days=5, hours=23)
    assert remind() == []
    moved_clock.forward(hours=2)
    letters = remind()

    assert sorted(letter.to[0] for letter in letters) == ["ada@example.org", "carl@example.org"]
    assert letters[0].subject == "River Lab: 1 DOI cannot become permanent at its deadline"
    doi = make.doi_of(version)
    for words in (
        doi.name,
        doi.attention_text,
        "version 1.0",
        f"/o/{stage.organization.slug}/datasets/stage/",
    ):
        assert words in letters[0].body


def test_they_are_told_once(stage: Dataset, moved_clock: Clock) -> None:
    spoiled(stage)
    moved_clock.forward(days=6, hours=1)

    assert len(remind()) == 2
    moved_clock.forward(hours=3)
    assert remind() == []


def test_a_new_window_is_a_new_deadline(stage: Dataset, moved_clock: Clock) -> None:
    version = spoiled(stage)
    moved_clock.forward(days=6, hours=1)
    remind()

    dataset_services.unrelease(version, by=make.by())
    drain_all()
    dataset_services.edit_metadata(stage, make.METADATA, by=make.by())
    dataset_services.release(version, by=make.by())
    drain_all()
    dataset_services.edit_metadata(stage, {"titles": []}, by=make.by())
    drain_all()
    moved_clock.forward(days=6, hours=1)

    assert len(remind()) == 2


def test_what_is_mended_in_time_needs_no_letter(stage: Dataset, moved_clock: Clock) -> None:
    spoiled(stage)
    dataset_services.edit_metadata(stage, make.METADATA, by=make.by())
    drain_all()
    moved_clock.forward(days=6, hours=1)

    assert remind() == []


def test_a_hold_is_somebody_s_decision_and_needs_no_letter(stage: Dataset, moved_clock: Clock) -> None:
    version = make.drafted(stage)
    drain_all()
    windows.hold(make.doi_of(version), reason="The embargo is not over.", by=make.by())
    drain_all()
    moved_clock.forward(days=6, hours=1)
    drain_all()

    assert remind() == []


def test_in_a_short_window_half_of_it_is_ahead(stage: Dataset, moved_clock: Clock, settings: Any) -> None:
    settings.DOI_DRAFT_WINDOW = 120
    spoiled(stage)

    moved_clock.forward(seconds=55)
    assert remind() == []
    moved_clock.forward(seconds=10)
    assert len(remind()) == 2


def test_many_are_one_letter_that_names_the_first(
    stage: Dataset, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "MOST_NAMED", 2)
    issuance.switch_on(stage, by=make.by())
    for number in range(1, 5):
        make.version(stage, f"{number}.0")
    drain_all()
    dataset_services.edit_metadata(stage, {"titles": []}, by=make.by())
    drain_all()
    moved_clock.forward(days=6, hours=1)

    letters = remind()

    assert len(letters) == 2
    assert "4 DOIs" in letters[0].subject
    assert "and 2 more" in letters[0].body


def test_times_are_in_the_reader_s_zone(stage: Dataset, place: Organization, moved_clock: Clock) -> None:
    carl = place.memberships.get(role=Role.CURATOR).user
    carl.time_zone = "Asia/Tokyo"
    carl.save()
    spoiled(stage)
    moved_clock.forward(days=6, hours=1)

    bodies = {letter.to[0]: letter.body for letter in remind()}

    assert "Asia/Tokyo" in bodies["carl@example.org"]
    assert "Asia/Tokyo" not in bodies["ada@example.org"]


def test_a_letter_that_did_not_go_out_is_tried_again(
    stage: Dataset, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled(stage)
    moved_clock.forward(days=6, hours=1)

    def away(*_arguments: Any, **_more: Any) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr("organizations.letters.send_mail", away)
        assert remind() == []

    assert len(remind()) == 2


def refused(sandbox: Sandbox, place: Organization) -> Login:
    sandbox.accounts.replace(Account("datacite", "ORG.REPO", "changed there", ("10.70112",)))
    make.drafted(make.dataset(place))
    drain_all()
    login = Login.objects.get()
    assert login.refused_at is not None
    return login


def test_a_refused_password_is_told_to_the_administrators_once(sandbox: Sandbox, place: Organization) -> None:
    login = refused(sandbox, place)

    letters = remind()

    assert [letter.to for letter in letters] == [["ada@example.org"]]
    assert letters[0].subject == "DataCite refused the password of ORG.REPO"
    for words in (login.refusal, "1 DOI waits", "/o/river-lab/settings/doi/"):
        assert words in letters[0].body
    assert "secret" not in letters[0].body
    assert remind() == []


def test_refused_once_more_is_told_once_more(
    sandbox: Sandbox, place: Organization, moved_clock: Clock
) -> None:
    login = refused(sandbox, place)
    remind()
    moved_clock.forward(hours=1)
    accounts.configure_own(
        place, make.DATACITE, check=CheckResult((), domains="*"), default_on=None, by=make.by()
    )
    drain_all()
    login.refresh_from_db()
    assert login.refused_at is not None

    assert len(remind()) == 1


def test_an_institution_s_refused_password_is_told_to_its_administrators(sandbox: Sandbox) -> None:
    university = Institution.objects.create(slug="university", name="University")
    member("dean", university, Role.ADMINISTRATOR)
    own = OwnAccount("datacite", "production", "ORG.REPO", "10.70112", password="wrong")
    accounts.configure_own(university, own, check=CheckResult((), domains="*"), default_on=True, by=make.by())
    place = make.organization(institution=university)
    accounts.configure_inherit(place, default_on=True, by=make.by())
    member("ada", place)
    make.drafted(make.dataset(place))
    drain_all()

    letters = remind()

    assert [letter.to for letter in letters] == [["dean@example.org"]]
    assert "/i/university/settings/doi/" in letters[0].body


def test_the_sweep_sends_them(stage: Dataset, moved_clock: Clock) -> None:
    spoiled(stage)
    moved_clock.forward(days=6, hours=1)
    mail.outbox.clear()

    tasks.remind()

    assert len(mail.outbox) == 2
    assert Doi.objects.exclude(reminded_for=None).count() == 1
    assert timedelta(seconds=DAY) == reminding.lead()


def sweeping_twice(monkeypatch: pytest.MonkeyPatch, column: str) -> None:
    """Another sweep runs when this one has read its rows and not marked them yet."""
    update = QuerySet.update
    others: list[bool] = []

    def overtaken(rows: QuerySet[Any], **values: Any) -> int:
        if values.keys() == {column} and not others:
            others.append(True)
            reminding.remind(now=clock.now())
        return update(rows, **values)

    monkeypatch.setattr(QuerySet, "update", overtaken)


def test_two_sweeps_at_once_tell_of_a_deadline_once(
    stage: Dataset, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled(stage)
    moved_clock.forward(days=6, hours=1)
    sweeping_twice(monkeypatch, "reminded_for")

    assert len(remind()) == 2


def test_two_sweeps_at_once_tell_of_a_refusal_once(
    sandbox: Sandbox, place: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(sandbox, place)
    sweeping_twice(monkeypatch, "refusal_told_at")

    assert len(remind()) == 1


def test_where_there_is_nobody_to_tell_it_counts_as_told(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = spoiled(make.dataset(make.configured("empty-lab")))
    moved_clock.forward(days=6, hours=1)

    assert remind() == []
    assert make.doi_of(version).reminded_for is not None
