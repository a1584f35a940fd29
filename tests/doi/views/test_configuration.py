"""The page where an administrator says which account DOIs come from."""

import re
from typing import Any

import httpx
import pytest
from django.test import Client

from doi import clock, connections
from doi.models import Account, Configuration, Doi, DoiEvent, Login, LoginSecret
from doi.registries import CheckResult, Registry, open_registry
from doi.sandbox import Sandbox
from doi.services import accounts
from doi.states import Provider
from organizations.models import Institution, Organization, Role
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.factories.organizations import member, signed_in

pytestmark = pytest.mark.django_db
PAGE = "/o/river-lab/settings/doi/"
OWN = {
    "source": "own",
    "provider": "datacite",
    "environment": "production",
    "account_id": "ORG.REPO",
    "password": "secret",
    "prefix": "10.70112",
    "default_on": "yes",
    "act": "check",
}


@pytest.fixture
def place() -> Organization:
    return make.organization()


@pytest.fixture
def alice(place: Organization, sandbox: Sandbox) -> Client:
    """An administrator at the page, with the sandbox behind it."""
    return signed_in(member("alice", place))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_an_account_that_passes_is_in_force_and_the_back_issue_is_offered(
    alice: Client, place: Organization
) -> None:
    answer = alice.post(PAGE, OWN)

    assert answer["Location"] == PAGE + "back-issue/"
    configured = Configuration.objects.get(organization=place)
    assert configured.source == "own"
    assert configured.default_on
    assert configured.account is not None
    assert configured.account.login.verified_at is not None
    offered = text(alice.get(answer["Location"]))
    assert offered.count('data-outcome="passed"') == 4
    assert offered.count('data-outcome="not_asked"') == 1


def test_when_asked_a_draft_is_made_and_deleted_again(alice: Client, sandbox: Sandbox) -> None:
    page = text(alice.post(PAGE, OWN | {"reserve": "on"}, follow=True))

    assert page.count('data-outcome="passed"') == 5
    assert "A draft was made and deleted again." in page


def test_the_ticks_are_shown_once(alice: Client) -> None:
    alice.post(PAGE, OWN, follow=True)

    assert "data-outcome" not in text(alice.get(PAGE))


def test_ezid_says_what_it_cannot_tell(alice: Client) -> None:
    ezid = {"provider": "ezid", "environment": "test", "account_id": "apiuser", "prefix": "doi:10.5072/FK2"}

    page = text(alice.post(PAGE, OWN | ezid, follow=True))

    assert page.count('data-outcome="cannot_tell"') == 2
    assert Account.objects.get().prefix == "10.5072/fk2"
    assert "Test, never resolves" in text(alice.get(PAGE))


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"password": "wrong-canary"}, "password", "DataCite does not accept the account ID and password."),
        ({"prefix": "10.9999"}, "prefix", "The account may not use the prefix 10.9999"),
        ({"prefix": "ten"}, "prefix", "ten"),
        ({"prefix": ""}, "prefix", "Enter the DOI prefix"),
        ({"account_id": ""}, "account_id", "Enter the repository account ID."),
        ({"account_id": "ORG:REPO"}, "account_id", "colon"),
        ({"provider": ""}, "provider", "Choose DataCite or EZID."),
        ({"password": ""}, "password", "Enter the password of this repository account."),
        (
            {"provider": "ezid", "environment": "test", "prefix": "10.5072/fk2", "password": "a:canary"},
            "password",
            "EZID cannot sign in with a password that holds a colon",
        ),
        ({"prefix": "10.5072"}, "prefix", "10.5072 is a test prefix"),
        ({"source": "inherit"}, "source", "belongs to no institution"),
        ({"source": "elsewhere"}, "source", "elsewhere"),
    ],
)
def test_what_is_refused_says_so_at_its_field_and_changes_nothing(
    alice: Client, changed: dict[str, str], field: str, sentence: str
) -> None:
    page = text(alice.post(PAGE, OWN | changed))

    assert sentence in page
    assert f'id="id_{field}_error"' in page
    assert f'href="#id_{field}"' in page
    assert "Nothing was saved; what was in force stays in force" in page
    assert not Configuration.objects.exists()
    assert not Login.objects.exists()
    assert not DoiEvent.objects.exists()


