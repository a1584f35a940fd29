"""The live check that a person asked for: the one call to a registry that a web request makes. Ten seconds in all."""

import uuid
from urllib.parse import urlsplit

from django.conf import settings

from doi import names
from doi.connections import connect, password_of
from doi.models import Login
from doi.registries.base import CheckResult
from doi.selectors import Owner
from doi.services.accounts import OwnAccount, examine, find_login


def check_own(owner: Owner, own: OwnAccount, *, reserve: bool = False) -> CheckResult:
    """
    Ask the registry whether this account may be used. Changes nothing here, whatever the answer.

    Raises FieldError for what is refused before any call, SealError, and RegistryUnavailableError where the registry
    cannot be reached in time.
    """
    prefix = examine(owner, own)
    known = find_login(owner, own)
    password = own.password or (password_of(known) if known is not None else "")
    login = Login(provider=own.provider, environment=own.environment, account_id=own.account_id.strip())
    trial = names.derive_name(uuid.uuid4(), prefix=str(prefix), attempt=0) if reserve else None
    registry = connect(login, password=password)
    try:
        return registry.check(prefix=str(prefix), landing_host=landing_host(), reserve_name=trial)
    finally:
        registry.close()


def landing_host() -> str:
    """The host of our landing pages, which the registry has to accept."""
    return urlsplit(settings.SITE_URL).hostname or ""
