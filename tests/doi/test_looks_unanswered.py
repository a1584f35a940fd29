"""A resolver that never answers is no finding, and nobody is left to believe that all was looked at."""

import logging

import pytest

from doi.sandbox import Sandbox
from tests.doi.conftest import Clock, drain_all
from tests.doi.looking import permanent
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


def test_people_are_told_that_nobody_could_look_and_no_longer_once_somebody_did(
    resolver: Sandbox, moved_clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    version = permanent(moved_clock, make.DATACITE, visibility="private")
    resolver.faults.order([{"match": {"provider": "resolve"}, "action": {"status": 500}}])
    with caplog.at_level(logging.WARNING, logger="doi.looks"):
        moved_clock.forward(hours=1)
        drain_all()
    assert make.doi_of(version).attention == ""
    assert "resolver_does_not_answer" in caplog.text

    moved_clock.forward(hours=32)
    drain_all()
    doi = make.doi_of(version)
    assert (doi.attention, doi.looks) == ("unresolved", 0)
    assert "could not be looked at since it became permanent on" in doi.attention_text

    resolver.faults.clear()
    moved_clock.forward(hours=1)
    drain_all()
    doi = make.doi_of(version)
    assert doi.attention == ""
    assert doi.resolves_since is not None
