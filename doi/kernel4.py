"""One table of DataCite Metadata Schema 4.7: its properties, their parts, their word lists, their places in the XML.

Everything else about metadata (normalising, the local rules, the JSON and XML that are sent) is read off this table, so
that a new version of the schema is a change here and nowhere else. Members stand in the order of DataCite's XSD.

``since`` is the version that added a member or a word; "4.4" stands for 4.4 and everything before it.
Source: datacite/schema 471512cb, 2026-03-13 (kernel 4.7); which attributes may be written, and the limits of
a version and of rights: DataCite REST API, lupo 05afac46. The other limits are ours. EZID validates against 4.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

type Version = Literal["4.4", "4.5", "4.6", "4.7"]
type Kernel = Literal["4.6", "4.7"]
type Obligation = Literal["mandatory", "recommended", "optional"]
type Form = Literal["text", "identifier", "uri", "code", "language", "date"]
type IdentifierKind = Literal["orcid", "isni", "ror", "grid", "funder", "doi"]
type Shape = Text | Number | Members | Many | Polygons

NAMESPACE: Final = "http://datacite.org/schema/kernel-4"
SCHEMA_LOCATION: Final = f"{NAMESPACE} http://schema.datacite.org/meta/kernel-4/metadata.xsd"


@dataclass(frozen=True, slots=True)
class Text:
    """``words`` names one of `WORDS`; ``longest`` is in characters. Forms: see `metadata.rules`."""

    form: Form = "text"
    words: str = ""
    longest: int = 4000


@dataclass(frozen=True, slots=True)
class Number:
    minimum: float
    maximum: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """``at`` is the place in the XML, seen from the element of the whole: ``.`` its text, ``@x`` an attribute of it,
    ``a`` a child, ``a/@x`` an attribute of that child, ``a/b`` a wrapper and its children; empty: not in the XML.
    """

    shape: Shape
    at: str
    required: bool = False
    since: Version = "4.4"


@dataclass(frozen=True, slots=True)
class Identified:
    """The members of an object that hold an identifier, its kind, and the address of that kind.

    ``uri`` is empty where there is none, and for funders: the word for the kind is one of a list already.
    ``kinds``: those whose recommended form is known, see `metadata.identifiers`.
    """

    identifier: str
    kind: str
    uri: str = ""
    kinds: tuple[IdentifierKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Members:
    """An object. ``shorthand`` names the member that a bare string stands for in DataCite's read shape."""

    members: Mapping[str, Member]
    shorthand: str = ""
    identified: Identified | None = None


@dataclass(frozen=True, slots=True)
class Many:
    item: Text | Members


@dataclass(frozen=True, slots=True)
class Polygons:
    """A list of ``{"polygonPoint": point}`` with at most one ``{"inPolygonPoint": point}``, or a list of such lists."""

    point: Members


@dataclass(frozen=True, slots=True)
class Property:
    obligation: Obligation
    member: Member


def _words(words: str, **later: str) -> Mapping[str, Version]:
    """All ``words`` in the order in which people choose from them; which of them a later version added (``v45``…)."""
    added: dict[str, Version] = {}
    versions: tuple[Version, ...] = ("4.5", "4.6", "4.7")
    for version in versions:
        added |= dict.fromkeys(later.get("v" + version.replace(".", ""), "").split(), version)
    return MappingProxyType({word: added.get(word, "4.4") for word in words.split()})


_RESOURCE_TYPES = _words(
    "Audiovisual Award Book BookChapter Collection ComputationalNotebook ConferencePaper ConferenceProceeding DataPaper "
    "Dataset Dissertation Event Image Instrument InteractiveResource Journal JournalArticle Model OutputManagementPlan "
    "PeerReview PhysicalObject Poster Preprint Presentation Project Report Service Software Sound Standard "
    "StudyRegistration Text Workflow Other",
    v45="Instrument StudyRegistration",
    v46="Award Project",
    v47="Poster Presentation",
)

