"""Existing DOIs of any shape: looked at, updated, hidden and shown under exactly their name, in process and on the wire."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from doi import names
from doi.errors import InvalidNameError, NotADraftError
from doi.registries import Credentials, Payload, Registry, open_registry
from doi.sandbox.orders import summary
from doi.sandbox.store import Record, Store
from doi.states import Provider, State
from tests.doi.name_vectors import VECTORS
from tests.doi.registries.bench import ATTRIBUTES, PASSWORD, XML, Bench
from tests.support.sandbox import running_sandbox

OLD_URL, NEW_URL = "https://old.example.edu/x", "https://data.example.edu/v/1"
# Lately: EZID's test identifiers, of which one row is, go after two weeks.
MADE = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M:%S.000Z}"

AT_DATACITE = [pytest.param(name, id=row) for row, name, *_rest in VECTORS]
AT_EZID = [pytest.param(name, id=row) for row, name, _url, _crossref, _lupo, ezid in VECTORS if ezid]
NOT_AT_EZID = {
    "2": "“#” (U+0023)",
    "3": "“#” (U+0023)",
    "21": "two slashes in a row",
    "22": "two slashes in a row",
    "26": "four or five digits",
    "31": "“а” (U+0430)",
    "32": "“á” (U+00E1)",
    "33": "“ä” (U+00E4)",
    "34": "“–” (U+2013)",
    "35": "“‒” (U+2012)",
    "36": "“⁃” (U+2043)",
    "37": "“¬” (U+00AC)",
    "38": "(U+200E)",
    "39": "“ ” (U+0020)",
    "S1": "“#” (U+0023)",
    "S2": "“?” (U+003F)",
    "S7": "four or five digits",
}


def existing(provider: Provider, name: str, *, status: str, owner: str) -> Record:
    """A record as an earlier system left it, whatever today's rules for new names say."""
    metadata = dict(ATTRIBUTES) if provider == Provider.DATACITE else {"datacite": XML.format(name=name)}
    return Record(
        provider.value,
        names.fold(name),
        owner,
        status,
        OLD_URL,
        MADE,
        MADE,
        registered=None if status in {"draft", "reserved"} else MADE,
        described=True,
        metadata={
            **metadata,
            **({"schemaVersion": "http://datacite.org/schema/kernel-4"} if provider == "datacite" else {}),
        },
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A registry that holds the vectors, and how to look at what it holds behind the adapter's back."""

    registry: Registry
    held: Callable[[str], dict[str, str]]

    def state_of(self, name: str) -> tuple[str, str]:
        record = self.held(names.fold(name))
        return record["state"], record["url"]


def walk(place: Place, name: str) -> None:
    """Look, update, hide and show; each reaches the record with this very name."""
    name = names.fold(name)
    payload = Payload(
        name=name, url=NEW_URL, attributes=ATTRIBUTES, xml=XML.format(name=names.fold("10.1/x"))
    )
    registry = place.registry

    found = registry.fetch(name)
    assert (found.name, found.state, found.url) == (name, State.FINDABLE, OLD_URL)
    assert registry.update(payload, state=State.FINDABLE).name == name
    assert place.state_of(name) == ("findable", NEW_URL)
    assert registry.hide(payload).state == State.REGISTERED
    assert place.state_of(name) == ("registered", NEW_URL)
    assert registry.show(payload).state == State.FINDABLE
    with pytest.raises(NotADraftError):
        registry.discard(name)
    assert place.state_of(name) == ("findable", NEW_URL)


# --- in process ---------------------------------------------------------------------------------------------------


def _in_process(bench: Bench, name: str, *, status: str) -> Place:
    record = existing(bench.provider, name, status=status, owner=bench.account_id.lower())
    bench.sandbox.store.save(record)
    return Place(
        bench.registry, lambda folded: {each["name"]: each for each in bench.sandbox.records()}[folded]
    )


@pytest.mark.parametrize("name", AT_DATACITE)
def test_every_existing_doi_is_looked_after_at_datacite(datacite: Bench, name: str) -> None:
    walk(_in_process(datacite, name, status="findable"), name)


@pytest.mark.parametrize("name", AT_EZID)
def test_every_existing_doi_that_ezid_can_hold_is_looked_after_there(ezid: Bench, name: str) -> None:
    walk(_in_process(ezid, name, status="public"), name)


@pytest.mark.parametrize("name", AT_DATACITE)
def test_an_existing_draft_of_any_shape_becomes_permanent_or_goes(datacite: Bench, name: str) -> None:
    place = _in_process(datacite, name, status="draft")
    folded = names.fold(name)
    payload = Payload(name=folded, url=NEW_URL, attributes=ATTRIBUTES)

    assert place.registry.update(payload, state=State.DRAFT).state == State.DRAFT
    place.registry.discard(folded)
    assert datacite.sandbox.records() == []

    _in_process(datacite, name, status="draft")
    assert place.registry.promote(payload, to=State.REGISTERED).state == State.REGISTERED
    assert place.state_of(name) == ("registered", NEW_URL)


ACTS: dict[str, Callable[[Registry, Payload], object]] = {
    "create": lambda registry, payload: registry.create(payload),
    "fetch": lambda registry, payload: registry.fetch(payload.name),
    "update": lambda registry, payload: registry.update(payload, state=State.FINDABLE),
    "promote": lambda registry, payload: registry.promote(payload, to=State.FINDABLE),
    "hide": lambda registry, payload: registry.hide(payload),
    "show": lambda registry, payload: registry.show(payload),
    "discard": lambda registry, payload: registry.discard(payload.name),
}


def test_the_table_of_refused_names_is_complete() -> None:
    assert set(NOT_AT_EZID) == {row for row, *_rest, ezid in VECTORS if not ezid}


@pytest.mark.parametrize("act", list(ACTS))
@pytest.mark.parametrize(
    ("name", "why"),
    [pytest.param(name, NOT_AT_EZID[row], id=row) for row, name, *_rest, ezid in VECTORS if not ezid],
)
def test_what_ezid_cannot_hold_is_refused_before_anything_is_sent(
    ezid: Bench, act: str, name: str, why: str
) -> None:
    with pytest.raises(InvalidNameError) as caught:
        ACTS[act](ezid.registry, Payload(name=names.fold(name), url=NEW_URL))

    assert why in str(caught.value)
    assert str(caught.value).endswith(".")
    assert ezid.asked() == []


# --- the path -----------------------------------------------------------------------------------------------------

AWKWARD = {
    "10.70112/a/b": "10.70112%2Fa%2Fb",
    "10.70112/a/../b": "10.70112%2Fa%2F..%2Fb",
    "10.70112/..": "10.70112%2F..",
    "10.70112/.": "10.70112%2F.",
    "10.70112//a": "10.70112%2F%2Fa",
    "10.70112/a//": "10.70112%2Fa%2F%2F",
    "10.70112/%2f": "10.70112%2F%252f",
    "10.70112/%": "10.70112%2F%25",
    "10.70112/100%25?": "10.70112%2F100%2525%3F",
    "10.70112/a?b=c&d#e": "10.70112%2Fa%3Fb%3Dc%26d%23e",
    "10.70112/a b+c": "10.70112%2Fa%20b%2Bc",
    "10.70112/a;b=c,d": "10.70112%2Fa%3Bb%3Dc%2Cd",
    "10.70112/a\\b": "10.70112%2Fa%5Cb",
    "10.70112/атбп": "10.70112%2F%D0%B0%D1%82%D0%B1%D0%BF",
    "10.70112/a\u200e": "10.70112%2Fa%E2%80%8E",
    "10.70112/a\u0301": "10.70112%2Fa%CC%81",
    "10.70112/\U0001f30a": "10.70112%2F%F0%9F%8C%8A",
    "10.70112/a.json": "10.70112%2Fa.json",
    "10.1002/(sici)1<1::a>3.0.co;2-#": "10.1002%2F%28sici%291%3C1%3A%3Aa%3E3.0.co%3B2-%23",
}
AWKWARD_AT_EZID = {
    "10.70113/a/b": "10.70113/a/b",
    "10.70113/a/../b": "10.70113/a/..%2Fb",
    "10.70113/a/./../b": "10.70113/a/.%2F../b",
    "10.70113/..": "10.70113%2F..",
    "10.70113/a/.": "10.70113/a%2F.",
    "10.70113/...": "10.70113/...",
    "10.70113/%2f": "10.70113/%252f",
    "10.70113/100%25": "10.70113/100%2525",
    "10.70113/a&b=c;d,e@f": "10.70113/a&b=c;d,e@f",
    '10.70113/a"b<c>\\d|e^f`g{h}': "10.70113/a%22b%3Cc%3E%5Cd%7Ce%5Ef%60g%7Bh%7D",
    "10.70113/[a]+b": "10.70113/%5Ba%5D%2Bb",
}


@pytest.mark.parametrize(("name", "path"), AWKWARD.items())
def test_a_name_is_escaped_once_in_datacites_path_and_nothing_normalises_it(
    datacite: Bench, name: str, path: str
) -> None:
    walk(_in_process(datacite, name, status="findable"), name)

    assert {line.partition(" ")[2] for line in datacite.asked()} == {f"/datacite/dois/{path}"}


@pytest.mark.parametrize(("name", "path"), AWKWARD_AT_EZID.items())
def test_a_name_is_escaped_once_in_ezids_path_and_nothing_normalises_it(
    ezid: Bench, name: str, path: str
) -> None:
    walk(_in_process(ezid, name, status="public"), name)

    assert {line.partition(" ")[2] for line in ezid.asked()} == {f"/ezid/id/doi:{path}"}


# --- on the wire --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A sandbox as a server that holds every vector, at DataCite and, where its syntax allows, at EZID; its journal."""
    state = tmp_path_factory.mktemp("adoption") / "state.jsonl"
    _seed(state)
    accounts = (
        "--account",
        f"datacite:ORG.REPO:{PASSWORD}:10.70112",
        "--account",
        f"ezid:orgrepo:{PASSWORD}:10.70113/q1",
    )
    with running_sandbox("--state", str(state), *accounts) as running:
        yield running.url, state


def _seed(state: Path) -> None:
    store = Store(state)
    for _row, name, *_rest, ezid in VECTORS:
        store.save(existing(Provider.DATACITE, name, status="findable", owner="org.repo"))
        if ezid:
            store.save(existing(Provider.EZID, name, status="public", owner="orgrepo"))
    for name in AWKWARD:
        store.save(existing(Provider.DATACITE, name, status="findable", owner="org.repo"))
    for name in AWKWARD_AT_EZID:
        store.save(existing(Provider.EZID, name, status="public", owner="orgrepo"))
    store.close()


@pytest.mark.parametrize(
    ("provider", "account", "vectors"),
    [
        (Provider.DATACITE, "ORG.REPO", [*(row[1] for row in VECTORS), *AWKWARD]),
        (Provider.EZID, "orgrepo", [*(row[1] for row in VECTORS if row[5]), *AWKWARD_AT_EZID]),
    ],
)
def test_every_name_goes_over_the_wire_unharmed(
    served: tuple[str, Path], provider: Provider, account: str, vectors: list[str]
) -> None:
    address, state = served

    def held(folded: str) -> dict[str, Any]:
        """What its journal says last about the name; a change is there before it is answered."""
        for line in reversed(state.read_bytes().splitlines()):
            entry = json.loads(line).get("put", {})
            if (entry.get("provider"), entry.get("name")) == (provider, folded):
                return summary(Record(**entry))
        raise AssertionError(folded)

    registry = open_registry(
        provider,
        base_url=f"{address}/{provider}",
        credentials=Credentials(account, PASSWORD),
        max_connections=1,
    )
    with closing(registry):
        for name in vectors:
            walk(Place(registry, held), name)


def test_names_that_look_alike_are_different_dois(datacite: Bench) -> None:
    alike = [
        "10.70112/a",
        "10.70112/a\u200e",
        "10.70112/a%20",
        "10.70112/a ",
        "10.70112/á",
        "10.70112/a\u0301",
    ]
    for number, name in enumerate(alike):
        record = existing(Provider.DATACITE, name, status="findable", owner="org.repo")
        datacite.sandbox.store.save(record.changed(url=f"https://old.example.edu/{number}"))

    assert [datacite.registry.fetch(name).url[-1] for name in alike] == ["0", "1", "2", "3", "4", "5"]
