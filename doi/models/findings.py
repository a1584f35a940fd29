"""Where a registry differs from what is wanted or was known, and how far each login has been compared. `doi.drift`."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from doi.models.accounts import Login
from doi.models.doi import Doi
from organizations.models import Organization


class Severity(models.IntegerChoices):
    NOTICE = 1, _("Notice")
    WARNING = 2, _("Warning")
    SEVERE = 3, _("Severe")


class Kind(models.TextChoices):
    """In the order of `doi.comparing.NATURES`, which says how severe each is and what heals it."""

    PRIVATE_FINDABLE = "private-findable", _("A private DOI is findable")
    WITHDRAWN_FINDABLE = "withdrawn-findable", _("A withdrawn DOI is findable")
    PRIVATE_METADATA = "private-metadata", _("A private draft holds metadata")
    MISSING = "missing", _("Missing at the registry")
    MOVED = "moved", _("Held by another account")
    ORPHAN = "orphan", _("A DOI nobody here knows")
    PUBLISHED = "published", _("Made permanent at the registry")
    STATE = "state", _("Another state at the registry")
    URL = "url", _("Leads elsewhere")
    UNREGISTERED = "unregistered", _("Does not resolve yet")
    STILL_THERE = "still-there", _("There although it was discarded")
    METADATA = "metadata", _("Other metadata at the registry")


class Finding(models.Model):
    """One difference, while it lasts and after. Of an orphan there is the name only, and no row."""

    login = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="findings")
    doi = models.ForeignKey(Doi, null=True, blank=True, on_delete=models.PROTECT, related_name="findings")
    # Whose page shows it. Blank: an orphan under an institution's login that leads to no version of ours.
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    name = models.CharField(max_length=512)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    # What the registry says instead: a state, an address, an account, a title.
    detail = models.CharField(max_length=500, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    # When the row was last made due because of it: the engine does the rest.
    mended_at = models.DateTimeField(null=True, blank=True)
    # Who asked for that: a person's id, or blank where nobody had to.
    mended_by = models.CharField(max_length=60, blank=True)
    healed_at = models.DateTimeField(null=True, blank=True)
    # By itself, by the person above, or at the registry.
    healed_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["login", "name", "kind"],
                condition=Q(healed_at__isnull=True),
                name="one_open_finding_per_doi_and_kind",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="finding_kind_known"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "-severity", "id"],
                condition=Q(healed_at__isnull=True),
                name="finding_open",
            ),
            models.Index(fields=["doi"], condition=Q(healed_at__isnull=True), name="finding_open_by_doi"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.kind}"


class Scope(models.TextChoices):
    LATELY = "lately", _("What changed lately")
    ALL = "all", _("Everything")


class Comparison(models.Model):
    """How far one login has been compared, of each scope. Pushing `due_at` past the lease is the claim of a piece."""

    login = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="comparisons")
    scope = models.CharField(max_length=10, choices=Scope.choices)
    due_at = models.DateTimeField()
    # Blank between two rounds.
    started_at = models.DateTimeField(null=True, blank=True)
    # The registry's word for the next piece of its list; blank for the first.
    after = models.CharField(max_length=500, blank=True)
    # The beginning of the last round that came to its end.
    compared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["login", "scope"], name="comparison_once_per_login_and_scope")
        ]
        indexes = [models.Index(fields=["due_at"], name="comparison_due")]

    def __str__(self) -> str:
        return f"{self.login}: {self.scope}"
