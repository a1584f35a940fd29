"""Requests a registry gets for each DOI, without faults: one for the draft, two (EZID three) for permanence."""

from collections.abc import Iterator

from bench.rows import Row
from bench.world import world

WINDOW = 604_800
PERMANENCE_GOALS = {"datacite": 2.0, "ezid": 3.0}


def measure(*, dois: int = 1000) -> Iterator[Row]:
    for provider, goal in PERMANENCE_GOALS.items():
        with world() as here:
            here.fill(dois)
            here.plan_all(provider)
            here.reset_counts()
            here.run_engine()
            _expect(here.states(), ["draft"] * dois)
            yield Row(
                f"requests per draft, {provider}",
                here.requests(provider) / dois,
                1.0,
                "at most",
                note=f"{dois} DOIs",
            )
            here.reset_counts()
            here.move_clock(WINDOW + 1)
            here.run_engine()
            _expect(here.states(), ["findable"] * dois)
            yield Row(
                f"requests per permanence, {provider}",
                here.requests(provider) / dois,
                goal,
                "at most",
                note=f"{dois} DOIs",
            )


def _expect(found: list[str], wanted: list[str]) -> None:
    if found != wanted:
        counted = {state: found.count(state) for state in sorted(set(found))}
        raise RuntimeError(f"the registry should hold {len(wanted)} × {wanted[0]}, and holds {counted}")
