"""A back-issue: the run's row is written by the page, its items by the engine, in slices."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from datasets.models import Dataset, Version
from doi.models.doi import Doi
from organizations.models import Organization


class RunStatus(models.TextChoices):
    EXPANDING = "expanding", _("Being prepared")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    CANCELLED = "cancelled", _("Cancelled")
    UNDONE = "undone", _("Undone")
    FINISHED = "finished", _("Finished")


class BackIssueRun(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="back_issues")
    dataset = models.ForeignKey(Dataset, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=RunStatus.choices, default=RunStatus.EXPANDING)
    started_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    # Where the slices have come to: the last dataset looked at.
    cursor = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(status__in=[RunStatus.EXPANDING, RunStatus.RUNNING, RunStatus.PAUSED]),
                name="one_open_back_issue_per_organization",
            )
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(status__in=[RunStatus.EXPANDING, RunStatus.RUNNING]),
                name="back_issue_open",
            )
        ]

    def __str__(self) -> str:
        return f"back-issue {self.pk} of {self.organization}"


class ItemOutcome(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DRAFTED = "drafted", _("Has a DOI")
    BLOCKED = "blocked", _("Blocked")
    SKIPPED = "skipped", _("Skipped")
    UNDONE = "undone", _("Undone")


class BackIssueItem(models.Model):
    run = models.ForeignKey(BackIssueRun, on_delete=models.CASCADE, related_name="items")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    doi = models.ForeignKey(
        Doi, null=True, blank=True, on_delete=models.PROTECT, related_name="back_issue_items"
    )
    outcome = models.CharField(max_length=10, choices=ItemOutcome.choices, default=ItemOutcome.WAITING)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "version"], name="item_once_per_run")]
        indexes = [
            models.Index(fields=["run"], condition=Q(outcome=ItemOutcome.WAITING), name="back_issue_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.version_id}"
