"""The record that a withdrawn version leaves behind. It needs no other row: datasets may go, tombstones stay."""

from typing import Any

from datasets.models import Version, title_of
from doi.described import described


def tombstone_of(version: Version) -> dict[str, Any]:
    """
    A snapshot of ``version`` as JSON, for ``Doi.tombstone``.

    Members: ``metadata`` (`doi.described.described`), ``title``, ``number``, ``dataset`` (its title), ``slug`` (the
    dataset's, for exports only), ``organization`` (its name),
    ``released_at`` (ISO 8601 in UTC, or null), ``visibility``. ``version.dataset.organization`` is read: select it along.
    """
    dataset = version.dataset
    metadata = described(version)
    return {
        "metadata": metadata,
        "title": title_of(metadata) or dataset.slug,
        "number": version.number,
        "dataset": dataset.title,
        "slug": dataset.slug,
        "organization": dataset.organization.name,
        "released_at": version.released_at.isoformat() if version.released_at else None,
        "visibility": dataset.visibility,
    }
