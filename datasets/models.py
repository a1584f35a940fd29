"""Datasets and their versions. Nothing here knows what a DOI is; `hooks` and `signals` are how others join in."""

import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organizations.models import Organization


class Visibility(models.TextChoices):
    PUBLIC = "public", _("Public")
    PRIVATE = "private", _("Private")


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)


class Dataset(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="datasets")
    slug = models.SlugField(max_length=120)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE)
    # DataCite kernel 4 attributes in the write shape of DataCite's JSON; what all versions share.
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "slug"], name="dataset_slug_once_per_organization"
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=Visibility.values), name="dataset_visibility_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The first title people gave, else the slug, so that a list is never blank."""
        return title_of(self.metadata) or self.slug

    @property
    def is_public(self) -> bool:
        return self.visibility == Visibility.PUBLIC


class VersionQuerySet(models.QuerySet["Version"]):
    def released(self) -> Self:
        """Released and not deleted, in a dataset that is not deleted either."""
        return self.filter(
            released_at__isnull=False, deleted_at__isnull=True, dataset__deleted_at__isnull=True
        )


class Version(models.Model):
    # The key is public: the landing page's permanent address is made of it.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.CharField(max_length=191)
    position = models.PositiveIntegerField(help_text="1 for the oldest")
    # What this version says differently from its dataset, member by member.
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, blank=True)
    # True when the version went because its dataset went: restoring the dataset brings back just those.
    deleted_with_dataset = models.BooleanField(default=False)

    objects: ClassVar[Any] = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["dataset", "position"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="version_number_once_per_dataset"),
            models.UniqueConstraint(fields=["dataset", "position"], name="version_position_once_per_dataset"),
            models.UniqueConstraint(
                fields=["dataset"],
                condition=Q(released_at__isnull=True, deleted_at__isnull=True),
                name="one_unreleased_version_per_dataset",
            ),
        ]
        indexes = [
            models.Index(
                fields=["dataset", "-position"],
                condition=Q(released_at__isnull=False, deleted_at__isnull=True),
                name="version_current",
            )
        ]

    def __str__(self) -> str:
        return f"{self.dataset.slug} {self.number}"

    @property
    def is_live(self) -> bool:
        """Released, not deleted, in a dataset that is not deleted."""
        return self.released_at is not None and self.deleted_at is None and self.dataset.deleted_at is None


def title_of(metadata: Any) -> str:
    """The first non-blank title in DataCite's shape, or the empty text; never raises, whatever stands there."""
    titles = metadata.get("titles") if isinstance(metadata, dict) else None
    if not isinstance(titles, list):
        return ""
    texts = (str(entry.get("title") or "") for entry in titles if isinstance(entry, dict))
    return next((text for text in texts if text.strip()), "")
