"""The look after a DOI became permanent: when it is taken, what it finds, and what heals."""

from datetime import timedelta
from typing import Any

import pytest

from datasets import services
from doi import clock, looks
from doi.address import landing_url
from doi.models import Doi, Login
from doi.sandbox import Sandbox
from doi.services.accounts import OwnAccount
from tests.doi import breaking
from tests.doi.conftest import Clock, drain_all
from tests.doi.looking import BOTH, EZID, SOON, WAITS, after, asked, forget, keep_silent, looked, permanent
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)

# --- when ---------------------------------------------------------------------------------------------------------


@BOTH
def test_one_look_a_minute_after_and_no_other(resolver: Sandbox, moved_clock: Clock, own: OwnAccount) -> None:
    version = permanent(moved_clock, own, visibility="private")
    resolver.reset_counts()
    assert asked(resolver) == 0

    assert drain_all() == 0
    moved_clock.forward(seconds=50)
    drain_all()
    assert asked(resolver) == 0, "not before its time"
    after(moved_clock, timedelta(seconds=10))

    doi = make.doi_of(version)
    assert doi.resolves_since is not None
    assert (doi.look_after, doi.looks, doi.leads_to) == (None, 0, landing_url(doi.landing_id))
    assert looked() == [("looked", "resolves")]
    for wait in WAITS:
        after(moved_clock, wait)
    assert resolver.counts()["resolve"] == {"GET /api/handles/:doi": 1}
    assert resolver.counts()["total"] == 0, "the registry was asked nothing"


def test_neither_drafts_nor_test_dois_are_looked_at(resolver: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock, make.EZID)
    make.drafted(make.dataset(make.configured("other-lab"), "draft"))
    drain_all()

    for wait in WAITS:
        after(moved_clock, wait)

    assert make.doi_of(version).state == "findable"
    assert asked(resolver) == 0


def test_where_no_resolver_is_asked_nothing_waits_for_one(
    resolver: Sandbox, moved_clock: Clock, settings: Any
) -> None:
    version = permanent(moved_clock)
    settings.DOI_RESOLVER_URL = settings.REAL_RESOLVER_URL

    after(moved_clock, WAITS[0])

    assert asked(resolver) == 0
    assert make.doi_of(version).attention == ""


def test_an_edit_and_a_hiding_need_no_other_look(resolver: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock)
    after(moved_clock, WAITS[0])

    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())
    drain_all()
    services.set_visibility(version.dataset, "private", by=make.by())
    drain_all()

    assert make.doi_of(version).look_after is None


def test_what_was_permanent_before_is_looked_at_after_its_next_update(
    resolver: Sandbox, moved_clock: Clock
) -> None:
    version = permanent(moved_clock)
    Doi.objects.update(look_after=None)
    for wait in WAITS:
        after(moved_clock, wait)
    assert asked(resolver) == 0

    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())
    drain_all()
    after(moved_clock, WAITS[0])

    assert make.doi_of(version).resolves_since is not None


def test_a_new_address_of_the_pages_is_looked_for(
    resolver: Sandbox, moved_clock: Clock, settings: Any
) -> None:
    version = permanent(moved_clock)
    after(moved_clock, WAITS[0])
    settings.SITE_URL = "https://data.example.edu"

    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())
    drain_all()
    assert make.doi_of(version).resolves_since is None
    after(moved_clock, WAITS[0])

    assert make.doi_of(version).leads_to.startswith("https://data.example.edu/v/")


# --- what heals ---------------------------------------------------------------------------------------------------


def test_what_datacite_did_not_tell_the_handle_system_is_sent_again_and_found_a_minute_later(
    resolver: Sandbox, moved_clock: Clock
) -> None:
    version = permanent(moved_clock)
    forget(resolver, version)
    resolver.reset_counts()

    after(moved_clock, WAITS[0])
    doi = make.doi_of(version)
    assert (doi.looks, doi.resolves_since, doi.attention) == (1, None, "")
    assert resolver.counts()["datacite"] == {"PUT /dois/:doi": 1}
    after(moved_clock, SOON["datacite"])

    doi = make.doi_of(version)
    assert (doi.looks, doi.look_after, doi.look_counts_after) == (0, None, None)
    assert doi.resolves_since is not None
    assert looked() == [("looked", "unknown"), ("looked", "resolves")]
    assert resolver.counts()["datacite"] == {"PUT /dois/:doi": 1}


