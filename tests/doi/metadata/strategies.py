"""Hypothesis strategies for metadata that may be sent, drawn from the table itself."""

from collections.abc import Mapping
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
    "identifier": _TEXT.map(str.strip).filter(lambda text: not is_blank(text)),
    "code": _TEXT.map(str.strip).filter(lambda text: not is_blank(text) and code_fault(text) is None),
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
            # The last corner is the first again.
            one = st.lists(_point("polygonPoint", shape, kernel), min_size=3, max_size=4).map(
                lambda corners: [*corners, corners[0]]
            )
            with_inside = st.builds(
                lambda corners, inside: [*corners, inside], one, _point("inPolygonPoint", shape, kernel)
            )
            return st.one_of(one, with_inside, st.lists(one, min_size=1, max_size=2))


def _point(name: str, shape: Polygons, kernel: Kernel) -> st.SearchStrategy[dict[str, Any]]:
    return _shape(shape.point, kernel).map(lambda point: {name: point})


def _members(members: Mapping[str, Member], kernel: Kernel) -> st.SearchStrategy[dict[str, Any]]:
    known = {name: member for name, member in members.items() if member.since <= kernel}
    return st.fixed_dictionaries(
        {name: _shape(member.shape, kernel) for name, member in known.items() if member.required},
        optional={
            name: _shape(member.shape, kernel) for name, member in known.items() if not member.required
        },
    ).filter(bool)


def _agreeing(record: dict[str, Any]) -> dict[str, Any]:
    """What the table cannot say: an identifier has the form that its kind asks for, south lies below north."""
    for person in [*record["creators"], *record.get("contributors", [])]:
        _kinds(person.get("nameIdentifiers", []), "nameIdentifier")
        _kinds(person.get("affiliation", []), "affiliationIdentifier")
    _kinds([record["publisher"]], "publisherIdentifier")
    _works(record)
    for item in record.get("fundingReferences", []):
        _funder(item)
    for item in record.get("rightsList", []):
        _rights(item)
    for item in record.get("alternateIdentifiers", []):
        item["alternateIdentifierType"] = "Local"
    for item in record.get("geoLocations", []):
        _upright(item.get("geoLocationBox", {}))
    return record


def _works(record: dict[str, Any]) -> None:
    for item in record.get("relatedIdentifiers", []):
        _related(item, "relatedIdentifier")
    for item in record.get("relatedItems", []):
        _related(item.get("relatedItemIdentifier", {}), "relatedItemIdentifier")
        if "number" not in item:
            item.pop("numberType", None)
    container = record.get("container", {})
    if "identifier" not in container and container.pop("identifierType", None) and not container:
        del record["container"]


_IDENTIFIERS = (
    ("https://orcid.org/0000-0002-1825-0097", "ORCID", "https://orcid.org"),
    ("https://isni.org/isni/0000000121032683", "ISNI", "https://isni.org"),
    ("https://ror.org/00f54p054", "ROR", "https://ror.org"),
    ("grid.168010.e", "GRID", "https://www.grid.ac"),
    ("118611593", "GND", "https://d-nb.info/gnd/"),
)
_FUNDERS = (
    *(row[:2] for row in _IDENTIFIERS[1:4]),
    ("https://doi.org/10.13039/501100000266", "Crossref Funder ID"),
    ("EXC 2033", "Other"),
)


def _one_of(rows: tuple[Any, ...], text: str) -> Any:
    """As good as drawn, and the same for the same example."""
    return rows[sum(map(ord, text)) % len(rows)]


def _kinds(items: list[dict[str, Any]], name: str) -> None:
    for item in items:
        text = item.get(name)
        if text is not None:
            identifier, scheme, uri = _one_of(_IDENTIFIERS, text)
            item |= {name: identifier, f"{name}Scheme": scheme, "schemeUri": uri}
        else:
            item.pop(f"{name}Scheme", None)
            item.pop("schemeUri", None)


def _funder(item: dict[str, Any]) -> None:
    text = item.get("funderIdentifier")
    if text is not None:
        item["funderIdentifier"], item["funderIdentifierType"] = _one_of(_FUNDERS, text)
    else:
        item.pop("funderIdentifierType", None)
        item.pop("schemeUri", None)


def _rights(item: dict[str, Any]) -> None:
    """A licence said in full as SPDX has it, or one that nobody knows."""
    if "rightsIdentifierScheme" in item:
        item |= {
            "rights": "Creative Commons Attribution 4.0 International",
            "rightsUri": "https://creativecommons.org/licenses/by/4.0/legalcode",
            "rightsIdentifier": "CC-BY-4.0",
            "rightsIdentifierScheme": "SPDX",
            "schemeUri": "https://spdx.org/licenses/",
        }
    elif "rightsIdentifier" in item:
        item["rightsIdentifier"] = item["rightsIdentifier"].lower()  # as DataCite keeps what it does not know
    elif not {"rights", "rightsUri"} & set(item):
        item["rights"] = "Ask the archive."


def _related(item: dict[str, Any], name: str) -> None:
    forms = {"DOI": "10.1234/a<b>;2-#", "URL": "https://example.org/"}
    if item.get(f"{name}Type") in forms:
        item[name] = forms[item[f"{name}Type"]]


def _upright(box: dict[str, Any]) -> None:
    if box:
        south, north = sorted((box["southBoundLatitude"], box["northBoundLatitude"]))
        box |= {"southBoundLatitude": south, "northBoundLatitude": north}
