"""Metadata as the lists that a page shows: people, texts, dates, places, relations, money, rights."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from doi.landing import links
from doi.landing.text import inline, paragraphs
from doi.landing.words import spoken

SHOWN_PEOPLE = 20
SHOWN_OTHERS = 20


@dataclass(frozen=True, slots=True)
class Linked:
    """A text with where it leads, if anywhere, and a word beside it."""

    text: str
    url: str = ""
    label: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    url: str = ""
    scheme: str = ""
    role: str = ""
    affiliations: tuple[Linked, ...] = ()
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Shelf[T]:
    """A long list: the first ones in sight, the rest behind a summary."""

    first: tuple[T, ...]
    rest: tuple[T, ...]

    @classmethod
    def of(cls, items: Iterable[T], *, shown: int = SHOWN_OTHERS) -> "Shelf[T]":
        whole = tuple(items)
        # One more in sight is shorter than a line that offers to show it.
        cut = shown if len(whole) > shown + 1 else len(whole)
        return cls(whole[:cut], whole[cut:])

    def __bool__(self) -> bool:
        return bool(self.first)

    @property
    def total(self) -> int:
        return len(self.first) + len(self.rest)


@dataclass(frozen=True, slots=True)
class Prose:
    heading: str
    paragraphs: tuple[SafeString, ...]
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    title: SafeString
    title_lang: str
    other_titles: tuple[Linked, ...]
    creators: Shelf[Person]
    contributors: Shelf[Person]
    publisher: Linked
    year: str
    kind: str
    language: str
    prose: tuple[Prose, ...]
    subjects: Shelf[Linked]
    rights: tuple[Linked, ...]
    dates: tuple[Linked, ...]
    places: Shelf[Linked]
    funders: Shelf[Linked]
    related: Shelf[Linked]
    identifiers: Shelf[Linked]
    files: Shelf[Linked]
    sizes: tuple[str, ...]
    formats: tuple[str, ...]


def facts(metadata: Mapping[str, Any], *, title: str) -> Facts:
    """``metadata`` must be legible; ``title`` is what the page is called if the record names nothing better."""
    titles = metadata.get("titles", [])
    main: Mapping[str, Any] = next((item for item in titles if item.get("title", "").strip()), {})
    types = metadata.get("types", {})
    return Facts(
        title=inline(main.get("title") or title),
        title_lang=main.get("lang", ""),
        other_titles=tuple(_other_title(item) for item in titles if item is not main and item.get("title")),
        creators=Shelf.of((_person(item) for item in metadata.get("creators", [])), shown=SHOWN_PEOPLE),
        contributors=Shelf.of(
            (_person(item) for item in metadata.get("contributors", [])), shown=SHOWN_PEOPLE
        ),
        publisher=_publisher(metadata.get("publisher", {})),
        year=str(metadata.get("publicationYear", "")),
        kind=_kind(types),
        language=metadata.get("language", ""),
        prose=tuple(_prose(metadata.get("descriptions", []))),
        subjects=_shelf(_subject, metadata.get("subjects", [])),
        rights=tuple(_right(item) for item in metadata.get("rightsList", [])),
        dates=tuple(_date(item) for item in metadata.get("dates", []) if item.get("date")),
        places=_shelf(_place, metadata.get("geoLocations", [])),
        funders=_shelf(_funder, metadata.get("fundingReferences", [])),
        related=_shelf(
            _related, [*metadata.get("relatedIdentifiers", []), *metadata.get("relatedItems", [])]
        ),
        identifiers=_shelf(_alternate, metadata.get("alternateIdentifiers", [])),
        files=Shelf.of(Linked(text, links.web(text)) for text in metadata.get("contentUrl", [])),
        sizes=tuple(metadata.get("sizes", [])),
        formats=tuple(metadata.get("formats", [])),
    )


def _shelf(read: Callable[[Mapping[str, Any]], Linked], items: Iterable[Mapping[str, Any]]) -> Shelf[Linked]:
    """Real records hold entries without a word in them; those are not shown."""
    return Shelf.of(linked for linked in map(read, items) if linked.text.strip())


def _kind(types: Mapping[str, Any]) -> str:
    """The general type, and the record's own word where it says more."""
    general, own = spoken(types.get("resourceTypeGeneral")), types.get("resourceType", "")
    return (
        general
        if own.strip().casefold() in {"", general.casefold()}
        else ": ".join(filter(None, (general, own)))
    )


def _other_title(item: Mapping[str, Any]) -> Linked:
    return Linked(item["title"], label=spoken(item.get("titleType")), lang=item.get("lang", ""))


