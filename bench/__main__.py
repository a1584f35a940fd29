"""`make bench`: measure what the product is measured by, print the table, fail when a goal is missed."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator

from bench import pace, requests_per_doi, sandbox
from bench.rows import Row, table

MEASURES: dict[str, Callable[[], Iterator[Row]]] = {
    "requests": requests_per_doi.measure,
    "pace": pace.measure,
    "sandbox": sandbox.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("measure", nargs="*", choices=[*MEASURES, []], help="which; all without one")
    chosen = parser.parse_args().measure or list(MEASURES)
    rows: list[Row] = []
    for name in chosen:
        for row in MEASURES[name]():
            print(f"{row.name}: {row.measured:.2f}{row.unit} ({row.note})", file=sys.stderr, flush=True)
            rows.append(row)
    print(
        f"\n{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}\n"
    )
    print(table(rows))
    return 0 if all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
