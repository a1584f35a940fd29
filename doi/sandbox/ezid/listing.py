"""The three forms of a batch download (EZID 018515e8, download.py)."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from doi.sandbox.ezid import anvl
from doi.sandbox.ezid.refusals import one_line

type Rows = Sequence[tuple[str, Mapping[str, str]]]

_MAPPED = {
    "_mappedCreator": "datacite.creator",
    "_mappedTitle": "datacite.title",
    "_mappedPublisher": "datacite.publisher",
    "_mappedDate": "datacite.publicationyear",
    "_mappedType": "datacite.resourcetype",
}
_DECLARATION = re.compile(r"^<\?xml[^>]*\?>\s*")


def as_anvl(rows: Rows) -> str:
    """Write records as elements, each after a line `:: doi:…`, with an empty line between them."""
    return "\n".join(f":: {name}\n{anvl.write(elements)}" for name, elements in rows)


def as_csv(rows: Rows, columns: Sequence[str]) -> str:
    """Write the named elements as CSV under a head; `_id` is the identifier, line ends become spaces."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for name, elements in rows:
        cells = {**elements, "_id": name}
        writer.writerow([one_line(cells.get(_MAPPED.get(column, column), "")) for column in columns])
    return text.getvalue()


def as_xml(rows: Rows) -> str:
    """Write records as XML; the element `datacite` holds its XML as such."""
    records = "".join(
        f"<record identifier={quoteattr(name)}>{''.join(map(_element, elements.items()))}</record>"
        for name, elements in rows
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n<records>{records}</records>'


def _element(pair: tuple[str, str]) -> str:
    name, value = pair
    content = _DECLARATION.sub("", value) if name == "datacite" else escape(value)
    return f"<element name={quoteattr(name)}>{content}</element>"