WORDS: Final[Mapping[str, Mapping[str, Version]]] = MappingProxyType(
    {
        "resourceTypeGeneral": _RESOURCE_TYPES,
        "relationType": _words(
            "IsCitedBy Cites IsSupplementTo IsSupplementedBy IsContinuedBy Continues IsNewVersionOf IsPreviousVersionOf "
            "IsPartOf HasPart Collects IsCollectedBy IsPublishedIn IsReferencedBy References IsDocumentedBy Documents "
            "IsCompiledBy Compiles IsVariantFormOf IsOriginalFormOf IsIdenticalTo HasTranslation IsTranslationOf "
            "HasMetadata IsMetadataFor Reviews IsReviewedBy IsDerivedFrom IsSourceOf Describes IsDescribedBy HasVersion "
            "IsVersionOf Requires IsRequiredBy Obsoletes IsObsoletedBy Other",
            v45="Collects IsCollectedBy",
            v46="HasTranslation IsTranslationOf",
            v47="Other",
        ),
        "contributorType": _words(
            "ContactPerson DataCollector DataCurator DataManager Distributor Editor HostingInstitution Producer "
            "ProjectLeader ProjectManager ProjectMember RegistrationAgency RegistrationAuthority RelatedPerson Researcher "
            "ResearchGroup RightsHolder Sponsor Supervisor Translator WorkPackageLeader Other",
            v46="Translator",
        ),
        "dateType": _words(
            "Accepted Available Collected Copyrighted Coverage Created Issued Submitted Updated Valid Withdrawn Other",
            v46="Coverage",
        ),
        "descriptionType": _words("Abstract Methods SeriesInformation TableOfContents TechnicalInfo Other"),
        "titleType": _words("AlternativeTitle Subtitle TranslatedTitle Other"),
        "relatedIdentifierType": _words(
            "ARK arXiv bibcode CSTR DOI EAN13 EISSN Handle IGSN ISBN ISSN ISTC LISSN LSID PMID PURL RAiD RRID SWHID UPC "
            "URL URN w3id",
            v46="CSTR RRID",
            v47="RAiD SWHID",
        ),
        "funderIdentifierType": MappingProxyType(
            dict.fromkeys(("ISNI", "GRID", "ROR", "Crossref Funder ID", "Other"), "4.4")
        ),
        "nameType": _words("Personal Organizational"),
        "numberType": _words("Article Chapter Report Other"),
    }
)


def words_of(name: str, *, kernel: Kernel) -> frozenset[str]:
    """The words of a list that a registry at ``kernel`` knows."""
    return frozenset(word for word, since in WORDS[name].items() if since <= kernel)


_TEXT = Text()
_URI = Text(form="uri")
_IDENTIFIER = Text(form="identifier")
_LANGUAGE = Text(form="language")
_YEAR = Number(minimum=0, maximum=9999, whole=True)
_LONGITUDE = Number(minimum=-180, maximum=180)
_LATITUDE = Number(minimum=-90, maximum=90)
_LANG = Member(_LANGUAGE, "@xml:lang")


_PEOPLE: Final[tuple[IdentifierKind, ...]] = ("orcid", "isni", "ror", "grid")
_FUNDERS: Final[tuple[IdentifierKind, ...]] = ("isni", "ror", "grid", "funder")


def _word(name: str) -> Text:
    return Text(words=name)


_TITLE = Members(
    {
        "title": Member(_TEXT, ".", required=True),
        "titleType": Member(_word("titleType"), "@titleType"),
        "lang": _LANG,
    }
)

_NAME_IDENTIFIER = Members(
    {
        "nameIdentifier": Member(_IDENTIFIER, ".", required=True),
        "nameIdentifierScheme": Member(_TEXT, "@nameIdentifierScheme", required=True),
        "schemeUri": Member(_URI, "@schemeURI"),
    },
    identified=Identified("nameIdentifier", "nameIdentifierScheme", "schemeUri", _PEOPLE),
)

_AFFILIATION = Members(
    {
        "name": Member(_TEXT, ".", required=True),
        "affiliationIdentifier": Member(_IDENTIFIER, "@affiliationIdentifier"),
        "affiliationIdentifierScheme": Member(_TEXT, "@affiliationIdentifierScheme"),
        "schemeUri": Member(_URI, "@schemeURI"),
    },
    shorthand="name",
    identified=Identified("affiliationIdentifier", "affiliationIdentifierScheme", "schemeUri", _PEOPLE),
)


def _person(element: str, *, full: bool) -> dict[str, Member]:
    """Creators and contributors; those of a related item have no identifiers and no affiliations."""
    members = {
        "name": Member(_TEXT, element, required=True),
        "nameType": Member(_word("nameType"), f"{element}/@nameType"),
        "lang": Member(_LANGUAGE, f"{element}/@xml:lang"),
        "givenName": Member(_TEXT, "givenName"),
        "familyName": Member(_TEXT, "familyName"),
    }
    if full:
        members["nameIdentifiers"] = Member(Many(_NAME_IDENTIFIER), "nameIdentifier")
        members["affiliation"] = Member(Many(_AFFILIATION), "affiliation")
    return members


def _contributor(*, full: bool) -> Members:
    kind = Member(_word("contributorType"), "@contributorType", required=True)
    return Members({"contributorType": kind, **_person("contributorName", full=full)})


