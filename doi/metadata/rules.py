"""Rules that a JSON Schema cannot put into words, stricter than DataCite's XSD where that passes what is plainly wrong."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from doi.kernel4 import RECORD, Many, Members, Shape, Text
from doi.metadata.forms import FORM_FAULTS, is_blank, web_address_fault
from doi.metadata.identifiers import identifier_fault
from doi.metadata.licences import licence_at, licence_named, licence_of
from doi.metadata.plain import Fault, Path

EARLIEST_YEAR: Final = 1000
YEARS_AHEAD: Final = 10
FEWEST_POINTS: Final = 4
# Bytes of JSON. DataCite's web server takes 10 MB; its answer, which repeats the record, must fit into ours.
RECORD_LIMIT: Final = 2_000_000


def rule_faults(record: Mapping[str, Any], *, this_year: int) -> Iterator[Fault]:
    """``record`` is as `plain` makes it: JSON values where the table has a place, which may still be of the wrong type."""
    yield from _form_faults(RECORD, record, ())
    yield from _year_faults(record, this_year=this_year)
    yield from _people_faults(record)
    yield from _publisher_faults(record.get("publisher"))
    yield from _funding_faults(record.get("fundingReferences"))
    yield from _alternate_faults(record.get("alternateIdentifiers"))
    yield from _related_faults(record)
    yield from _rights_faults(record.get("rightsList"))
    for place, location in _objects(record.get("geoLocations")):
        yield from _location_faults(location, ("geoLocations", place))
    yield from _size_fault(record)


def _size_fault(record: Mapping[str, Any]) -> Iterator[Fault]:
    sizes = {
        name: len(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
        for name, value in record.items()
    }
    if sum(sizes.values()) > RECORD_LIMIT:
        yield (
            (max(sizes, key=lambda name: sizes[name]),),
            _("All fields together have %(size)d bytes, and at most %(limit)d can be sent: shorten this one.")
            % {"size": sum(sizes.values()), "limit": RECORD_LIMIT},
        )


def _objects(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    if isinstance(value, list):
        yield from ((place, item) for place, item in enumerate(value) if isinstance(item, dict))


def _text(item: Mapping[str, Any], name: str) -> str:
    """The text of a member, empty where there is none to judge."""
    value = item.get(name)
    return value if isinstance(value, str) and not is_blank(value) else ""


def _form_faults(shape: Shape, value: Any, path: Path) -> Iterator[Fault]:
    """Addresses, codes, language tags and dates, wherever the table has them."""
    match shape, value:
        case Members(), dict():
            for name, member in shape.members.items():
                if name in value:
                    yield from _form_faults(member.shape, value[name], (*path, name))
        case Many(), list():
            for place, item in enumerate(value):
                yield from _form_faults(shape.item, item, (*path, place))
        case Text(form=form, longest=longest), str() if (
            form in FORM_FAULTS and len(value) <= longest and not is_blank(value)
        ):
            fault = FORM_FAULTS[form](value)
            if fault:
                yield path, fault


def _year_faults(record: Mapping[str, Any], *, this_year: int) -> Iterator[Fault]:
    yield from _year_fault(record, ("publicationYear",), this_year=this_year)
    for place, item in _objects(record.get("relatedItems")):
        yield from _year_fault(item, ("relatedItems", place, "publicationYear"), this_year=this_year)


def _year_fault(item: Mapping[str, Any], path: Path, *, this_year: int) -> Iterator[Fault]:
    year = item.get("publicationYear")
    if not isinstance(year, int) or EARLIEST_YEAR <= year <= this_year + YEARS_AHEAD:
        return
    yield (
        path,
        _("The publication year must lie between %(first)d and %(last)d, and %(year)s does not.")
        % {"first": EARLIEST_YEAR, "last": this_year + YEARS_AHEAD, "year": str(year)[:20]},
    )


def _people_faults(record: Mapping[str, Any]) -> Iterator[Fault]:
    for kind in ("creators", "contributors"):
        for place, person in _objects(record.get(kind)):
            path: Path = (kind, place)
            for index, item in _objects(person.get("nameIdentifiers")):
                yield from _identifier_faults(item, "nameIdentifier", (*path, "nameIdentifiers", index))
            for index, item in _objects(person.get("affiliation")):
                yield from _identifier_faults(item, "affiliationIdentifier", (*path, "affiliation", index))


def _publisher_faults(publisher: Any) -> Iterator[Fault]:
    if isinstance(publisher, dict):
        yield from _identifier_faults(publisher, "publisherIdentifier", ("publisher",))


def _identifier_faults(item: Mapping[str, Any], name: str, path: Path) -> Iterator[Fault]:
    text, scheme = _text(item, name), _text(item, f"{name}Scheme")
    if not text:
        return
    if f"{name}Scheme" not in item:
        yield (
            (*path, f"{name}Scheme"),
            _("The kind of the identifier “%(text)s” is missing: say what it is, for example ORCID or ROR.")
            % {"text": text[:80]},
        )
    fault = identifier_fault(text, scheme=scheme)
    if fault:
        yield (*path, name), fault


def _funding_faults(references: Any) -> Iterator[Fault]:
    for place, item in _objects(references):
        path: Path = ("fundingReferences", place)
        text = _text(item, "funderIdentifier")
        if text and "funderIdentifierType" not in item:
            yield (
                (*path, "funderIdentifierType"),
                _(
                    "The funder identifier type is missing: choose one, for example ROR or Crossref Funder ID."
                ),
            )
        fault = text and identifier_fault(text, scheme=_text(item, "funderIdentifierType"))
        if fault:
            yield (*path, "funderIdentifier"), fault


def _alternate_faults(identifiers: Any) -> Iterator[Fault]:
    for place, item in _objects(identifiers):
        if _text(item, "alternateIdentifierType").strip().upper() == "DOI":
            yield (
                ("alternateIdentifiers", place, "alternateIdentifierType"),
                _("The registry takes no DOI as an alternate identifier: add it under “Related works”."),
            )


def _related_faults(record: Mapping[str, Any]) -> Iterator[Fault]:
    for place, item in _objects(record.get("relatedIdentifiers")):
        yield from _related_fault(item, "relatedIdentifier", ("relatedIdentifiers", place))
    for place, item in _objects(record.get("relatedItems")):
        identifier = item.get("relatedItemIdentifier")
        if isinstance(identifier, dict):
            path = ("relatedItems", place, "relatedItemIdentifier")
            yield from _related_fault(identifier, "relatedItemIdentifier", path)


def _related_fault(item: Mapping[str, Any], name: str, path: Path) -> Iterator[Fault]:
    text, kind = _text(item, name), _text(item, f"{name}Type")
    if text and kind == "DOI":
        fault = identifier_fault(text, scheme="doi")
    elif text and kind == "URL":
        fault = web_address_fault(text.strip())
    else:
        return
    if fault:
        yield (*path, name), fault


def _rights_faults(rights_list: Any) -> Iterator[Fault]:
    for place, item in _objects(rights_list):
        if not any(_text(item, name) for name in ("rights", "rightsUri", "rightsIdentifier")):
            yield (
                ("rightsList", place, "rights"),
                _("These rights say nothing: give the licence's name, its identifier or its address."),
            )
        if "rightsIdentifierScheme" in item:
            yield from _licence_faults(item, ("rightsList", place))


def _licence_faults(item: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Where identifier, name and address are of different licences, DataCite would keep one of them and say nothing."""
    licence = licence_of(item.get("rightsIdentifier"))
    led_to, named = licence_at(item.get("rightsUri")), licence_named(item.get("rights"))
    if licence and led_to and licence != led_to:
        yield (
            (*path, "rightsUri"),
            _("The address is that of %(there)s, and the identifier says %(here)s: make them agree.")
            % {"there": led_to.identifier, "here": licence.identifier},
        )
    if licence and named and licence != named:
        yield (
            (*path, "rights"),
            _("The text is the name of %(there)s, and the identifier says %(here)s: make them agree.")
            % {"there": named.identifier, "here": licence.identifier},
        )


