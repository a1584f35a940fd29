"""An administrator's way from the account to permanent DOIs, in a browser, by real processes, on a short window."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scripts.demo import ADMINISTRATOR
from tests.browser.product import (
    DATACITE,
    ESTUARY,
    EZID,
    INSTITUTION,
    PARISH,
    Account,
    Product,
    estuary,
    lines_in,
    running,
)
from tests.browser.steps import (
    PATIENCE,
    badge,
    enter,
    figure,
    landing_page,
    name_of,
    open_configuration,
    open_dataset,
    row,
    sign_in,
    ticks,
    until_it_reads,
)

pytestmark = pytest.mark.browser

WINDOW = 10
READY, BLOCKED, PRIVATE = 9, 1, 2
# One organization for each test, with the same datasets.
PLACES = ["estuary-datacite", "estuary-ezid", "estuary-plain", "estuary-declines", "estuary-waits"]
ALL_PASSED = ["Signs in", "Account active", "May use the prefix", "Accepts our landing pages"]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("journeys")
    places = lines_in(folder / "places.jsonl", [line for place in PLACES for line in estuary(place)])
    with running(folder, seeded=seeded, window=WINDOW, commands=[places]) as product:
        yield product


@pytest.fixture
def web_server(product: Product) -> str:
    return product.url


@pytest.mark.parametrize(
    ("place", "account"), [("estuary-datacite", DATACITE), ("estuary-ezid", EZID)], ids=["datacite", "ezid"]
)
def test_what_exists_gets_drafts_and_then_permanent_dois(
    page: Page, product: Product, place: str, account: Account
) -> None:
    before = set(product.registered())
    sign_in(page, ADMINISTRATOR)
    open_configuration(page, place)
    _refuse_a_wrong_password(page, account)
    _accept_the_offer(page, account)

    expect(figure(page, "have a DOI")).to_have_text(str(READY), timeout=PATIENCE)
    expect(figure(page, "blocked")).to_have_text(str(BLOCKED))
    run = page.url
    made = set(product.registered()) - before
    assert len(made) == READY
    _see_the_drafts(page, place, account)

    page.goto(run)
    expect(figure(page, "of these permanent")).to_have_text(str(READY), timeout=PATIENCE)
    states = [state for name, state in product.registered().items() if name in made]
    assert sorted(states) == ["findable"] * (READY - PRIVATE) + ["registered"] * PRIVATE
    _see_the_landing_pages(page, place, account)


def _refuse_a_wrong_password(page: Page, account: Account) -> None:
    """The sentence is shown, what was typed is kept but for the password, and nothing was saved."""
    enter(page, account, password="not the password")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved; what was in force stays in force")
    expect(page.get_by_role("alert")).to_contain_text("Repository account password:")
    assert ticks(page)["Signs in"] == "failed"
    expect(page.get_by_label("Repository account ID")).to_have_value(account.account)
    expect(page.get_by_label("DOI prefix")).to_have_value(account.prefix)
    expect(page.get_by_label("Repository account password")).to_have_value("")
    expect(page.get_by_role("radio", name=account.registry, exact=True)).to_be_checked()
    page.goto(page.url)
    expect(page.get_by_text("Nothing: DOI issuing is off.")).to_be_visible()
    expect(page.get_by_label("Repository account ID")).to_have_value("")


def _accept_the_offer(page: Page, account: Account) -> None:
    enter(page, account)
    expect(page.get_by_role("heading", level=1)).to_have_text("DOIs for what exists already")
    found = ticks(page)
    if account is DATACITE:
        assert [found[name] for name in ALL_PASSED] == ["passed"] * 4
    else:
        # EZID has no record of an account and no rule for hosts: a tick that it cannot give is not given.
        assert found["Signs in"] == "passed"
        assert found["Accepts our landing pages"] == "cannot_tell"
    for words, number in (("ready", READY), ("blocked", BLOCKED), ("private", PRIVATE)):
        expect(figure(page, words)).to_have_text(str(number))
    blocked = page.get_by_role("row").filter(has_text="Underwater sound")
    expect(blocked.get_by_role("cell").first).to_have_text("Creators", ignore_case=True)
    page.get_by_role("button", name=f"Issue {READY} DOIs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Back-issue")


def _see_the_drafts(page: Page, place: str, account: Account) -> None:
    """The list counts them; a dataset's page says until when they can be taken back."""
    page.get_by_role("link", name="To the datasets").click()
    expect(page.get_by_role("row").filter(has_text="saltmarsh-sediment-cores")).to_contain_text("2 Draft")
    open_dataset(page, place, "river-stage-lower-wend")
    newest = row(page, "2.0")
    expect(badge(newest)).to_have_text("Draft")
    expect(newest).to_contain_text("Becomes permanent on")
    assert name_of(newest).startswith(account.prefix)
    # A draft does not resolve, so its name is no link yet.
    expect(newest.locator("a.doi-name")).to_have_count(0)
    expect(page.get_by_text(f"permanent after {WINDOW} seconds instead of 7 days")).to_be_visible()


