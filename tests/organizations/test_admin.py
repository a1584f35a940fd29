"""Operators' admin: plain, and without anybody's password."""

import pytest

from organizations.models import Institution, Membership, Organization, User
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


def test_no_circle_of_institutions_is_made_here() -> None:
    operator = signed_in(User.objects.create_superuser("op@example.org", PASSWORD))
    top = Institution.objects.create(slug="top", name="Top")
    low = Institution.objects.create(slug="low", name="Low", parent=top)

    form = {"slug": "other", "name": "Topmost", "parent": low.pk}
    assert operator.post(f"/admin/organizations/institution/{top.pk}/change/", form).status_code == 302

    top.refresh_from_db()
    assert (top.slug, top.name, top.parent) == ("top", "Topmost", None)


def test_no_organization_is_moved_renamed_or_closed_past_the_services() -> None:
    operator = signed_in(User.objects.create_superuser("op@example.org", PASSWORD))
    uni = Institution.objects.create(slug="uni", name="University")
    hydro = Organization.objects.create(slug="hydro", name="Hydro", institution=uni)

    form = {
        "slug": "other",
        "name": "Other",
        "institution": "",
        "time_zone": "Asia/Tokyo",
        "closed_at_0": "2026-01-01",
        "closed_at_1": "12:00",
    }
    assert operator.post(f"/admin/organizations/organization/{hydro.pk}/change/", form).status_code == 302

    hydro.refresh_from_db()
    assert (hydro.slug, hydro.name, hydro.institution, hydro.closed_at) == ("hydro", "Hydro", uni, None)
    assert hydro.time_zone == "Asia/Tokyo"


def test_an_operator_makes_an_organization_where_it_belongs() -> None:
    operator = signed_in(User.objects.create_superuser("op@example.org", PASSWORD))
    uni = Institution.objects.create(slug="uni", name="University")

    form = {"slug": "hydro", "name": "Hydro", "institution": uni.pk, "time_zone": "UTC"}
    operator.post("/admin/organizations/organization/add/", form)

    assert Organization.objects.get().institution == uni


@pytest.mark.parametrize("page", ["user", "institution", "organization"])
def test_nothing_that_roles_hang_on_is_deleted_here(page: str) -> None:
    operator = signed_in(User.objects.create_superuser("op@example.org", PASSWORD))
    uni = Institution.objects.create(slug="uni", name="University")
    hydro = Organization.objects.create(slug="hydro", name="Hydro")
    ada, _ida = member("ada", hydro), member("ida", uni)
    row = {"user": ada, "institution": uni, "organization": hydro}[page]

    assert operator.post(f"/admin/organizations/{page}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    form = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
    operator.post(f"/admin/organizations/{page}/", form)

    assert Membership.objects.count() == 2
