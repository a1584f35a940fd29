"""Makes what tests of DOIs need, by the product's own services."""

from datetime import datetime
from typing import Any

from datasets import services
from datasets.models import Dataset, Version
from datasets.services import By
from doi import clock
from doi.models import Account, Doi
from doi.registries.base import CheckResult
from doi.services import accounts, issuance
from doi.services.accounts import OwnAccount
from organizations.models import Institution, Organization

METADATA: dict[str, Any] = {
    "titles": [{"title": "River stage readings"}],
    "creators": [{"name": "Okafor, Ngozi", "nameType": "Personal"}],
    "descriptions": [{"description": "Hourly stage of one river.", "descriptionType": "Abstract"}],
}
DATACITE = OwnAccount("datacite", "production", "ORG.REPO", "10.70112", password="secret")
EZID = OwnAccount("ezid", "test", "apiuser", "10.5072/fk2", password="secret")
# What is made under EZID's test shoulder is gone after two weeks; this is for what lasts longer.
LASTING_EZID = OwnAccount("ezid", "production", "harbour", "10.70113/h2", password="secret")


def by(now: datetime | None = None, *, cause: str = "test", actor: str = "test") -> By:
    return By(actor=actor, cause=cause, now=now or clock.now())


def organization(slug: str = "river-lab", *, institution: Institution | None = None) -> Organization:
    return Organization.objects.create(
        slug=slug, name=slug.replace("-", " ").title(), institution=institution
    )


def configured(
    slug: str = "river-lab", own: OwnAccount = DATACITE, *, default_on: bool = True, domains: str = "*"
) -> Organization:
    """An organization with a verified account of its own, as the sandbox of `tests/doi/conftest.py` knows it."""
    place = organization(slug)
    accounts.configure_own(place, own, check=CheckResult((), domains=domains), default_on=default_on, by=by())
    return place


def account_of(place: Organization) -> Account:
    found: Account = Account.objects.select_related("login").get(login__organization=place, retired_at=None)
    return found


def dataset(
    place: Organization, slug: str = "stage", *, visibility: str = "public", **metadata: Any
) -> Dataset:
    return services.create_dataset(
        place, slug=slug, visibility=visibility, metadata={**METADATA, **metadata}, by=by()
    )


def version(
    of: Dataset, number: str = "1.0", *, release: bool = True, now: datetime | None = None
) -> Version:
    made = services.add_version(of, number=number, by=by(now))
    return services.release(made, by=by(now)) if release else made


def drafted(of: Dataset, number: str = "1.0") -> Version:
    """A released version of a dataset that is on; its DOI is planned and due."""
    issuance.switch_on(of, by=by())
    return version(of, number)


def doi_of(of: Version) -> Doi:
    found: Doi = Doi.objects.select_related("account__login").get(landing_id=of.pk)
    return found
