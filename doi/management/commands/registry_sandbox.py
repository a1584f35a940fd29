"""Runs the sandbox registry."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from doi.sandbox import cli
from doi.sandbox.problems import WrongCallError


class Command(BaseCommand):
    """Serves the sandbox registry until SIGINT or SIGTERM; it never opens the product's database."""

    help = cli.DESCRIPTION
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the sandbox's own options."""
        cli.add_arguments(parser)

    def handle(self, *_args: object, **options: Any) -> None:
        """Serve; a wrong call ends with status 2."""
        try:
            cli.run(options)
        except WrongCallError as error:
            raise CommandError(str(error), returncode=2) from error
