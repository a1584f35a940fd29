"""Pages that hold a place or stop a repository account: what they say first, who may, and what is shown afterwards."""

import pytest
from django.core.management import call_command
from django.test import Client

from datasets.models import Version
from doi.models import Hold, Login
from doi.sandbox import Sandbox
from doi.services import accounts, holding
from organizations.models import Institution, Organization, Role
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.factories.organizations import member, signed_in
from tests.support import places

pytestmark = pytest.mark.django_db(transaction=True)

WEEK = 604_800


@pytest.fixture
def faculty() -> Institution:
    return places.institution("faculty")


@pytest.fixture
def lab(sandbox: Sandbox, faculty: Institution) -> Organization:
    made = make.organization(institution=faculty)
    accounts.configure_own(made, make.DATACITE, check=places.PASSED, default_on=True, by=make.by())
    return made


@pytest.fixture
def version(lab: Organization) -> Version:
    made = make.drafted(make.dataset(lab))
    drain_all()
    return made


@pytest.fixture
def ada(faculty: Institution) -> Client:
    """An administrator of the institution, and so of the organization directly under it."""
    return signed_in(member("ada", faculty))


def addresses() -> dict[str, tuple[str, str]]:
    """What is held by name: the address of its page, without the act, and the page where one is sent back to."""
    login = Login.objects.get().pk
    return {
        "dataset": ("/o/river-lab/datasets/stage/doi/", "/o/river-lab/datasets/stage/"),
        "organization": ("/o/river-lab/settings/doi/", "/o/river-lab/settings/doi/"),
        "institution": ("/i/faculty/settings/doi/", "/i/faculty/settings/doi/"),
        "login": (f"/o/river-lab/settings/doi/logins/{login}/", "/o/river-lab/settings/doi/"),
    }


@pytest.mark.parametrize("name", ["dataset", "organization", "institution", "login"])
def test_holding_and_lifting_say_in_numbers_what_they_mean(
    version: Version, ada: Client, moved_clock: Clock, name: str
) -> None:
    address, back = addresses()[name]
    page = ada.get(f"{address}hold/").text
    assert "1 DOI does not become permanent until this is lifted." in page
    assert "The first would become permanent on" in page
    assert "This cannot be done now" in ada.get(f"{address}lift-hold/").text

    assert ada.post(f"{address}hold/", {"reason": " "}).status_code == 422
    answer = ada.post(f"{address}hold/", {"reason": "An ethics review."}, follow=True)
    assert answer.redirect_chain[-1][0] == back
    assert "An ethics review." in answer.text
    assert "Ada" in answer.text
    assert "An ethics review." in ada.get("/o/river-lab/datasets/stage/").text
    assert ada.post(f"{address}hold/", {"reason": "again"}).status_code == 409

    moved_clock.forward(seconds=WEEK + 1)
    drain_all()
    words = "becomes permanent at once" if name == "login" else "its new one is"
    assert words in ada.get(f"{address}lift-hold/").text
    ada.post(f"{address}lift-hold/")
    drain_all()
    assert make.doi_of(version).state == ("findable" if name == "login" else "draft")
    assert make.doi_of(version).attention == ""
    assert not Hold.objects.filter(lifted_at__isnull=True).exists()


@pytest.mark.parametrize("name", ["dataset", "organization", "login"])
def test_only_administrators_hold(
    version: Version, lab: Organization, faculty: Institution, name: str
) -> None:
    curator = signed_in(member("bob", lab, Role.CURATOR))
    stranger = signed_in(member("eve", make.organization("sea-lab")))
    for act in ("hold/", "lift-hold/"):
        page = addresses()[name][0] + act
        assert curator.get(page).status_code == 403
        assert curator.post(page, {"reason": "no"}).status_code == 403
        assert stranger.post(page, {"reason": "no"}).status_code == 404
        assert Client().get(page).status_code == 302
    assert not Hold.objects.exists()


def test_an_institution_is_held_by_its_own_administrators_only(version: Version, lab: Organization) -> None:
    page = "/i/faculty/settings/doi/hold/"
    assert signed_in(member("bob", lab)).post(page, {"reason": "no"}).status_code == 404
    assert not Hold.objects.exists()


def test_a_login_is_stopped_where_it_belongs(version: Version, ada: Client) -> None:
    login = Login.objects.get().pk
    assert ada.get(f"/i/faculty/settings/doi/logins/{login}/hold/").status_code == 404
    assert ada.get("/o/river-lab/settings/doi/logins/999/hold/").status_code == 404


def test_what_is_held_above_is_shown_below_without_a_way_to_lift_it(
    version: Version, lab: Organization, faculty: Institution
) -> None:
    holding.hold(faculty, reason="An audit.", by=make.by())
    bob = signed_in(member("bob", lab))

    for page in ("/o/river-lab/settings/doi/", "/o/river-lab/datasets/stage/"):
        text = bob.get(page).text
        assert "Faculty, with everything below it, is held: An audit." in text
        assert "Lift the hold" not in text


def test_a_stopped_deployment_says_so_on_every_page_of_somebody_signed_in(
    version: Version, ada: Client
) -> None:
    assert "has stopped making DOIs permanent" not in ada.get("/profile/").text
    call_command("promotions", "stop", reason="Maintenance.")

    assert "The operator has stopped making DOIs permanent: Maintenance." in ada.get("/profile/").text
    assert "Maintenance." not in Client().get("/sign-in/").text
    call_command("promotions", "go")
    assert "Maintenance." not in ada.get("/profile/").text