def test_what_was_typed_is_kept_except_the_password(alice: Client) -> None:
    page = text(
        alice.post(PAGE, OWN | {"password": "wrong-canary", "prefix": "doi:10.70112/", "default_on": "no"})
    )

    assert 'value="ORG.REPO"' in page
    assert 'value="doi:10.70112/"' in page
    assert "canary" not in page
    ticked = re.findall(r'<input type="radio" name="default_on" value="(\w+)"[^>]* checked', page)
    assert ticked == ["no"]


def test_a_refused_change_leaves_the_old_account_in_force(alice: Client, place: Organization) -> None:
    alice.post(PAGE, OWN)
    before = Configuration.objects.get(organization=place)

    page = text(alice.post(PAGE, OWN | {"account_id": "OTHER.REPO", "password": "nope"}))

    after = Configuration.objects.get(organization=place)
    assert (after.account_id, after.updated_at) == (before.account_id, before.updated_at)
    assert "ORG.REPO" in page
    assert Login.objects.count() == 1


def test_the_password_is_never_shown_and_says_who_set_it(alice: Client) -> None:
    alice.post(PAGE, OWN)

    page = text(alice.get(PAGE))

    assert "secret" not in page.replace("secrets", "")
    assert "Set by Alice on" in page
    assert "Leave blank to keep it." in page


def test_a_blank_password_keeps_the_one_there_is(alice: Client) -> None:
    alice.post(PAGE, OWN)

    answer = alice.post(PAGE, OWN | {"password": ""})

    assert answer["Location"] == PAGE
    assert LoginSecret.objects.count() == 1


