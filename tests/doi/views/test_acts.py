"""The switch of a dataset and the acts on one DOI: what the page says, what its button does, who may press it."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from datasets.models import Dataset, Version
from doi.models import Doi, DoiEvent
from doi.sandbox import Sandbox
from doi.selectors import is_on
from doi.services import issuance
from organizations.models import Organization, Role
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.factories.organizations import member, person, signed_in

pytestmark = pytest.mark.django_db
OF_DATASET = ["switch-on", "switch-off"]
OF_VERSION = ["reserve", "permanent-now", "hold", "lift-hold", "payload"]
ADMINISTRATORS_ONLY = {"permanent-now", "hold", "lift-hold"}


@pytest.fixture
def place(sandbox: Sandbox) -> Organization:
    return make.configured(default_on=False)


@pytest.fixture
def stage(place: Organization) -> Dataset:
    return make.dataset(place)


@pytest.fixture
def ada(place: Organization) -> Client:
    return signed_in(member("ada", place))


def url(act: str, of: Dataset | Version) -> str:
    dataset = of if isinstance(of, Dataset) else of.dataset
    keys = [dataset.organization.slug, dataset.slug, *([] if of is dataset else [of.pk])]
    return reverse(f"doi:{act}", args=keys)


def drafted(dataset: Dataset) -> Version:
    version = make.drafted(dataset)
    drain_all()
    return version


# --- who -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [*OF_DATASET, *OF_VERSION])
def test_each_role_opens_what_it_may(act: str, place: Organization, stage: Dataset) -> None:
    version = drafted(stage)
    there = url(act, stage if act in OF_DATASET else version)
    answers = {
        role: signed_in(member(f"one-{role}", place, role)).get(there).status_code
        for role in (Role.VIEWER, Role.CURATOR, Role.ADMINISTRATOR)
    }
    curator = 403 if act in ADMINISTRATORS_ONLY else 200
    viewer = 200 if act == "payload" else 403
    assert answers == {Role.VIEWER: viewer, Role.CURATOR: curator, Role.ADMINISTRATOR: 200}
    stranger = signed_in(person("charlie"))
    assert stranger.get(there).status_code == 404
    assert stranger.get(there.replace(place.slug, "nowhere")).status_code == 404
    assert Client().get(there).status_code == 302


@pytest.mark.parametrize("act", ["switch-on", "switch-off", "reserve", "permanent-now", "hold", "lift-hold"])
def test_nobody_below_the_role_changes_anything(act: str, place: Organization, stage: Dataset) -> None:
    version = drafted(stage)
    there = url(act, stage if act in OF_DATASET else version)
    before = list(Doi.objects.values()), DoiEvent.objects.count(), is_on(stage)
    weaker = Role.CURATOR if act in ADMINISTRATORS_ONLY else Role.VIEWER
    sent = {"reason": "x", "number": "1.0"}
    assert signed_in(member("bob", place, weaker)).post(there, sent).status_code == 403
    assert signed_in(person("charlie")).post(there, sent).status_code == 404
    assert (list(Doi.objects.values()), DoiEvent.objects.count(), is_on(stage)) == before


@pytest.mark.parametrize("act", ["permanent-now", "hold", "lift-hold", "payload"])
def test_a_version_without_a_doi_has_no_such_page(act: str, ada: Client, stage: Dataset) -> None:
    assert ada.get(url(act, make.version(stage))).status_code == 404


# --- the switch ------------------------------------------------------------------------------------------------------


def test_switching_on_says_who_gets_a_doi_and_who_waits_for_which_field(ada: Client, stage: Dataset) -> None:
    make.version(stage, "1.0")
    broken = make.version(stage, "1.1")
    Version.objects.filter(pk=broken.pk).update(metadata={"publicationYear": "20x5"})
    page = ada.get(url("switch-on", stage)).text
    assert "2 released versions get a DOI each under 10.70112." in page
    assert "Version 1.1 is not ready and waits: Publication year." in page
    assert "draft for 7 days" in page
    assert "After that each DOI is permanent." in page
    assert not Doi.objects.exists()


def test_many_versions_that_are_not_ready_are_counted_not_all_named(ada: Client, place: Organization) -> None:
    bare = make.dataset(place, "bare", creators=[])
    for number in range(12):
        make.version(bare, f"1.{number}")
    page = ada.get(url("switch-on", bare)).text
    assert page.count("is not ready and waits") == 10
    assert "2 more are not ready." in page


def test_on_off_on_keeps_one_name(ada: Client, stage: Dataset) -> None:
    version = make.version(stage)
    assert "DOIs are on" in ada.post(url("switch-on", stage), follow=True).text
    drain_all()
    name = make.doi_of(version).name
    assert "1 DOI that is not permanent yet is discarded" in ada.get(url("switch-off", stage)).text
    assert "DOIs are off" in ada.post(url("switch-off", stage), follow=True).text
    drain_all()
    assert make.doi_of(version).state == "discarded"
    ada.post(url("switch-on", stage))
    drain_all()
    assert (make.doi_of(version).state, make.doi_of(version).name) == ("draft", name)


def test_permanent_dois_stay_when_it_is_switched_off(ada: Client, stage: Dataset, moved_clock: Clock) -> None:
    version = drafted(stage)
    moved_clock.forward(days=8)
    drain_all()
    assert "1 permanent DOI stays" in ada.get(url("switch-off", stage)).text
    ada.post(url("switch-off", stage))
    drain_all()
    assert make.doi_of(version).state == "findable"


def test_the_switch_refuses_what_is_so_already_or_cannot_be(ada: Client, stage: Dataset) -> None:
    assert "off already" in ada.get(url("switch-off", stage)).text
    assert ada.post(url("switch-off", stage)).status_code == 409
    issuance.switch_on(stage, by=make.by())
    assert "on already" in ada.get(url("switch-on", stage)).text
    assert ada.post(url("switch-on", stage)).status_code == 409


def test_without_an_account_the_switch_says_where_one_is_set_up(sandbox: Sandbox) -> None:
    place = make.organization()
    browser = signed_in(member("ada", place))
    answer = browser.post(url("switch-on", make.dataset(place)))
    assert answer.status_code == 409
    assert "An administrator sets one up" in answer.text


def test_a_test_account_says_so_before_it_is_switched_on(sandbox: Sandbox) -> None:
    place = make.configured(own=make.EZID, default_on=False)
    browser = signed_in(member("ada", place))
    assert "these DOIs never resolve" in browser.get(url("switch-on", make.dataset(place))).text


# --- one version's DOI -----------------------------------------------------------------------------------------------


def test_a_reserved_doi_is_shown_kept_and_used_by_the_release(ada: Client, stage: Dataset) -> None:
    issuance.switch_on(stage, by=make.by())
    version = make.version(stage, release=False)
    assert "A name under 10.70112 is chosen" in ada.get(url("reserve", version)).text
    page = ada.post(url("reserve", version), follow=True).text
    name = make.doi_of(version).name
    assert name in page
    assert "Reserved, not active yet." in page
    assert drain_all() == 0
    ada.post(reverse("datasets:release", args=[stage.organization.slug, stage.slug, version.pk]))
    drain_all()
    assert (make.doi_of(version).state, make.doi_of(version).name) == ("draft", name)


def test_reserving_where_issuance_is_off_says_that_it_is_never_activated(ada: Client, stage: Dataset) -> None:
    assert "never activated" in ada.get(url("reserve", make.version(stage, release=False))).text


def test_only_the_unreleased_version_can_have_a_doi_reserved(ada: Client, stage: Dataset) -> None:
    answer = ada.post(url("reserve", make.version(stage)))
    assert answer.status_code == 409
    assert "Only the unreleased next version" in answer.text
    assert not Doi.objects.exists()


def test_permanent_now_asks_for_the_number_and_then_it_is(ada: Client, stage: Dataset) -> None:
    version = drafted(stage)
    page = ada.get(url("permanent-now", version)).text
    assert "Type 1.0 to confirm." in page
    assert "By itself it would become permanent on" in page
    wrong = ada.post(url("permanent-now", version), {"number": "2.0"})
    assert wrong.status_code == 422
    assert "not the number of this version" in wrong.text
    drain_all()
    assert make.doi_of(version).state == "draft"
    ada.post(url("permanent-now", version), {"number": "1.0"})
    drain_all()
    assert make.doi_of(version).state == "findable"
    assert "permanent already" in ada.get(url("permanent-now", version)).text
    assert ada.post(url("permanent-now", version), {"number": "1.0"}).status_code == 409


def test_what_is_not_a_draft_yet_cannot_be_made_permanent(ada: Client, stage: Dataset) -> None:
    version = make.drafted(stage)
    assert "no draft of it yet" in ada.get(url("permanent-now", version)).text
    assert ada.post(url("permanent-now", version), {"number": "1.0"}).status_code == 409


def test_a_held_doi_waits_and_goes_on_when_it_is_lifted(
    ada: Client, stage: Dataset, moved_clock: Clock
) -> None:
    version = drafted(stage)
    assert ada.post(url("hold", version), {"reason": ""}).status_code == 422
    ada.post(url("hold", version), {"reason": "Waiting for the partner"})
    moved_clock.forward(days=8)
    drain_all()
    assert make.doi_of(version).state == "draft"
    assert "held already: Waiting for the partner" in ada.get(url("hold", version)).text
    assert "lift the hold first" in ada.get(url("permanent-now", version)).text
    assert "a new one is set: 1 day from now" in ada.get(url("lift-hold", version)).text
    ada.post(url("lift-hold", version))
    drain_all()
    assert make.doi_of(version).state == "draft"
    moved_clock.forward(days=1, seconds=5)
    drain_all()
    assert make.doi_of(version).state == "findable"
    assert "cannot be held" in ada.get(url("hold", version)).text
    assert "is not held" in ada.get(url("lift-hold", version)).text
    assert ada.post(url("lift-hold", version)).status_code == 409


def test_what_is_sent_can_be_looked_at(ada: Client, stage: Dataset) -> None:
    version = drafted(stage)
    sent = json.loads(ada.get(url("payload", version)).context["body"])
    assert sent["titles"] == [{"title": "River stage readings"}]
    assert sent["url"].endswith(version.pk.hex)


def test_a_private_draft_is_sent_without_metadata(ada: Client, place: Organization) -> None:
    version = drafted(make.dataset(place, "secret", visibility="private"))
    page = ada.get(url("payload", version))
    assert page.context["body"] is None
    assert "holds its name and address only" in page.text


def test_ezid_is_sent_xml(sandbox: Sandbox) -> None:
    place = make.configured(own=make.EZID)
    version = drafted(make.dataset(place))
    page = signed_in(member("ada", place)).get(url("payload", version))
    assert "&lt;resource" in page.text
    assert "has no place for" not in page.text


def test_what_ezids_form_cannot_carry_is_told_before_it_is_sent(sandbox: Sandbox) -> None:
    place = make.configured(own=make.EZID)
    dataset = make.dataset(place, contentUrl=["https://example.org/1.csv"], container={"identifier": "1"})
    page = signed_in(member("ada", place)).get(url("payload", drafted(dataset)))
    assert "has no place for container.identifier, contentUrl: it stays here" in page.text


def test_every_act_is_in_the_history_with_its_person(ada: Client, stage: Dataset) -> None:
    version = make.version(stage)
    ada.post(url("switch-on", stage))
    drain_all()
    ada.post(url("hold", version), {"reason": "Wait"})
    ada.post(url("lift-hold", version))
    ada.post(url("permanent-now", version), {"number": "1.0"})
    told = DoiEvent.objects.filter(actor__startswith="user:").values_list("event", flat=True)
    assert {"switched_on", "planned", "held", "hold_lifted", "make_permanent_now"} <= set(told)


def test_the_withdrawal_page_takes_a_reason_and_makes_a_tombstone(
    ada: Client, stage: Dataset, moved_clock: Clock
) -> None:
    old = drafted(stage)
    make.version(stage, "2.0")
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    there = reverse("datasets:version-delete", args=[stage.organization.slug, stage.slug, old.pk])
    assert "Withdraw version 1.0" in ada.get(there).text
    assert ada.post(there).status_code == 422
    assert ada.post(there, {"reason": "Faulty", "successor": "nothing"}).status_code == 422
    page = ada.post(there, {"reason": "Faulty sensor", "successor": "doi:10.1234/NEW"}, follow=True).text
    assert "Version 1.0 is withdrawn." in page
    assert "Faulty sensor" in page
    drain_all()
    doi = make.doi_of(old)
    assert (doi.state, doi.withdrawal_reason, doi.successor) == ("registered", "Faulty sensor", "10.1234/new")


def test_what_an_act_does_not_concern_is_left_out(ada: Client, stage: Dataset) -> None:
    assert "0 released" not in ada.get(url("switch-on", stage)).text
    issuance.switch_on(stage, by=make.by())
    page = ada.get(url("switch-off", stage)).text
    assert "0 DOIs" not in page
    assert "0 permanent" not in page
    assert "Versions released from now on get no DOI." in page


def test_an_empty_reason_is_asked_for_in_a_sentence(ada: Client, stage: Dataset) -> None:
    version = make.drafted(stage)
    drain_all()
    assert "Say in one sentence why it is held." in ada.post(url("hold", version), {"reason": ""}).text
    assert "Type the number of this version" in ada.post(url("permanent-now", version)).text
