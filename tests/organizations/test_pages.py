"""Who may open which page of an organization or institution."""

import pytest
from django.test import Client

from organizations.models import Institution, Organization, Role
from tests.factories.organizations import member, person, signed_in

pytestmark = pytest.mark.django_db

# Page, then the answer to: a stranger, a viewer, a curator, an administrator, the institution's administrator.
MATRIX = {
    "/o/hydro/": (404, 200, 200, 200, 200),
    "/o/hydro/members/": (404, 200, 200, 200, 200),
    "/o/hydro/settings/": (404, 403, 403, 200, 200),
    "/o/hydro/settings/doi/": (404, 403, 403, 200, 200),
    "/o/hydro/settings/doi/back-issue/": (404, 403, 403, 200, 200),
    "/o/nowhere/": (404, 404, 404, 404, 404),
    "/i/university/": (404, 404, 404, 404, 200),
    "/i/university/settings/doi/": (404, 404, 404, 404, 200),
    "/i/nowhere/": (404, 404, 404, 404, 404),
    "/profile/": (200, 200, 200, 200, 200),
    "/profile/password/": (200, 200, 200, 200, 200),
}


@pytest.fixture
def hydro() -> Organization:
    university = Institution.objects.create(slug="university", name="University of Rivers")
    return Organization.objects.create(slug="hydro", name="Hydrology", institution=university)


@pytest.fixture
def browsers(hydro: Organization) -> list[Client]:
    assert hydro.institution is not None
    elsewhere = Organization.objects.create(slug="elsewhere", name="Elsewhere")
    people = [
        member("charlie", elsewhere),
        member("vera", hydro, Role.VIEWER),
        member("bob", hydro, Role.CURATOR),
        member("alice", hydro),
        member("ida", hydro.institution),
    ]
    return [signed_in(each) for each in people]


@pytest.mark.parametrize("path", MATRIX)
def test_each_page_opens_for_those_who_may(path: str, browsers: list[Client]) -> None:
    assert tuple(browser.get(path).status_code for browser in browsers) == MATRIX[path]


@pytest.mark.parametrize("path", [*MATRIX, "/"])
def test_a_visitor_is_asked_to_sign_in(path: str, hydro: Organization, client: Client) -> None:
    answer = client.get(path)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_an_organization_of_a_sub_institution_is_not_for_the_administrators_above(
    hydro: Organization,
) -> None:
    school = Institution.objects.create(slug="school", name="School", parent=hydro.institution)
    Organization.objects.create(slug="deep", name="Deep", institution=school)
    assert hydro.institution is not None
    ida = signed_in(member("ida", hydro.institution))

    assert ida.get("/o/deep/").status_code == 404
    assert ida.get("/i/school/").status_code == 404


def test_who_has_one_place_goes_straight_there(hydro: Organization) -> None:
    answer = signed_in(member("vera", hydro, Role.VIEWER)).get("/")

    assert answer["Location"] == "/o/hydro/"


def test_who_has_several_places_chooses(hydro: Organization) -> None:
    assert hydro.institution is not None
    page = signed_in(member("ida", hydro.institution)).get("/").content.decode()

    assert "University of Rivers" in page
    assert "/o/hydro/" in page


def test_who_belongs_nowhere_is_told_what_to_do() -> None:
    page = signed_in(person("nobody")).get("/").content.decode()

    assert "Ask an administrator of your organization to invite you" in page


def test_settings_is_a_tab_for_administrators_only(hydro: Organization) -> None:
    assert "/o/hydro/settings/" in signed_in(member("alice", hydro)).get("/o/hydro/").content.decode()
    assert (
        "/o/hydro/settings/"
        not in signed_in(member("bob", hydro, Role.CURATOR)).get("/o/hydro/").content.decode()
    )


def test_a_viewer_sees_the_members_and_cannot_invite(hydro: Organization) -> None:
    vera = signed_in(member("vera", hydro, Role.VIEWER))

    assert "Invite somebody" not in vera.get("/o/hydro/members/").content.decode()
    assert vera.post("/o/hydro/members/", {"email": "x@example.org", "role": "viewer"}).status_code == 403


def test_the_members_page_names_the_institutions_administrators_as_such(hydro: Organization) -> None:
    assert hydro.institution is not None
    member("ida", hydro.institution)

    page = signed_in(member("vera", hydro, Role.VIEWER)).get("/o/hydro/members/").content.decode()

    assert "through University of Rivers" in page


def test_an_organizations_time_zone_is_changed_by_its_administrator(hydro: Organization) -> None:
    answer = signed_in(member("alice", hydro)).post("/o/hydro/settings/", {"time_zone": "Africa/Lagos"})

    assert answer.status_code == 302
    hydro.refresh_from_db()
    assert hydro.time_zone == "Africa/Lagos"


def test_a_page_that_is_not_there_says_what_to_do(client: Client) -> None:
    answer = client.get("/no/such/page/")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_a_page_above_ones_role_says_what_to_do(hydro: Organization) -> None:
    page = signed_in(member("bob", hydro, Role.CURATOR)).get("/o/hydro/settings/").content.decode()

    assert "Your role does not allow this" in page
