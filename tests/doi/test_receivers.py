"""What happened elsewhere, and what it means for DOIs: in the same transaction, or not at all."""

from typing import Any

import pytest
from django.test import Client

from datasets import services as versions
from datasets.models import Dataset
from doi import receivers
from doi.models import Doi, DoiEvent
from doi.sandbox import Sandbox
from doi.services import issuance
from organizations import services as people
from organizations.models import Membership, Organization, User
from tests.factories import doi as make
from tests.support import places
from tests.support.commands import everything

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator() -> User:
    return User.objects.create_superuser("root@example.org", "correct horse battery")


def told(*events: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    lines = DoiEvent.objects.filter(event__in=events).order_by("id")
    return [(line.event, line.actor, line.cause, line.detail) for line in lines]


# --- roles --------------------------------------------------------------------------------------------------------


def test_who_gave_whom_which_role_is_in_the_history(operator: User) -> None:
    place = make.organization()
    people.add_member("ada@example.org", "Ada", place, "viewer", by=operator)
    people.add_member("ada@example.org", "Ada", place, "viewer", by=operator)
    people.add_member("ada@example.org", "Ada", place, "curator", by=operator)
    ada = User.objects.get(email="ada@example.org").actor

    assert told("member_added", "role_changed") == [
        (
            "member_added",
            operator.actor,
            "web",
            {"person": ada, "organization": "river-lab", "role": "viewer"},
        ),
        (
            "role_changed",
            operator.actor,
            "web",
            {"person": ada, "organization": "river-lab", "role": "curator", "before": "viewer"},
        ),
    ]
    assert {line.organization for line in DoiEvent.objects.all()} == {place}


def test_an_institutions_administrators_are_in_it_without_an_organization(operator: User) -> None:
    people.add_member("ada@example.org", "Ada", places.institution(), "administrator", by=operator)

    line = DoiEvent.objects.get()
    assert (line.organization, line.detail["institution"]) == (None, "uni")


def test_roles_changed_by_an_operator_are_in_it_too(operator: User, client: Client) -> None:
    client.force_login(operator)
    place = make.organization()
    ada = User.objects.create_user("ada@example.org")
    client.post(
        "/admin/organizations/membership/add/", {"user": ada.pk, "organization": place.pk, "role": "viewer"}
    )
    row = Membership.objects.get()
    address = f"/admin/organizations/membership/{row.pk}/"
    client.post(f"{address}change/", {"role": "administrator"})
    client.post(f"{address}change/", {"role": "administrator"})
    client.post(f"{address}delete/", {"post": "yes"})

    assert not Membership.objects.exists()
    assert [
        (event, actor, cause, detail["role"])
        for event, actor, cause, detail in told("member_added", "role_changed", "member_removed")
    ] == [
        ("member_added", operator.actor, "admin", "viewer"),
        ("role_changed", operator.actor, "admin", "administrator"),
        ("member_removed", operator.actor, "admin", "administrator"),
    ]


def test_several_taken_away_at_once_are_as_many_lines(operator: User, client: Client) -> None:
    client.force_login(operator)
    place = make.organization()
    for name in ("ada", "bob"):
        people.add_member(f"{name}@example.org", name, place, "viewer", by=None)
    keys = list(Membership.objects.values_list("pk", flat=True))

    client.post(
        "/admin/organizations/membership/",
        {"action": "delete_selected", "_selected_action": keys, "post": "yes"},
    )

    assert len(told("member_removed")) == 2
    assert not Membership.objects.exists()


# --- one transaction ----------------------------------------------------------------------------------------------


@pytest.fixture
def _broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        message = "the history is full"
        raise RuntimeError(message)

    monkeypatch.setattr("doi.history.record", fail)


def refused(act: Any) -> None:
    before = everything()
    with pytest.raises(RuntimeError, match="history is full"):
        act()
    assert everything() == before


@pytest.fixture
def place(sandbox: Sandbox) -> Organization:
    return make.configured()


@pytest.mark.parametrize(
    "act", ["unrelease", "delete_dataset", "set_visibility", "edit_metadata", "switch_off"]
)
def test_what_cannot_be_written_down_does_not_happen(
    place: Organization, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, act: str
) -> None:
    version = make.drafted(make.dataset(place))
    dataset = Dataset.objects.select_related("organization").get()
    request.getfixturevalue("_broken")
    acts: dict[str, Any] = {
        "unrelease": lambda: versions.unrelease(version, by=make.by()),
        "delete_dataset": lambda: versions.delete_dataset(dataset, by=make.by()),
        "set_visibility": lambda: versions.set_visibility(dataset, "private", by=make.by()),
        "edit_metadata": lambda: versions.edit_metadata(dataset, {}, by=make.by()),
        "switch_off": lambda: issuance.switch_off(dataset, by=make.by()),
    }

    refused(acts[act])


def test_a_role_that_cannot_be_written_down_is_not_given(db: None, request: pytest.FixtureRequest) -> None:
    place = make.organization()
    request.getfixturevalue("_broken")

    refused(lambda: people.add_member("ada@example.org", "Ada", place, "viewer", by=None))


# --- doorbells ----------------------------------------------------------------------------------------------------


def test_the_account_is_rung_after_the_commit_and_not_before(
    place: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(receivers, "ring", rung.append)
    dataset = make.dataset(place)

    version = make.version(dataset)
    assert rung == [make.account_of(place).pk]
    versions.set_visibility(dataset, "private", by=make.by())
    versions.unrelease(version, by=make.by())
    assert rung == [make.account_of(place).pk] * 3


def test_a_dataset_without_dois_rings_nobody(place: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    monkeypatch.setattr(receivers, "ring", rung.append)
    places.off(place)

    make.version(make.dataset(place))

    assert rung == []
    assert not Doi.objects.exists()
