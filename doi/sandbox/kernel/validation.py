"""Both registries' verdict on a record: a kernel-4 document, sent as XML or made from JSON, held against the schema.

DataCite judges by kernel 4.7 (lupo 05afac46, xml_schema_validator.rb), EZID by its own copy of 4.6 (EZID 018515e8).
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from lxml import etree

from doi.sandbox.kernel.judging import Mistake, mistakes
from doi.sandbox.kernel.schema import Kernel, schema
from doi.sandbox.kernel.words import NAMESPACE
from doi.sandbox.kernel.writing import xml_of
from doi.sandbox.kernel.xml import BadXmlError, parse_record

KERNEL_4 = NAMESPACE
ENGINE_1 = frozenset({KERNEL_4, *(f"{KERNEL_4}.{minor}" for minor in range(4))})

# DataCite names its own fields; what is not here keeps the element's name.
_SOURCES = {
    "date": "dates",
    "publicationYear": "publication_year",
    "alternateIdentifiers": "identifiers",
    "relatedIdentifiers": "related_identifiers",
    "relatedItems": "related_items",
    "geoLocations": "geo_locations",
    "rightsList": "rights_list",
    "fundingReferences": "funding_references",
    "version": "version_info",
    "resource": "xml",
}


def schema_errors(metadata: Mapping[str, Any], *, name: str) -> dict[str, str]:
    """Give one message per `source`, the first, for metadata that make no valid kernel-4 document."""
    return xml_errors(str(metadata.get("xml") or "") or xml_of(metadata, name=name), name=name)


def xml_errors(text: str, *, name: str) -> dict[str, str]:
    """Give one message per `source`, the first, for a text that is not a valid kernel-4 document."""
    try:
        found = record_mistakes(parse_record(text))
    except BadXmlError as error:
        return {"xml": f"DOI {name}: {error}"}
    errors: dict[str, str] = {}
    for mistake in found:
        message = f"DOI {name}: {mistake.text} at line {mistake.line}, column 0"
        errors.setdefault(source_of(mistake.place), message)
    return errors


def record_mistakes(root: etree._Element, *, kernel: Kernel = "4.7") -> list[Mistake]:
    """Judge a parsed record by a version of the schema; a good one has no mistakes."""
    return mistakes(root, _schema(kernel))


def source_of(place: str) -> str:
    """Give DataCite's name for where a mistake is: the place behind the last brace, without the quotation mark.

    So a bad word in an attribute has a source such as `date', attribute 'dateType`, which is how it is answered.
    """
    last = place.rpartition("}")[2][:-1]
    return _SOURCES.get(last, last)


_schema = cache(schema)
