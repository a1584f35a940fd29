"""Opens the registry behind an account: the operator's address, the tenant's credential, and nothing else."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from doi import clock, sealing
from doi.errors import AccountNotReadyError
from doi.models import Login, LoginSecret
from doi.registries import PublicDataCite, Resolver, open_public_datacite, open_registry, open_resolver
from doi.registries.base import Credentials, Registry
from doi.states import Environment, Provider


def secret_context(secret: LoginSecret) -> dict[str, str]:
    """The place a secret belongs to: moved to another row or tenant, it does not open."""
    login = secret.login
    owner = (
        f"organization:{login.organization_id}"
        if login.organization_id
        else f"institution:{login.institution_id}"
    )
    return {
        "table": "doi_loginsecret",
        "field": "sealed",
        "owner": owner,
        "login": str(login.pk),
        "secret": str(secret.number),
    }


def password_of(login: Login) -> str:
    """Open the newest password. Raises AccountNotReadyError where there is none, SealError where it does not open."""
    secret = login.secrets.filter(destroyed_at__isnull=True).order_by("-number").first()
    if secret is None or secret.sealed is None or secret.wrapped_key is None:
        raise AccountNotReadyError("There is no password for this repository account; enter it again.")
    sealed = sealing.Sealed(
        sealed=bytes(secret.sealed), wrapped_key=bytes(secret.wrapped_key), key_id=secret.key_id
    )
    return sealing.open_sealed(sealed, context=secret_context(secret))


@dataclass(frozen=True, slots=True)
class Opening:
    """When a login's password was opened, and which was the newest then: what a refusal is about."""

    at: datetime
    newest: int

    @classmethod
    def of(cls, login: Login) -> "Opening":
        """Now, before the password is read."""
        newest = login.secrets.order_by("-number").values_list("number", flat=True).first()
        return cls(at=clock.now(), newest=newest or 0)


def connect(login: Login, *, password: str | None = None) -> Registry:
    """The registry that `login` signs in at. The caller closes it."""
    return open_registry(
        Provider(login.provider),
        base_url=settings.REGISTRY_URLS[login.provider, login.environment],
        credentials=Credentials(
            username=login.account_id, password=password if password is not None else password_of(login)
        ),
        max_connections=settings.MAX_IN_FLIGHT[login.provider],
    )


def connect_resolver(*, max_connections: int) -> Resolver:
    """The resolver of this deployment. The caller closes it."""
    return open_resolver(base_url=settings.DOI_RESOLVER_URL, max_connections=max_connections)


def connect_public_datacite(*, max_connections: int) -> PublicDataCite:
    """DataCite's production system, as a stranger. The caller closes it."""
    address = settings.REGISTRY_URLS[Provider.DATACITE.value, Environment.PRODUCTION.value]
    return open_public_datacite(base_url=address, max_connections=max_connections)
