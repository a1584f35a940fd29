from django.conf import settings
from django.db import models
from django.utils import timezone

from datasets.models import Dataset


class DatasetIssuance(models.Model):
    """A dataset's one switch. No row: off."""

    dataset = models.OneToOneField(Dataset, on_delete=models.PROTECT, related_name="issuance")
    on = models.BooleanField(default=False)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.dataset}: {'on' if self.on else 'off'}"