_PUBLISHER = Members(
    {
        "name": Member(_TEXT, ".", required=True),
        "publisherIdentifier": Member(_IDENTIFIER, "@publisherIdentifier", since="4.5"),
        "publisherIdentifierScheme": Member(_TEXT, "@publisherIdentifierScheme", since="4.5"),
        "schemeUri": Member(_URI, "@schemeURI", since="4.5"),
        "lang": _LANG,
    },
    shorthand="name",
    identified=Identified("publisherIdentifier", "publisherIdentifierScheme", "schemeUri", _PEOPLE),
)

_TYPES = Members(
    {
        "resourceTypeGeneral": Member(_word("resourceTypeGeneral"), "@resourceTypeGeneral", required=True),
        "resourceType": Member(_TEXT, "."),
    }
)

_SUBJECT = Members(
    {
        "subject": Member(_TEXT, ".", required=True),
        "subjectScheme": Member(_TEXT, "@subjectScheme"),
        "schemeUri": Member(_URI, "@schemeURI"),
        "valueUri": Member(_URI, "@valueURI"),
        "classificationCode": Member(Text(form="code"), "@classificationCode"),
        "lang": _LANG,
    }
)

_DATE = Members(
    {
        "date": Member(Text(form="date"), ".", required=True),
        "dateType": Member(_word("dateType"), "@dateType", required=True),
        "dateInformation": Member(_TEXT, "@dateInformation"),
    }
)

_ALTERNATE_IDENTIFIER = Members(
    {
        "alternateIdentifier": Member(_IDENTIFIER, ".", required=True),
        "alternateIdentifierType": Member(_TEXT, "@alternateIdentifierType", required=True),
    }
)

_RELATED_IDENTIFIER = Members(
    {
        "relatedIdentifier": Member(_IDENTIFIER, ".", required=True),
        "relatedIdentifierType": Member(
            _word("relatedIdentifierType"), "@relatedIdentifierType", required=True
        ),
        "relationType": Member(_word("relationType"), "@relationType", required=True),
        "relationTypeInformation": Member(_TEXT, "@relationTypeInformation", since="4.7"),
        "resourceTypeGeneral": Member(_word("resourceTypeGeneral"), "@resourceTypeGeneral"),
        "relatedMetadataScheme": Member(_TEXT, "@relatedMetadataScheme"),
        "schemeUri": Member(_URI, "@schemeURI"),
        "schemeType": Member(_TEXT, "@schemeType"),
    },
    identified=Identified("relatedIdentifier", "relatedIdentifierType", kinds=("doi",)),
)

_RIGHTS = Members(
    {
        "rights": Member(Text(longest=2000), "."),
        "rightsUri": Member(_URI, "@rightsURI"),
        "rightsIdentifier": Member(_TEXT, "@rightsIdentifier"),
        "rightsIdentifierScheme": Member(_TEXT, "@rightsIdentifierScheme"),
        "schemeUri": Member(_URI, "@schemeURI"),
        "lang": _LANG,
    }
)

_DESCRIPTION = Members(
    {
        "description": Member(Text(longest=200_000), ".", required=True),
        "descriptionType": Member(_word("descriptionType"), "@descriptionType", required=True),
        "lang": _LANG,
    }
)

_POINT = Members(
    {
        "pointLongitude": Member(_LONGITUDE, "pointLongitude", required=True),
        "pointLatitude": Member(_LATITUDE, "pointLatitude", required=True),
    }
)

_BOX = Members(
    {
        "westBoundLongitude": Member(_LONGITUDE, "westBoundLongitude", required=True),
        "eastBoundLongitude": Member(_LONGITUDE, "eastBoundLongitude", required=True),
        "southBoundLatitude": Member(_LATITUDE, "southBoundLatitude", required=True),
        "northBoundLatitude": Member(_LATITUDE, "northBoundLatitude", required=True),
    }
)

_GEO_LOCATION = Members(
    {
        "geoLocationPlace": Member(_TEXT, "geoLocationPlace"),
        "geoLocationPoint": Member(_POINT, "geoLocationPoint"),
        "geoLocationBox": Member(_BOX, "geoLocationBox"),
        "geoLocationPolygon": Member(Polygons(_POINT), "geoLocationPolygon"),
    }
)

_FUNDING_REFERENCE = Members(
    {
        "funderName": Member(_TEXT, "funderName", required=True),
        "funderIdentifier": Member(_IDENTIFIER, "funderIdentifier"),
        "funderIdentifierType": Member(
            _word("funderIdentifierType"), "funderIdentifier/@funderIdentifierType"
        ),
        "schemeUri": Member(_URI, "funderIdentifier/@schemeURI"),
        "awardNumber": Member(_TEXT, "awardNumber"),
        "awardUri": Member(_URI, "awardNumber/@awardURI"),
        "awardTitle": Member(_TEXT, "awardTitle"),
    },
    identified=Identified("funderIdentifier", "funderIdentifierType", kinds=_FUNDERS),
)

