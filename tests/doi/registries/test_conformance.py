"""What every adapter promises, tried on both against the sandbox, on the wire."""

import contextlib
import logging
from datetime import UTC, datetime, timedelta

import pytest

from doi.errors import (
    BadCredentialsError,
    InvalidNameError,
    MetadataRejectedError,
    NameTakenError,
    NotADraftError,
    NotAtRegistryError,
    RegistryRefusedError,
    RegistryUnavailableError,
)
from doi.registries.base import Payload
from doi.states import Provider, State
from tests.doi.registries.acts import ACTS, WRITES
from tests.doi.registries.bench import PASSWORD, URL, Bench

NEW_URL = "https://data.example.edu/tombstones/1"


def test_creating_makes_a_draft_in_one_request(bench: Bench) -> None:
    record = bench.registry.create(bench.payload())

    assert (record.name, record.state, record.url) == (bench.name(), State.DRAFT, URL)
    assert record.owner == bench.account_id.lower()
    assert record.date is not None
    assert abs(record.date - datetime.now(UTC)) < timedelta(minutes=1)
    assert bench.states() == {bench.name(): "draft"}
    assert len(bench.asked()) == 1


def test_a_private_draft_carries_name_and_url_only(bench: Bench) -> None:
    bench.registry.create(bench.bare())

    assert bench.metadata() == {}
    assert bench.registry.fetch(bench.name()).url == URL


def test_a_name_that_exists_is_taken_and_left_alone(bench: Bench) -> None:
    bench.registry.create(bench.payload())

    with pytest.raises(NameTakenError):
        bench.registry.create(bench.payload(url=NEW_URL))

    assert bench.registry.fetch(bench.name()).url == URL


def test_what_was_made_can_be_read_back(bench: Bench) -> None:
    bench.registry.create(bench.payload())

    record = bench.registry.fetch(bench.name())

    assert (record.name, record.state, record.url) == (bench.name(), State.DRAFT, URL)
    assert record.owner == bench.account_id.lower()
    assert record.created is not None
    assert abs(record.created - datetime.now(UTC)) < timedelta(minutes=1)
    assert record.registered is (False if bench.provider == Provider.DATACITE else None)


def test_names_are_compared_without_regard_to_case(bench: Bench) -> None:
    bench.registry.create(bench.payload())

    assert bench.registry.fetch(bench.name().upper()).name == bench.name()


def test_an_update_changes_url_and_metadata_and_not_the_state(bench: Bench) -> None:
    bench.registry.create(bench.bare())

    record = bench.registry.update(bench.payload(url=NEW_URL), state=State.DRAFT)

    assert (record.state, record.url) == (State.DRAFT, NEW_URL)
    assert bench.metadata() != {}
    assert bench.states() == {bench.name(): "draft"}


def test_a_draft_that_turns_private_is_cleared(bench: Bench) -> None:
    bench.registry.create(bench.payload())

    bench.registry.update(bench.bare(), state=State.DRAFT)

    assert bench.metadata() == {}
    assert bench.registry.fetch(bench.name()).url == URL


def test_a_permanent_record_is_never_cleared(bench: Bench) -> None:
    bench.registry.create(bench.payload())
    bench.registry.promote(bench.payload(), to=State.REGISTERED)

    record = bench.registry.update(bench.bare(url=NEW_URL), state=State.REGISTERED)

    assert (record.state, record.url) == (State.REGISTERED, NEW_URL)
    assert bench.metadata() != {}


@pytest.mark.parametrize("to", [State.FINDABLE, State.REGISTERED])
def test_a_draft_becomes_permanent_with_its_metadata_in_one_request(bench: Bench, to: State) -> None:
    bench.registry.create(bench.bare())
    sent_before = len(bench.asked())

    record = bench.registry.promote(bench.payload(), to=to)

    assert record.state == to
    assert bench.states() == {bench.name(): to.value}
    assert bench.metadata() != {}
    # EZID tells no state in its answer, so it is read back.
    assert len(bench.asked()) - sent_before == (1 if bench.provider == Provider.DATACITE else 2)


def test_promoting_twice_is_promoting_once(bench: Bench) -> None:
    bench.registry.create(bench.payload())
    bench.registry.promote(bench.payload(), to=State.FINDABLE)

    assert bench.registry.promote(bench.payload(), to=State.FINDABLE).state == State.FINDABLE


def test_incomplete_metadata_does_not_become_permanent(bench: Bench) -> None:
    bench.registry.create(bench.bare())

    with pytest.raises(MetadataRejectedError) as caught:
        bench.registry.promote(bench.bare(url=NEW_URL), to=State.FINDABLE)

    assert caught.value.field
    # What is refused is refused whole.
    found = bench.registry.fetch(bench.name())
    assert (found.state, found.url) == (State.DRAFT, URL)


