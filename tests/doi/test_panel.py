"""What the lists and pages of datasets show of DOIs."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from datasets import services
from datasets.hooks import hooks
from datasets.models import Dataset, Version
from doi.guard import preferred
from doi.models import Doi
from doi.panel import DatasetLine, DatasetPanel, DoiLine, Panel
from doi.sandbox import Sandbox
from doi.services import accounts, holding, issuance, windows
from organizations.models import Organization, Role
from tests.doi import breaking
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.factories.organizations import member, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(sandbox: Sandbox) -> Organization:
    return make.configured()


def page_of(place: Organization, dataset: Dataset, *, role: Role = Role.ADMINISTRATOR) -> str:
    browser = signed_in(member(f"somebody-{role}", place, role))
    return browser.get(f"/o/{place.slug}/datasets/{dataset.slug}/").text


def line(version: Version) -> DoiLine:
    return Panel().for_versions([Version.objects.select_related("dataset__organization").get(pk=version.pk)])[
        version.pk
    ]


def test_the_product_asks_this_panel() -> None:
    assert isinstance(hooks.panel, Panel)


def test_a_draft_says_until_when_it_can_be_taken_back(place: Organization) -> None:
    stage = make.dataset(place)
    version = make.drafted(stage)
    drain_all()
    page = page_of(place, stage)
    assert "Becomes permanent on" in page
    assert "until then it can be unreleased" in page
    assert "UTC" in page
    found = line(version)
    assert found.deadline == make.doi_of(version).permanent_after
    assert found.link == ""


def test_a_permanent_doi_is_a_link_and_offers_no_unrelease(place: Organization, moved_clock: Clock) -> None:
    stage = make.dataset(place)
    version = make.drafted(stage)
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    page = page_of(place, stage)
    assert f'href="https://doi.org/{make.doi_of(version).name}"' in page
    assert "Findable" in page
    assert "unrelease/" not in page
    assert "Release a new version instead" in page


def test_a_permanent_doi_says_whether_it_resolves(
    resolver: Sandbox, place: Organization, moved_clock: Clock
) -> None:
    stage = make.dataset(place)
    version = make.drafted(stage)
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    assert "Whether it resolves is looked at" in page_of(place, stage)
    assert line(version).is_moving
    breaking.change_there(resolver, make.doi_of(version), handle_url=None)
    moved_clock.forward(minutes=2)
    drain_all()
    assert "Does not resolve yet; next look" in page_of(place, stage, role=Role.CURATOR)
    moved_clock.forward(minutes=10)
    drain_all()
    page = page_of(place, stage, role=Role.VIEWER)
    assert "Resolves since" in page
    assert "next look" not in page
    assert not line(version).is_moving


def test_where_no_resolver_is_asked_nothing_is_said_about_it(place: Organization, moved_clock: Clock) -> None:
    stage = make.dataset(place)
    version = make.drafted(stage)
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    # One that was to be asked until the operator changed the addresses.
    Doi.objects.update(look_after=make.by().now)
    assert line(version).next_look is None
    assert "resolve" not in page_of(place, stage).lower()


def test_a_test_doi_is_no_link_and_says_that_it_never_resolves(sandbox: Sandbox, moved_clock: Clock) -> None:
    place = make.configured(own=make.EZID)
    stage = make.dataset(place)
    version = make.drafted(stage)
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    page = page_of(place, stage)
    assert make.doi_of(version).name in page
    assert "https://doi.org/" not in page
    assert "Test, never resolves" in page


def test_attention_names_the_field_and_links_to_it(place: Organization) -> None:
    stage = make.dataset(place, creators=[])
    version = make.drafted(stage)
    drain_all()
    found = line(version)
    assert found.doi.attention == "metadata.creators"
    assert found.mend == f"/o/{place.slug}/datasets/stage/edit/#creators"
    assert found.mend in page_of(place, stage)
    assert "Mend this field" not in page_of(place, stage, role=Role.VIEWER)


def test_mending_the_field_on_the_page_sends_the_doi(place: Organization) -> None:
    stage = make.dataset(place, creators=[])
    version = make.drafted(stage)
    drain_all()
    services.edit_metadata(stage, make.METADATA, by=make.by())
    drain_all()
    assert (line(version).doi.state, line(version).doi.attention) == ("draft", "")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reserved_at": True}, "Reserved, not active yet."),
        ({"state": "planned"}, "the name stays here"),
        ({"state": "planned", "wanted": "permanent"}, "being sent"),
        ({"state": "planned", "wanted": "permanent", "attention": "host"}, ""),
        ({"state": "draft"}, "being discarded"),
        ({"state": "draft", "wanted": "permanent"}, "A change is being sent"),
        ({"state": "draft", "wanted": "permanent", "confirmed_generation": 1}, ""),
        ({"state": "draft", "wanted": "permanent", "promote_now_at": True}, "Becoming permanent now"),
        ({"state": "discarded"}, "the name stays with this version"),
        ({"state": "findable", "public": False, "wanted": "permanent"}, "Being hidden"),
        ({"state": "registered", "public": True, "wanted": "permanent"}, "Being made findable"),
        ({"state": "registered", "withdrawn_at": True}, "tombstone"),
        ({"account": None, "state": "findable"}, "somebody else"),
    ],
)
def test_what_is_wanted_is_said_where_it_differs_from_the_state(
    fields: dict[str, Any], words: str, place: Organization
) -> None:
    stage = make.dataset(place)
    doi = issuance.reserve(make.version(stage, release=False), by=make.by())
    doi.reserved_at = None
    for name, value in fields.items():
        setattr(doi, name, make.by().now if value is True and name.endswith("_at") else value)
    standing = DoiLine(doi, make.by().now).standing
    assert words in standing
    assert bool(standing) is bool(words)


def test_the_production_doi_is_the_one_that_counts(place: Organization) -> None:
    version = make.drafted(make.dataset(place))
    real = make.doi_of(version)
    Doi.objects.create(
        organization=place, version=version, landing_id=version.pk, environment="test", name="10.5072/fk2x"
    )
    assert preferred(version) == real
    assert line(version).doi == real


def test_versions_and_holds_cost_a_query_each_and_the_guard_none_after_it(place: Organization) -> None:
    stage = make.dataset(place)
    make.drafted(stage, "1.0")
    for number in range(2, 6):
        make.version(stage, f"{number}.0")
    versions = list(Version.objects.select_related("dataset__organization"))
    with CaptureQueriesContext(connection) as caught:
        assert len(Panel().for_versions(versions)) == 5
        assert not any(hooks.guard.delete_is_withdrawal(version) for version in versions)
    assert len(caught) == 2


def test_the_list_with_dois_costs_the_same_for_one_and_for_many(place: Organization) -> None:
    browser = signed_in(member("bob", place, Role.CURATOR))

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(address).status_code == 200
        return len(caught)

    stage = make.dataset(place)
    make.drafted(stage)
    drain_all()
    listed, shown = cost(f"/o/{place.slug}/datasets/"), cost(f"/o/{place.slug}/datasets/stage/")
    for number in range(6):
        make.drafted(make.dataset(place, f"more-{number}"))
        make.version(stage, f"2.{number}")
    drain_all()
    assert cost(f"/o/{place.slug}/datasets/") == listed <= 12
    assert cost(f"/o/{place.slug}/datasets/stage/") == shown


def test_a_list_counts_states_and_what_needs_attention(place: Organization) -> None:
    stage, bare, off = (
        make.dataset(place),
        make.dataset(place, "bare", creators=[]),
        make.dataset(place, "off"),
    )
    make.drafted(stage, "1.0")
    make.version(stage, "2.0")
    make.drafted(bare)
    issuance.switch_off(off, by=make.by())
    drain_all()
    lines = Panel().for_datasets([stage, bare, off])
    assert lines[stage.pk].badges == [("draft", "Draft", 2)]
    assert (lines[bare.pk].badges, lines[bare.pk].attention) == ([("planned", "Planned", 1)], 1)
    assert lines.get(off.pk, DatasetLine()) == DatasetLine()


def test_the_list_is_narrowed_by_state_attention_switch_and_doi(place: Organization) -> None:
    stage, bare = make.dataset(place), make.dataset(place, "bare", creators=[])
    name = make.doi_of(make.drafted(stage)).name
    make.drafted(bare)
    off = make.dataset(place, "off")
    issuance.switch_off(off, by=make.by())
    drain_all()
    browser = signed_in(member("bob", place, Role.VIEWER))

    def found(**wanted: str) -> set[str]:
        page = browser.get(f"/o/{place.slug}/datasets/", wanted)
        return {dataset.slug for dataset, _ in page.context["rows"]}

    assert found(show="draft") == {"stage"}
    assert found(show="planned") == found(show="attention") == {"bare"}
    assert found(show="findable") == set()
    assert found(show="off") == {"off"}
    assert found(q=f"https://doi.org/{name.upper()}") == {"stage"}
    assert found(q="10.9999/unknown") == set()


@pytest.mark.parametrize(
    ("column", "words"),
    [("refused_at", "refused the account"), ("paused_at", "is paused"), ("verified_at", "not checked yet")],
)
def test_the_page_says_why_dois_wait_for_the_account(column: str, words: str, place: Organization) -> None:
    stage = make.dataset(place)
    login = make.account_of(place).login
    setattr(login, column, None if column == "verified_at" else make.by().now)
    login.save()
    assert words in page_of(place, stage)


def test_without_an_account_the_page_says_who_can_set_one_up(sandbox: Sandbox) -> None:
    place = make.organization()
    stage = make.dataset(place)
    page = page_of(place, stage)
    assert "No DOI account is in force" in page
    assert f"/o/{place.slug}/settings/doi/" in page
    assert "An administrator of your organization" in page_of(place, stage, role=Role.CURATOR)
    assert "doi/on/" not in page


def test_a_hold_is_shown_with_its_reason(place: Organization) -> None:
    stage = make.dataset(place)
    version = make.drafted(stage)
    drain_all()
    windows.hold(make.doi_of(version), reason="Waiting for the partner", by=make.by())
    drain_all()
    page = page_of(place, stage)
    assert "Waiting for the partner" in page
    assert "if it were not held" in page
    assert "lift-hold/" in page
    assert "permanent-now/" not in page


def test_a_time_that_has_passed_is_not_promised(place: Organization, moved_clock: Clock) -> None:
    stage = make.dataset(place)
    version = make.drafted(stage)
    drain_all()
    moved_clock.forward(days=8)
    assert line(version).is_overdue
    assert "it is next in line" in page_of(place, stage)


def test_the_page_looks_again_only_while_something_is_about_to_change(
    place: Organization, moved_clock: Clock
) -> None:
    stage = make.dataset(place)
    version = make.drafted(stage)
    assert line(version).is_moving
    assert f'hx-select-oob="#panel-{version.pk},#acts-{version.pk}"' in page_of(place, stage)
    drain_all()
    assert not line(version).is_moving
    assert "hx-select-oob" not in page_of(place, stage, role=Role.VIEWER)
    moved_clock.forward(days=7, minutes=-10)
    assert line(version).is_moving
    moved_clock.forward(minutes=11)
    drain_all()
    assert not line(version).is_moving
    services.edit_metadata(stage, {**make.METADATA, "language": "en"}, by=make.by())
    assert line(version).is_moving


def test_a_dataset_held_as_a_whole_says_so(place: Organization) -> None:
    stage = make.dataset(place)
    issuance.switch_on(stage, by=make.by())
    holding.hold(stage, reason="Ethics review", by=make.by())
    panel = Panel().for_page(stage)
    assert isinstance(panel, DatasetPanel)
    assert "Ethics review" in page_of(place, stage)


def test_the_edit_page_offers_the_senders_own_words(place: Organization) -> None:
    assert "IsCitedBy" in hooks.rules.words("relationType")
    assert hooks.rules.words("nonsense") == []
    assert hooks.rules.defaults(make.dataset(place), None)["publisher"] == {"name": place.name}


def test_ezid_is_judged_by_its_older_schema(sandbox: Sandbox) -> None:
    newer = {"resourceTypeGeneral": "Poster"}
    stage = make.dataset(make.configured(own=make.EZID), types=newer)
    other = make.dataset(make.configured("other"), types=newer)
    assert [problem.field for problem in hooks.rules.problems(stage, None)] == ["types.resourceTypeGeneral"]
    assert list(hooks.rules.problems(other, None)) == []


def test_a_visitor_sees_nothing_of_it(place: Organization, client: Client) -> None:
    make.drafted(make.dataset(place))
    assert client.get(f"/o/{place.slug}/datasets/stage/").status_code == 302


# --- what a new user stumbled over --------------------------------------------------------------------------------


def test_near_its_end_the_window_is_counted_down(place: Organization, moved_clock: Clock) -> None:
    version = make.drafted(make.dataset(place))
    drain_all()
    assert line(version).countdown == ""
    doi = make.doi_of(version)
    assert doi.permanent_after is not None
    for seconds, words in ((100.5, "in 1 min 40 s"), (40.5, "in 40 s"), (0, ""), (-5, ""), (900, "")):
        now = doi.permanent_after - timedelta(seconds=seconds)
        assert DoiLine(doi, now).countdown == words


def test_a_version_released_again_says_that_its_draft_is_being_sent(place: Organization) -> None:
    stage = make.dataset(place)
    version = make.drafted(stage)
    drain_all()
    services.unrelease(version, by=make.by())
    drain_all()
    page = page_of(place, stage)
    assert "Discarded at the registry; the name stays with this version." in page
    assert "Reserve a DOI" not in page
    assert "What is sent" not in page

    services.release(Version.objects.get(), by=make.by())

    found = line(version)
    assert found.doi.state == "discarded"
    assert found.standing == "The draft is being sent to the registry."
    assert found.is_moving
    page = page_of(place, stage, role=Role.CURATOR)
    assert 'data-state="planned"' in page
    assert 'data-state="discarded"' not in page


def test_a_held_draft_past_its_time_says_so(place: Organization, moved_clock: Clock) -> None:
    stage = make.dataset(place)
    version = make.drafted(stage)
    drain_all()
    windows.hold(make.doi_of(version), reason="Under review", by=make.by())
    assert "if it were not held" in page_of(place, stage)

    moved_clock.forward(days=8)

    page = " ".join(page_of(place, stage, role=Role.CURATOR).split())
    assert "Was due to become permanent on" in page
    assert "– it is held" in page
    assert "if it were not held" not in page


def test_without_an_account_the_switch_promises_nothing_now(place: Organization) -> None:
    stage = make.dataset(place)
    issuance.switch_on(stage, by=make.by())
    assert "Every released version gets a DOI, now and in future." in page_of(place, stage)

    accounts.configure_off(place, by=make.by())

    page = page_of(place, stage, role=Role.CURATOR)
    assert "Every released version gets a DOI, now" not in page
    assert "each gets one as soon as an account is in force" in page