_RELATED_ITEM_IDENTIFIER = Members(
    {
        "relatedItemIdentifier": Member(_IDENTIFIER, ".", required=True),
        "relatedItemIdentifierType": Member(
            _word("relatedIdentifierType"), "@relatedItemIdentifierType", required=True
        ),
        "relatedMetadataScheme": Member(_TEXT, "@relatedMetadataScheme"),
        "schemeURI": Member(_URI, "@schemeURI"),  # capital here and only here: DataCite's JSON, not a slip
        "schemeType": Member(_TEXT, "@schemeType"),
    },
    identified=Identified("relatedItemIdentifier", "relatedItemIdentifierType", kinds=("doi",)),
)

_RELATED_ITEM = Members(
    {
        "relatedItemType": Member(_word("resourceTypeGeneral"), "@relatedItemType", required=True),
        "relationType": Member(_word("relationType"), "@relationType", required=True),
        "relationTypeInformation": Member(_TEXT, "@relationTypeInformation", since="4.7"),
        "relatedItemIdentifier": Member(_RELATED_ITEM_IDENTIFIER, "relatedItemIdentifier"),
        "creators": Member(Many(Members(_person("creatorName", full=False))), "creators/creator"),
        "titles": Member(Many(_TITLE), "titles/title", required=True),
        "publicationYear": Member(_YEAR, "publicationYear"),
        "volume": Member(_TEXT, "volume"),
        "issue": Member(_TEXT, "issue"),
        "number": Member(_TEXT, "number"),
        "numberType": Member(_word("numberType"), "number/@numberType"),
        "firstPage": Member(_TEXT, "firstPage"),
        "lastPage": Member(_TEXT, "lastPage"),
        "publisher": Member(_TEXT, "publisher"),
        "edition": Member(_TEXT, "edition"),
        "contributors": Member(Many(_contributor(full=False)), "contributors/contributor"),
    },
    identified=Identified("number", "numberType"),
)

_CONTAINER = Members(
    {
        name: Member(_IDENTIFIER if name == "identifier" else _TEXT, "")
        for name in (
            "type",
            "identifier",
            "identifierType",
            "title",
            "volume",
            "issue",
            "firstPage",
            "lastPage",
        )
    },
    identified=Identified("identifier", "identifierType", kinds=("doi",)),
)


def _property(obligation: Obligation, shape: Shape, at: str) -> Property:
    return Property(obligation, Member(shape, at, required=obligation == "mandatory"))


PROPERTIES: Final[Mapping[str, Property]] = MappingProxyType(
    {
        "creators": _property(
            "mandatory", Many(Members(_person("creatorName", full=True))), "creators/creator"
        ),
        "titles": _property("mandatory", Many(_TITLE), "titles/title"),
        "publisher": _property("mandatory", _PUBLISHER, "publisher"),
        "publicationYear": _property("mandatory", _YEAR, "publicationYear"),
        "types": _property("mandatory", _TYPES, "resourceType"),
        "subjects": _property("recommended", Many(_SUBJECT), "subjects/subject"),
        "contributors": _property("recommended", Many(_contributor(full=True)), "contributors/contributor"),
        "dates": _property("recommended", Many(_DATE), "dates/date"),
        "language": _property("optional", _LANGUAGE, "language"),
        "alternateIdentifiers": _property(
            "optional", Many(_ALTERNATE_IDENTIFIER), "alternateIdentifiers/alternateIdentifier"
        ),
        "relatedIdentifiers": _property(
            "recommended", Many(_RELATED_IDENTIFIER), "relatedIdentifiers/relatedIdentifier"
        ),
        "sizes": _property("optional", Many(_TEXT), "sizes/size"),
        "formats": _property("optional", Many(_TEXT), "formats/format"),
        "version": _property("optional", Text(longest=191), "version"),
        "rightsList": _property("optional", Many(_RIGHTS), "rightsList/rights"),
        "descriptions": _property("recommended", Many(_DESCRIPTION), "descriptions/description"),
        "geoLocations": _property("recommended", Many(_GEO_LOCATION), "geoLocations/geoLocation"),
        "fundingReferences": _property(
            "optional", Many(_FUNDING_REFERENCE), "fundingReferences/fundingReference"
        ),
        "relatedItems": _property("optional", Many(_RELATED_ITEM), "relatedItems/relatedItem"),
        "container": _property("optional", _CONTAINER, ""),
        "contentUrl": _property("optional", Many(_URI), ""),
    }
)
"""By DataCite's JSON attribute. The sixth mandatory property, the identifier, is the DOI itself and no metadata here."""

RECORD: Final = Members({name: entry.member for name, entry in PROPERTIES.items()})
"""The whole record, seen as one object."""
