"""What may be sent comes back from both registries as it was, in JSON and in XML; and every member takes part."""

import copy
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from doi.kernel4 import RECORD, Many, Members, Polygons, Shape
from doi.metadata import merge, normalise, problems, to_datacite, to_xml
from doi.registries import Payload
from doi.sandbox.store import Record
from doi.states import Provider, State
from tests.doi.metadata.reading import read_record
from tests.doi.metadata.strategies import records
from tests.doi.registries.bench import PASSWORD, URL, Bench, make_bench
from tests.support.sandbox import SANDBOX_URL

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(RECORD.members)) | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def datacite() -> Iterator[Bench]:
    yield from _opened(Provider.DATACITE)


@pytest.fixture(scope="module")
def ezid() -> Iterator[Bench]:
    yield from _opened(Provider.EZID)


def _opened(provider: Provider) -> Iterator[Bench]:
    made = make_bench(provider)
    yield made
    made.registry.close()
    made.sandbox.close()


def in_xml(record: dict[str, Any]) -> dict[str, Any]:
    """A record without what has no place in the XML, the point inside a polygon last."""
    told = {
        name: value
        for name, value in copy.deepcopy(record).items()
        if name not in {"container", "contentUrl"}
    }
    for item in told.get("geoLocations", []):
        several = item.get("geoLocationPolygon") or []
        if len(several) == 1 and isinstance(several[0], list):
            item["geoLocationPolygon"] = several[0]
    return told


def without_container(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "container"}


@settings(deadline=None, max_examples=60)
@given(records("4.7"))
def test_an_independent_reading_of_the_xml_finds_the_record_again(record: dict[str, Any]) -> None:
    assert read_record(to_xml(without_container(record), name="10.5072/a")) == in_xml(record)


def sent_to(bench: Bench, suffix: str, record: dict[str, Any]) -> Record:
    """Reserve a DOI, make it findable, and look at what the registry holds."""
    name = bench.name(suffix)
    xml = to_xml(without_container(record), name=name)
    payload = Payload(name=name, url=URL, attributes=to_datacite(record, version=None), xml=xml)
    if bench.sandbox.store.get(bench.provider.value, name) is None:
        bench.registry.create(payload)
        bench.registry.promote(payload, to=State.FINDABLE)
    else:
        bench.registry.update(payload, state=State.FINDABLE)
    held = bench.sandbox.store.get(bench.provider.value, name)
    assert held is not None
    return held


@settings(deadline=None, max_examples=40)
@given(record=records("4.7"))
def test_datacite_shows_what_it_was_sent(record: dict[str, Any], datacite: Bench) -> None:
    record.pop("language", None)  # it is shortened to two letters there
    sent_to(datacite, "7k3m-q845", record)
    with httpx.Client(transport=datacite.transport, auth=(datacite.account_id, PASSWORD)) as client:
        answer = client.get(
            f"{SANDBOX_URL}/datacite/dois/{datacite.name()}",
            params={"publisher": "true", "affiliation": "true"},
        )
    assert normalise(answer.json()["data"]["attributes"]) == record


@settings(deadline=None, max_examples=40)
@given(record=records("4.6"))
def test_ezid_holds_what_it_was_sent(record: dict[str, Any], ezid: Bench) -> None:
    held = sent_to(ezid, "7k3mq845", record)
    assert held.status == "public"
    assert read_record(str(held.metadata["datacite"])) == in_xml(record)


def members(shape: Shape, path: str = "") -> Iterator[str]:
    match shape:
        case Members(members=inner):
            for name, member in inner.items():
                yield f"{path}.{name}"
                yield from members(member.shape, f"{path}.{name}")
        case Many(item=item):
            yield from members(item, path)
        case Polygons(point=point):
            for name in ("polygonPoint", "inPolygonPoint"):
                yield f"{path}.{name}"
                yield from members(point, f"{path}.{name}")
        case _:
            return


def paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{path}.{name}"
            yield from paths(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, path)


def test_the_examples_use_every_property_and_every_member() -> None:
    drawn: set[str] = set()

    @seed(4)
    @settings(deadline=None, max_examples=150, database=None, phases=[Phase.generate])
    @given(records("4.7"))
    def draw(record: dict[str, Any]) -> None:
        drawn.update(paths(record))

    draw()
    assert set(members(RECORD)) - drawn == set()


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(sorted(RECORD.members)) | st.text(max_size=5), ANYTHING, max_size=5))
def test_anything_at_all_is_normalised_once_and_judged_without_a_crash(metadata: dict[str, Any]) -> None:
    before = copy.deepcopy(metadata)
    once = normalise(metadata)
    assert repr(metadata) == repr(before)
    assert repr(normalise(once)) == repr(once)
    for raw in (metadata, once):
        found = problems(raw, kernel="4.6", this_year=2026)
        assert found
        assert len({problem.field for problem in found}) == len(found)


@settings(deadline=None, max_examples=40)
@given(records("4.7"), records("4.7"), records("4.7"))
def test_merging_is_normal_whatever_is_laid_over_whatever(
    low: dict[str, Any], middle: dict[str, Any], high: dict[str, Any]
) -> None:
    merged = merge(middle, high, defaults=low)
    assert normalise(merged) == merged
    assert merge({}, {}, defaults=low) == merge({}, low, defaults={}) == merge(low, {}, defaults={}) == low
    assert merge(middle, middle, defaults=low) == merge(middle, {}, defaults=low)
    assert merge(merge(middle, {}, defaults=low), high, defaults={}) == merged
    assert {name: merged[name] for name in high if name != "types"} == {
        name: value for name, value in high.items() if name != "types"
    }
    assert problems(merged, kernel="4.7", this_year=2026) == ()
