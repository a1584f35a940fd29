"""One row per version that has or should have a DOI, in a form that other programs rely on."""

import csv
import io
import json
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from doi.address import landing_url
from doi.management.exporting import FORMULA_SIGNS, cell
from doi.models import Configuration, DatasetIssuance, Doi, Source
from doi.states import Environment, State
from organizations.models import Organization
from tests.datasets import make
from tests.doi.landing import make as doi_make

FIELDS = [
    "organization",
    "dataset",
    "version",
    "doi",
    "state",
    "tombstone",
    "provider",
    "environment",
    "account",
    "prefix",
    "url",
    "draft_at",
    "permanent_after",
    "permanent_at",
    "attempts",
    "last_error",
    "attention",
]


def exported(*arguments: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("export_dois", "--format", "jsonl", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture
def hydro(db: None) -> Organization:
    return make.organization()


def test_a_permanent_doi_is_told_in_full(hydro: Organization) -> None:
    version = make.version(make.dataset(hydro), "1.0")
    doi_make.doi(version)
    (row,) = exported()
    assert list(row) == FIELDS
    assert row == {
        "organization": "hydro",
        "dataset": "river",
        "version": "1.0",
        "doi": "10.1234/abcd-ef89",
        "state": "findable",
        "tombstone": False,
        "provider": "datacite",
        "environment": "production",
        "account": "EXAMPLE.REPO",
        "prefix": "10.1234",
        "url": landing_url(version.pk),
        "draft_at": "2026-03-01T12:00:00.000000Z",
        "permanent_after": "2026-03-08T12:00:00.000000Z",
        "permanent_at": "2026-03-08T12:00:00.000000Z",
        "attempts": 0,
        "last_error": None,
        "attention": None,
    }


def test_what_waits_for_a_person_says_why(hydro: Organization) -> None:
    version = make.version(make.dataset(hydro), "1.0")
    doi_make.doi(
        version,
        State.PLANNED,
        attempts=3,
        last_error="the registry's words",
        attention="metadata.creators",
        attention_text="Add a creator.",
    )
    (row,) = exported()
    assert (row["state"], row["attention"]) == ("planned", "metadata.creators: Add a creator.")
    assert (row["attempts"], row["last_error"]) == (3, "the registry's words")
    assert row["permanent_at"] is None


def test_a_version_that_should_have_a_doi_and_has_no_row_is_planned(hydro: Organization) -> None:
    on, off = make.dataset(hydro, "on"), make.dataset(hydro, "off")
    DatasetIssuance.objects.create(dataset=on, on=True)
    DatasetIssuance.objects.create(dataset=off, on=False)
    version = make.version(on, "1.0")
    make.version(on, "2.0", released=False)
    make.version(off, "1.0")
    deleted = make.dataset(hydro, "deleted")
    DatasetIssuance.objects.create(dataset=deleted, on=True)
    make.version(deleted, "1.0", deleted=True)
    (row,) = exported()
    assert (row["dataset"], row["version"], row["state"], row["doi"]) == ("on", "1.0", "planned", None)
    assert row["url"] == landing_url(version.pk)
    assert row["attention"].startswith("account.none: No DOI account is in force")


def test_a_version_that_will_get_its_row_soon_needs_nobody(hydro: Organization) -> None:
    dataset = make.dataset(hydro)
    DatasetIssuance.objects.create(dataset=dataset, on=True)
    make.version(dataset, "1.0")
    Configuration.objects.create(organization=hydro, source=Source.OWN, account=doi_make.account(hydro))
    (row,) = exported()
    assert (row["state"], row["attention"]) == ("planned", None)


def test_the_production_doi_stands_for_a_version_that_has_both(hydro: Organization) -> None:
    version = make.version(make.dataset(hydro), "1.0")
    doi_make.doi(version, name="10.5072/test", environment=Environment.TEST)
    doi_make.doi(version, State.DRAFT, name="10.1234/real")
    only_test = make.version(make.dataset(hydro, "other"), "1.0")
    doi_make.doi(only_test, name="10.5072/only", environment=Environment.TEST)
    assert [(row["doi"], row["environment"]) for row in exported()] == [
        ("10.5072/only", "test"),
        ("10.1234/real", "production"),
    ]


def test_discarded_and_withdrawn_ones_are_never_forgotten(hydro: Organization) -> None:
    dataset = make.dataset(hydro)
    doi_make.doi(make.version(dataset, "1.0", deleted=True), State.DISCARDED, name="10.1234/one")
    doi_make.doi(
        make.version(dataset, "2.0", deleted=True),
        State.REGISTERED,
        name="10.1234/two",
        withdrawn_at=make.NOW,
    )
    assert [(row["state"], row["tombstone"]) for row in exported()] == [
        ("discarded", False),
        ("registered", True),
    ]


def test_a_doi_outlives_the_row_of_its_version(hydro: Organization) -> None:
    version = make.version(make.dataset(hydro), "1.0")
    doi_make.doi(version, State.DISCARDED, tombstone={"slug": "river", "number": "1.0"})
    doi_make.doi(version, State.DISCARDED, name="10.5072/test", environment=Environment.TEST)
    Doi.objects.update(version=None)
    rows = exported("--organization", "hydro")
    assert [(row["dataset"], row["version"], row["doi"]) for row in rows] == [
        ("river", "1.0", "10.1234/abcd-ef89")
    ]


def test_somebody_elses_doi_has_no_account_of_ours(hydro: Organization) -> None:
    doi_make.doi(make.version(make.dataset(hydro), "1.0"), account=None, name="10.9999/theirs")
    (row,) = exported()
    assert (row["account"], row["provider"], row["url"], row["prefix"]) == (None, None, None, "10.9999")


def test_rows_come_in_the_order_of_organization_dataset_and_version(hydro: Organization) -> None:
    air = make.organization("air")
    for organization, slug, number in [
        (hydro, "b", "1"),
        (hydro, "a", "2"),
        (hydro, "a", "10"),
        (air, "z", "1"),
    ]:
        dataset = organization.datasets.filter(slug=slug).first() or make.dataset(organization, slug)
        doi_make.doi(make.version(dataset, number), name=f"10.1234/{organization.slug}{slug}{number}")
    places = [(row["organization"], row["dataset"], row["version"]) for row in exported()]
    assert places == [("air", "z", "1"), ("hydro", "a", "2"), ("hydro", "a", "10"), ("hydro", "b", "1")]
    assert {row["organization"] for row in exported("--organization", "air")} == {"air"}


def test_the_queries_do_not_grow_with_the_rows(
    hydro: Organization, django_assert_max_num_queries: Any
) -> None:
    dataset = make.dataset(hydro)
    for number in range(30):
        doi_make.doi(make.version(dataset, str(number)), name=f"10.1234/{number}")
    # One of them asks PostgreSQL what time it is.
    with django_assert_max_num_queries(4):
        assert len(exported()) == 30


def test_csv_has_the_same_fields_and_no_cell_that_a_spreadsheet_would_run(hydro: Organization) -> None:
    dataset = make.dataset(hydro)
    doi_make.doi(make.version(dataset, "=1+1"), last_error='-1, "quoted"\nsecond line')
    out = io.StringIO()
    call_command("export_dois", "--format", "csv", stdout=out)
    header, row = csv.reader(io.StringIO(out.getvalue()))
    assert header == FIELDS
    values = dict(zip(header, row, strict=True))
    assert values["version"] == "'=1+1"
    assert values["last_error"] == '\'-1, "quoted"\nsecond line'
    assert (values["tombstone"], values["attention"]) == ("false", "")


@pytest.mark.parametrize("sign", FORMULA_SIGNS)
def test_every_sign_of_a_formula_is_disarmed(sign: str) -> None:
    assert cell(f"{sign}x") == f"'{sign}x"
    assert cell(f"x{sign}") == f"x{sign}"


def test_an_unknown_organization_is_refused_in_one_line(db: None) -> None:
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("export_dois", "--format", "csv", "--organization", "nobody", stdout=out, stderr=err)
    assert caught.value.code == 1
    assert err.getvalue() == "There is no organization “nobody”.\n"
    assert out.getvalue() == ""


@pytest.mark.parametrize("arguments", [[], ["--format", "xml"], ["--format", "csv", "--no-such"]])
def test_a_wrong_call_says_so_in_one_line(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "export_dois", *arguments],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_help_names_the_options() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "export_dois", "--help"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--organization SLUG" in done.stdout
