"""A DataCite record as the API shows it, which differs from what was sent (DataCite REST API, lupo 05afac46)."""

import base64
from collections.abc import Mapping
from typing import Any

from doi.sandbox.datacite import enrichment
from doi.sandbox.kernel.writing import xml_of
from doi.sandbox.store import Record

_LISTS = (
    "identifiers",
    "alternateIdentifiers",
    "creators",
    "titles",
    "subjects",
    "contributors",
    "dates",
    "relatedIdentifiers",
    "relatedItems",
    "sizes",
    "formats",
    "rightsList",
    "descriptions",
    "geoLocations",
    "fundingReferences",
)
_COUNTERS = (
    "viewCount",
    "downloadCount",
    "referenceCount",
    "citationCount",
    "partCount",
    "partOfCount",
    "versionCount",
    "versionOfCount",
)
_OVER_TIME = ("viewsOverTime", "downloadsOverTime", "citationsOverTime")


def resource(record: Record, *, query: Mapping[str, str], with_xml: bool = True) -> dict[str, Any]:
    """Give a record as a JSON:API resource; `publisher` and `affiliation` in the query ask for objects."""
    return {
        "id": record.name,
        "type": "dois",
        "attributes": _attributes(record, query, with_xml=with_xml),
        "relationships": {
            "client": {"data": {"id": record.owner, "type": "clients"}},
            "provider": {"data": {"id": record.owner.partition(".")[0], "type": "providers"}},
            "media": {"data": {"id": record.name, "type": "media"}},
            **{
                kind: {"data": []}
                for kind in ("references", "citations", "parts", "partOf", "versions", "versionOf")
            },
        },
    }


def xml_of_record(record: Record) -> str | None:
    """Give the record's XML: as it was sent, else as the registry makes it from the attributes; None without any."""
    if not record.described:
        return None
    sent: str | None = record.metadata.get("xml")
    if sent:
        return sent
    if record.written is None:
        record.written = xml_of(record.metadata, name=record.name)
    return record.written


def activities(record: Record) -> list[dict[str, Any]]:
    """Give the log of what was done to a record, newest first; of updates those that moved its state."""
    done = [
        {
            "id": f"{record.number:08x}-{version:04x}",
            "type": "activities",
            "attributes": {
                "prov:wasGeneratedBy": None,
                "prov:generatedAtTime": entry["at"],
                "prov:wasDerivedFrom": f"https://doi.org/{record.name}",
                "prov:wasAttributedTo": f"https://api.datacite.org/repositories/{record.owner}",
                "action": "update" if version else "create",
                "version": version,
                "changes": {"aasm_state": [record.history[version - 1]["state"], entry["state"]]}
                if version
                else {"aasm_state": entry["state"]},
            },
        }
        for version, entry in enumerate(record.history)
    ]
    return done[::-1]


def _attributes(record: Record, query: Mapping[str, str], *, with_xml: bool) -> dict[str, Any]:
    metadata = record.metadata
    prefix, _, suffix = record.name.partition("/")
    shown: dict[str, Any] = {"doi": record.name, "prefix": prefix, "suffix": suffix}
    shown |= {name: metadata.get(name) or [] for name in _LISTS}
    shown["alternateIdentifiers"] = [
        {"alternateIdentifier": each.get("identifier"), "alternateIdentifierType": each.get("identifierType")}
        for each in shown["identifiers"]
    ]
    if query.get("affiliation") != "true":
        shown["creators"] = [_short(person) for person in shown["creators"]]
        shown["contributors"] = [_short(person) for person in shown["contributors"]]
    shown["geoLocations"] = [_numbers(place) for place in shown["geoLocations"]]
    shown["publisher"] = _publisher(metadata.get("publisher"), whole=query.get("publisher") == "true")
    shown["container"] = metadata.get("container") or {}
    shown["publicationYear"] = _year(metadata.get("publicationYear"))
    shown["language"] = enrichment.language(metadata.get("language"))
    shown["types"] = enrichment.types(metadata.get("types") or {})
    shown["subjects"] = enrichment.subjects(shown["subjects"])
    shown["rightsList"] = [enrichment.rights(each) for each in shown["rightsList"]]
    for name in ("version", "schemaVersion", "reason", "contentUrl"):
        shown[name] = metadata.get(name)
    if with_xml:
        xml = xml_of_record(record)
        shown["xml"] = base64.b64encode(xml.encode()).decode() if xml else None
    return shown | _standing(record)


def _standing(record: Record) -> dict[str, Any]:
    return {
        "url": record.url or None,
        "metadataVersion": record.version,
        "source": record.metadata.get("source", "api"),
        "isActive": record.status == "findable",
        "state": record.status,
        "landingPage": None,
        **dict.fromkeys(_COUNTERS, 0),
        **{name: [] for name in _OVER_TIME},
        "created": record.created,
        "registered": record.registered,
        "published": record.published,
        "updated": record.updated,
    }


def _short(person: dict[str, Any]) -> dict[str, Any]:
    given = person.get("affiliation") or []
    several = given if isinstance(given, list) else [given]
    names = [each.get("name") if isinstance(each, dict) else each for each in several]
    return {**person, "affiliation": names, "nameIdentifiers": person.get("nameIdentifiers") or []}


def _publisher(publisher: Any, *, whole: bool) -> Any:
    if publisher is None:
        return None
    if whole:
        return publisher if isinstance(publisher, dict) else {"name": publisher}
    return publisher.get("name") if isinstance(publisher, dict) else publisher


def _year(year: Any) -> Any:
    return int(year) if isinstance(year, str) and year.isascii() and year.isdigit() else year


def _numbers(place: Any) -> Any:
    if isinstance(place, list):
        return [_numbers(each) for each in place]
    if not isinstance(place, dict):
        return place
    return {key: _number(value) if _is_coordinate(key) else _numbers(value) for key, value in place.items()}


def _is_coordinate(key: str) -> bool:
    return key.endswith(("Longitude", "Latitude"))


def _number(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
