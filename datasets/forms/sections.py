"""
Which fields of DataCite's metadata the edit form shows, in which order, and where each stands in the record.

What is not here is kept untouched and edited as JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Words = str | Promise
type Kind = Literal["text", "line", "area", "choice", "suggest", "number"]


@dataclass(frozen=True, slots=True)
class Field:
    """
    One input; a ``line`` is text that may be long and has no line ends, ``suggest`` text that may be one of ``words``.
    ``place`` is a dotted path in the entry: a member, ``0`` the first of a list, ``ORCID`` the identifier with that
    scheme. ``companions`` are members set beside it when it is given and taken away when it is emptied.
    """

    name: str
    label: Words
    place: str = ""
    kind: Kind = "text"
    words: str = ""
    hint: Words = ""
    initial: str = ""
    wide: bool = False
    companions: Mapping[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple((self.place or self.name).split("."))


@dataclass(frozen=True, slots=True)
class Section:
    """One property of the record. ``many``: a list of entries; ``plain``: its values are no objects."""

    key: str
    title: Words
    entry: Words
    fields: tuple[Field, ...]
    help: Words = ""
    many: bool = True
    plain: bool = False
    # The member that a bare string stands for, in DataCite's read shape.
    shorthand: str = ""
    needed: bool = False
    open: bool = True


_ROR: Final = {"schemeUri": "https://ror.org"}


def _person() -> tuple[Field, ...]:
    return (
        Field("nameType", _("Person or organization"), kind="choice", words="nameType"),
        Field("familyName", _("Family name")),
        Field("givenName", _("Given name")),
        Field(
            "name",
            _("Name as cited"),
            hint=_(
                "An organization's name goes here. A person's may stay empty: it is made of the two parts."
            ),
        ),
        Field(
            "orcid",
            _("ORCID iD"),
            place="nameIdentifiers.ORCID.nameIdentifier",
            hint=_("Such as 0000-0002-1825-0097"),
        ),
        Field("affiliation", _("Affiliation"), place="affiliation.0.name"),
        Field(
            "ror",
            _("ROR ID of the affiliation"),
            place="affiliation.0.affiliationIdentifier",
            hint=_("Such as https://ror.org/03yrm5c26"),
            companions={"affiliationIdentifierScheme": "ROR", **_ROR},
        ),
    )


_LANG: Final = Field("lang", _("Language"), hint=_("A tag such as en or de-AT"))

SECTIONS: Final[tuple[Section, ...]] = (
    Section(
        "titles",
        _("Titles"),
        _("Title"),
        (
            Field("title", _("Title"), kind="line", wide=True),
            Field(
                "titleType",
                _("Kind of title"),
                kind="choice",
                words="titleType",
                hint=_("Empty for the main title"),
            ),
            _LANG,
        ),
        needed=True,
    ),
    Section(
        "creators",
        _("Creators"),
        _("Creator"),
        _person(),
        help=_("Who made the data, in the order in which they are cited."),
        needed=True,
    ),
    Section(
        "publisher",
        _("Publisher"),
        _("Publisher"),
        (
            Field("name", _("Publisher")),
            Field(
                "publisherIdentifier",
                _("ROR ID of the publisher"),
                companions={"publisherIdentifierScheme": "ROR", **_ROR},
            ),
        ),
        many=False,
        shorthand="name",
        needed=True,
    ),
    Section(
        "publicationYear",
        _("Publication year"),
        _("Publication year"),
        (Field("value", _("Publication year"), kind="number", hint=_("Four digits")),),
        many=False,
        plain=True,
        needed=True,
    ),
    Section(
        "types",
        _("Resource type"),
        _("Resource type"),
        (
            Field("resourceTypeGeneral", _("General type"), kind="choice", words="resourceTypeGeneral"),
            Field(
                "resourceType", _("In your own words"), hint=_("Such as: time series, survey, scanned maps")
            ),
        ),
        many=False,
        needed=True,
    ),
    Section(
        "descriptions",
        _("Descriptions"),
        _("Description"),
        (
            Field("description", _("Description"), kind="area", wide=True),
            Field(
                "descriptionType",
                _("Kind of description"),
                kind="choice",
                words="descriptionType",
                initial="Abstract",
            ),
            _LANG,
        ),
    ),
    Section(
        "subjects",
        _("Subjects"),
        _("Subject"),
        (
            Field("subject", _("Subject or keyword")),
            Field("subjectScheme", _("Vocabulary"), hint=_("Such as OECD Fields of Science")),
            Field("valueUri", _("Address of the term")),
        ),
    ),
    Section(
        "rightsList",
        _("Rights"),
        _("Licence"),
        (
            Field(
                "rightsIdentifier",
                _("Licence"),
                kind="suggest",
                words="licence",
                hint=_("Its SPDX identifier, such as CC-BY-4.0. Its name and address follow by themselves."),
                companions={
                    "rightsIdentifierScheme": "SPDX",
                    "schemeUri": "https://spdx.org/licenses/",
                },
            ),
            Field(
                "rights", _("Statement"), hint=_("For rights that have no such identifier, or to say more")
            ),
            Field("rightsUri", _("Address of the licence")),
            _LANG,
        ),
    ),
    Section(
        "language",
        _("Language of the data"),
        _("Language"),
        (Field("value", _("Language"), hint=_("A tag such as en or de-AT")),),
        many=False,
        plain=True,
    ),
    Section(
        "contributors",
        _("Contributors"),
        _("Contributor"),
        (Field("contributorType", _("Role"), kind="choice", words="contributorType"), *_person()),
        open=False,
    ),
    Section(
        "dates",
        _("Dates"),
        _("Date"),
        (
            Field("date", _("Date"), hint=_("2026, 2026-03, 2026-03-01, or two with / between")),
            Field("dateType", _("Kind of date"), kind="choice", words="dateType"),
            Field("dateInformation", _("Remark")),
        ),
        open=False,
    ),
    Section(
        "fundingReferences",
        _("Funding"),
        _("Funding"),
        (
            Field("funderName", _("Funder")),
            Field(
                "funderIdentifier",
                _("Funder's identifier"),
                hint=_("Such as https://ror.org/021nxhr62 or a Crossref Funder ID"),
            ),
            Field(
                "funderIdentifierType",
                _("Kind of identifier"),
                kind="choice",
                words="funderIdentifierType",
            ),
            Field("awardNumber", _("Award number")),
            Field("awardTitle", _("Award title")),
            Field("awardUri", _("Address of the award")),
        ),
        open=False,
    ),
    Section(
        "relatedIdentifiers",
        _("Related works"),
        _("Related work"),
        (
            Field("relatedIdentifier", _("Identifier"), hint=_("A DOI, an address, an ISBN …")),
            Field(
                "relatedIdentifierType",
                _("Kind of identifier"),
                kind="choice",
                words="relatedIdentifierType",
            ),
            Field("relationType", _("This dataset …"), kind="choice", words="relationType"),
            Field("resourceTypeGeneral", _("What it is"), kind="choice", words="resourceTypeGeneral"),
        ),
        help=_("Versions of this dataset are linked with each other without being entered here."),
        open=False,
    ),
    Section(
        "geoLocations",
        _("Places"),
        _("Place"),
        (
            Field("geoLocationPlace", _("Name of the place"), wide=True),
            Field("latitude", _("Latitude"), place="geoLocationPoint.pointLatitude", kind="number"),
            Field("longitude", _("Longitude"), place="geoLocationPoint.pointLongitude", kind="number"),
            Field("west", _("Box, west"), place="geoLocationBox.westBoundLongitude", kind="number"),
            Field("east", _("Box, east"), place="geoLocationBox.eastBoundLongitude", kind="number"),
            Field("south", _("Box, south"), place="geoLocationBox.southBoundLatitude", kind="number"),
            Field("north", _("Box, north"), place="geoLocationBox.northBoundLatitude", kind="number"),
        ),
        help=_("Degrees, decimal; north and east are positive."),
        open=False,
    ),
    Section(
        "alternateIdentifiers",
        _("Other identifiers of this dataset"),
        _("Identifier"),
        (
            Field("alternateIdentifier", _("Identifier")),
            Field("alternateIdentifierType", _("Kind of identifier"), hint=_("Such as: accession number")),
        ),
        help=_("A DOI does not belong here: enter it as a related work."),
        open=False,
    ),
    Section(
        "sizes",
        _("Sizes"),
        _("Size"),
        (Field("value", _("Size"), hint=_("Such as: 12 MB, 340 pages")),),
        plain=True,
        open=False,
    ),
    Section(
        "formats",
        _("Formats"),
        _("Format"),
        (Field("value", _("Format"), hint=_("Such as: text/csv")),),
        plain=True,
        open=False,
    ),
    Section(
        "contentUrl",
        _("Files to download"),
        _("File"),
        (Field("value", _("Address of the file"), wide=True),),
        plain=True,
        open=False,
    ),
)
