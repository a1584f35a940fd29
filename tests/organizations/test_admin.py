"""Operators' admin: plain, and without anybody's password."""

import pytest

from organizations.models import Organization, User
from tests.factories.organizations import PASSWORD, member, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["user", "institution", "organization", "membership"])
def test_an_operator_lists_and_adds(page: str) -> None:
    operator = signed_in(User.objects.create_superuser("op@example.org", PASSWORD))

    assert operator.get(f"/admin/organizations/{page}/").status_code == 200
    assert operator.get(f"/admin/organizations/{page}/add/").status_code == 200


def test_a_persons_page_shows_no_password_hash() -> None:
    operator = User.objects.create_superuser("op@example.org", PASSWORD)

    page = signed_in(operator).get(f"/admin/organizations/user/{operator.pk}/change/").content.decode()

    assert "argon2" not in page


def test_an_organizations_administrator_is_no_operator() -> None:
    alice = signed_in(member("alice", Organization.objects.create(slug="hydro", name="Hydro")))

    assert alice.get("/admin/organizations/user/").status_code == 302
