"""JSON attributes read from kernel-4 XML, as DataCite shows a record that was sent as XML (bolognese, datacite_reader).

The other way of `writing`: what has a place in the JSON comes back in it, white space around texts taken off. Texts are
not mended, names not taken apart, words not judged.
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

from lxml import etree

from doi.sandbox.kernel import attributes as names
from doi.sandbox.kernel.words import NAMESPACE
from doi.sandbox.kernel.xml import parse_record

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

type Node = etree._Element  # noqa: SLF001 - lxml has no other name for it
type Entry = dict[str, Any]


def json_of(xml: str) -> Entry:
    """Give every property of a record that it has, under its JSON name; the identifier is none of them.

    Raises BadXmlError for what is not a kernel-4 record.
    """
    root = parse_record(xml)
    found = {key: read(root) for key, read in _READERS.items()}
    return {key: value for key, value in found.items() if value not in ("", [], {})}


# --- Elements ---------------------------------------------------------------------------------------------------


def _children(node: Node | None, *path: str) -> list[Node]:
    return [] if node is None else node.findall("/".join(f"{{{NAMESPACE}}}{step}" for step in path))


def _child(node: Node, tag: str) -> Node | None:
    return node.find(f"{{{NAMESPACE}}}{tag}")


def _text(node: Node | None) -> str:
    """Give all text in an element, also what stands behind breaks and comments."""
    return "" if node is None else "".join(cast("Iterable[str]", node.itertext())).strip()


def _inside(node: Node | None, attributes: Iterable[names.Attribute]) -> Entry:
    if node is None:
        return {}
    found = {key: node.get(_XML_LANG if name == "xml:lang" else name) for name, key, _ in attributes}
    return {key: value for key, value in found.items() if value}


# --- Properties -------------------------------------------------------------------------------------------------


def _listed(kind: names.Listed) -> Callable[[Node], list[Entry]]:
    def read(root: Node) -> list[Entry]:
        found = _children(root, kind.group, kind.tag)
        return [{kind.text: _text(node), **_inside(node, kind.attributes)} for node in found]

    return read


def _people(kind: str) -> Callable[[Node], list[Entry]]:
    def read(root: Node) -> list[Entry]:
        return [_person(node, kind) for node in _children(root, f"{kind}s", kind)]

    return read


def _person(node: Node, kind: str) -> Entry:
    name = _child(node, f"{kind}Name")
    found: Entry = {
        "name": _text(name),
        **_inside(name, names.NAME),
        **_texts(node, "givenName", "familyName"),
    }
    identifiers = [
        {"nameIdentifier": _text(each), **_inside(each, names.NAME_IDENTIFIER)}
        for each in _children(node, "nameIdentifier")
    ]
    affiliation = [
        {"name": _text(each), **_inside(each, names.AFFILIATION)} for each in _children(node, "affiliation")
    ]
    found |= {"nameIdentifiers": identifiers} if identifiers else {}
    found |= {"affiliation": affiliation} if affiliation else {}
    return found | _inside(node, names.CONTRIBUTOR)


def _texts(node: Node, *tags: str) -> Entry:
    found = {tag: _text(_child(node, tag)) for tag in tags}
    return {tag: text for tag, text in found.items() if text}


def _publisher(root: Node) -> Entry:
    node = _child(root, "publisher")
    name = _text(node)
    return {"name": name, **_inside(node, names.PUBLISHER)} if name else {}


def _year(root: Node) -> int | str:
    text = _text(_child(root, "publicationYear"))
    return int(text) if text.isascii() and text.isdigit() else text


def _types(root: Node) -> Entry:
    node = _child(root, "resourceType")
    return {**_inside(node, names.RESOURCE_TYPE), **_texts(root, "resourceType")}


def _plain(tag: str) -> Callable[[Node], list[str]]:
    def read(root: Node) -> list[str]:
        return [text for node in _children(root, f"{tag}s", tag) if (text := _text(node))]

    return read


def _alone(tag: str) -> Callable[[Node], str]:
    def read(root: Node) -> str:
        return _text(_child(root, tag))

    return read


def _related_items(root: Node) -> list[Entry]:
    return [_related_item(node) for node in _children(root, "relatedItems", "relatedItem")]


def _related_item(node: Node) -> Entry:
    found: Entry = _inside(node, names.ITEM)
    identifier = _child(node, "relatedItemIdentifier")
    if identifier is not None:
        found["relatedItemIdentifier"] = {
            "relatedItemIdentifier": _text(identifier),
            **_inside(identifier, names.ITEM_IDENTIFIER),
        }
    lists = {
        "creators": _people("creator")(node),
        "titles": _listed(names.TITLES)(node),
        "contributors": _people("contributor")(node),
    }
    found |= {key: value for key, value in lists.items() if value}
    first, last = names.ITEM_TEXTS
    number = _child(node, "number")
    return found | _texts(node, *first, "number", *last) | _inside(number, names.NUMBER)


def _container(root: Node) -> Entry:
    """Read what the record is in: from the series' sentence, `Title, 12(3), 4-5`, and from the relation IsPartOf."""
    series = [_text(node) for node in _children(root, "descriptions", "description") if _is_series(node)]
    whole = [node for node in _children(root, "relatedIdentifiers", "relatedIdentifier") if _is_whole(node)]
    found = _series(series[0]) if series else {}
    if whole:
        kind = str(whole[0].get("relatedIdentifierType") or "")
        found |= {"identifier": _text(whole[0]), "identifierType": kind}
    if not found:
        return {}
    dataset = _types(root).get("resourceTypeGeneral") == "Dataset"
    return {"type": "DataRepository" if dataset else "Series", **found}


