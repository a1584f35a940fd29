"""What the tests of the metadata share."""

from pathlib import Path

import pytest

from tests.support.real_records import Record, records_of


@pytest.fixture(scope="session")
def real_records(reference_dir: Path) -> list[Record]:
    """Dataset, version number and merged metadata of every version that is not deleted."""
    return records_of(reference_dir)
