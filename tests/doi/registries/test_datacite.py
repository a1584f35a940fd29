"""DataCite's own ways: every status sorted, both shapes of errors, events that pass in silence, the live check."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from doi.errors import (
    BadCredentialsError,
    InvalidNameError,
    MetadataRejectedError,
    NotAtRegistryError,
    RegistryRefusedError,
    RegistryUnavailableError,
)
from doi.metadata import EMPTY_DATACITE
from doi.registries.base import Payload
from doi.registries.datacite import CLEARED, SCHEMA_VERSION
from doi.states import State
from tests.doi.name_vectors import VECTORS
from tests.doi.registries.bench import URL, Bench

GENERAL: Mapping[str, Any] = {"errors": [{"status": "4xx", "title": "The general shape"}]}


@pytest.mark.parametrize(("status", "message"), [(401, "does not accept"), (403, "does not let it")])
def test_refused_rights_are_told_from_a_refused_password(datacite: Bench, status: int, message: str) -> None:
    datacite.fault({"status": status, "body": GENERAL}, method="POST")

    with pytest.raises(BadCredentialsError, match=message) as caught:
        datacite.registry.create(datacite.payload())

    assert caught.value.status == status


def test_the_landing_page_host_is_told_from_other_faults(datacite: Bench) -> None:
    account = datacite.sandbox.accounts.get("datacite", "ORG.REPO")
    assert account is not None
    datacite.sandbox.accounts.replace(replace(account, domains="*.example.org"))
    datacite.registry.create(datacite.payload())

    with pytest.raises(MetadataRejectedError) as caught:
        datacite.registry.promote(datacite.payload(), to=State.FINDABLE)

    assert caught.value.field == "url"
    assert "not allowed by repository" in caught.value.words


# -- what is sent ---------------------------------------------------------------------------------------------------


def _sent(bench: Bench) -> dict[str, Any]:
    request = bench.transport.requests[-1]
    assert request.headers["Content-Type"] == "application/vnd.api+json"
    attributes: dict[str, Any] = json.loads(request.read())["data"]["attributes"]
    return attributes


def test_a_create_names_the_doi_and_the_kernel_and_no_event(datacite: Bench) -> None:
    datacite.registry.create(datacite.bare())

    assert _sent(datacite) == {"doi": datacite.name(), "url": URL, "schemaVersion": SCHEMA_VERSION}
    assert datacite.asked() == ["POST /datacite/dois"]


@pytest.mark.parametrize(("to", "event"), [(State.FINDABLE, "publish"), (State.REGISTERED, "register")])
def test_a_promotion_carries_metadata_and_event_together(datacite: Bench, to: State, event: str) -> None:
    datacite.registry.create(datacite.bare())
    datacite.registry.promote(datacite.payload(), to=to)

    sent = _sent(datacite)
    assert (sent["event"], sent["schemaVersion"], sent["titles"]) == (
        event,
        SCHEMA_VERSION,
        [{"title": "River stage readings"}],
    )


def test_another_schema_version_in_the_metadata_never_gets_through(datacite: Bench) -> None:
    attributes = {
        "schemaVersion": "http://datacite.org/schema/kernel-4.5",
        "url": "https://elsewhere.example/",
    }
    datacite.registry.create(Payload(name=datacite.name(), url=URL, attributes=attributes))

    assert (_sent(datacite)["schemaVersion"], _sent(datacite)["url"]) == (SCHEMA_VERSION, URL)


def test_clearing_names_every_attribute_that_may_be_sent() -> None:
    assert dict(CLEARED) == dict(EMPTY_DATACITE)


def test_an_update_has_no_event(datacite: Bench) -> None:
    datacite.registry.create(datacite.bare())
    datacite.registry.update(datacite.bare(), state=State.DRAFT)

    assert _sent(datacite) == {**CLEARED, "url": URL, "schemaVersion": SCHEMA_VERSION}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("10.70112/a/b", "10.70112%2Fa%2Fb"),
        ("10.70112/a/../b", "10.70112%2Fa%2F..%2Fb"),
        ("10.1002/(sici)1<1::a>3.0.co;2-#", "10.1002%2F%28sici%291%3C1%3A%3Aa%3E3.0.co%3B2-%23"),
        ("10.1000/100%25?", "10.1000%2F100%2525%3F"),
        ("10.15673/атбп", "10.15673%2F%D0%B0%D1%82%D0%B1%D0%BF"),
    ],
)
def test_a_name_is_escaped_once_in_the_path(datacite: Bench, name: str, path: str) -> None:
    with pytest.raises(NotAtRegistryError):
        datacite.registry.fetch(name)

    assert datacite.asked()[0] == f"GET /datacite/dois/{path}"


@pytest.mark.parametrize(
    ("name", "takes"),
    [pytest.param(name, lupo, id=row) for row, name, _url, _crossref, lupo, _ezid in VECTORS],
)
def test_names_are_judged_as_datacite_judges_new_ones(datacite: Bench, name: str, *, takes: bool) -> None:
    expected = BadCredentialsError if takes else InvalidNameError

    with pytest.raises(expected):
        datacite.registry.create(Payload(name=name.lower(), url=URL))

    assert len(datacite.asked()) == (1 if takes else 0)


def test_a_refused_character_is_named(datacite: Bench) -> None:
    with pytest.raises(InvalidNameError, match=r"“é” \(U\+00E9\)"):
        datacite.registry.create(Payload(name="10.70112/aé", url=URL))
    with pytest.raises(InvalidNameError, match="four or five digits"):
        datacite.registry.create(Payload(name="10.1000.10/a", url=URL))


@pytest.mark.parametrize("route", ["/media", "/metadata", "/activities", "/events", "/get-url"])
@pytest.mark.parametrize("act", ["fetch", "create", "discard"])
def test_a_name_that_is_another_address_at_datacite_is_refused(datacite: Bench, route: str, act: str) -> None:
    name = f"10.70112/abc{route}"
    what = Payload(name=name, url=URL) if act == "create" else name

    with pytest.raises(InvalidNameError, match=f"“{route}”"):
        getattr(datacite.registry, act)(what)

    assert datacite.asked() == []


# -- states -----------------------------------------------------------------------------------------------------


def test_an_event_that_passed_in_silence_is_no_success(datacite: Bench) -> None:
    datacite.registry.create(datacite.payload())
    datacite.registry.promote(datacite.payload(), to=State.FINDABLE)

    with pytest.raises(RegistryRefusedError, match="left the DOI Findable instead of making it Registered"):
        datacite.registry.promote(datacite.payload(), to=State.REGISTERED)


@pytest.mark.parametrize(("state", "word"), [("registered", "Registered"), ("findable", "Findable")])
def test_a_create_that_made_something_permanent_is_no_success(datacite: Bench, state: str, word: str) -> None:
    body = {"data": {"attributes": {"doi": datacite.name(), "state": state, "url": URL}}}
    datacite.fault({"status": 201, "body": body}, method="POST")

    with pytest.raises(RegistryRefusedError, match=f"left the DOI {word} instead of making it Draft"):
        datacite.registry.create(datacite.payload())


def test_an_update_tells_the_state_it_found(datacite: Bench) -> None:
    datacite.registry.create(datacite.payload())
    datacite.registry.promote(datacite.payload(), to=State.FINDABLE)

    assert datacite.registry.update(datacite.payload(), state=State.DRAFT).state == State.FINDABLE


def test_whether_the_handle_was_written_is_told(datacite: Bench) -> None:
    assert datacite.registry.create(datacite.payload()).registered is False
    assert datacite.registry.promote(datacite.payload(), to=State.REGISTERED).registered is True


def test_an_answer_without_owner_or_times_is_still_read(datacite: Bench) -> None:
    body = {"data": {"attributes": {"doi": datacite.name(), "state": "draft", "created": "yesterday"}}}
    datacite.fault({"status": 200, "body": body}, method="GET")

    record = datacite.registry.fetch(datacite.name())

    assert (record.owner, record.created, record.url) == (None, None, "")


# -- the credential -------------------------------------------------------------------------------------------------


def test_a_public_answer_does_not_pass_for_a_good_credential(datacite: Bench) -> None:
    with pytest.raises(BadCredentialsError):
        datacite.with_wrong_password().probe()

    assert datacite.asked() == ["GET /datacite/repositories/org.repo"]


@pytest.mark.parametrize("state", [State.FINDABLE, State.REGISTERED, State.DRAFT, None])
def test_with_a_wrong_password_only_what_everybody_may_read_is_read(
    datacite: Bench, state: State | None
) -> None:
    if state is not None:
        datacite.registry.create(datacite.payload())
    if state in {State.FINDABLE, State.REGISTERED}:
        datacite.registry.promote(datacite.payload(), to=state)
    stranger = datacite.with_wrong_password()

    if state == State.FINDABLE:
        assert stranger.fetch(datacite.name()).state == State.FINDABLE
    else:
        with pytest.raises(BadCredentialsError):
            stranger.fetch(datacite.name())


def test_an_unknown_account_is_a_refused_credential(datacite: Bench) -> None:
    with pytest.raises(BadCredentialsError, match="no repository account"):
        datacite.open("NO.SUCH", "secret").probe()


def test_a_404_asks_whether_the_credential_is_good(datacite: Bench) -> None:
    with pytest.raises(NotAtRegistryError):
        datacite.registry.fetch(datacite.name())

    assert datacite.asked()[-1] == "GET /datacite/repositories/org.repo"


def test_a_probe_that_fails_for_another_reason_proves_no_absence(datacite: Bench) -> None:
    datacite.fault({"status": 503}, path="/repositories")

    with pytest.raises(RegistryUnavailableError):
        datacite.registry.discard(datacite.name())


def test_a_password_with_a_colon_is_fine(datacite: Bench) -> None:
    account = datacite.sandbox.accounts.get("datacite", "ORG.REPO")
    assert account is not None
    datacite.sandbox.accounts.replace(replace(account, password="a:b:c"))

    datacite.open("ORG.REPO", "a:b:c").probe()
