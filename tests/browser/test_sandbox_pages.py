"""The sandbox's own pages in a browser: dark, on a telephone, by keyboard, with what strangers wrote in them."""

from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.doi.name_vectors import VECTORS
from tests.doi.sandbox.calls import COMPLETE
from tests.support.sandbox import running_sandbox

pytestmark = pytest.mark.browser

EVIL = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"
AWKWARD = VECTORS[7][1].lower()
# Rows with a number sign, slashes, an ampersand, a plus, a question mark, a percent sign, brackets, dot segments, quotes.
MENDED = {"2", "8", "18", "20", "21", "S2", "S3", "S4", "S5", "S6", "S9"}
WIDTHS = (320, 375, 1440, 2560)
PAGES = ("/", "/dois", f"/dois/datacite/{quote(AWKWARD, safe='')}", "/log", "/faults")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A running sandbox with all awkward names in it, and something of everything on its pages."""
    accounts = (
        "--account",
        "datacite:ORG.REPO:secret:10.70112",
        "--account",
        "ezid:apiuser:secret:10.7280/d1",
    )
    with running_sandbox(*accounts) as running, httpx.Client(base_url=running.url, trust_env=False) as client:
        metadata = {**COMPLETE, "titles": [{"title": EVIL}]}
        common = {
            "provider": "datacite",
            "owner": "ORG.REPO",
            "url": "https://x.example/",
            "metadata": metadata,
        }
        names = [*(vector[1] for vector in VECTORS), f"10.70112/{'x' * 240}"]
        client.post("/control/records", json=[{**common, "name": name} for name in names]).raise_for_status()
        rule = {
            "match": {"method": "POST"},
            "from": 0,
            "until": 9999,
            "action": {"status": 502, "applied": True},
        }
        client.put("/control/faults", json=[rule]).raise_for_status()
        client.post(
            "/datacite/dois",
            auth=("ORG.REPO", "secret"),
            json={"data": {"attributes": {"doi": "10.70112/a"}}},
        )
        yield running.url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser that knows nothing of the product; a script's error or a refusal by the policy fails."""
    complaints: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
    assert complaints == []


@pytest.mark.parametrize("path", PAGES)
def test_a_sandbox_page_is_free_of_what_axe_finds_and_fits_every_width(
    page: Page, address: str, path: str
) -> None:
    page.goto(address + path)

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            overflows = page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
            assert not overflows, width
            if width in {375, 1440}:
                violations = Axe().run(page).response["violations"]
                assert [(each["id"], each["nodes"][0]["target"]) for each in violations] == [], (
                    scheme,
                    width,
                )
    assert "broken" not in page.title()


def test_a_browser_follows_the_links_of_the_names_it_would_mend(page: Page, address: str) -> None:
    names = [vector[1].lower() for vector in VECTORS if vector[0] in MENDED]
    assert len(names) == len(MENDED)
    for name in names:
        page.goto(f"{address}/dois")

        page.get_by_role("link", name=name, exact=True).first.click()

        expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_person_edits_a_doi_and_adds_and_removes_a_fault_by_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/dois/datacite/{quote(AWKWARD, safe='')}")
    page.get_by_role("button", name="Hide").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Staff have hidden this DOI.")

    page.goto(f"{address}/faults")
    page.get_by_role("combobox", name="Fault").select_option(label="connection broken, not done")
    page.get_by_label("Account").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The fault is in force.")
    page.get_by_role("row").filter(has_text="reset").get_by_role("button").press("Enter")
    expect(page.get_by_role("status")).to_have_text("The fault is removed.")
