"""The chain over the history. The database refuses UPDATE and DELETE; see migration `seal_the_history`."""

from django.db import models


class HistorySeal(models.Model):
    """
    One slice of one chain: the digest covers the slice's lines and, through the digest before it, all earlier ones.

    `chain` is ``organization:ID``, or ``deployment`` for lines that belong to no organization.
    """

    chain = models.CharField(max_length=40)
    number = models.PositiveBigIntegerField()
    first_event_id = models.BigIntegerField()
    last_event_id = models.BigIntegerField()
    lines = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="seal_once_per_place")]
        indexes = [models.Index(fields=["last_event_id"], name="seal_by_last_line")]

    def __str__(self) -> str:
        return f"{self.chain} {self.number}"
