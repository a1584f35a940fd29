"""Every page, as people meet it who see it dark, on a telephone or a wall, by keyboard, or not at all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from scripts.demo import ADMINISTRATOR, CURATOR
from tests.browser.product import (
    DATACITE,
    ESTUARY,
    INSTITUTION,
    PARISH,
    PASSWORD,
    Product,
    lines_in,
    running,
)
from tests.browser.steps import PATIENCE, confirm, enter, figure, open_dataset, row, until_it_reads

pytestmark = pytest.mark.browser

WINDOW = 7200
WIDTHS = (320, 375, 1440, 2560)
EMPTY = {"type": "organization", "slug": "quiet-room", "name": "Quiet Room", "institution": INSTITUTION}
RIVER, SEABIRDS = "river-stage-lower-wend", "seabird-colony-counts"
CENSUS, GRAIN = "census-household-transcriptions", "market-prices-grain"

type Reach = Callable[[Page], object]


@dataclass(frozen=True, slots=True)
class Spot:
    """A page: its address, who opens it, and the way on from there."""

    name: str
    address: str
    who: str = ADMINISTRATOR
    reach: Reach | None = None


def follow(number: str, link: str) -> Reach:
    """The link in a version's row."""
    return lambda page: row(page, number).get_by_role("link", name=link).click()


def link(name: str) -> Reach:
    return lambda page: page.get_by_role("link", name=name).first.click()


def _refused(page: Page) -> None:
    enter(page, DATACITE, password="not the password")
    page.locator(".ticks").wait_for()


def _sign_in_refused(page: Page) -> None:
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


def _nothing_fits(page: Page) -> None:
    page.get_by_role("searchbox").fill("no such dataset")
    page.get_by_text("No dataset fits").wait_for()


def _wrong_slug(page: Page) -> None:
    page.get_by_label("Short name").fill("something else")
    page.get_by_label("Reason").fill("Out of date.")
    page.get_by_role("button", name="Delete the dataset").click()
    page.get_by_role("alert").wait_for()


