"""
The pace against a registry that answers after 0.1 s and allows 16 requests at once: a share of C / L.

Taken between the registry's first and last request, so that the start of the process is not in it; the note has the
whole. The DOIs are planned before: that is work in the database, which a real registry's budget never waits for.
"""

from collections.abc import Iterator

from bench.requests_per_doi import WINDOW
from bench.rows import Row
from bench.world import World, world

LATENCY = 0.1
IN_FLIGHT = 16
GOAL = 0.95


def measure(*, dois: int = 1000) -> Iterator[Row]:
    with world(latency=LATENCY, DATACITE_MAX_IN_FLIGHT=str(IN_FLIGHT)) as here:
        here.fill(dois)
        here.plan_all("datacite")
        planning = f"; planned {dois / here.expand():.0f}/s before"
        yield _row(here, "pace of drafts, share of C/L", planning)
        here.move_clock(WINDOW + 1)
        yield _row(here, "pace of permanence, share of C/L")


def _row(here: World, name: str, more: str = "") -> Row:
    before = here.logged()
    whole = here.run_engine()
    requests, seconds = here.pace(skip=before)
    # The last request's own latency belongs to it: without it n requests would seem to take n - 1 turns.
    share = requests / (seconds + LATENCY) / (IN_FLIGHT / LATENCY)
    note = f"{requests} requests in {seconds:.1f} s, {requests / seconds:.0f}/s; the process took {whole:.1f} s{more}"
    return Row(name, share, GOAL, "at least", note=note)
