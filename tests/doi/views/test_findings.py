"""The page of findings: who sees it, what it says, what its button does."""

import pytest
from django.test import Client
from django.urls import reverse

from datasets.models import Version
from doi.address import landing_url
from doi.comparing import NATURES, sentence
from doi.models import Doi, DoiEvent, Finding, Kind
from doi.sandbox import Sandbox
from doi.states import State
from organizations.models import Institution, Organization, Role
from tests.doi.conftest import Clock, drain_all
from tests.doi.drifting import drafted, edit, heal, open_kinds, permanent, rounds, there
from tests.factories import doi as make
from tests.factories.organizations import member, person, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(place: Organization) -> str:
    return reverse("doi:findings", args=[place.slug])


def repair_of(finding: Finding) -> str:
    assert finding.organization is not None
    return reverse("doi:repair-finding", args=[finding.organization.slug, finding.pk])


def found(sandbox: Sandbox, moved_clock: Clock, act: str = "delete") -> tuple[Version, Finding]:
    version = permanent(moved_clock)
    edit(sandbox, version, act, owner="other.repo")
    rounds(moved_clock)
    return version, Finding.objects.get()


def test_each_role_opens_what_it_may(sandbox: Sandbox, moved_clock: Clock) -> None:
    version, finding = found(sandbox, moved_clock)
    place = version.dataset.organization
    clients = {role: signed_in(member(f"one-{role}", place, role)) for role in Role}

    for address, expected in (
        (page_of(place), {Role.VIEWER: 403, Role.CURATOR: 200, Role.ADMINISTRATOR: 200}),
        (repair_of(finding), {Role.VIEWER: 403, Role.CURATOR: 403, Role.ADMINISTRATOR: 200}),
    ):
        assert {role: client.get(address).status_code for role, client in clients.items()} == expected
        assert signed_in(person("charlie-" + address[-3:-1])).get(address).status_code == 404
        assert Client().get(address).status_code == 302
    assert "Repair" not in clients[Role.CURATOR].get(page_of(place)).content.decode()
    other = make.organization("other-lab")
    elsewhere = repair_of(finding).replace(place.slug, other.slug)
    assert signed_in(member("dana", other)).get(elsewhere).status_code == 404


def test_a_place_without_findings_says_so(sandbox: Sandbox) -> None:
    place = make.organization()

    shown = signed_in(member("ada", place)).get(page_of(place)).content.decode()

    assert "Nothing differs" in shown


def test_it_says_what_differs_and_what_can_be_done(sandbox: Sandbox, moved_clock: Clock) -> None:
    version, _finding = found(sandbox, moved_clock, "move")
    place = version.dataset.organization
    ada = signed_in(member("ada", place))

    shown = ada.get(page_of(place)).content.decode()

    for words in (make.doi_of(version).name, "Held by another account", "other.repo", "Severe", "Repair"):
        assert words in shown
    assert "Ask the registry to give it back" in shown
    panel = ada.get(reverse("datasets:dataset", args=[place.slug, version.dataset.slug])).content.decode()
    assert "The registry says that the account other.repo holds it." in panel
    settings = ada.get(reverse("doi:configuration", args=[place.slug])).content.decode()
    assert page_of(place) in settings


def test_the_institution_sees_how_many_there_are_below_it(sandbox: Sandbox, moved_clock: Clock) -> None:
    version, _finding = found(sandbox, moved_clock)
    above = Institution.objects.create(slug="uni", name="University")
    Organization.objects.filter(pk=version.dataset.organization_id).update(institution=above)
    address = reverse("doi:institution-configuration", args=[above.slug])

    shown = " ".join(signed_in(member("ina", above)).get(address).content.decode().split())

    assert "River Lab</a>: 1 finding, 1 severe" in shown


def test_a_draft_that_is_gone_is_made_anew_by_one_button(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = drafted()
    edit(sandbox, version, "delete draft")
    rounds(moved_clock)
    finding = Finding.objects.get()
    ada = signed_in(member("ada", version.dataset.organization))
    assert "a draft is made anew under the same name" in ada.get(repair_of(finding)).content.decode()
    assert there(sandbox, make.doi_of(version)) is None, "a look changes nothing"

    answer = ada.post(repair_of(finding), follow=True).content.decode()
    assert "The repair is under way." in answer
    assert "It is being mended" in answer
    heal(moved_clock)

    assert make.doi_of(version).state == State.DRAFT
    assert there(sandbox, make.doi_of(version)) is not None
    assert open_kinds() == []
    assert Finding.objects.get().healed_by.startswith("user:")
    assert DoiEvent.objects.get(event="repair_asked").detail == {"kind": "missing"}


def test_what_cannot_be_repaired_from_here_says_why(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = drafted()
    name = "10.70112/orph-an00"
    sandbox.control.seed(
        {
            "provider": "datacite",
            "name": name,
            "owner": "ORG.REPO",
            "state": "draft",
            "url": landing_url(version.pk),
        }
    )
    rounds(moved_clock)
    finding = Finding.objects.get(name=name)
    ada = signed_in(member("ada", version.dataset.organization))

    assert "has a DOI already" in ada.get(repair_of(finding)).content.decode()
    assert ada.post(repair_of(finding)).status_code == 200
    assert Doi.objects.count() == 1
    drain_all()


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_its_nature_and_its_sentence(kind: Kind) -> None:
    assert kind in NATURES
    assert sentence(kind, "").endswith(".")
    assert "%" not in sentence(kind, "a 100% odd detail").replace("100% odd", "")
