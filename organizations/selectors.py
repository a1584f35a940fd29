"""What the pages of organizations show. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from organizations.access import organizations_of, role_in
from organizations.models import Institution, Membership, Organization, Role, User


@dataclass(frozen=True, slots=True)
class Tab:
    code: str
    label: str
    href: str


def tabs(here: Organization | Institution, *, user: User) -> list[Tab]:
    """The tabs that ``user`` may open, in the order of use."""
    if isinstance(here, Institution):
        return [
            Tab("overview", _("Overview"), reverse("organizations:institution", args=[here.slug])),
            Tab("doi", _("DOI configuration"), reverse("doi:institution-configuration", args=[here.slug])),
        ]
    found = [
        Tab("overview", _("Overview"), reverse("organizations:organization", args=[here.slug])),
        Tab("datasets", _("Datasets"), reverse("datasets:list", args=[here.slug])),
        Tab("members", _("Members"), reverse("organizations:members", args=[here.slug])),
    ]
    if role_in(user, here) == Role.ADMINISTRATOR:
        found.append(Tab("settings", _("Settings"), reverse("organizations:settings", args=[here.slug])))
    return found


@dataclass(frozen=True, slots=True)
class Places:
    """Where a person may look in."""

    institutions: Sequence[Institution]
    organizations: Sequence[Organization]

    @property
    def only(self) -> Organization | Institution | None:
        """The one place there is, when there is one."""
        every: list[Organization | Institution] = [*self.institutions, *self.organizations]
        return every[0] if len(every) == 1 else None


def places_of(user: User) -> Places:
    """Institutions ``user`` administers and organizations ``user`` may look into; two queries."""
    institutions = Institution.objects.filter(memberships__user=user).select_related("parent")
    return Places(tuple(institutions), tuple(organizations_of(user)))


def members_of(organization: Organization) -> QuerySet[Membership]:
    """The organization's own members and its institution's administrators, by name; one query."""
    here = Q(organization=organization)
    if organization.institution_id is not None:
        here |= Q(institution_id=organization.institution_id)
    return (
        _with_names(Membership.objects.filter(here), family=here)
        .select_related("user", "institution")
        .order_by("institution_id", "user__name", "user__email")
    )


def _with_names(rows: QuerySet[Membership], *, family: Q) -> QuerySet[Membership]:
    """
    Each with `shows_name`: whether the others may read the person's name, or the address only that somebody typed.

    A name may have been chosen elsewhere, so whoever also belongs outside `family` (a condition on memberships) is named
    once they have signed in as a member of this place; inviting an address tells nothing about it.
    """
    elsewhere = Membership.objects.filter(user=OuterRef("user")).exclude(family)
    came = Q(user__last_login__gte=F("created_at"))
    named = ExpressionWrapper(came | ~Exists(elsewhere), output_field=BooleanField())
    return rows.annotate(shows_name=named)


def first_zone(user: User) -> str:
    """The time zone of the first organization ``user`` belongs to; the guess before the person says."""
    zones = Membership.objects.filter(user=user, organization__isnull=False).order_by("id")
    return zones.values_list("organization__time_zone", flat=True).first() or ""


@dataclass(frozen=True, slots=True)
class Parts:
    """What stands directly under an institution, and who administers it."""

    organizations: Sequence[Organization]
    institutions: Sequence[Institution]
    administrators: Sequence[Membership]


def parts_of(institution: Institution) -> Parts:
    """Three queries."""
    family = Q(institution=institution) | Q(organization__institution=institution)
    rows = _with_names(Membership.objects.filter(institution=institution), family=family)
    administrators = rows.select_related("user").order_by("user__name", "user__email")
    return Parts(
        tuple(institution.organizations.all()), tuple(institution.children.all()), tuple(administrators)
    )
