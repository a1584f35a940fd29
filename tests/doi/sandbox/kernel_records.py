"""Hypothesis strategy: records as JSON attributes, in the form in which they are read back from XML."""

from typing import Any

from hypothesis import strategies as st

from doi.sandbox.kernel.words import lists

type Record = dict[str, Any]

_LISTS = lists("4.7")
_LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Cn"]) | st.sampled_from("\n\t<>&\"']")
TEXTS = st.text(_LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
_ADDRESSES = st.sampled_from(["https://example.org/a?b=c&d", "https://ror.org", "urn:x:1"])
_LANGUAGES = st.sampled_from(["en", "de-CH", "gsw"])
_YEARS = st.integers(1000, 9999)


def _word(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(_LISTS[name]))


def _entry(needed: dict[str, Any] | None = None, **optional: Any) -> st.SearchStrategy[Record]:
    return st.fixed_dictionaries(needed or {}, optional=optional)


def _some(entries: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[list[Any]]:
    return st.lists(entries, min_size=1, max_size=most)


def _degrees(limit: int) -> st.SearchStrategy[str]:
    return st.integers(-limit * 100, limit * 100).map(lambda number: str(number / 100))


def _names(more: dict[str, Any], **optional: Any) -> st.SearchStrategy[Record]:
    spoken = {"lang": _LANGUAGES, "nameType": _word("nameType")}
    whole = _entry({"name": TEXTS} | more, **spoken, **optional)
    parted = _entry({"givenName": TEXTS, "familyName": TEXTS} | more, **spoken, **optional)
    # The registry makes a person's name of its parts.
    return whole | parted.map(
        lambda person: person | {"name": f"{person['familyName']}, {person['givenName']}"}
    )


_IDENTIFIED = {
    "nameIdentifiers": _some(
        _entry({"nameIdentifier": TEXTS}, nameIdentifierScheme=TEXTS, schemeUri=_ADDRESSES)
    ),
    "affiliation": _some(
        _entry(
            {"name": TEXTS},
            affiliationIdentifier=TEXTS,
            affiliationIdentifierScheme=TEXTS,
            schemeUri=_ADDRESSES,
        )
    ),
}
_TITLES = _some(_entry({"title": TEXTS}, titleType=_word("titleType"), lang=_LANGUAGES))
_POINT = _entry({"pointLatitude": _degrees(90), "pointLongitude": _degrees(180)})
_POLYGON = st.tuples(
    st.lists(_entry({"polygonPoint": _POINT}), min_size=4, max_size=5),
    st.lists(_entry({"inPolygonPoint": _POINT}), max_size=1),
).map(lambda parts: parts[0] + parts[1])
_PLACE = _entry(
    geoLocationPlace=TEXTS,
    geoLocationPoint=_POINT,
    geoLocationBox=_entry(
        {
            "westBoundLongitude": _degrees(180),
            "eastBoundLongitude": _degrees(180),
            "southBoundLatitude": _degrees(90),
            "northBoundLatitude": _degrees(90),
        }
    ),
    geoLocationPolygon=_POLYGON | st.lists(_POLYGON, min_size=2, max_size=2),
)
_FUNDING = st.builds(
    dict.__or__,
    _entry({"funderName": TEXTS}, awardNumber=TEXTS, awardUri=_ADDRESSES, awardTitle=TEXTS),
    st.just({})
    | _entry(
        {"funderIdentifier": TEXTS, "funderIdentifierType": _word("funderIdentifierType")},
        schemeUri=_ADDRESSES,
    ),
)
_RELATED = {"relationType": _word("relationType"), "relatedIdentifierType": _word("relatedIdentifierType")}
_ITEM = st.builds(
    dict.__or__,
    _entry(
        {"relatedItemType": _word("resourceTypeGeneral"), "relationType": _word("relationType")},
        relationTypeInformation=TEXTS,
        relatedItemIdentifier=_entry(
            {"relatedItemIdentifier": TEXTS},
            relatedItemIdentifierType=_word("relatedIdentifierType"),
            relatedMetadataScheme=TEXTS,
            schemeURI=_ADDRESSES,
            schemeType=TEXTS,
        ),
        creators=_some(_names({})),
        titles=_TITLES,
        publicationYear=_YEARS.map(str),
        **dict.fromkeys(("volume", "issue", "firstPage", "lastPage", "publisher", "edition"), TEXTS),
        contributors=_some(_names({"contributorType": _word("contributorType")})),
    ),
    st.just({}) | _entry({"number": TEXTS}, numberType=_word("numberType")),
)
RECORDS = _entry(
    {
        "creators": _some(_names({}, **_IDENTIFIED)),
        "titles": _TITLES,
        "publisher": _entry(
            {"name": TEXTS},
            publisherIdentifier=TEXTS,
            publisherIdentifierScheme=TEXTS,
            schemeUri=_ADDRESSES,
            lang=_LANGUAGES,
        ),
        "publicationYear": _YEARS,
        "types": _entry({"resourceTypeGeneral": _word("resourceTypeGeneral")}, resourceType=TEXTS),
    },
    subjects=_some(
        _entry(
            {"subject": TEXTS},
            subjectScheme=TEXTS,
            schemeUri=_ADDRESSES,
            valueUri=_ADDRESSES,
            classificationCode=_ADDRESSES,
            lang=_LANGUAGES,
        )
    ),
    contributors=_some(_names({"contributorType": _word("contributorType")}, **_IDENTIFIED)),
    dates=_some(_entry({"date": TEXTS, "dateType": _word("dateType")}, dateInformation=TEXTS)),
    language=_LANGUAGES,
    identifiers=_some(_entry({"identifier": TEXTS, "identifierType": st.sampled_from(["local", "ISBN"])})),
    relatedIdentifiers=_some(
        _entry(
            {"relatedIdentifier": TEXTS} | _RELATED,
            relationTypeInformation=TEXTS,
            resourceTypeGeneral=_word("resourceTypeGeneral"),
            relatedMetadataScheme=TEXTS,
            schemeUri=_ADDRESSES,
            schemeType=TEXTS,
        )
    ),
    relatedItems=_some(_ITEM),
    sizes=_some(TEXTS),
    formats=_some(TEXTS),
    version=TEXTS,
    rightsList=_some(
        _entry(
            {"rights": TEXTS},
            rightsUri=_ADDRESSES,
            rightsIdentifier=TEXTS,
            rightsIdentifierScheme=TEXTS,
            schemeUri=_ADDRESSES,
            lang=_LANGUAGES,
        )
    ),
    descriptions=_some(
        _entry({"description": TEXTS, "descriptionType": _word("descriptionType")}, lang=_LANGUAGES)
    ),
    geoLocations=_some(_PLACE),
    fundingReferences=_some(_FUNDING),
)
