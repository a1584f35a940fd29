"""Kernel-4 XML made from JSON attributes, as DataCite makes it (bolognese ff9ced47, datacite_utils.rb).

What is incomplete in the attributes is incomplete in the document: no creators give an empty `creators`, no year an
empty `publicationYear`. So the document is judged, and nothing else. The lines are the registry's too, since its
messages name them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from doi.sandbox.kernel import attributes as names
from doi.sandbox.kernel.words import NAMESPACE
from doi.sandbox.names import raised

LOCATION = f"{NAMESPACE} http://schema.datacite.org/meta/kernel-4/metadata.xsd"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<resource xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="{NAMESPACE}"'
    f' xsi:schemaLocation="{LOCATION}">'
)

# What XML 1.0 cannot hold.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Looked for first, as most texts have nothing to replace.
_SPECIAL = re.compile(_IMPOSSIBLE.pattern[:-1] + "&<>\r]")
_SPACES_AND_QUOTES = re.compile('["\n\t]')
# The general type of a record that has only schema.org's.
_GENERAL_TYPES = {
    "VideoObject": "Audiovisual",
    "Collection": "Collection",
    "Dataset": "Dataset",
    "Event": "Event",
    "ImageObject": "Image",
    "Service": "Service",
    "SoftwareSourceCode": "Software",
    "AudioObject": "Sound",
    "ScholarlyArticle": "Text",
}

type Entry = Mapping[str, Any]
type Lines = list[str]


def xml_of(metadata: Mapping[str, Any], *, name: str) -> str:
    """Write JSON attributes as a kernel-4 document for the DOI name, which is raised to upper case.

    Never fails for what JSON can hold; characters that XML cannot hold are left out.
    """
    whole = _with_series(metadata) if metadata.get("container") else metadata
    lines = [_leaf("identifier", raised(name), ' identifierType="DOI"')]
    lines += _block("creators", [_person("creator", each) for each in _each(metadata, "creators", "name")])
    lines += _block("titles", _listed(metadata, names.TITLES))
    lines.append(_publisher(metadata))
    lines.append(_leaf("publicationYear", metadata.get("publicationYear")))
    for key, write in _WRITERS:
        if key in _ALWAYS or whole.get(key):
            lines += write(whole)
    text = "\n  ".join([_HEAD, *lines])
    return f"{text}\n</resource>\n"


# --- Elements ---------------------------------------------------------------------------------------------------


def _block(tag: str, children: Iterable[Lines], inside: str = "") -> Lines:
    lines = [f"  {line}" for child in children for line in child]
    return [f"<{tag}{inside}>", *lines, f"</{tag}>"] if lines else [f"<{tag}{inside}/>"]


def _leaf(tag: str, value: Any, inside: str = "") -> str:
    text = _text(value)
    return f"<{tag}{inside}>{text}</{tag}>" if text else f"<{tag}{inside}/>"


def _inside(entry: Entry, attributes: tuple[names.Attribute, ...]) -> str:
    """Write an element's attributes, as they stand in its start tag."""
    found = [
        (name, entry.get(key)) for name, key, always in attributes if always or entry.get(key) is not None
    ]
    return "".join([f' {name}="{_quoted(value)}"' for name, value in found])


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else _plain(value)
    if _SPECIAL.search(text) is None:
        return text
    # A carriage return that is not written as a reference would be read back as a line feed.
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return _IMPOSSIBLE.sub("", text)


def _quoted(value: Any) -> str:
    text = _text(value)
    if _SPACES_AND_QUOTES.search(text) is None:
        return text
    return text.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- Attributes -------------------------------------------------------------------------------------------------


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _map(value: Any) -> Entry:
    return value if isinstance(value, dict) else {}


def _each(metadata: Entry, key: str, text: str) -> list[Entry]:
    """Give a list's entries; a bare text stands for an entry with its main member, `text`, only."""
    return [each if isinstance(each, dict) else {text: each} for each in _list(metadata.get(key))]


def _with(entry: Entry, **defaults: str) -> Entry:
    """Give an entry with what the registry takes for a member that is absent or null."""
    return defaults | {key: value for key, value in entry.items() if value is not None}


# --- Properties -------------------------------------------------------------------------------------------------


