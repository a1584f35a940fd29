"""The machine-readable documents of a version, and which of them a request asks for (content negotiation, RFC 9110)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.http.request import MediaType
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doi.address import landing_url
from doi.landing.record import Record
from doi.metadata import normalise, to_xml
from doi.metadata.citation import citation_text, to_bibtex, to_csl, to_ris
from doi.metadata.schema_org import to_schema_org

HTML: Final = "text/html"


@dataclass(frozen=True, slots=True)
class Format:
    """``media`` holds the type that is sent first, then its other names. ``needs_doi``: says nothing without a DOI."""

    file: str
    label: str | Promise
    media: tuple[str, ...]
    render: Callable[[Record], str]
    needs_doi: bool = False

    @property
    def content_type(self) -> str:
        return f"{self.media[0]}; charset=utf-8"


def citation(record: Record) -> str:
    """How the version is cited: with its DOI once that resolves, with its address until then."""
    return citation_text(record.metadata, **_identity(record))


def schema_org(record: Record) -> dict[str, Any]:
    """JSON-LD for the page. A tombstone keeps it, without anything to download."""
    document = to_schema_org(
        record.metadata,
        url=landing_url(record.landing_id),
        doi_url=record.doi_url or None,
        version=record.number,
    )
    document.setdefault("name", record.title)
    files = record.metadata.get("contentUrl", []) if not record.is_gone else []
    if files:
        document["distribution"] = [{"@type": "DataDownload", "contentUrl": file} for file in files]
    return document


def _identity(record: Record) -> dict[str, Any]:
    cited = record.name.name if record.name is not None and record.doi_url else ""
    return {"name": cited, "url": record.doi_url or landing_url(record.landing_id), "version": record.number}


def _bibtex(record: Record) -> str:
    entry = to_bibtex(record.metadata, **_identity(record))
    # Without a DOI the entry has no key of its own, and BibTeX refuses one without.
    return entry.replace("@misc{,", f"@misc{{version-{record.landing_id.hex[:12]},", 1)


def _csl(record: Record) -> str:
    item = to_csl(record.metadata, **_identity(record))
    if "publicationYear" not in record.metadata:
        item.pop("issued", None)
    return _json(item)


def _datacite_json(record: Record) -> str:
    name = record.name.name if record.name is not None else ""
    identity = {
        "id": record.doi_url,
        "doi": name,
        "url": landing_url(record.landing_id),
        "version": record.number,
    }
    return _json(
        identity | {"schemaVersion": "http://datacite.org/schema/kernel-4"} | normalise(record.metadata)
    )


def _datacite_xml(record: Record) -> str:
    assert record.name is not None  # noqa: S101  (the format is offered only with a DOI)
    return to_xml(record.metadata, name=record.name.name, version=record.number)


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


FORMATS: Final[tuple[Format, ...]] = (
    Format("citation.bib", "BibTeX", ("application/x-bibtex",), _bibtex),
    Format(
        "citation.ris",
        "RIS",
        ("application/x-research-info-systems",),
        lambda record: to_ris(record.metadata, **_identity(record)),
    ),
    Format(
        "csl.json",
        "CSL JSON",
        ("application/vnd.citationstyles.csl+json", "application/citeproc+json"),
        _csl,
    ),
    Format(
        "datacite.xml",
        "DataCite XML",
        ("application/vnd.datacite.datacite+xml", "application/x-datacite+xml"),
        _datacite_xml,
        needs_doi=True,
    ),
    Format(
        "datacite.json",
        "DataCite JSON",
        ("application/vnd.datacite.datacite+json", "application/x-datacite+json"),
        _datacite_json,
        needs_doi=True,
    ),
    Format(
        "schema-org.json",
        "schema.org JSON-LD",
        ("application/ld+json", "application/vnd.schemaorg.ld+json"),
        lambda record: _json(schema_org(record)),
    ),
    Format(
        "citation.txt",
        _("Citation as text"),
        ("text/x-bibliography",),
        lambda record: citation(record) + "\n",
    ),
)


def available(record: Record) -> tuple[Format, ...]:
    """What is offered for ``record``: nothing where its metadata is not shown."""
    if not record.shows_metadata:
        return ()
    return tuple(one for one in FORMATS if record.doi_url or not one.needs_doi)


def asked_for(request: HttpRequest, *, among: tuple[Format, ...]) -> Format | None:
    """The format that the request prefers to the page, or None for the page: also for what nobody knows, as DataCite."""
    best, quality = None, _quality(request, HTML)
    for one in among:
        wanted = max(_quality(request, media) for media in one.media)
        if wanted > quality:
            best, quality = one, wanted
    return best


def _quality(request: HttpRequest, media: str) -> float:
    """How much a media type is wanted. Parameters are not compared: every style of a citation is answered in ours."""
    kind, _slash, subtype = media.partition("/")
    fitting = [one for one in request.accepted_types if _specificity(one, kind, subtype)]
    best = max(fitting, key=lambda one: _specificity(one, kind, subtype), default=None)
    return best.quality if best is not None else 0.0


def _specificity(accepted: MediaType, kind: str, subtype: str) -> int:
    named = (accepted.main_type.lower(), accepted.sub_type.lower())
    return {(kind, subtype): 3, (kind, "*"): 2, ("*", "*"): 1}.get(named, 0)
