"""
The one door from a request to a tenant.

A stranger gets the same 404 for what is not theirs and for what does not exist; a member without the role gets 403.
"""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from organizations.models import Institution, Membership, Organization, Role, User

_RANK = {Role.VIEWER: 1, Role.CURATOR: 2, Role.ADMINISTRATOR: 3}


def person(request: HttpRequest) -> User:
    """The signed-in person. Raises PermissionDenied for a visitor; pages put ``login_required`` before."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def role_in(user: User, organization: Organization) -> Role | None:
    """The strongest role ``user`` has in ``organization``; administrators of its institution administer it directly."""
    here = Q(organization=organization)
    if organization.institution_id is not None:
        here |= Q(institution_id=organization.institution_id)
    roles = [Role(role) for role in Membership.objects.filter(here, user=user).values_list("role", flat=True)]
    return max(roles, key=_RANK.__getitem__, default=None)


def get_organization(request: HttpRequest, slug: str, role: Role) -> Organization:
    """The organization, for somebody who has at least ``role`` there. Raises Http404 or PermissionDenied."""
    user = person(request)
    organization = Organization.objects.select_related("institution").filter(slug=slug).first()
    held = role_in(user, organization) if organization is not None else None
    if organization is None or held is None:
        raise Http404
    if _RANK[held] < _RANK[role]:
        raise PermissionDenied
    return organization


def get_institution(request: HttpRequest, slug: str) -> Institution:
    """The institution, for one of its administrators. Raises Http404 for everybody else."""
    found = Institution.objects.filter(slug=slug, memberships__user=person(request)).first()
    if found is None:
        raise Http404
    return found


def organizations_of(user: User) -> QuerySet[Organization]:
    """Every organization ``user`` may look into, each once, by name."""
    return (
        Organization.objects.filter(Q(memberships__user=user) | Q(institution__memberships__user=user))
        .select_related("institution")
        .distinct()
    )


def administrators_of(organization: Organization) -> Iterable[User]:
    """Whom to tell: the organization's administrators, else its institution's."""
    own = User.objects.filter(
        memberships__organization=organization, memberships__role=Role.ADMINISTRATOR, is_active=True
    )
    if own.exists() or organization.institution_id is None:
        return own
    return User.objects.filter(memberships__institution_id=organization.institution_id, is_active=True)


def people_who_edit(organization: Organization) -> Iterable[User]:
    """Whom to tell what they can mend there: its administrators and curators, else its institution's administrators."""
    own = User.objects.filter(
        memberships__organization=organization,
        memberships__role__in=[Role.ADMINISTRATOR, Role.CURATOR],
        is_active=True,
    )
    return own if own.exists() else administrators_of(organization)
