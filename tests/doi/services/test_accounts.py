"""Own, inherited or off: what is refused, what a check means, and whose password it is."""

from typing import Any

import pytest

from doi import clock
from doi.checking import check_own
from doi.connections import password_of
from doi.errors import BadCredentialsError, NotAllowedError, RegistryUnavailableError
from doi.models import Account, Configuration, Doi, DoiEvent, Login, LoginSecret
from doi.registries.base import CheckResult, Tick
from doi.sandbox import Sandbox
from doi.services import accounts, issuance
from doi.services.accounts import FieldError, OwnAccount
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support import places
from tests.support.commands import everything

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = OwnAccount("datacite", "production", "ORG.REPO", "10.70113", password="secret")
TEST = OwnAccount("datacite", "test", "ORG.REPO", "10.70112", password="secret")


def planned(place: Any, slug: str = "stage", **dataset: Any) -> Doi:
    """A released version of a dataset that is on: wanted, and nothing sent yet."""
    return make.doi_of(make.drafted(make.dataset(place, slug, **dataset)))


def fresh(doi: Doi) -> Doi:
    return Doi.objects.select_related("account__login").get(pk=doi.pk)


# --- what is refused before anything is asked or changed ----------------------------------------------------------

REFUSED = {
    "provider": (OwnAccount("crossref", "production", "A", "10.70112", "x"), "provider", "DataCite or EZID"),
    "environment": (
        OwnAccount("datacite", "live", "A", "10.70112", "x"),
        "environment",
        "production or test",
    ),
    "no account": (
        OwnAccount("datacite", "production", " ", "10.70112", "x"),
        "account_id",
        "repository account",
    ),
    "colon in the account": (
        OwnAccount("ezid", "production", "a:b", "10.70112", "x"),
        "account_id",
        "no colon",
    ),
    "prefix": (OwnAccount("datacite", "production", "A", "eleven", "x"), "prefix", "10"),
    "shoulder at DataCite": (
        OwnAccount("datacite", "production", "A", "10.70112/fk2", "x"),
        "prefix",
        "shoulder",
    ),
    "test prefix": (OwnAccount("datacite", "production", "A", "10.5072", "x"), "prefix", "test prefix"),
    "test shoulder": (OwnAccount("ezid", "test", "A", "10.70112/x1", "x"), "prefix", "10.5072/FK2"),
    "EZID password": (OwnAccount("ezid", "test", "A", "10.5072/fk2", "a:b"), "password", "colon"),
    "no password": (OwnAccount("datacite", "production", "A", "10.70112"), "password", "Enter the password"),
}


