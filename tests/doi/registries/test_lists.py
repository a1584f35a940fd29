"""What an account's list tells, and what a look tells beside state and URL."""

import pytest

from doi.errors import BadCredentialsError, RegistryUnavailableError
from doi.registries.base import Page, RegistryRecord
from doi.sandbox.store import Record
from doi.states import Provider, State
from tests.doi.registries.bench import URL, Bench

AT = "2026-01-01T00:00:00.000Z"


def fill(bench: Bench, count: int) -> None:
    for number in range(count):
        at = f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.000Z"
        bench.sandbox.store.save(
            Record("datacite", bench.name(f"n{number:05}"), "org.repo", "findable", URL, at, at)
        )


def pages_of(bench: Bench, *, lately: bool = False) -> list[Page]:
    pages: list[Page] = []
    after: str | None = ""
    while after is not None:
        page = bench.registry.list_page(after=after, lately=lately)
        assert page is not None
        pages.append(page)
        after = page.after
    return pages


def by_name(page: Page | None) -> dict[str, RegistryRecord]:
    assert page is not None
    return {record.name: record for record in page.records}


def test_a_list_tells_every_state_of_our_account_and_of_no_other(datacite: Bench) -> None:
    datacite.registry.create(datacite.payload("aaaa-draft"))
    for state, suffix in ((State.FINDABLE, "bbbb-shown"), (State.REGISTERED, "cccc-hidden")):
        datacite.registry.create(datacite.payload(suffix))
        datacite.registry.promote(datacite.payload(suffix), to=state)
    datacite.hold("findable", owner="other.repo", suffix="dddd-foreign")

    found = by_name(datacite.registry.list_page())

    assert {name: record.state for name, record in found.items()} == {
        datacite.name("aaaa-draft"): State.DRAFT,
        datacite.name("bbbb-shown"): State.FINDABLE,
        datacite.name("cccc-hidden"): State.REGISTERED,
    }
    draft = found[datacite.name("aaaa-draft")]
    assert (draft.url, draft.owner, draft.title) == (URL, "org.repo", "River stage readings")
    assert (draft.registered, found[datacite.name("bbbb-shown")].registered) == (False, True)
    assert draft.updated is not None


def test_a_long_list_is_read_to_its_end_in_pages_of_1000(datacite: Bench) -> None:
    fill(datacite, 2001)

    pages = pages_of(datacite)

    assert [len(page.records) for page in pages] == [1000, 1000, 1]
    assert len({record.name for page in pages for record in page.records}) == 2001
    assert all("page%5Bcursor%5D=" in asked for asked in datacite.asked())
    assert all("client-id=org.repo" in asked for asked in datacite.asked())


def test_what_changed_last_comes_first_when_that_is_asked(datacite: Bench) -> None:
    fill(datacite, 1001)

    pages = pages_of(datacite, lately=True)

    assert [len(page.records) for page in pages] == [1000, 1]
    assert pages[0].records[0].name == datacite.name("n01000")
    assert pages[1].records[0].name == datacite.name("n00000")


def test_an_address_in_an_answer_is_never_followed(datacite: Bench) -> None:
    body = {"data": [], "links": {"next": "https://elsewhere.example/dois?page[cursor]=MSxhYmNk"}}
    datacite.fault({"status": 200, "headers": {"X-Credential-Username": "org.repo"}, "body": body})

    page = datacite.registry.list_page()

    assert page == Page((), "MSxhYmNk")
    datacite.registry.list_page(after="MSxhYmNk")
    assert datacite.asked()[-1].startswith("GET /datacite/dois?client-id=org.repo")


@pytest.mark.parametrize("onward", [{"next": None}, {}, {"next": ""}], ids=["null", "left out", "empty"])
def test_the_last_page_says_so_in_every_way_it_can(datacite: Bench, onward: dict[str, str | None]) -> None:
    body = {"data": [], "links": onward}
    datacite.fault({"status": 200, "headers": {"X-Credential-Username": "org.repo"}, "body": body})

    assert datacite.registry.list_page() == Page((), None)


def test_an_entry_that_cannot_be_read_hides_no_other(datacite: Bench) -> None:
    datacite.registry.create(datacite.payload())
    good = {"attributes": {"doi": datacite.name(), "state": "draft", "titles": []}}
    bad = [{}, {"attributes": {"doi": datacite.name("x"), "state": "flagged"}}, "no resource", good]
    body = {"data": bad, "links": {}}
    datacite.fault({"status": 200, "headers": {"X-Credential-Username": "org.repo"}, "body": body})

    assert list(by_name(datacite.registry.list_page())) == [datacite.name()]


def test_a_list_for_a_stranger_is_a_refused_credential(datacite: Bench) -> None:
    with pytest.raises(BadCredentialsError):
        datacite.with_wrong_password().list_page()
    # The same status as ours, and the findable ones only.
    datacite.fault({"status": 200, "body": {"data": [], "links": {}}})
    with pytest.raises(BadCredentialsError):
        datacite.registry.list_page()


@pytest.mark.parametrize(
    "action", [{"status": 503}, {"status": 429}, {"truncate": 20}, {"status": 200, "body": "[]"}]
)
def test_a_list_that_fails_is_asked_for_again(datacite: Bench, action: dict[str, object]) -> None:
    if action.get("body"):
        action = {**action, "headers": {"X-Credential-Username": "org.repo"}}
    datacite.fault(action)

    with pytest.raises(RegistryUnavailableError) as caught:
        datacite.registry.list_page()

    assert not caught.value.sent


def test_ezid_has_no_lists(ezid: Bench) -> None:
    assert ezid.registry.list_page() is None
    assert ezid.asked() == []


def test_a_look_tells_the_title_and_its_absence(bench: Bench) -> None:
    title = "River stage readings"
    if bench.provider == Provider.EZID:
        title += ": 100% of them"
    bench.registry.create(bench.payload("aaaa-full"))
    bench.registry.create(bench.bare("bbbb-bare"))

    assert bench.registry.fetch(bench.name("aaaa-full")).title == title
    assert bench.registry.fetch(bench.name("bbbb-bare")).title == ""


@pytest.mark.parametrize(
    ("elements", "title"),
    [
        ({"datacite.title": "Plain"}, "Plain"),
        ({"erc.what": "Of the old kind"}, "Of the old kind"),
        (
            {"datacite": "<resource><titles><title>A <b>bold</b> one</title></titles></resource>"},
            "A bold one",
        ),
        ({"datacite": "<resource><titles/></resource>"}, ""),
        ({"datacite": "<no xml"}, ""),
    ],
)
def test_every_profile_of_ezid_has_its_title(ezid: Bench, elements: dict[str, str], title: str) -> None:
    ezid.registry.create(ezid.bare())
    record = ezid.sandbox.store.get("ezid", ezid.name())
    assert record is not None
    ezid.sandbox.store.save(record.changed(metadata=elements))

    assert ezid.registry.fetch(ezid.name()).title == title
