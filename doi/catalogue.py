"""
Reads a catalogue: JSON Lines of institutions, organizations, members and datasets with their versions.

An idempotent upsert by slug. What is absent is left as it is; what has changed acts like the same change in the web
pages, with the same refusals. A line is imported whole or not at all.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from datasets import services as versions_services
from datasets.models import Dataset, Version, Visibility
from datasets.services import By
from doi.metadata import normalise
from doi.services import adoption, issuance
from organizations.models import Institution, Organization
from organizations.services import add_member

ABSENT = object()


class BadLineError(Exception):
    """Why a line cannot be imported, in one sentence."""


def import_line(text: str, *, by: By) -> None:
    """Import one line. Raises BadLineError, or what a service refuses; nothing of the line is kept then."""
    line = _parsed(text)
    kind = line.pop("type", None)
    importer = IMPORTERS.get(kind) if isinstance(kind, str) else None
    if importer is None:
        raise BadLineError(_("“type” must be one of %(known)s.") % {"known": ", ".join(IMPORTERS)})
    with transaction.atomic():
        importer(line, by)


def _parsed(text: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError as error:
        raise BadLineError(_("This is not JSON: %(error)s.") % {"error": error}) from None
    if not isinstance(line, dict):
        raise BadLineError(_("A line must be a JSON object."))
    return line


def _institution(line: dict[str, Any], by: By) -> None:
    slug, name = _slug(line), _text(line, "name")
    parent = _institution_of(line, "parent")
    _refuse_unknown(line)
    found = Institution.objects.filter(slug=slug).first() or Institution(slug=slug, created_at=by.now)
    found.name = name if name is not None else found.name
    if parent is not ABSENT:
        found.parent = parent
    _save(found)
    try:
        found.lineage()
    except ValueError:
        raise BadLineError(_("An institution cannot be above itself.")) from None


def _organization(line: dict[str, Any], by: By) -> None:
    slug, name = _slug(line), _text(line, "name")
    institution = _institution_of(line, "institution")
    _refuse_unknown(line)
    found = Organization.objects.filter(slug=slug).first() or Organization(slug=slug, created_at=by.now)
    found.name = name if name is not None else found.name
    if institution is not ABSENT:
        found.institution = institution
    _save(found)


def _save(place: Institution | Organization) -> None:
    if not place.name.strip():
        raise BadLineError(_("“name” is missing."))
    place.save()


def _member(line: dict[str, Any], by: By) -> None:
    email, name, role = _text(line, "email"), _text(line, "name"), _text(line, "role")
    organization, institution = line.pop("organization", None), line.pop("institution", None)
    _refuse_unknown(line)
    if (organization is None) == (institution is None):
        raise BadLineError(_("A member belongs to one “organization” or one “institution”."))
    place: Organization | Institution = (
        _found(Organization, organization) if organization is not None else _found(Institution, institution)
    )
    add_member(email or "", name or "", place, role or "", by=None)
    del by


def _dataset(line: dict[str, Any], by: By) -> None:
    organization = _found(Organization, line.pop("organization", None))
    slug = _slug(line)
    visibility = _word(line, "visibility", Visibility.values)
    switch = _word(line, "doi", ["on", "off"])
    metadata = _metadata(line)
    versions, deleted = line.pop("versions", []), _moment(line, "deleted")
    _refuse_unknown(line)
    if not isinstance(versions, list):
        raise BadLineError(_("“versions” must be a list."))
    dataset = _upsert_dataset(organization, slug, visibility, metadata, restore=deleted is None, by=by)
    if switch is not None:
        (issuance.switch_on if switch == "on" else issuance.switch_off)(dataset, by=by)
    for version in versions:
        _version(dataset, version, by)
    if isinstance(deleted, datetime) and dataset.deleted_at is None:
        versions_services.delete_dataset(dataset, by=By(by.actor, by.cause, deleted))


def _upsert_dataset(
    organization: Organization, slug: str, visibility: str | None, metadata: Any, *, restore: bool, by: By
) -> Dataset:
    dataset = (
        Dataset.objects.filter(organization=organization, slug=slug).select_related("organization").first()
    )
    if dataset is None:
        return versions_services.create_dataset(
            organization,
            slug=slug,
            visibility=visibility or Visibility.PRIVATE,
            metadata={} if metadata is ABSENT else metadata,
            by=by,
        )
    if dataset.deleted_at is not None and restore:
        dataset = versions_services.restore_dataset(dataset, by=by)
    if visibility is not None and visibility != dataset.visibility:
        dataset = versions_services.set_visibility(dataset, visibility, by=by)
    if metadata is not ABSENT and metadata != dataset.metadata:
        dataset = versions_services.edit_metadata(dataset, metadata, by=by)
    return dataset


def _version(dataset: Dataset, line: Any, by: By) -> None:
    if not isinstance(line, dict):
        raise BadLineError(_("Each version must be a JSON object."))
    line = dict(line)
    number = _text(line, "number")
    if not number:
        raise BadLineError(_("A version's “number” is missing."))
    released, deleted = _moment(line, "released"), _moment(line, "deleted")
    existing_doi, metadata = _text(line, "doi"), _metadata(line)
    _refuse_unknown(line)
    version = dataset.versions.filter(number=number).select_related("dataset__organization").first()
    if version is None:
        version = _new_version(dataset, number, metadata, deleted, released, by)
    else:
        if metadata is not ABSENT and metadata != version.metadata:
            versions_services.edit_version_metadata(version, metadata, by=by)
        _change_version(version, released, deleted, by)
    if existing_doi:
        adoption.adopt(version, existing_doi, by=by)


def _new_version(
    dataset: Dataset, number: str, metadata: Any, deleted: Any, released: Any, by: By
) -> Version:
    own = {} if metadata is ABSENT else metadata
    gone, out = isinstance(deleted, datetime), isinstance(released, datetime)
    if gone:
        # It came and went before we knew of it: written down as it was, without a release anybody would hear of.
        last = dataset.versions.count()
        return Version.objects.create(
            dataset=dataset,
            number=number,
            position=last + 1,
            metadata=own,
            created_at=by.now,
            released_at=released if out else None,
            deleted_at=deleted,
        )
    version = versions_services.add_version(dataset, number=number, metadata=own, by=by)
    return versions_services.release(version, by=by, released_at=released) if out else version


def _change_version(version: Version, released: Any, deleted: Any, by: By) -> None:
    if deleted is None and version.deleted_at is not None and not version.deleted_with_dataset:
        version = versions_services.restore_version(version, by=by)
    if isinstance(released, datetime) and version.released_at is None and version.deleted_at is None:
        version = versions_services.release(version, by=by, released_at=released)
    elif released is None and version.released_at is not None and version.deleted_at is None:
        version = versions_services.unrelease(version, by=by)
    if isinstance(deleted, datetime) and version.deleted_at is None:
        versions_services.delete_version(version, by=by)


# --- members of a line ------------------------------------------------------------------------------------------


def _slug(line: dict[str, Any]) -> str:
    slug = _text(line, "slug") or ""
    try:
        validate_slug(slug)
    except ValidationError:
        raise BadLineError(_("“slug” must be letters, digits, hyphens and underscores.")) from None
    return slug


def _text(line: dict[str, Any], key: str) -> str | None:
    value = line.pop(key, None)
    if value is not None and not isinstance(value, str):
        raise BadLineError(_("“%(key)s” must be a text.") % {"key": key})
    return value


def _word(line: dict[str, Any], key: str, known: list[str]) -> str | None:
    value = _text(line, key)
    if value is not None and value not in known:
        raise BadLineError(_("“%(key)s” must be one of %(known)s.") % {"key": key, "known": ", ".join(known)})
    return value


def _moment(line: dict[str, Any], key: str) -> Any:
    """A time, None, or ABSENT. Without an offset it is UTC."""
    if key not in line:
        return ABSENT
    text = _text(line, key)
    if text is None:
        return None
    try:
        moment = parse_datetime(text) or parse_datetime(f"{text}T00:00:00")
    except ValueError:
        moment = None
    if moment is None:
        raise BadLineError(
            _("“%(key)s” must be a time such as 2026-01-31T12:00:00Z, or null.") % {"key": key}
        )
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.get_default_timezone())


def _metadata(line: dict[str, Any]) -> Any:
    if "metadata" not in line:
        return ABSENT
    raw = line.pop("metadata")
    if not isinstance(raw, Mapping):
        raise BadLineError(_("“metadata” must be a JSON object with DataCite's attributes."))
    return normalise(raw)


def _institution_of(line: dict[str, Any], key: str) -> Any:
    if key not in line:
        return ABSENT
    slug = _text(line, key)
    return None if slug is None else _found(Institution, slug)


def _found[Place: (Institution, Organization)](model: type[Place], slug: Any) -> Place:
    place = model._default_manager.filter(slug=slug).first() if isinstance(slug, str) else None  # noqa: SLF001
    if place is None:
        raise BadLineError(
            _("There is no %(kind)s “%(slug)s”.") % {"kind": model._meta.verbose_name, "slug": slug}  # noqa: SLF001
        )
    return place


def _refuse_unknown(line: Mapping[str, Any]) -> None:
    if line:
        raise BadLineError(_("Unknown: %(keys)s.") % {"keys": ", ".join(sorted(line))})


IMPORTERS: dict[str, Callable[[dict[str, Any], By], None]] = {
    "institution": _institution,
    "organization": _organization,
    "member": _member,
    "dataset": _dataset,
}
