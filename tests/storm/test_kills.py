"""
A worker is killed with SIGKILL at every named place; the next one goes on after the lease, and nothing is wrong.

A place that its scene does not pass fails its test.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from doi import chain, clock, looks
from doi.failpoints import TABLE
from doi.models import Doi, DoiEvent, Login
from doi.sandbox import Sandbox
from doi.services import reminding
from doi.states import Environment
from tests.doi.conftest import Clock, drain_all
from tests.storm.evidence import faults_of, gathered
from tests.storm.forks import killed_at, shared_database
from tests.storm.scenes import DEATHS, SCENES, Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(
    resolver: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Stage]:
    with shared_database(tmp_path):
        yield Stage(resolver, moved_clock, monkeypatch)


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.parametrize(("scene", "point"), DEATHS)
def test_a_worker_killed_there_leaves_nothing_twice_lost_early_or_open(
    stage: Stage, scene: str, point: str
) -> None:
    played = SCENES[scene]
    played.prepare(stage)

    assert killed_at(point, played.work, stage.sandbox), f"{point} was not passed"

    _go_on(stage)
    if played.mend is not None:
        played.mend(stage)
        drain_all()
    _settled()
    # The window; the day that a lifted hold adds; a minute for the look, and its repetition.
    for days, minutes in ((8, 0), (0, 2), (0, 11)):
        stage.clock.forward(days=days, minutes=minutes)
        drain_all()
    assert faults_of(gathered(stage.sandbox, owners=stage.strangers)) == []
    _settled()
    _every_attempt_has_one_outcome()
    while chain.seal(now=clock.now()):
        pass
    verdict = chain.verify()
    assert (verdict.faults, verdict.unsealed) == ([], 0)


def _go_on(stage: Stage) -> None:
    """What any fresh worker does, now and when the lease of the dead one has ended."""
    drain_all()
    for _ in range(4):
        stage.clock.forward(seconds=settings.DOI_LEASE + 1)
        drain_all()
        chain.seal(now=clock.now())
        reminding.remind(now=clock.now())


def _settled() -> None:
    """Nothing under way, in doubt or due; whoever was refused was told."""
    now = clock.now()
    open_ = Doi.objects.exclude(step="", uncertain=False, leased_until=None)
    assert not open_.exists(), list(open_.values())
    assert not Doi.objects.filter(next_attempt_at__lte=now).exists()
    assert not looks.are_due(now)
    for login in Login.objects.filter(refused_at__isnull=False):
        assert DoiEvent.objects.filter(event="login_refused", organization=login.organization).count() == 1
    for doi in Doi.objects.filter(permanent_at__isnull=False, environment=Environment.PRODUCTION):
        assert doi.resolves_since is not None or doi.look_after is not None


def _every_attempt_has_one_outcome() -> None:
    attempts, outcomes = (
        sorted(DoiEvent.objects.filter(event=event).values_list("doi_id", "attempt"))
        for event in ("attempt", "outcome")
    )
    assert attempts == outcomes
    assert len(set(attempts)) == len(attempts)


def test_each_place_of_the_table_has_a_death() -> None:
    assert {point for _, point in DEATHS} == set(TABLE)
