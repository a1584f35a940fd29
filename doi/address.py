"""The one permanent address of a version's page: no slug in it, so nothing that may change."""

import uuid

from django.conf import settings


def landing_url(landing_id: uuid.UUID) -> str:
    """
    The landing page that the registry is told, under ``SITE_URL`` and never under the request's host.

    The path is written out rather than reversed: an address once given to a registry must not follow a change of the
    routes. A test holds the two together.
    """
    return f"{settings.SITE_URL}/v/{landing_id.hex}"
