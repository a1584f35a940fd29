"""The sandbox's own verdict against libxml2's with DataCite's 4.7 schema: they must be the same, mistake by mistake.

On purpose they differ in two things, which nobody who writes records for a registry sends: the sandbox does not read
`xsi:type` and `xsi:nil`, and it does not look at `xml:id`.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from doi.metadata import to_datacite, to_xml
from doi.sandbox.kernel.validation import record_mistakes
from doi.sandbox.kernel.writing import xml_of
from tests.doi.sandbox.kernel_damage import damaged
from tests.doi.sandbox.kernel_records import RECORDS
from tests.support.real_records import records_of

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def schema(reference_dir: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(reference_dir / "reference/datacite-schema/metadata.xsd"))


# As sets: the schema tells a stray text once for each of its pieces, and where it stands among the elements.


def by_the_schema(root: Any, schema: etree.XMLSchema) -> set[tuple[str, int]]:
    schema.validate(root)
    return {(without_words(error.message), error.line) for error in cast("Iterable[Any]", schema.error_log)}


def by_the_sandbox(root: Any) -> set[tuple[str, int]]:
    return {(without_words(f"{place}: {text}"), line) for place, text, line in record_mistakes(root)}


def without_words(message: str) -> str:
    """The schema has its lists in an order of its own."""
    return message.partition(" of the set {")[0]


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