@pytest.mark.parametrize(("own", "field", "words"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_is_refused_at_its_field_and_changes_nothing(
    sandbox: Sandbox, own: OwnAccount, field: str, words: str
) -> None:
    place = make.organization()
    before = everything()

    with pytest.raises(FieldError, match=words) as refused:
        places.own(place, own)

    assert refused.value.field == field
    assert everything() == before
    with pytest.raises(FieldError):
        check_own(place, own)
    assert sandbox.counts()["total"] == 0


def test_a_refused_check_leaves_the_old_configuration_in_force(sandbox: Sandbox) -> None:
    place = make.configured()
    before = everything()

    with pytest.raises(NotAllowedError, match="nothing was changed"):
        places.own(place, OTHER, check=CheckResult((Tick("prefix", "failed", "Not yours."),)))

    assert everything() == before


# --- the live check -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [make.DATACITE, make.EZID], ids=["datacite", "ezid"])
def test_the_check_passes_and_changes_nothing(sandbox: Sandbox, own: OwnAccount) -> None:
    place = make.organization()
    before = everything()

    result = check_own(place, own, reserve=True)

    assert result.passed
    assert everything() == before
    assert sandbox.records() == []


@pytest.mark.parametrize("own", [make.DATACITE, make.EZID], ids=["datacite", "ezid"])
def test_a_wrong_password_fails_the_check(sandbox: Sandbox, own: OwnAccount) -> None:
    wrong = OwnAccount(own.provider, own.environment, own.account_id, own.prefix, password="wrong")

    result = check_own(make.organization(), wrong)

    assert result.failed is not None
    assert result.failed.code == "signs_in"


def test_a_check_without_a_password_uses_the_one_that_is_kept(sandbox: Sandbox) -> None:
    place = make.configured()
    kept = OwnAccount("datacite", "production", "org.repo", "10.70112")

    assert check_own(place, kept).passed


def test_an_unreachable_registry_is_told_apart_from_a_refusal(sandbox: Sandbox) -> None:
    sandbox.faults.order([{"action": {"reset": True}}])

    with pytest.raises(RegistryUnavailableError):
        check_own(make.organization(), make.DATACITE)


# --- logins, secrets, accounts ------------------------------------------------------------------------------------


def test_the_same_again_is_a_new_password_for_every_account_of_the_login(sandbox: Sandbox) -> None:
    place = make.configured()
    first = make.account_of(place)
    places.own(place, OTHER)

    places.own(place, OwnAccount("datacite", "production", "org.repo", "10.70112", password="newer"))

    login = Login.objects.get()
    assert (login.account_id, password_of(login)) == ("ORG.REPO", "newer")
    assert list(login.secrets.values_list("number", flat=True)) == [1, 2, 3]
    assert Configuration.objects.get().account == first
    assert list(Account.objects.filter(retired_at=None)) == [first]


def test_the_same_account_of_two_owners_is_two_logins(sandbox: Sandbox) -> None:
    make.configured("one")
    make.configured("two")

    assert Login.objects.count() == 2
    assert LoginSecret.objects.count() == 2


def test_a_secret_moved_to_another_login_does_not_open(sandbox: Sandbox) -> None:
    make.configured("one")
    make.configured("two")
    one, two = LoginSecret.objects.order_by("pk")
    LoginSecret.objects.filter(pk=two.pk).update(
        sealed=one.sealed, wrapped_key=one.wrapped_key, key_id=one.key_id
    )

    with pytest.raises(Exception, match=r"does not open|cannot be opened") as refused:
        password_of(two.login)
    assert type(refused.value).__name__ == "SealError"


def test_unverified_means_that_nothing_is_sent_until_a_check_has_passed(sandbox: Sandbox) -> None:
    place = make.organization()
    places.own(place, check=None, default_on=True)
    doi = planned(place)
    drain_all()
    assert (fresh(doi).state, sandbox.counts()["total"]) == ("planned", 0)

    places.own(place)
    drain_all()
    assert fresh(doi).state == "draft"


@pytest.mark.parametrize(
    "untried",
    [OTHER, OwnAccount("datacite", "production", "ORG.REPO", "10.70113")],
    ids=["new password", "new prefix"],
)
def test_what_no_check_has_seen_is_unverified_again(sandbox: Sandbox, untried: OwnAccount) -> None:
    place = make.configured()

    places.own(place, untried, check=None)
    planned(place)
    drain_all()

    assert sandbox.counts()["total"] == 0


def test_saving_the_same_without_a_password_keeps_it_verified(sandbox: Sandbox) -> None:
    place = make.configured()

    places.own(place, OwnAccount("datacite", "production", "ORG.REPO", "10.70112"), check=None)
    planned(place)
    drain_all()

    assert len(sandbox.records()) == 1


def test_a_new_password_after_a_refusal_heals_everything_behind_it(sandbox: Sandbox) -> None:
    place = make.organization()
    places.own(place, OwnAccount("datacite", "production", "ORG.REPO", "10.70112", password="old"))
    issuance.switch_on(dataset := make.dataset(place), by=make.by())
    for number in ("1.0", "2.0", "3.0"):
        make.version(dataset, number)
    drain_all()
    login = Login.objects.get()
    assert login.refused_at is not None
    assert sandbox.records() == []

    places.own(place)
    drain_all()

    assert {record["state"] for record in sandbox.records()} == {"draft"}
    assert len(sandbox.records()) == 3


def test_a_landing_host_that_is_accepted_now_lets_its_drafts_become_permanent(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    place = make.configured(domains="elsewhere.example")
    doi = planned(place, visibility="public")
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    assert (fresh(doi).state, fresh(doi).attention) == ("draft", "host")

    places.own(place)
    drain_all()

    assert fresh(doi).state == "findable"


def test_a_check_that_passed_ends_the_waiting_after_an_outage(sandbox: Sandbox) -> None:
    place = make.configured()
    doi = planned(place)
    sandbox.faults.order([{"action": {"status": 503}}])
    drain_all()
    assert fresh(doi).failures > 0
    sandbox.faults.order([])
    Account.objects.update(drain_until=None)

    places.own(place)

    assert fresh(doi).next_attempt_at is not None
    assert fresh(doi).next_attempt_at <= clock.now()  # type: ignore[operator]


# --- the default --------------------------------------------------------------------------------------------------


def test_the_default_is_for_future_datasets_only(sandbox: Sandbox) -> None:
    place = make.configured(default_on=False)
    before = make.dataset(place, "before")
    places.own(place, default_on=True)
    after = make.dataset(place, "after")

    assert (issuance.is_on(before), issuance.is_on(after)) == (False, True)
    places.own(place, default_on=None)
    assert Configuration.objects.get().default_on, "an absent flag leaves the setting"


def test_a_new_dataset_takes_the_default_while_the_institution_blocks(sandbox: Sandbox) -> None:
    uni = places.institution()
    places.own(uni)
    place = places.below(uni, default_on=True)
    places.off(uni)
    version = make.version(make.dataset(place))

    places.own(uni)
    drain_all()

    assert make.doi_of(version).state == "draft"


def test_an_institutions_default_is_what_is_offered_below(sandbox: Sandbox) -> None:
    uni = places.institution()
    places.own(uni, default_on=True)

    offered = places.inherit(make.organization("offered", institution=uni))
    refused = places.inherit(make.organization("refused", institution=uni), default_on=False)

    assert (offered.default_on, refused.default_on) == (True, False)
    places.inherit(refused.organization)  # type: ignore[arg-type]
    refused.refresh_from_db()
    assert refused.default_on is False, "a default once chosen is left as it is"


def test_changing_the_default_is_one_line_of_history(sandbox: Sandbox) -> None:
    place = make.configured(default_on=False)

    for _ in range(2):
        accounts.set_default(place, True, by=make.by(actor="user:7", cause="web"))

    line = DoiEvent.objects.get(event="default_changed")
    assert (line.actor, line.cause, line.detail) == (
        "user:7",
        "web",
        {"organization": "river-lab", "default_on": True},
    )


def test_a_configuration_is_one_line_of_history_without_its_password(sandbox: Sandbox) -> None:
    make.configured()

    line = DoiEvent.objects.get(event="configured")
    assert line.detail == {
        "organization": "river-lab",
        "source": "own",
        "default_on": True,
        "provider": "datacite",
        "environment": "production",
        "account_id": "ORG.REPO",
        "prefix": "10.70112",
        "password": "set",
        "check": "passed",
    }


def test_the_first_time_is_before_any_account_was_in_force(sandbox: Sandbox) -> None:
    place = make.organization()
    assert accounts.first_time(place)
    places.off(place)
    assert accounts.first_time(place)
    places.own(place)
    assert not accounts.first_time(place)


def test_a_password_that_the_registry_refuses_is_told_as_that(sandbox: Sandbox) -> None:
    place = make.configured(own=OwnAccount("datacite", "production", "ORG.REPO", "10.70112", password="no"))
    planned(place)
    drain_all()

    login = Login.objects.get()
    assert not login.is_usable
    assert DoiEvent.objects.filter(event="login_refused").count() == 1
    assert BadCredentialsError.__name__ not in login.refusal
