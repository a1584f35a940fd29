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
        added = add_member("New.Person@Example.org", "New Person", hydro, "curator", by=None)
    made = added.membership

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

    assert first.membership.pk == second.membership.pk
    assert (first.change, second.change) == ("added", "nothing")
    assert (first.mailed, second.mailed) == (True, None)
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


# --- asked again ----------------------------------------------------------------------------------------------------


def invited(browser: Client, email: str = "bo@example.org", role: str = "viewer") -> str:
    """Invite from the members page; what the next page says."""
    answer = browser.post("/o/hydro/members/", {"email": email, "name": "Bo", "role": role}, follow=True)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.django_db(transaction=True)
def test_a_person_who_never_came_is_invited_again_by_a_person(hydro: Organization) -> None:
    alice = signed_in(member("alice", hydro))

    assert "bo@example.org has been invited by e-mail." in invited(alice)
    assert "The invitation has been sent to bo@example.org again." in invited(alice)
    assert [letter.to for letter in mail.outbox] == [["bo@example.org"]] * 2


@pytest.mark.django_db(transaction=True)
def test_the_page_says_what_has_changed_and_what_has_not(hydro: Organization) -> None:
    alice = signed_in(member("alice", hydro))
    person("bo")
    invited(alice)

    assert "bo@example.org has another role now: Curator." in invited(alice, role="curator")
    assert "Nothing has changed: bo@example.org has this role already (Curator)." in invited(
        alice, role="curator"
    )
    assert len(mail.outbox) == 1


# --- the last administrator -----------------------------------------------------------------------------------------


def test_the_last_administrator_stays_one(hydro: Organization) -> None:
    alice = signed_in(member("alice", hydro))

    page = invited(alice, "alice@example.org")

    assert "alice@example.org is the last administrator here." in page
    assert 'id="id_role_error"' in page
    assert Membership.objects.get().role == Role.ADMINISTRATOR


def test_who_has_left_does_not_count_as_an_administrator(hydro: Organization) -> None:
    member("alice", hydro)
    User.objects.filter(pk=member("gone", hydro).pk).update(is_active=False)

    with pytest.raises(RefusedError, match="the last administrator"):
        add_member("alice@example.org", "", hydro, "viewer", by=None)


def test_an_administrator_beside_or_above_is_enough(hydro: Organization) -> None:
    member("alice", hydro)
    bob = member("bob", hydro)
    add_member("alice@example.org", "", hydro, "curator", by=None)
    hydro.institution = Institution.objects.create(slug="uni", name="University")
    hydro.save()
    member("ida", hydro.institution)

    add_member(bob.email, "", hydro, "viewer", by=None)

    assert not hydro.memberships.filter(role=Role.ADMINISTRATOR).exists()


# --- mail that cannot be sent ---------------------------------------------------------------------------------------


@pytest.fixture
def no_mail(settings: Any) -> None:
    """A mail server that is not there."""
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 1, "timeout": 2},
        }
    }


@pytest.mark.django_db(transaction=True)
def test_an_invitation_that_cannot_be_mailed_says_so_and_can_be_sent_again(
    hydro: Organization, settings: Any, caplog: pytest.LogCaptureFixture, no_mail: None
) -> None:
    alice = signed_in(member("alice", hydro))
    working = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}

    page = invited(alice)

    bo = User.objects.get(email="bo@example.org")
    assert "the letter could not be sent" in page
    assert "has been invited" not in page
    assert f"mail_not_sent user={bo.pk} letter=invitation error=ConnectionRefusedError" in caplog.text
    assert "bo@example.org" not in caplog.text
    settings.MAILERS = working
    assert "sent to bo@example.org again" in invited(alice)
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_program_goes_on_without_mail(hydro: Organization, no_mail: None) -> None:
    added = add_member("bo@example.org", "Bo", hydro, "viewer", by=None)

    assert (added.change, added.mailed) == ("added", False)


def test_a_name_of_two_lines_is_one_subject(
    hydro: Organization, django_capture_on_commit_callbacks: OnCommit
) -> None:
    hydro.name = "Hydrology\nand Ice"
    with django_capture_on_commit_callbacks(execute=True):
        add_member("bo@example.org", "Bo", hydro, "viewer", by=None)

    assert mail.outbox[0].subject == "Your invitation to Hydrology and Ice"


# --- whose name is shown --------------------------------------------------------------------------------------------


def test_inviting_an_address_does_not_tell_a_name_chosen_elsewhere(hydro: Organization) -> None:
    alice = signed_in(member("alice", hydro))
    secret = member("sasha", Organization.objects.create(slug="other", name="Other"))

    invited(alice, secret.email)
    page = alice.get("/o/hydro/members/").text
    assert "Sasha" not in page
    assert secret.email in page

    signed_in(secret)
    assert "Sasha" in alice.get("/o/hydro/members/").text


def test_an_institutions_page_does_not_tell_one_either() -> None:
    place = Institution.objects.create(slug="uni", name="University")
    ida = signed_in(member("ida", place))
    secret = member("sasha", Organization.objects.create(slug="other", name="Other"))

    ida.post("/i/uni/", {"email": secret.email, "name": ""})

    page = ida.get("/i/uni/").text
    assert "Sasha" not in page
    assert secret.email in page
    assert "Ida" in page


def test_a_name_typed_here_is_shown_at_once(hydro: Organization) -> None:
    alice = signed_in(member("alice", hydro))
    add_member("bo@example.org", "Bo Typed", hydro, "viewer", by=None)

    assert "Bo Typed" in alice.get("/o/hydro/members/").text


def _path(body: str) -> str:
    found = re.search(r"https?://[^/\s]+(/invitation/\S+)", body)
    assert found is not None
    return found.group(1)
