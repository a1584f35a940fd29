"""A new first key takes over, while everything goes on."""

import base64
import io
from typing import Any

import pytest
from django.core.management import call_command

from doi import connections, sealing
from doi.errors import SealError
from doi.models import Login, LoginSecret
from doi.registries.base import CheckResult
from doi.services import accounts, rotation
from doi.services.accounts import OwnAccount
from tests.factories import doi as make

pytestmark = pytest.mark.django_db
OLD, NEW = (base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in (1, 2))


@pytest.fixture
def logins(settings: Any) -> list[Login]:
    """Three logins, their passwords sealed under the old key; the ring has a new first key."""
    settings.DOI_ENCRYPTION_KEYS = [OLD]
    for number in range(3):
        own = OwnAccount("datacite", "production", "ORG.REPO", "10.70112", password=f"secret-{number}")
        make.configured(f"lab-{number}", own)
    settings.DOI_ENCRYPTION_KEYS = [NEW, OLD]
    return list(Login.objects.order_by("pk"))


def passwords(logins: list[Login]) -> list[str]:
    return [connections.password_of(login) for login in logins]


def test_afterwards_the_old_key_may_go(logins: list[Login], settings: Any) -> None:
    sealed = list(LoginSecret.objects.order_by("pk").values_list("sealed", flat=True))

    assert rotation.rotate().wrapped == 3

    settings.DOI_ENCRYPTION_KEYS = [NEW]
    assert passwords(logins) == ["secret-0", "secret-1", "secret-2"]
    assert list(LoginSecret.objects.order_by("pk").values_list("sealed", flat=True)) == sealed


def test_a_second_call_finds_nothing_to_do(logins: list[Login]) -> None:
    rotation.rotate()

    assert rotation.rotate().wrapped == 0


def test_stopped_in_the_middle_it_goes_on_where_it_was(
    logins: list[Login], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    rewrap, calls = sealing.rewrap, []

    def stopped(*arguments: Any, **more: Any) -> sealing.Sealed:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return rewrap(*arguments, **more)

    monkeypatch.setattr(sealing, "rewrap", stopped)
    with pytest.raises(KeyboardInterrupt):
        rotation.rotate()
    assert passwords(logins) == ["secret-0", "secret-1", "secret-2"]

    assert rotation.rotate().wrapped == 2
    settings.DOI_ENCRYPTION_KEYS = [NEW]
    assert passwords(logins) == ["secret-0", "secret-1", "secret-2"]


def test_a_password_set_meanwhile_is_left_as_it_is(
    logins: list[Login], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading and writing, another call wrapped the same secret."""
    rewrap = sealing.rewrap

    def overtaken(sealed: sealing.Sealed, **more: Any) -> sealing.Sealed:
        monkeypatch.setattr(sealing, "rewrap", rewrap)
        rotation.rotate()
        return rewrap(sealed, **more)

    monkeypatch.setattr(sealing, "rewrap", overtaken)

    assert rotation.rotate().wrapped == 0
    assert passwords(logins) == ["secret-0", "secret-1", "secret-2"]


def test_a_destroyed_password_stays_destroyed(logins: list[Login]) -> None:
    LoginSecret.objects.filter(login=logins[0]).update(
        sealed=None, wrapped_key=None, destroyed_at=make.by().now
    )

    assert rotation.rotate().wrapped == 2
    assert LoginSecret.objects.get(login=logins[0]).wrapped_key is None


def test_slices_leave_nothing_out(logins: list[Login], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "SLICE", 2)

    assert rotation.rotate().wrapped == 3


def test_what_does_not_open_is_named_and_the_others_go_on(logins: list[Login]) -> None:
    broken = LoginSecret.objects.get(login=logins[1])
    LoginSecret.objects.filter(pk=broken.pk).update(wrapped_key=b"\x00" * 60)

    done = rotation.rotate()

    assert (done.wrapped, [secret.pk for secret, _sentence in done.shut]) == (2, [broken.pk])


def test_without_a_ring_nothing_is_touched(logins: list[Login], settings: Any) -> None:
    settings.DOI_ENCRYPTION_KEYS = []

    with pytest.raises(SealError):
        rotation.rotate()


def test_every_version_of_a_password_is_brought_along(logins: list[Login], settings: Any) -> None:
    settings.DOI_ENCRYPTION_KEYS = [OLD]
    again = OwnAccount("datacite", "production", "ORG.REPO", "10.70112", password="secret-new")
    accounts.configure_own(logins[0].owner, again, check=CheckResult(()), default_on=None, by=make.by())
    settings.DOI_ENCRYPTION_KEYS = [NEW, OLD]

    rotation.rotate()

    under = LoginSecret.objects.filter(destroyed_at__isnull=True).values_list("key_id", flat=True)
    assert set(under) == {sealing.Ring.from_settings().primary}


def rotated() -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("rotate_encryption_keys", stdout=out, stderr=err)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_the_command_says_how_many(logins: list[Login]) -> None:
    assert rotated() == (0, "3 passwords brought under the first key.\n", "")


def test_the_command_ends_with_1_where_a_password_does_not_open(logins: list[Login], settings: Any) -> None:
    settings.DOI_ENCRYPTION_KEYS = [NEW]

    code, out, err = rotated()

    assert (code, out) == (1, "0 passwords brought under the first key.\n")
    assert len(err.splitlines()) == 3
    assert all("put that key back" in line for line in err.splitlines())
    assert "secret-" not in out + err


def test_the_command_ends_with_1_without_a_ring(logins: list[Login], settings: Any) -> None:
    settings.DOI_ENCRYPTION_KEYS = []

    code, _out, err = rotated()

    assert (code, len(err.splitlines())) == (1, 1)
