"""The element `datacite`, a whole record as XML: what EZID asks of it and in which form it is kept (datacite.py)."""

import re

from lxml import etree

from doi.sandbox.ezid.reading import safe
from doi.sandbox.ezid.refusals import one_line
from doi.sandbox.kernel.validation import record_mistakes
from doi.sandbox.names import raised

_PROLOG = re.compile(
    r"""(<\?xml\s+version\s*=\s*['"]([-\w.:]+)['"])(\s+encoding\s*=\s*['"]([-\w.]+)['"])?""", re.ASCII
)
_ROOT = re.compile(r"\{(http://datacite\.org/schema/kernel-([^}]*))\}resource")
_DEPRECATED = frozenset({"2.1", "2.2", "3"})
_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"


class BadRecordError(ValueError):
    """The record is refused; the message is EZID's, on one line and without a full stop."""


def settled(text: str, *, name: str, whole: bool) -> str:
    """Give a record as it is kept: under the name in capitals, its schema located anew, without encoding declaration.

    `whole` judges it by kernel 4.6 too. Raises BadRecordError.
    """
    root = _parsed(text)
    found = _ROOT.fullmatch(str(root.tag))
    if found is None:
        raise BadRecordError("Not a DataCite record")
    namespace, version = found[1], found[2]
    if version in _DEPRECATED:
        raise BadRecordError(f"DataCite schema version {version} is deprecated")
    if version != "4":
        raise BadRecordError("Unsupported DataCite record version")
    identifiers = root.findall(f"{{{namespace}}}identifier")
    if len(identifiers) != 1 or "identifierType" not in identifiers[0].attrib:
        raise BadRecordError("Malformed DataCite record: no <identifier> element")
    if identifiers[0].get("identifierType") != "DOI":
        raise BadRecordError("Mismatch between identifier type and <identifier> element")
    identifiers[0].text = raised(name)
    root.set(_LOCATION, f"{namespace} http://schema.datacite.org/meta/kernel-4/metadata.xsd")
    kept = etree.tostring(root, encoding="unicode")
    if whole:
        for place, problem, line in record_mistakes(root, kernel="4.6"):
            raise BadRecordError(one_line(f'DocumentInvalid("{place}: {problem}, line {line}")'))
    return f'<?xml version="1.0"?>\n{safe(kept)}'


def _parsed(text: str) -> etree._Element:
    prolog = _PROLOG.match(text)
    if prolog is not None:
        if prolog[2] != "1.0":
            raise BadRecordError("Unsupported XML version")
        if prolog[4] is not None and prolog[4].lower() not in {"utf-8", "utf8"}:
            raise BadRecordError("XML encoding must be UTF-8")
        text = prolog[1] + text[prolog.end() :]
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadRecordError(one_line(f"XML parse error: {error}")) from error
