"""Faults made by hand: what is changed in a record that may be sent, and the one field that must be named."""

import math
from typing import Any

from tests.doi.metadata.samples import point, polygon

PERSON = {"name": "Li, Wei"}

FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("no creator", {"creators": []}, "creators"),
    ("blank creator name", {"creators": [PERSON, {"name": "  "}]}, "creators[1].name"),
    ("creator without a name", {"creators": [{"familyName": "Li"}]}, "creators[0].name"),
    ("creator as a string", {"creators": ["Li, Wei"]}, "creators[0]"),
    ("creators as a string", {"creators": "Li, Wei"}, "creators"),
    ("unknown name type", {"creators": [PERSON | {"nameType": "Person"}]}, "creators[0].nameType"),
    ("blank title", {"titles": [{"title": " \n\t"}]}, "titles[0].title"),
    ("invisible title", {"titles": [{"title": "\u200b\u2060"}]}, "titles[0].title"),
    ("title as a string", {"titles": ["River"]}, "titles[0]"),
    ("title as a number", {"titles": [{"title": 1984}]}, "titles[0].title"),
    ("unknown title type", {"titles": [{"title": "A", "titleType": "Main"}]}, "titles[0].titleType"),
    ("publisher as a string", {"publisher": "Example University"}, "publisher"),
    ("publisher without a name", {"publisher": {"lang": "en"}}, "publisher.name"),
    ("year 20x5", {"publicationYear": "20x5"}, "publicationYear"),
    ("year as a fraction", {"publicationYear": 2015.5}, "publicationYear"),
    ("year too early", {"publicationYear": 999}, "publicationYear"),
    ("year too late", {"publicationYear": 2037}, "publicationYear"),
    ("year beyond all numbers", {"publicationYear": 10**400}, "publicationYear"),
    ("year as truth", {"publicationYear": True}, "publicationYear"),
    ("unknown type", {"types": {"resourceTypeGeneral": "Spreadsheet"}}, "types.resourceTypeGeneral"),
    ("type in the wrong case", {"types": {"resourceTypeGeneral": "dataset"}}, "types.resourceTypeGeneral"),
    ("no general type", {"types": {"resourceType": "Survey"}}, "types.resourceTypeGeneral"),
    ("types as a string", {"types": "Dataset"}, "types"),
    ("contributor without type", {"contributors": [PERSON]}, "contributors[0].contributorType"),
    (
        "contributor of type Funder",
        {"contributors": [PERSON | {"contributorType": "Funder"}]},
        "contributors[0].contributorType",
    ),
    ("bad language", {"language": "english"}, "language"),
    ("language with underscore", {"language": "en_US"}, "language"),
    ("bad language of a title", {"titles": [{"title": "A", "lang": "???"}]}, "titles[0].lang"),
    (
        "ORCID with a wrong check digit",
        {
            "creators": [
                PERSON
                | {
                    "nameIdentifiers": [
                        {"nameIdentifier": "0000-0002-1825-0098", "nameIdentifierScheme": "ORCID"}
                    ]
                }
            ]
        },
        "creators[0].nameIdentifiers[0].nameIdentifier",
    ),
    (
        "identifier without its scheme",
        {"creators": [PERSON | {"nameIdentifiers": [{"nameIdentifier": "0000-0002-1825-0097"}]}]},
        "creators[0].nameIdentifiers[0].nameIdentifierScheme",
    ),
    (
        "malformed ROR",
        {
            "creators": [
                PERSON
                | {
                    "affiliation": [
                        {
                            "name": "A",
                            "affiliationIdentifier": "https://ror.org/00f54p055",
                            "affiliationIdentifierScheme": "ROR",
                        }
                    ]
                }
            ]
        },
        "creators[0].affiliation[0].affiliationIdentifier",
    ),
    (
        "affiliation identifier without its scheme",
        {
            "creators": [
                PERSON
                | {"affiliation": [{"name": "A", "affiliationIdentifier": "https://ror.org/00f54p054"}]}
            ]
        },
        "creators[0].affiliation[0].affiliationIdentifierScheme",
    ),
    (
        "affiliation as a string",
        {"creators": [PERSON | {"affiliation": ["CERN"]}]},
        "creators[0].affiliation[0]",
    ),
    (
        "publisher with a malformed ROR",
        {"publisher": {"name": "A", "publisherIdentifier": "ror.org/x", "publisherIdentifierScheme": "ROR"}},
        "publisher.publisherIdentifier",
    ),
    ("subject without a subject", {"subjects": [{"subjectScheme": "FOS"}]}, "subjects[0].subject"),
    (
        "subject with a bad address",
        {"subjects": [{"subject": "A", "valueUri": "not a uri"}]},
        "subjects[0].valueUri",
    ),
    (
        "classification code that the schema refuses",
        {"subjects": [{"subject": "A", "classificationCode": "1:2"}]},
        "subjects[0].classificationCode",
    ),
    ("no date", {"dates": [{"date": "yesterday", "dateType": "Issued"}]}, "dates[0].date"),
    ("date of another order", {"dates": [{"date": "07.04.2017", "dateType": "Issued"}]}, "dates[0].date"),
    ("date without type", {"dates": [{"date": "2020"}]}, "dates[0].dateType"),
    ("type without date", {"dates": [{"dateType": "Issued"}]}, "dates[0].date"),
    ("unknown date type", {"dates": [{"date": "2020", "dateType": "Published"}]}, "dates[0].dateType"),
    (
        "alternate identifier without type",
        {"alternateIdentifiers": [{"alternateIdentifier": "RS-17"}]},
        "alternateIdentifiers[0].alternateIdentifierType",
    ),
    (
        "DOI as an alternate identifier",
        {"alternateIdentifiers": [{"alternateIdentifier": "10.1234/a", "alternateIdentifierType": "doi"}]},
        "alternateIdentifiers[0].alternateIdentifierType",
    ),
    (
        "related identifier blank",
        {
            "relatedIdentifiers": [
                {"relatedIdentifier": " ", "relatedIdentifierType": "DOI", "relationType": "Cites"}
            ]
        },
        "relatedIdentifiers[0].relatedIdentifier",
    ),
    (
        "related identifier missing",
        {"relatedIdentifiers": [{"relatedIdentifierType": "DOI", "relationType": "Cites"}]},
        "relatedIdentifiers[0].relatedIdentifier",
    ),
    (
        "related identifier without relation",
        {"relatedIdentifiers": [{"relatedIdentifier": "10.1234/a", "relatedIdentifierType": "DOI"}]},
        "relatedIdentifiers[0].relationType",
    ),
    (
        "related identifier without type",
        {"relatedIdentifiers": [{"relatedIdentifier": "10.1234/a", "relationType": "Cites"}]},
        "relatedIdentifiers[0].relatedIdentifierType",
    ),
    (
        "unknown relation",
        {
            "relatedIdentifiers": [
                {
                    "relatedIdentifier": "10.1234/a",
                    "relatedIdentifierType": "DOI",
                    "relationType": "IsFriendOf",
                }
            ]
        },
        "relatedIdentifiers[0].relationType",
    ),
    (
        "related DOI that is none",
        {
            "relatedIdentifiers": [
                {"relatedIdentifier": "11.1234/a", "relatedIdentifierType": "DOI", "relationType": "Cites"}
            ]
        },
        "relatedIdentifiers[0].relatedIdentifier",
    ),
    (
        "related URL that is none",
        {
            "relatedIdentifiers": [
                {
                    "relatedIdentifier": "see the web page",
                    "relatedIdentifierType": "URL",
                    "relationType": "Cites",
                }
            ]
        },
        "relatedIdentifiers[0].relatedIdentifier",
    ),
    ("version over 191 characters", {"version": "1" * 192}, "version"),
    ("version as a number", {"version": 1.0}, "version"),
    ("rights over 2000 characters", {"rightsList": [{"rights": "x" * 2001}]}, "rightsList[0].rights"),
    (
        "rights with an address that is none",
        {"rightsList": [{"rights": "CC", "rightsUri": "creativecommons"}]},
        "rightsList[0].rightsUri",
    ),
    ("description without type", {"descriptions": [{"description": "A"}]}, "descriptions[0].descriptionType"),
    (
        "latitude 91",
        {"geoLocations": [{"geoLocationPoint": point(0, 91)}]},
        "geoLocations[0].geoLocationPoint.pointLatitude",
    ),
    (
        "longitude -181",
        {"geoLocations": [{"geoLocationPoint": point(-181, 0)}]},
        "geoLocations[0].geoLocationPoint.pointLongitude",
    ),
    (
        "latitude that is no number",
        {"geoLocations": [{"geoLocationPoint": point(0, math.nan)}]},
        "geoLocations[0].geoLocationPoint.pointLatitude",
    ),
    (
        "latitude as text",
        {"geoLocations": [{"geoLocationPoint": {"pointLongitude": 1, "pointLatitude": "north"}}]},
        "geoLocations[0].geoLocationPoint.pointLatitude",
    ),
    (
        "point without latitude",
        {"geoLocations": [{"geoLocationPoint": {"pointLongitude": 1}}]},
        "geoLocations[0].geoLocationPoint.pointLatitude",
    ),
    (
        "box upside down",
        {
            "geoLocations": [
                {
                    "geoLocationBox": {
                        "westBoundLongitude": 170,
                        "eastBoundLongitude": -170,
                        "southBoundLatitude": 2,
                        "northBoundLatitude": 1,
                    }
                }
            ]
        },
        "geoLocations[0].geoLocationBox.southBoundLatitude",
    ),
    (
        "polygon of three points",
        {"geoLocations": [{"geoLocationPolygon": polygon()[:3]}]},
        "geoLocations[0].geoLocationPolygon",
    ),
    (
        "second polygon of two points",
        {"geoLocations": [{"geoLocationPolygon": [polygon(), polygon()[:2]]}]},
        "geoLocations[0].geoLocationPolygon[1]",
    ),
    (
        "polygon with two points inside",
        {"geoLocations": [{"geoLocationPolygon": [*polygon(), polygon()[-1]]}]},
        "geoLocations[0].geoLocationPolygon",
    ),
    (
        "polygon with a point out of the world",
        {
            "geoLocations": [
                {"geoLocationPolygon": [polygon()[0], {"polygonPoint": point(0, 100)}, *polygon()[1:]]}
            ]
        },
        "geoLocations[0].geoLocationPolygon[1].polygonPoint.pointLatitude",
    ),
    (
        "polygon and list of polygons mixed",
        {"geoLocations": [{"geoLocationPolygon": [*polygon(), polygon()]}]},
        "geoLocations[0].geoLocationPolygon[5]",
    ),
    (
        "polygon of numbers",
        {"geoLocations": [{"geoLocationPolygon": [*polygon(), 4]}]},
        "geoLocations[0].geoLocationPolygon[5]",
    ),
    (
        "polygon as text",
        {"geoLocations": [{"geoLocationPolygon": "round"}]},
        "geoLocations[0].geoLocationPolygon",
    ),
    (
        "funding without funder",
        {"fundingReferences": [{"awardNumber": "1"}]},
        "fundingReferences[0].funderName",
    ),
    (
        "funder identifier without type",
        {"fundingReferences": [{"funderName": "A", "funderIdentifier": "https://ror.org/00f54p054"}]},
        "fundingReferences[0].funderIdentifierType",
    ),
    (
        "funder with a wrong GRID",
        {
            "fundingReferences": [
                {"funderName": "A", "funderIdentifier": "168010", "funderIdentifierType": "GRID"}
            ]
        },
        "fundingReferences[0].funderIdentifier",
    ),
    (
        "related item without relation",
        {"relatedItems": [{"relatedItemType": "Journal", "titles": [{"title": "A"}]}]},
        "relatedItems[0].relationType",
    ),
    (
        "related item of the year 12",
        {
            "relatedItems": [
                {
                    "relatedItemType": "Journal",
                    "relationType": "IsPublishedIn",
                    "titles": [{"title": "A"}],
                    "publicationYear": 12,
                }
            ]
        },
        "relatedItems[0].publicationYear",
    ),
    (
        "related item with a DOI that is none",
        {
            "relatedItems": [
                {
                    "relatedItemType": "Journal",
                    "relationType": "IsPublishedIn",
                    "titles": [{"title": "A"}],
                    "relatedItemIdentifier": {
                        "relatedItemIdentifier": "x",
                        "relatedItemIdentifierType": "DOI",
                    },
                }
            ]
        },
        "relatedItems[0].relatedItemIdentifier.relatedItemIdentifier",
    ),
    ("content at no address", {"contentUrl": ["files/1.csv"]}, "contentUrl[0]"),
    ("container as text", {"container": "Journal"}, "container"),
    ("size as a number", {"sizes": [12]}, "sizes[0]"),
    ("control character", {"titles": [{"title": "River\x0bstage"}]}, "titles[0].title"),
    ("only control characters", {"titles": [{"title": "\x00"}]}, "titles[0].title"),
    ("lone surrogate", {"creators": [{"name": "Li \ud800"}]}, "creators[0].name"),
    (
        "non-character",
        {"descriptions": [{"description": "A\uffff", "descriptionType": "Other"}]},
        "descriptions[0].description",
    ),
    ("control character in a list", {"sizes": ["1\x01"]}, "sizes[0]"),
]
