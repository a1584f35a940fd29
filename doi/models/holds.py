"""What keeps every DOI of one place from becoming permanent, until a person lifts it."""

from functools import reduce
from operator import and_, or_

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from datasets.models import Dataset
from doi.models.accounts import Login
from organizations.models import Institution, Organization

# From the narrowest to the widest; the last one is the switch of the whole deployment.
PLACES = ("dataset", "organization", "institution", "login", "deployment")
_SET = {place: Q(**{f"{place}__isnull": False}) for place in PLACES[:-1]} | {"deployment": Q(deployment=True)}
_FREE = {place: Q(**{f"{place}__isnull": True}) for place in PLACES[:-1]} | {
    "deployment": Q(deployment=False)
}


def _only(place: str) -> Q:
    """`place` is set, and no other."""
    return reduce(and_, (_FREE[other] for other in PLACES if other != place), _SET[place])


class Hold(models.Model):
    """
    One hold at exactly one place: who, why, when, and when it was lifted by whom. At most one is active at each place.

    A hold of a login or of the deployment is their kill switch. The hold of a single DOI is in its own row.
    """

    dataset = models.ForeignKey(
        Dataset, null=True, blank=True, on_delete=models.PROTECT, related_name="holds"
    )
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="holds"
    )
    institution = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="holds"
    )
    login = models.ForeignKey(Login, null=True, blank=True, on_delete=models.PROTECT, related_name="holds")
    deployment = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)
    held_at = models.DateTimeField(default=timezone.now)
    # Blank for a command, and for a person whose account is gone.
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=reduce(or_, map(_only, PLACES)), name="hold_has_one_place"),
            *(
                models.UniqueConstraint(
                    fields=[place],
                    condition=Q(lifted_at__isnull=True) & _SET[place],
                    name=f"one_active_hold_per_{place}",
                )
                for place in PLACES
            ),
        ]

    def __str__(self) -> str:
        return f"hold of {self.place} {getattr(self, f'{self.place}_id', '')}".rstrip()

    @property
    def place(self) -> str:
        """Which of `PLACES`."""
        if self.deployment:
            return "deployment"
        return next(place for place in PLACES if getattr(self, f"{place}_id", None) is not None)

    @property
    def is_kill_switch(self) -> bool:
        return self.place in {"login", "deployment"}
