"""What machines read of a page: FAIR Signposting links, meta tags, JSON-LD."""

import json
import mimetypes
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.encoding import iri_to_uri
from django.utils.safestring import SafeString, mark_safe

from doi.address import landing_url
from doi.landing import links
from doi.landing.formats import available, schema_org
from doi.landing.record import Record
from doi.metadata.people import read_person

# Servers and proxies refuse headers of more than about 8 kB; the page itself names everybody.
_MOST_LINKS: Final = 20
_LONGEST_LINK: Final = 300
_ESCAPES: Final = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def link_header(record: Record) -> str:
    """
    The ``Link`` header of a landing page (FAIR Signposting profile of 2023-10-02, level 1).

    ``cite-as`` is there only once the DOI resolves, since it must lead back to this page.
    """
    return ", ".join(_landing_links(record))


def describes_header(record: Record) -> str:
    """The ``Link`` header of a metadata document."""
    return _link(landing_url(record.landing_id), "describes", type="text/html")


def _landing_links(record: Record) -> Iterator[str]:
    if not record.shows_metadata:
        return
    if record.doi_url:
        yield _link(record.doi_url, "cite-as")
    for one in available(record):
        yield _link(document_url(record, one.file), "describedby", type=one.media[0])
    # RFC 5829; FAIR Signposting has no word of its own for versions.
    for link, rel in (
        (record.around.older, "predecessor-version"),
        (record.around.newer, "successor-version"),
    ):
        if link is not None:
            yield _link(landing_url(link.landing_id), rel, type="text/html")
    yield _link(f"https://schema.org/{schema_org(record)['@type']}", "type")
    yield _link("https://schema.org/AboutPage", "type")
    for url in [*_authors(record.metadata)][:_MOST_LINKS]:
        yield _link(url, "author")
    rights = (links.web(item.get("rightsUri")) for item in record.metadata.get("rightsList", []))
    for url in [url for url in rights if _short(url)][:1]:
        yield _link(url, "license")
    files = [links.web(text) for text in record.metadata.get("contentUrl", [])] if not record.is_gone else []
    for url in [url for url in files if _short(url)][:_MOST_LINKS]:
        yield _link(url, "item", type=mimetypes.guess_type(url)[0] or "application/octet-stream")


def document_url(record: Record, file: str) -> str:
    return f"{landing_url(record.landing_id)}/{file}"


def _authors(metadata: Mapping[str, Any]) -> Iterator[str]:
    for creator in metadata.get("creators", []):
        for entry in creator.get("nameIdentifiers", []):
            url = links.identifier(entry.get("nameIdentifier"), entry.get("nameIdentifierScheme"))
            if _short(url):
                yield url


def _short(url: str) -> bool:
    return 0 < len(url) <= _LONGEST_LINK


def _link(url: str, rel: str, **attributes: str) -> str:
    """One link. `iri_to_uri` leaves no space, bracket, line end or letter beyond ASCII in the address."""
    more = "".join(f'; {name}="{value}"' for name, value in attributes.items())
    return f'<{iri_to_uri(url)}>; rel="{rel}"{more}'


def meta_tags(record: Record) -> list[tuple[str, str]]:
    """Names and contents, in order: Highwire's for reference managers and scholarly search, Dublin Core for the DOI."""
    return [(name, content) for name, content in _meta(record) if content]


def _meta(record: Record) -> Iterator[tuple[str, str]]:
    if not record.shows_metadata:
        return
    metadata, general = record.metadata, record.metadata.get("types", {}).get("resourceTypeGeneral", "")
    yield "citation_title", record.title
    for creator in metadata.get("creators", []):
        yield from _author(creator)
    yield "citation_publication_date", str(metadata.get("publicationYear", ""))
    if record.name is not None and record.doi_url:
        yield "citation_doi", record.name.name
        yield "DC.identifier", record.doi_url
    yield "citation_publisher", metadata.get("publisher", {}).get("name", "")
    yield "citation_keywords", "; ".join(item.get("subject", "") for item in metadata.get("subjects", []))
    yield "citation_language", metadata.get("language", "")
    yield "citation_abstract_html_url", landing_url(record.landing_id)
    yield "DC.type", general
    yield "description", " ".join(_first_description(metadata).split())[:300]


def _author(creator: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    person = read_person(creator)
    yield (
        "citation_author",
        f"{person.family}, {person.given}" if person.family and person.given else person.full,
    )
    for place in creator.get("affiliation", []):
        yield "citation_author_institution", place.get("name", "")
    for entry in creator.get("nameIdentifiers", []):
        url = links.identifier(entry.get("nameIdentifier"), entry.get("nameIdentifierScheme"))
        if url.startswith("https://orcid.org/"):
            yield "citation_author_orcid", url


def _first_description(metadata: Mapping[str, Any]) -> str:
    known = metadata.get("descriptions", [])
    abstracts = [item for item in known if item.get("descriptionType") == "Abstract"]
    return next((item.get("description", "") for item in [*abstracts, *known]), "")


def json_ld(record: Record) -> SafeString:
    """JSON-LD that may stand inside a script element: nothing in it can end that element."""
    return mark_safe(json.dumps(schema_org(record), ensure_ascii=False).translate(_ESCAPES))
