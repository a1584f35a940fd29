"""What is sent to DataCite as JSON."""

from collections.abc import Mapping
from typing import Any, Final

from doi.kernel4 import NAMESPACE, PROPERTIES, Many
from doi.metadata.normalising import normalise

SCHEMA_VERSION: Final = NAMESPACE
"""Always exactly this: with any other, or none, DataCite checks less, or refuses. Source: lupo 05afac46."""


def _cleared() -> dict[str, Any]:
    return {name: [] if isinstance(entry.member.shape, Many) else None for name, entry in PROPERTIES.items()}


EMPTY_DATACITE: Final[Mapping[str, Any]] = _cleared()
"""Every attribute of metadata that may be written, cleared: a PUT changes only what is present in it."""


def to_datacite(metadata: Mapping[str, Any], *, version: str | None) -> dict[str, Any]:
    """
    The ``attributes`` to send: what `problems` let pass, every other writable attribute cleared, so that a PUT takes away
    what was removed here. ``version`` is the version's number; without it the metadata's own is sent. ``doi``, ``url`` and
    ``event`` are not metadata and are left to the caller. Source: DataCite REST API, lupo 05afac46.
    """
    attributes: dict[str, Any] = {"schemaVersion": SCHEMA_VERSION} | _cleared() | normalise(metadata)
    if version:
        attributes["version"] = version
    return attributes
