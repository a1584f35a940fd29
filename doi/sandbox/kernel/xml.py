"""A DataCite record in XML, before it is judged: what is taken for one, and the name that is put into it."""

from lxml import etree

from doi.sandbox.kernel.words import NAMESPACE
from doi.sandbox.kernel.writing import LOCATION
from doi.sandbox.names import raised

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"


class BadXmlError(ValueError):
    """The text is not a DataCite record; the message says why, as a registry would."""


def parse_record(text: str) -> etree._Element:
    """Parse a kernel-4 record.

    Raises BadXmlError for what is not well-formed, has a document type, or is no `resource` of kernel 4.
    """
    try:
        # Bytes, so that an encoding declaration in the text is no reason to refuse it.
        root = etree.fromstring(text.encode(), _PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadXmlError(f"XML parse error: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadXmlError("XML parse error: a document type is not allowed")
    name = etree.QName(root)
    if name.localname != "resource":
        raise BadXmlError("not a DataCite record")
    if name.namespace != NAMESPACE:
        if str(name.namespace).rpartition("kernel-")[2] in {"2.1", "2.2", "3"}:
            raise BadXmlError("DataCite schema version of the record is deprecated")
        raise BadXmlError("not a DataCite record")
    return root


def with_name(text: str, *, name: str) -> str:
    """Replace the record's identifier by the upper-case DOI name, as both registries do.

    Raises BadXmlError when there is not exactly one identifier of type DOI.
    """
    root = parse_record(text)
    identifiers = root.findall(f"{{{NAMESPACE}}}identifier")
    if len(identifiers) != 1 or identifiers[0].get("identifierType") != "DOI":
        raise BadXmlError("malformed or missing identifier in the DataCite record")
    identifiers[0].text = raised(name)
    root.set(_XSI, LOCATION)
    return etree.tostring(root, encoding="unicode")