STRANGER = ""
SPOTS = [
    Spot("sign-in", "/sign-in/", STRANGER),
    Spot("sign-in refused", "/sign-in/", STRANGER, _sign_in_refused),
    Spot("password forgotten", "/password/forgotten/", STRANGER),
    Spot("not found", "/o/nowhere/", ADMINISTRATOR),
    Spot("no landing page", f"/v/{'0' * 32}", STRANGER),
    Spot("landing page", f"/o/{ESTUARY}/datasets/{RIVER}/", CURATOR, follow("2.0", "Landing page")),
    Spot(
        "private landing page",
        f"/o/{ESTUARY}/datasets/saltmarsh-sediment-cores/",
        CURATOR,
        follow("1.0", "Landing page"),
    ),
    Spot("tombstone", f"/o/{PARISH}/datasets/{CENSUS}/", CURATOR, follow("1.0", "Landing page")),
    Spot("home", "/", CURATOR),
    Spot("institution", f"/i/{INSTITUTION}/"),
    Spot("institution's configuration", f"/i/{INSTITUTION}/settings/doi/"),
    Spot("organization", f"/o/{ESTUARY}/"),
    Spot("members", f"/o/{ESTUARY}/members/"),
    Spot("settings", f"/o/{ESTUARY}/settings/"),
    Spot("profile", "/profile/"),
    Spot("change of password", "/profile/password/"),
    Spot("configuration", f"/o/{ESTUARY}/settings/doi/"),
    Spot("first configuration", "/o/quiet-room/settings/doi/"),
    Spot("configuration refused", "/o/quiet-room/settings/doi/", ADMINISTRATOR, _refused),
    Spot("offer", f"/o/{ESTUARY}/settings/doi/back-issue/"),
    Spot("offer without an account", "/o/quiet-room/settings/doi/back-issue/"),
    Spot("run", f"/o/{ESTUARY}/settings/doi/back-issue/1/"),
    Spot("undo", f"/o/{ESTUARY}/settings/doi/back-issue/1/undo/"),
    Spot("datasets", f"/o/{ESTUARY}/datasets/", CURATOR),
    Spot("no datasets", "/o/quiet-room/datasets/"),
    Spot("no dataset fits", f"/o/{ESTUARY}/datasets/", CURATOR, _nothing_fits),
    Spot("new dataset", f"/o/{ESTUARY}/new-dataset/", CURATOR),
    Spot("dataset with permanent DOIs", f"/o/{ESTUARY}/datasets/{SEABIRDS}/", CURATOR),
    Spot("dataset with a draft", f"/o/{PARISH}/datasets/{GRAIN}/"),
    Spot("blocked dataset", f"/o/{ESTUARY}/datasets/harbour-sound-recordings/", CURATOR),
    Spot("metadata", f"/o/{ESTUARY}/datasets/{RIVER}/edit/", CURATOR),
    Spot("version's metadata", f"/o/{ESTUARY}/datasets/{RIVER}/", CURATOR, follow("1.1", "Edit metadata")),
    Spot("metadata as JSON", f"/o/{ESTUARY}/datasets/{RIVER}/edit/json/", CURATOR),
    Spot("what is sent", f"/o/{ESTUARY}/datasets/{RIVER}/", CURATOR, follow("2.0", "What is sent")),
    Spot("release", f"/o/{ESTUARY}/datasets/{SEABIRDS}/", CURATOR, follow("2025", "Release …")),
    Spot("unrelease", f"/o/{PARISH}/datasets/{GRAIN}/", CURATOR, follow("1.0", "Unrelease …")),
    Spot("withdraw", f"/o/{ESTUARY}/datasets/{RIVER}/", CURATOR, follow("1.0", "Withdraw …")),
    Spot("delete refused", f"/o/{ESTUARY}/datasets/{RIVER}/delete/", CURATOR, _wrong_slug),
    Spot("switch off", f"/o/{ESTUARY}/datasets/{RIVER}/", CURATOR, link("Switch DOIs off …")),
    Spot(
        "permanent now",
        f"/o/{PARISH}/datasets/{GRAIN}/",
        ADMINISTRATOR,
        follow("1.0", "Make permanent now …"),
    ),
]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, browser: Browser, seeded: Path) -> Iterator[Product]:
    """One organization back-issued and permanent; in another a withdrawn version and a draft; a third with nothing."""
    accounts = [DATACITE.command(["--organization", place]) for place in (ESTUARY, PARISH)]
    accounts[0].insert(-1, "--back-issue")
    folder = tmp_path_factory.mktemp("accessibility")
    accounts.append(lines_in(folder / "empty.jsonl", [EMPTY]))
    with running(folder, seeded=seeded, window=WINDOW, commands=accounts) as product:
        context = browser.new_context(base_url=product.url)
        product.let_in(context, ADMINISTRATOR)
        _prepare(context.new_page(), product)
        context.close()
        yield product


def _prepare(page: Page, product: Product) -> None:
    _switch_on(page, CENSUS)
    until_it_reads(row(page, "1.0"), "Draft")
    page.goto(f"/o/{ESTUARY}/settings/doi/back-issue/1/")
    expect(figure(page, "have a DOI")).to_have_text("9", timeout=PATIENCE)
    product.pass_time(WINDOW)
    _switch_on(page, GRAIN)
    until_it_reads(row(page, "1.0"), "Draft")
    open_dataset(page, PARISH, CENSUS)
    until_it_reads(row(page, "1.0"), "Findable")
    row(page, "1.0").get_by_role("link", name="Withdraw …").click()
    page.get_by_label("Reason").fill("The street names of two districts were mixed up.")
    confirm(page, "Withdraw version 1.0")
    until_it_reads(row(page, "1.0"), "Registered")
    page.goto(f"/o/{ESTUARY}/settings/doi/back-issue/1/")
    expect(figure(page, "of these permanent")).to_have_text("9", timeout=PATIENCE)


