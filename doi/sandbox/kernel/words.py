"""DataCite's controlled lists, kernel 4.7 (datacite/schema 471512cb), as a registry knows them."""

from collections.abc import Mapping
from typing import Literal

NAMESPACE = "http://datacite.org/schema/kernel-4"


def words(text: str) -> frozenset[str]:
    """Read a list that is written with spaces between its words."""
    return frozenset(text.split())


RESOURCE_TYPES = words(
    "Audiovisual Award Book BookChapter Collection ComputationalNotebook ConferencePaper ConferenceProceeding"
    " DataPaper Dataset Dissertation Event Image Instrument InteractiveResource Journal JournalArticle Model"
    " OutputManagementPlan PeerReview PhysicalObject Poster Preprint Presentation Project Report Service Software"
    " Sound Standard StudyRegistration Text Workflow Other"
)
RELATION_TYPES = words(
    "IsCitedBy Cites IsSupplementTo IsSupplementedBy IsContinuedBy Continues IsNewVersionOf IsPreviousVersionOf"
    " IsPartOf HasPart IsPublishedIn IsReferencedBy References IsDocumentedBy Documents IsCompiledBy Compiles"
    " IsVariantFormOf IsOriginalFormOf IsIdenticalTo HasMetadata IsMetadataFor Reviews IsReviewedBy IsDerivedFrom"
    " IsSourceOf Describes IsDescribedBy HasVersion IsVersionOf Requires IsRequiredBy Obsoletes IsObsoletedBy"
    " Collects IsCollectedBy HasTranslation IsTranslationOf Other"
)
CONTRIBUTOR_TYPES = words(
    "ContactPerson DataCollector DataCurator DataManager Distributor Editor HostingInstitution Producer"
    " ProjectLeader ProjectManager ProjectMember RegistrationAgency RegistrationAuthority RelatedPerson Researcher"
    " ResearchGroup RightsHolder Sponsor Supervisor Translator WorkPackageLeader Other"
)
DATE_TYPES = words(
    "Accepted Available Collected Copyrighted Coverage Created Issued Submitted Updated Valid Withdrawn Other"
)
DESCRIPTION_TYPES = words("Abstract Methods SeriesInformation TableOfContents TechnicalInfo Other")
TITLE_TYPES = words("AlternativeTitle Subtitle TranslatedTitle Other")
RELATED_IDENTIFIER_TYPES = words(
    "ARK arXiv bibcode CSTR DOI EAN13 EISSN Handle IGSN ISBN ISSN ISTC LISSN LSID PMID PURL RAiD RRID SWHID UPC"
    " URL URN w3id"
)
FUNDER_IDENTIFIER_TYPES = words("ISNI GRID ROR Other") | {"Crossref Funder ID"}
NAME_TYPES = words("Personal Organizational")
NUMBER_TYPES = words("Article Chapter Report Other")

# The attributes of kernel-4 XML that take a word of a list.
XML_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "resourceTypeGeneral": RESOURCE_TYPES,
    "relationType": RELATION_TYPES,
    "contributorType": CONTRIBUTOR_TYPES,
    "dateType": DATE_TYPES,
    "descriptionType": DESCRIPTION_TYPES,
    "titleType": TITLE_TYPES,
    "relatedIdentifierType": RELATED_IDENTIFIER_TYPES,
    "funderIdentifierType": FUNDER_IDENTIFIER_TYPES,
    "nameType": NAME_TYPES,
    "numberType": NUMBER_TYPES,
}

# EZID's own XSD is 4.6 (CDLUC3/ezid 018515e8), so it refuses what came with 4.7.
SINCE_4_7: Mapping[str, frozenset[str]] = {
    "resourceTypeGeneral": words("Poster Presentation"),
    "relationType": words("Other"),
    "relatedIdentifierType": words("RAiD SWHID"),
}


def lists(kernel: Literal["4.6", "4.7"]) -> dict[str, frozenset[str]]:
    """Give a kernel version's lists, each under the attribute that takes its words."""
    late = SINCE_4_7 if kernel == "4.6" else {}
    return {name: known - late.get(name, frozenset()) for name, known in XML_ATTRIBUTES.items()}