def test_a_findable_doi_is_hidden_and_shown_again(bench: Bench) -> None:
    bench.registry.create(bench.payload())
    bench.registry.promote(bench.payload(), to=State.FINDABLE)

    hidden = bench.registry.hide(bench.payload(url=NEW_URL))
    assert (hidden.state, hidden.url) == (State.REGISTERED, NEW_URL)
    assert bench.states() == {bench.name(): "registered"}

    shown = bench.registry.show(bench.payload())
    assert (shown.state, shown.url) == (State.FINDABLE, URL)
    assert bench.states() == {bench.name(): "findable"}


def test_hiding_never_makes_a_draft_permanent(bench: Bench) -> None:
    bench.registry.create(bench.payload())

    with pytest.raises((RegistryRefusedError, RegistryUnavailableError)):
        bench.registry.hide(bench.payload())

    assert bench.states() == {bench.name(): "draft"}


def test_a_draft_is_discarded_and_its_name_may_come_back(bench: Bench) -> None:
    bench.registry.create(bench.payload())

    bench.registry.discard(bench.name())
    assert bench.states() == {}

    bench.registry.discard(bench.name())
    assert bench.registry.create(bench.payload()).state == State.DRAFT


@pytest.mark.parametrize("to", [State.FINDABLE, State.REGISTERED])
def test_a_permanent_doi_cannot_be_discarded(bench: Bench, to: State) -> None:
    bench.registry.create(bench.payload())
    bench.registry.promote(bench.payload(), to=to)

    with pytest.raises(NotADraftError):
        bench.registry.discard(bench.name())

    assert bench.states() == {bench.name(): to.value}


def test_absence_is_told_apart_from_a_refused_credential(bench: Bench) -> None:
    with pytest.raises(NotAtRegistryError):
        bench.registry.fetch(bench.name())
    with pytest.raises(BadCredentialsError):
        bench.with_wrong_password().fetch(bench.name())


@pytest.mark.parametrize("act", list(WRITES))
def test_a_wrong_password_never_passes_for_absence(bench: Bench, act: str) -> None:
    with pytest.raises(BadCredentialsError):
        WRITES[act](bench.with_wrong_password(), bench.payload())


@pytest.mark.parametrize("act", [act for act in ACTS if act != "fetch"])
def test_a_wrong_password_is_always_a_refused_credential(bench: Bench, act: str) -> None:
    if act != "create":
        bench.registry.create(bench.payload())

    with pytest.raises(BadCredentialsError) as caught:
        ACTS[act](bench.with_wrong_password(), bench.payload())

    assert "wrong-canary" not in f"{caught.value} {caught.value!r} {caught.value.words}"


@pytest.mark.parametrize("act", ["create", *WRITES])
def test_an_account_that_is_not_active_may_change_nothing(bench: Bench, act: str) -> None:
    if act != "create":
        bench.registry.create(bench.payload())
    bench.change_account(active=False)
    before = bench.states()

    with pytest.raises(BadCredentialsError) as caught:
        ACTS[act](bench.registry, bench.payload(url=NEW_URL))

    # DataCite knows the account and lets it do nothing; to EZID it is nobody.
    assert caught.value.status == (403 if bench.provider == Provider.DATACITE else 401)
    assert bench.states() == before


@pytest.mark.parametrize("to", [State.FINDABLE, State.REGISTERED])
@pytest.mark.parametrize("act", list(WRITES))
def test_nothing_leads_back_to_a_draft(bench: Bench, act: str, to: State) -> None:
    bench.registry.create(bench.payload())
    bench.registry.promote(bench.payload(), to=to)

    with contextlib.suppress(RegistryRefusedError, RegistryUnavailableError):
        WRITES[act](bench.registry, bench.payload())

    assert bench.states()[bench.name()] in {"registered", "findable"}


@pytest.mark.parametrize("act", [act for act in WRITES if act != "discard"])
def test_a_doi_that_ezid_does_not_have_is_not_made_by_a_change(ezid: Bench, act: str) -> None:
    with pytest.raises(NotAtRegistryError):
        WRITES[act](ezid.registry, ezid.payload())

    assert ezid.states() == {}


@pytest.mark.parametrize(
    ("act", "made"), [("update", "draft"), ("hide", "draft"), ("show", "findable"), ("promote", "findable")]
)
def test_a_change_of_a_doi_that_datacite_does_not_have_makes_it(datacite: Bench, act: str, made: str) -> None:
    """PUT is an upsert there, which is why the engine looks before it publishes."""
    with contextlib.suppress(RegistryRefusedError):
        WRITES[act](datacite.registry, datacite.payload())

    assert datacite.states() == {datacite.name(): made}


def test_a_good_credential_passes_the_probe(bench: Bench) -> None:
    bench.registry.probe()

    assert bench.states() == {}


@pytest.mark.parametrize("act", list(WRITES))
def test_another_accounts_doi_is_left_alone(bench: Bench, act: str) -> None:
    bench.registry.create(bench.payload())

    with pytest.raises(BadCredentialsError) as caught:
        WRITES[act](bench.stranger(), bench.payload(url=NEW_URL))

    assert caught.value.status == 403
    assert bench.registry.fetch(bench.name()).url == URL


