"""``python -m tests.storm --seeds 1-100``: that many storms, each on a fresh database, and their figures at the end."""

import argparse
import os
import sys
import time


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    parser.add_argument("--seeds", default="1-25", help="one seed, or the first and the last: 1-100")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    # An empty database in memory, unless another is given; nothing is read from the developer's own.
    os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redivis_doi.settings")
    os.environ["CELERY_BROKER_URL"] = ""
    import django

    django.setup()
    return run(range(int(first), int(last or first) + 1))


def run(seeds: range) -> int:
    import logging

    from django.core.management import call_command
    from django.db import connection

    from tests.storm.storm import Report, Storm, p99
    from tests.support.flush import flush_past_triggers

    logging.disable(logging.CRITICAL)
    flush_past_triggers()
    connection.creation.create_test_db(verbosity=0)
    reports: list[Report] = []
    for seed in seeds:
        began = time.monotonic()
        call_command("flush", verbosity=0, interactive=False)
        report = Storm(seed).run()
        reports.append(report)
        print(
            f"seed {seed}: {'FAILED' if report.faults else 'ok'}, {report.permanent} permanent DOIs, "
            f"{report.requests} requests ({report.struck} struck), {report.deaths} deaths, "
            f"attempts p99 {p99(report.tries)}, {time.monotonic() - began:.1f} s",
            flush=True,
        )
        if report.faults:
            print(report, file=sys.stderr, flush=True)
    failed = [report.seed for report in reports if report.faults]
    tries = [each for report in reports for each in report.tries]
    places = {name for report in reports for name in report.passed}
    print(
        f"{len(reports)} storms, {len(failed)} failed{': ' + str(failed) if failed else ''}; "
        f"{sum(report.deaths for report in reports)} deaths at {len(places)} places; "
        f"attempts per step p99 {p99(tries)}, most {max(tries, default=0)}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
