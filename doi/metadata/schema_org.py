"""A version as schema.org JSON-LD, for the landing page (Google Dataset Search, DataCite's link checker).

Source: DataCite's own JSON-LD writer (bolognese ff9ced47) and FORCE11's advice that ``@id`` be the DOI.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from doi.errors import InvalidNameError
from doi.metadata.identifiers import tidied_identifier
from doi.metadata.people import one_line, read_person, title
from doi.names import parse_name, to_url

_TYPES: Final = {
    "Dataset": "Dataset",
    "Collection": "Collection",
    "Software": "SoftwareSourceCode",
    "ComputationalNotebook": "SoftwareSourceCode",
    "Image": "ImageObject",
    "Audiovisual": "MediaObject",
    "Sound": "AudioObject",
    "Book": "Book",
    "BookChapter": "Chapter",
    "Dissertation": "Thesis",
    "Report": "Report",
    "JournalArticle": "ScholarlyArticle",
    "ConferencePaper": "ScholarlyArticle",
    "Preprint": "ScholarlyArticle",
    "Text": "ScholarlyArticle",
}
_RELATIONS: Final = {
    "IsIdenticalTo": "sameAs",
    "IsPartOf": "isPartOf",
    "IsPublishedIn": "isPartOf",
    "IsTranslationOf": "translationOfWork",
    "HasTranslation": "workTranslation",
    "HasPart": "hasPart",
    "IsPreviousVersionOf": "predecessor_of",
    "IsNewVersionOf": "successor_of",
    "References": "citation",
    "Cites": "citation",
    "IsSupplementTo": "citation",
    "IsDerivedFrom": "isBasedOn",
}
_DATES: Final = {"Created": "dateCreated", "Issued": "datePublished", "Updated": "dateModified"}
_SPAN_DATES: Final = ("Coverage", "Collected")
_ROLES: Final = {
    "Editor": "editor",
    "Producer": "producer",
    "Sponsor": "sponsor",
    "RightsHolder": "copyrightHolder",
    "Translator": "translator",
}


def to_schema_org(
    metadata: Mapping[str, Any], *, url: str, doi_url: str | None, version: str | None
) -> dict[str, Any]:
    """
    ``url`` is the landing page; ``doi_url`` the DOI as ``https://doi.org/…``, None while it does not resolve (a draft, the
    test system). The caller escapes ``</`` where this goes into a script element.
    """
    document = {
        "@context": "https://schema.org",
        "@type": _TYPES.get(_general_type(metadata), "CreativeWork"),
        "@id": doi_url or url,
        "identifier": _first([doi_url, *_other_identifiers(metadata)]),
        "url": url,
        "name": title(metadata),
        "alternateName": _other_titles(metadata),
        "additionalType": (metadata.get("types") or {}).get("resourceType"),
        "creator": [_agent(item) for item in metadata.get("creators") or ()],
        **_contributors(metadata),
        "description": _description(metadata),
        "measurementTechnique": _first(_descriptions(metadata, "Methods")),
        "license": _first([_licence(item) for item in metadata.get("rightsList") or ()]),
        "version": version or metadata.get("version"),
        "keywords": _unique([_keyword(item) for item in metadata.get("subjects") or ()]),
        "inLanguage": metadata.get("language"),
        "size": _first(metadata.get("sizes")),
        "encodingFormat": _first(metadata.get("formats")),
        **_dates(metadata),
        "spatialCoverage": _places(metadata),
        **_related(metadata),
        "publisher": _organization(metadata.get("publisher"), "publisherIdentifier"),
        "funder": _unique([_funder(item) for item in metadata.get("fundingReferences") or ()]),
        "funding": _unique([_grant(item) for item in metadata.get("fundingReferences") or ()]),
    }
    return {key: value for key, value in document.items() if value}


def _general_type(metadata: Mapping[str, Any]) -> str:
    return str((metadata.get("types") or {}).get("resourceTypeGeneral", ""))


def _first(items: Any) -> Any:
    """One value alone, several as a list."""
    found = _unique([item for item in items or () if item])
    return found[0] if len(found) == 1 else found


def _unique(items: list[Any]) -> list[Any]:
    return [item for place, item in enumerate(items) if item and item not in items[:place]]


def _other_titles(metadata: Mapping[str, Any]) -> Any:
    typed = [
        item
        for item in metadata.get("titles") or ()
        if item.get("titleType") in {"AlternativeTitle", "TranslatedTitle"}
    ]
    return _first(
        [one_line(item.get("title")) for item in typed if one_line(item.get("title")) != title(metadata)]
    )


def _other_identifiers(metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"@type": "PropertyValue", "propertyID": kind, "value": text}
        for item in metadata.get("alternateIdentifiers") or ()
        if (text := item.get("alternateIdentifier")) and (kind := item.get("alternateIdentifierType"))
    ]


def _contributors(metadata: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """By what they did, where schema.org has a word for it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for item in metadata.get("contributors") or ():
        found.setdefault(_ROLES.get(item.get("contributorType", ""), "contributor"), []).append(_agent(item))
    return found