def test_ezid_has_its_half_hour_before_it_is_sent_again_and_after(
    resolver: Sandbox, moved_clock: Clock
) -> None:
    version = permanent(moved_clock, EZID, visibility="private")
    forget(resolver, version)
    resolver.reset_counts()

    after(moved_clock, WAITS[0])
    after(moved_clock, WAITS[1])
    assert resolver.counts()["ezid"] == {}
    after(moved_clock, WAITS[2])
    assert resolver.counts()["ezid"] == {"POST /id/:id": 1}
    before = asked(resolver)
    after(moved_clock, timedelta(minutes=25))
    assert asked(resolver) == before
    after(moved_clock, timedelta(minutes=5))

    assert make.doi_of(version).resolves_since is not None
    assert looked()[-1] == ("looked", "resolves")


@BOTH
def test_a_finding_ends_soon_after_the_sending_that_mended_it(
    resolver: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    keep_silent(resolver)
    version = permanent(moved_clock, own, visibility="private")
    for wait in WAITS:
        after(moved_clock, wait)
    assert make.doi_of(version).attention == "unresolved"
    breaking.heal(resolver)
    after(moved_clock, WAITS[3])

    after(moved_clock, SOON[own.provider])

    doi = make.doi_of(version)
    assert (doi.attention, doi.attention_text, doi.look_after) == ("", "", None)
    assert doi.resolves_since is not None


@pytest.mark.parametrize(("own", "soon"), [(make.DATACITE, 4), (EZID, 2)], ids=["datacite", "ezid"])
def test_looks_at_what_was_sent_are_few_and_bring_no_finding_forward(
    resolver: Sandbox, moved_clock: Clock, own: OwnAccount, soon: int
) -> None:
    keep_silent(resolver)
    version = permanent(moved_clock, own, visibility="private")
    resolver.reset_counts()
    start, found = clock.now(), []
    while (doi := make.doi_of(version)).looks <= len(WAITS):
        assert doi.look_after is not None
        after(moved_clock, doi.look_after - clock.now())
        if make.doi_of(version).looks > doi.looks:
            found.append(round((clock.now() - start).total_seconds() / 60))

    assert found == [1, 10, 60, 30 * 60, 59 * 60], "what counts, in minutes"
    assert asked(resolver) == len(found) + soon, "one more after each sending but the last"
    assert looked()[:4] == [("looked", "unknown")] * 3 + [("unresolved", "unknown")]


def test_what_still_waits_to_be_sent_is_looked_at_again_before_the_look_that_counts(
    resolver: Sandbox, moved_clock: Clock
) -> None:
    version = permanent(moved_clock)
    forget(resolver, version)
    Login.objects.update(paused_at=clock.now())
    after(moved_clock, WAITS[0])
    after(moved_clock, SOON["datacite"])
    assert (make.doi_of(version).looks, asked(resolver)) == (1, 2)
    Login.objects.update(paused_at=None)
    drain_all()

    after(moved_clock, SOON["datacite"])

    assert make.doi_of(version).resolves_since is not None


@pytest.mark.parametrize(
    ("own", "write", "sent"),
    [(make.DATACITE, "PUT /dois/:doi", [1, 2, 3, 4]), (EZID, "POST /id/:id", [0, 0, 1, 2])],
    ids=["datacite", "ezid"],
)
def test_what_never_resolves_is_one_finding_after_the_last_look_and_goes_when_it_does(
    resolver: Sandbox, moved_clock: Clock, own: OwnAccount, write: str, sent: list[int]
) -> None:
    keep_silent(resolver)
    version = permanent(moved_clock, own, visibility="private")
    resolver.reset_counts()
    for wait, count in zip(WAITS, sent, strict=True):
        assert make.doi_of(version).attention == ""
        after(moved_clock, wait)
        assert resolver.counts()[own.provider].get(write, 0) == count, "sent once per look"

    doi = make.doi_of(version)
    assert doi.attention == "unresolved"
    assert "The resolver does not know this DOI. It is permanent since 20" in doi.attention_text
    assert looked() == [("looked", "unknown")] * 3 + [("unresolved", "unknown")]
    # An edit is sent as ever, and the finding stays.
    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())
    drain_all()
    doi = make.doi_of(version)
    assert (doi.generation, doi.attention) == (doi.confirmed_generation, "unresolved")
    after(moved_clock, WAITS[3])
    assert looked()[4:] == [("looked", "unknown")], "one finding"

    # The look sends it once more, and the next one sees what came of that.
    breaking.heal(resolver)
    after(moved_clock, WAITS[3])
    after(moved_clock, SOON[own.provider])

    doi = make.doi_of(version)
    assert (doi.attention, doi.attention_text, doi.look_after) == ("", "", None)
    assert doi.resolves_since is not None
    assert drain_all() == 0


