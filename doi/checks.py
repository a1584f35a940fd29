"""
What a deployment must have before it may touch a real registry; run by ``manage.py check --deploy``.

Each hangs on its own setting, never on ``DEBUG``: a demonstration with the sandbox is a deployment too, just not this one.
"""

import ipaddress
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from doi.address import resolver_is_asked
from doi.errors import SealError
from doi.sealing import Ring
from doi.states import Provider

WINDOW = 604_800


@register(Tags.security, deploy=True)
def check_secrets(**_kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    try:
        Ring.from_settings()
    except SealError as error:
        found.append(
            Error(str(error), hint="Set DOI_ENCRYPTION_KEYS or DOI_ENCRYPTION_KEYS_FILE.", id="doi.E001")
        )
    if not settings.SECRET_KEY_IS_SET:
        found.append(
            Error(
                "SECRET_KEY is not set, so each process signs sessions with a key of its own.",
                hint="Set SECRET_KEY or SECRET_KEY_FILE to a long random text.",
                id="doi.E002",
            )
        )
    return found


@register(Tags.security, deploy=True)
def check_time(**_kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.DOI_TEST_CLOCK:
        found.append(
            Error(
                "DOI_TEST_CLOCK is set, so DOIs would become permanent by a clock that tests move.",
                hint="Unset DOI_TEST_CLOCK.",
                id="doi.E003",
            )
        )
    if settings.DOI_DRAFT_WINDOW < WINDOW:
        found.append(
            checks.Warning(
                f"A DOI becomes permanent after {settings.DOI_DRAFT_WINDOW} seconds instead of seven days.",
                hint="Unset DOI_DRAFT_WINDOW unless this is a demonstration.",
                id="doi.W001",
            )
        )
    return found


@register(Tags.security, deploy=True)
def check_addresses(**_kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = list(_registry_messages())
    site = urlsplit(settings.SITE_URL)
    if site.scheme != "https" or is_loopback(site.hostname):
        found.append(
            checks.Warning(
                f"SITE_URL is {settings.SITE_URL}, and every DOI leads to a page under it.",
                hint="Set SITE_URL to the public https address before a real account is configured.",
                id="doi.W002",
            )
        )
    return [*found, *_resolver_messages()]


def _resolver_messages() -> Iterator[CheckMessage]:
    unseen = [str(provider.label) for provider in Provider if not resolver_is_asked(provider)]
    if unseen:
        yield checks.Warning(
            f"Nobody looks whether new DOIs resolve: the address of {' and '.join(unseen)} was changed, and "
            "DOI_RESOLVER_URL was not.",
            hint="Set DOI_RESOLVER_URL to the resolver that knows those DOIs, or unset the registry's address.",
            id="doi.W003",
        )


def _registry_messages() -> Iterator[CheckMessage]:
    addresses = {
        f"{provider} ({environment})": url for (provider, environment), url in settings.REGISTRY_URLS.items()
    }
    for name, address in {**addresses, "resolver": settings.DOI_RESOLVER_URL}.items():
        parts = urlsplit(address)
        if is_loopback(parts.hostname):
            yield Error(
                f"The address of {name} is {address}: that is this machine, so a sandbox and no registry.",
                hint="Unset the address to use the real one.",
                id="doi.E004",
            )
        elif parts.scheme != "https":
            yield Error(
                f"The address of {name} is {address}, and passwords would travel there unencrypted.",
                hint="Use an https address, or unset it to use the real one.",
                id="doi.E005",
            )


def is_loopback(host: str | None) -> bool:
    """Whether ``host`` is this machine, by name or number; a text that is no host is not."""
    if not host:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
