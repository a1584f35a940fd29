"""
Reads a catalogue: JSON Lines of institutions, organizations, members and datasets with their versions.

An idempotent upsert by slug. What is absent is left as it is; what has changed acts like the same change in the web
pages, with the same refusals. A line is imported whole or not at all.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.db.models import Model
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from datasets import services as versions_services
from datasets.models import Dataset, Version, Visibility
from datasets.services import By
from doi import history
from doi.metadata import normalise
from doi.services import accounts, adoption, holding, issuance
from organizations.models import Institution, Organization, User
from organizations.services import add_member

ABSENT = object()
# As JSON writes it, and not a backslash followed by "u0000".
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class BadLineError(Exception):
    """Why a line cannot be imported, in one sentence."""


def import_line(text: str, *, by: By) -> None:
    """Import one line. Raises BadLineError, or what a service refuses; nothing of the line is kept then."""
    line = _parsed(text)
    kind = line.pop("type", None)
    importer = IMPORTERS.get(kind) if isinstance(kind, str) else None
    if importer is None:
        raise BadLineError(_("“type” must be one of %(known)s.") % {"known": ", ".join(IMPORTERS)})
    try:
        with transaction.atomic():
            importer(line, by)
    except RecursionError:
        raise BadLineError(_("This is nested too deeply.")) from None


def _parsed(text: str) -> dict[str, Any]:
    try:
        # The end of the line belongs to the file: left on, a fault at it would be said to be in a second line.
        line = json.loads(text.rstrip("\r\n"), parse_constant=_no_number)
        # Neither half of a surrogate pair nor NUL can be stored as text by every database.
        plain = json.dumps(line, ensure_ascii=False, allow_nan=False)
        plain.encode()
    except RecursionError:
        raise BadLineError(_("This is nested too deeply.")) from None
    except UnicodeEncodeError:
        raise BadLineError(_("This holds half of a surrogate pair, which is no character.")) from None
    except json.JSONDecodeError as error:
        where = {"error": error.msg, "position": error.pos + 1}
        raise BadLineError(_("This is not JSON: %(error)s at character %(position)d.") % where) from None
    except ValueError as error:
        raise BadLineError(_("This is not JSON: %(error)s.") % {"error": error}) from None
    if not isinstance(line, dict):
        raise BadLineError(_("A line must be a JSON object."))
    if NUL.search(plain):
        raise BadLineError(_("This holds the character NUL, which no text has."))
    return line


def _no_number(constant: str) -> NoReturn:
    message = f"{constant} is no number in JSON"
    raise ValueError(message)


# --- institutions, organizations, members ------------------------------------------------------------------------


def _institution(line: dict[str, Any], by: By) -> None:
    slug, name = _slug(line, Institution), _text(line, "name", Institution)
    parent = _institution_of(line, "parent")
    _refuse_unknown(line)
    found = Institution.objects.filter(slug=slug).first() or Institution(slug=slug, created_at=by.now)
    if parent is not ABSENT and parent is not None and found in parent.lineage():
        raise BadLineError(_("An institution cannot be above itself."))
    new, moved = found.pk is None, parent is not ABSENT and parent != found.parent
    found.parent = parent if moved else found.parent
    _save(found, name)
    if moved and not new:
        _moved(found, parent, by)


def _organization(line: dict[str, Any], by: By) -> None:
    slug, name = _slug(line, Organization), _text(line, "name", Organization)
    institution = _institution_of(line, "institution")
    _refuse_unknown(line)
    found = Organization.objects.filter(slug=slug).first() or Organization(slug=slug, created_at=by.now)
    new, moved = found.pk is None, institution is not ABSENT and institution != found.institution
    found.institution = institution if moved else found.institution
    if _save(found, name):
        issuance.refresh(_by_default_published(found), event="organization_renamed", by=by)
    if moved and not new:
        _moved(found, institution, by)


def _save(place: Institution | Organization, name: str | None) -> bool:
    """Save a place under its name; True when it had another one before."""
    before = place.name
    place.name = before if name is None else name
    if not place.name.strip():
        raise BadLineError(_("“name” is missing."))
    place.save()
    return bool(before) and place.name != before


def _moved(place: Institution | Organization, above: Institution | None, by: By) -> None:
    """What is in force may be another account now."""
    organization = place if isinstance(place, Organization) else None
    kind = "organization" if organization is not None else "institution"
    detail = {kind: place.slug, "institution_above": above.slug if above is not None else None}
    history.record_change("moved", by=by, organization=organization, detail=detail)
    accounts.follow_what_is_in_force(place, by=by)
    holding.follow_a_move(place, by=by)


def _by_default_published(organization: Organization) -> list[Version]:
    """The versions whose publisher is the organization, as nobody named another."""
    versions = Version.objects.filter(dataset__organization=organization).select_related("dataset")
    return [each for each in versions if "publisher" not in {**each.dataset.metadata, **each.metadata}]


def _member(line: dict[str, Any], by: By) -> None:
    email, name = _text(line, "email", User), _text(line, "name", User)
    role = _text(line, "role")
    organization, institution = line.pop("organization", None), line.pop("institution", None)
    _refuse_unknown(line)
    if (organization is None) == (institution is None):
        raise BadLineError(_("A member belongs to one “organization” or one “institution”."))
    place: Organization | Institution = (
        _found(Organization, organization) if organization is not None else _found(Institution, institution)
    )
    add_member(email or "", name or "", place, role or "", by=None, actor=by.actor, cause=by.cause)


# --- datasets ----------------------------------------------------------------------------------------------------


def _dataset(line: dict[str, Any], by: By) -> None:
    organization = _found(Organization, line.pop("organization", None))
    slug = _slug(line, Dataset)
    visibility = _word(line, "visibility", Visibility.values)
    switch = _word(line, "doi", ["on", "off"])
    metadata = _metadata(line)
    versions, deleted = _version_lines(line, by), _moment(line, "deleted", by)
    _refuse_unknown(line)
    dataset = _upsert_dataset(organization, slug, visibility, metadata, restore=deleted is None, by=by)
    if switch is not None:
        (issuance.switch_on if switch == "on" else issuance.switch_off)(dataset, by=by)
    # An older version can go as soon as its successor is there: so all come before any goes.
    for version in versions:
        _version(dataset, version, by)
    for version in versions:
        _delete_version(dataset, version, by)
    if isinstance(deleted, datetime) and dataset.deleted_at is None:
        versions_services.delete_dataset(dataset, by=by, deleted_at=deleted)


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


# --- versions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a dataset's line. `released`, `deleted`: a time, None, or ABSENT; so `metadata`."""

    number: str
    released: Any
    deleted: Any
    doi: str | None
    metadata: Any


