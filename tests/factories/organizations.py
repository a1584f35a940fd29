"""Makes people and places."""

from functools import cache

from django.contrib.auth.hashers import make_password
from django.test import Client

from organizations.models import Institution, Membership, Organization, Role, User

PASSWORD = "a long enough password"


@cache
def _hashed() -> str:
    """Hashing is slow on purpose; once is enough for all."""
    return make_password(PASSWORD)


def person(name: str) -> User:
    return User.objects.create(email=f"{name}@example.org", name=name.title(), password=_hashed())


def member(name: str, place: Organization | Institution, role: Role = Role.ADMINISTRATOR) -> User:
    user = person(name)
    where = {"organization": place} if isinstance(place, Organization) else {"institution": place}
    Membership.objects.create(user=user, role=role, **where)
    return user


def signed_in(user: User) -> Client:
    """A browser in which that person is signed in."""
    client = Client()
    client.force_login(user)
    return client
