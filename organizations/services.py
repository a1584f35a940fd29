"""What people do to organizations. Each function is one intent in one transaction."""

from functools import partial

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from organizations import signals
from organizations.models import Institution, Membership, Organization, Role, User


class RefusedError(Exception):
    """A rule forbids the act; ``str(error)`` is the sentence for the person. Nothing has changed."""


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
) -> Membership:
    """
    Give somebody a role; a person we do not know yet is made, and an invitation is mailed on commit.

    The same again changes nothing and mails nothing; another role replaces the one held. `actor` stands in the history
    where no person did it. Raises `RefusedError`.
    """
    _refuse_bad(email, place, role)
    user, made = _person(email, name, place)
    where = {"organization": place} if isinstance(place, Organization) else {"institution": place}
    membership, new = Membership.objects.get_or_create(user=user, **where, defaults={"role": role})
    who = {"actor": by.actor if by is not None else actor, "cause": cause, "now": timezone.now()}
    if membership.role != role:
        before, membership.role = membership.role, role
        membership.save(update_fields=["role"])
        signals.role_changed.send(Membership, membership=membership, before=before, **who)
    if new:
        signals.member_added.send(Membership, membership=membership, **who)
        send = _send_invitation if made or not user.has_usable_password() else _send_welcome
        transaction.on_commit(partial(send, user, place.name, by))
    return membership


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


def _send_invitation(user: User, place: str, by: User | None) -> None:
    """A link to choose a password; it ends with its first use, or with PASSWORD_RESET_TIMEOUT."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("organizations:invitation", args=[key, default_token_generator.make_token(user)])
    _send(user, "invitation", place=place, by=by, link=settings.SITE_URL + path)


def _send_welcome(user: User, place: str, by: User | None) -> None:
    _send(user, "welcome", place=place, by=by, link=settings.SITE_URL + reverse("organizations:home"))


def _send(user: User, letter: str, *, place: str, by: User | None, link: str) -> None:
    context = {"person": user, "place": place, "by": by, "link": link}
    subject = render_to_string(f"mail/{letter}_subject.txt", context).strip()
    send_mail(subject, render_to_string(f"mail/{letter}.txt", context), None, [user.email])