def test_a_foreign_prefix_is_refused(bench: Bench) -> None:
    foreign = "10.70999/7k3m-q845" if bench.provider == Provider.DATACITE else "10.70113/z97k3m-q845"

    with pytest.raises(BadCredentialsError) as caught:
        bench.registry.create(Payload(name=foreign, url=URL))

    assert caught.value.status == 403


@pytest.mark.parametrize("suffix", ["a b", "a#b", "a?b", "диалог", "a\u200eb", "a\nb", "a" * 300])
def test_what_the_registry_cannot_take_is_refused_before_it_is_sent(bench: Bench, suffix: str) -> None:
    with pytest.raises(InvalidNameError) as caught:
        bench.registry.create(bench.payload(suffix))

    assert str(caught.value).endswith(".")
    assert bench.asked() == []


@pytest.mark.parametrize(("act", "doi_exists"), [(act, act != "create") for act in ACTS])
def test_a_lost_answer_says_that_the_request_may_have_been_applied(
    bench: Bench, act: str, *, doi_exists: bool
) -> None:
    if doi_exists:
        bench.registry.create(bench.payload())
    bench.fault({"lost": True})

    with pytest.raises(RegistryUnavailableError) as caught:
        ACTS[act](bench.registry, bench.payload())

    assert caught.value.sent is (act not in {"fetch", "probe"})


@pytest.mark.parametrize("act", list(ACTS))
@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"status": 502, "body": "<html>"}, {"status": 503}, {"truncate": 3}]
)
def test_trouble_at_the_registry_is_tried_again(bench: Bench, act: str, fault: dict[str, object]) -> None:
    if act == "discard" and "truncate" in fault and bench.provider == Provider.DATACITE:
        # A 204 has no body that could be cut.
        fault = {"status": 504}
    if act != "create":
        bench.registry.create(bench.payload())
    bench.fault(fault)

    with pytest.raises(RegistryUnavailableError):
        ACTS[act](bench.registry, bench.payload())


@pytest.mark.parametrize("act", ["promote", "create"])
def test_an_answer_that_comes_too_late_may_have_been_applied(bench: Bench, act: str) -> None:
    if act == "promote":
        bench.registry.create(bench.payload())
    bench.fault({"delay": 100})

    with pytest.raises(RegistryUnavailableError) as caught:
        ACTS[act](bench.registry, bench.payload())

    assert caught.value.sent
    assert bench.states() == {bench.name(): "findable" if act == "promote" else "draft"}


@pytest.mark.parametrize("act", list(ACTS))
@pytest.mark.parametrize("wait", ["17", "date:17"])
def test_being_asked_to_wait_carries_how_long(bench: Bench, act: str, wait: str) -> None:
    bench.fault({"status": 429, "retry_after": wait})

    with pytest.raises(RegistryUnavailableError) as caught:
        ACTS[act](bench.registry, bench.payload())

    assert caught.value.retry_after is not None
    assert 16 <= caught.value.retry_after <= 18
    assert caught.value.sent is False


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_never_followed(bench: Bench, status: int) -> None:
    bench.fault({"status": status, "headers": {"Location": "https://elsewhere.example/"}})

    with pytest.raises(RegistryUnavailableError):
        bench.registry.create(bench.payload())

    assert len(bench.asked()) == 1


def test_no_cookie_is_kept_or_sent(bench: Bench) -> None:
    bench.registry.probe()
    bench.fault({"status": 500, "headers": {"Set-Cookie": "sessionid=abc; Path=/"}})
    with pytest.raises(RegistryUnavailableError):
        bench.registry.probe()
    bench.registry.create(bench.payload())

    assert all("Cookie" not in request.headers for request in bench.transport.requests)


def test_every_request_is_signed_and_names_the_product(bench: Bench) -> None:
    bench.registry.create(bench.payload())
    bench.registry.promote(bench.payload(), to=State.FINDABLE)

    for request in bench.transport.requests:
        assert request.headers["Authorization"].startswith("Basic ")
        assert request.headers["User-Agent"].startswith("redivis-doi/")


def test_another_name_in_the_answer_is_no_success(bench: Bench) -> None:
    bench.registry.create(bench.payload("0000-0098"))
    answers = {
        Provider.DATACITE: '{"data":{"attributes":{"doi":"10.70112/0000-0098","state":"findable"}}}',
        Provider.EZID: "success: doi:10.70113/Q10000-0098",
    }
    bench.fault({"status": 200, "body": answers[bench.provider]})

    with pytest.raises(RegistryUnavailableError) as caught:
        bench.registry.promote(bench.payload(), to=State.FINDABLE)

    assert caught.value.sent


@pytest.mark.parametrize("act", list(ACTS))
def test_the_password_is_in_no_log_and_no_error(
    bench: Bench, act: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bench.fault({"status": 418, "body": f"you sent {PASSWORD}", "headers": {"X-Echo": "canary"}})

    with pytest.raises((RegistryRefusedError, RegistryUnavailableError)) as caught:
        ACTS[act](bench.registry, bench.payload())

    seen = f"{caught.value} {caught.value!r} {caught.value.words} {bench.registry!r} {caplog.text}"
    assert PASSWORD not in seen
    assert "s3cr3t" not in seen