def _see_the_landing_pages(page: Page, place: str, account: Account) -> None:
    open_dataset(page, place, "saltmarsh-sediment-cores")
    expect(badge(row(page, "1.0"))).to_have_text("Registered")
    assert landing_page(row(page, "1.0")) == 200
    expect(page.get_by_role("heading", level=1)).to_have_text("This dataset is not public")
    expect(page.get_by_text("radiocaesium")).to_have_count(0)

    open_dataset(page, place, "river-stage-lower-wend")
    newest = row(page, "2.0")
    expect(badge(newest)).to_have_text("Findable")
    name = name_of(newest)
    address = f"https://doi.org/{name}"
    expect(newest.locator("a.doi-name")).to_have_attribute("href", address)
    assert landing_page(newest) == 200
    expect(page.get_by_role("heading", level=1)).to_contain_text("River stage and discharge")
    expect(page.get_by_role("link", name=address)).to_have_attribute("href", address)
    assert name.startswith(account.prefix)
    cited = page.locator("blockquote")
    expect(cited).to_contain_text("Okonjo-Vale")
    expect(cited).to_contain_text(address)


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_the_whole_job_works_without_javascript(page: Page, product: Product) -> None:
    place = "estuary-plain"
    sign_in(page, ADMINISTRATOR)
    open_configuration(page, place)
    _refuse_a_wrong_password(page, DATACITE)
    _accept_the_offer(page, DATACITE)
    open_dataset(page, place, "river-stage-lower-wend")
    until_it_reads(row(page, "2.0"), "Draft")
    product.pass_time(WINDOW)
    until_it_reads(row(page, "2.0"), "Findable")
    until_it_reads(row(page, "1.0"), "Findable")
    _see_the_landing_pages(page, place, DATACITE)
    _name_a_creator(page, place)
    until_it_reads(row(page, "1.0"), "Draft")


def _name_a_creator(page: Page, place: str) -> None:
    open_dataset(page, place, "harbour-sound-recordings")
    expect(badge(row(page, "1.0"))).to_have_text("Planned")
    page.get_by_role("link", name="Mend this field").click()
    creator = page.get_by_role("group", name="Creator 1")
    creator.get_by_label("Family name").fill("Quist")
    creator.get_by_label("Given name").fill("Inès")
    page.get_by_role("button", name="Save").first.click()


def test_a_declined_offer_issues_nothing_and_stays_open(page: Page, product: Product) -> None:
    before = set(product.registered())
    sign_in(page, ADMINISTRATOR)
    open_configuration(page, "estuary-declines")
    enter(page, DATACITE)
    page.get_by_role("link", name="Not now").click()

    expect(page.get_by_text("Working", exact=True)).to_be_visible()
    expect(page.get_by_text("Datasets that existed before get DOIs only if you ask for it.")).to_be_visible()
    page.goto("/o/estuary-declines/datasets/")
    expect(page.get_by_role("row").filter(has_text="river-stage")).to_contain_text("Off")
    assert set(product.registered()) == before

    page.goto("/o/estuary-declines/settings/doi/")
    page.get_by_role("link", name="Issue DOIs for existing datasets").click()
    expect(page.get_by_role("button", name=f"Issue {READY} DOIs")).to_be_visible()


def test_an_unreachable_registry_lets_the_account_be_saved_unverified(page: Page, product: Product) -> None:
    sign_in(page, ADMINISTRATOR)
    open_configuration(page, "estuary-waits")
    with product.broken_registry():
        enter(page, DATACITE)
        expect(page.get_by_role("alert")).to_contain_text("could not be checked, so nothing was saved")
        expect(page.get_by_label("DOI prefix")).to_have_value(DATACITE.prefix)

        page.get_by_label("Repository account password").fill(DATACITE.password)
        page.get_by_role("button", name="Save without the check").click()
        page.get_by_role("link", name="Not now").click()
        expect(page.get_by_text("Not verified", exact=True)).to_be_visible()
        expect(page.get_by_text("No check has passed yet, so nothing is sent")).to_be_visible()

    # Blank keeps the password there is.
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("The account was checked and is in force")).to_be_visible()
    expect(page.get_by_text("Working", exact=True)).to_be_visible()
    expect(page.get_by_text("last verified on")).to_be_visible()


def test_an_organization_inherits_the_account_of_its_institution(page: Page) -> None:
    sign_in(page, ADMINISTRATOR)
    page.goto(f"/o/{PARISH}/settings/doi/")
    expect(page.get_by_role("radio", name="Inherited")).to_be_disabled()
    page.goto(f"/i/{INSTITUTION}/")
    page.get_by_role("navigation").get_by_role("link", name="DOI configuration").click()
    enter(page, DATACITE)
    expect(page.get_by_text("The account was checked and is in force")).to_be_visible()

    open_configuration(page, PARISH)
    page.get_by_role("radio", name="Inherited").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Issue 4 DOIs").click()
    expect(figure(page, "have a DOI")).to_have_text("4", timeout=PATIENCE)
    page.goto(f"/o/{PARISH}/settings/doi/")
    expect(page.get_by_text("Meridian Coast University, inherited")).to_be_visible()
    # An institution's account changes nothing where an organization did not ask for it.
    page.goto(f"/o/{ESTUARY}/settings/doi/")
    expect(page.get_by_text("Nothing: DOI issuing is off.")).to_be_visible()
