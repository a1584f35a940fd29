"""The live check that a person asked for: the one call to a registry that a web request makes. Ten seconds in all."""

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from doi import bucket, clock, names
from doi.address import host_key
from doi.connections import connect, password_of
from doi.errors import RegistryUnavailableError
from doi.models import Login
from doi.registries.base import CheckResult
from doi.selectors import Owner
from doi.services.accounts import OwnAccount, examine, find_login


def check_own(owner: Owner, own: OwnAccount, *, reserve: bool = False) -> CheckResult:
    """
    Ask the registry whether this account may be used. Changes nothing here, whatever the answer.

    Raises FieldError for what is refused before any call, SealError, and RegistryUnavailableError where the registry
    cannot be reached in time, or has asked everybody to wait.
    """
    prefix = examine(owner, own)
    known = find_login(owner, own)
    password = own.password or (password_of(known) if known is not None else "")
    login = Login(provider=own.provider, environment=own.environment, account_id=own.account_id.strip())
    trial = names.derive_name(uuid.uuid4(), prefix=str(prefix), attempt=0) if reserve else None
    host = host_key(login.provider, login.environment)
    _respect_pause(host)
    registry = connect(login, password=password)
    try:
        return registry.check(prefix=str(prefix), landing_host=landing_host(), reserve_name=trial)
    except RegistryUnavailableError as error:
        if error.retry_after:
            bucket.pause(host, seconds=error.retry_after, now=clock.now())
        raise
    finally:
        registry.close()


def _respect_pause(host: str) -> None:
    """Asked to wait, everybody does, a person too."""
    until = bucket.paused_until(host, now=clock.now())
    if until is not None:
        words = _("The registry asked us to send nothing before %(time)s UTC, so this check was not made.")
        raise RegistryUnavailableError(words % {"time": f"{until:%Y-%m-%d %H:%M:%S}"}, sent=False)


def landing_host() -> str:
    """The host of our landing pages, which the registry has to accept."""
    return urlsplit(settings.SITE_URL).hostname or ""
