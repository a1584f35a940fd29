"""The slim bar of a demonstration, and how long things take in words."""

from typing import Any

import pytest

from organizations.context import demonstration, in_words
from tests.factories.organizations import person, signed_in


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (604_800, "7 days"),
        (86_400, "1 day"),
        (7_200, "2 hours"),
        (120, "2 minutes"),
        (61, "61 seconds"),
        (0, "0 seconds"),
    ],
)
def test_a_time_is_said_in_its_largest_whole_unit(seconds: int, words: str) -> None:
    assert in_words(seconds) == words


def test_the_real_window_needs_no_word() -> None:
    assert demonstration(604_800) == ""


@pytest.mark.django_db
def test_a_short_window_is_said_on_every_signed_in_page(settings: Any) -> None:
    settings.DOI_DRAFT_WINDOW = 120

    page = signed_in(person("ada")).get("/profile/").content.decode()

    assert "Demonstration: a DOI becomes permanent after 2 minutes instead of 7 days." in page