def _licence(item: Mapping[str, Any]) -> Any:
    """The address; for rights without one their text."""
    text = one_line(item.get("rights"))
    return item.get("rightsUri") or (text and {"@type": "CreativeWork", "name": text})


def _keyword(item: Mapping[str, Any]) -> Any:
    """A word alone, or a term with the vocabulary that it is from."""
    term = {
        "@type": "DefinedTerm",
        "@id": item.get("valueUri"),
        "name": one_line(item.get("subject")),
        "termCode": item.get("classificationCode"),
        "inDefinedTermSet": item.get("schemeUri") or item.get("subjectScheme"),
    }
    told = {key: value for key, value in term.items() if value}
    return told if len(told) > 2 else term["name"]


def _agent(item: Mapping[str, Any]) -> dict[str, Any]:
    person = read_person(item)
    personal = bool(person.family) or item.get("nameType") == "Personal"
    links = [_link(entry, "nameIdentifier") for entry in item.get("nameIdentifiers") or ()]
    agent = {
        "@type": "Person" if personal else "Organization",
        "@id": next((link for link in links if link), None),
        "name": f"{person.given} {person.family}" if person.given else one_line(person.full),
        "givenName": person.given,
        "familyName": person.family,
        "sameAs": _first(links),
        "affiliation": _first(
            [_organization(entry, "affiliationIdentifier") for entry in item.get("affiliation") or ()]
        ),
    }
    return {key: value for key, value in agent.items() if value}


def _link(item: Mapping[str, Any], name: str) -> str:
    """An identifier as an address, where it is one or its scheme says how to make one."""
    text = str(item.get(name, "")).strip()
    scheme = str(item.get(f"{name}Scheme") or item.get(f"{name}Type") or "").casefold()
    if text.startswith(("http://", "https://")):
        return text
    tidy = tidied_identifier(text, scheme=scheme)
    return tidy if tidy.startswith("https://") else ""


def _organization(item: Any, identifier: str) -> dict[str, Any]:
    if not item:
        return {}
    link = _link(item, identifier)
    named = {"@type": "Organization", "@id": link, "name": one_line(item.get("name")), "sameAs": link}
    return {key: value for key, value in named.items() if value}


def _funder(item: Mapping[str, Any]) -> dict[str, Any]:
    return _organization({"name": item.get("funderName"), **item}, "funderIdentifier")


def _grant(item: Mapping[str, Any]) -> dict[str, Any]:
    """An award, and whose it is."""
    told = {
        "@id": item.get("awardUri"),
        "identifier": item.get("awardNumber"),
        "name": one_line(item.get("awardTitle")),
        "url": item.get("awardUri"),
    }
    known = {key: value for key, value in told.items() if value}
    return {"@type": "Grant", **known, "funder": _funder(item)} if known else {}


def _descriptions(metadata: Mapping[str, Any], *kinds: str) -> list[str]:
    return [
        str(item.get("description", ""))
        for item in metadata.get("descriptions") or ()
        if not kinds or item.get("descriptionType") in kinds
    ]


def _description(metadata: Mapping[str, Any]) -> str:
    """The abstracts; without one, whatever else describes the data."""
    return "\n\n".join(_descriptions(metadata, "Abstract") or _descriptions(metadata))


