"""What the curators' pages show. Nothing here writes."""

from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from datasets.hooks import hooks
from datasets.models import Dataset, Version, Visibility
from organizations.models import Organization

PAGE_SIZE: Final = 50
DELETED: Final = "deleted"


def filters() -> list[tuple[str, str]]:
    """What the list can be narrowed to: (value, words)."""
    return [
        ("", _("All datasets")),
        *((value, str(label)) for value, label in Visibility.choices),
        *hooks.panel.filters(),
        (DELETED, _("Deleted")),
    ]


def datasets_of(organization: Organization, *, text: str = "", show: str = "") -> QuerySet[Dataset]:
    """Datasets by slug, each with ``current_number`` and ``next_number`` (None where there is no such version)."""
    versions = Version.objects.filter(dataset=OuterRef("pk"), deleted_at__isnull=True).order_by("-position")
    found: QuerySet[Dataset] = Dataset.objects.for_organization(organization).filter(
        _shown(show), deleted_at__isnull=show != DELETED
    )
    if text:
        found = found.filter(
            Q(slug__icontains=text) | Q(metadata__titles__0__title__icontains=text) | hooks.panel.search(text)
        )
    return found.annotate(
        current_number=Subquery(versions.filter(released_at__isnull=False).values("number")[:1]),
        next_number=Subquery(versions.filter(released_at__isnull=True).values("number")[:1]),
    ).order_by("slug")


def _shown(show: str) -> Q:
    if show in Visibility.values:
        return Q(visibility=show)
    return hooks.panel.filter(show)


def page_of(rows: QuerySet[Any], number: str) -> Page[Any]:
    """One page; a number that is none, or past the end, gives the nearest one."""
    return Paginator(rows, PAGE_SIZE).get_page(number)


def versions_of(dataset: Dataset) -> QuerySet[Version]:
    """All versions, newest first, deleted ones too; ``version.dataset`` is the one given."""
    return Version.objects.filter(dataset=dataset).select_related("released_by").order_by("-position")


def unreleased_version(dataset: Dataset) -> Version | None:
    return Version.objects.filter(dataset=dataset, released_at__isnull=True, deleted_at__isnull=True).first()


def why_not_restore(version: Version) -> str | None:
    """The sentence that says why ``version`` cannot be restored now, or None."""
    if version.deleted_at is None:
        return _("This version is not deleted.")
    if version.dataset.deleted_at is not None:
        return _("The dataset is deleted; restore it, and the versions that went with it come back.")
    if version.released_at is None and unreleased_version(version.dataset) is not None:
        return _("There is an unreleased version already; release or remove it first.")
    return None
