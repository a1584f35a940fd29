"""DataCite's schema validator, by a light reading of kernel 4.7: what the XSD enforces, one error per element.

It judges JSON attributes (or the XML that was sent in their place) and is deliberately not the product's table.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from doi.sandbox.kernel import words
from doi.sandbox.kernel.xml import xml_errors

KERNEL_4 = "http://datacite.org/schema/kernel-4"
ENGINE_1 = frozenset({KERNEL_4, *(f"{KERNEL_4}.{minor}" for minor in range(4))})

_YEAR = re.compile(r"^\d{4}$")
_PUBLISHER_KEYS = {"name", "publisherIdentifier", "publisherIdentifierScheme", "schemeUri", "lang"}

type Check = Callable[[Any], Iterator[str]]


def schema_errors(metadata: Mapping[str, Any], *, name: str) -> dict[str, str]:
    """Give one message per `source` for a record that is not a valid kernel-4 document."""
    errors: dict[str, str] = {}
    found = _from_json(metadata) if not metadata.get("xml") else xml_errors(str(metadata["xml"]))
    for source, text in found:
        errors.setdefault(source, f"DOI {name}: {text}")
    return errors


def _from_json(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for source, attribute, element in (("creators", "creators", "creator"), ("titles", "titles", "title")):
        if not metadata.get(attribute):
            yield source, _missing(element)
    yield from _publisher(metadata.get("publisher"))
    year = str(metadata.get("publicationYear") or "")
    if _YEAR.match(year) is None:
        yield (
            "publication_year",
            _facet("pattern", f"The value '{year}' is not accepted by the pattern '[\\d]{{4}}'."),
        )
    general = (metadata.get("types") or {}).get("resourceTypeGeneral")
    if not general:
        text = f"Missing child element(s). Expected is one of ( {{{KERNEL_4}}}resourceType ). at line 2, column 0"
        yield "xml", text
    else:
        yield from _known("resourceType", general, words.RESOURCE_TYPES)
    for attribute, (source, check) in _CHECKS.items():
        for entry in metadata.get(attribute) or ():
            if isinstance(entry, dict):
                yield from ((source, text) for text in check(entry))


def _publisher(publisher: Any) -> Iterator[tuple[str, str]]:
    name = publisher.get("name") if isinstance(publisher, dict) else publisher
    if not name:
        text = "The value has a length of '0'; this underruns the allowed minimum length of '1'."
        yield "publisher", _facet("minLength", text)
    if isinstance(publisher, dict) and set(publisher) - _PUBLISHER_KEYS:
        yield "publisher", "The attribute is not allowed. at line 8, column 0"


def _missing(element: str) -> str:
    return f"Missing child element(s). Expected is ( {{{KERNEL_4}}}{element} ). at line 4, column 0"


def _facet(facet: str, text: str) -> str:
    return f"[facet '{facet}'] {text} at line 4, column 0"


def _unknown(value: Any, allowed: Collection[str]) -> str:
    choice = "', '".join(sorted(allowed))
    return _facet("enumeration", f"The value '{value}' is not an element of the set {{'{choice}'}}.")


def _known(source: str, value: Any, allowed: Collection[str]) -> Iterator[tuple[str, str]]:
    if value not in allowed:
        yield source, _unknown(value, allowed)


def _need(entry: Mapping[str, Any], key: str, allowed: Collection[str] | None = None) -> Iterator[str]:
    value = entry.get(key)
    if not value:
        yield f"The attribute '{key}' is required but missing. at line 4, column 0"
    elif allowed is not None and value not in allowed:
        yield _unknown(value, allowed)


def _may(entry: Mapping[str, Any], key: str, allowed: Collection[str]) -> Iterator[str]:
    if entry.get(key) and entry[key] not in allowed:
        yield _unknown(entry[key], allowed)


def _person(entry: Any) -> Iterator[str]:
    yield from _may(entry, "nameType", words.NAME_TYPES)


def _contributor(entry: Any) -> Iterator[str]:
    yield from _need(entry, "contributorType", words.CONTRIBUTOR_TYPES)
    yield from _person(entry)


def _title(entry: Any) -> Iterator[str]:
    yield from _may(entry, "titleType", words.TITLE_TYPES)


def _date(entry: Any) -> Iterator[str]:
    yield from _need(entry, "dateType", words.DATE_TYPES)


def _description(entry: Any) -> Iterator[str]:
    yield from _need(entry, "descriptionType", words.DESCRIPTION_TYPES)


def _identifier(entry: Any) -> Iterator[str]:
    yield from _need(entry, "identifierType")


def _related_identifier(entry: Any) -> Iterator[str]:
    yield from _need(entry, "relationType", words.RELATION_TYPES)
    yield from _need(entry, "relatedIdentifierType", words.RELATED_IDENTIFIER_TYPES)
    yield from _may(entry, "resourceTypeGeneral", words.RESOURCE_TYPES)


def _related_item(entry: Any) -> Iterator[str]:
    yield from _need(entry, "relationType", words.RELATION_TYPES)
    yield from _need(entry, "relatedItemType", words.RESOURCE_TYPES)
    yield from _may(entry, "numberType", words.NUMBER_TYPES)


def _funding(entry: Any) -> Iterator[str]:
    yield from _need(entry, "funderName")
    if entry.get("funderIdentifier"):
        yield from _need(entry, "funderIdentifierType", words.FUNDER_IDENTIFIER_TYPES)


def _place(entry: Any) -> Iterator[str]:
    points = [entry.get("geoLocationPoint"), entry.get("geoLocationBox")]
    for polygon in _listed(entry.get("geoLocationPolygon")):
        polygons = polygon if isinstance(polygon, list) else [polygon]
        corners = [corner["polygonPoint"] for corner in polygons if "polygonPoint" in corner]
        points.extend(corners)
    if _corner_count(entry.get("geoLocationPolygon")) in {1, 2, 3}:
        yield _missing("polygonPoint")
    for point in points:
        for key, value in (point or {}).items():
            limit = 90 if "atitude" in key else 180
            if not _within(value, limit):
                yield _facet("maxInclusive", f"The value '{value}' is beyond {limit}.")


def _corner_count(polygon: Any) -> int:
    flat = [corner for part in _listed(polygon) for corner in (part if isinstance(part, list) else [part])]
    return sum("polygonPoint" in corner for corner in flat)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _within(value: Any, limit: int) -> bool:
    try:
        return abs(float(value)) <= limit
    except (TypeError, ValueError):
        return False


_CHECKS: Mapping[str, tuple[str, Check]] = {
    "creators": ("creators", _person),
    "contributors": ("contributors", _contributor),
    "titles": ("titles", _title),
    "dates": ("dates", _date),
    "descriptions": ("descriptions", _description),
    "identifiers": ("identifiers", _identifier),
    "relatedIdentifiers": ("related_identifiers", _related_identifier),
    "relatedItems": ("related_items", _related_item),
    "fundingReferences": ("funding_references", _funding),
    "geoLocations": ("geo_locations", _place),
}