def _location_faults(location: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    if not location:
        yield path, _("This place is nowhere: give its name, a point, a box or a polygon.")
    box = location.get("geoLocationBox")
    if isinstance(box, dict):
        south, north = box.get("southBoundLatitude"), box.get("northBoundLatitude")
        if isinstance(south, int | float) and isinstance(north, int | float) and south > north:
            yield (
                (*path, "geoLocationBox", "southBoundLatitude"),
                _("The box's southern edge lies north of its northern one: exchange the two latitudes."),
            )
    polygon = location.get("geoLocationPolygon")
    if isinstance(polygon, list):
        for inner, points in _polygons(polygon, (*path, "geoLocationPolygon")):
            yield from _polygon_faults(points, inner)


def _polygons(value: list[Any], path: Path) -> Iterator[tuple[Path, list[Any]]]:
    if value and all(isinstance(entry, list) for entry in value):
        yield from (((*path, place), entry) for place, entry in enumerate(value))
    else:
        yield path, value


def _polygon_faults(points: list[Any], path: Path) -> Iterator[Fault]:
    for place, entry in enumerate(points):
        if isinstance(entry, list) or (isinstance(entry, dict) and len(entry) != 1):
            yield (
                (*path, place),
                _(
                    "An entry of a polygon must be one polygonPoint or one inPolygonPoint: write them one by one."
                ),
            )
    corners = _count(points, "polygonPoint")
    if corners < FEWEST_POINTS:
        yield (
            path,
            _(
                "A polygon needs at least four points, the last the same as the first, and this one has %(count)d."
            )
            % {"count": corners},
        )
    elif not _is_closed(points):
        yield path, _("The polygon is not closed: repeat its first point at the end.")
    if _count(points, "inPolygonPoint") > 1:
        yield path, _("A polygon has at most one point inside it (inPolygonPoint): take the others out.")


def _is_closed(points: Iterable[Any]) -> bool:
    corners = [
        entry["polygonPoint"] for entry in points if isinstance(entry, dict) and "polygonPoint" in entry
    ]
    return bool(corners[0] == corners[-1])


def _count(points: Iterable[Any], name: str) -> int:
    return sum(isinstance(entry, dict) and name in entry for entry in points)
