"""An organization to issue for, with something of everything."""

import pytest

from datasets import services as versions
from doi.sandbox import Sandbox
from organizations.models import Organization
from tests.factories import doi as make
from tests.support.back_issues import BARE


@pytest.fixture
def lab(sandbox: Sandbox) -> Organization:
    """Three datasets, all off: two versions; one private; one without creators; and one without any release."""
    place = make.configured(default_on=False)
    two = make.dataset(place, "two")
    make.version(two, "1.0")
    make.version(two, "2.0")
    make.version(make.dataset(place, "private", visibility="private"))
    bare = versions.create_dataset(place, slug="bare", visibility="public", metadata=BARE, by=make.by())
    make.version(bare)
    make.version(make.dataset(place, "unreleased"), release=False)
    return place
