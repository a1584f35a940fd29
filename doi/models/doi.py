"""
The row that is the queue.

It carries what is wanted, what the registry last confirmed, the step being sent, the lease and when to look next.
Services write the wanted columns, the engine the known ones; `doi.transitions` alone writes `state`.
"""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from datasets.models import Version
from doi.models.accounts import Account
from doi.states import PERMANENT, Environment, State, Step, Wanted
from organizations.models import Organization


class Lane(models.IntegerChoices):
    """Who goes first within an account."""

    INTERACTIVE = 0, _("A person waits")
    PERMANENCE = 1, _("Becoming permanent")
    BULK = 2, _("Back-issue")


class DoiQuerySet(models.QuerySet["Doi"]):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def permanent(self) -> Self:
        return self.filter(state__in=PERMANENT)


class Doi(models.Model):
    # --- whose, and what it is called ---------------------------------------------------------------------------
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="dois")
    version = models.ForeignKey(Version, null=True, on_delete=models.SET_NULL, related_name="dois")
    # The landing page's key. Equal to the version's, and still here when that row is not.
    landing_id = models.UUIDField()
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="dois")
    environment = models.CharField(max_length=10, choices=Environment.choices)
    # As long as any registered name may be, and still short enough for an index.
    name = models.CharField(max_length=512)
    name_attempt = models.PositiveIntegerField(default=0)
    # Somebody has seen the name (reserved, or a draft was confirmed): it is never changed after that.
    shown_at = models.DateTimeField(null=True, blank=True)
    reserved_at = models.DateTimeField(null=True, blank=True)
    adopted_at = models.DateTimeField(null=True, blank=True)

    # --- wanted: written by services ----------------------------------------------------------------------------
    wanted = models.CharField(max_length=10, choices=Wanted.choices, default=Wanted.NONE)
    # Findable (True) or registered (False) when permanent; whether a draft holds metadata.
    public = models.BooleanField(default=False)
    # Counts changes of what is sent (metadata, visibility, withdrawal): behind it, an update is owed.
    generation = models.PositiveBigIntegerField(default=1)
    # Counts every change of what is wanted. A decision taken on an older revision is taken again.
    revision = models.PositiveBigIntegerField(default=1)
    lane = models.PositiveSmallIntegerField(choices=Lane.choices, default=Lane.INTERACTIVE)
    held_at = models.DateTimeField(null=True, blank=True)
    hold_reason = models.CharField(max_length=500, blank=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,  # few rows are held, and every row is written often
    )
    promote_now_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_reason = models.CharField(max_length=500, blank=True)
    withdrawal_note = models.TextField(blank=True)
    successor = models.CharField(max_length=512, blank=True)
    # The record the tombstone shows, taken when the version went; it needs no other row.
    tombstone = models.JSONField(null=True, blank=True)

    # --- known: written by the engine ---------------------------------------------------------------------------
    state = models.CharField(max_length=12, choices=State.choices, default=State.PLANNED)
    confirmed_generation = models.PositiveBigIntegerField(default=0)
    confirmed_public = models.BooleanField(default=False)
    # The keys of the neighbours that the registry was last told of: `doi.relations`.
    confirmed_older = models.PositiveBigIntegerField(null=True, blank=True)
    confirmed_newer = models.PositiveBigIntegerField(null=True, blank=True)
    known_at = models.DateTimeField(null=True, blank=True)
    draft_at = models.DateTimeField(null=True, blank=True)
    permanent_after = models.DateTimeField(null=True, blank=True)
    permanent_at = models.DateTimeField(null=True, blank=True)
    # The deadline that the people who can mend this DOI were told of.
    reminded_for = models.DateTimeField(null=True, blank=True)

    # --- the look after becoming permanent: `doi.looks` -------------------------------------------------------------
    # When the resolver is asked next. Blank: nothing is to be seen any more, or nobody is to be asked.
    look_after = models.DateTimeField(null=True, blank=True)
    # A look before this sees whether sending it again has helped, and does not count. Blank: the next one counts.
    look_counts_after = models.DateTimeField(null=True, blank=True)
    # How many have not found it resolving.
    looks = models.PositiveSmallIntegerField(default=0, db_default=0)
    resolves_since = models.DateTimeField(null=True, blank=True)
    # Where the last look saw it lead; blank: nowhere, or never looked.
    leads_to = models.CharField(max_length=2000, blank=True, default="", db_default="")

    # --- the standing comparison: `doi.drift` ---------------------------------------------------------------------
    # When the registry is asked next whether it is as it should be. Blank: it is in the next round.
    compare_after = models.DateTimeField(null=True, blank=True)
    # When a list or a look last told of it.
    compared_at = models.DateTimeField(null=True, blank=True)

    # --- the step being sent, and the lease ---------------------------------------------------------------------
    step = models.CharField(max_length=10, choices=Step.choices, blank=True)
    step_generation = models.PositiveBigIntegerField(default=0)
    # A request may have been applied and its answer is not known: look before acting again.
    uncertain = models.BooleanField(default=False)
    # Something may be of it at the registry: a create has been sent at least once.
    create_sent_at = models.DateTimeField(null=True, blank=True)
    # We asked to delete the draft: if it is found absent, it was us, whatever became of the answer.
    discard_sent_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.PositiveBigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    deaths = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    # A code such as "metadata.creators[2].nameIdentifiers[0].nameIdentifier": paths into a record are long.
    attention = models.CharField(max_length=200, blank=True)
    attention_text = models.CharField(max_length=700, blank=True)
    # Every DOI that waits for something outside its own row waits under a word, so that mending it finds them.
    parked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = DoiQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["environment", "name"], name="doi_name_once_per_environment"),
            models.UniqueConstraint(
                fields=["landing_id", "environment"], name="one_doi_per_version_and_environment"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="doi_state_known"),
            models.CheckConstraint(condition=Q(wanted__in=Wanted.values), name="doi_wanted_known"),
            models.CheckConstraint(
                condition=Q(environment__in=Environment.values), name="doi_environment_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.DRAFT) | Q(draft_at__isnull=False, permanent_after__isnull=False),
                name="draft_has_due_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=PERMANENT) | Q(permanent_at__isnull=False), name="permanent_has_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=PERMANENT) | Q(permanent_at__isnull=True),
                name="only_permanent_has_time",
            ),
            models.CheckConstraint(
                condition=Q(step="") | Q(account__isnull=False), name="external_doi_is_never_sent"
            ),
            models.CheckConstraint(
                condition=Q(look_after__isnull=True)
                | Q(state__in=PERMANENT, environment=Environment.PRODUCTION),
                name="only_what_may_resolve_is_looked_at",
            ),
        ]
        indexes = [
            # The engine's claim: what is due, per account, first lane first.
            models.Index(
                fields=["account", "lane", "next_attempt_at", "id"],
                condition=Q(next_attempt_at__isnull=False),
                name="doi_due",
            ),
            # The sweep: which accounts have anything due.
            # What a drain that died has claimed and not sent: the next one frees it at once.
            models.Index(fields=["account"], condition=Q(leased_until__isnull=False), name="doi_leased"),
            models.Index(
                fields=["next_attempt_at", "account"],
                condition=Q(next_attempt_at__isnull=False),
                name="doi_due_sweep",
            ),
            # `doi.finalize_drafts`: drafts past their window.
            models.Index(
                fields=["permanent_after"], condition=Q(state=State.DRAFT), name="doi_drafts_ending"
            ),
            models.Index(
                fields=["look_after"], condition=Q(look_after__isnull=False), name="doi_to_be_looked_at"
            ),
            models.Index(
                fields=["compare_after"],
                condition=Q(compare_after__isnull=False),
                name="doi_to_be_compared",
            ),
            models.Index(
                fields=["organization", "attention"], condition=~Q(attention=""), name="doi_attention"
            ),
            models.Index(fields=["organization", "state"], name="doi_by_organization"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_permanent(self) -> bool:
        return self.state in PERMANENT

    @property
    def is_external(self) -> bool:
        return self.account_id is None
