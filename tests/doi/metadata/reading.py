"""DataCite's XML read back into its JSON, place by place and without a look at the product's own table."""

from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

NS = "{http://datacite.org/schema/kernel-4}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# The JSON says "Uri" where the XML says "URI"; the identifier of a related item is the exception.
SPELT = {"schemeURI": "schemeUri", "valueURI": "valueUri", "rightsURI": "rightsUri", LANG: "lang"}

type Element = etree._Element
type Json = dict[str, Any]


def read_record(text: str) -> Json:
    """Everything in the document but the DOI itself."""
    root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    return _told(
        {
            "creators": _each(root, "creators/creator", lambda item: _person(item, "creatorName")),
            "titles": _each(root, "titles/title", lambda item: _with_text(item, "title")),
            "publisher": _first(root, "publisher", lambda item: _with_text(item, "name")),
            "publicationYear": _first(root, "publicationYear", lambda item: int(item.text or "")),
            "types": _first(root, "resourceType", lambda item: _with_text(item, "resourceType")),
            "subjects": _each(root, "subjects/subject", lambda item: _with_text(item, "subject")),
            "contributors": _each(root, "contributors/contributor", _contributor),
            "dates": _each(root, "dates/date", lambda item: _with_text(item, "date")),
            "language": root.findtext(f"{NS}language"),
            "alternateIdentifiers": _each(
                root,
                "alternateIdentifiers/alternateIdentifier",
                lambda item: _with_text(item, "alternateIdentifier"),
            ),
            "relatedIdentifiers": _each(
                root,
                "relatedIdentifiers/relatedIdentifier",
                lambda item: _with_text(item, "relatedIdentifier"),
            ),
            "sizes": _each(root, "sizes/size", lambda item: item.text),
            "formats": _each(root, "formats/format", lambda item: item.text),
            "version": root.findtext(f"{NS}version"),
            "rightsList": _each(root, "rightsList/rights", lambda item: _with_text(item, "rights")),
            "descriptions": _each(
                root, "descriptions/description", lambda item: _with_text(item, "description")
            ),
            "geoLocations": _each(root, "geoLocations/geoLocation", _place),
            "fundingReferences": _each(root, "fundingReferences/fundingReference", _funding),
            "relatedItems": _each(root, "relatedItems/relatedItem", _related_item),
        }
    )


def _told(members: Json) -> Json:
    return {name: value for name, value in members.items() if value not in (None, [], {})}


def _path(places: str) -> str:
    return "/".join(NS + place for place in places.split("/"))


def _each(holder: Element, places: str, read: Callable[[Element], Any]) -> list[Any]:
    return [read(item) for item in holder.findall(_path(places))]


def _first(holder: Element, place: str, read: Callable[[Element], Any]) -> Any:
    item = holder.find(NS + place)
    return None if item is None else read(item)


def _attributes(item: Element) -> Json:
    return {SPELT.get(str(name), str(name)): str(value) for name, value in item.attrib.items()}


def _with_text(item: Element, name: str) -> Json:
    return _told({name: item.text} | _attributes(item))


def _person(item: Element, named: str) -> Json:
    return _told(
        _first(item, named, lambda name: _with_text(name, "name"))
        | {"givenName": item.findtext(f"{NS}givenName"), "familyName": item.findtext(f"{NS}familyName")}
        | {
            "nameIdentifiers": _each(
                item, "nameIdentifier", lambda found: _with_text(found, "nameIdentifier")
            ),
            "affiliation": _each(item, "affiliation", lambda found: _with_text(found, "name")),
        }
    )


def _contributor(item: Element) -> Json:
    return _attributes(item) | _person(item, "contributorName")


def _numbers(item: Element) -> Json:
    return {etree.QName(number).localname: float(number.text or "") for number in item}


def _place(item: Element) -> Json:
    polygons = _each(item, "geoLocationPolygon", lambda found: list(_corners(found)))
    return _told(
        {
            "geoLocationPlace": item.findtext(f"{NS}geoLocationPlace"),
            "geoLocationPoint": _first(item, "geoLocationPoint", _numbers),
            "geoLocationBox": _first(item, "geoLocationBox", _numbers),
            "geoLocationPolygon": polygons[0] if len(polygons) == 1 else polygons,
        }
    )


def _corners(item: Element) -> Iterator[Json]:
    for corner in item:
        yield {etree.QName(corner).localname: _numbers(corner)}


def _funding(item: Element) -> Json:
    award = item.find(f"{NS}awardNumber")
    return _told(
        {"funderName": item.findtext(f"{NS}funderName")}
        | (_first(item, "funderIdentifier", lambda found: _with_text(found, "funderIdentifier")) or {})
        | {
            "awardNumber": None if award is None else award.text,
            "awardUri": None if award is None else award.get("awardURI"),
            "awardTitle": item.findtext(f"{NS}awardTitle"),
        }
    )


def _related_item(item: Element) -> Json:
    year = item.findtext(f"{NS}publicationYear")
    number = item.find(f"{NS}number")
    plain = ("volume", "issue", "number", "firstPage", "lastPage", "publisher", "edition")
    return _told(
        _attributes(item)
        | {name: item.findtext(NS + name) for name in plain}
        | {
            "relatedItemIdentifier": _first(item, "relatedItemIdentifier", _item_identifier),
            "titles": _each(item, "titles/title", lambda found: _with_text(found, "title")),
            "publicationYear": int(year) if year else None,
            "numberType": None if number is None else number.get("numberType"),
            "creators": _each(item, "creators/creator", lambda found: _person(found, "creatorName")),
            "contributors": _each(item, "contributors/contributor", _contributor),
        }
    )


def _item_identifier(item: Element) -> Json:
    return {"relatedItemIdentifier": item.text} | {
        str(name): str(value) for name, value in item.attrib.items()
    }
