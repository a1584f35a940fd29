"""What goes out comes back: metadata through both registries, and text that cannot become anything but text."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from doi.errors import InvalidNameError, RegistryError
from doi.metadata import to_datacite, to_xml
from doi.registries import Credentials, Payload, open_registry
from doi.registries import anvl as ours
from doi.states import Provider, State
from tests.doi.metadata.strategies import records
from tests.doi.registries.bench import URL, Bench, make_bench
from tests.support.sandbox import SANDBOX_URL, RunningSandbox, running_sandbox

# What neither registry enriches, shortens or puts into another form.
CHOSEN = (
    "titles",
    "publicationYear",
    "descriptions",
    "dates",
    "sizes",
    "formats",
    "version",
    "fundingReferences",
    "contributors",
    "relatedIdentifiers",
    "relatedItems",
    "alternateIdentifiers",
    "geoLocations",
    "contentUrl",
    "container",
)
NAMES = ("name", "nameType", "givenName", "familyName", "nameIdentifiers", "affiliation")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
breakouts = st.sampled_from(
    [
        "\n_status: public",
        "\r_status: public",
        "\r\n_export: yes\r\n",
        "%0A_status: public",
        "\u2028_status: public",
    ]
)
# Text that tries to begin a line of its own, in the middle of other text.
hostile = st.builds("{}{}{}".format, texts, breakouts, texts)


@contextmanager
def at(provider: Provider) -> Iterator[Bench]:
    """A bench for one example."""
    bench = make_bench(provider)
    try:
        yield bench
    finally:
        for registry in bench.opened:
            registry.close()
        bench.sandbox.close()


# --- metadata -----------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(records("4.7"))
def test_what_is_sent_to_datacite_is_read_back_from_it(metadata: dict[str, Any]) -> None:
    sent = to_datacite(metadata, version=None)
    with at(Provider.DATACITE) as bench:
        payload = Payload(name=bench.name(), url=URL, attributes=sent)
        bench.registry.create(payload)
        bench.registry.promote(payload, to=State.FINDABLE)
        shown = _shown_by_datacite(bench)

    assert shown["url"] == URL
    assert {name: shown.get(name) or None for name in CHOSEN} == {
        name: sent.get(name) or None for name in CHOSEN
    }
    assert [_chosen(person) for person in shown["creators"]] == [
        _chosen(person) for person in sent["creators"]
    ]
    # Apart from the others: DataCite keeps the two letters of a language only, where it has some (lupo 05afac46).
    tag = sent.get("language") or ""
    assert (shown["language"] or "") in {tag, tag.partition("-")[0].lower()}
    assert shown["publisher"]["name"] == sent["publisher"]["name"]
    assert shown["types"]["resourceTypeGeneral"] == sent["types"]["resourceTypeGeneral"]
    assert shown["schemaVersion"] == "http://datacite.org/schema/kernel-4"


def _shown_by_datacite(bench: Bench) -> dict[str, Any]:
    with httpx.Client(transport=bench.transport) as client:
        path = f"/datacite/dois/{bench.name().replace('/', '%2F')}?publisher=true&affiliation=true"
        found: dict[str, Any] = client.get(SANDBOX_URL + path).json()["data"]["attributes"]
    return found


def _chosen(person: Mapping[str, Any]) -> dict[str, Any]:
    return {name: person[name] for name in NAMES if person.get(name)}


@settings(max_examples=40)
@given(records("4.6"))
def test_the_document_that_is_sent_to_ezid_is_the_document_it_holds(metadata: dict[str, Any]) -> None:
    with at(Provider.EZID) as bench:
        sent = to_xml(metadata, name=bench.name(), version=None)
        payload = Payload(name=bench.name(), url=URL, xml=sent)
        bench.registry.create(payload)
        bench.registry.promote(payload, to=State.FINDABLE)
        with httpx.Client(transport=bench.transport) as client:
            answer = client.get(f"{SANDBOX_URL}/ezid/id/doi:{bench.name()}", headers={"Accept": "text/plain"})
        _status, lines = ours.split_status(answer.text)
        kept = ours.decode(lines)["datacite"]

    assert _same(kept) == _same(sent.replace(bench.name(), bench.name().upper(), 1))


def _same(xml: str) -> bytes:
    """A document in its canonical form, but for the place of its schema, which EZID writes anew."""
    root = etree.fromstring(xml.encode())
    del root.attrib["{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"]
    etree.cleanup_namespaces(root)
    return etree.tostring(root, method="c14n")


# --- text that tries to be more -----------------------------------------------------------------------------------


def assert_still_a_draft(bench: Bench, payload: Payload) -> None:
    """Whatever the registry says to it, nothing but target and metadata of one reserved record can have changed."""
    for record in bench.sandbox.store.all():
        assert (record.name, record.state) == (payload.name, "draft")
        assert set(record.metadata) <= {"datacite", "_profile"}
        assert "_export" not in record.metadata


@given(hostile)
def test_a_title_cannot_change_a_status(title: str) -> None:
    with at(Provider.EZID) as bench:
        metadata = {
            "titles": [{"title": title}],
            "creators": [{"name": title}],
            "subjects": [{"subject": title}],
        }
        try:
            xml = to_xml(metadata, name=bench.name(), version=None)
        except ValueError:
            # A character that XML does not have never gets as far as a registry.
            return
        payload = Payload(name=bench.name(), url=URL, xml=xml)
        bench.registry.create(payload)
        bench.registry.update(payload, state=State.DRAFT)

        assert bench.states() == {bench.name(): "draft"}
        assert_still_a_draft(bench, payload)


@given(url=hostile, xml=hostile | st.none())
def test_no_address_and_no_document_can_change_a_status(url: str, xml: str | None) -> None:
    with at(Provider.EZID) as bench:
        bench.registry.create(bench.bare())
        payload = Payload(name=bench.name(), url=url, xml=xml)
        for send in (bench.registry.create, partial(bench.registry.update, state=State.DRAFT)):
            with suppress(RegistryError):
                send(payload)
            assert bench.states() == {bench.name(): "draft"}
            assert_still_a_draft(bench, payload)


@given(suffix=hostile)
def test_no_name_can_change_a_status(suffix: str) -> None:
    with at(Provider.EZID) as bench:
        with pytest.raises(InvalidNameError):
            bench.registry.create(bench.bare(suffix))
        assert bench.asked() == []


@given(title=hostile, url=hostile)
def test_no_text_can_become_an_event_at_datacite(title: str, url: str) -> None:
    forged = '"}],"event":"publish","titles":[{"title":"' + title
    attributes = {"titles": [{"title": forged}], "event_": forged, "version": forged}
    with at(Provider.DATACITE) as bench:
        payload = Payload(name=bench.name(), url=url, attributes=attributes)
        try:
            bench.registry.create(payload)
        except RegistryError:
            assert bench.states() == {}
        else:
            assert bench.states() == {bench.name(): "draft"}
        assert "event" not in json.loads(bench.transport.requests[-1].read())["data"]["attributes"]


# --- the same over a real socket ----------------------------------------------------------------------------------

BREAKOUT = 'x\n_status: public\r\n_export: yes\r\n\r\n"}],"event":"publish","titles":[{"title":"%0A_status: public\u2028end'


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    accounts = (
        "--account",
        "datacite:ORG.REPO:secret:10.70112",
        "--account",
        "ezid:orgrepo:secret:10.70113/q1",
    )
    with running_sandbox(*accounts) as sandbox:
        yield sandbox


@pytest.mark.integration
@pytest.mark.parametrize(
    ("provider", "account_id", "name"),
    [
        (Provider.DATACITE, "ORG.REPO", "10.70112/7k3m-q845"),
        (Provider.EZID, "orgrepo", "10.70113/q17k3m-q845"),
    ],
)
def test_hostile_text_comes_back_as_text_over_a_real_socket(
    running: RunningSandbox, provider: Provider, account_id: str, name: str
) -> None:
    metadata = {
        "titles": [{"title": BREAKOUT}],
        "creators": [{"name": BREAKOUT}],
        "publisher": {"name": BREAKOUT},
        "publicationYear": 2026,
        "types": {"resourceTypeGeneral": "Dataset"},
    }
    payload = Payload(
        name=name, url=URL, attributes=to_datacite(metadata, version=None), xml=to_xml(metadata, name=name)
    )
    registry = open_registry(
        provider,
        base_url=f"{running.url}/{provider.value}",
        credentials=Credentials(account_id, "secret"),
        transport=None,
        max_connections=1,
    )

    with closing(registry):
        registry.create(payload)
        registry.update(payload, state=State.DRAFT)
        draft = registry.fetch(name)
        assert (draft.state, draft.title, draft.url) == (State.DRAFT, BREAKOUT, URL)
        assert _state_held(running, name) == "draft"
        registry.promote(payload, to=State.REGISTERED)
        registry.update(payload, state=State.REGISTERED)
        hidden = registry.fetch(name)

    assert (hidden.state, hidden.title, hidden.url) == (State.REGISTERED, BREAKOUT, URL)
    assert _state_held(running, name) == "registered"


def _state_held(running: RunningSandbox, name: str) -> str:
    records = httpx.get(f"{running.url}/records", trust_env=False).json()
    found: list[str] = [record["state"] for record in records if record["name"] == name]
    assert len(records) <= 2
    return found[0]