def _listed(metadata: Entry, kind: names.Listed, **defaults: str) -> list[Lines]:
    found = _each(metadata, kind.key, kind.text)
    entries = [_with(each, **defaults) for each in found] if defaults else found
    return [[_leaf(kind.tag, each.get(kind.text), _inside(each, kind.attributes))] for each in entries]


def _person(kind: str, person: Entry, inside: str = "") -> Lines:
    given, family = person.get("givenName"), person.get("familyName")
    parts = (family, given) if family else (person.get("name"),)
    name = ", ".join([_plain(part) for part in parts if part is not None])
    lines = [_leaf(f"{kind}Name", name, _inside(person, names.NAME))]
    if given:
        lines.append(_leaf("givenName", given))
    if family:
        lines.append(_leaf("familyName", family))
    for tag, key, text, attributes in (
        ("nameIdentifier", "nameIdentifiers", "nameIdentifier", names.NAME_IDENTIFIER),
        ("affiliation", "affiliation", "name", names.AFFILIATION),
    ):
        lines += [_leaf(tag, each.get(text), _inside(each, attributes)) for each in _each(person, key, text)]
    return _block(kind, [lines], inside)


def _publisher(metadata: Entry) -> str:
    publisher = metadata.get("publisher")
    entry = publisher if isinstance(publisher, dict) else {"name": publisher}
    name = entry.get("name")
    if name is None:
        name = _map(metadata.get("container")).get("title")
    return _leaf("publisher", name, _inside(entry, names.PUBLISHER))


def _types(metadata: Entry) -> Lines:
    types = _map(metadata["types"])
    if types.get("resourceTypeGeneral") is None:
        if not types.get("schemaOrg"):
            return []
        types = {**types, "resourceTypeGeneral": _GENERAL_TYPES.get(str(types["schemaOrg"]), "Other")}
    return [_leaf("resourceType", types.get("resourceType"), _inside(types, names.RESOURCE_TYPE))]


def _subjects(metadata: Entry) -> Lines:
    return _block("subjects", _listed(metadata, names.SUBJECTS))


def _contributors(metadata: Entry, **defaults: str) -> Lines:
    people = [_with(each, **defaults) for each in _each(metadata, "contributors", "name")]
    contributors = [_person("contributor", each, _inside(each, names.CONTRIBUTOR)) for each in people]
    return _block("contributors", contributors)


def _dates(metadata: Entry) -> Lines:
    return _block("dates", _listed(metadata, names.DATES, dateType="Issued"))


def _identifiers(metadata: Entry) -> Lines:
    found = _each(metadata, "identifiers", "identifier")
    others = [each for each in found if each.get("identifierType") != "DOI"]
    lines = _listed({"identifiers": others}, names.IDENTIFIERS)
    return _block("alternateIdentifiers", lines) if lines else []


def _related_identifiers(metadata: Entry) -> Lines:
    return _block("relatedIdentifiers", _listed(metadata, names.RELATED_IDENTIFIERS))


def _related_items(metadata: Entry) -> Lines:
    items = [_related_item(each) for each in _each(metadata, "relatedItems", "relatedItem")]
    return _block("relatedItems", items)


def _related_item(item: Entry) -> Lines:
    first, last = names.ITEM_TEXTS
    tag = "relatedItemIdentifier"
    parts: list[Lines] = []
    if item.get(tag):
        identifier = _map(item[tag]) or {tag: item[tag]}
        parts.append([_leaf(tag, identifier.get(tag), _inside(identifier, names.ITEM_IDENTIFIER))])
    if item.get("creators"):
        parts.append(
            _block("creators", [_person("creator", each) for each in _each(item, "creators", "name")])
        )
    parts += [_block("titles", _listed(item, names.TITLES)), _texts(item, *first)]
    if item.get("number"):
        parts.append([_leaf("number", item["number"], _inside(item, names.NUMBER))])
    parts.append(_texts(item, *last))
    if item.get("contributors"):
        parts.append(_contributors(item, contributorType="Other"))
    return _block("relatedItem", parts, _inside(item, names.ITEM))


def _texts(entry: Entry, *keys: str) -> Lines:
    return [_leaf(key, entry[key]) for key in keys if entry.get(key)]


def _rights_list(metadata: Entry) -> Lines:
    return _block("rightsList", _listed(metadata, names.RIGHTS))


