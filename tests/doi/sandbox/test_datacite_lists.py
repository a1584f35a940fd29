"""DataCite's lists: pages, filters, who sees what, and how far they run behind (registry protocols, 1.8)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doi.sandbox import Sandbox
from doi.sandbox.behaviour import Behaviour
from doi.sandbox.store import Record
from tests.doi.sandbox.calls import COMPLETE, NAME, URL, body, datacite, draft
from tests.support.sandbox import sandbox_with

ORG, OTHER = ("org.repo", "secret"), ("other.repo", "secret")


def world(**settings: Any) -> Sandbox:
    return sandbox_with(
        datacite=[("ORG.REPO", "secret", "10.70112"), ("OTHER.REPO", "secret", "10.70113")], **settings
    )


@pytest.fixture
def sandbox() -> Sandbox:
    """One DOI in each state, and one of another repository."""
    sandbox = world()
    for state, event in (("draft", None), ("registered", "register"), ("findable", "publish")):
        draft(sandbox, f"10.70112/{state}", **COMPLETE, event=event)
    datacite(sandbox, auth=OTHER).post(
        "/dois", json=body(doi="10.70113/other", titles=[{"title": "Tide gauges"}])
    )
    return sandbox


def page(sandbox: Sandbox, query: str = "", auth: tuple[str, str] | None = ORG) -> dict[str, Any]:
    answer = datacite(sandbox, auth=auth).get(f"/dois{query}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def names(document: dict[str, Any]) -> list[str]:
    return [each["id"].partition("/")[2] for each in document["data"]]


@pytest.mark.parametrize(
    ("auth", "seen"),
    [
        (ORG, {"draft", "registered", "findable", "other"}),
        (OTHER, {"draft", "registered", "findable", "other"}),
        (("org.repo", "no"), {"findable"}),
        (None, {"findable"}),
    ],
    ids=["owner", "another account", "wrong password", "nobody"],
)
@pytest.mark.parametrize("query", ["", "?state=draft,registered,findable"])
def test_every_account_sees_every_state_and_others_findable_ones(
    sandbox: Sandbox, auth: tuple[str, str] | None, seen: set[str], query: str
) -> None:
    assert set(names(page(sandbox, query, auth))) == seen


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?client-id=org.repo", {"draft", "registered", "findable"}),
        ("?client-id=OTHER.REPO", {"other"}),
        ("?client-id=no.such", set()),
        ("?prefix=10.70113", {"other"}),
        ("?prefix=10.70112,10.70113&state=draft", {"draft", "other"}),
        ("?state=registered,findable", {"registered", "findable"}),
        ("?query=doi:10.70112/FINDABLE", {"findable"}),
        ('?query=doi:"10.70112/findable"', {"findable"}),
        (r"?query=doi:10.70112\/findable", {"findable"}),
        ("?query=doi:10.70112/*", {"draft", "registered", "findable"}),
        ("?query=doi:10.70112/draft OR doi:10.70113/other", {"draft", "other"}),
        ("?query=doi:10.70112/absent", set()),
        ("?query=tide", {"other"}),
    ],
)
def test_a_filter_narrows_the_list(sandbox: Sandbox, query: str, found: set[str]) -> None:
    document = page(sandbox, query)

    assert set(names(document)) == found
    assert document["meta"]["total"] == len(found)


@pytest.mark.parametrize("query", ["doi:(10.70112", 'doi:"10.70112', "doi:", "a AND"])
def test_a_query_that_cannot_be_read_has_its_errors_as_an_object(sandbox: Sandbox, query: str) -> None:
    answer = datacite(sandbox).get("/dois", params={"query": query})

    assert answer.status_code == 400
    assert answer.json() == {"errors": {"title": f"Failed to parse query [{query}]"}}


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", [4, 3, 2, 1]),
        ("&sort=created", [1, 2, 3, 4]),
        ("&sort=-created", [4, 3, 2, 1]),
        ("&sort=name", [1, 2, 3, 4]),
        ("&sort=-name", [4, 3, 2, 1]),
        ("&page[cursor]=1", [1, 2, 3, 4]),
        ("&page[cursor]=1&sort=-created", [1, 2, 3, 4]),
    ],
)
def test_a_list_has_an_order(query: str, order: list[int]) -> None:
    sandbox = world()
    for number in range(1, 5):
        draft(sandbox, f"10.70112/{number}")

    assert names(page(sandbox, f"?prefix=10.70112{query}")) == [str(number) for number in order]


def test_random_mixes_and_never_goes_with_a_cursor(sandbox: Sandbox) -> None:
    assert set(names(page(sandbox, "?random=true"))) == {"draft", "registered", "findable", "other"}

    answer = datacite(sandbox).get("/dois?random=true&page[cursor]=1")
    assert (answer.status_code, answer.json()["errors"][0]["status"]) == (400, "400")


@pytest.mark.parametrize(
    ("query", "has_xml"), [("", False), ("&detail=true", True), ("&detail=false", False)]
)
def test_a_list_has_xml_only_on_demand(sandbox: Sandbox, query: str, *, has_xml: bool) -> None:
    (found,) = page(sandbox, f"?state=findable{query}")["data"]

    assert ("xml" in found["attributes"]) is has_xml


@pytest.mark.parametrize(
    ("query", "publisher", "affiliation"),
    [
        ("", "Example University", ["Example University"]),
        ("&publisher=true", {"name": "Example University"}, ["Example University"]),
        ("&affiliation=true", "Example University", [{"name": "Example University"}]),
    ],
)
def test_a_list_has_objects_only_on_demand(
    sandbox: Sandbox, query: str, publisher: object, affiliation: object
) -> None:
    (found,) = page(sandbox, f"?state=findable{query}")["data"]

    assert found["attributes"]["publisher"] == publisher
    assert found["attributes"]["creators"][0]["affiliation"] == affiliation


# --- Pages ------------------------------------------------------------------------------------------------------------


def filled(count: int) -> Sandbox:
    sandbox = world()
    at = "2027-01-01T00:00:00.000Z"
    for number in range(count):
        sandbox.store.save(Record("datacite", f"10.70112/{number:05}", "org.repo", "draft", "", at, at))
    return sandbox


@pytest.fixture(scope="module")
def many() -> Sandbox:
    """More DOIs than page numbers reach."""
    return filled(10_020)


@pytest.mark.parametrize(
    ("query", "length", "first", "meta"),
    [
        ("", 25, "10019", {"total": 10020, "totalPages": 400, "page": 1}),
        ("?page[size]=1000", 1000, "10019", {"total": 10020, "totalPages": 10, "page": 1}),
        ("?page[size]=5000", 1000, "10019", {"total": 10020, "totalPages": 10, "page": 1}),
        ("?page[size]=0", 0, None, {"total": 10020, "totalPages": 0, "page": 1}),
        ("?page[size]=1000&page[number]=10", 1000, "01019", {"total": 10020, "totalPages": 10, "page": 10}),
        ("?page[size]=1000&page[number]=11", 1000, "01019", {"total": 10020, "totalPages": 10, "page": 10}),
        ("?page[size]=1000&page[cursor]=1", 1000, "00000", {"total": 10020, "totalPages": 11}),
    ],
    ids=["25 by default", "1000", "1000 at most", "none", "tenth thousand", "no further", "cursor"],
)
def test_a_page_has_its_limits(
    many: Sandbox, query: str, length: int, first: str | None, meta: dict[str, int]
) -> None:
    document = page(many, query)

    assert len(document["data"]) == length
    assert document["meta"] == meta
    if first is not None:
        assert names(document)[0] == first


def walk(sandbox: Sandbox, address: str | None) -> list[list[str]]:
    pages = []
    while address is not None:
        document = datacite(sandbox).get(address).json()
        pages.append(names(document))
        address = document["links"].get("next")
    return pages


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (9, [9]), (10, [10, 0]), (25, [10, 10, 5])], ids=str)
def test_a_cursor_walks_through_everything_once_oldest_first(count: int, sizes: list[int]) -> None:
    pages = walk(filled(count), "/dois?client-id=org.repo&page[cursor]=1&page[size]=10")

    assert [len(each) for each in pages] == sizes
    assert [name for each in pages for name in each] == [f"{number:05}" for number in range(count)]


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (10, [10]), (25, [10, 10, 5])], ids=str)
def test_page_numbers_walk_newest_first(count: int, sizes: list[int]) -> None:
    pages = walk(filled(count), "/dois?client-id=org.repo&page[size]=10")

    assert [len(each) for each in pages] == sizes
    assert [name for each in pages for name in each] == [f"{number:05}" for number in reversed(range(count))]


def test_a_cursor_goes_by_creation_and_not_by_name() -> None:
    sandbox = sandbox_with()
    for letter in "mzakb":
        draft(sandbox, f"10.70112/{letter}")

    pages = walk(sandbox, "/dois?client-id=org.repo&page[cursor]=1&page[size]=2")

    assert pages == [["m", "z"], ["a", "k"], ["b"]]


def test_a_cursor_goes_beyond_ten_thousand(many: Sandbox) -> None:
    pages = walk(many, "/dois?page[cursor]=1&page[size]=1000")

    assert [len(each) for each in pages] == [1000] * 10 + [20]


def test_a_cursor_that_nobody_gave_is_refused(sandbox: Sandbox) -> None:
    assert datacite(sandbox).get("/dois?page[cursor]=nonsense").status_code == 400


# --- Behind -----------------------------------------------------------------------------------------------------------


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2027, 2, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def create(sandbox: Sandbox) -> None:
    draft(sandbox, "10.70112/new")


def publish(sandbox: Sandbox) -> None:
    datacite(sandbox).put(f"/dois/{NAME}", json=body(event="publish"))


def delete(sandbox: Sandbox) -> None:
    datacite(sandbox).delete(f"/dois/{NAME}")


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        (create, {NAME: "draft"}, {NAME: "draft", "10.70112/new": "draft"}),
        (publish, {NAME: "draft"}, {NAME: "findable"}),
        (delete, {NAME: "draft"}, {}),
    ],
)
def test_a_list_runs_behind_while_one_doi_is_read_at_once(
    act: Callable[[Sandbox], None], before: dict[str, str], after: dict[str, str]
) -> None:
    time = Time()
    sandbox = world(clock=time, behaviour=Behaviour(list_lag=60))
    draft(sandbox, **COMPLETE)
    time.now += timedelta(hours=1)

    act(sandbox)

    def listed() -> dict[str, str]:
        return {each["id"]: each["attributes"]["state"] for each in page(sandbox)["data"]}

    time.now += timedelta(seconds=59)
    assert listed() == before
    read = {name: datacite(sandbox).get(f"/dois/{name}").status_code for name in (NAME, *after)}
    assert {name for name, status in read.items() if status == 200} == set(after)
    time.now += timedelta(seconds=1)
    assert listed() == after


def test_a_stale_read_answers_from_before() -> None:
    time = Time()
    sandbox = world(clock=time)
    draft(sandbox, url=URL)
    time.now += timedelta(hours=1)
    draft(sandbox, "10.70112/new")
    sandbox.faults.order([{"times": 2, "match": {"method": "GET"}, "action": {"stale": 60}}])

    assert datacite(sandbox).get("/dois/10.70112/new").status_code == 404
    assert [each["id"] for each in page(sandbox)["data"]] == [NAME]
    assert datacite(sandbox).get("/dois/10.70112/new").status_code == 200
