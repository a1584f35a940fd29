"""Whom a DOI names, and what of it people, kernels, environments and other accounts decide."""

from typing import Any

import pytest

from datasets import services
from datasets.models import Dataset, Version
from doi import clock, relations
from doi.models import Doi, DoiEvent
from doi.registries.base import CheckResult
from doi.relations import NEW, PREVIOUS, Around, Lineages, Neighbour, related
from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account as RegistryAccount
from doi.services import accounts, adoption, issuance
from doi.services.accounts import OwnAccount
from doi.states import State, Step
from tests.doi import breaking
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support.versions import expected, permanent_versions, related_at, succession_at, updates_of

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = OwnAccount("datacite", "production", "ORG.OTHER", "10.82053", password="secret")
TEST = OwnAccount("datacite", "test", "ORG.REPO", "10.70112", password="secret")


@pytest.fixture
def other(sandbox: Sandbox) -> OwnAccount:
    sandbox.accounts.replace(RegistryAccount("datacite", OTHER.account_id, "secret", (OTHER.prefix,)))
    return OTHER


def issue_under(of: Dataset, own: OwnAccount) -> None:
    place, check = of.organization, CheckResult((), domains="*")
    accounts.configure_own(place, own, check=check, default_on=None, by=make.by())


def rows() -> list[Doi]:
    return list(Doi.objects.select_related("account__login", "version").order_by("version__position", "pk"))


def said(sandbox: Sandbox) -> dict[str, list[tuple[str, str]]]:
    ours = [doi for doi in rows() if doi.is_permanent and not doi.is_external]
    return {doi.name: succession_at(sandbox, doi) for doi in ours}


# --- accounts and environments ------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", [OTHER, make.LASTING_EZID], ids=["datacite", "ezid"])
def test_versions_under_two_accounts_name_each_other(
    sandbox: Sandbox, moved_clock: Clock, other: OwnAccount, second: OwnAccount
) -> None:
    of = make.dataset(make.configured())
    for number, own in enumerate([make.DATACITE, second, make.DATACITE]):
        issue_under(of, own)
        make.drafted(of, f"{number}.0")
        drain_all()
    assert len({doi.account_id for doi in rows()}) == 2
    moved_clock.forward(days=7, seconds=1)
    drain_all()

    assert said(sandbox) == expected(rows())
    assert sum(updates_of(doi) for doi in rows()) <= 4


