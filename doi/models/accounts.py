"""
Logins, their sealed passwords, accounts, and which of them an owner has chosen.

A `Login` is one sign-in at a registry, an `Account` is a login with a prefix: what a DOI is pinned to, for life.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from doi.states import Environment, Provider
from organizations.models import Institution, Organization

_ONE_OWNER = Q(organization__isnull=False, institution__isnull=True) | Q(
    organization__isnull=True, institution__isnull=False
)


class Login(models.Model):
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="logins"
    )
    institution = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="logins"
    )
    provider = models.CharField(max_length=10, choices=Provider.choices)
    environment = models.CharField(max_length=10, choices=Environment.choices)
    account_id = models.CharField(max_length=200)
    # The landing-page hosts the registry accepts, as last read ("*" or a comma list); blank: not known.
    domains = models.CharField(max_length=2000, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    # Set when the registry refused the credential: nothing is sent until a check has passed.
    refused_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=500, blank=True)
    # When its administrators were told of the refusal.
    refusal_told_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_ONE_OWNER, name="login_has_one_owner"),
            models.CheckConstraint(condition=Q(provider__in=Provider.values), name="login_provider_known"),
            models.CheckConstraint(
                condition=Q(environment__in=Environment.values), name="login_environment_known"
            ),
            models.UniqueConstraint(
                "organization",
                "provider",
                "environment",
                Lower("account_id"),
                condition=Q(organization__isnull=False),
                name="login_once_per_organization",
            ),
            models.UniqueConstraint(
                "institution",
                "provider",
                "environment",
                Lower("account_id"),
                condition=Q(institution__isnull=False),
                name="login_once_per_institution",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_provider_display()} {self.account_id}"

    @property
    def owner(self) -> Organization | Institution:
        found = self.organization or self.institution
        assert found is not None  # noqa: S101  (the check constraint says so)
        return found

    @property
    def is_usable(self) -> bool:
        """A check has passed, the registry has not refused it since, and nobody paused it."""
        return self.verified_at is not None and self.refused_at is None and self.paused_at is None


class LoginSecret(models.Model):
    """One version of a login's password, sealed; only `doi.sealing` opens it, only inside a registry call."""

    login = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="secrets")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField(null=True)
    wrapped_key = models.BinaryField(null=True)
    key_id = models.CharField(max_length=16)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    set_at = models.DateTimeField(default=timezone.now)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["login", "number"], name="secret_number_once_per_login"),
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True, sealed__isnull=False, wrapped_key__isnull=False)
                | Q(destroyed_at__isnull=False, sealed__isnull=True, wrapped_key__isnull=True),
                name="secret_sealed_or_destroyed",
            ),
        ]

    def __str__(self) -> str:
        return f"secret {self.number} of login {self.login_id}"


class Account(models.Model):
    login = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="accounts")
    # Folded; for EZID with its shoulder: "10.5072/fk2".
    prefix = models.CharField(max_length=100)
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # The drain's hold on this account: a lock of its own, short and renewed.
    drain_token = models.BigIntegerField(default=0)
    drain_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["login", "prefix"], name="account_once_per_login")]

    def __str__(self) -> str:
        return f"{self.login}, {self.prefix}"


class Source(models.TextChoices):
    OFF = "off", _("Off")
    INHERIT = "inherit", _("Inherited")
    OWN = "own", _("Own account")


class Configuration(models.Model):
    """What an organization or institution has chosen. No row: off for an organization, inherit for an institution."""

    organization = models.OneToOneField(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="doi_configuration"
    )
    institution = models.OneToOneField(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="doi_configuration"
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    default_on = models.BooleanField(default=False)
    updated_at = models.DateTimeField(default=timezone.now)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_ONE_OWNER, name="configuration_has_one_owner"),
            models.CheckConstraint(
                condition=Q(source=Source.OWN, account__isnull=False) | ~Q(source=Source.OWN),
                name="own_configuration_has_account",
            ),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="configuration_source_known"),
        ]

    def __str__(self) -> str:
        return f"{self.organization or self.institution}: {self.source}"
