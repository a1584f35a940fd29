"""An answer that no code of ours was made for, and what becomes of the other rows of its account."""

import json
from datetime import timedelta
from functools import partial

import httpx
import pytest

from doi import clock, connections, drains, outcomes
from doi.exchange import Answer, Order
from doi.models import Doi, DoiEvent
from doi.outcomes import Outcome
from doi.registries import Registry, open_registry
from doi.sandbox import Sandbox
from doi.states import State, Step
from tests.doi.conftest import drain_all
from tests.factories import doi as make
from tests.support.sandbox import SandboxTransport

pytestmark = pytest.mark.django_db


class Saying(httpx.BaseTransport):
    """A registry that says of each DOI that it was made at another time."""

    def __init__(self, sandbox: Sandbox, *, created: str) -> None:
        self._inner = SandboxTransport(sandbox)
        self._created = created

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry the request and change the answer."""
        answer = self._inner.handle_request(request)
        body = json.loads(answer.read())
        body["data"]["attributes"]["created"] = self._created
        return httpx.Response(answer.status_code, json=body, request=request)


@pytest.mark.parametrize(
    "created", ["9999-12-31T00:00:00Z", "2099-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "0001-01-01"]
)
def test_a_date_far_off_puts_off_no_window(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, created: str
) -> None:
    transport = Saying(sandbox, created=created)
    monkeypatch.setattr(connections, "open_registry", partial(open_registry, transport=transport))
    dataset = make.dataset(make.configured())
    versions = [make.drafted(dataset), make.version(dataset, "2.0")]

    drain_all()

    for doi in map(make.doi_of, versions):
        assert (doi.state, doi.step, doi.attention) == (State.DRAFT, "", "")
        assert doi.permanent_after is not None
        assert doi.permanent_after < clock.now() + timedelta(days=15)


def test_a_row_whose_answer_cannot_be_read_waits_and_the_others_go_on(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make.dataset(make.configured())
    bad, good = make.drafted(dataset), make.version(dataset, "2.0")
    name = make.doi_of(bad).name
    read = outcomes.of_answer

    def stumbling(doi: Doi, step: Step, answer: Answer, **values: object) -> Outcome:
        if doi.name == name:
            message = "date value out of range"
            raise OverflowError(message)
        return read(doi, step, answer, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(outcomes, "of_answer", stumbling)

    drain_all()

    doi = make.doi_of(bad)
    assert (doi.state, doi.uncertain, doi.attention, doi.last_error) == (State.PLANNED, True, "engine", "")
    assert make.doi_of(good).state == State.DRAFT
    # No attempt without its outcome.
    told = DoiEvent.objects.filter(doi_id=doi.pk).values_list("event", flat=True)
    assert list(told).count("attempt") == list(told).count("outcome") == 1


def test_what_our_own_code_fails_over_is_told_in_a_sentence(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_registry: Registry, _order: Order) -> Answer:
        raise OverflowError

    monkeypatch.setattr(drains, "perform", failing)
    version = make.drafted(make.dataset(make.configured()))

    drain_all()

    doi = make.doi_of(version)
    assert doi.last_error == (
        "This service failed over the request or its answer; its operators' log says why."
    )
