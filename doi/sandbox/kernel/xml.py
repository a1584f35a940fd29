"""A light reading of kernel-4 XML: well-formed, the right root, the mandatory six, words that are in the lists."""

from collections.abc import Collection, Iterator

from lxml import etree

from doi.sandbox.kernel.words import XML_ATTRIBUTES

NAMESPACE = "http://datacite.org/schema/kernel-4"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_LOCATION = f"{NAMESPACE} http://schema.datacite.org/meta/kernel-4/metadata.xsd"
_REQUIRED = {
    "creators/creator/creatorName": "creators",
    "titles/title": "titles",
    "publisher": "publisher",
    "publicationYear": "publication_year",
    "resourceType": "xml",
}
# Elements whose attribute may not be left out.
_NEEDED = {
    "date": ("dateType",),
    "description": ("descriptionType",),
    "contributor": ("contributorType",),
    "relatedIdentifier": ("relatedIdentifierType", "relationType"),
    "alternateIdentifier": ("alternateIdentifierType",),
    "resourceType": ("resourceTypeGeneral",),
    "funderIdentifier": ("funderIdentifierType",),
}


class BadXmlError(ValueError):
    """The text is not a DataCite record; the message says why, as a registry would."""


def parse_record(text: str) -> etree._Element:
    """Parse a kernel-4 record.

    Raises BadXmlError for what is not well-formed, has a document type, or is no `resource` of kernel 4.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        # Bytes, so that an encoding declaration in the text is no reason to refuse it.
        root = etree.fromstring(text.encode(), parser)
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
    identifiers[0].text = name.upper()
    root.set(_XSI, _LOCATION)
    return etree.tostring(root, encoding="unicode")


def xml_errors(text: str, *, without: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Give (source, message) for what is wrong with a well-formed record; words in `without` are not yet known."""
    root = parse_record(text)
    for path, source in _REQUIRED.items():
        found = root.findall("/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/")))
        blank_allowed = path in {"creators/creator/creatorName", "titles/title", "resourceType"}
        if not found or not (blank_allowed or (found[0].text or "").strip()):
            yield (
                source,
                f"Missing child element(s). Expected is ( {{{NAMESPACE}}}{path.rpartition('/')[2]} ).",
            )
    year = (root.findtext(f"{{{NAMESPACE}}}publicationYear") or "").strip()
    if year and not (len(year) == 4 and year.isascii() and year.isdigit()):
        yield "publication_year", f"The value '{year}' is not accepted by the pattern '[\\d]{{4}}'."
    for element in root.iter(f"{{{NAMESPACE}}}*"):
        yield from _attributes(element, without)


def _attributes(element: etree._Element, without: Collection[str]) -> Iterator[tuple[str, str]]:
    tag = etree.QName(element).localname
    for attribute in _NEEDED.get(tag, ()):
        if not element.get(attribute):
            yield tag, f"Element '{tag}': The attribute '{attribute}' is required but missing."
    for attribute, allowed in XML_ATTRIBUTES.items():
        value = element.get(attribute)
        if value is not None and (value not in allowed or value in without):
            yield tag, f"Element '{tag}', attribute '{attribute}': The value '{value}' is not in the list."
