"""What a change of configuration still has to reach."""

from django.db import models

from organizations.models import Organization


class Following(models.Model):
    """
    Versions of this organization that have not followed the account in force yet; the engine takes them in slices.

    `actor` and `cause` are of the change that asked for it. `dataset_id` and `position` are of the last version looked at.
    """

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    cause = models.CharField(max_length=60)
    dataset_id = models.BigIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    # Our own program failed over it: left alone until then, so that the others go on.
    not_before = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.organization} follows"
