"""What waits for its login says so: in the lists, on the page, in the counts and in the export."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from datasets import services
from datasets.models import Dataset, Version
from doi import clock, selectors
from doi.models import Doi
from doi.panel import DoiLine, Panel
from doi.sandbox import Sandbox
from organizations.models import Organization, Role
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.factories.organizations import member, signed_in

pytestmark = pytest.mark.django_db
LOGINS = [
    ("refused_at", "login.refused", "refused the account's password"),
    ("paused_at", "login.paused", "is paused"),
    ("verified_at", "login.unverified", "not checked yet"),
]


@pytest.fixture
def place(sandbox: Sandbox) -> Organization:
    return make.configured()


def stop(place: Organization, column: str = "paused_at") -> None:
    login = make.account_of(place).login
    setattr(login, column, None if column == "verified_at" else make.by().now)
    login.save()


def exported() -> list[str | None]:
    out = io.StringIO()
    call_command("export_dois", "--format", "jsonl", stdout=out)
    return [json.loads(line)["attention"] for line in out.getvalue().splitlines()]


def line(version: Version) -> DoiLine:
    return Panel().for_versions([Version.objects.select_related("dataset__organization").get(pk=version.pk)])[
        version.pk
    ]


def narrowed(place: Organization) -> set[str]:
    found = Dataset.objects.filter(Panel().filter("attention"), organization=place)
    return set(found.values_list("slug", flat=True))


@pytest.mark.parametrize(("column", "code", "words"), LOGINS)
def test_a_planned_doi_waits_for_its_login_everywhere(
    column: str, code: str, words: str, place: Organization
) -> None:
    stage = make.dataset(place)
    stop(place, column)
    version = make.drafted(stage)
    drain_all()

    (attention,) = exported()
    assert attention is not None
    assert attention.startswith(f"{code}: ")
    assert words in attention
    assert words in line(version).standing
    assert not line(version).is_moving
    assert narrowed(place) == {"stage"}
    assert selectors.counts(place).attention == 1
    assert Panel().for_datasets([stage])[stage.pk].attention == 1


def test_what_has_nothing_to_send_waits_for_nobody(place: Organization, moved_clock: Clock) -> None:
    make.drafted(make.dataset(place, "settled"))
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    draft = make.drafted(make.dataset(place, "draft"))
    drain_all()
    stop(place)

    assert exported() == [None, None]
    assert narrowed(place) == set()
    assert selectors.counts(place).attention == 0

    moved_clock.forward(days=8)
    assert [attention and attention.split(":")[0] for attention in exported()] == ["login.paused", None]
    assert narrowed(place) == {"draft"}
    assert selectors.counts(place).attention == 1
    page = signed_in(member("vic", place, Role.VIEWER)).get(f"/o/{place.slug}/datasets/draft/").text
    assert "it is next in line" not in page
    assert line(draft).is_overdue


def test_a_draft_that_is_to_be_discarded_waits_too(place: Organization) -> None:
    version = make.drafted(make.dataset(place))
    drain_all()
    stop(place)
    services.unrelease(version, by=make.by())

    assert "being discarded" in line(version).standing
    assert "is paused" in line(version).standing
    assert selectors.counts(place).attention == 1


def test_a_rows_own_attention_comes_before_the_login(place: Organization) -> None:
    version = make.drafted(make.dataset(place, creators=[]))
    drain_all()
    stop(place)
    Doi.objects.update(next_attempt_at=clock.now())

    assert [attention and attention.split(":")[0] for attention in exported()] == ["metadata.creators"]
    assert selectors.waits_for(make.doi_of(version), now=clock.now()) is None
    assert selectors.counts(place).attention == 1


def test_an_external_doi_never_waits_for_a_login(place: Organization) -> None:
    version = make.drafted(make.dataset(place))
    stop(place)
    Doi.objects.update(account=None, state="planned", next_attempt_at=timezone.now() - timedelta(days=1))

    assert selectors.waits_for(make.doi_of(version), now=clock.now()) is None
    assert selectors.counts(place).attention == 0
