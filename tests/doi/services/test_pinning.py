"""What is in force, what planned DOIs do about it, and what stays where it was."""

from typing import Any

import pytest

from datasets import services as versions
from doi import selectors
from doi.errors import NotAllowedError
from doi.models import Account, Doi, DoiEvent
from doi.sandbox import Sandbox
from doi.services import issuance
from doi.services.accounts import OwnAccount
from organizations.models import Institution
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support import places
from tests.support.commands import everything

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = OwnAccount("datacite", "production", "ORG.REPO", "10.70113", password="secret")
TEST = OwnAccount("datacite", "test", "ORG.REPO", "10.70112", password="secret")


def planned(place: Any, slug: str = "stage", **dataset: Any) -> Doi:
    """A released version of a dataset that is on: wanted, and nothing sent yet."""
    return make.doi_of(make.drafted(make.dataset(place, slug, **dataset)))


def fresh(doi: Doi) -> Doi:
    return Doi.objects.select_related("account__login").get(pk=doi.pk)


# --- what is in force ---------------------------------------------------------------------------------------------


@pytest.fixture
def chain(sandbox: Sandbox) -> list[Institution]:
    """Consortium > uni > faculty"""
    consortium = places.institution("consortium")
    uni = places.institution("uni", parent=consortium)
    return [consortium, uni, places.institution("faculty", parent=uni)]


def test_the_nearest_institution_wins(chain: list[Institution]) -> None:
    consortium, uni, faculty = chain
    places.own(consortium)
    place = places.below(faculty)
    force = selectors.in_force(place)
    assert (force.owner, force.source, force.usable) == (consortium, "inherited", True)
    assert force.path == ("River Lab", "Faculty", "Uni", "Consortium")

    places.own(uni, OTHER)
    assert selectors.in_force(place).owner == uni
    places.inherit(uni)
    assert selectors.in_force(place).owner == consortium


def test_the_nearest_stays_in_force_while_it_is_unverified(chain: list[Institution]) -> None:
    consortium, uni, faculty = chain
    places.own(consortium)
    places.own(uni, OTHER, check=None)
    place = places.below(faculty)

    force = selectors.in_force(place)
    planned(place)
    drain_all()

    assert (force.owner, force.usable) == (uni, False)
    assert Doi.objects.get().state == "planned"


def test_an_institution_that_is_off_blocks_what_is_below(chain: list[Institution], sandbox: Sandbox) -> None:
    consortium, uni, faculty = chain
    places.own(consortium)
    place = places.below(faculty)
    doi = planned(place)

    places.off(uni)
    drain_all()
    force = selectors.in_force(place)
    assert (force.account, force.blocked, force.owner) == (None, True, uni)
    assert fresh(doi).attention == "account.none"
    with pytest.raises(NotAllowedError, match="Uni has switched DOI issuing off"):
        places.inherit(make.organization("other", institution=faculty))
    assert sandbox.counts()["total"] == 0

    places.inherit(uni)
    drain_all()
    assert fresh(doi).state == "draft"


def test_inheriting_where_there_is_nothing_above_is_refused(sandbox: Sandbox) -> None:
    alone, member = make.organization("alone"), make.organization("member", institution=places.institution())
    before = everything()

    with pytest.raises(NotAllowedError, match="belongs to no institution"):
        places.inherit(alone)
    with pytest.raises(NotAllowedError, match="No institution above has set up an account"):
        places.inherit(member)
    assert everything() == before


def test_each_choice_says_why_it_is_not_to_be_had(chain: list[Institution]) -> None:
    place = make.organization(institution=chain[-1])
    assert {each.value: each.available for each in selectors.choices(place)} == {
        "own": True,
        "inherit": False,
        "off": True,
    }
    assert {each.value: each.available for each in selectors.choices(chain[0])}["inherit"]
    places.own(chain[0])
    offered = next(each for each in selectors.choices(place) if each.value == "inherit")
    assert offered.available
    assert "ORG.REPO" in offered.why
    assert "Consortium" in offered.why


# --- planned DOIs follow the account in force ---------------------------------------------------------------------


