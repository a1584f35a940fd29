"""The body of a DataCite request: what of it is kept, and how it is merged (DataCite REST API, lupo 05afac46)."""

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Mapping
from typing import Any

from doi.sandbox.datacite.refusals import RefusalError
from doi.sandbox.kernel.validation import KERNEL_4
from doi.sandbox.kernel.words import words
from doi.sandbox.kernel.xml import BadXmlError, with_name
from doi.sandbox.messages import Request
from doi.sandbox.names import bare, fold, invented_suffix
from doi.sandbox.store import Record

# What changes the record's XML when it is sent.
DESCRIBING = words(
    "creators contributors titles publisher publicationYear types subjects dates language identifiers"
    " relatedIdentifiers relatedItems sizes formats version rightsList descriptions geoLocations"
    " fundingReferences container schemaVersion xml"
)
_KEPT = DESCRIBING | {"contentUrl", "reason", "source"}
_BODY_TYPES = {"application/json", "application/vnd.api+json"}
_LISTS = words(
    "creators contributors titles subjects dates identifiers relatedIdentifiers relatedItems sizes formats rightsList"
    " descriptions geoLocations fundingReferences"
)


def payload(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the body: (`data`, its attributes)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    document: Any = None
    if kind in _BODY_TYPES and request.body:
        try:
            document = json.loads(_plain(request))
        except ValueError as error:
            raise RefusalError(400, str(error)) from None
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict) or not data:
        raise RefusalError(400, "You need to provide a payload following the JSONAPI spec")
    attributes = data.get("attributes")
    if not isinstance(attributes, dict) or not attributes:
        raise RefusalError(422, "param is missing or the value is empty or invalid: attributes")
    return data, attributes


def _plain(request: Request) -> bytes:
    coding = request.headers.get("content-encoding", "identity").lower()
    try:
        if coding == "gzip":
            return gzip.decompress(request.body)
        if coding == "deflate":
            return zlib.decompress(request.body)
    except (OSError, EOFError, zlib.error) as error:
        raise RefusalError(500, str(error), bare_of_list=True) from None
    return request.body


def chosen_name(attributes: Mapping[str, Any]) -> str:
    if attributes.get("doi"):
        return bare(str(attributes["doi"]))
    prefix = str(attributes.get("prefix") or "")
    if not prefix:
        return ""
    return fold(f"{prefix}-{invented_suffix()}" if "/" in prefix else f"{prefix}/{invented_suffix()}")


def changes(attributes: Mapping[str, Any], *, name: str) -> dict[str, Any]:
    """Keep the writable attributes that were sent, in the form they are stored in."""
    kept = {key: _shaped(key, value) for key, value in attributes.items() if key in _KEPT}
    if "alternateIdentifiers" in attributes and "identifiers" not in kept:
        kept["identifiers"] = [_identifier(each) for each in attributes["alternateIdentifiers"] or []]
    if kept.get("identifiers"):
        kept["identifiers"] = [each for each in kept["identifiers"] if not _is_doi(each)]
    if (DESCRIBING - {"xml", "schemaVersion"}) & kept.keys():
        # Attributes win over XML sent beside them, and the registry writes its XML anew from them.
        kept["xml"] = None
    elif kept.get("xml"):
        kept["xml"] = _xml(str(kept["xml"]), name=name)
    return kept


def _shaped(key: str, value: Any) -> Any:
    """Put one object in the place of a list into a list, and refuse what could not be read back."""
    if key in _LISTS and value is not None and not isinstance(value, list):
        return [value]
    if key in {"types", "container"} and not isinstance(value, dict | None):
        raise RefusalError(400, f"undefined method 'to_h' for {key}")
    return value


def merge(record: Record, sent: Mapping[str, Any], attributes: Mapping[str, Any]) -> None:
    """Change only what is present; null and empty clear."""
    if "url" in attributes:
        record.url = str(attributes["url"] or "")
    for key, value in sent.items():
        if value in (None, "", [], {}):
            record.metadata.pop(key, None)
        else:
            record.metadata[key] = value
    if DESCRIBING & sent.keys():
        record.version += record.described
        record.described = True
    if record.number and record.described:
        # An update without a schema version keeps the stored one, or takes kernel 4.
        record.metadata.setdefault("schemaVersion", KERNEL_4)


def _identifier(alternate: Any) -> Any:
    if not isinstance(alternate, dict):
        return alternate
    return {
        "identifier": alternate.get("alternateIdentifier"),
        "identifierType": alternate.get("alternateIdentifierType"),
    }


def _is_doi(identifier: Any) -> bool:
    return isinstance(identifier, dict) and str(identifier.get("identifierType", "")).upper() == "DOI"


def _xml(text: str, *, name: str) -> str:
    try:
        return with_name(base64.b64decode(text, validate=True).decode(), name=name)
    except (binascii.Error, UnicodeDecodeError, BadXmlError) as error:
        raise RefusalError(400, str(error)) from None
