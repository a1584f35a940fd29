"""Benches for the adapters: both registries, or one."""

from collections.abc import Iterator

import pytest

from doi.states import Provider
from tests.doi.registries.bench import Bench, make_bench


@pytest.fixture(params=list(Provider), ids=lambda provider: provider.value)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """An account at each registry in turn."""
    yield from _opened(request.param)


@pytest.fixture
def datacite() -> Iterator[Bench]:
    """An account at DataCite."""
    yield from _opened(Provider.DATACITE)


@pytest.fixture
def ezid() -> Iterator[Bench]:
    """An account at EZID."""
    yield from _opened(Provider.EZID)


def _opened(provider: Provider) -> Iterator[Bench]:
    made = make_bench(provider)
    yield made
    for registry in made.opened:
        registry.close()
    made.sandbox.close()
