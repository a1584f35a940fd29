from django.db import models
from django.utils import timezone


class Budget(models.Model):
    """A token bucket that all processes share, one per registry host and one per account for bulk drafts."""

    key = models.CharField(max_length=200, primary_key=True)
    tokens = models.FloatField(default=0)
    refilled_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.key
