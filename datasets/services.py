"""
What people do to datasets and versions. Each function is one intent in one transaction.

All take ``actor`` (a pseudonymous id), ``cause`` (one word for the history) and ``now`` (aware). Raises `RefusedError`
with a sentence when a rule forbids the act; nothing has changed then.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from datasets import signals
from datasets.hooks import hooks
from datasets.models import Dataset, Version, Visibility
from organizations.models import Organization, User


class RefusedError(Exception):
    """A rule forbids the act; ``str(error)`` is the sentence for the person."""


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, why and when; passed down to every receiver and into the history."""

    actor: str
    cause: str
    now: datetime

    def as_signal(self) -> dict[str, Any]:
        return {"actor": self.actor, "cause": self.cause, "now": self.now}


def _lock(dataset: Dataset) -> Dataset:
    """
    The dataset's row, locked for the rest of the transaction, so that two acts on it follow one another.

    Its own row only, and not its key: whoever writes history meanwhile refers to the organization and the dataset.
    """
    rows = Dataset.objects.select_for_update(of=("self",), no_key=True).select_related("organization")
    found: Dataset = rows.get(pk=dataset.pk)
    return found


@transaction.atomic
def create_dataset(
    organization: Organization, *, slug: str, visibility: str, metadata: dict[str, Any], by: By
) -> Dataset:
    _refuse_closed(organization)
    if Dataset.objects.filter(organization=organization, slug=slug).exists():
        raise RefusedError(_("“%(slug)s” is taken by another dataset here; choose another.") % {"slug": slug})
    dataset = Dataset.objects.create(
        organization=organization, slug=slug, visibility=visibility, metadata=metadata, created_at=by.now
    )
    signals.dataset_created.send(Dataset, dataset=dataset, **by.as_signal())
    return dataset


@transaction.atomic
def add_version(dataset: Dataset, *, number: str, metadata: dict[str, Any] | None = None, by: By) -> Version:
    """Make the unreleased next version. There is at most one."""
    dataset = _lock(dataset)
    _refuse_deleted(dataset)
    _refuse_closed(dataset.organization)
    number = number.strip()
    if not number:
        raise RefusedError(_("Give the version a number, such as 1.0."))
    removed = dataset.versions.filter(
        number=number, released_at__isnull=True, deleted_at__isnull=False
    ).first()
    if removed is None and dataset.versions.filter(number=number).exists():
        raise RefusedError(_("This dataset has a version %(number)s already.") % {"number": number})
    _refuse_second_unreleased(dataset)
    if removed is not None:
        # Its row was kept for the DOI name that belongs to it: it comes back, under that name.
        removed.deleted_at, removed.deleted_with_dataset = None, False
        removed.position, removed.metadata = _next_position(dataset), metadata or {}
        removed.save(update_fields=["deleted_at", "deleted_with_dataset", "position", "metadata"])
        return removed
    return Version.objects.create(
        dataset=dataset,
        number=number,
        position=_next_position(dataset),
        metadata=metadata or {},
        created_at=by.now,
    )


@transaction.atomic
def add_past_version(
    dataset: Dataset,
    *,
    number: str,
    metadata: dict[str, Any],
    released_at: datetime | None,
    deleted_at: datetime,
    by: By,
) -> Version:
    """Write down a version that came and went before we knew of it, without a release anybody would hear of."""
    dataset = _lock(dataset)
    _refuse_deleted(dataset)
    return Version.objects.create(
        dataset=dataset,
        number=number.strip(),
        position=_next_position(dataset),
        metadata=metadata,
        created_at=by.now,
        released_at=released_at,
        deleted_at=deleted_at,
    )


def _next_position(dataset: Dataset) -> int:
    last: int | None = dataset.versions.aggregate(last=Max("position"))["last"]
    return (last or 0) + 1


def current_version(dataset: Dataset) -> Version | None:
    """The newest released, non-deleted version, whatever the dataset's own deletion."""
    return (
        Version.objects.filter(dataset=dataset, released_at__isnull=False, deleted_at__isnull=True)
        .order_by("-position")
        .select_related("dataset")
        .first()
    )


