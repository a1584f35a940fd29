"""The checker finds what it is there to find: one violation of each rule is planted, alone."""

from copy import deepcopy
from typing import Any

import pytest

from tests.integration.checker import Evidence, findings, wanted_of

pytestmark = pytest.mark.integration

CATALOGUE: list[dict[str, Any]] = [
    {"type": "organization", "slug": "lab", "name": "Lab"},
    {
        "type": "dataset",
        "organization": "lab",
        "slug": "tide",
        "visibility": "public",
        "versions": [
            {"number": "1", "released": "2020-01-01T00:00:00Z", "deleted": None},
            {"number": "2", "released": "2021-01-01T00:00:00Z", "deleted": "2021-02-01T00:00:00Z"},
            {"number": "3", "released": None},
        ],
    },
    {
        "type": "dataset",
        "organization": "lab",
        "slug": "wells",
        "visibility": "private",
        "versions": [{"number": "1", "released": "2020-01-01T00:00:00Z"}],
    },
    {
        "type": "dataset",
        "organization": "lab",
        "slug": "gone",
        "visibility": "public",
        "deleted": "2022-01-01T00:00:00Z",
        "versions": [{"number": "1", "released": "2020-01-01T00:00:00Z"}],
    },
]
SITE = "https://data.example.org/v/"


def row(dataset: str, state: str, name: str) -> dict[str, Any]:
    return {
        "organization": "lab",
        "dataset": dataset,
        "version": "1",
        "doi": name,
        "state": state,
        "url": SITE + dataset,
        "draft_at": "2026-01-01T00:00:00.250000Z",
        "attention": None,
    }


def line(seq: int, at: str, name: str, dataset: str, before: str | None, after: str | None) -> dict[str, Any]:
    return {
        "seq": seq,
        "at": f"2026-01-01T00:00:{at}Z",
        "doi": name,
        "url": SITE + dataset,
        "state_before": before,
        "state_after": after,
    }


@pytest.fixture
def world() -> dict[str, list[dict[str, Any]]]:
    """Two versions, both permanent in time."""
    return {
        "rows": [row("tide", "findable", "10.1/a"), row("wells", "registered", "10.1/b")],
        "records": [
            {"name": "10.1/a", "state": "findable", "url": SITE + "tide"},
            {"name": "10.1/b", "state": "registered", "url": SITE + "wells"},
        ],
        "log": [
            line(1, "00.200", "10.1/a", "tide", None, "draft"),
            line(2, "00.210", "10.1/b", "wells", None, "draft"),
            line(3, "08.249", "10.1/a", "tide", "draft", "findable"),
            line(4, "08.300", "10.1/b", "wells", "draft", "registered"),
        ],
    }


def judged(world: dict[str, list[dict[str, Any]]]) -> list[str]:
    return findings(Evidence(wanted=wanted_of(CATALOGUE), window=8, **deepcopy(world)))


def test_a_world_in_order_has_no_finding(world: dict[str, Any]) -> None:
    assert judged(world) == []


def test_only_released_versions_that_are_still_there_are_wanted() -> None:
    assert wanted_of(CATALOGUE) == {("lab", "tide", "1"): "findable", ("lab", "wells", "1"): "registered"}


def test_two_dois_of_one_version_are_found(world: dict[str, Any]) -> None:
    world["records"].append({"name": "10.1/c", "state": "draft", "url": SITE + "tide"})
    assert {each.split(":")[0] for each in judged(world)} == {"duplicate"}
    assert len(judged(world)) == 2


def test_a_second_doi_that_has_vanished_since_is_found(world: dict[str, Any]) -> None:
    world["log"].append(line(5, "09.000", "10.1/c", "tide", None, "draft"))
    world["log"].append(line(6, "09.100", "10.1/c", "tide", "draft", None))
    assert judged(world) == [f"duplicate: {SITE}tide was made 2 times: 10.1/a, 10.1/c"]


def test_a_doi_without_a_row_is_found(world: dict[str, Any]) -> None:
    world["records"].append({"name": "10.1/c", "state": "draft", "url": SITE + "other"})
    assert judged(world) == ["duplicate: the registry holds 10.1/c, which no row knows"]


def test_a_version_in_two_rows_is_found(world: dict[str, Any]) -> None:
    world["rows"].append(row("tide", "planned", "10.1/c"))
    assert "duplicate: ('lab', 'tide', '1') is 2 times among the versions in the export" in judged(world)


def test_a_version_without_a_row_is_found(world: dict[str, Any]) -> None:
    world["rows"].pop()
    world["records"].pop()
    assert judged(world) == ["lost: ('lab', 'wells', '1') has no row"]


def test_a_draft_left_behind_is_found(world: dict[str, Any]) -> None:
    world["rows"][0]["state"] = world["records"][0]["state"] = "draft"
    assert judged(world) == ["lost: ('lab', 'tide', '1') is draft and not findable"]


def test_a_private_version_that_can_be_found_is_found(world: dict[str, Any]) -> None:
    world["rows"][1]["state"] = world["records"][1]["state"] = "findable"
    assert judged(world) == ["lost: ('lab', 'wells', '1') is findable and not registered"]


def test_a_row_that_the_registry_does_not_bear_out_is_found(world: dict[str, Any]) -> None:
    world["records"].pop()
    assert judged(world) == ["lost: 10.1/b is registered in the database and None at the registry"]


def test_a_doi_that_leads_elsewhere_is_found(world: dict[str, Any]) -> None:
    world["records"][0]["url"] = SITE + "elsewhere"
    assert judged(world) == [f"lost: 10.1/a leads to {SITE}elsewhere and not to {SITE}tide"]


def test_a_doi_that_nobody_asked_for_is_found(world: dict[str, Any]) -> None:
    world["rows"].append(row("gone", "draft", "10.1/c"))
    world["records"].append({"name": "10.1/c", "state": "draft", "url": SITE + "gone"})
    assert judged(world) == ["lost: ('lab', 'gone', '1') was not asked for and is draft"]


def test_a_permanent_doi_that_is_no_longer_permanent_is_found(world: dict[str, Any]) -> None:
    world["log"].append(line(5, "09.000", "10.1/a", "tide", "findable", None))
    assert judged(world) == ["lost: 10.1/a was permanent until line 5 of the log"]


@pytest.mark.parametrize("at", ["08.199", "08.248"], ids=["by the registry", "by the database"])
def test_a_doi_permanent_too_early_is_found(world: dict[str, Any], at: str) -> None:
    world["log"][2]["at"] = f"2026-01-01T00:00:{at}Z"
    assert [each.split(":")[0] for each in judged(world)] == ["early"]


def test_a_doi_published_without_a_draft_is_found(world: dict[str, Any]) -> None:
    del world["log"][1]
    world["rows"][1]["draft_at"] = None
    assert judged(world) == ["early: 10.1/b became permanent without ever having been a draft"]


def test_a_doi_that_waits_for_a_person_is_found(world: dict[str, Any]) -> None:
    world["rows"][0]["attention"] = "taken: This name is somebody else's."
    assert judged(world) == ["parked: ('lab', 'tide', '1'): taken: This name is somebody else's."]