def _person(item: Mapping[str, Any]) -> Person:
    named = ((entry, _identifier(entry, "nameIdentifier")) for entry in item.get("nameIdentifiers", []))
    nowhere: tuple[Mapping[str, Any], str] = ({}, "")
    entry, url = next(((entry, url) for entry, url in named if url), nowhere)
    return Person(
        name=item.get("name") or " ".join(filter(None, (item.get("givenName"), item.get("familyName")))),
        url=url,
        scheme=entry.get("nameIdentifierScheme", ""),
        role=spoken(item.get("contributorType")),
        affiliations=tuple(
            Linked(place["name"], _identifier(place, "affiliationIdentifier"))
            for place in item.get("affiliation", [])
            if place.get("name")
        ),
        lang=item.get("lang", ""),
    )


def _identifier(item: Mapping[str, Any], name: str) -> str:
    return links.identifier(item.get(name), item.get(f"{name}Scheme") or item.get(f"{name}Type"))


def _publisher(item: Mapping[str, Any]) -> Linked:
    return Linked(item.get("name", ""), _identifier(item, "publisherIdentifier"), lang=item.get("lang", ""))


def _prose(descriptions: Iterable[Mapping[str, Any]]) -> Iterable[Prose]:
    """The abstract first, the others as they stand."""
    known = [item for item in descriptions if item.get("description", "").strip()]
    for item in sorted(known, key=lambda item: item.get("descriptionType") != "Abstract"):
        heading = spoken(item.get("descriptionType")) or _("Description")
        yield Prose(heading, tuple(paragraphs(item["description"])), item.get("lang", ""))


def _subject(item: Mapping[str, Any]) -> Linked:
    return Linked(item.get("subject", ""), links.web(item.get("valueUri")), lang=item.get("lang", ""))


def _right(item: Mapping[str, Any]) -> Linked:
    uri = item.get("rightsUri", "")
    return Linked(
        item.get("rights") or item.get("rightsIdentifier") or uri, links.web(uri), lang=item.get("lang", "")
    )


def _date(item: Mapping[str, Any]) -> Linked:
    text = " – ".join(part for part in item["date"].split("/") if part.strip()) or item["date"]
    extra = item.get("dateInformation", "")
    return Linked(f"{text} ({extra})" if extra else text, label=spoken(item.get("dateType")))


def _place(item: Mapping[str, Any]) -> Linked:
    parts = []
    point, box = item.get("geoLocationPoint"), item.get("geoLocationBox")
    if point:
        parts.append(_coordinates(point["pointLatitude"], point["pointLongitude"]))
    if box:
        south_west = _coordinates(box["southBoundLatitude"], box["westBoundLongitude"])
        north_east = _coordinates(box["northBoundLatitude"], box["eastBoundLongitude"])
        parts.append(_("%(from)s to %(to)s") % {"from": south_west, "to": north_east})
    for polygon in item.get("geoLocationPolygon", []):
        corners = [entry["polygonPoint"] for entry in polygon if "polygonPoint" in entry]
        spots = (
            "; ".join(_coordinates(spot["pointLatitude"], spot["pointLongitude"]) for spot in corners[:20])
        ) + ("; …" if len(corners) > 20 else "")
        parts.append(_("area with the corners %(corners)s") % {"corners": spots})
    name = item.get("geoLocationPlace", "").strip()
    return Linked(name, label=", ".join(parts)) if name else Linked(", ".join(parts))


def _coordinates(latitude: float, longitude: float) -> str:
    north = f"{abs(latitude):g}° {_('S') if latitude < 0 else _('N')}"
    east = f"{abs(longitude):g}° {_('W') if longitude < 0 else _('E')}"
    return f"{north}, {east}"


def _funder(item: Mapping[str, Any]) -> Linked:
    award = ", ".join(filter(None, (item.get("awardTitle"), item.get("awardNumber"))))
    name = item.get("funderName", "")
    url = links.web(item.get("awardUri")) or _identifier(item, "funderIdentifier")
    return Linked(f"{name}: {award}" if award else name, url)


def _related(item: Mapping[str, Any]) -> Linked:
    """A related identifier, or a related item with as much of its own record as names it."""
    at = item.get("relatedItemIdentifier", {})
    text = item.get("relatedIdentifier") or at.get("relatedItemIdentifier", "")
    url = links.identifier(text, item.get("relatedIdentifierType") or at.get("relatedItemIdentifierType"))
    titles = [entry["title"] for entry in item.get("titles", []) if entry.get("title")]
    year = [f"({item['publicationYear']})"] if titles and item.get("publicationYear") else []
    return Linked(" ".join([*titles[:1], *year]) or url or text, url, label=spoken(item.get("relationType")))


def _alternate(item: Mapping[str, Any]) -> Linked:
    text, kind = item.get("alternateIdentifier", ""), item.get("alternateIdentifierType", "")
    return Linked(text, links.identifier(text, kind), label=kind)
