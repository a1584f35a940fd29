"""`verify_dois`: one line per finding, what is repaired, and how it ends."""

from typing import Any

import pytest
from django.core.management import call_command

from doi.address import landing_url
from doi.models import Finding
from doi.sandbox import Sandbox
from doi.services.accounts import OwnAccount
from tests.doi.conftest import Clock, drain_all
from tests.doi.drifting import BOTH, drafted, edit, open_kinds, permanent, there
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


def verify(*arguments: str, code: int = 0) -> None:
    if not code:
        call_command("verify_dois", *arguments)
        return
    with pytest.raises(SystemExit) as ended:
        call_command("verify_dois", *arguments)
    assert ended.value.code == code


@BOTH
def test_it_ends_well_where_nothing_differs(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount, capsys: Any
) -> None:
    permanent(moved_clock, own)

    verify()

    assert capsys.readouterr() == ("", "")


@BOTH
def test_it_says_what_differs_and_changes_nothing(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount, capsys: Any
) -> None:
    version = permanent(moved_clock, own)
    edit(sandbox, version, "url", url="https://elsewhere.example/")

    verify(code=1)

    (line,) = capsys.readouterr().out.splitlines()
    severity, place, name, kind, detail, since = line.split("\t")
    assert (severity, place, name) == ("warning", "river-lab", make.doi_of(version).name)
    assert (kind, detail) == ("url", "https://elsewhere.example/")
    assert since.startswith("since 20")
    drain_all()
    assert there(sandbox, make.doi_of(version)) == ("findable", "https://elsewhere.example/")


@BOTH
@pytest.mark.parametrize("act", ["hide", "url", "delete"])
def test_it_repairs_what_can_be_repaired(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount, act: str
) -> None:
    version = permanent(moved_clock, own)
    wanted = there(sandbox, make.doi_of(version))
    edit(sandbox, version, act, url="https://elsewhere.example/" if act == "url" else "")

    verify("--repair", code=1 if act == "delete" else 0)

    assert there(sandbox, make.doi_of(version)) == (None if act == "delete" else wanted)
    assert open_kinds() == (["missing"] if act == "delete" else [])


@BOTH
def test_a_draft_that_was_deleted_there_is_made_anew_with_a_window_of_its_own(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    version = drafted(own)
    before = make.doi_of(version)
    edit(sandbox, version, "delete draft")
    moved_clock.forward(days=2)

    verify("--repair")

    doi = make.doi_of(version)
    assert (doi.name, doi.state) == (before.name, "draft")
    assert None not in {doi.permanent_after, before.permanent_after}
    assert str(doi.permanent_after) > str(before.permanent_after)
    assert there(sandbox, doi) is not None


def test_an_orphan_is_adopted(sandbox: Sandbox, moved_clock: Clock) -> None:
    place = make.configured(default_on=False)
    make.drafted(make.dataset(place))
    drain_all()
    other = make.version(make.dataset(place, "level"))
    name = "10.70112/orph-an00"
    sandbox.control.seed(
        {
            "provider": "datacite",
            "name": name,
            "owner": "ORG.REPO",
            "state": "draft",
            "url": landing_url(other.pk),
        }
    )

    verify(code=1)
    assert open_kinds() == ["orphan"]
    verify("--repair")

    assert make.doi_of(other).name == name
    assert (make.doi_of(other).state, open_kinds()) == ("draft", [])


def test_one_organization_is_looked_at_alone(sandbox: Sandbox, moved_clock: Clock, capsys: Any) -> None:
    version = permanent(moved_clock)
    permanent_elsewhere = make.drafted(make.dataset(make.configured("other-lab", own=make.LASTING_EZID)))
    drain_all()
    edit(sandbox, version, "hide")
    edit(sandbox, permanent_elsewhere, "delete")

    verify("--organization", "other-lab", code=1)

    assert Finding.objects.get().kind == "missing"
    assert "river-lab" not in capsys.readouterr().out
    verify("--organization", "nowhere", code=1)
    assert "There is no organization “nowhere”." in capsys.readouterr().err


def test_it_says_which_account_could_not_be_compared(
    sandbox: Sandbox, moved_clock: Clock, capsys: Any
) -> None:
    permanent(moved_clock)
    sandbox.faults.order([{"match": {"provider": "datacite"}, "action": {"status": 503}}])

    verify(code=1)

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "DataCite ORG.REPO could not be compared" in captured.err
