"""Gives the demo's people their password, read from standard input: imported members have none."""

import os
import sys

import django


def main(addresses: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redivis_doi.settings")
    django.setup()
    from organizations.models import User

    password = sys.stdin.read().strip()
    for address in addresses:
        user = User.objects.get(email=address)
        user.set_password(password)
        user.save(update_fields=["password"])


if __name__ == "__main__":
    main(sys.argv[1:])
