import sys
from typing import Any, override

from doi.errors import SealError
from doi.management import base
from doi.services import rotation


class Command(base.Command):
    help = (
        "Bring all stored registry passwords under the first key in DOI_ENCRYPTION_KEYS. Stopped anywhere, it goes on "
        "where it was when it is run again; the product may run meanwhile. Afterwards the other keys may be taken out."
    )
    requires_system_checks = []

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = rotation.rotate()
        except SealError as error:
            self.refuse(error)
        for secret, sentence in done.shut:
            self.complain(
                f"The password of {secret.login} (number {secret.number}) was left as it is: {sentence}"
            )
        self.stdout.write(
            f"{done.wrapped} password{'' if done.wrapped == 1 else 's'} brought under the first key."
        )
        if done.shut:
            sys.exit(base.REFUSED)
