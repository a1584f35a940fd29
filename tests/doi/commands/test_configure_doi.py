"""`configure_doi`: every flag, every refusal, and the password that nobody sees."""

import io
import sys
from typing import Any

import pytest

from doi.connections import password_of
from doi.models import BackIssueRun, Configuration, DoiEvent, Login
from doi.sandbox import Sandbox
from organizations.models import Organization
from tests.doi.conftest import drain_all
from tests.factories import doi as make
from tests.support import places
from tests.support.commands import Result, everything, run

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "secret"
DATACITE = (
    "--provider",
    "datacite",
    "--environment",
    "production",
    "--account",
    "ORG.REPO",
    "--prefix",
    "10.70112",
)
EZID = ("--provider", "ezid", "--environment", "test", "--account", "apiuser", "--prefix", "doi:10.5072/FK2")


@pytest.fixture
def place(sandbox: Sandbox) -> Organization:
    return make.organization(institution=places.institution())


def configure(*arguments: str, password: str | None = SECRET) -> Result:
    stdin = None if password is None else f"{password}\n"
    return run("configure_doi", "--organization", "river-lab", *arguments, stdin=stdin)


def chosen() -> tuple[str, bool]:
    found = Configuration.objects.get(organization__slug="river-lab")
    return found.source, found.default_on


# --- what it does -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "prefix"), [(DATACITE, "10.70112"), (EZID, "10.5072/fk2")], ids=["datacite", "ezid"]
)
def test_an_own_account_is_checked_saved_and_verified(
    place: Organization, account: tuple[str, ...], prefix: str
) -> None:
    result = configure(*account)

    assert (result.code, result.err) == (0, "")
    assert "passed: Signs in. " in result.out
    assert "not asked" not in result.out.lower().replace("_", " ")
    assert result.out.splitlines()[-1] == f"saved: {make.account_of(place)}"
    login = Login.objects.get()
    assert (login.is_usable, password_of(login)) == (True, SECRET)
    assert make.account_of(place).prefix == prefix
    assert chosen() == ("own", False)


def test_an_absent_flag_leaves_the_default_as_it_is(place: Organization) -> None:
    configure(*DATACITE, "--default-on")
    assert chosen() == ("own", True)
    configure(*DATACITE)
    assert chosen() == ("own", True)
    configure("--off")
    assert chosen() == ("off", True)
    configure(*DATACITE, "--no-default-on")
    assert chosen() == ("own", False)


def test_the_same_again_is_a_new_password_and_a_blank_line_keeps_the_one_there_is(
    sandbox: Sandbox, place: Organization
) -> None:
    configure(*DATACITE)
    configure(*DATACITE)
    assert configure(*DATACITE, password="").code == 0

    assert list(Login.objects.get().secrets.values_list("number", flat=True)) == [1, 2]


def test_inherit_and_the_default_that_an_institution_offers(place: Organization) -> None:
    assert run("configure_doi", "--institution", "uni", *DATACITE, "--default-on", stdin="secret\n").code == 0

    inherited = configure("--inherit", password=None)
    assert (inherited.code, inherited.out) == (
        0,
        f"saved: inherits DataCite ORG.REPO, 10.70112 of {place.institution}\n",
    )
    assert chosen() == ("inherit", True)
    assert configure("--inherit", "--no-default-on", password=None).code == 0
    assert chosen() == ("inherit", False)


def test_off_keeps_what_there_is(sandbox: Sandbox, place: Organization) -> None:
    configure(*DATACITE, "--default-on")
    version = make.version(make.dataset(place))
    drain_all()

    off = configure("--off", password=None)
    assert (off.code, off.out) == (0, "saved: off; nothing new is issued, existing DOIs stay\n")
    make.version(version.dataset, "2.0")
    drain_all()

    assert [record["state"] for record in sandbox.records()] == ["draft"]


def test_back_issue_starts_the_run(sandbox: Sandbox, place: Organization) -> None:
    make.version(make.dataset(place))

    result = configure(*DATACITE, "--back-issue")
    assert result.code == 0
    run_made = BackIssueRun.objects.get()
    assert result.out.splitlines()[-1] == f"back-issue {run_made.pk} started; the engine does the rest"
    drain_all()

    assert [record["state"] for record in sandbox.records()] == ["draft"]


def test_without_a_check_it_is_saved_unverified_and_sends_nothing(
    sandbox: Sandbox, place: Organization
) -> None:
    sandbox.faults.order([{"action": {"reset": True}}])
    result = configure(*DATACITE, "--default-on", "--no-check")
    assert (result.code, result.out.splitlines()) == (
        0,
        [
            "saved as unverified: DataCite ORG.REPO, 10.70112",
            "The account is not checked yet; DOIs wait until a check has passed.",
        ],
    )
    make.version(make.dataset(place))
    drain_all()
    assert sandbox.counts()["total"] == 0
    assert Login.objects.get().verified_at is None

    sandbox.faults.order([])
    assert configure(*DATACITE).code == 0
    drain_all()
    assert [record["state"] for record in sandbox.records()] == ["draft"]


def test_an_institution_says_what_it_offers(sandbox: Sandbox, place: Organization) -> None:
    inherits = run("configure_doi", "--institution", "uni", "--inherit")
    assert "no institution above has an account yet" in inherits.out
    assert "nothing is offered" in run("configure_doi", "--institution", "uni", "--off").out


