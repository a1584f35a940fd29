"""The one permanent address of a version's page (no slug in it, so nothing that may change), who is asked whether a
DOI leads there, and what stands for a registry.
"""

import uuid
from urllib.parse import urlsplit

from django.conf import settings

from doi.states import Environment, Provider


def host_key(provider: str, environment: str) -> str:
    """What stands for one registry, under which all who ask there are counted together."""
    address = urlsplit(settings.REGISTRY_URLS[provider, environment])
    return f"host:{address.netloc}{address.path}"


def landing_url(landing_id: uuid.UUID) -> str:
    """
    The landing page that the registry is told, under ``SITE_URL`` and never under the request's host.

    The path is written out rather than reversed: an address once given to a registry must not follow a change of the
    routes. A test holds the two together.
    """
    return f"{settings.SITE_URL}/v/{landing_id.hex}"


def resolver_is_asked(provider: str) -> bool:
    """
    Whether DOIs of this registry are looked at through the resolver at ``DOI_RESOLVER_URL``.

    Where the registry's address was changed and the resolver's was not, nothing is: what a sandbox or a copy registers,
    doi.org has never heard of.
    """
    changed = settings.DOI_RESOLVER_URL != settings.REAL_RESOLVER_URL
    return changed or _is_real(provider)


def datacite_is_asked(provider: str) -> bool:
    """Whether DOIs of this registry are looked for at DataCite too: EZID hands them over, unseen, some time later."""
    return provider == Provider.EZID and _is_real(provider) == _is_real(Provider.DATACITE)


def _is_real(provider: str) -> bool:
    which = Provider(provider).value, Environment.PRODUCTION.value
    return bool(settings.REGISTRY_URLS[which] == settings.REAL_REGISTRY_URLS[which])
