"""JSON attributes read from XML that a client sent."""

from typing import Any

import pytest
from hypothesis import given

from doi.sandbox.kernel.reading import json_of
from doi.sandbox.kernel.writing import xml_of
from doi.sandbox.kernel.xml import BadXmlError
from tests.doi.sandbox.kernel_records import RECORDS


def read(inside: str) -> dict[str, Any]:
    return json_of(f'<resource xmlns="http://datacite.org/schema/kernel-4">{inside}</resource>')


@given(record=RECORDS)
def test_what_is_written_is_read_back(record: dict[str, Any]) -> None:
    found = json_of(xml_of(record, name="10.5072/x"))
    # The registry makes one out of other properties.
    found.pop("container", None)
    assert found == record


def test_nothing_is_read_from_an_empty_record() -> None:
    assert json_of(xml_of({}, name="10.5072/x")) == {}


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<titles><title>\n  A title \n</title></titles>", {"titles": [{"title": "A title"}]}),
        (
            "<descriptions><description descriptionType='Abstract'>one<br/>two<!-- 3 --></description></descriptions>",
            {"descriptions": [{"description": "onetwo", "descriptionType": "Abstract"}]},
        ),
        ("<publicationYear>last year</publicationYear>", {"publicationYear": "last year"}),
        ("<sizes><size/><size> 1 MB</size></sizes>", {"sizes": ["1 MB"]}),
        ("<publisher/><version/><language/><creators/>", {}),
        ("<colour>red</colour>", {}),
        (
            "<creators><creator><creatorName>A</creatorName><affiliation/></creator></creators>",
            {"creators": [{"name": "A", "affiliation": [{"name": ""}]}]},
        ),
        ("<geoLocations><geoLocation/></geoLocations>", {"geoLocations": [{}]}),
    ],
)
def test_odd_records_are_read_without_judging_them(inside: str, expected: dict[str, Any]) -> None:
    assert read(inside) == expected


@pytest.mark.parametrize(
    "container",
    [
        {"title": "Waters"},
        {"title": "Waters", "volume": "3", "issue": "2", "firstPage": "1", "lastPage": "9"},
        {"title": "Waters", "volume": "3", "firstPage": "1"},
        {"title": "Waters", "volume": "3", "issue": "2"},
    ],
)
def test_a_container_is_read_from_its_sentence(container: dict[str, str]) -> None:
    found = json_of(xml_of({"container": container}, name="10.5072/x"))
    assert found["container"] == {"type": "Series", **container}


def test_a_container_is_read_from_the_relation_too() -> None:
    whole = {"relatedIdentifier": "10.5072/y", "relatedIdentifierType": "DOI", "relationType": "IsPartOf"}
    record = {"relatedIdentifiers": [whole], "types": {"resourceTypeGeneral": "Dataset"}}
    assert json_of(xml_of(record, name="10.5072/x"))["container"] == {
        "type": "DataRepository",
        "identifier": "10.5072/y",
        "identifierType": "DOI",
    }


def test_what_is_no_record_is_not_read() -> None:
    with pytest.raises(BadXmlError):
        json_of("<resource/>")
