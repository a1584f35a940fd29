"""A DOI's way through a real broker, a real worker and a real PostgreSQL to a registry that answers over HTTP."""

import time
from collections.abc import Callable

import pytest

from datasets import services
from doi import tasks
from doi.models import Doi, DoiEvent
from doi.services import issuance
from doi.states import State
from scripts.children import Process
from tests.factories import doi as make
from tests.support.real import SandboxServer

pytestmark = pytest.mark.integration


def wait_for(fact: Callable[[], bool], *, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.05)


def states() -> list[str]:
    return sorted(Doi.objects.values_list("state", flat=True))


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window of two seconds for the processes that start after this."""
    monkeypatch.setenv("DOI_DRAFT_WINDOW", "2")


def test_a_doorbell_takes_a_planned_doi_to_a_draft(
    celery_worker_process: Process, sandbox_server: SandboxServer
) -> None:
    version = make.drafted(make.dataset(make.configured()))
    doi = make.doi_of(version)
    assert doi.state == State.PLANNED

    tasks.ring(make.account_of(doi.organization).pk)

    wait_for(lambda: make.doi_of(version).state == State.DRAFT)
    assert sandbox_server.counts()["datacite"] == {"POST /dois": 1}
    [record] = sandbox_server.records()
    assert (record["name"], record["state"]) == (doi.name, "draft")
    assert list(DoiEvent.objects.filter(doi_id=doi.pk, step="create").values_list("event", flat=True)) == [
        "attempt",
        "outcome",
    ]


def test_the_release_itself_rings(celery_worker_process: Process, sandbox_server: SandboxServer) -> None:
    version = make.drafted(make.dataset(make.configured()))
    wait_for(lambda: make.doi_of(version).state == State.DRAFT)
    services.unrelease(version, by=make.by())
    wait_for(lambda: make.doi_of(version).state == State.DISCARDED)
    assert sandbox_server.records() == []


def test_without_any_doorbell_beat_brings_it_to_permanence(
    window: None, celery_worker_process: Process, celery_beat_process: Process, sandbox_server: SandboxServer
) -> None:
    public = make.dataset(make.configured())
    version = make.version(public)
    private = make.version(make.dataset(public.organization, "logbooks", visibility="private"))
    wait_for(lambda: states() == ["findable", "registered"], seconds=120)

    found = {record["name"]: record["state"] for record in sandbox_server.records()}
    assert found == {
        make.doi_of(version).name: "findable",
        make.doi_of(private).name: "registered",
    }


def test_a_doorbell_rung_many_times_sends_one_request(
    celery_worker_process: Process, sandbox_server: SandboxServer
) -> None:
    place = make.configured(default_on=False)
    dataset = make.dataset(place)
    versions = [make.version(dataset, f"{number}.0") for number in range(1, 6)]
    issuance.switch_on(dataset, by=make.by())
    for _ in range(10):
        tasks.drain_account.delay(make.account_of(place).pk)

    wait_for(lambda: states() == ["draft"] * len(versions))
    time.sleep(1)
    assert sandbox_server.counts()["datacite"] == {"POST /dois": len(versions)}
