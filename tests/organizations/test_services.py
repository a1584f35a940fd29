"""Invitations: a person, a role, and one letter after the commit."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from organizations.models import Institution, Membership, Organization, Role, User
from organizations.services import RefusedError, add_member
from tests.factories.organizations import member, person, signed_in

pytestmark = pytest.mark.django_db
type OnCommit = Callable[..., Any]


@pytest.fixture
def hydro() -> Organization:
    return Organization.objects.create(slug="hydro", name="Hydrology & Ice", time_zone="Asia/Tokyo")


def test_somebody_new_is_made_invited_and_chooses_a_password(
    hydro: Organization, client: Client, django_capture_on_commit_callbacks: OnCommit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = add_member("New.Person@Example.org", "New Person", hydro, "curator", by=None)

    assert made.role == Role.CURATOR
    assert made.user.email == "new.person@example.org"
    assert made.user.time_zone == "Asia/Tokyo"
    letter = mail.outbox[0]
    assert letter.subject == "Your invitation to Hydrology & Ice"
    assert "Hydrology & Ice" in str(letter.body)
    page = client.get(_path(str(letter.body)), follow=True)
    assert "Welcome: choose a password" in page.content.decode()
    new = "a password of my own"
    client.post(page.redirect_chain[-1][0], {"new_password1": new, "new_password2": new})
    assert client.get("/o/hydro/").status_code == 200


def test_nothing_is_mailed_before_the_commit(
    hydro: Organization, django_capture_on_commit_callbacks: OnCommit
) -> None:
    with django_capture_on_commit_callbacks() as waiting:
        add_member("new@example.org", "", hydro, "viewer", by=None)

    assert len(waiting) == 1
    assert mail.outbox == []


def test_the_same_again_changes_and_mails_nothing(
    hydro: Organization, django_capture_on_commit_callbacks: OnCommit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first = add_member("new@example.org", "", hydro, "viewer", by=None)
        second = add_member("new@example.org", "Other", hydro, "viewer", by=None)

    assert first.pk == second.pk
    assert len(mail.outbox) == 1


def test_another_role_replaces_the_one_held(hydro: Organization) -> None:
    add_member("new@example.org", "", hydro, "viewer", by=None)
    add_member("new@example.org", "", hydro, "administrator", by=None)

    assert list(Membership.objects.values_list("role", flat=True)) == ["administrator"]


def test_who_has_a_password_gets_no_link_that_changes_it(
    hydro: Organization, django_capture_on_commit_callbacks: OnCommit
) -> None:
    person("ada")
    with django_capture_on_commit_callbacks(execute=True):
        add_member("ada@example.org", "", hydro, "viewer", by=None)

    assert "/invitation/" not in str(mail.outbox[0].body)
    assert mail.outbox[0].subject == "You are now a member of Hydrology & Ice"


@pytest.mark.parametrize(
    ("email", "role", "sentence"),
    [
        ("not an address", "viewer", "“not an address” is not an e-mail address."),
        ("a@example.org", "owner", "“owner” is not a role; write one of administrator, curator, viewer."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    hydro: Organization, email: str, role: str, sentence: str
) -> None:
    with pytest.raises(RefusedError, match=re.escape(sentence)):
        add_member(email, "", hydro, role, by=None)

    assert not User.objects.exists()


def test_an_institution_has_administrators_only() -> None:
    place = Institution.objects.create(slug="uni", name="University")

    with pytest.raises(RefusedError, match="administrators only"):
        add_member("a@example.org", "", place, "curator", by=None)


def test_an_administrator_invites_from_the_members_page(
    hydro: Organization, django_capture_on_commit_callbacks: OnCommit
) -> None:
    browser = signed_in(member("alice", hydro))
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(
            "/o/hydro/members/", {"email": "b@example.org", "name": "Bo", "role": "curator"}
        )

    assert answer["Location"] == "/o/hydro/members/"
    assert "Alice has invited you" in str(mail.outbox[0].body)
    assert Membership.objects.get(user__email="b@example.org").role == Role.CURATOR


def test_a_mistyped_invitation_keeps_what_was_typed(hydro: Organization) -> None:
    page = signed_in(member("alice", hydro)).post(
        "/o/hydro/members/", {"email": "nonsense", "name": "Bo Typed", "role": "curator"}
    )

    assert "Bo Typed" in page.content.decode()
    assert 'id="id_email_error"' in page.content.decode()
    assert Membership.objects.count() == 1


def test_an_institutions_administrator_invites_another(django_capture_on_commit_callbacks: OnCommit) -> None:
    place = Institution.objects.create(slug="uni", name="University")
    browser = signed_in(member("ida", place))
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/i/uni/", {"email": "second@example.org", "name": ""})

    assert place.memberships.count() == 2
    assert len(mail.outbox) == 1


def _path(body: str) -> str:
    found = re.search(r"https?://[^/\s]+(/invitation/\S+)", body)
    assert found is not None
    return found.group(1)
