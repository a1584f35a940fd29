"""DataCite's XML, kernel 4, for the registry that takes it (EZID)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from lxml import etree

from doi.kernel4 import NAMESPACE, RECORD, SCHEMA_LOCATION, Many, Member, Members, Number, Polygons, Text

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
# An award may be known by its address alone.
_STAND_WITHOUT_TEXT: Final = frozenset({"awardNumber"})
_DECLARATION: Final = '<?xml version="1.0"?>\n'


def to_xml(metadata: Mapping[str, Any], *, name: str, version: str | None = None) -> str:
    """
    The record ``name`` as a DataCite kernel-4 document, children in the order of the XSD and valid by it, provided that
    `problems` let ``metadata`` pass. ``version`` is the version's number; without it the metadata's own is written. No
    encoding is declared, as the text is not encoded yet. A container becomes a series description, as at DataCite; content
    URLs have no place in the XML (see `left_out`).
    """
    namespaces: dict[str | None, str] = {None: NAMESPACE, "xsi": _XSI}
    root = etree.Element(_tag("resource"), nsmap=namespaces)  # type: ignore[arg-type]  # the stubs know no default one
    root.set(f"{{{_XSI}}}schemaLocation", SCHEMA_LOCATION)
    identifier = etree.SubElement(root, _tag("identifier"), identifierType="DOI")
    identifier.text = name
    _fill(root, RECORD, _complete(metadata, version=version))
    return _DECLARATION + etree.tostring(root, encoding="unicode")


def left_out(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """
    The members, as ``container.identifier``, for which DataCite's XML has no place, so that EZID does not get them. A
    container that DataCite made of a series description or of a related identifier is told by these.
    """
    told = [
        item.get("description", "")
        for item in _complete(metadata, version=None).get("descriptions") or ()
        if item.get("descriptionType") == "SeriesInformation"
    ]
    told += [item.get("relatedIdentifier", "") for item in metadata.get("relatedIdentifiers") or ()]
    container: Mapping[str, str] = metadata.get("container") or {}
    lost = [
        f"container.{name}"
        for name, text in container.items()
        if name not in {"type", "identifierType"} and not any(text in each for each in told)
    ]
    return (*lost, *(["contentUrl"] if metadata.get("contentUrl") else []))


def _complete(metadata: Mapping[str, Any], *, version: str | None) -> dict[str, Any]:
    record = dict(metadata) | ({"version": version} if version else {})
    series = _series(record.get("container") or {})
    descriptions = record.get("descriptions") or []
    if series and not any(item.get("descriptionType") == "SeriesInformation" for item in descriptions):
        added = {"description": series, "descriptionType": "SeriesInformation"}
        record["descriptions"] = [*descriptions, added]
    return record


def _series(container: Mapping[str, Any]) -> str:
    """``Title, 12(3), 45-67``, the form in which DataCite writes and reads it (bolognese ff9ced47)."""
    if not container.get("title"):
        return ""
    issue = f"({container['issue']})" if container.get("issue") else ""
    pages = "-".join(container[part] for part in ("firstPage", "lastPage") if container.get(part))
    return ", ".join(
        part for part in (container["title"], container.get("volume", "") + issue, pages) if part
    )


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _fill(element: etree._Element, shape: Members, value: Mapping[str, Any]) -> None:
    for name, member in shape.members.items():
        given = value.get(name)
        if given is not None and member.at:
            _write(element, member, given)


def _write(element: etree._Element, member: Member, value: Any) -> None:
    match member.shape:
        case Text() | Number():
            _place(element, member.at, _as_text(member, value))
        case Members() as shape:
            _fill(etree.SubElement(element, _tag(member.at)), shape, value)
        case Many() as shape:
            _write_list(element, member.at, shape, value)
        case Polygons() as shape:
            for polygon in value if all(isinstance(entry, list) for entry in value) else [value]:
                _write_polygon(etree.SubElement(element, _tag(member.at)), shape, polygon)


def _as_text(member: Member, value: Any) -> str:
    return f"{value:04d}" if isinstance(member.shape, Number) and member.shape.whole else str(value)


def _place(element: etree._Element, at: str, text: str) -> None:
    path, _, attribute = at.partition("@")
    name = path.rstrip("/")
    if name in {"", "."}:
        target: etree._Element | None = element
    elif attribute and name not in _STAND_WITHOUT_TEXT:
        target = element.find(_tag(name))  # the kind of an identifier that is not there says nothing
    else:
        target = _child(element, name)
    if target is None:
        return
    if attribute:
        target.set(_XML_LANG if attribute == "xml:lang" else attribute, text)
    else:
        target.text = text


def _child(element: etree._Element, name: str) -> etree._Element:
    """The child that several members share, such as a creator's name and its type."""
    found = element.find(_tag(name))
    return found if found is not None else etree.SubElement(element, _tag(name))


def _write_list(element: etree._Element, at: str, shape: Many, items: Iterable[Any]) -> None:
    wrapper, _, name = at.rpartition("/")
    holder = etree.SubElement(element, _tag(wrapper)) if wrapper else element
    for item in items:
        child = etree.SubElement(holder, _tag(name))
        if isinstance(shape.item, Members):
            _fill(child, shape.item, item)
        else:
            child.text = item


def _write_polygon(element: etree._Element, shape: Polygons, entries: Iterable[Mapping[str, Any]]) -> None:
    """The XSD wants the point inside after the corners, wherever it stood."""
    entries = list(entries)
    for name in ("polygonPoint", "inPolygonPoint"):
        for point in (entry[name] for entry in entries if name in entry):
            _fill(etree.SubElement(element, _tag(name)), shape.point, point)