def test_a_planned_doi_takes_the_account_now_in_force_and_a_draft_stays(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    place = make.configured()
    draft = planned(place, "draft", visibility="public")
    drain_all()
    waiting = planned(place, "waiting")
    old = make.account_of(place)

    # At EZID's test shoulder: another provider, environment and prefix at once.
    places.own(place, make.EZID)
    drain_all()

    draft, waiting = fresh(draft), fresh(waiting)
    assert (draft.account, draft.state) == (old, "draft")
    assert waiting.account is not None
    assert (waiting.account.login.provider, waiting.environment, waiting.state) == ("ezid", "test", "draft")
    assert waiting.name.startswith("10.5072/fk2")
    assert DoiEvent.objects.filter(event="account_changed").get().detail["name"] == waiting.name
    moved_clock.forward(days=7, seconds=1)
    drain_all()
    assert (fresh(draft).state, fresh(draft).account) == ("findable", old)


def test_a_reserved_name_stays_with_its_account(sandbox: Sandbox) -> None:
    place = make.configured()
    version = make.version(make.dataset(place), release=False)
    reserved = issuance.reserve(version, by=make.by())

    places.own(place, OTHER)
    issuance.switch_on(version.dataset, by=make.by())
    versions.release(version, by=make.by())

    doi = make.doi_of(version)
    assert (doi.pk, doi.name, doi.account) == (reserved.pk, reserved.name, reserved.account)


def test_own_to_inherited_and_back(sandbox: Sandbox) -> None:
    uni = places.institution()
    places.own(uni, OTHER)
    place = make.organization(institution=uni)
    places.own(place)
    doi = planned(place)
    own = fresh(doi).account

    places.inherit(place)
    inherited = fresh(doi)
    assert inherited.account == Account.objects.get(login__institution=uni)
    assert inherited.name.startswith("10.70113/")

    places.own(place)
    drain_all()
    assert (fresh(doi).account, fresh(doi).state) == (own, "draft")
    places.inherit(place)
    assert fresh(doi).account == own, "what was sent stays where it was sent"


def test_switching_off_lets_planned_ones_wait_and_looks_after_the_rest(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    place = make.configured()
    draft = planned(place, "draft", visibility="public")
    drain_all()
    waiting = planned(place, "waiting")

    places.off(place)
    versions.edit_metadata(waiting.version.dataset, {**make.METADATA, "language": "en"}, by=make.by())  # type: ignore[union-attr]
    moved_clock.forward(days=7, seconds=1)
    drain_all()

    assert fresh(draft).state == "findable"
    assert (fresh(waiting).state, fresh(waiting).attention) == ("planned", "account.none")
    assert fresh(waiting).attention_text.endswith(".")
    places.own(place)
    drain_all()
    assert (fresh(waiting).state, fresh(waiting).name) == ("draft", waiting.name)


def test_a_planned_one_that_waits_for_an_account_can_still_be_given_up(sandbox: Sandbox) -> None:
    place = make.configured()
    doi = planned(place)
    places.off(place)

    issuance.switch_off(doi.version.dataset, by=make.by())  # type: ignore[union-attr]
    drain_all()

    assert (fresh(doi).state, fresh(doi).attention) == ("discarded", "")


def test_a_name_given_up_before_anybody_saw_it_follows_the_account_when_wanted_again(
    sandbox: Sandbox,
) -> None:
    place = make.configured()
    doi = planned(place)
    dataset = doi.version.dataset  # type: ignore[union-attr]
    issuance.switch_off(dataset, by=make.by())
    drain_all()
    places.own(place, OTHER)

    issuance.switch_on(dataset, by=make.by())

    assert fresh(doi).account == make.account_of(place)
    assert fresh(doi).name.startswith("10.70113/")


def test_versions_that_waited_without_an_account_are_planned_once_there_is_one(sandbox: Sandbox) -> None:
    place = make.organization()
    dataset = make.dataset(place)
    issuance.switch_on(dataset, by=make.by())
    make.version(dataset, "1.0")
    make.version(dataset, "2.0")
    assert not Doi.objects.exists()

    places.own(place)
    drain_all()

    assert [record["state"] for record in sandbox.records()] == ["draft", "draft"]


def test_going_from_test_to_production_leaves_versions_with_a_test_doi_to_a_back_issue(
    sandbox: Sandbox,
) -> None:
    place = make.configured(own=TEST)
    old = planned(place, "old")
    drain_all()
    waiting = planned(place, "waiting")

    places.own(place)
    drain_all()

    assert (fresh(old).environment, Doi.objects.filter(landing_id=old.landing_id).count()) == ("test", 1)
    assert fresh(waiting).environment == "production"


def test_a_planned_test_doi_of_a_version_with_a_real_one_is_given_up_on_the_way_back(
    sandbox: Sandbox,
) -> None:
    place = make.configured()
    real = planned(place)
    drain_all()
    places.own(place, TEST)
    trial = issuance.ensure(real.version, by=make.by())  # type: ignore[arg-type]
    assert trial

    places.own(place)
    drain_all()

    assert {doi.environment: doi.state for doi in Doi.objects.all()} == {
        "production": "draft",
        "test": "discarded",
    }
    assert len(sandbox.records()) == 1