def test_only_the_default_needs_no_check(
    alice: Client, place: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.post(PAGE, OWN)
    monkeypatch.setattr(connections, "open_registry", _never)

    answer = alice.post(PAGE, OWN | {"password": "", "default_on": "no"})

    assert answer["Location"] == PAGE
    assert not Configuration.objects.get(organization=place).default_on


def test_a_registry_out_of_reach_offers_to_save_unverified(
    alice: Client, place: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "open_registry", _unreachable)

    page = text(alice.post(PAGE, OWN))

    assert "The account could not be checked, so nothing was saved" in page
    assert "Save without the check" in page
    assert not Login.objects.exists()

    alice.post(PAGE, OWN | {"act": "unverified"})

    assert Configuration.objects.get(organization=place).source == "own"
    assert Login.objects.get().verified_at is None
    assert "No check has passed yet, so nothing is sent" in text(alice.get(PAGE))


def test_saving_without_the_check_asks_no_registry(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "open_registry", _never)

    alice.post(PAGE, OWN | {"act": "unverified"})

    assert Login.objects.get().verified_at is None


def test_a_later_check_verifies_with_the_password_that_is_there(alice: Client) -> None:
    alice.post(PAGE, OWN | {"act": "unverified"})

    alice.post(PAGE, OWN | {"password": ""})

    assert Login.objects.get().verified_at is not None


def test_without_a_key_ring_nothing_is_saved_and_the_page_says_why(alice: Client, settings: Any) -> None:
    settings.DOI_ENCRYPTION_KEYS = []

    page = text(alice.post(PAGE, OWN))

    assert "DOI_ENCRYPTION_KEYS" in page
    assert not Login.objects.exists()


def test_off_asks_for_no_account(alice: Client, place: Organization) -> None:
    alice.post(PAGE, OWN)

    answer = alice.post(PAGE, {"source": "off", "act": "check"})

    assert answer["Location"] == PAGE
    assert Configuration.objects.get(organization=place).source == "off"
    assert "DOI issuing is off" in text(alice.get(PAGE))


def test_a_refused_login_says_so_and_what_to_do(alice: Client) -> None:
    alice.post(PAGE, OWN)
    now = make.by().now
    Login.objects.update(refused_at=now, refusal="The password was changed elsewhere.")

    page = text(alice.get(PAGE))

    assert "The registry refused this account, so nothing is sent" in page
    assert "The password was changed elsewhere." in page
    assert "Enter the right password below" in page


def test_the_numbers_are_links_to_what_they_count(alice: Client, place: Organization) -> None:
    alice.post(PAGE, OWN)
    make.drafted(make.dataset(place))

    page = text(alice.get(PAGE))

    assert "/o/river-lab/datasets/?show=planned" in page
    assert "/o/river-lab/datasets/?show=attention" in page


# --- Institutions -----------------------------------------------------------------------------------------------


@pytest.fixture
def university(place: Organization) -> Institution:
    above = Institution.objects.create(slug="university", name="University")
    place.institution = above
    place.save()
    return above


def test_an_institutions_account_is_inherited_below(
    alice: Client, place: Organization, university: Institution
) -> None:
    ida = signed_in(member("ida", university))

    answer = ida.post("/i/university/settings/doi/", OWN)

    assert answer["Location"] == "/i/university/settings/doi/"
    assert text(ida.get(answer["Location"])).count('data-outcome="passed"') == 4
    answer = alice.post(PAGE, {"source": "inherit", "default_on": "no", "act": "check"})
    assert answer["Location"] == PAGE + "back-issue/"
    assert "University, inherited" in text(alice.get(PAGE))


def test_an_institution_that_blocks_is_named_below(
    alice: Client, place: Organization, university: Institution
) -> None:
    accounts.configure_off(university, by=make.by())

    page = text(alice.get(PAGE))
    refused = text(alice.post(PAGE, {"source": "inherit", "act": "check"}))

    assert "University has switched DOI issuing off for what is below it." in page
    assert "not available" in page
    assert 'id="id_source_error"' in refused


def test_who_inherits_is_told_whom_to_ask_about_a_refused_account(
    alice: Client, place: Organization, university: Institution
) -> None:
    accounts.configure_own(university, make.DATACITE, check=None, default_on=None, by=make.by())
    accounts.configure_inherit(place, default_on=True, by=make.by())

    page = text(alice.get(PAGE))

    assert "An administrator of University has to check the account." in page
    assert 'value="ORG.REPO"' not in page


# --- Access -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.CURATOR, 403)])
def test_only_administrators_configure(
    place: Organization, sandbox: Sandbox, role: Role, status: int
) -> None:
    browser = signed_in(member("bob", place, role))

    assert browser.post(PAGE, OWN).status_code == status
    assert not Configuration.objects.exists()


def test_another_tenants_administrator_finds_nothing(place: Organization, sandbox: Sandbox) -> None:
    charlie = signed_in(member("charlie", make.organization("elsewhere")))

    assert charlie.post(PAGE, OWN).status_code == 404
    assert charlie.post("/i/university/settings/doi/", OWN).status_code == 404
    assert not Configuration.objects.exists()


def _never(*_args: object, **_kwargs: object) -> Any:
    pytest.fail("a registry was asked")


def _unreachable(provider: Provider, **kwargs: Any) -> Registry:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    return open_registry(provider, **kwargs, transport=httpx.MockTransport(refuse))


# --- What a change means for the DOIs there are -----------------------------------------------------------------


def impact(page: str, choice: str) -> str:
    """The words of one choice's impact; empty where it has none."""
    found = re.search(rf'data-impact="{choice}">(.*?)</div>', page, re.DOTALL)
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", found[1], flags=re.DOTALL).split()) if found else ""


def test_before_a_change_each_choice_says_in_numbers_what_stays_where(
    sandbox: Sandbox, moved_clock: Clock, university: Institution
) -> None:
    accounts.configure_own(university, make.EZID, check=CheckResult(()), default_on=None, by=make.by())
    here = make.configured("lake-lab")
    Organization.objects.filter(pk=here.pk).update(institution=university)
    stage = make.dataset(here)
    make.drafted(stage, "1.0")
    drain_all()
    moved_clock.forward(days=8)
    for number in ("1.1", "1.2"):
        make.drafted(stage, number)
    drain_all()
    for number in ("2.0", "2.1"):
        make.drafted(stage, number)
    Doi.objects.filter(version__number="2.1").update(shown_at=clock.now())

    page = text(signed_in(member("dora", here)).get("/o/lake-lab/settings/doi/"))

    assert impact(page, "off") == (
        "If you save “Off” 2 drafts go on and become permanent under their old account. To stop them, unrelease their "
        "versions or switch their datasets off. 1 permanent DOI stays, and is kept in step under its old account. 1 "
        "planned DOI that was sent or shown already keeps its name and its old account. 1 planned DOI waits until "
        "there is an account again."
    )
    assert "If you save “Inherited” 2 drafts go on" in impact(page, "inherit")
    assert impact(page, "inherit").endswith(
        "1 planned DOI takes the account of University, with a name under its prefix."
    )
    assert impact(page, "own").startswith("If you save another account or prefix 2 drafts go on")
    assert impact(page, "own").endswith("1 planned DOI takes the new account, with a name under its prefix.")


def test_an_institution_is_told_of_what_was_issued_under_its_account(
    place: Organization, sandbox: Sandbox, university: Institution
) -> None:
    accounts.configure_own(university, make.DATACITE, check=CheckResult(()), default_on=None, by=make.by())
    accounts.configure_inherit(place, default_on=True, by=make.by())
    make.drafted(make.dataset(place))
    drain_all()

    page = text(signed_in(member("ida", university)).get("/i/university/settings/doi/"))

    assert "1 draft goes on and becomes permanent under its old account." in impact(page, "off")


def test_where_there_is_no_doi_and_where_nothing_changes_no_impact_is_said(
    alice: Client, place: Organization
) -> None:
    assert "data-impact" not in text(alice.get(PAGE))
    accounts.configure_own(place, make.DATACITE, check=CheckResult(()), default_on=None, by=make.by())
    make.drafted(make.dataset(place))
    accounts.configure_off(place, by=make.by())

    page = text(alice.get(PAGE))

    assert impact(page, "off") == ""
    assert "1 planned DOI takes the new account" in impact(page, "own")


def test_a_question_that_was_not_put_says_why(alice: Client) -> None:
    refused = text(alice.post(PAGE, OWN | {"password": "wrong"}))
    passed = text(alice.post(PAGE, OWN, follow=True))

    assert refused.count("Not asked: The account did not sign in.") == 4
    assert "Not asked: You did not ask for it; its box is in the form." in passed


def test_all_that_is_missing_is_named_at_once(alice: Client) -> None:
    page = text(alice.post(PAGE, {"source": "own", "act": "check"}))

    for field in ("provider", "environment", "account_id", "password", "prefix"):
        assert f'id="id_{field}_error"' in page


# --- a registry that does not answer ------------------------------------------------------------------------------


def test_the_page_says_since_when_a_registry_does_not_answer_and_when_it_is_asked_again(
    alice: Client, place: Organization, sandbox: Sandbox
) -> None:
    alice.post(PAGE, OWN)
    assert "does not answer" not in text(alice.get(PAGE))
    for number in range(6):
        make.drafted(make.dataset(place, f"stage-{number}"))
    sandbox.faults.order([{"action": {"status": 503, "body": "busy"}}])
    drain_all()

    page = text(alice.get(PAGE))

    assert "DataCite does not answer" in page
    assert "No answer" in page
    since, next_try = (at for at in re.findall(r'datetime="([^"]+)"', page.split("does not answer")[1])[:2])
    assert since < next_try


def test_the_page_says_until_when_a_registry_asked_us_to_wait(
    alice: Client, place: Organization, sandbox: Sandbox
) -> None:
    alice.post(PAGE, OWN)
    make.drafted(make.dataset(place))
    sandbox.faults.order([{"action": {"status": 429, "headers": {"Retry-After": "600"}}}])
    drain_all()

    assert "DataCite asks us to wait" in text(alice.get(PAGE))