def _dates(metadata: Mapping[str, Any]) -> dict[str, Any]:
    dates = metadata.get("dates") or ()
    found = {
        key: next((item.get("date") for item in dates if item.get("dateType") == kind), None)
        for kind, key in _DATES.items()
    }
    found["datePublished"] = found["datePublished"] or str(metadata.get("publicationYear", ""))
    spans = [item.get("date") for kind in _SPAN_DATES for item in dates if item.get("dateType") == kind]
    return found | {"temporalCoverage": _first(spans)}


def _places(metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [place for place in map(_place, metadata.get("geoLocations") or ()) if len(place) > 1]


def _place(item: Mapping[str, Any]) -> dict[str, Any]:
    geo = [*_point(item.get("geoLocationPoint")), *_box(item.get("geoLocationBox")), *_polygons(item)]
    place = {"@type": "Place", "name": item.get("geoLocationPlace"), "geo": _first(geo)}
    return {key: value for key, value in place.items() if value}


def _point(point: Any) -> list[dict[str, Any]]:
    if not point:
        return []
    return [
        {"@type": "GeoCoordinates", "latitude": point["pointLatitude"], "longitude": point["pointLongitude"]}
    ]


def _box(box: Any) -> list[dict[str, Any]]:
    """schema.org writes latitude before longitude, the south-western corner first."""
    if not box:
        return []
    corners = (
        f"{box['southBoundLatitude']} {box['westBoundLongitude']} "
        f"{box['northBoundLatitude']} {box['eastBoundLongitude']}"
    )
    return [{"@type": "GeoShape", "box": corners}]


def _polygons(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    value = item.get("geoLocationPolygon") or []
    polygons = value if all(isinstance(entry, list) for entry in value) else [value]
    return [{"@type": "GeoShape", "polygon": _corners(polygon)} for polygon in polygons]


def _corners(polygon: list[Mapping[str, Any]]) -> str:
    points = (entry["polygonPoint"] for entry in polygon if "polygonPoint" in entry)
    return " ".join(f"{point['pointLatitude']} {point['pointLongitude']}" for point in points)


def _related(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Related identifiers, related items and the container, each work once: by its address, else by its name."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for relation, work in _works(metadata):
        key, known = _RELATIONS.get(relation, ""), work.get("@id") or work.get("name")
        if key and known:
            held = found.setdefault(key, {}).setdefault(known, {})
            held |= {name: value for name, value in work.items() if value}
    # sameAs is an address in schema.org, the others are works.
    return {
        key: _first([work.get("@id") for work in works.values()] if key == "sameAs" else list(works.values()))
        for key, works in found.items()
    }


def _works(metadata: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in metadata.get("relatedIdentifiers") or ():
        link = _related_link(item, "relatedIdentifier")
        yield item.get("relationType", ""), {"@type": "CreativeWork", "@id": link}
    for item in metadata.get("relatedItems") or ():
        yield item.get("relationType", ""), _related_item(item)
    container = metadata.get("container") or {}
    yield "IsPartOf", {"@type": "CreativeWork", "name": one_line(container.get("title"))}


def _related_item(item: Mapping[str, Any]) -> dict[str, Any]:
    titles = item.get("titles") or [{}]
    return {
        "@type": _TYPES.get(item.get("relatedItemType", ""), "CreativeWork"),
        "@id": _related_link(item.get("relatedItemIdentifier") or {}, "relatedItemIdentifier"),
        "name": one_line(titles[0].get("title")),
        "creator": [_agent(person) for person in item.get("creators") or ()],
        "datePublished": str(item.get("publicationYear", "")),
        "publisher": _organization({"name": item.get("publisher")}, "") if item.get("publisher") else None,
        "version": item.get("edition"),
    }


def _related_link(item: Mapping[str, Any], name: str) -> str:
    text = str(item.get(name, "")).strip()
    if item.get(f"{name}Type") == "DOI":
        try:
            return to_url(parse_name(text))
        except InvalidNameError:
            return ""
    return text if text.startswith(("http://", "https://")) else ""
