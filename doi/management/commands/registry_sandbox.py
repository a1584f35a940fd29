"""`manage.py registry_sandbox`: runs the sandbox registry."""

import errno
from typing import Any

from django.core.management.base import CommandParser

from doi.management import base
from doi.sandbox import cli
from doi.sandbox.problems import WrongCallError


class Command(base.Command):
    """Serves the sandbox registry until SIGINT or SIGTERM; it never opens the product's database."""

    help = cli.DESCRIPTION
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the sandbox's own options."""
        cli.add_arguments(parser)

    def handle(self, *_args: object, **options: Any) -> None:
        """Serve; a wrong call ends with status 2, a port that somebody else has with status 1."""
        try:
            cli.run(options)
        except WrongCallError as error:
            if isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE:
                self.refuse(f"Port {options['port']} of {options['host']} is in use; give another --port.")
            self.wrong_call(error)