def _version_lines(line: dict[str, Any], by: By) -> list[VersionLine]:
    raw = line.pop("versions", [])
    if not isinstance(raw, list):
        raise BadLineError(_("“versions” must be a list."))
    versions = [_version_line(each, by) for each in raw]
    numbers = [version.number for version in versions]
    for number in numbers:
        if numbers.count(number) > 1:
            raise BadLineError(_("Version %(number)s is there twice.") % {"number": number})
    return versions


def _version_line(raw: Any, by: By) -> VersionLine:
    if not isinstance(raw, dict):
        raise BadLineError(_("Each version must be a JSON object."))
    line = dict(raw)
    number = (_text(line, "number", Version) or "").strip()
    if not number:
        raise BadLineError(_("A version's “number” is missing."))
    found = VersionLine(
        number=number,
        released=_moment(line, "released", by),
        deleted=_moment(line, "deleted", by),
        doi=_text(line, "doi"),
        metadata=_metadata(line),
    )
    _refuse_unknown(line)
    return found


def _version(dataset: Dataset, line: VersionLine, by: By) -> None:
    """Make, change, restore, release or unrelease a version; deleting comes later."""
    version = _of_number(dataset, line.number)
    if version is None and isinstance(line.deleted, datetime):
        _past_version(dataset, line, by)
        return
    if version is None or (line.deleted is None and _was_removed(version)):
        kept = version.metadata if version is not None else {}
        own = kept if line.metadata is ABSENT else line.metadata
        version = versions_services.add_version(dataset, number=line.number, metadata=own, by=by)
    else:
        if line.metadata is not ABSENT and line.metadata != version.metadata:
            version = versions_services.edit_version_metadata(version, line.metadata, by=by)
        if line.deleted is None and version.deleted_at is not None and not version.deleted_with_dataset:
            version = versions_services.restore_version(version, by=by)
    if line.doi:
        _adopt(version, line, by)
    _release_or_not(version, line, by)


