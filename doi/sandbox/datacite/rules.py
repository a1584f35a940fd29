"""What DataCite refuses, and in which words (DataCite REST API, lupo 05afac46).

Drafts are judged by the name, the form of the URL and the structure of what was sent; the rest waits until the DOI
leaves draft. The schema itself is judged by `kernel.validation`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from doi.sandbox.kernel.validation import ENGINE_1, KERNEL_4, xml_errors
from doi.sandbox.kernel.words import CONTRIBUTOR_TYPES, words

type Errors = dict[str, str]

NAME = re.compile(r"10\.\d{4,5}/[-._;()/:a-zA-Z0-9*~$=]+", re.ASCII)
# What a path must look like before a DOI is made of it.
LIKE_A_NAME = re.compile(r"10\.\d{4,5}/.+", re.ASCII)
_URL = re.compile(r"(ftp|http|https)://\S+")
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
_OLD_SCHEMA = re.compile(r"kernel-[123](\.\d+)?\Z")
TAKEN = "This DOI has already been taken"

# The attributes that are lists of objects, with the word lupo has for one of them.
_OBJECTS = {
    "creators": "Creator",
    "contributors": "Contributor",
    "titles": "Title",
    "subjects": "Subject",
    "dates": "Date",
    "relatedIdentifiers": "Related identifier",
    "relatedItems": "Related item",
    "rightsList": "Rights",
    "descriptions": "Description",
    "geoLocations": "Geolocation",
    "fundingReferences": "Funding reference",
    "identifiers": "Identifier",
}
_PUBLISHER_KEYS = words("name publisherIdentifier publisherIdentifierScheme schemeUri lang")
_SOURCES = {
    "relatedIdentifiers": "related_identifiers",
    "relatedItems": "related_items",
    "rightsList": "rights_list",
    "geoLocations": "geo_locations",
    "fundingReferences": "funding_references",
}


def name_errors(name: str) -> Errors:
    """Judge a new name; existing ones are not judged again."""
    if not name:
        return {"doi": "Can't be blank"}
    return {} if NAME.fullmatch(name) is not None and len(name) <= 255 else {"doi": "Is invalid"}


def url_errors(url: str, *, draft: bool, domains: str, owner: str) -> Errors:
    """Judge the landing page's address: its form always, its presence and its host only outside draft."""
    if not url:
        return {} if draft else {"url": "Can't be blank"}
    if _URL.fullmatch(url) is None:
        return {"url": "URL is not valid"}
    if draft or host_allowed(url, domains=domains):
        return {}
    return {"url": f"URL {url} is not allowed by repository {owner} domain settings."}


def host_allowed(url: str, *, domains: str) -> bool:
    """Apply a repository's `domains`: `*`, or a comma list, untrimmed; the host counts as it is written."""
    if not domains.strip() or domains == "*":
        return True
    try:
        # `hostname` folds the case, which lupo does not.
        host = re.sub(r":\d*\Z", "", urlsplit(url).netloc.rpartition("@")[2])
    except ValueError:
        return False
    return any(
        host.endswith(entry[1:]) if entry.startswith("*.") else host == entry for entry in domains.split(",")
    )


def structure_errors(metadata: Mapping[str, Any]) -> Errors:
    """Judge the shape of what is stored, drafts included."""
    errors: Errors = {}
    for source, title in _structure(metadata):
        errors.setdefault(source, title)
    return errors


def _structure(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for attribute, word in _OBJECTS.items():
        for entry in metadata.get(attribute) or ():
            if not isinstance(entry, dict):
                source = _SOURCES.get(attribute, attribute)
                yield source, f"{word} '{entry}' should be an object instead of a string."
    if metadata.get("schemaVersion") == KERNEL_4:
        yield from _contributors(metadata.get("contributors") or [])
    yield from _publisher(metadata.get("publisher"))
    language = metadata.get("language")
    if language and (not isinstance(language, str) or _LANGUAGE.fullmatch(language) is None):
        yield "language", "Is invalid"
    for rights in metadata.get("rightsList") or ():
        if isinstance(rights, dict) and len(str(rights.get("rights") or "")) > 2000:
            yield "rights_list", "Rights is too long (maximum is 2000 characters)"
    if len(str(metadata.get("version") or "")) > 191:
        yield "version_info", "Is too long (maximum is 191 characters)"
    if len(str(metadata.get("reason") or "")) > 255:
        yield "reason", "Is too long (maximum is 255 characters)"


def _publisher(publisher: Any) -> Iterator[tuple[str, str]]:
    if isinstance(publisher, dict):
        for key in sorted(publisher.keys() - _PUBLISHER_KEYS):
            yield "publisher", f"object property at `/{key}` is a disallowed additional property"


def _contributors(contributors: list[Any]) -> Iterator[tuple[str, str]]:
    for each in contributors:
        if not isinstance(each, dict):
            continue
        name, kind = each.get("name"), each.get("contributorType")
        if not kind:
            yield "contributors", f"Contributor '{name}' is missing a required element: contributor type."
        elif kind not in CONTRIBUTOR_TYPES:
            text = f"Contributor '{name}' has a contributor type that is not supported in schema 4: '{kind}'."
            yield "contributors", text


def metadata_errors(metadata: Mapping[str, Any], *, name: str, xml: str | None, changed: bool) -> Errors:
    """Judge the metadata of a DOI that is, or is becoming, registered or findable.

    `xml`: the whole record, None while no metadata was ever sent; `changed`: this request sent some. A record whose `schemaVersion` is a
    later kernel than 4.3 passes unjudged when the request is an event alone (datacite/datacite#1893).
    """
    schema = str(metadata.get("schemaVersion") or "")
    if _OLD_SCHEMA.search(schema):
        return {"xml": f"DOI {name}: Schema {schema} is no longer supported"}
    if xml is None:
        return {"xml": "Can't be blank"}
    if schema in ENGINE_1:
        return xml_errors(xml, name=name)
    if changed and xml_errors(xml, name=name):
        return {"metadata": "Is invalid"}
    return {}
