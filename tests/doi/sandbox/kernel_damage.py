"""Hypothesis strategy: a kernel-4 document broken in a few places, as clients break them."""

from typing import Any

from hypothesis import strategies as st
from lxml import etree

from doi.sandbox.kernel.words import NAMESPACE, lists, words

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TAGS = [
    f"{{{NAMESPACE}}}{name}"
    for name in sorted(
        words(
            "identifier creators creator creatorName givenName familyName nameIdentifier affiliation titles title publisher"
            " publicationYear resourceType subjects subject contributors contributor contributorName dates date language"
            " alternateIdentifiers alternateIdentifier relatedIdentifiers relatedIdentifier sizes size formats format"
            " version rightsList rights descriptions description br geoLocations geoLocation geoLocationPlace"
            " geoLocationPoint pointLatitude pointLongitude geoLocationBox westBoundLongitude eastBoundLongitude"
            " southBoundLatitude northBoundLatitude geoLocationPolygon polygonPoint inPolygonPoint fundingReferences"
            " fundingReference funderName funderIdentifier awardNumber awardTitle relatedItems relatedItem"
            " relatedItemIdentifier volume issue number firstPage lastPage edition colour"
        )
    )
] + ["version", "{urn:other}version"]
ATTRIBUTES = [
    _XML_LANG,
    *lists("4.7"),
    "relatedItemType",
    "relatedItemIdentifierType",
    *sorted(
        words(
            "identifierType alternateIdentifierType nameIdentifierScheme subjectScheme schemeURI valueURI rightsURI"
            " classificationCode awardURI relationTypeInformation dateInformation schemeType colour"
        )
    ),
    "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation",
    "{urn:other}colour",
]
VALUES = [
    *(
        "",
        " ",
        "  \n ",
        "x",
        "text of some words",
        "DOI",
        "Other",
        "other",
        "Funder",
        "RAiD",
        "Poster",
        "Dataset",
    ),
    *("2026", " 2026 ", "20266", "0000", "٢٠٢٦", "-202", "1999-2000"),
    *("en", "EN-us", " de ", "de_CH", "e", "abcdefghi", "x-", "1", "i-klingon"),
    *(
        "90",
        "-90.0",
        "90.1",
        "-91",
        "180",
        "180.0001",
        "181",
        "1e1",
        "1e",
        "+.5",
        "NaN",
        "INF",
        "-INF",
        "5.",
        ".",
        "1,5",
    ),
    *("90.0000001", "1e400", "0x1", "--1", "north"),
    *(
        "https://example.org/a b",
        "http://[::1",
        "http://a:b/",
        "50%",
        "%41",
        "a:b:c",
        ":",
        "//",
        "#a#b",
        "é/ü",
        "http://a:",
    ),
]
_KINDS = ["drop", "double", "swap", "rename", "text", "tail", "attribute", "unattribute", "insert", "comment"]


@st.composite
def damaged(draw: st.DrawFn, xml: str) -> str:
    """Break a document in one to three places; it stays well-formed and stays a `resource`."""
    root = etree.fromstring(xml.encode())
    for _ in range(draw(st.integers(1, 3))):
        nodes = list(root.iter("*"))
        _damage(draw, draw(st.sampled_from(nodes)), draw(st.sampled_from(_KINDS)))
    return etree.tostring(root, encoding="unicode")


def _damage(draw: st.DrawFn, node: Any, kind: str) -> None:
    parent = node.getparent()
    if kind == "text":
        node.text = draw(st.sampled_from(VALUES))
    elif kind == "tail" and parent is not None:
        node.tail = draw(st.sampled_from(VALUES))
    elif kind == "attribute":
        names = [*node.attrib, *node.attrib, *ATTRIBUTES]
        node.set(draw(st.sampled_from(names)), draw(st.sampled_from(VALUES)))
    elif kind == "unattribute" and node.attrib:
        del node.attrib[draw(st.sampled_from(sorted(node.attrib)))]
    elif kind == "insert":
        node.insert(draw(st.integers(0, len(node))), etree.Element(draw(st.sampled_from(TAGS))))
    elif kind == "comment":
        node.insert(draw(st.integers(0, len(node))), etree.Comment("a remark"))
    elif parent is not None:
        _move(draw, node, parent, kind)


def _move(draw: st.DrawFn, node: Any, parent: Any, kind: str) -> None:
    if kind == "drop":
        parent.remove(node)
    elif kind == "double":
        parent.append(etree.fromstring(etree.tostring(node, with_tail=False)))
    elif kind == "swap":
        parent.insert(draw(st.integers(0, len(parent) - 1)), node)
    elif kind == "rename":
        node.tag = draw(st.sampled_from(TAGS))
