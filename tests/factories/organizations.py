"""Makes people and places."""

from django.test import Client

from organizations.models import Institution, Membership, Organization, Role, User

PASSWORD = "a long enough password"


def person(name: str) -> User:
    return User.objects.create_user(f"{name}@example.org", PASSWORD, name=name.title())


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
