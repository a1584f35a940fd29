"""The registries that DOIs are kept at, behind one Protocol."""

import httpx

from doi.registries.base import (
    CheckResult,
    Credentials,
    Page,
    Payload,
    Registry,
    RegistryRecord,
    Tick,
    credential_fault,
)
from doi.registries.datacite import DataCiteRegistry
from doi.registries.ezid import EzidRegistry
from doi.registries.public import PublicDataCite
from doi.registries.resolver import Resolver
from doi.states import Provider

__all__ = [
    "CheckResult",
    "Credentials",
    "Page",
    "Payload",
    "PublicDataCite",
    "Registry",
    "RegistryRecord",
    "Resolver",
    "Tick",
    "credential_fault",
    "open_public_datacite",
    "open_registry",
    "open_resolver",
]


def open_registry(
    provider: Provider,
    *,
    base_url: str,
    credentials: Credentials,
    transport: httpx.BaseTransport | None = None,
    max_connections: int,
) -> Registry:
    """Open one account at one registry. Connects when first used; close it afterwards.

    `base_url` comes from the operator's settings, never from a form. `transport` stands in for the network in tests.
    """
    adapter = DataCiteRegistry if provider == Provider.DATACITE else EzidRegistry
    return adapter(
        base_url=base_url, credentials=credentials, transport=transport, max_connections=max_connections
    )


def open_resolver(
    *, base_url: str, transport: httpx.BaseTransport | None = None, max_connections: int
) -> Resolver:
    """Open the resolver at the operator's address. Connects when first used; close it afterwards."""
    return Resolver(base_url=base_url, transport=transport, max_connections=max_connections)


def open_public_datacite(
    *, base_url: str, transport: httpx.BaseTransport | None = None, max_connections: int
) -> PublicDataCite:
    """Open DataCite as anybody sees it. Connects when first used; close it afterwards."""
    return PublicDataCite(base_url=base_url, transport=transport, max_connections=max_connections)
