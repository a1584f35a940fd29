"""Institutions and organizations with an account, made by the product's own services."""

from doi.models import Configuration
from doi.registries.base import CheckResult
from doi.selectors import Owner
from doi.services import accounts
from doi.services.accounts import OwnAccount
from organizations.models import Institution, Organization
from tests.factories import doi as make

PASSED = CheckResult((), domains="*")


def institution(slug: str = "uni", *, parent: Institution | None = None) -> Institution:
    return Institution.objects.create(slug=slug, name=slug.title(), parent=parent)


def own(
    owner: Owner,
    account: OwnAccount = make.DATACITE,
    *,
    check: CheckResult | None = PASSED,
    default_on: bool | None = None,
) -> Configuration:
    return accounts.configure_own(owner, account, check=check, default_on=default_on, by=make.by())


def inherit(owner: Owner, *, default_on: bool | None = None) -> Configuration:
    return accounts.configure_inherit(owner, default_on=default_on, by=make.by())


def off(owner: Owner) -> Configuration:
    return accounts.configure_off(owner, by=make.by())


def below(above: Institution, slug: str = "river-lab", *, default_on: bool = True) -> Organization:
    """An organization that inherits."""
    made = make.organization(slug, institution=above)
    inherit(made, default_on=default_on)
    return made