def _series(text: str) -> Entry:
    title, *rest = text.split(", ")
    volume = rest[0] if len(rest) > 1 or (rest and "(" in rest[0]) else ""
    pages = rest[-1] if len(rest) > 1 else ""
    found = {"title": title}
    found |= zip(("volume", "issue"), volume.removesuffix(")").split("("), strict=False)
    found |= zip(("firstPage", "lastPage"), pages.split("-"), strict=False)
    return {key: value for key, value in found.items() if value}


def _is_whole(node: Node) -> bool:
    return node.get("relationType") == "IsPartOf"


def _is_series(node: Node) -> bool:
    return node.get("descriptionType") == "SeriesInformation"


def _geo_locations(root: Node) -> list[Entry]:
    return [_place(node) for node in _children(root, "geoLocations", "geoLocation")]


def _place(node: Node) -> Entry:
    found: Entry = _texts(node, "geoLocationPlace")
    for tag, corners in (("geoLocationPoint", names.POINT), ("geoLocationBox", names.BOX)):
        corner = _child(node, tag)
        if corner is not None:
            found[tag] = _texts(corner, *corners)
    polygons = [_polygon(polygon) for polygon in _children(node, "geoLocationPolygon")]
    if polygons:
        found["geoLocationPolygon"] = polygons if len(polygons) > 1 else polygons[0]
    return found


def _polygon(node: Node) -> list[Entry]:
    tags = ("polygonPoint", "inPolygonPoint")
    return [{tag: _texts(point, *names.POINT)} for tag in tags for point in _children(node, tag)]


def _funding_references(root: Node) -> list[Entry]:
    return [_funding(node) for node in _children(root, "fundingReferences", "fundingReference")]


def _funding(node: Node) -> Entry:
    return (
        _texts(node, "funderName", "funderIdentifier", "awardNumber", "awardTitle")
        | _inside(_child(node, "funderIdentifier"), names.FUNDER)
        | _inside(_child(node, "awardNumber"), names.AWARD)
    )


_READERS: dict[str, Callable[[Node], Any]] = {
    "creators": _people("creator"),
    "titles": _listed(names.TITLES),
    "publisher": _publisher,
    "publicationYear": _year,
    "types": _types,
    "subjects": _listed(names.SUBJECTS),
    "contributors": _people("contributor"),
    "dates": _listed(names.DATES),
    "language": _alone("language"),
    "identifiers": _listed(names.IDENTIFIERS),
    "relatedIdentifiers": _listed(names.RELATED_IDENTIFIERS),
    "relatedItems": _related_items,
    "sizes": _plain("size"),
    "formats": _plain("format"),
    "version": _alone("version"),
    "rightsList": _listed(names.RIGHTS),
    "descriptions": _listed(names.DESCRIPTIONS),
    "geoLocations": _geo_locations,
    "fundingReferences": _funding_references,
    "container": _container,
}