@transaction.atomic
def release(version: Version, *, by: By, released_at: datetime | None = None) -> Version:
    """Release the next version; ``released_at`` is for catalogues that tell when it was."""
    dataset = _lock(version.dataset)
    _refuse_deleted(dataset)
    _refuse_closed(dataset.organization)
    version = Version.objects.select_for_update(no_key=True).get(pk=version.pk)
    version.dataset = dataset
    if version.deleted_at is not None:
        raise RefusedError(_("This version is deleted; restore it first."))
    if version.released_at is not None:
        raise RefusedError(_("Version %(number)s is released already.") % {"number": version.number})
    version.released_at = released_at or by.now
    version.released_by = _person(by)
    version.save(update_fields=["released_at", "released_by"])
    signals.version_released.send(Version, version=version, **by.as_signal())
    return version


def _person(by: By) -> User | None:
    """The person behind an act; None for a catalogue or a command."""
    kind, _colon, key = by.actor.partition(":")
    return User.objects.filter(pk=int(key)).first() if kind == "user" and key.isdecimal() else None


def why_not_unrelease(version: Version) -> str | None:
    """The sentence that says why ``version`` cannot be unreleased now, or None."""
    if not version.is_live:
        return _("Only a released version can be unreleased.")
    current = current_version(version.dataset)
    if current is None or current.pk != version.pk:
        return _("Only the current version can be unreleased; this is an older one.")
    if version.dataset.versions.filter(position__gt=version.position, deleted_at__isnull=True).exists():
        return _("The next version exists already; remove it first.")
    return hooks.guard.why_not_unrelease(version)


@transaction.atomic
def unrelease(version: Version, *, by: By) -> Version:
    dataset = _lock(version.dataset)
    version = Version.objects.select_for_update(no_key=True).get(pk=version.pk)
    version.dataset = dataset
    reason = why_not_unrelease(version)
    if reason is not None:
        raise RefusedError(reason)
    version.released_at = version.released_by = None
    version.save(update_fields=["released_at", "released_by"])
    signals.version_unreleased.send(Version, version=version, **by.as_signal())
    return version


def why_not_delete(version: Version) -> str | None:
    """The sentence that says why ``version`` cannot be deleted by itself now, or None."""
    if version.deleted_at is not None or version.dataset.deleted_at is not None:
        return _("This version is deleted already.")
    if version.released_at is None:
        return None
    current = current_version(version.dataset)
    if current is not None and current.pk == version.pk:
        return _("This is the current version: unrelease it while you can, or delete the dataset.")
    return hooks.guard.why_not_delete(version)


@transaction.atomic
def delete_version(
    version: Version,
    *,
    by: By,
    reason: str = "",
    note: str = "",
    successor: str = "",
    deleted_at: datetime | None = None,
) -> Version | None:
    """
    Delete an older version, or remove the unreleased one (then None is returned: its row is gone).

    ``deleted_at`` is for catalogues that tell when it was.
    """
    dataset = _lock(version.dataset)
    version = Version.objects.select_for_update(no_key=True).get(pk=version.pk)
    version.dataset = dataset
    refused = why_not_delete(version)
    if refused is not None:
        raise RefusedError(refused)
    if version.released_at is None:
        signals.version_removed.send(Version, version=version, **by.as_signal())
        _remove(version, by=by)
        return None
    version.deleted_at = deleted_at or by.now
    version.save(update_fields=["deleted_at"])
    signals.version_deleted.send(
        Version, version=version, reason=reason, note=note, successor=successor, **by.as_signal()
    )
    return version


def _remove(version: Version, *, by: By) -> None:
    """Take an unreleased version away; a row whose name must be kept stays as deleted."""
    if hooks.guard.keeps_row(version):
        version.deleted_at = by.now
        version.save(update_fields=["deleted_at"])
        return
    version.delete()


@transaction.atomic
def restore_version(version: Version, *, by: By) -> Version:
    dataset = _lock(version.dataset)
    _refuse_deleted(dataset)
    version = Version.objects.select_for_update(no_key=True).get(pk=version.pk)
    version.dataset = dataset
    if version.deleted_at is None:
        raise RefusedError(_("This version is not deleted."))
    if version.released_at is None:
        # It comes back as what it was, the next version: there is one at most, and it is the newest.
        _refuse_second_unreleased(dataset)
        version.position = _next_position(dataset)
    version.deleted_at = None
    version.deleted_with_dataset = False
    version.save(update_fields=["deleted_at", "deleted_with_dataset", "position"])
    signals.version_restored.send(Version, version=version, **by.as_signal())
    return version


