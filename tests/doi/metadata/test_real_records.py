"""Records that DataCite really holds, through everything that ours go through."""

import json
from pathlib import Path
from typing import Any

import pytest
from datacite import schema45
from lxml import etree

from doi.metadata import problems, to_datacite, to_xml
from tests.doi.metadata.reading import read_record
from tests.doi.metadata.samples import complete, smallest
from tests.support.real_records import Record

pytestmark = pytest.mark.reference


@pytest.mark.parametrize("kernel", ["4.6", "4.7"])
def test_all_real_records_may_be_sent_but_two_that_are_wrong(real_records: list[Record], kernel: Any) -> None:
    assert len(real_records) == 54
    refused = {
        slug: problems(record, kernel=kernel)
        for slug, _, record in real_records
        if problems(record, kernel=kernel)
    }
    assert set(refused) == {"10-17182-hepdata-77274-v1", "10-18169-papdeottx00502"}
    assert [problem.field for problem in refused["10-18169-papdeottx00502"]] == [
        "dates[0].date",
        "descriptions[0].description",
    ]
    assert {problem.field.split(".")[1] for problem in refused["10-17182-hepdata-77274-v1"]} == {
        "relatedIdentifier"
    }


def test_the_xml_of_every_real_record_is_valid_by_the_xsd(
    real_records: list[Record], reference_dir: Path
) -> None:
    schema = etree.XMLSchema(
        etree.parse(str(reference_dir / "reference" / "datacite-schema" / "metadata.xsd"))
    )
    for slug, number, record in real_records:
        document = etree.fromstring(to_xml(record, name="10.5072/3mfp-6m52", version=number))
        assert schema.validate(document), (slug, schema.error_log)


def test_nothing_of_a_real_record_is_lost_in_the_xml(real_records: list[Record]) -> None:
    for _slug, _number, record in real_records:
        told = {name: value for name, value in record.items() if name != "container"}
        assert read_record(to_xml(told, name="10.5072/3mfp-6m52")) == told


def test_titles_and_names_of_real_records_come_through_character_for_character(
    real_records: list[Record], reference_dir: Path
) -> None:
    text = (reference_dir / "data" / "real-catalog.jsonl").read_text(encoding="utf-8")
    raw = {line["slug"]: line.get("metadata") for line in map(json.loads, text.splitlines())}
    for slug, number, record in real_records:
        sent = to_datacite(record, version=number)
        assert [item["title"] for item in sent["titles"]] == [item["title"] for item in raw[slug]["titles"]]
        assert [item["name"] for item in sent["creators"]] == [item["name"] for item in raw[slug]["creators"]]


def test_a_second_opinion_agrees_on_what_may_be_sent(real_records: list[Record]) -> None:
    """The `datacite` package judges by its own JSON Schema of 4.5; what it is known to judge otherwise is set right first."""
    judged = [record for _slug, _number, record in real_records if not problems(record, kernel="4.7")]
    for record in [*judged, smallest(), _as_of_45(complete())]:
        assert schema45.validate(_for_second_opinion(record)), schema45.validator.iter_errors(record)


def test_a_second_opinion_writes_the_same_xml() -> None:
    for record in (smallest(), _as_of_45(complete())):
        theirs = etree.fromstring(schema45.tostring(_for_second_opinion(record)).encode())
        ours = etree.fromstring(to_xml(_without_container(record), name="10.5072/abc"))
        assert _flat(ours) == _flat(theirs)


def _for_second_opinion(record: dict[str, Any]) -> dict[str, Any]:
    """It wants years as strings, no time without a zone, no repetition, and knows neither contentUrl nor inner schemeURI."""
    sent: dict[str, Any] = json.loads(json.dumps(_without_container(record)))
    sent.pop("contentUrl", None)
    sent["publicationYear"] = f"{sent['publicationYear']:04d}"
    for item in sent.get("relatedItems", []):
        item["publicationYear"] = str(item["publicationYear"])
    for item in sent.get("dates", []):
        item["date"] = item["date"].removesuffix("T00:00:00")
    for name, value in sent.items():
        if isinstance(value, list):
            sent[name] = [item for place, item in enumerate(value) if item not in value[:place]]
    return sent | {"doi": "10.5072/abc", "schemaVersion": "http://datacite.org/schema/kernel-4"}


def _without_container(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "container"}


def _as_of_45(record: dict[str, Any]) -> dict[str, Any]:
    """Without what later versions added, and without what the package leaves out of its XML."""
    for item in (*record["relatedIdentifiers"], *record["relatedItems"]):
        item.pop("relationTypeInformation", None)
    for name in ("relatedMetadataScheme", "schemeURI", "schemeType"):
        record["relatedItems"][0]["relatedItemIdentifier"].pop(name)
    record["fundingReferences"][0].pop("schemeUri")
    record["publisher"].pop("lang")
    record["subjects"][0].pop("classificationCode")
    return record


def _flat(root: etree._Element) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """Every element, in an order of its own: the two writers agree on parts, not on their sequence."""
    return sorted(
        (
            str(item.tag),
            (item.text or "").strip(),
            tuple(sorted((str(key), str(value)) for key, value in item.attrib.items())),
        )
        for item in root.iter()
        if item is not root
    )
