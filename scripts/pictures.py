"""
Takes the README's pictures anew, from a demo of its own: ``.venv/bin/python -m scripts.pictures``.

It goes the way of "What make demo shows" in the README and takes a little longer than the demo's draft window.
"""

import json
import shutil
import sys

from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts.children import ROOT, Process, ProcessError, start
from scripts.demo import ADMINISTRATOR, DATACITE, DRAFT_WINDOW
from tests.support.chromium import MISSING, find_chromium, launch_arguments

FOLDER = ROOT / "var" / "pictures"
PICTURES = ROOT / "docs" / "pictures"
PLACE = "/o/estuary-laboratory/"
DATASET = "datasets/river-stage-lower-wend/"
WIDTH = 1280
MARGIN = 12
LARGEST = 150_000


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    demo = start(
        "demo",
        [sys.executable, "-m", "scripts.demo"],
        log=FOLDER / "demo.log",
        env={"DEMO_FOLDER": str(FOLDER)},
    )
    try:
        demo.wait_until(lambda: "The product is running" in demo.log.read_text(), seconds=120)
        _take_all(demo)
    except ProcessError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        demo.stop(seconds=60)
    return 0


def _take_all(demo: Process) -> None:
    kept = demo.log.parent
    ports = json.loads((kept / "ports.json").read_text())
    with sync_playwright() as playwright:
        program = find_chromium(playwright.chromium.executable_path)
        if program is None:
            raise ProcessError(MISSING)
        browser = playwright.chromium.launch(executable_path=program, args=launch_arguments())
        page = _page(browser, f"http://localhost:{ports['web']}")
        _sign_in(page, (kept / "sign-in").read_text())
        _configure(page, (kept / "password-datacite").read_text())
        _back_issue(page)
        _land(page)
        browser.close()


def _page(browser: Browser, url: str) -> Page:
    context = browser.new_context(
        base_url=url, color_scheme="light", reduced_motion="reduce", viewport={"width": WIDTH, "height": 800}
    )
    return context.new_page()


def _sign_in(page: Page, password: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill(ADMINISTRATOR)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def _configure(page: Page, password: str) -> None:
    """Enter the account and decline the offer at first; the second check, with all ticks, is the one to be seen."""
    page.goto(f"{PLACE}settings/doi/")
    page.get_by_role("radio", name="Own account").check()
    page.get_by_label("Repository account ID").fill(DATACITE[1])
    page.get_by_label("Repository account password").fill(password)
    page.get_by_label("DOI prefix").fill(DATACITE[2])
    page.get_by_role("button", name="Check and save").click()
    page.get_by_role("link", name="Not now").click()
    page.get_by_label("Also make a draft DOI and delete it again").check()
    page.get_by_role("button", name="Check and save").click()
    expect(page.locator(".ticks [data-outcome=passed]")).to_have_count(5)
    _take(page, "configuration", until="[aria-labelledby=in-force]")


def _back_issue(page: Page) -> None:
    page.get_by_role("link", name="Issue DOIs for existing datasets").click()
    page.get_by_role("button", name="Issue 9 DOIs").click()
    expect(page.locator(".figure", has_text="have a DOI").locator("b")).to_have_text("9", timeout=60_000)
    page.goto(PLACE + DATASET)
    expect(page.locator(".badge[data-state=draft]")).to_have_count(3)
    _take(page, "dataset", until=".table-region")


def _land(page: Page) -> None:
    """Wait until the drafts are permanent, as the demo's reader does."""
    page.wait_for_timeout(DRAFT_WINDOW * 1000)
    for _ in range(60):
        page.reload()
        if page.locator(".badge[data-state=findable]").count() == 3:
            break
        page.wait_for_timeout(1000)
    page.get_by_role("link", name="Landing page").first.click()
    # As a reader sees it, who is not signed in.
    page.context.clear_cookies()
    page.reload()
    expect(page.get_by_role("heading", name="Cite as")).to_be_visible()
    _take(page, "landing", until="[aria-labelledby=places-title]")


def _take(page: Page, name: str, *, until: str) -> None:
    """The page from its top to the end of what `until` selects. Raises ProcessError when the file is too large."""
    page.mouse.move(0, 0)
    box = page.locator(until).first.bounding_box()
    assert box is not None  # noqa: S101  (it was waited for)
    path = PICTURES / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    height = box["y"] + box["height"] + MARGIN
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size // 1000} kB")
    if size > LARGEST:
        raise ProcessError(f"{path.name} has {size} bytes; more than {LARGEST} is too much for the README.")


if __name__ == "__main__":
    sys.exit(main())