# --- what it refuses ----------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[tuple[str, ...], str | None, str]] = {
    "a wrong password": (DATACITE, "wrong", "password"),
    "a wrong EZID password": (EZID, "wrong", "password"),
    "a foreign prefix": ((*DATACITE[:-1], "10.82053"), SECRET, "10.82053"),
    "no prefix": ((*DATACITE[:-1], "ten"), SECRET, "10"),
    "a test prefix in production": ((*DATACITE[:-1], "10.5072"), SECRET, "test prefix"),
    "a colon in EZID's password": (EZID, "a:b", "colon"),
    "no password": (
        DATACITE,
        "",
        "Enter the password of this repository account. It is one line on standard input.",
    ),
    "nothing above": (("--inherit",), None, "No institution above"),
}


@pytest.mark.parametrize("before", ["nothing", "an account"])
@pytest.mark.parametrize(("arguments", "password", "words"), REFUSED.values(), ids=list(REFUSED))
def test_a_refusal_is_one_sentence_and_changes_nothing(
    place: Organization, arguments: tuple[str, ...], password: str | None, words: str, before: str
) -> None:
    if before == "an account" and password != "":
        places.own(place)
    there = everything()

    result = configure(*arguments, password=password)

    assert (result.code, len(result.errors)) == (1, 1)
    assert words in result.err
    assert result.err.endswith(" Nothing was changed.\n")
    assert everything() == there


@pytest.mark.parametrize("account", [DATACITE, EZID], ids=["datacite", "ezid"])
@pytest.mark.parametrize("fault", [{"reset": True}, {"status": 503}], ids=["reset", "503"])
def test_an_unreachable_registry_changes_nothing_and_says_how_to_save(
    sandbox: Sandbox, place: Organization, account: tuple[str, ...], fault: dict[str, Any]
) -> None:
    sandbox.faults.order([{"action": fault}])
    there = everything()

    result = configure(*account)

    assert (result.code, len(result.errors)) == (1, 1)
    assert "Nothing was changed; --no-check saves it as unverified." in result.err
    assert everything() == there


def test_a_back_issue_that_cannot_start_undoes_the_rest_of_the_call(place: Organization) -> None:
    make.version(make.dataset(place))
    configure(*DATACITE, "--back-issue")
    there = everything()

    result = configure("--off", password=None)
    assert result.code == 0
    configure(*DATACITE)
    there = everything()
    result = configure(*DATACITE, "--default-on", "--back-issue")

    assert (result.code, len(result.errors)) == (1, 1)
    assert "under way already" in result.err
    assert everything() == there
    assert BackIssueRun.objects.count() == 1


WRONG_CALLS: dict[str, tuple[str, ...]] = {
    "nothing to do": (),
    "half an account": ("--provider", "datacite", "--account", "A"),
    "an account and inherit": ("--inherit", *DATACITE),
    "an account and off": ("--off", *DATACITE),
    "inherit and off": ("--inherit", "--off"),
    "both defaults": (*DATACITE, "--default-on", "--no-default-on"),
    "off with a default": ("--off", "--default-on"),
    "off with a back-issue": ("--off", "--back-issue"),
    "inherit without a check": ("--inherit", "--no-check"),
    "another provider": ("--provider", "crossref", *DATACITE[2:]),
    "a password among the arguments": (*DATACITE, "--password", SECRET),
    "both kinds of owner": ("--institution", "uni", "--off"),
}


@pytest.mark.parametrize("arguments", WRONG_CALLS.values(), ids=list(WRONG_CALLS))
def test_a_wrong_call_is_one_line_and_exit_2(place: Organization, arguments: tuple[str, ...]) -> None:
    there = everything()

    result = configure(*arguments)

    assert (result.code, len(result.errors)) == (2, 1)
    assert everything() == there


def test_an_institution_takes_no_back_issue(place: Organization) -> None:
    result = run("configure_doi", "--institution", "uni", *DATACITE, "--back-issue", stdin="secret\n")

    assert (result.code, len(result.errors)) == (2, 1)
    assert not Configuration.objects.exists()


@pytest.mark.parametrize("kind", ["organization", "institution"])
def test_somebody_unknown_is_refused(sandbox: Sandbox, kind: str) -> None:
    result = run("configure_doi", f"--{kind}", "nobody", "--off")

    assert (result.code, result.err) == (1, f"There is no {kind} “nobody”.\n")


# --- the password -------------------------------------------------------------------------------------------------


def test_the_password_is_in_no_output_no_row_and_no_event(sandbox: Sandbox, place: Organization) -> None:
    canary = "canary-7f3a  with spaces "
    result = configure(*DATACITE, "--no-check", password=canary)
    refused = configure(*DATACITE, password=canary)

    assert password_of(Login.objects.get()) == canary
    assert refused.code == 1
    written = result.out + result.err + refused.out + refused.err + str(everything())
    assert "canary" not in written
    assert str(list(DoiEvent.objects.values())).count("canary") == 0


def test_at_a_terminal_the_password_is_asked_for_and_not_shown(
    place: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("getpass.getpass", lambda prompt: SECRET if "password" in prompt else "")
    monkeypatch.setattr(sys, "stdin", Terminal())

    assert configure(*DATACITE, password=None).code == 0
    assert password_of(Login.objects.get()) == SECRET


def test_a_password_that_is_no_text_is_refused(place: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), encoding="utf-8"))

    result = configure(*DATACITE, password=None)

    assert (result.code, len(result.errors)) == (1, 1)
    assert "not UTF-8" in result.err
