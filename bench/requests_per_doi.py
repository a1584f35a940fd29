"""
Requests a registry gets for each DOI, without faults: one for the draft, two (EZID three) for permanence.

Every dataset has two versions; that the older one is told of its successor is counted apart, by the registry's log.
"""

from collections.abc import Iterator

from bench.rows import Row
from bench.world import world

WINDOW = 604_800
PERMANENCE_GOALS = {"datacite": 2.0, "ezid": 3.0}


def measure(*, dois: int = 1000) -> Iterator[Row]:
    for provider, goal in PERMANENCE_GOALS.items():
        with world() as here:
            here.fill(dois, versions=2)
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
            relations = here.updates_of_permanent()
            yield Row(
                f"requests per permanence, {provider}",
                (here.requests(provider) - relations) / dois,
                goal,
                "at most",
                note=f"{dois} DOIs; relation updates are counted apart",
            )
            yield Row(
                f"relation updates per successor, {provider}",
                relations / (dois // 2),
                1.0,
                "at most",
                note=f"{dois // 2} successors",
            )


def _expect(found: list[str], wanted: list[str]) -> None:
    if found != wanted:
        counted = {state: found.count(state) for state in sorted(set(found))}
        raise RuntimeError(f"the registry should hold {len(wanted)} × {wanted[0]}, and holds {counted}")