def test_a_doi_that_leads_elsewhere_is_a_finding_that_says_where(
    resolver: Sandbox, moved_clock: Clock
) -> None:
    version = permanent(moved_clock)
    elsewhere = "https://old.example/stage"
    breaking.change_there(resolver, make.doi_of(version), handle_url=elsewhere)
    keep_silent(resolver)

    for wait in WAITS:
        after(moved_clock, wait)

    doi = make.doi_of(version)
    assert (doi.attention, doi.leads_to) == ("unresolved", elsewhere)
    assert f"leads this DOI to {elsewhere} and not to its landing page" in doi.attention_text
    assert looked()[-1] == ("unresolved", "elsewhere")


def test_what_is_owed_already_is_not_sent_twice(resolver: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock)
    forget(resolver, version)
    moved_clock.forward(minutes=2)
    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["2 MB"]}, by=make.by())
    before = make.doi_of(version)

    looks.take()

    doi = make.doi_of(version)
    assert doi.looks == 1
    assert (doi.generation, doi.revision, doi.lane) == (before.generation, before.revision, before.lane)


# --- EZID, seen at DataCite ---------------------------------------------------------------------------------------


def test_an_ezid_doi_is_looked_for_at_datacite_too(resolver: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock, EZID)
    resolver.reset_counts()

    after(moved_clock, WAITS[0])

    assert make.doi_of(version).resolves_since is not None
    assert resolver.counts()["ezid"] == {}
    assert resolver.counts()["datacite"] == {"GET /dois/:doi": 1}


def test_a_hand_over_that_takes_its_time_is_waited_for(resolver: Sandbox, moved_clock: Clock) -> None:
    resolver.faults.order([{"match": {"provider": "ezid"}, "action": {"handover": 1500}}])
    version = permanent(moved_clock, EZID)
    resolver.reset_counts()

    for wait in WAITS[:3]:
        assert make.doi_of(version).resolves_since is None
        after(moved_clock, wait)

    assert make.doi_of(version).resolves_since is not None
    assert looked() == [("looked", "unknown"), ("looked", "unknown"), ("looked", "resolves")]
    assert resolver.counts()["ezid"] == {}, "nothing was sent again"


def test_an_ezid_doi_that_datacite_does_not_list_is_a_finding(resolver: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock, EZID)
    stranger = {"status": 404, "body": '{"errors": []}'}
    resolver.faults.order([{"match": {"provider": "datacite"}, "action": stranger}])

    for wait in WAITS:
        after(moved_clock, wait)

    doi = make.doi_of(version)
    assert doi.attention == "unresolved"
    assert "DataCite does not list it" in doi.attention_text
    assert looked()[-1] == ("unresolved", "unlisted")


def test_a_private_ezid_doi_is_not_looked_for_at_datacite(resolver: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock, EZID, visibility="private")
    resolver.reset_counts()

    after(moved_clock, WAITS[0])

    assert make.doi_of(version).resolves_since is not None
    assert resolver.counts()["datacite"] == {}