@transaction.atomic
def delete_dataset(
    dataset: Dataset, *, by: By, reason: str = "", note: str = "", deleted_at: datetime | None = None
) -> Dataset:
    """
    Delete a dataset with its versions; each does to its record what that record allows.

    ``deleted_at`` is for catalogues that tell when it was.
    """
    dataset = _lock(dataset)
    _refuse_deleted(dataset)
    versions = list(dataset.versions.filter(deleted_at__isnull=True))
    dataset.deleted_at = deleted_at or by.now
    dataset.save(update_fields=["deleted_at"])
    Version.objects.filter(pk__in=[version.pk for version in versions]).update(
        deleted_at=dataset.deleted_at, deleted_with_dataset=True
    )
    signals.dataset_deleted.send(
        Dataset, dataset=dataset, versions=versions, reason=reason, note=note, **by.as_signal()
    )
    return dataset


@transaction.atomic
def restore_dataset(dataset: Dataset, *, by: By) -> Dataset:
    """Bring back a dataset and just those versions that went with it."""
    dataset = _lock(dataset)
    if dataset.deleted_at is None:
        raise RefusedError(_("This dataset is not deleted."))
    dataset.deleted_at = None
    dataset.save(update_fields=["deleted_at"])
    versions = list(dataset.versions.filter(deleted_with_dataset=True))
    Version.objects.filter(pk__in=[version.pk for version in versions]).update(
        deleted_at=None, deleted_with_dataset=False
    )
    signals.dataset_restored.send(Dataset, dataset=dataset, versions=versions, **by.as_signal())
    return dataset


@transaction.atomic
def set_visibility(dataset: Dataset, visibility: str, *, by: By) -> Dataset:
    dataset = _lock(dataset)
    _refuse_deleted(dataset)
    if visibility not in Visibility.values:
        raise RefusedError(_("A dataset is public or private."))
    if dataset.visibility != visibility:
        dataset.visibility = visibility
        dataset.save(update_fields=["visibility"])
        signals.visibility_changed.send(Dataset, dataset=dataset, **by.as_signal())
    return dataset


@transaction.atomic
def edit_metadata(dataset: Dataset, metadata: dict[str, Any], *, by: By) -> Dataset:
    """Replace what all versions share. Never makes a version or a DOI."""
    dataset = _lock(dataset)
    _refuse_deleted(dataset)
    if dataset.metadata != metadata:
        dataset.metadata = metadata
        dataset.save(update_fields=["metadata"])
        signals.metadata_changed.send(Dataset, dataset=dataset, version=None, **by.as_signal())
    return dataset


@transaction.atomic
def edit_version_metadata(version: Version, metadata: dict[str, Any], *, by: By) -> Version:
    """Replace what one version says differently from its dataset."""
    dataset = _lock(version.dataset)
    _refuse_deleted(dataset)
    version = Version.objects.select_for_update(no_key=True).get(pk=version.pk)
    version.dataset = dataset
    if version.metadata != metadata:
        if version.deleted_at is not None:
            raise RefusedError(_("This version is deleted; restore it first."))
        version.metadata = metadata
        version.save(update_fields=["metadata"])
        signals.metadata_changed.send(Dataset, dataset=dataset, version=version, **by.as_signal())
    return version


def _refuse_deleted(dataset: Dataset) -> None:
    if dataset.deleted_at is not None:
        raise RefusedError(_("This dataset is deleted; restore it first."))


def _refuse_closed(organization: Organization) -> None:
    if organization.closed_at is not None:
        raise RefusedError(_("This organization is closed, so it takes nothing new."))


def _refuse_second_unreleased(dataset: Dataset) -> None:
    if dataset.versions.filter(released_at__isnull=True, deleted_at__isnull=True).exists():
        raise RefusedError(_("There is an unreleased version already; release or remove it first."))
