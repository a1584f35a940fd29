from typing import Any, override

from django.core.management.base import CommandParser

from doi.errors import NotAllowedError
from doi.management import base
from doi.models import Hold
from doi.services import holding


class Command(base.Command):
    help = (
        "Stop all DOIs of this deployment from becoming permanent, within ten seconds, and let them go on again. Drafts are "
        "made, changed and discarded meanwhile; once it goes on, what was due becomes permanent at once."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["stop", "go", "status"], help="what to do; status only tells")
        parser.add_argument("--reason", default="", help="shown to everybody; needed to stop")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "stop" and not options["reason"].strip():
            self.wrong_call("Say why: --reason TEXT is shown to everybody who works on DOIs.")
        try:
            if options["act"] == "stop":
                holding.hold(None, reason=options["reason"], by=self.by("promotions"))
            elif options["act"] == "go":
                holding.lift(None, by=self.by("promotions"))
        except NotAllowedError as error:
            self.refuse(error)
        self._status()

    def _status(self) -> None:
        found = holding.active(None)
        if found is None:
            self.stdout.write("Promotions go on.")
        else:
            self.stdout.write(
                f"Promotions are stopped since {found.held_at:%Y-%m-%d %H:%M:%S} UTC: {found.reason}"
            )
        others = Hold.objects.filter(lifted_at__isnull=True, deployment=False).count()
        if others:
            self.stdout.write(f"Other holds in force: {others}.")
