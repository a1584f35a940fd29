"""
What stands at a permanent address: the one place that decides what a stranger may see there.

It reads the DOI's row and the version's row and nothing else, so a page does not fail because something beside it is gone.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from django.utils.dateparse import parse_datetime

from datasets.models import Version, Visibility, title_of
from doi import clock
from doi.described import described
from doi.landing.legible import legible
from doi.models import Doi
from doi.names import to_url
from doi.relations import Around, beside, related
from doi.states import Environment, State, Wanted
from doi.stops import Stops


class Kind(Enum):
    PUBLIC = "public"
    PRIVATE = "private"
    TOMBSTONE = "tombstone"
    PRIVATE_TOMBSTONE = "private tombstone"
    DISCARDED = "discarded"


class Standing(Enum):
    """How much of a DOI's name may be promised to a reader."""

    RESOLVES = "resolves"
    RESERVED = "reserved"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    standing: Standing
    # When it becomes permanent; None when that is not sure.
    due: datetime | None = None

    @property
    def url(self) -> str:
        """The link, or empty: a name that does not resolve is never a link."""
        return to_url(self.name) if self.standing is Standing.RESOLVES else ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    at: datetime
    reason: str
    note: str
    successor: str


@dataclass(frozen=True, slots=True)
class Record:
    """``metadata`` is legible, and empty on every page that must not show it."""

    landing_id: uuid.UUID
    kind: Kind
    organization: str
    name: Name | None = None
    title: str = ""
    number: str = ""
    released_at: datetime | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    withdrawal: Withdrawal | None = None
    dataset_id: int | None = None
    # The versions before and after it whose DOIs resolve; nobody on a page that must not show metadata.
    around: Around = field(default_factory=Around)

    @property
    def is_gone(self) -> bool:
        return self.kind in {Kind.TOMBSTONE, Kind.PRIVATE_TOMBSTONE, Kind.DISCARDED}

    @property
    def shows_metadata(self) -> bool:
        return self.kind in {Kind.PUBLIC, Kind.TOMBSTONE}

    @property
    def doi_url(self) -> str:
        return self.name.url if self.name is not None else ""


def find(landing_id: uuid.UUID) -> Record | None:
    """The record at that address, or None where there is, or may be shown to be, nothing."""
    doi = _preferred(landing_id)
    version = (
        Version.objects.select_related("dataset__organization", "dataset__issuance")
        .filter(pk=landing_id)
        .first()
    )
    if doi is not None and _is_withdrawn(doi, version):
        return _tombstone(doi, version)
    if version is not None and version.is_live:
        return _live(version, doi)
    if doi is not None and doi.is_permanent:
        # Not released, and yet permanent (an adopted DOI may be): it must not lead nowhere.
        return Record(
            landing_id, Kind.PRIVATE, organization=_organization(version, doi), name=_gone_name(doi)
        )
    was_there = version is not None and version.released_at is not None
    if (doi is not None and (version is None or _is_deleted(version))) or was_there:
        return Record(landing_id, Kind.DISCARDED, organization=_organization(version, doi))
    return None


def _is_withdrawn(doi: Doi, version: Version | None) -> bool:
    """
    Withdrawn by the product's word, also while the registry is still being told, and also a draft that was past the
    point of no return; or permanent with nothing left of its version.
    """
    if doi.withdrawn_at is not None:
        return doi.state != State.DISCARDED
    return doi.is_permanent and (version is None or _is_deleted(version))


def _is_deleted(version: Version) -> bool:
    return version.deleted_at is not None or version.dataset.deleted_at is not None


def _preferred(landing_id: uuid.UUID) -> Doi | None:
    """A DOI that lives before one that is discarded, a production one before one of the test system."""
    dois = Doi.objects.select_related("organization").filter(landing_id=landing_id)
    return min(
        dois,
        key=lambda doi: (doi.state == State.DISCARDED, doi.environment != Environment.PRODUCTION),
        default=None,
    )


