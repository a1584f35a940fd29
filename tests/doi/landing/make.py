"""DOIs in any state, beside what `tests.datasets.make` makes."""

from datetime import timedelta
from typing import Any

from datasets.models import Version
from doi.models import Account, Doi, Login
from doi.states import PERMANENT, Environment, Provider, State, Wanted
from organizations.models import Organization
from tests.datasets.make import NOW

WINDOW = timedelta(days=7)


def account(
    owner: Organization,
    *,
    prefix: str = "10.1234",
    provider: str = Provider.DATACITE,
    environment: str = Environment.PRODUCTION,
    account_id: str = "EXAMPLE.REPO",
) -> Account:
    login, _made = Login.objects.get_or_create(
        organization=owner, provider=provider, environment=environment, account_id=account_id
    )
    return Account.objects.get_or_create(login=login, prefix=prefix)[0]


def doi(
    version: Version,
    state: str = State.FINDABLE,
    *,
    name: str = "10.1234/abcd-ef89",
    environment: str = Environment.PRODUCTION,
    **fields: Any,
) -> Doi:
    organization = version.dataset.organization
    values: dict[str, Any] = {
        "organization": organization,
        "version": version,
        "landing_id": version.pk,
        "account": account(organization, environment=environment),
        "environment": environment,
        "name": name,
        "state": state,
        "wanted": Wanted.NONE if state == State.DISCARDED else Wanted.PERMANENT,
        "public": version.dataset.is_public,
    }
    if state == State.DRAFT or state in PERMANENT:
        values |= {"draft_at": NOW, "permanent_after": NOW + WINDOW}
    if state in PERMANENT:
        values |= {"permanent_at": NOW + WINDOW}
    return Doi.objects.create(**values | fields)
