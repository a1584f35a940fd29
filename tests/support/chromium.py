"""Finds the Chromium that the browser tests drive; as a command prints its path."""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

MISSING = (
    "The browser tests need Chromium: install the package chromium (or google-chrome), "
    "run .venv/bin/playwright install chromium, or name one in CHROMIUM."
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium(playwrights_own: str) -> str | None:
    """The browser to start: $CHROMIUM, then Playwright's own where it was fetched, then one on PATH."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    if playwrights_own and Path(playwrights_own).exists():
        return playwrights_own
    return next((found for found in map(shutil.which, NAMES) if found), None)


def launch_arguments() -> list[str]:
    """Quiet, and without the sandbox only for root, whom Chromium refuses it."""
    arguments = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    return [*arguments, "--no-sandbox"] if os.geteuid() == 0 else arguments


def main() -> int:
    with sync_playwright() as playwright:
        found = find_chromium(playwright.chromium.executable_path)
    print(found or MISSING)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
