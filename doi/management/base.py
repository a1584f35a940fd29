"""What the product's commands have in common: one line per error on stderr; exit 1 refused, 2 wrong call."""

import sys
from typing import NoReturn

from django.core.management.base import BaseCommand

from datasets.services import By
from doi import clock

REFUSED = 1
WRONG_CALL = 2


class Command(BaseCommand):
    requires_migrations_checks = False

    def by(self, cause: str, actor: str = "command") -> By:
        return By(actor=actor, cause=cause, now=clock.now())

    def refuse(self, sentence: object) -> NoReturn:
        """End with exit 1 and one line."""
        self.complain(sentence)
        sys.exit(REFUSED)

    def wrong_call(self, sentence: object) -> NoReturn:
        """End with exit 2 and one line."""
        self.complain(sentence)
        sys.exit(WRONG_CALL)

    def complain(self, sentence: object) -> None:
        self.stderr.write(" ".join(str(sentence).split()))
