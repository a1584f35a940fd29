"""The live check asks what a person wants to know and changes nothing; its refusals are in `services/test_accounts.py`."""

from typing import Any

import pytest

from doi import clock
from doi.checking import check_own, landing_host
from doi.errors import RegistryUnavailableError
from doi.models import LoginSecret
from doi.sandbox import Sandbox
from doi.services.accounts import FieldError, OwnAccount
from tests.doi.conftest import Clock
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


def outcomes(own: OwnAccount, **more: Any) -> dict[str, str]:
    return {tick.code: tick.outcome for tick in check_own(make.organization(), own, **more).ticks}


def test_datacite_answers_each_question(sandbox: Sandbox) -> None:
    assert outcomes(make.DATACITE, reserve=True) == dict.fromkeys(
        ("signs_in", "active", "prefix", "host", "reserve"), "passed"
    )


def test_ezid_says_what_it_cannot_tell(sandbox: Sandbox) -> None:
    found = outcomes(make.EZID)

    assert found["signs_in"] == "passed"
    assert {found["active"], found["host"]} == {"cannot_tell"}
    assert found["reserve"] == "not_asked"


def test_a_foreign_prefix_is_told(sandbox: Sandbox) -> None:
    foreign = OwnAccount("datacite", "production", "ORG.REPO", "10.82053", password="secret")

    result = check_own(make.organization(), foreign)

    assert result.failed is not None
    assert result.failed.code == "prefix"
    assert result.failed.message.endswith(".")


def test_the_trial_draft_is_gone_afterwards(sandbox: Sandbox) -> None:
    check_own(make.organization(), make.DATACITE, reserve=True)

    assert sandbox.records() == []
    assert any(label.startswith("POST") for label in sandbox.counts()["datacite"])


def test_a_password_that_is_no_more_has_to_be_entered_again(sandbox: Sandbox) -> None:
    place = make.configured()
    LoginSecret.objects.update(destroyed_at=clock.now(), sealed=None, wrapped_key=None)

    with pytest.raises(FieldError, match="Enter the password"):
        check_own(place, OwnAccount("datacite", "production", "ORG.REPO", "10.70112"))


def test_the_host_is_that_of_the_landing_pages(settings: Any) -> None:
    settings.SITE_URL = "https://data.example.org:8443/base"

    assert landing_host() == "data.example.org"


def test_where_the_registry_asked_everybody_to_wait_a_person_waits_too(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    place = make.organization()
    wait = {"status": 429, "headers": {"Retry-After": "120"}}
    sandbox.faults.order([{"times": 1, "action": wait}])
    with pytest.raises(RegistryUnavailableError):
        check_own(place, make.DATACITE)
    asked = sandbox.counts()["total"]

    moved_clock.forward(seconds=100)
    with pytest.raises(RegistryUnavailableError, match="send nothing before"):
        check_own(place, make.DATACITE)
    assert sandbox.counts()["total"] == asked

    moved_clock.forward(seconds=21)
    assert check_own(place, make.DATACITE).passed