def _descriptions(metadata: Entry) -> Lines:
    return _block("descriptions", _listed(metadata, names.DESCRIPTIONS, descriptionType="Abstract"))


def _with_series(metadata: Entry) -> Entry:
    """Say the container as a description, unless there is such a one: `Title, 12(3), 4-5`."""
    container = _map(metadata.get("container"))
    descriptions = _each(metadata, "descriptions", "description")
    if not container.get("title") or any(each.get("descriptionType") == _SERIES for each in descriptions):
        return metadata
    issue = f"({container['issue']})" if container.get("issue") else ""
    volume = f"{container['volume']}{issue}" if container.get("volume") else ""
    pages = [
        container[key]
        for key in ("firstPage", "lastPage")
        if container.get("firstPage") and container.get(key)
    ]
    parts = [container["title"], volume, "-".join(map(_plain, pages))]
    series = ", ".join([_plain(part) for part in parts if part])
    return {**metadata, "descriptions": [{"description": series, "descriptionType": _SERIES}, *descriptions]}


def _geo_locations(metadata: Entry) -> Lines:
    places = _each(metadata, "geoLocations", "geoLocationPlace")
    return _block("geoLocations", [_block("geoLocation", _place(each)) for each in places])


def _place(place: Entry) -> list[Lines]:
    parts: list[Lines] = []
    if place.get("geoLocationPlace") is not None:
        parts.append([_leaf("geoLocationPlace", place["geoLocationPlace"])])
    for tag, corners in (("geoLocationPoint", names.POINT), ("geoLocationBox", names.BOX)):
        if place.get(tag) is not None:
            parts.append(_corners(tag, place[tag], corners))
    polygons = _list(place.get("geoLocationPolygon"))
    # One polygon is a list of points; several are a list of such lists.
    for polygon in polygons if polygons and isinstance(polygons[0], list) else [polygons]:
        points = [_polygon_point(_map(each)) for each in _list(polygon)]
        parts += [_block("geoLocationPolygon", points)] if points else []
    return parts


def _polygon_point(point: Entry) -> Lines:
    tag = "polygonPoint" if "polygonPoint" in point else "inPolygonPoint"
    return _corners(tag, point.get(tag), names.POINT)


def _corners(tag: str, corners: Any, keys: tuple[str, ...]) -> Lines:
    return _block(tag, [[_leaf(key, _map(corners).get(key)) for key in keys]])


def _funding_references(metadata: Entry) -> Lines:
    found = _each(metadata, "fundingReferences", "funderName")
    return _block("fundingReferences", [_block("fundingReference", [_funding(each)]) for each in found])


def _funding(funding: Entry) -> Lines:
    lines = [_leaf("funderName", funding.get("funderName"))]
    if funding.get("funderIdentifier"):
        lines.append(_leaf("funderIdentifier", funding["funderIdentifier"], _inside(funding, names.FUNDER)))
    if funding.get("awardNumber") or funding.get("awardUri"):
        lines.append(_leaf("awardNumber", funding.get("awardNumber"), _inside(funding, names.AWARD)))
    return lines + _texts(funding, "awardTitle")


def _sizes(metadata: Entry) -> Lines:
    return _block("sizes", [[_leaf("size", each)] for each in _list(metadata.get("sizes"))])


def _formats(metadata: Entry) -> Lines:
    return _block("formats", [[_leaf("format", each)] for each in _list(metadata.get("formats"))])


_SERIES = "SeriesInformation"
# In the registry's order. What is absent or empty is not written, except for the wrappers of sizes and formats.
_ALWAYS = frozenset({"sizes", "formats"})
_WRITERS: tuple[tuple[str, Callable[[Entry], Lines]], ...] = (
    ("types", _types),
    ("subjects", _subjects),
    ("contributors", _contributors),
    ("dates", _dates),
    ("language", lambda metadata: _texts(metadata, "language")),
    ("identifiers", _identifiers),
    ("relatedIdentifiers", _related_identifiers),
    ("relatedItems", _related_items),
    ("sizes", _sizes),
    ("formats", _formats),
    ("version", lambda metadata: _texts(metadata, "version")),
    ("rightsList", _rights_list),
    ("descriptions", _descriptions),
    ("geoLocations", _geo_locations),
    ("fundingReferences", _funding_references),
)
