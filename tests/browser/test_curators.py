"""What a curator does with versions and their DOIs, in a browser; the clock of all processes moves, nothing waits."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from scripts.demo import CURATOR
from tests.browser.product import DATACITE, ESTUARY, PARISH, Product, running
from tests.browser.steps import badge, confirm, landing_page, name_of, open_dataset, row, until_it_reads

pytestmark = pytest.mark.browser

WINDOW = 7200


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Product]:
    """Accounts are in place, and every dataset's switch is off."""
    accounts = [DATACITE.command(["--organization", place]) for place in (ESTUARY, PARISH)]
    folder = tmp_path_factory.mktemp("curators")
    with running(folder, seeded=seeded, window=WINDOW, commands=accounts) as product:
        yield product


@pytest.fixture
def web_server(product: Product) -> str:
    return product.url


@pytest.fixture
def curator(context: BrowserContext, product: Product, page: Page) -> Page:
    """A page of a curator who has signed in."""
    product.let_in(context, CURATOR)
    return page


def _switch_on(page: Page, place: str, slug: str) -> None:
    open_dataset(page, place, slug)
    page.get_by_role("link", name="Switch DOIs on").click()
    confirm(page, "Switch DOIs on")


def test_a_version_keeps_its_name_from_release_to_unrelease_to_release(
    curator: Page, product: Product
) -> None:
    _switch_on(curator, ESTUARY, "seabird-colony-counts")
    newest = row(curator, "2025")
    expect(newest).to_contain_text("Gets a DOI when it is released.")

    newest.get_by_role("link", name="Release …").click()
    confirm(
        curator,
        "Release version 2025",
        "It gets a DOI that begins with 10.82053.",
        "It is a draft for 2 hours",
        "Until then you can unrelease the version.",
        "findable",
        "This cannot be undone.",
    )
    until_it_reads(newest, "Draft")
    name = name_of(newest)
    expect(newest).to_contain_text("until then it can be unreleased")
    assert product.registered()[name] == "draft"

    newest.get_by_role("link", name="Unrelease …").click()
    confirm(
        curator,
        "Unrelease version 2025",
        f"The draft of {name} is discarded at the registry.",
        "a new release uses it again",
    )
    until_it_reads(newest, "Discarded")
    assert name not in product.registered()

    newest.get_by_role("link", name="Release …").click()
    confirm(curator, "Release version 2025", f"Its DOI is {name}.")
    until_it_reads(newest, "Draft")
    assert name_of(newest) == name
    assert product.registered()[name] == "draft"


def test_switching_off_discards_the_drafts_and_on_again_brings_them_back(
    curator: Page, product: Product
) -> None:
    numbers = ["1.0", "1.1", "2.0"]
    _switch_on(curator, ESTUARY, "river-stage-lower-wend")
    for number in numbers:
        until_it_reads(row(curator, number), "Draft")
    names = [name_of(row(curator, number)) for number in numbers]

    curator.get_by_role("link", name="Switch DOIs off").click()
    confirm(curator, "Switch DOIs off", "3 DOIs that are not permanent yet are discarded.")
    for number in numbers:
        until_it_reads(row(curator, number), "Discarded")
    assert not set(names) & set(product.registered())

    _switch_on(curator, ESTUARY, "river-stage-lower-wend")
    for number in numbers:
        until_it_reads(row(curator, number), "Draft")
    assert [name_of(row(curator, number)) for number in numbers] == names


def test_an_older_permanent_version_is_withdrawn_and_leaves_a_tombstone(
    curator: Page, product: Product
) -> None:
    reason = "The street names of two districts were mixed up."
    _switch_on(curator, PARISH, "census-household-transcriptions")
    older = row(curator, "1.0")
    until_it_reads(older, "Draft")
    product.pass_time(WINDOW)
    until_it_reads(older, "Findable")
    name = name_of(older)

    older.get_by_role("link", name="Withdraw …").click()
    curator.get_by_role("button", name="Withdraw version 1.0").click()
    # Without a reason nothing happens: Chromium itself asks for it.
    expect(curator.get_by_label("Reason")).to_be_focused()
    curator.get_by_label("Reason").fill(reason)
    confirm(
        curator,
        "Withdraw version 1.0",
        f"{name} is permanent and cannot be deleted: it is withdrawn.",
        "which becomes a tombstone",
    )
    until_it_reads(older, "Registered")
    assert product.registered()[name] == "registered"

    assert landing_page(older) == 410
    expect(curator.get_by_text("This version has been withdrawn")).to_be_visible()
    expect(curator.get_by_text(reason, exact=True)).to_be_visible()
    expect(curator.get_by_role("heading", level=1)).to_contain_text("Household schedules of the 1881 census")
    expect(curator.get_by_role("link", name=f"https://doi.org/{name}")).to_be_visible()


def test_a_dataset_is_hidden_and_shown_again_with_its_permanent_doi(curator: Page, product: Product) -> None:
    _switch_on(curator, PARISH, "market-prices-grain")
    only = row(curator, "1.0")
    until_it_reads(only, "Draft")
    product.pass_time(WINDOW)
    until_it_reads(only, "Findable")
    name = name_of(only)

    curator.get_by_role("link", name="Make private").click()
    confirm(curator, "Make it private", "1 permanent DOI is hidden at once")
    until_it_reads(only, "Registered")
    assert product.registered()[name] == "registered"
    assert landing_page(only) == 200
    expect(curator.get_by_role("heading", level=1)).to_have_text("This dataset is not public")
    expect(curator.get_by_text("grain prices")).to_have_count(0)

    open_dataset(curator, PARISH, "market-prices-grain")
    curator.get_by_role("link", name="Make public").click()
    confirm(curator, "Make it public", "Everybody can read", "1 permanent DOI becomes findable")
    until_it_reads(only, "Findable")
    assert product.registered()[name] == "findable"
    assert name_of(only) == name


def test_a_blocked_version_goes_out_when_its_field_is_mended(curator: Page, product: Product) -> None:
    _switch_on(curator, ESTUARY, "harbour-sound-recordings")
    only = row(curator, "1.0")
    curator.reload()
    expect(badge(only)).to_have_text("Planned")
    name = name_of(only)
    assert name not in product.registered()

    only.get_by_role("link", name="Mend this field").click()
    creator = curator.get_by_role("group", name="Creator 1")
    creator.get_by_label("Family name").fill("Quist")
    creator.get_by_label("Given name").fill("Inès")
    curator.get_by_role("button", name="Add another Creator").click()
    # The form comes back with one more, and with what was typed.
    curator.get_by_role("group", name="Creator 2").get_by_label("Name as cited").fill(
        "Port Ansel Acoustics Group"
    )
    expect(creator.get_by_label("Family name")).to_have_value("Quist")
    curator.get_by_role("button", name="Save").first.click()

    until_it_reads(only, "Draft")
    assert name_of(only) == name
    assert product.registered()[name] == "draft"
