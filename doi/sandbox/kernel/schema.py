"""Kernel 4 as a table: which elements there are, what stands in them, which attributes they have.

Written from DataCite's documentation and what its schema was seen to accept and to refuse, not from the schema's text.
In names, `?` stands for at most one, `*` for any number, `+` for one or more, `4+` for four or more; an attribute with
`!` must be there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from doi.sandbox.kernel import words
from doi.sandbox.kernel.simple import (
    LANGUAGE,
    LATITUDE,
    LONGITUDE,
    NOT_EMPTY,
    STRING,
    URI,
    XML_LANG,
    YEAR,
    Simple,
    one_of,
)

type Kernel = Literal["4.6", "4.7"]
type Order = Literal["any, once each", "any", "as listed"]
type Attributes = dict[str, Simple]

_MARK = re.compile(r"(\?|\*|\+|4\+)$")
_COUNTS = {"": (1, 1), "?": (0, 1), "*": (0, None), "+": (1, None), "4+": (4, None)}
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Element:
    """What may be in an element: a text of a simple type, or elements, or (`anything`) whatever one likes."""

    text: Simple | None = None
    children: Mapping[str, "Child"] = field(default_factory=dict)
    row: tuple["Child", ...] = ()
    order: Order = "as listed"
    mixed: bool = False
    anything: bool = False
    attributes: Attributes = field(default_factory=dict)
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Child:
    """An element where it stands in another: at least and at most how often."""

    name: str
    element: Element
    least: int
    most: int | None


def schema(kernel: Kernel) -> Element:
    """Give the table of a kernel version: the root element, `resource`."""
    lists = {name: one_of(known) for name, known in words.lists(kernel).items()}
    return _resource(lists, latest=kernel == "4.7")


# --- Writing the table ------------------------------------------------------------------------------------------


def _element(
    children: Mapping[str, Element] | None = None,
    attributes: Attributes | None = None,
    *,
    text: Simple | None = None,
    order: Order = "as listed",
    mixed: bool = False,
) -> Element:
    inside = _children(children or {})
    return Element(
        text=text,
        children=inside,
        row=tuple(inside.values()),
        order=order,
        mixed=mixed,
        attributes={
            _XML_LANG if name == "xml:lang" else name.rstrip("!"): kind
            for name, kind in (attributes or {}).items()
        },
        required=tuple(name.rstrip("!") for name in attributes or () if name.endswith("!")),
    )


def _children(children: Mapping[str, Element]) -> dict[str, Child]:
    found: dict[str, Child] = {}
    for marked, element in children.items():
        mark = _MARK.search(marked)
        name = marked[: mark.start()] if mark else marked
        full = f"{{{words.NAMESPACE}}}{name}"
        found[full] = Child(full, element, *_COUNTS[mark[1] if mark else ""])
    return found


def _text(attributes: Attributes | None = None, *, kind: Simple = STRING) -> Element:
    return _element(attributes=attributes, text=kind)


def _group(name: str, element: Element) -> Element:
    """Make a wrapper: `name` carries its mark."""
    return _element({name: element})


# --- The table --------------------------------------------------------------------------------------------------

_ANYTHING = Element(anything=True)
_SPOKEN: Attributes = {"xml:lang": XML_LANG}


def _resource(lists: Mapping[str, Simple], *, latest: bool) -> Element:
    related: Attributes = {"relationTypeInformation": STRING} if latest else {}
    identifying = {"nameIdentifier*": _ANYTHING, "affiliation*": _ANYTHING}
    creator = _person("creator", STRING, lists, more=identifying)
    contributor = _person("contributor", NOT_EMPTY, lists, more=identifying)
    title = _text({"titleType": lists["titleType"]} | _SPOKEN)
    return _element(
        {
            "identifier": _text({"identifierType!": STRING}, kind=NOT_EMPTY),
            "creators": _group("creator+", creator),
            "titles": _group("title+", title),
            "publisher": _text(
                {"publisherIdentifier": STRING, "publisherIdentifierScheme": STRING, "schemeURI": URI}
                | _SPOKEN,
                kind=NOT_EMPTY,
            ),
            "publicationYear": _text(kind=YEAR),
            "resourceType": _text({"resourceTypeGeneral!": lists["resourceTypeGeneral"]}),
            "subjects?": _group("subject*", _subject()),
            "contributors?": _group("contributor*", contributor),
            "dates?": _group("date*", _text({"dateType!": lists["dateType"], "dateInformation": STRING})),
            "language?": _text(kind=LANGUAGE),
            "alternateIdentifiers?": _group(
                "alternateIdentifier*", _text({"alternateIdentifierType!": STRING})
            ),
            "relatedIdentifiers?": _group("relatedIdentifier*", _related_identifier(lists, related)),
            "sizes?": _group("size*", _text()),
            "formats?": _group("format*", _text()),
            "version?": _text(),
            "rightsList?": _group("rights*", _rights()),
            "descriptions?": _group("description*", _description(lists)),
            "geoLocations?": _group("geoLocation*", _geo_location()),
            "fundingReferences?": _group("fundingReference*", _funding_reference(lists)),
            "relatedItems?": _group("relatedItem*", _related_item(lists, related, title)),
        },
        order="any, once each",
    )


def _person(kind: str, name: Simple, lists: Mapping[str, Simple], *, more: Mapping[str, Element]) -> Element:
    children = {
        f"{kind}Name": _text({"nameType": lists["nameType"]} | _SPOKEN, kind=name),
        "givenName?": _ANYTHING,
        "familyName?": _ANYTHING,
        **more,
    }
    return _element(
        children, {"contributorType!": lists["contributorType"]} if kind == "contributor" else None
    )


def _subject() -> Element:
    # A classification code is held to the form of an address, oddly.
    uris = {"schemeURI": URI, "valueURI": URI, "classificationCode": URI}
    return _text({"subjectScheme": STRING} | uris | _SPOKEN)


def _related_identifier(lists: Mapping[str, Simple], related: Attributes) -> Element:
    return _text(
        {
            "resourceTypeGeneral": lists["resourceTypeGeneral"],
            "relatedIdentifierType!": lists["relatedIdentifierType"],
            "relationType!": lists["relationType"],
            "relatedMetadataScheme": STRING,
            "schemeURI": URI,
            "schemeType": STRING,
        }
        | related
    )


def _rights() -> Element:
    scheme = {"rightsIdentifier": STRING, "rightsIdentifierScheme": STRING, "schemeURI": URI}
    return _text({"rightsURI": URI} | scheme | _SPOKEN)


def _description(lists: Mapping[str, Simple]) -> Element:
    kinds = {"descriptionType!": lists["descriptionType"]} | _SPOKEN
    return _element({"br*": _element()}, kinds, order="any", mixed=True)


def _geo_location() -> Element:
    latitude, longitude = _text(kind=LATITUDE), _text(kind=LONGITUDE)
    point = _element({"pointLongitude": longitude, "pointLatitude": latitude}, order="any, once each")
    box = _element(
        {
            "westBoundLongitude": longitude,
            "eastBoundLongitude": longitude,
            "southBoundLatitude": latitude,
            "northBoundLatitude": latitude,
        },
        order="any, once each",
    )
    return _element(
        {
            "geoLocationPlace*": _ANYTHING,
            "geoLocationPoint*": point,
            "geoLocationBox*": box,
            "geoLocationPolygon*": _element({"polygonPoint4+": point, "inPolygonPoint?": point}),
        },
        order="any",
    )


def _funding_reference(lists: Mapping[str, Simple]) -> Element:
    return _element(
        {
            "funderName": _text(kind=NOT_EMPTY),
            "funderIdentifier?": _text(
                {"funderIdentifierType!": lists["funderIdentifierType"], "schemeURI": URI},
            ),
            "awardNumber?": _text({"awardURI": URI}),
            "awardTitle?": _ANYTHING,
        },
        order="any, once each",
    )


def _related_item(lists: Mapping[str, Simple], related: Attributes, title: Element) -> Element:
    scheme = {"relatedMetadataScheme": STRING, "schemeURI": URI, "schemeType": STRING}
    return _element(
        {
            "relatedItemIdentifier?": _text(
                {"relatedItemIdentifierType": lists["relatedIdentifierType"]} | scheme
            ),
            "creators?": _group("creator*", _person("creator", STRING, lists, more={})),
            "titles?": _group("title*", title),
            "publicationYear?": _text(kind=YEAR),
            "volume?": _ANYTHING,
            "issue?": _ANYTHING,
            "number?": _text({"numberType": lists["numberType"]}),
            "firstPage?": _ANYTHING,
            "lastPage?": _ANYTHING,
            "publisher?": _ANYTHING,
            "edition?": _ANYTHING,
            "contributors?": _group("contributor*", _person("contributor", STRING, lists, more={})),
        },
        {"relatedItemType!": lists["resourceTypeGeneral"], "relationType!": lists["relationType"]} | related,
    )
