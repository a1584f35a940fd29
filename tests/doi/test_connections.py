"""The operator's address, the tenant's credential, and nothing else."""

from typing import Any

import pytest

from doi import connections
from doi.connections import password_of, secret_context
from doi.errors import AccountNotReadyError, SealError
from doi.models import Login, LoginSecret
from doi.sandbox import Sandbox
from doi.services import accounts
from tests.factories import doi as make
from tests.support import places

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_newest_password_is_opened(sandbox: Sandbox) -> None:
    login = make.account_of(make.configured()).login
    accounts.set_password(login, "newer", by=make.by())

    assert password_of(login) == "newer"


def test_a_destroyed_password_is_not(sandbox: Sandbox) -> None:
    login = make.account_of(make.configured()).login
    LoginSecret.objects.update(destroyed_at=login.created_at, sealed=None, wrapped_key=None)

    with pytest.raises(AccountNotReadyError, match="enter it again"):
        password_of(login)


def test_a_secret_belongs_to_its_login_and_owner(sandbox: Sandbox) -> None:
    make.configured()
    uni = places.institution()
    places.own(uni)
    contexts = [secret_context(secret) for secret in LoginSecret.objects.order_by("pk")]

    assert [context["owner"].partition(":")[0] for context in contexts] == ["organization", "institution"]
    assert len({tuple(context.items()) for context in contexts}) == 2


def test_without_its_ring_no_password_opens(sandbox: Sandbox, settings: Any) -> None:
    login = make.account_of(make.configured()).login
    settings.DOI_ENCRYPTION_KEYS = ["AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]

    with pytest.raises(SealError):
        password_of(login)


def test_the_address_is_the_operators_and_the_credential_the_tenants(
    sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.configured()
    asked: list[Any] = []
    monkeypatch.setattr(connections, "open_registry", lambda *given, **more: asked.append((given, more)))

    connections.connect(Login.objects.get())

    (provider,), more = asked[0]
    assert (provider, more["base_url"]) == ("datacite", settings.REGISTRY_URLS["datacite", "production"])
    assert (more["credentials"].username, more["credentials"].password) == ("ORG.REPO", "secret")
    assert "secret" not in repr(more["credentials"])