def _switch_on(page: Page, slug: str) -> None:
    open_dataset(page, PARISH, slug)
    page.get_by_role("link", name="Switch DOIs on").click()
    confirm(page, "Switch DOIs on")


@pytest.fixture
def web_server(product: Product) -> str:
    return product.url


@pytest.mark.parametrize("spot", SPOTS, ids=lambda spot: spot.name)
def test_a_page_is_free_of_what_axe_finds_and_fits_every_width(
    page: Page, context: BrowserContext, product: Product, spot: Spot
) -> None:
    if spot.who:
        product.let_in(context, spot.who)
    page.goto(spot.address)
    if spot.reach is not None:
        before = page.url
        spot.reach(page)
        page.wait_for_load_state()
        assert page.url != before or spot.reach in {_refused, _sign_in_refused, _nothing_fits, _wrong_slug}
    # Over nothing: a colour on its way to another would be measured.
    page.mouse.move(0, 0)
    found = [finding for scheme in ("light", "dark") for finding in _findings(page, scheme)]
    wide = [width for width in WIDTHS if _overflows(page, width)]
    assert (found, wide) == ([], [])


def _findings(page: Page, scheme: str) -> list[str]:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    # Everything in light; in dark what depends on colour.
    options = {"resultTypes": ["violations"]}
    if scheme == "dark":
        options["runOnly"] = ["color-contrast", "link-in-text-block"]
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{scheme}: {violation['id']} at {node['target']}: {node['failureSummary']}"
        for violation in violations
        for node in violation["nodes"]
    ]


def _overflows(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 900})
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_sign_in_and_configuration_need_no_mouse(page: Page, product: Product) -> None:
    page.goto("/sign-in/")
    # The field is there to type in at once.
    page.keyboard.type(ADMINISTRATOR)
    _tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    page.goto("/o/quiet-room/settings/doi/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    _tab_to(page, "Off")
    # The arrows go round: after the last comes the first.
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Own account")).to_be_checked()
    _tab_to(page, "DataCite")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="EZID", exact=True)).to_be_checked()
    page.keyboard.press("ArrowUp")
    _tab_to(page, "Production")
    _tab_to(page, "Repository account ID")
    page.keyboard.type(DATACITE.account)
    _tab_to(page, "Repository account password")
    page.keyboard.type(DATACITE.password)
    _tab_to(page, "DOI prefix")
    page.keyboard.type(DATACITE.prefix)
    _tab_to(page, "Also make a draft DOI and delete it again, to be sure that it works")
    page.keyboard.press("Space")
    _tab_to(page, "Issue DOIs")
    _tab_to(page, "Check and save")
    page.keyboard.press("Space")

    expect(page.get_by_role("heading", level=1)).to_have_text("DOIs for what exists already")
    ticks = page.locator(".ticks li")
    expect(ticks).to_have_count(5)
    expect(page.locator(".ticks li[data-outcome=passed]")).to_have_count(5)


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of this name has the focus; what has it on the way can be seen to have it."""
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(VISIBLE), f"on the way to {name} the focus cannot be seen"
        if page.evaluate(NAME) == name:
            return
    pytest.fail(f"{name} is not reached with Tab")


# A choice shows the focus of the control in it.
VISIBLE = """() => {
    const shown = element => {
        const style = getComputedStyle(element), box = element.getBoundingClientRect();
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
            && box.bottom > 0 && box.top < innerHeight;
    };
    const here = document.activeElement, choice = here.closest(".choice");
    return shown(here) || (choice !== null && shown(choice));
}"""
NAME = """() => {
    const here = document.activeElement;
    const label = here.labels?.[0];
    return (label?.querySelector("b") ?? label ?? here).innerText.trim();
}"""