def _live(version: Version, doi: Doi | None) -> Record:
    organization = version.dataset.organization.name
    name = _name(doi) if doi is not None else None
    if not version.dataset.is_public:
        return Record(version.pk, Kind.PRIVATE, organization=organization, name=name)
    around = _around(doi, version, name)
    metadata = related(legible(described(version)), around, kernel="4.7")
    return Record(
        version.pk,
        Kind.PUBLIC,
        organization=organization,
        name=name,
        title=title_of(metadata) or version.dataset.slug,
        number=version.number,
        released_at=version.released_at,
        metadata=metadata,
        dataset_id=version.dataset_id,
        around=around,
    )


def _around(doi: Doi | None, version: Version | None, name: Name | None) -> Around:
    """As the registry is told, so only where the DOI resolves: a draft says nothing of its neighbours."""
    if doi is None or version is None or name is None or not name.url:
        return Around()
    return beside(doi, version)


def _name(doi: Doi) -> Name | None:
    if doi.is_permanent or doi.wanted != Wanted.NONE:
        if doi.environment == Environment.TEST:
            return Name(doi.name, Standing.TEST)
        if doi.is_permanent:
            return Name(doi.name, Standing.RESOLVES)
        return Name(doi.name, Standing.RESERVED, due=_due(doi))
    return None


def _due(doi: Doi) -> datetime | None:
    """When it becomes permanent; None where that is not known, or somebody holds it."""
    due: datetime | None = doi.permanent_after
    runs = doi.state == State.DRAFT and doi.wanted == Wanted.PERMANENT and due is not None
    if not runs or doi.held_at is not None or doi.attention or due is None or due <= clock.now():
        return None
    stops = Stops.read()
    return due if stops.hold_of(doi) is None and stops.switch_of(doi) is None else None


def _tombstone(doi: Doi, version: Version | None) -> Record:
    left = doi.tombstone if isinstance(doi.tombstone, dict) else {}
    name = _gone_name(doi)
    organization = str(left.get("organization") or doi.organization.name)
    # Without a snapshot nobody can tell whether the metadata was public, so it is not.
    if left.get("visibility") != Visibility.PUBLIC:
        return Record(doi.landing_id, Kind.PRIVATE_TOMBSTONE, organization=organization, name=name)
    around = _around(doi, version, name)
    metadata = related(_with_withdrawal(legible(left.get("metadata")), doi), around, kernel="4.7")
    return Record(
        doi.landing_id,
        Kind.TOMBSTONE,
        organization=organization,
        name=name,
        title=str(left.get("title") or title_of(metadata) or doi.name),
        number=str(left.get("number") or ""),
        released_at=_moment(left.get("released_at")),
        metadata=metadata,
        withdrawal=_withdrawal(doi),
        around=around,
    )


def _gone_name(doi: Doi) -> Name:
    if doi.environment == Environment.TEST:
        return Name(doi.name, Standing.TEST)
    return Name(doi.name, Standing.RESOLVES if doi.is_permanent else Standing.RESERVED)


def _with_withdrawal(metadata: dict[str, Any], doi: Doi) -> dict[str, Any]:
    """DataCite's procedure for what is gone: a date ``Withdrawn`` that tells the reason."""
    if doi.withdrawn_at is None:
        return metadata
    date = {"date": doi.withdrawn_at.date().isoformat(), "dateType": "Withdrawn"}
    if doi.withdrawal_reason:
        date["dateInformation"] = doi.withdrawal_reason
    return {**metadata, "dates": [*metadata.get("dates", []), date]}


def _withdrawal(doi: Doi) -> Withdrawal | None:
    if doi.withdrawn_at is None:
        return None
    return Withdrawal(doi.withdrawn_at, doi.withdrawal_reason, doi.withdrawal_note, doi.successor)


def _moment(text: Any) -> datetime | None:
    try:
        return parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _organization(version: Version | None, doi: Doi | None) -> str:
    if version is not None:
        return version.dataset.organization.name
    return str(doi.organization.name) if doi is not None else ""
