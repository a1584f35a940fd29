"""What people do on the pages, in the words that they see."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.product import PASSWORD, Account

# A registry is asked, drafts are made, pages fetch themselves again: on a busy machine that takes its time.
PATIENCE = 40_000


def sign_in(page: Page, email: str) -> None:
    """By the form, from wherever a stranger comes in."""
    page.goto("/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def open_configuration(page: Page, organization: str) -> None:
    """From an organization's overview, as its administrator finds it."""
    page.goto(f"/o/{organization}/")
    page.get_by_role("link", name="Settings").first.click()
    page.get_by_role("heading", name="Advanced").wait_for()
    page.get_by_role("link", name="DOI configuration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("DOI configuration")


def enter(page: Page, account: Account, *, password: str | None = None) -> None:
    """Fill in the account, with another password than its own where one is given, and press the button."""
    page.get_by_role("radio", name="Own account").check()
    page.get_by_role("radio", name=account.registry, exact=True).check()
    page.get_by_role("radio", name="Production").check()
    page.get_by_label("Repository account ID").fill(account.account)
    page.get_by_label("Repository account password").fill(account.password if password is None else password)
    page.get_by_label("DOI prefix").fill(account.prefix)
    page.get_by_role("button", name="Check and save").click()


def ticks(page: Page) -> dict[str, str]:
    """What the check found: each tick's name and outcome."""
    found = page.locator(".ticks li")
    expect(found.first).to_be_visible()
    return {
        each.locator("b").inner_text().rstrip("."): each.get_attribute("data-outcome") or ""
        for each in found.all()
    }


def figure(page: Page, words: str) -> Locator:
    """The number above these words."""
    return page.locator(".figure", has_text=words).locator("b")


def open_dataset(page: Page, organization: str, slug: str) -> None:
    page.goto(f"/o/{organization}/datasets/{slug}/")


def row(page: Page, number: str) -> Locator:
    """A version's row on its dataset's page."""
    return page.locator("#versions ~ div tbody tr").filter(
        has=page.locator("td:first-child b", has_text=re.compile(f"^{re.escape(number)}$"))
    )


def badge(row: Locator) -> Locator:
    """The state of its DOI."""
    return row.locator(".badge[data-state]")


def name_of(row: Locator) -> str:
    """The DOI name that the row shows, without the proxy."""
    return row.locator(".doi-name").inner_text().removeprefix("https://doi.org/")


def until_it_reads(row: Locator, state: str) -> None:
    """Open the page again and again, as a person would, until the version's DOI has this state."""
    for _ in range(PATIENCE // 500):
        if badge(row).all_inner_texts() == [state]:
            return
        row.page.wait_for_timeout(500)
        row.page.reload()
    expect(badge(row)).to_have_text(state)


def landing_page(row: Locator) -> int:
    """Follow the row's link to it; the page's status."""
    with row.page.expect_navigation() as going:
        row.get_by_role("link", name="Landing page").click()
    assert going.value is not None
    return going.value.status


def confirm(page: Page, words: str, *said: str) -> None:
    """On the page before an act: each sentence must be there, then press the button."""
    consequences = page.locator(".consequences")
    for sentence in said:
        expect(consequences).to_contain_text(sentence)
    page.get_by_role("button", name=words).click()
    expect(page.get_by_role("status").first).to_be_visible()
