"""People, places, datasets and versions, made as tests need them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from datasets.models import Dataset, Version, Visibility
from datasets.services import By
from organizations.models import Institution, Membership, Organization, Role, User

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
METADATA: dict[str, Any] = {
    "titles": [{"title": "River stage readings"}],
    "creators": [
        {"name": "Okafor, Ngozi", "nameType": "Personal", "givenName": "Ngozi", "familyName": "Okafor"}
    ],
    "publisher": {"name": "Example University"},
    "publicationYear": 2026,
    "types": {"resourceTypeGeneral": "Dataset"},
}


def by(*, cause: str = "test", at: datetime = NOW) -> By:
    return By(actor="user:1", cause=cause, now=at)


def organization(slug: str = "hydro", *, institution: Institution | None = None) -> Organization:
    return Organization.objects.create(slug=slug, name=slug.title(), institution=institution)


def person(name: str, place: Organization | Institution | None = None, *, role: Role = Role.CURATOR) -> User:
    user = User.objects.create_user(f"{name}@example.org", name=name.title())
    if isinstance(place, Organization):
        Membership.objects.create(user=user, organization=place, role=role)
    elif place is not None:
        Membership.objects.create(user=user, institution=place, role=Role.ADMINISTRATOR)
    return user


def dataset(
    place: Organization,
    slug: str = "river",
    *,
    visibility: str = Visibility.PUBLIC,
    metadata: dict[str, Any] | None = None,
) -> Dataset:
    return Dataset.objects.create(
        organization=place,
        slug=slug,
        visibility=visibility,
        metadata=METADATA if metadata is None else metadata,
        created_at=NOW,
    )


def version(
    of: Dataset, number: str, *, released: bool = True, deleted: bool = False, **fields: Any
) -> Version:
    position = of.versions.count() + 1
    return Version.objects.create(
        dataset=of,
        number=number,
        position=position,
        released_at=NOW + timedelta(days=position) if released else None,
        deleted_at=NOW + timedelta(days=30) if deleted else None,
        **fields,
    )
