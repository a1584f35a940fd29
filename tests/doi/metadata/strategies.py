"""Hypothesis strategies for metadata that may be sent, drawn from the table itself."""

from typing import Any

from hypothesis import strategies as st

from doi.kernel4 import RECORD, Kernel, Many, Member, Members, Number, Polygons, Shape, Text, words_of
from doi.metadata.forms import code_fault, is_blank

_ANY_CHARACTER = st.characters(
    codec="utf-8",
    exclude_categories=("Cs", "Cc"),
    include_characters="\t\n\r",
    exclude_characters="\ufffe\uffff",
)
_TEXT = st.text(_ANY_CHARACTER, min_size=1, max_size=20).filter(lambda text: not is_blank(text))
_FORMS = {
    "text": _TEXT,
    "identifier": _TEXT,
    "code": _TEXT.filter(lambda text: code_fault(text) is None),
    "uri": st.builds(
        "{}://{}/{}?q={}#{}".format,
        st.sampled_from(["http", "https", "ftp", "HTTPS", "info"]),
        st.sampled_from(["example.org", "user@host:8080", "münchen.example", "[2001:db8::1]", "192.0.2.1"]),
        st.text(st.sampled_from("aZ0-._~!$&'()*+,;=:@/äß水"), max_size=10),
        st.text(st.sampled_from("aZ0-._~!$&'()*+,;=:@/?é"), max_size=5),
        st.text(st.sampled_from("aZ0/?:@"), max_size=5),
    ),
    "language": st.sampled_from(
        ["en", "EN", "de-CH-1996", "zh-Hant-TW", "sr-Latn", "es-419", "x-mine", "i-klingon"]
    ),
    "date": st.one_of(
        st.dates().map(str),
        st.datetimes().map(lambda moment: f"{moment:%Y}".zfill(4) + f"{moment:-%m-%dT%H:%M:%SZ}"),
        st.sampled_from(
            ["2004", "-0044", "0000", "2004-06/", "../2004", "1964/2008", "2004-21", "199X", "20040131"]
        ),
    ),
}


def records(kernel: Kernel) -> st.SearchStrategy[dict[str, Any]]:
    """Metadata in write shape that a registry at ``kernel`` takes."""
    return _shape(RECORD, kernel).map(_agreeing)


def _shape(shape: Shape, kernel: Kernel) -> st.SearchStrategy[Any]:
    match shape:
        case Text(words=words) if words:
            return st.sampled_from(sorted(words_of(words, kernel=kernel)))
        case Text():
            return _FORMS[shape.form]
        case Number(whole=True):
            return st.integers(1000, 2030)
        case Number():
            return st.one_of(
                st.integers(int(shape.minimum), int(shape.maximum)), st.floats(shape.minimum, shape.maximum)
            )
        case Members():
            return _members(shape.members, kernel)
        case Many():
            return st.lists(_shape(shape.item, kernel), min_size=1, max_size=2)
        case Polygons():
            one = st.lists(_point("polygonPoint", shape, kernel), min_size=4, max_size=5)
            with_inside = st.builds(
                lambda corners, inside: [*corners, inside], one, _point("inPolygonPoint", shape, kernel)
            )
            return st.one_of(one, with_inside, st.lists(one, min_size=1, max_size=2))


def _point(name: str, shape: Polygons, kernel: Kernel) -> st.SearchStrategy[dict[str, Any]]:
    return _shape(shape.point, kernel).map(lambda point: {name: point})


def _members(members: dict[str, Member] | Any, kernel: Kernel) -> st.SearchStrategy[dict[str, Any]]:
    known = {name: member for name, member in members.items() if member.since <= kernel}
    return st.fixed_dictionaries(
        {name: _shape(member.shape, kernel) for name, member in known.items() if member.required},
        optional={
            name: _shape(member.shape, kernel) for name, member in known.items() if not member.required
        },
    ).filter(bool)


def _agreeing(record: dict[str, Any]) -> dict[str, Any]:
    """What the table cannot say: an identifier has the form that its kind asks for, south lies below north."""
    people = [*record["creators"], *record.get("contributors", [])]
    for person in people:
        _kinds(person.get("nameIdentifiers", []), "nameIdentifier")
        _kinds(person.get("affiliation", []), "affiliationIdentifier")
    _kinds([record["publisher"]], "publisherIdentifier")
    for item in record.get("relatedIdentifiers", []):
        _related(item, "relatedIdentifier")
    for item in record.get("relatedItems", []):
        _related(item.get("relatedItemIdentifier", {}), "relatedItemIdentifier")
        if "number" not in item:
            item.pop("numberType", None)
    for item in record.get("fundingReferences", []):
        if "funderIdentifier" in item:
            item |= {"funderIdentifier": "https://ror.org/00f54p054", "funderIdentifierType": "ROR"}
        else:
            item.pop("funderIdentifierType", None)
            item.pop("schemeUri", None)
    for item in record.get("alternateIdentifiers", []):
        item["alternateIdentifierType"] = "Local"
    for item in record.get("geoLocations", []):
        _upright(item.get("geoLocationBox", {}))
    return record


def _kinds(items: list[dict[str, Any]], name: str) -> None:
    for item in items:
        if name in item:
            item |= {name: "0000-0002-1825-0097", f"{name}Scheme": "ORCID"}


def _related(item: dict[str, Any], name: str) -> None:
    forms = {"DOI": "10.1234/a<b>;2-#", "URL": "https://example.org/"}
    if item.get(f"{name}Type") in forms:
        item[name] = forms[item[f"{name}Type"]]


def _upright(box: dict[str, Any]) -> None:
    if box:
        south, north = sorted((box["southBoundLatitude"], box["northBoundLatitude"]))
        box |= {"southBoundLatitude": south, "northBoundLatitude": north}
