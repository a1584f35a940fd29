"""Records to test with: the smallest that may be sent, and one that uses every part of the schema."""

from typing import Any


def smallest() -> dict[str, Any]:
    return {
        "creators": [{"name": "Okafor, Ngozi", "nameType": "Personal"}],
        "titles": [{"title": "River stage readings"}],
        "publisher": {"name": "Example University"},
        "publicationYear": 2026,
        "types": {"resourceTypeGeneral": "Dataset"},
    }


def point(longitude: float, latitude: float) -> dict[str, float]:
    return {"pointLongitude": longitude, "pointLatitude": latitude}


def polygon() -> list[dict[str, dict[str, float]]]:
    corners = [(4.5, 51.5), (5, 51.5), (5, 52.25), (4.5, 51.5)]
    return [{"polygonPoint": point(*corner)} for corner in corners] + [{"inPolygonPoint": point(4.8, 51.7)}]


def complete() -> dict[str, Any]:
    """Every attribute and every member of the table."""
    return smallest() | {
        "creators": [
            {
                "name": "Okafor, Ngozi",
                "nameType": "Personal",
                "lang": "en",
                "givenName": "Ngozi",
                "familyName": "Okafor",
                "nameIdentifiers": [
                    {
                        "nameIdentifier": "https://orcid.org/0000-0002-1825-0097",
                        "nameIdentifierScheme": "ORCID",
                        "schemeUri": "https://orcid.org",
                    }
                ],
                "affiliation": [
                    {
                        "name": "Example University",
                        "affiliationIdentifier": "https://ror.org/00f54p054",
                        "affiliationIdentifierScheme": "ROR",
                        "schemeUri": "https://ror.org",
                    }
                ],
            }
        ],
        "titles": [
            {"title": "River stage readings", "lang": "en"},
            {"title": "Wasserstände", "titleType": "TranslatedTitle", "lang": "de"},
        ],
        "publisher": {
            "name": "Example University",
            "publisherIdentifier": "https://ror.org/03yrm5c26",
            "publisherIdentifierScheme": "ROR",
            "schemeUri": "https://ror.org",
            "lang": "en",
        },
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Time series"},
        "subjects": [
            {
                "subject": "Hydrology",
                "subjectScheme": "FOS",
                "schemeUri": "https://example.org/fos",
                "valueUri": "https://example.org/fos/105",
                "classificationCode": "105.1",
                "lang": "en",
            }
        ],
        "contributors": [
            {
                "contributorType": "HostingInstitution",
                "name": "River Office",
                "nameType": "Organizational",
                "lang": "en",
                "nameIdentifiers": [
                    {
                        "nameIdentifier": "https://isni.org/isni/0000000121032683",
                        "nameIdentifierScheme": "ISNI",
                        "schemeUri": "https://isni.org",
                    }
                ],
                "affiliation": [{"name": "Ministry of Water"}],
            }
        ],
        "dates": [
            {"date": "2020-01-01/2025-12-31", "dateType": "Collected", "dateInformation": "daily"},
            {"date": "2026-02-03", "dateType": "Issued"},
        ],
        "language": "en",
        "alternateIdentifiers": [
            {"alternateIdentifier": "RS-17", "alternateIdentifierType": "Local accession number"}
        ],
        "relatedIdentifiers": [
            {
                "relatedIdentifier": "10.1234/abc",
                "relatedIdentifierType": "DOI",
                "relationType": "IsSupplementTo",
                "relationTypeInformation": "figure 3",
                "resourceTypeGeneral": "JournalArticle",
            },
            {
                "relatedIdentifier": "https://example.org/record.xml",
                "relatedIdentifierType": "URL",
                "relationType": "HasMetadata",
                "relatedMetadataScheme": "ddi",
                "schemeUri": "https://example.org/ddi.xsd",
                "schemeType": "XSD",
            },
        ],
        "sizes": ["12 MB"],
        "formats": ["text/csv"],
        "version": "1.0",
        "rightsList": [
            {
                "rights": "Creative Commons Attribution 4.0 International",
                "rightsUri": "https://creativecommons.org/licenses/by/4.0/legalcode",
                "rightsIdentifier": "CC-BY-4.0",
                "rightsIdentifierScheme": "SPDX",
                "schemeUri": "https://spdx.org/licenses/",
                "lang": "en",
            }
        ],
        "descriptions": [
            {
                "description": "Daily stage of <one> river & its arms.",
                "descriptionType": "Abstract",
                "lang": "en",
            }
        ],
        "geoLocations": [
            {
                "geoLocationPlace": "Rotterdam",
                "geoLocationPoint": point(4.47917, 51.9225),
                "geoLocationBox": {
                    "westBoundLongitude": 3.5,
                    "eastBoundLongitude": 7,
                    "southBoundLatitude": 50.75,
                    "northBoundLatitude": 53.5,
                },
                "geoLocationPolygon": polygon(),
            }
        ],
        "fundingReferences": [
            {
                "funderName": "Water Research Council",
                "funderIdentifier": "https://doi.org/10.13039/501100000266",
                "funderIdentifierType": "Crossref Funder ID",
                "schemeUri": "https://www.crossref.org/services/funder-registry/",
                "awardNumber": "EP/1",
                "awardUri": "https://example.org/awards/1",
                "awardTitle": "Rivers",
            }
        ],
        "relatedItems": [
            {
                "relatedItemType": "JournalArticle",
                "relationType": "IsPublishedIn",
                "relationTypeInformation": "first report",
                "relatedItemIdentifier": {
                    "relatedItemIdentifier": "10.1234/journal",
                    "relatedItemIdentifierType": "DOI",
                    "relatedMetadataScheme": "x",
                    "schemeURI": "https://example.org/x",
                    "schemeType": "XSD",
                },
                "creators": [
                    {
                        "name": "Li, Wei",
                        "nameType": "Personal",
                        "lang": "en",
                        "givenName": "Wei",
                        "familyName": "Li",
                    }
                ],
                "titles": [{"title": "Journal of Rivers", "titleType": "Other", "lang": "en"}],
                "publicationYear": 2025,
                "volume": "12",
                "issue": "3",
                "number": "e7",
                "numberType": "Article",
                "firstPage": "1",
                "lastPage": "9",
                "publisher": "River Press",
                "edition": "2",
                "contributors": [
                    {
                        "contributorType": "Editor",
                        "name": "Sen, Amara",
                        "nameType": "Personal",
                        "lang": "en",
                        "givenName": "Amara",
                        "familyName": "Sen",
                    }
                ],
            }
        ],
        "container": {
            "type": "Series",
            "identifier": "2366-5017",
            "identifierType": "ISSN",
            "title": "River Data",
            "volume": "5",
            "issue": "2",
            "firstPage": "10",
            "lastPage": "12",
        },
        "contentUrl": ["https://example.org/files/1.csv"],
    }
