"""Signing in and out, passwords, and the profile."""

import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from organizations.models import Organization, User
from tests.factories.organizations import PASSWORD, member, person, signed_in

pytestmark = pytest.mark.django_db
REFUSED = "This e-mail address and password do not match an account here."


def test_one_signs_in_by_e_mail_whatever_its_case(client: Client) -> None:
    person("ada")

    answer = client.post("/sign-in/", {"username": " Ada@Example.org ", "password": PASSWORD})

    assert answer.status_code == 302
    assert client.get("/profile/").status_code == 200


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org", "gone@example.org"])
def test_every_failed_sign_in_gets_the_same_sentence(client: Client, email: str) -> None:
    person("ada")
    User.objects.filter(pk=person("gone").pk).update(is_active=False)

    page = client.post("/sign-in/", {"username": email, "password": "canary-wrong"}).content.decode()

    assert page.count(REFUSED) == 1
    assert email in page
    assert "canary-wrong" not in page


def test_after_signing_in_one_comes_where_one_wanted_to_go(client: Client) -> None:
    person("ada")

    answer = client.post(
        "/sign-in/", {"username": "ada@example.org", "password": PASSWORD, "next": "/profile/"}
    )

    assert answer["Location"] == "/profile/"


def test_signing_in_does_not_lead_to_another_site(client: Client) -> None:
    person("ada")
    form = {"username": "ada@example.org", "password": PASSWORD, "next": "https://elsewhere.example/"}

    assert client.post("/sign-in/", form)["Location"] == "/"


def test_one_signs_out_by_a_button_and_not_by_a_link() -> None:
    browser = signed_in(person("ada"))

    assert browser.get("/sign-out/").status_code == 405
    assert browser.post("/sign-out/").status_code == 302
    assert browser.get("/profile/").status_code == 302


def test_a_forgotten_password_is_replaced_through_the_mailed_link(client: Client) -> None:
    person("ada")

    client.post("/password/forgotten/", {"email": "ada@example.org"}, headers={"host": "localhost"})
    assert settings.SITE_URL in mail.outbox[0].body
    page = client.get(_link(mail.outbox[0].body), follow=True)
    new = "another long password"
    client.post(page.redirect_chain[-1][0], {"new_password1": new, "new_password2": new})

    assert client.get("/profile/").status_code == 200
    assert User.objects.get().check_password(new)


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client: Client) -> None:
    person("ada")

    known = client.post("/password/forgotten/", {"email": "ada@example.org"}, follow=True).content
    unknown = client.post("/password/forgotten/", {"email": "nobody@example.org"}, follow=True).content

    assert _without_secrets(known) == _without_secrets(unknown)
    assert len(mail.outbox) == 1


def test_who_never_chose_a_password_gets_a_new_link_too(client: Client) -> None:
    User.objects.create_user("invited@example.org")

    client.post("/password/forgotten/", {"email": "Invited@example.org"})

    assert "/password/" in _link(mail.outbox[0].body)


def test_a_used_link_says_how_to_get_a_new_one(client: Client) -> None:
    page = client.get("/password/MQ/abc-def/").content.decode()

    assert "This link does not work any more" in page
    assert "/password/forgotten/" in page


def test_a_short_password_is_refused_at_its_field(client: Client) -> None:
    browser = signed_in(person("ada"))
    form = {"old_password": PASSWORD, "new_password1": "short-canary", "new_password2": "short-canar"}

    page = browser.post("/profile/password/", form).content.decode()

    assert 'id="id_new_password2_error"' in page
    assert "short-canar" not in page
    assert User.objects.get().check_password(PASSWORD)


def test_a_changed_password_keeps_one_signed_in() -> None:
    browser = signed_in(person("ada"))
    new = "another long password"

    browser.post("/profile/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    assert browser.get("/profile/").status_code == 200
    assert User.objects.get().check_password(new)


def test_the_profile_keeps_name_and_time_zone() -> None:
    ada = person("ada")

    signed_in(ada).post("/profile/", {"name": "Ada Marsh", "time_zone": "Pacific/Auckland"})

    ada.refresh_from_db()
    assert (ada.name, ada.time_zone) == ("Ada Marsh", "Pacific/Auckland")


def test_an_unknown_time_zone_is_refused_and_nothing_is_saved() -> None:
    ada = person("ada")

    page = (
        signed_in(ada).post("/profile/", {"name": "Other", "time_zone": "Moon/Tranquillity"}).content.decode()
    )

    ada.refresh_from_db()
    assert ada.name == "Ada"
    assert 'id="id_time_zone_error"' in page


def test_times_are_first_shown_in_the_organizations_zone() -> None:
    place = Organization.objects.create(slug="hydro", name="Hydro", time_zone="Asia/Tokyo")
    ada = member("ada", place)
    browser = signed_in(ada)

    seen: list[str] = []
    original = timezone.override.__enter__

    def noted(self: timezone.override) -> None:
        seen.append(str(self.timezone))
        original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone.override, "__enter__", noted)
        browser.get("/profile/")
        User.objects.update(time_zone="Europe/Berlin")
        browser.get("/profile/")

    assert seen == ["Asia/Tokyo", "Europe/Berlin"]


def _link(body: str | object) -> str:
    found = re.search(r"https?://[^/\s]+(/\S+)", str(body))
    assert found is not None
    return found.group(1)


def _without_secrets(page: bytes) -> bytes:
    return re.sub(rb'(nonce|value)="[^"]*"', b"", page)
