from django.db import models
from django.db.models import Q


class Breaker(models.Model):
    """
    Whether a registry answers, one for each host and one for each login, shared by all processes; see `doi.breakers`.

    No row: nothing ever failed. Open while `try_at` is set; then nothing is sent but one probe after that time.
    """

    key = models.CharField(max_length=200, primary_key=True)
    # The last calls, oldest first: [seconds since 1970, whether it was answered, login].
    recent = models.JSONField(default=list)
    # How many of them failed, counted from the last.
    failing = models.PositiveSmallIntegerField(default=0)
    # When the first call failed of those that opened it, and when the next probe may go out.
    since = models.DateTimeField(null=True, blank=True)
    try_at = models.DateTimeField(null=True, blank=True)
    # How often it opened since a call was answered that is no probe: each time it stays open for longer.
    openings = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(since__isnull=True, try_at__isnull=True)
                | Q(since__isnull=False, try_at__isnull=False),
                name="breaker_open_since_and_until",
            )
        ]

    def __str__(self) -> str:
        return self.key
