"""The append-only history. The database refuses UPDATE and DELETE; see migration `refuse_changes_to_events`."""

from django.db import models
from django.utils import timezone

from organizations.models import Organization


class DoiEvent(models.Model):
    """
    One line of history: what was attempted, what came of it, or what a person changed.

    `event` is `attempt` before a request is sent and `outcome` after; everything else is one line.
    """

    at = models.DateTimeField(default=timezone.now)
    # Blank for an institution's configuration: `detail` then names it.
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Plain text and numbers, not foreign keys: history outlives what it tells of.
    doi_id = models.BigIntegerField(null=True, blank=True)
    doi_name = models.CharField(max_length=512, blank=True)
    dataset = models.CharField(max_length=120, blank=True)
    version = models.CharField(max_length=191, blank=True)
    account = models.CharField(max_length=320, blank=True)
    actor = models.CharField(max_length=60, blank=True)
    cause = models.CharField(max_length=60, blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    step = models.CharField(max_length=20, blank=True)
    attempt = models.PositiveIntegerField(null=True, blank=True)
    event = models.CharField(max_length=40)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, blank=True)
    outcome = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["doi_id", "id"], name="event_by_doi"),
            models.Index(fields=["organization", "id"], name="event_by_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.event} {self.doi_name}"
