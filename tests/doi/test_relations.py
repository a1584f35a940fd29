"""Versions that follow each other name each other at the registry, once both are permanent, and not before."""

from typing import Any

import pytest

from datasets import services
from datasets.models import Version
from doi.models import Doi
from doi.sandbox import Sandbox
from doi.services import windows
from doi.services.accounts import OwnAccount
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support.versions import (
    NEW,
    PREVIOUS,
    expected,
    permanent_versions,
    related_at,
    succession_at,
    updates_of,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("own", [make.DATACITE, make.LASTING_EZID], ids=["datacite", "ezid"]),
]


def names(versions: list[Version]) -> list[str]:
    return [make.doi_of(version).name for version in versions]


def at_rest(sandbox: Sandbox) -> bool:
    rows = list(Doi.objects.select_related("account__login", "version"))
    return {doi.name: succession_at(sandbox, doi) for doi in rows} == {
        doi.name: [] for doi in rows
    } | expected(rows)


def test_a_draft_says_nothing_of_its_neighbours(sandbox: Sandbox, moved_clock: Clock, own: Any) -> None:
    of = make.dataset(make.configured(own=own))
    permanent_versions(of, moved_clock, 1)
    second = make.version(of, "2.0")
    drain_all()
    services.edit_metadata(of, {**make.METADATA, "sizes": ["1 MB"]}, by=make.by())
    drain_all()

    assert make.doi_of(second).state == "draft"
    assert succession_at(sandbox, make.doi_of(second)) == []
    assert at_rest(sandbox)


def test_a_version_that_becomes_permanent_names_the_older_one_and_is_named_by_it(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    of = make.dataset(make.configured(own=own))
    versions = permanent_versions(of, moved_clock, 2)
    first, second = names(versions)

    kind = {"relatedIdentifierType": "DOI", "resourceTypeGeneral": "Dataset"}
    assert related_at(sandbox, make.doi_of(versions[1])) == [
        {"relatedIdentifier": first, "relationType": NEW, **kind}
    ]
    assert related_at(sandbox, make.doi_of(versions[0])) == [
        {"relatedIdentifier": second, "relationType": PREVIOUS, **kind}
    ]
    assert [updates_of(make.doi_of(version)) for version in versions] == [1, 0]


def test_ten_that_become_permanent_at_once_cost_one_update_for_each_older_one(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    of = make.dataset(make.configured(own=own))
    versions = [make.drafted(of, f"{number}.0") for number in range(10)]
    drain_all()
    moved_clock.forward(days=7, seconds=1)
    drain_all()

    assert at_rest(sandbox)
    assert [updates_of(make.doi_of(version)) for version in versions] == [1] * 9 + [0]


def test_one_that_comes_between_two_is_named_by_both(sandbox: Sandbox, moved_clock: Clock, own: Any) -> None:
    of = make.dataset(make.configured(own=own))
    versions = [make.drafted(of, f"{number}.0") for number in range(3)]
    drain_all()
    windows.hold(make.doi_of(versions[1]), reason="looked at", by=make.by())
    moved_clock.forward(days=7, seconds=1)
    drain_all()
    assert succession_at(sandbox, make.doi_of(versions[0])) == [(PREVIOUS, names(versions)[2])]

    windows.lift_hold(make.doi_of(versions[1]), by=make.by())
    moved_clock.forward(days=1, seconds=1)
    drain_all()

    assert at_rest(sandbox)
    assert [updates_of(make.doi_of(version)) for version in versions] == [2, 0, 1]


def test_a_withdrawn_version_stays_between_its_neighbours(
    sandbox: Sandbox, moved_clock: Clock, own: Any
) -> None:
    of = make.dataset(make.configured(own=own))
    versions = permanent_versions(of, moved_clock, 3)
    before = [updates_of(make.doi_of(version)) for version in versions]
    services.delete_version(versions[1], reason="Faulty sensor", by=make.by())
    drain_all()

    assert make.doi_of(versions[1]).state == "registered"
    assert at_rest(sandbox)
    assert [updates_of(make.doi_of(version)) for version in versions] == before


def test_hidden_versions_name_each_other_too(sandbox: Sandbox, moved_clock: Clock, own: Any) -> None:
    of = make.dataset(make.configured(own=own), visibility="private")
    versions = permanent_versions(of, moved_clock, 2)

    assert {make.doi_of(version).state for version in versions} == {"registered"}
    assert at_rest(sandbox)
    services.set_visibility(of, "public", by=make.by())
    drain_all()
    assert at_rest(sandbox)


def test_every_later_update_says_it_again(sandbox: Sandbox, moved_clock: Clock, own: Any) -> None:
    of = make.dataset(make.configured(own=own))
    versions = permanent_versions(of, moved_clock, 3)
    before = [updates_of(make.doi_of(version)) for version in versions]
    services.edit_metadata(of, {**make.METADATA, "sizes": ["1 MB"]}, by=make.by())
    drain_all()

    assert at_rest(sandbox)
    assert [updates_of(make.doi_of(version)) for version in versions] == [each + 1 for each in before]


def test_the_other_versions_own_type_is_told(sandbox: Sandbox, moved_clock: Clock, own: Any) -> None:
    of = make.dataset(make.configured(own=own), types={"resourceTypeGeneral": "Collection"})
    versions = permanent_versions(of, moved_clock, 1)
    services.edit_version_metadata(versions[0], {"types": {"resourceTypeGeneral": "Software"}}, by=make.by())
    versions += permanent_versions(of, moved_clock, 1)

    kinds = [related_at(sandbox, make.doi_of(version))[0]["resourceTypeGeneral"] for version in versions]
    assert kinds == ["Collection", "Software"]


def test_a_newer_version_that_is_refused_is_never_named(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    of = make.dataset(make.configured(own=own))
    versions = permanent_versions(of, moved_clock, 1)
    versions.append(make.version(of, "2.0"))
    drain_all()
    moved_clock.forward(days=7, seconds=1)
    body = "error: bad request - metadata" if own.provider == "ezid" else '{"errors": [{"title": "no"}]}'
    methods = ("PUT", "POST")
    refused = {"status": 400 if own.provider == "ezid" else 422, "body": body}
    sandbox.faults.order([{"match": {"method": each}, "times": 9, "action": refused} for each in methods])
    drain_all()
    sandbox.faults.order([])

    assert make.doi_of(versions[1]).state == "draft"
    assert at_rest(sandbox)
    assert updates_of(make.doi_of(versions[0])) == 0
