"""The two verdicts on a record, made comparable, and a record with every element in it."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from lxml import etree

from doi.sandbox.kernel.validation import record_mistakes


def schema_of(reference_dir: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(reference_dir / "reference/datacite-schema/metadata.xsd"))


# As sets: the schema tells a stray text once for each of its pieces, and where it stands among the elements.


def by_the_schema(root: Any, schema: etree.XMLSchema) -> set[tuple[str, int]]:
    schema.validate(root)
    return {(without_words(error.message), error.line) for error in cast("Iterable[Any]", schema.error_log)}


def by_the_sandbox(root: Any) -> set[tuple[str, int]]:
    return {(without_words(f"{place}: {text}"), line or 0) for place, text, line in record_mistakes(root)}


def without_words(message: str) -> str:
    """The schema has its lists in an order of its own."""
    return message.partition(" of the set {")[0]


# One of each element, so that each can be tried with each attribute, text and child.
PERSON = {"name": "A", "givenName": "B", "familyName": "A", "nameIdentifiers": ["1"], "affiliation": ["U"]}
CORNERS: list[dict[str, Any]] = [{"polygonPoint": {}}] * 4 + [{"inPolygonPoint": {}}]
WHOLE: dict[str, Any] = {
    "creators": [PERSON],
    "titles": ["T"],
    "publisher": "P",
    "publicationYear": 2026,
    "types": {"resourceTypeGeneral": "Dataset"},
    "subjects": ["S"],
    "contributors": [{**PERSON, "contributorType": "Editor"}],
    "dates": ["2026"],
    "language": "en",
    "identifiers": ["1"],
    "relatedIdentifiers": ["1"],
    "relatedItems": [
        {
            "relatedItemIdentifier": "1",
            "creators": [{"name": "A", "givenName": "B", "familyName": "A"}],
            "titles": ["T"],
            "contributors": [{"name": "A", "givenName": "B", "familyName": "A"}],
            **dict.fromkeys(
                ("volume", "issue", "number", "firstPage", "lastPage", "publisher", "edition"), "1"
            ),
            "publicationYear": 2026,
        }
    ],
    "sizes": ["1 MB"],
    "formats": ["text/csv"],
    "version": "1",
    "rightsList": ["R"],
    "descriptions": ["D"],
    "geoLocations": [
        {"geoLocationPlace": "P", "geoLocationPoint": {}, "geoLocationBox": {}, "geoLocationPolygon": CORNERS}
    ],
    "fundingReferences": [
        {"funderName": "F", "funderIdentifier": "1", "awardNumber": "1", "awardTitle": "T"}
    ],
}


def kinds(root: Any) -> list[Any]:
    """One element of each kind: the first in each place."""
    tree = root.getroottree()
    paths = {
        re.sub(r"\[\d+\]", "", tree.getelementpath(node)): node for node in reversed(list(root.iter("*")))
    }
    return list(paths.values())