def test_two_that_become_permanent_at_the_same_moment_name_each_other(
    sandbox: Sandbox, moved_clock: Clock, other: OwnAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = make.dataset(make.configured())
    make.drafted(of, "1.0")
    drain_all()
    issue_under(of, other)
    make.drafted(of, "2.0")
    drain_all()
    assert len({doi.account_id for doi in rows()}) == 2
    moved_clock.forward(days=7, seconds=1)
    # The whole of the second's promotion happens while the first's answer is away.
    breaking.while_away(monkeypatch, drain_all)
    drain_all()

    assert said(sandbox) == expected(rows())
    assert [updates_of(doi) for doi in rows()] == [1, 0], "the second saw the first when it was sent"


def test_test_and_production_dois_never_name_each_other(sandbox: Sandbox, moved_clock: Clock) -> None:
    of = make.dataset(make.configured(own=TEST))
    permanent_versions(of, moved_clock, 2)
    issue_under(of, make.LASTING_EZID)
    permanent_versions(of, moved_clock, 2)

    real = {doi.name for doi in rows() if doi.environment == "production"}
    assert said(sandbox) == expected(rows())
    for name, found in said(sandbox).items():
        assert found
        assert {(other in real) for _relation, other in found} == {name in real}


# --- existing DOIs --------------------------------------------------------------------------------------------------


def there_already(sandbox: Sandbox, moved_clock: Clock, own: OwnAccount) -> str:
    """The name of a permanent DOI that is at the registry and not known here any more."""
    version = make.drafted(make.dataset(make.configured("elsewhere", own), "gauge"))
    drain_all()
    moved_clock.forward(days=7, seconds=1)
    drain_all()
    doi = make.doi_of(version)
    Doi.objects.filter(pk=doi.pk).delete()
    return str(doi.name)


@pytest.mark.parametrize("own", [make.DATACITE, OTHER], ids=["managed", "external"])
def test_an_adopted_doi_is_named_and_ours_alone_is_written(
    sandbox: Sandbox, moved_clock: Clock, other: OwnAccount, own: OwnAccount
) -> None:
    name = there_already(sandbox, moved_clock, own)
    of = make.dataset(make.configured())
    versions = [make.version(of, f"{number}.0") for number in range(3)]
    adoption.adopt(versions[1], name, by=make.by())
    issuance.switch_on(of, by=make.by())
    drain_all()
    moved_clock.forward(days=7, seconds=1)
    drain_all()

    first, adopted, last = rows()
    assert adopted.is_external == (own == OTHER)
    assert succession_at(sandbox, first) == [(PREVIOUS, name)]
    assert succession_at(sandbox, last) == [(NEW, name)]
    there = sandbox.store.get("datacite", name)
    assert there is not None
    named = {item["relatedIdentifier"] for item in there.metadata.get("relatedIdentifiers") or []}
    assert named == (set() if adopted.is_external else {first.name, last.name})


# --- what people wrote ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["DOI", "URL"])
@pytest.mark.parametrize("spelling", ["{}", "https://doi.org/{}", "doi:{}"])
@pytest.mark.parametrize("relation", [NEW, PREVIOUS])
def test_a_neighbour_that_somebody_wrote_of_is_left_to_their_word(
    sandbox: Sandbox, moved_clock: Clock, relation: str, spelling: str, kind: str
) -> None:
    if kind == "URL" and not spelling.startswith("https"):
        kind = "DOI"
    of = make.dataset(make.configured())
    versions = permanent_versions(of, moved_clock, 2)
    first, second = rows()
    written = spelling.format(first.name.upper() if kind == "DOI" else first.name)
    item = {"relatedIdentifier": written, "relatedIdentifierType": kind, "relationType": relation}
    services.edit_version_metadata(versions[1], {"relatedIdentifiers": [item]}, by=make.by())
    drain_all()

    assert [each["relationType"] for each in related_at(sandbox, second)] == [relation]
    assert succession_at(sandbox, first) == [(PREVIOUS, second.name)]


def test_other_relations_of_a_neighbour_stay_before_ours(sandbox: Sandbox, moved_clock: Clock) -> None:
    of = make.dataset(make.configured())
    versions = permanent_versions(of, moved_clock, 2)
    first, second = rows()
    item = {"relatedIdentifierType": "DOI", "relatedIdentifier": first.name, "relationType": "Obsoletes"}
    services.edit_version_metadata(versions[1], {"relatedIdentifiers": [item]}, by=make.by())
    drain_all()

    assert [each["relationType"] for each in related_at(sandbox, second)] == ["Obsoletes", NEW]


def neighbour(kind: str) -> Neighbour:
    return Neighbour(7, Version().pk, "10.5072/a", 1, kind, sending=False, told=(None, None))


@pytest.mark.parametrize(
    ("kind", "kernel", "told"),
    [
        ("Dataset", "4.6", "Dataset"),
        ("Poster", "4.7", "Poster"),
        ("Poster", "4.6", None),
        ("Tape", "4.7", None),
    ],
)
def test_a_type_goes_along_where_the_registry_knows_the_word(
    kind: str, kernel: Any, told: str | None
) -> None:
    (entry,) = related({}, Around(older=neighbour(kind)), kernel=kernel)["relatedIdentifiers"]
    assert entry.get("resourceTypeGeneral") == told


@pytest.mark.parametrize("junk", [None, "text", ["text", None], [{"relatedIdentifier": None}]])
def test_what_is_no_list_of_relations_does_not_stop_ours(junk: Any) -> None:
    said_before = junk if isinstance(junk, list) else []
    found = related({"relatedIdentifiers": junk}, Around(newer=neighbour("Dataset")), kernel="4.7")
    assert found["relatedIdentifiers"][: len(said_before)] == said_before
    assert found["relatedIdentifiers"][-1]["relationType"] == PREVIOUS


# --- deaths, doubts and costs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("failpoint", breaking.FAILPOINTS)
def test_a_worker_that_dies_anywhere_loses_no_relation(
    sandbox: Sandbox, moved_clock: Clock, monkeypatch: pytest.MonkeyPatch, failpoint: str
) -> None:
    of = make.dataset(make.configured())
    permanent_versions(of, moved_clock, 1)
    make.version(of, "2.0")
    drain_all()
    moved_clock.forward(days=7, seconds=1)
    breaking.crash(monkeypatch, failpoint)
    breaking.settle(moved_clock)

    assert said(sandbox) == expected(rows())
    assert updates_of(rows()[0]) == 1


def test_one_published_behind_our_back_is_named_too(sandbox: Sandbox, moved_clock: Clock) -> None:
    of = make.dataset(make.configured())
    permanent_versions(of, moved_clock, 1)
    make.version(of, "2.0")
    drain_all()
    breaking.publish_there(sandbox, rows()[1])
    moved_clock.forward(days=7, seconds=1)
    drain_all()

    assert said(sandbox) == expected(rows())


def test_one_whose_metadata_is_refused_here_is_told_when_it_is_mended(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    of = make.dataset(make.configured())
    versions = permanent_versions(of, moved_clock, 1)
    services.edit_version_metadata(versions[0], {"titles": [{"title": " "}]}, by=make.by())
    versions += permanent_versions(of, moved_clock, 1)
    first, second = rows()
    assert first.attention.startswith("metadata.")
    assert succession_at(sandbox, second) == [(NEW, first.name)]
    before = DoiEvent.objects.count()
    breaking.settle(moved_clock, hours=1)
    assert DoiEvent.objects.count() == before, "the two wake each other"

    services.edit_version_metadata(versions[0], {}, by=make.by())
    drain_all()
    assert said(sandbox) == expected(rows())


def test_a_row_that_waits_for_its_next_try_is_not_tried_sooner(sandbox: Sandbox, moved_clock: Clock) -> None:
    of = make.dataset(make.configured())
    permanent_versions(of, moved_clock, 1)
    (first,) = rows()
    later = clock.now() + (clock.now() - first.created_at)
    Doi.objects.update(failures=2, next_attempt_at=later)
    relations.make_due([first.pk], now=clock.now())
    first.refresh_from_db()
    assert first.next_attempt_at == later


def test_a_claimed_batch_costs_one_query_however_many_versions(
    sandbox: Sandbox, moved_clock: Clock, django_assert_num_queries: Any
) -> None:
    place = make.configured()
    for number in range(3):
        of = make.dataset(place, f"stage-{number}")
        for each in range(4):
            make.drafted(of, f"{each}.0")
    drain_all()
    moved_clock.forward(days=7, seconds=1)
    drain_all()
    claimed = rows()
    with django_assert_num_queries(1):
        lineages = Lineages(claimed)
        around = [lineages.around(doi).keys for doi in claimed]
    assert around == [(doi.confirmed_older, doi.confirmed_newer) for doi in claimed]
    with django_assert_num_queries(0):
        Lineages([])


def test_a_draft_past_the_point_of_no_return_is_in_line(sandbox: Sandbox, moved_clock: Clock) -> None:
    of = make.dataset(make.configured())
    permanent_versions(of, moved_clock, 1)
    make.version(of, "2.0")
    drain_all()
    first, second = rows()
    assert Lineages([first]).around(first) == Around()
    Doi.objects.filter(pk=second.pk, state=State.DRAFT).update(step=Step.PROMOTE)
    assert Lineages([first]).around(first).keys == (None, second.pk)
