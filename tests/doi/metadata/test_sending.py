"""What goes to DataCite as JSON."""

import copy
import json

from doi.kernel4 import PROPERTIES
from doi.metadata import EMPTY_DATACITE, SCHEMA_VERSION, to_datacite
from tests.doi.metadata.samples import complete, smallest


def test_every_writable_attribute_is_there_so_that_a_put_clears_what_was_removed() -> None:
    sent = to_datacite(smallest(), version="2.0")
    assert set(sent) == {"schemaVersion", *PROPERTIES}
    assert sent["subjects"] == []
    assert sent["language"] is None
    assert sent["container"] is None
    assert sent["creators"] == smallest()["creators"]


def test_the_schema_version_is_exactly_kernel_4() -> None:
    assert to_datacite(smallest(), version=None)["schemaVersion"] == "http://datacite.org/schema/kernel-4"
    assert SCHEMA_VERSION == "http://datacite.org/schema/kernel-4"


def test_the_versions_number_is_sent_and_else_the_metadatas_own() -> None:
    assert to_datacite(complete(), version="3.1")["version"] == "3.1"
    assert to_datacite(complete(), version=None)["version"] == "1.0"
    assert to_datacite(smallest(), version=None)["version"] is None


def test_the_complete_record_is_sent_as_it_is() -> None:
    assert to_datacite(complete(), version=None) == complete() | {"schemaVersion": SCHEMA_VERSION}


def test_neither_the_input_nor_the_empty_record_can_be_changed_through_what_is_sent() -> None:
    record, empty = complete(), copy.deepcopy(dict(EMPTY_DATACITE))
    sent = to_datacite(record, version="9")
    sent["creators"][0]["name"] = "changed"
    to_datacite(smallest(), version=None)["subjects"].append("changed")
    assert record == complete()
    assert empty == EMPTY_DATACITE


def test_the_empty_record_clears_everything_and_can_be_sent() -> None:
    assert set(EMPTY_DATACITE) == set(PROPERTIES)
    assert all(value in ([], None) for value in EMPTY_DATACITE.values())
    json.dumps(EMPTY_DATACITE)
