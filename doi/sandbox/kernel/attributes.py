"""Which part of kernel-4 XML is which member in DataCite's JSON (bolognese ff9ced47); writing and reading share it."""

from typing import NamedTuple


class Attribute(NamedTuple):
    """An attribute of an element, and the member it is in JSON; `always`: written even when there is none."""

    name: str
    key: str
    always: bool = False


class Listed(NamedTuple):
    """A property that is a list of texts with attributes: its member and its members' member, its elements."""

    key: str
    text: str
    group: str
    tag: str
    attributes: tuple[Attribute, ...]


def _same(*names: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(name, name) for name in names)


LANG = Attribute("xml:lang", "lang")
_SCHEME = Attribute("schemeURI", "schemeUri")

NAME = (*_same("nameType"), LANG)
NAME_IDENTIFIER = (
    Attribute("nameIdentifierScheme", "nameIdentifierScheme", always=True),
    Attribute("schemeURI", "schemeUri", always=True),
)
AFFILIATION = (*_same("affiliationIdentifier", "affiliationIdentifierScheme"), _SCHEME)
CONTRIBUTOR = (Attribute("contributorType", "contributorType", always=True),)
PUBLISHER = (*_same("publisherIdentifier", "publisherIdentifierScheme"), _SCHEME, LANG)
RESOURCE_TYPE = _same("resourceTypeGeneral")
ITEM = _same("relatedItemType", "relationType", "relationTypeInformation")
# Here alone DataCite's JSON spells schemeURI as the schema does.
ITEM_IDENTIFIER = _same("relatedItemIdentifierType", "relatedMetadataScheme", "schemeURI", "schemeType")
NUMBER = _same("numberType")
FUNDER = (*_same("funderIdentifierType"), _SCHEME)
AWARD = (Attribute("awardURI", "awardUri"),)

TITLES = Listed("titles", "title", "titles", "title", (*_same("titleType"), LANG))
SUBJECTS = Listed(
    "subjects",
    "subject",
    "subjects",
    "subject",
    (*_same("subjectScheme"), _SCHEME, Attribute("valueURI", "valueUri"), *_same("classificationCode"), LANG),
)
DATES = Listed("dates", "date", "dates", "date", _same("dateType", "dateInformation"))
IDENTIFIERS = Listed(
    "identifiers",
    "identifier",
    "alternateIdentifiers",
    "alternateIdentifier",
    (Attribute("alternateIdentifierType", "identifierType", always=True),),
)
RELATED_IDENTIFIERS = Listed(
    "relatedIdentifiers",
    "relatedIdentifier",
    "relatedIdentifiers",
    "relatedIdentifier",
    (
        *_same("relatedIdentifierType", "relationType", "relationTypeInformation", "resourceTypeGeneral"),
        *_same("relatedMetadataScheme"),
        _SCHEME,
        *_same("schemeType"),
    ),
)
RIGHTS = Listed(
    "rightsList",
    "rights",
    "rightsList",
    "rights",
    (
        Attribute("rightsURI", "rightsUri"),
        *_same("rightsIdentifier", "rightsIdentifierScheme"),
        _SCHEME,
        LANG,
    ),
)
DESCRIPTIONS = Listed(
    "descriptions", "description", "descriptions", "description", (LANG, *_same("descriptionType"))
)

POINT = ("pointLatitude", "pointLongitude")
BOX = ("westBoundLongitude", "eastBoundLongitude", "southBoundLatitude", "northBoundLatitude")
# What of a related item is a text without attributes, in the schema's order before and after `number`.
ITEM_TEXTS = (("publicationYear", "volume", "issue"), ("firstPage", "lastPage", "publisher", "edition"))
