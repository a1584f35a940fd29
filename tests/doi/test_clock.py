"""One source of the time: the database's, and an offset that tests share between processes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from doi import clock

pytestmark = pytest.mark.django_db


def test_it_is_aware_in_utc_and_about_now() -> None:
    now = clock.now()

    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_it_goes_on_inside_a_transaction() -> None:
    first = clock.now()

    assert clock.now() > first


@pytest.mark.parametrize(
    ("text", "seconds"), [("604800", 604_800), ("-3.5\n", -3.5), ("", 0), ("  \n", 0), (None, 0)]
)
def test_a_file_moves_it(tmp_path: Path, settings: Any, text: str | None, seconds: float) -> None:
    path = tmp_path / "offset"
    if text is not None:
        path.write_text(text)
    settings.DOI_TEST_CLOCK = str(path)

    assert clock.offset() == timedelta(seconds=seconds)
    assert abs(clock.now() - datetime.now(UTC) - timedelta(seconds=seconds)) < timedelta(seconds=5)


def test_without_a_file_nothing_moves_it(settings: Any) -> None:
    settings.DOI_TEST_CLOCK = ""

    assert clock.offset() == timedelta()


def test_a_file_without_a_number_is_an_error(tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "offset"
    path.write_text("soon")
    settings.DOI_TEST_CLOCK = str(path)

    with pytest.raises(ValueError, match="soon"):
        clock.offset()
