"""`back_issue`: the plan, or the run."""

import pytest

from datasets import services as versions
from doi.models import BackIssueRun, DoiEvent
from doi.sandbox import Sandbox
from tests.doi.conftest import drain_all
from tests.factories import doi as make
from tests.support.back_issues import BARE
from tests.support.commands import everything, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _two(sandbox: Sandbox) -> None:
    place = make.configured(default_on=False)
    make.version(make.dataset(place, visibility="private"))
    make.version(
        versions.create_dataset(place, slug="bare", visibility="public", metadata=BARE, by=make.by())
    )


@pytest.mark.usefixtures("_two")
def test_a_dry_run_says_what_would_happen_and_changes_nothing() -> None:
    before = everything()

    result = run("back_issue", "--organization", "river-lab", "--dry-run")

    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[:4] == [
        "released versions: 2",
        "ready: 1 (private: 1)",
        "already with a DOI: 0",
        "blocked: 1",
    ]
    assert "  bare 1.0: creators: " in result.out
    assert everything() == before


@pytest.mark.usefixtures("_two")
def test_the_run_is_written_and_the_engine_does_the_rest(sandbox: Sandbox) -> None:
    result = run("back_issue", "--organization", "river-lab")
    assert result.code == 0
    assert sandbox.counts()["total"] == 0
    drain_all()

    assert [record["state"] for record in sandbox.records()] == ["draft"]
    line = DoiEvent.objects.get(event="back_issue_started")
    assert (line.actor, line.cause) == ("command", "back_issue")


@pytest.mark.usefixtures("_two")
def test_a_second_one_beside_it_is_refused() -> None:
    run("back_issue", "--organization", "river-lab")
    before = everything()

    result = run("back_issue", "--organization", "river-lab")

    assert (result.code, len(result.errors)) == (1, 1)
    assert "under way already" in result.err
    assert everything() == before


@pytest.mark.parametrize(
    ("slug", "sentence"),
    [
        ("nobody", "There is no organization “nobody”.\n"),
        ("river-lab", "No DOI account is in force here, so there is nothing to issue with.\n"),
    ],
)
def test_what_cannot_be_is_one_sentence(db: None, slug: str, sentence: str) -> None:
    make.organization()

    result = run("back_issue", "--organization", slug)

    assert (result.code, result.err) == (1, sentence)
    assert not BackIssueRun.objects.exists()


def test_no_organization_is_a_wrong_call(db: None) -> None:
    result = run("back_issue")

    assert (result.code, len(result.errors)) == (2, 1)
