"""A deployment that could harm real DOIs is named before it starts."""

import base64

import pytest
from django.core.checks import CheckMessage
from django.test import override_settings

from doi.checks import WINDOW, check_addresses, check_secrets, check_time, is_loopback

REAL = {
    ("datacite", "production"): "https://api.datacite.org",
    ("ezid", "production"): "https://ezid.cdlib.org",
}
KEY = base64.urlsafe_b64encode(bytes(32)).decode()
GOOD = override_settings(
    DOI_ENCRYPTION_KEYS=[KEY],
    SECRET_KEY_IS_SET=True,
    DOI_TEST_CLOCK="",
    DOI_DRAFT_WINDOW=WINDOW,
    REGISTRY_URLS=REAL,
    DOI_RESOLVER_URL="https://doi.org",
    SITE_URL="https://data.example.edu",
)


def messages() -> list[CheckMessage]:
    return [message for check in (check_secrets, check_time, check_addresses) for message in check()]


def test_a_sound_deployment_has_nothing_to_say() -> None:
    with GOOD:
        assert messages() == []


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("DOI_ENCRYPTION_KEYS", [], "doi.E001"),
        ("DOI_ENCRYPTION_KEYS", ["no key"], "doi.E001"),
        ("SECRET_KEY_IS_SET", False, "doi.E002"),
        ("DOI_TEST_CLOCK", "/tmp/clock", "doi.E003"),  # noqa: S108
        ("DOI_DRAFT_WINDOW", 120, "doi.W001"),
        ("REGISTRY_URLS", REAL | {("datacite", "test"): "http://127.0.0.1:8100/datacite"}, "doi.E004"),
        ("DOI_RESOLVER_URL", "http://localhost:8100/resolve", "doi.E004"),
        ("REGISTRY_URLS", REAL | {("ezid", "test"): "http://ezid.cdlib.org"}, "doi.E005"),
        ("REGISTRY_URLS", REAL | {("ezid", "production"): "https://ezid.example.edu"}, "doi.W003"),
        ("SITE_URL", "http://data.example.edu", "doi.W002"),
        ("SITE_URL", "https://localhost:8000", "doi.W002"),
    ],
)
def test_each_danger_has_a_message_of_its_own(setting: str, value: object, expected: str) -> None:
    with GOOD, override_settings(**{setting: value}):
        assert [message.id for message in messages()] == [expected]
        assert messages()[0].hint


def test_a_message_shows_no_key() -> None:
    with GOOD, override_settings(DOI_ENCRYPTION_KEYS=[KEY[:-6]]):
        assert KEY[:-6] not in "".join(str(message) for message in messages())


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("registry.localhost", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("0.0.0.0", True),  # noqa: S104
        ("api.datacite.org", False),
        ("192.0.2.1", False),
        ("", False),
        (None, False),
    ],
)
def test_this_machine_is_known_by_name_and_number(host: str | None, expected: bool) -> None:  # noqa: FBT001
    assert is_loopback(host) is expected
