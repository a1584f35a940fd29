"""The sandbox's own verdict against libxml2's with DataCite's 4.7 schema: they must be the same, mistake by mistake.

On purpose they differ in two things, which nobody who writes records for a registry sends: the sandbox does not read
`xsi:type` and `xsi:nil`, and it does not look at `xml:id`.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from doi.metadata import to_datacite, to_xml
from doi.sandbox.kernel.writing import xml_of
from tests.doi.sandbox.frozen import changed, frozen
from tests.doi.sandbox.kernel_damage import ATTRIBUTES, TAGS, VALUES, damaged
from tests.doi.sandbox.kernel_records import RECORDS
from tests.doi.sandbox.kernel_verdicts import WHOLE, by_the_sandbox, by_the_schema, kinds, schema_of
from tests.support.real_records import records_of

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def schema(reference_dir: Path) -> etree.XMLSchema:
    return schema_of(reference_dir)


@settings(max_examples=100)
@given(record=RECORDS)
def test_a_record_is_judged_as_by_the_schema(schema: etree.XMLSchema, record: dict[str, Any]) -> None:
    root = etree.fromstring(xml_of(record, name="10.5072/x").encode())
    assert by_the_sandbox(root) == by_the_schema(root, schema)


@settings(max_examples=300)
@given(data=st.data(), record=RECORDS)
def test_a_damaged_record_is_judged_as_by_the_schema(
    schema: etree.XMLSchema, data: st.DataObject, record: dict[str, Any]
) -> None:
    root = etree.fromstring(data.draw(damaged(xml_of(record, name="10.5072/x"))).encode())
    assert by_the_sandbox(root) == by_the_schema(root, schema)


def set_attributes(node: Any) -> Iterator[None]:
    for name in ATTRIBUTES:
        before = node.get(name)
        for value in ("Other", "50%", "de_CH"):
            node.set(name, value)
            yield
        node.set(name, before or "")
        if before is None:
            del node.attrib[name]


def set_texts(node: Any) -> Iterator[None]:
    before = node.text
    for node.text in VALUES:
        yield
    node.text = before


def add_children(node: Any) -> Iterator[None]:
    for place in {0, len(node)}:
        for tag in TAGS:
            node.insert(place, etree.Element(tag))
            yield
            del node[place]


@pytest.mark.parametrize("change", [set_attributes, set_texts, add_children])
def test_each_element_is_judged_as_by_the_schema(
    schema: etree.XMLSchema, change: Callable[[Any], Iterator[None]]
) -> None:
    root = etree.fromstring(xml_of(WHOLE, name="10.5072/x").encode())
    found = kinds(root)
    assert len(found) > 80
    for node in found:
        for _ in change(node):
            assert by_the_sandbox(root) == by_the_schema(root, schema), etree.tostring(node)


def test_every_real_record_is_judged_as_by_the_schema(schema: etree.XMLSchema, reference_dir: Path) -> None:
    records = records_of(reference_dir)
    assert len(records) > 50
    for slug, number, record in records:
        sent = to_datacite(record, version=number)
        for xml in (
            xml_of(sent, name="10.5072/x").encode(),
            to_xml(record, name="10.5072/x", version=number),
        ):
            root = etree.fromstring(xml)
            assert by_the_sandbox(root) == by_the_schema(root, schema) == set(), slug


def test_what_datacite_accepted_is_accepted_as_it_was_exported(
    schema: etree.XMLSchema, reference_dir: Path
) -> None:
    text = (reference_dir / "data" / "real-catalog.jsonl").read_text(encoding="utf-8")
    for line in map(json.loads, text.splitlines()):
        root = etree.fromstring(xml_of(line.get("metadata", {}), name="10.5072/x").encode())
        assert by_the_sandbox(root) == by_the_schema(root, schema)
        assert "metadata" not in line or not by_the_sandbox(root), line["slug"]


def test_the_frozen_judgements_are_the_schemas(schema: etree.XMLSchema) -> None:
    record, cases = frozen()
    for case, mistakes in cases:
        assert by_the_schema(changed(record, case), schema) == mistakes, case
