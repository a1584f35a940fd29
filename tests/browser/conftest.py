"""A real Chromium at the product's own web server."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, ConsoleMessage, Page, expect

from tests.browser.product import seed
from tests.support.chromium import MISSING, find_chromium, launch_arguments

type SignIn = Callable[[Any], None]

# The machine may be busy with other tests.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_type: BrowserType
) -> dict[str, Any]:
    found = find_chromium(browser_type.executable_path)
    if found is None:
        pytest.fail(MISSING)
    return {**browser_type_launch_args, "executable_path": found, "args": launch_arguments()}


@pytest.fixture(scope="session")
def base_url() -> str:
    return os.environ["SITE_URL"]


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database that every module's product begins with."""
    return seed(tmp_path_factory.mktemp("seed"))


@pytest.fixture
def page(page: Page, web_server: str) -> Iterator[Page]:
    """A page of the running product. A script's error or a refusal by the content security policy fails the test."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # A page may answer 403, 404 or 410 on purpose; Chromium reports that as an error of loading.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(PATIENCE)
    yield page
    assert complaints == []


@pytest.fixture
def sign_in(context: BrowserContext, web_server: str) -> SignIn:
    """Sign a person in without the form: ``sign_in(user)``."""
    from django.conf import settings
    from django.test import Client

    def signed_in(user: Any) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": web_server}])

    return signed_in
