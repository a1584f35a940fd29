"""A refusal is of the password that was tried, not of the one that has been entered since."""

from datetime import timedelta

import pytest

from doi import clock, recording
from doi.connections import Opening
from doi.models import Login
from doi.registries.base import CheckResult
from doi.sandbox import Sandbox
from doi.services import accounts
from tests.doi.conftest import Clock
from tests.factories import doi as make

pytestmark = pytest.mark.django_db


def refused(opening: Opening) -> bool:
    login = Login.objects.get()
    recording.refuse_login(login, "Bad credentials.", opening=opening, now=clock.now())
    login.refresh_from_db()
    return login.refused_at is not None


def test_the_password_that_was_tried_is_refused(sandbox: Sandbox, moved_clock: Clock) -> None:
    make.configured()
    moved_clock.forward(seconds=1)

    assert refused(Opening.of(Login.objects.get()))


def test_a_password_entered_meanwhile_is_not(sandbox: Sandbox, moved_clock: Clock) -> None:
    """Its check began before the drain opened the old one, and ended after."""
    place = make.configured()
    began = make.by()
    moved_clock.forward(seconds=1)
    opening = Opening.of(Login.objects.get())

    accounts.configure_own(place, make.DATACITE, check=CheckResult(()), default_on=None, by=began)

    assert not refused(opening)
    moved_clock.forward(seconds=1)
    assert refused(Opening.of(Login.objects.get()))


def test_neither_is_one_that_has_passed_a_check_meanwhile(sandbox: Sandbox, moved_clock: Clock) -> None:
    make.configured()
    opening = Opening.of(Login.objects.get())
    Login.objects.update(verified_at=clock.now() + timedelta(seconds=1))

    assert not refused(opening)
