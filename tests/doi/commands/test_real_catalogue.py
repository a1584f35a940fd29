"""The main job on real input, by its commands: from the import to permanent."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from doi.judgement import judge
from doi.metadata import to_xml
from doi.models import Doi
from doi.sandbox import Sandbox
from organizations.models import Organization
from tests.doi.conftest import Clock, drain_all
from tests.support.commands import rows, run

pytestmark = [pytest.mark.reference, pytest.mark.django_db(transaction=True)]

CONSORTIUM = "open-research-consortium"
ACCOUNTS = {
    "datacite": ("datacite", "production", "ORG.REPO", "10.70112"),
    "ezid": ("ezid", "test", "apiuser", "doi:10.5072/FK2"),
}


def configure(*arguments: str, stdin: str | None = None) -> None:
    result = run("configure_doi", *arguments, stdin=stdin)
    assert result.code == 0, result.err


@pytest.fixture(params=["datacite", "ezid"])
def back_issued(
    request: pytest.FixtureRequest, sandbox: Sandbox, moved_clock: Clock, reference_dir: Path
) -> str:
    """The whole catalogue, an account for the consortium, every organization inheriting, drafts made."""
    assert run("import_catalog", reference_dir / "data" / "real-catalog.jsonl").code == 0
    provider, environment, account, prefix = ACCOUNTS[request.param]
    configure(
        *("--institution", CONSORTIUM, "--provider", provider, "--environment", environment),
        *("--account", account, "--prefix", prefix),
        stdin="secret\n",
    )
    for slug in Organization.objects.values_list("slug", flat=True):
        configure("--organization", slug, "--inherit", "--back-issue")
    sandbox.reset_counts()
    drain_all()
    return provider


def drafts(found: list[dict[str, Any]]) -> list[str]:
    return [row["doi"] for row in found if row["state"] == "draft"]


def test_every_version_gets_one_draft_or_a_reason_and_later_is_permanent(
    back_issued: str, sandbox: Sandbox, moved_clock: Clock, reference_dir: Path
) -> None:
    found = rows()
    assert Organization.objects.count() == 28
    assert len(found) == 54, "60 versions, 6 of them deleted"
    made = drafts(found)
    assert len(made) >= 50
    assert sorted(record["name"] for record in sandbox.records()) == sorted(made)
    assert sandbox.counts()["total"] == len(made), "one request for each"
    for row in found:
        if row["state"] != "draft":
            word, _colon, sentence = row["attention"].partition(": ")
            assert (row["state"], word.startswith("metadata."), sentence[-1]) == ("planned", True, "."), row
    _assert_xml_is_valid(reference_dir)

    sandbox.reset_counts()
    drain_all()
    assert sandbox.counts()["total"] == 0, "a second run sends nothing"

    moved_clock.forward(days=7, seconds=1)
    drain_all()
    private = Doi.objects.filter(public=False, state="registered").count()
    states = Counter(row["state"] for row in rows())
    assert states["findable"] + states["registered"] == len(made)
    assert states["registered"] == private > 0
    each = 2 if back_issued == "datacite" else 3
    datasets = Doi.objects.filter(permanent_at__isnull=False).values("version__dataset").distinct().count()
    # Counted apart: one update of each older version when its successor becomes permanent.
    assert sandbox.counts()["total"] <= each * len(made) + (len(made) - datasets)


def test_the_same_commands_again_send_nothing(
    back_issued: str, sandbox: Sandbox, reference_dir: Path
) -> None:
    before = rows()
    sandbox.reset_counts()

    again = run("import_catalog", reference_dir / "data" / "real-catalog.jsonl")
    for slug in Organization.objects.values_list("slug", flat=True):
        configure("--organization", slug, "--inherit", "--back-issue")
    drain_all()

    assert (again.code, again.err) == (0, "")
    assert sandbox.counts()["total"] == 0
    assert rows() == before


def _assert_xml_is_valid(reference_dir: Path) -> None:
    path = reference_dir / "reference" / "datacite-schema" / "metadata.xsd"
    schema = etree.XMLSchema(etree.parse(str(path)))
    loaded = Doi.objects.filter(state="draft").select_related(
        "account__login", "version__dataset__organization", "version__dataset__issuance", "organization"
    )
    for doi in loaded:
        described = judge(doi).described
        assert described is not None
        schema.assertValid(etree.fromstring(to_xml(described, name=doi.name).encode()))
