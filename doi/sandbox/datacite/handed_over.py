"""EZID's DOIs as DataCite's public API knows them, once EZID has handed them over (repository account `cdl.cdl`).

What is not exported or unavailable at EZID stays findable here: the step that would hide it looks for keys that the
queued record does not carry (EZID 018515e8).
"""

from datetime import datetime
from typing import Any

from doi.sandbox.ezid.identifiers import is_test
from doi.sandbox.kernel.reading import json_of
from doi.sandbox.kernel.validation import KERNEL_4
from doi.sandbox.kernel.xml import BadXmlError
from doi.sandbox.store import Record, Store

_OWNER = "cdl.cdl"
_ELEMENTS = {
    "creator": ("datacite.creator", "erc.who", "dc.creator"),
    "title": ("datacite.title", "erc.what", "dc.title"),
    "publisher": ("datacite.publisher", "dc.publisher"),
    "year": ("datacite.publicationyear", "erc.when", "dc.date"),
    "type": ("datacite.resourcetype", "dc.type"),
}


def find(store: Store, name: str, *, now: datetime) -> Record | None:
    """Find a DOI of EZID's by its folded name; None while EZID's queue has not run for it."""
    record = store.get("ezid", name)
    if record is None or is_test(name):
        return None
    url = record.leads_to(now)
    if url is None:
        return None
    return Record(
        provider="datacite",
        name=name,
        owner=_OWNER,
        status="findable",
        url=url,
        created=record.created,
        updated=record.updated,
        registered=record.registered,
        published=record.registered,
        described=True,
        metadata=_metadata(record.metadata),
        history=record.history,
        handle_url=url,
    )


def _metadata(elements: dict[str, Any]) -> dict[str, Any]:
    xml = elements.get("datacite")
    if xml:
        try:
            return {**json_of(xml), "schemaVersion": KERNEL_4, "source": "ez", "xml": xml}
        except BadXmlError:
            return {"schemaVersion": KERNEL_4, "source": "ez"}
    said = {part: _first(elements, names) for part, names in _ELEMENTS.items()}
    general, _, specific = (said["type"] or "Other/(:unav)").partition("/")
    year = (said["year"] or "")[:4]
    return {
        "creators": [{"name": said["creator"] or "(:unav)"}],
        "titles": [{"title": said["title"] or "(:unav)"}],
        "publisher": {"name": said["publisher"] or "(:unav)"},
        "publicationYear": year if len(year) == 4 and year.isascii() and year.isdigit() else "0000",
        "types": {"resourceTypeGeneral": general, **({"resourceType": specific} if specific else {})},
        "schemaVersion": KERNEL_4,
        "source": "ez",
    }


def _first(elements: dict[str, Any], names: tuple[str, ...]) -> str | None:
    folded = {name.lower(): value for name, value in elements.items()}
    return next((str(folded[name]) for name in names if folded.get(name)), None)
