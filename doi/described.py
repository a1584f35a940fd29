"""What is said of a version: its own metadata over its dataset's over the defaults, in DataCite's JSON shape."""

from datetime import UTC
from typing import Any

from django.utils import timezone

from datasets.models import Version
from doi.metadata import merge


def described(version: Version) -> dict[str, Any]:
    """
    The metadata that pages show and the engine sends, attributes of DataCite's REST API in the write shape.

    ``version.dataset.organization`` is read: select it along. Creators and titles are never invented.
    """
    dataset = version.dataset
    return merge(_mapping(dataset.metadata), _mapping(version.metadata), defaults=defaults(version))


def defaults(version: Version) -> dict[str, Any]:
    """What is assumed where nobody said otherwise. The year is the release's in UTC; until then, this year."""
    released = version.released_at or timezone.now()
    return {
        "publisher": {"name": version.dataset.organization.name},
        "publicationYear": released.astimezone(UTC).year,
        "types": {"resourceTypeGeneral": "Dataset"},
    }


def _mapping(stored: Any) -> dict[str, Any]:
    """A JSON column may hold anything; what is no object says nothing."""
    return stored if isinstance(stored, dict) else {}