def _of_number(dataset: Dataset, number: str) -> Version | None:
    return (
        Version.objects.filter(dataset=dataset, number=number).select_related("dataset__organization").first()
    )


def _was_removed(version: Version) -> bool:
    return version.released_at is None and version.deleted_at is not None and not version.deleted_with_dataset


def _past_version(dataset: Dataset, line: VersionLine, by: By) -> None:
    if line.doi:
        raise BadLineError(_("A deleted version takes no existing DOI; restore it first."))
    versions_services.add_past_version(
        dataset,
        number=line.number,
        metadata={} if line.metadata is ABSENT else line.metadata,
        released_at=line.released if isinstance(line.released, datetime) else None,
        deleted_at=line.deleted,
        by=by,
    )


def _adopt(version: Version, line: VersionLine, by: By) -> None:
    """Before the release, so that it does not get a name of our own first."""
    released = isinstance(line.released, datetime) or (
        line.released is ABSENT and version.released_at is not None
    )
    if not released:
        raise BadLineError(
            _("Version %(number)s is not released, so it takes no existing DOI.") % {"number": line.number}
        )
    adoption.adopt(version, line.doi or "", by=by)


def _release_or_not(version: Version, line: VersionLine, by: By) -> None:
    if isinstance(line.released, datetime) and version.released_at is None:
        versions_services.release(version, by=by, released_at=line.released)
    elif isinstance(line.released, datetime) and version.released_at != line.released:
        raise BadLineError(
            _("Version %(number)s was released at another time, %(at)s, which cannot be changed.")
            % {"number": line.number, "at": version.released_at.isoformat() if version.released_at else ""}
        )
    elif line.released is None and version.released_at is not None and version.deleted_at is None:
        versions_services.unrelease(version, by=by)


def _delete_version(dataset: Dataset, line: VersionLine, by: By) -> None:
    version = _of_number(dataset, line.number)
    if version is not None and isinstance(line.deleted, datetime) and version.deleted_at is None:
        versions_services.delete_version(version, by=by, deleted_at=line.deleted)


# --- members of a line ------------------------------------------------------------------------------------------


def _slug(line: dict[str, Any], model: type[Model]) -> str:
    slug = _text(line, "slug", model) or ""
    try:
        validate_slug(slug)
    except ValidationError:
        raise BadLineError(_("“slug” must be letters, digits, hyphens and underscores.")) from None
    return slug


def _text(line: dict[str, Any], key: str, model: type[Model] | None = None) -> str | None:
    """A text no longer than the model's field of that name, or None."""
    value = line.pop(key, None)
    if value is not None and not isinstance(value, str):
        raise BadLineError(_("“%(key)s” must be a text.") % {"key": key})
    longest = getattr(model._meta.get_field(key), "max_length", None) if model is not None else None  # noqa: SLF001
    if value is not None and longest is not None and len(value) > longest:
        raise BadLineError(
            _("“%(key)s” is longer than %(longest)d characters.") % {"key": key, "longest": longest}
        )
    return value


def _word(line: dict[str, Any], key: str, known: list[str]) -> str | None:
    value = _text(line, key)
    if value is not None and value not in known:
        raise BadLineError(_("“%(key)s” must be one of %(known)s.") % {"key": key, "known": ", ".join(known)})
    return value


def _moment(line: dict[str, Any], key: str, by: By) -> Any:
    """A time that has come, None, or ABSENT. Without an offset it is UTC."""
    if key not in line:
        return ABSENT
    text = _text(line, key)
    if text is None:
        return None
    moment = _time(text)
    if moment is None:
        raise BadLineError(
            _("“%(key)s” must be a time such as 2026-01-31T12:00:00Z, or null.") % {"key": key}
        )
    if moment > by.now:
        raise BadLineError(_("“%(key)s” lies in the future.") % {"key": key})
    return moment


def _time(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text) or parse_datetime(f"{text}T00:00:00")
        if moment is None:
            return None
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


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
