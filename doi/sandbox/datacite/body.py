"""The body of a DataCite request: what of it is kept, and how it is merged (DataCite REST API, lupo 05afac46).

Of the formats that `xml` may hold, DataCite's own XML and JSON are read; the others are answered as lupo answers what it
cannot read, with 400.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from doi.sandbox.datacite.refusals import BrokenBodyError, RefusalError
from doi.sandbox.kernel.reading import json_of
from doi.sandbox.kernel.validation import KERNEL_4
from doi.sandbox.kernel.words import words
from doi.sandbox.kernel.xml import BadXmlError, with_name
from doi.sandbox.messages import Request
from doi.sandbox.names import bare, crockford, fold, invented_suffix
from doi.sandbox.store import Record

# What changes the record's XML when it is sent.
DESCRIBING = words(
    "creators contributors titles publisher publicationYear types subjects dates language identifiers"
    " relatedIdentifiers relatedItems sizes formats version rightsList descriptions geoLocations"
    " fundingReferences container schemaVersion xml"
)
_IN_XML = DESCRIBING - {"xml", "schemaVersion"}
_KEPT = DESCRIBING | {"contentUrl", "reason", "source"}
_PREFIX = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,5})(?:/([^/]*))?")
# More than any body may have: what a few packed bytes hold must not fill the memory.
_UNPACKED = 64 * 1024 * 1024
_WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
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
        document = _decoded(request.body)
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict) or not data:
        raise RefusalError(400, "You need to provide a payload following the JSONAPI spec")
    attributes = data.get("attributes")
    if not isinstance(attributes, dict) or not attributes:
        raise RefusalError(422, "param is missing or the value is empty or invalid: attributes")
    return data, attributes


def unpacked(request: Request) -> Request:
    """Give the request with its body decompressed, of which no more than `_UNPACKED` bytes are made.

    Raises BrokenBodyError.
    """
    window = _WINDOWS.get(request.headers.get("content-encoding", "").lower())
    if window is None or request.method not in {"POST", "PUT"}:
        return request
    packed = zlib.decompressobj(window)
    try:
        body = packed.decompress(request.body, _UNPACKED)
    except zlib.error as error:
        raise BrokenBodyError(str(error)) from None
    if not packed.eof:
        raise BrokenBodyError("buffer error")
    return replace(request, body=body)


def chosen_name(attributes: Mapping[str, Any]) -> str:
    """Give the name for a new DOI: the one sent, or an invented one under the prefix that was sent; else nothing."""
    if attributes.get("doi"):
        return bare(str(attributes["doi"]))
    prefix = attributes.get("prefix")
    return suggestion(str(prefix)) if prefix else ""


def suggestion(prefix: str, *, number: int | None = None) -> str:
    """Invent a name under `10.x`, or under a shoulder as `10.x/abc-…`; `number` instead of a random one.

    Raises RefusalError for what is no prefix.
    """
    found = _PREFIX.search(prefix)
    if found is None:
        raise RefusalError(500, "No valid prefix found")
    suffix = invented_suffix() if number is None else crockford(number)
    return fold(f"{found[1]}/{found[2]}-{suffix}" if found[2] else f"{found[1]}/{suffix}")


def changes(attributes: Mapping[str, Any], *, name: str) -> dict[str, Any]:
    """Keep the writable attributes that were sent, in the form they are stored in."""
    kept = {key: _shaped(key, value) for key, value in attributes.items() if key in _KEPT}
    if "alternateIdentifiers" in attributes and "identifiers" not in kept:
        alternates = _shaped("identifiers", attributes["alternateIdentifiers"])
        kept["identifiers"] = [_identifier(each) for each in alternates or []]
    if kept.get("identifiers"):
        kept["identifiers"] = [each for each in kept["identifiers"] if not _is_doi(each)]
    if kept.get("xml"):
        kept = {**_from_xml(str(kept["xml"]), name=name, alone=not (_IN_XML & kept.keys())), **kept}
        kept["xml"] = kept.pop("_text", None)
    elif _IN_XML & kept.keys():
        # The registry writes its XML anew from the attributes.
        kept["xml"] = None
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
        record.described, record.written = True, None
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


def _from_xml(text: str, *, name: str, alone: bool) -> dict[str, Any]:
    """Give what a record sent as `xml` says; its text is kept as it came where no attribute was sent beside it."""
    try:
        record = base64.b64decode(text, validate=True).decode()
        if record.lstrip().startswith("{"):
            return _from_json(_decoded(record))
        whole = with_name(record, name=name)
        found = {**dict.fromkeys(_IN_XML), **json_of(whole), "schemaVersion": KERNEL_4}
    except (binascii.Error, UnicodeDecodeError, BadXmlError, ValueError) as error:
        raise RefusalError(400, str(error)) from None
    return found | ({"_text": whole} if alone else {})


def _decoded(text: bytes | str) -> Any:
    """Decode JSON.

    Raises RefusalError.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise RefusalError(400, str(error)) from None
    except RecursionError:
        raise RefusalError(400, "nesting of 101 is too deep") from None


def _from_json(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict) or not record.keys() & {"titles", "creators", "schemaVersion"}:
        raise RefusalError(400, "not a DataCite record")
    return {key: value for key, value in record.items() if key in _IN_XML}
