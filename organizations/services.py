"""What people do to organizations. Each function is one intent in one transaction."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from organizations import letters, signals
from organizations.models import Institution, Membership, Organization, Role, User

log = logging.getLogger(__name__)


class RefusedError(Exception):
    """A rule forbids the act; ``str(error)`` is the sentence for the person. Nothing has changed."""


class Change(StrEnum):
    """What `add_member` found to do."""

    ADDED = "added"
    ROLE = "role"
    AGAIN = "again"  # only the invitation, once more
    NOTHING = "nothing"


@dataclass(slots=True)
class Added:
    """`mailed`: whether the letter went out; None where there is none, and until the commit."""

    membership: Membership
    change: Change
    mailed: bool | None = None


@transaction.atomic
def add_member(
    email: str,
    name: str,
    place: Organization | Institution,
    role: str,
    *,
    by: User | None,
    actor: str = "system",
    cause: str = "web",
) -> Added:
    """
    Give somebody a role; a person we do not know yet is made, and an invitation is mailed on commit.

    The same again changes nothing; another role replaces the one held, but the last administrator stays one. A person
    (`by`) who invites somebody again who never chose a password has the invitation mailed again; a program does not.
    `actor` stands in the history where no person did it. Raises `RefusedError`.
    """
    _refuse_bad(email, place, role)
    user, made = _person(email, name, place)
    where = {"organization": place} if isinstance(place, Organization) else {"institution": place}
    membership, new = Membership.objects.get_or_create(user=user, **where, defaults={"role": role})
    who = {"actor": by.actor if by is not None else actor, "cause": cause, "now": timezone.now()}
    change = Change.ADDED if new else Change.NOTHING
    if membership.role != role:
        _refuse_last_administrator(membership)
        change = Change.ROLE
        before, membership.role = membership.role, role
        membership.save(update_fields=["role"])
        signals.role_changed.send(Membership, membership=membership, before=before, **who)
    if new:
        signals.member_added.send(Membership, membership=membership, **who)
    waits = made or not user.has_usable_password()
    if change == Change.NOTHING and waits and by is not None:
        change = Change.AGAIN
    added = Added(membership, change)
    if new or (waits and by is not None):
        send = _send_invitation if waits else _send_welcome
        transaction.on_commit(partial(_mail, added, partial(send, user, place.name, by)))
    return added


def _mail(added: Added, send: Callable[[], bool]) -> None:
    added.mailed = send()


def _refuse_last_administrator(membership: Membership) -> None:
    """For a membership that is to have another role. Locks, so that two administrators cannot take each other's."""
    place = membership.organization
    if place is None or membership.role != Role.ADMINISTRATOR:
        return
    here = Q(organization=place, role=Role.ADMINISTRATOR)
    if place.institution_id is not None:
        here |= Q(institution_id=place.institution_id)
    rows = Membership.objects.select_for_update(of=("self",)).filter(here, user__is_active=True)
    if not [row for row in rows.order_by("pk") if row.pk != membership.pk]:
        raise RefusedError(
            _("%(email)s is the last administrator here. Make somebody else an administrator first.")
            % {"email": membership.user.email}
        )


def _refuse_bad(email: str, place: Organization | Institution, role: str) -> None:
    try:
        validate_email(email.strip())
    except ValidationError:
        raise RefusedError(_("“%(email)s” is not an e-mail address.") % {"email": email}) from None
    if role not in Role.values:
        known = ", ".join(Role.values)
        raise RefusedError(
            _("“%(role)s” is not a role; write one of %(known)s.") % {"role": role, "known": known}
        )
    if isinstance(place, Institution) and role != Role.ADMINISTRATOR:
        raise RefusedError(_("In an institution there are administrators only."))


def _person(email: str, name: str, place: Organization | Institution) -> tuple[User, bool]:
    """The person with this address, made when there is none, and whether they were made."""
    folded = email.strip().lower()
    found = User.objects.filter(email=folded).first()
    if found is not None:
        return found, False
    zone = place.time_zone if isinstance(place, Organization) else ""
    return User.objects.create_user(folded, name=name.strip(), time_zone="" if zone == "UTC" else zone), True


def _send_invitation(user: User, place: str, by: User | None) -> bool:
    """A link to choose a password; it ends with its first use, or with PASSWORD_RESET_TIMEOUT."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("organizations:invitation", args=[key, default_token_generator.make_token(user)])
    return letters.send(user, "invitation", place=place, by=by, link=settings.SITE_URL + path)


def _send_welcome(user: User, place: str, by: User | None) -> bool:
    return letters.send(
        user, "welcome", place=place, by=by, link=settings.SITE_URL + reverse("organizations:home")
    )
