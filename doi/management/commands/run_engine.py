"""`manage.py run_engine`: the loop without a broker. Several may run at once; kill it anywhere."""

import signal
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.db import OperationalError, ProgrammingError

from doi import loop
from doi.management import base
from doi.models import Doi


class Command(base.Command):
    help = "Send what is wanted to the registries, until told to stop. Correct when killed anywhere, or run twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until-idle",
            action="store_true",
            help="end when nothing is due now and nothing is in flight here",
        )
        parser.add_argument(
            "--timeout",
            type=float,
            metavar="S",
            help="end after S seconds; with --until-idle, exit 1 if work was left",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        # NaN is refused as well.
        if options["timeout"] is not None and not options["timeout"] >= 0:
            self.wrong_call("--timeout must not be negative.")
        self._look_for_the_tables()
        stop = threading.Event()
        before = {
            number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            ended = loop.run(until_idle=options["until_idle"], timeout=options["timeout"], stop=stop)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if options["until_idle"] and not ended:
            self.complain("The time ran out with work left; run it again to go on.")
            sys.exit(base.REFUSED)

    def _look_for_the_tables(self) -> None:
        """Later the loop waits for a database that is away; one that was never there is said at once."""
        try:
            Doi.objects.exists()
        except (OperationalError, ProgrammingError) as error:
            self.refuse_without_database(error)
