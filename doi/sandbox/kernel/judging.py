"""A kernel-4 document held against the table: every mistake, in the order and the words of libxml2.

Both registries judge with libxml2 and pass its words on, so its ways are kept: what follows an element that was not
expected, in the same parent, is not looked at.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

from lxml import etree

from doi.sandbox.kernel.schema import Child, Element
from doi.sandbox.kernel.simple import STRING, URI, XML_LANG, Simple, one_of
from doi.sandbox.kernel.words import NAMESPACE

_ROOT = f"{{{NAMESPACE}}}resource"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_BLANKS = " \t\r\n"
# libxml2 names no more than ten.
_NAMED = 10

# Where anything goes, these are still what they are.
_KNOWN_ANYWHERE: dict[str, Simple] = {
    f"{_XML}lang": XML_LANG,
    f"{_XML}space": one_of({"default", "preserve"}),
    f"{_XML}base": URI,
}
# They tell a reader where the schema is.
_ALLOWED_ANYWHERE = frozenset({f"{_XSI}schemaLocation", f"{_XSI}noNamespaceSchemaLocation"})


type Attributes = list[tuple[str, str]]


class Mistake(NamedTuple):
    """What is wrong, at which element or attribute, on which line; written as libxml2 writes it."""

    place: str
    text: str
    line: int


def mistakes(root: etree._Element, table: Element) -> list[Mistake]:
    """Judge a document whose root is `resource`."""
    found: list[Mistake] = []
    _Judge(table, found).element(root, _ROOT, table)
    return found


class _Judge:
    """One pass over a document, which collects what is wrong."""

    def __init__(self, table: Element, found: list[Mistake]) -> None:
        self._table = table
        self._found = found

    def element(self, node: etree._Element, tag: str, element: Element) -> None:
        attributes = _attributes_of(node)
        if element.anything:
            self._lenient(node, tag, attributes)
            return
        if attributes or element.required:
            self._attributes(node, tag, element, attributes)
        if element.text is None:
            self._content(node, tag, element)
        else:
            self._text(node, tag, element, element.text)

    def _attributes(self, node: etree._Element, tag: str, element: Element, attributes: Attributes) -> None:
        names = [name for name, _ in attributes]
        for name in element.required:
            if name not in names:
                self._add(node, tag, f"The attribute '{name}' is required but missing.")
        for name, value in attributes:
            kind = element.attributes.get(name)
            if kind is not None:
                complaint = kind(value)
            else:
                complaint = "" if name in _ALLOWED_ANYWHERE else f"The attribute '{name}' is not allowed."
            if complaint:
                self._add(node, tag, complaint, attribute=name)

    def _text(self, node: etree._Element, tag: str, element: Element, kind: Simple) -> None:
        text = node.text or ""
        for child in node:
            if isinstance(child.tag, str):
                simple = (
                    "content type is a simple type definition"
                    if element.attributes
                    else "type definition is simple"
                )
                self._add(node, tag, f"Element content is not allowed, because the {simple}.")
                break
            # A comment cuts the text in two.
            text += child.tail or ""
        complaint = kind(text)
        if complaint:
            self._add(node, tag, complaint)

    def _content(self, node: etree._Element, tag: str, element: Element) -> None:
        children = everything = list(node)
        tags = [child.tag for child in children]
        match = _in_order if element.order == "as listed" else _in_any_order
        places, complaint = match(tags, element)
        if complaint and not all(isinstance(each, str) for each in tags):
            # Comments are no elements; they are so rare that nothing is lost by looking twice.
            children = list(node.iterchildren("*"))
            places, complaint = match([child.tag for child in children], element)
        culprit = children[len(places)] if complaint and len(places) < len(children) else None
        if not element.mixed:
            # What stands behind an element that was not expected is not looked at.
            before = everything[: everything.index(culprit)] if culprit is not None else everything
            text = "".join([text for text in (node.text, *[child.tail for child in before]) if text])
            if text and (not element.children or text.strip(_BLANKS)):
                self._add(node, tag, _no_text(element))
        for child, place in zip(children, places, strict=False):
            self.element(child, place.name, place.element)
        if culprit is not None:
            self._add(culprit, culprit.tag, complaint)
        elif complaint:
            self._add(node, tag, complaint)

    def _lenient(self, node: etree._Element, tag: str, attributes: Attributes) -> None:
        """Judge what stands where anything goes: only what the schema knows by itself."""
        for name, value in attributes:
            complaint = _KNOWN_ANYWHERE.get(name, STRING)(value)
            if complaint:
                self._add(node, tag, complaint, attribute=name)
        for child in node:
            if child.tag == _ROOT:
                self.element(child, _ROOT, self._table)
            elif isinstance(child.tag, str):
                self._lenient(child, child.tag, _attributes_of(child))

    def _add(self, node: etree._Element, tag: str, text: str, *, attribute: str = "") -> None:
        place = f"Element '{tag}', attribute '{attribute}'" if attribute else f"Element '{tag}'"
        self._found.append(Mistake(place, text, cast("int", node.sourceline)))


def _attributes_of(node: etree._Element) -> Attributes:
    # Not converted: a parsed document has nothing but texts.
    return cast("Attributes", node.items())


def _in_order(tags: list[str], element: Element) -> tuple[list[Child], str]:
    """Match a sequence: (the places of the children up to the first that has none, what is wrong then)."""
    row = element.row
    places: list[Child] = []
    at = count = 0
    for tag in tags:
        now, so_far = at, count
        while now < len(row) and row[now].name != tag and so_far >= row[now].least:
            now, so_far = now + 1, 0
        if now == len(row) or row[now].name != tag or so_far == row[now].most:
            return places, f"This element is not expected.{_expected(row[at:], count)}"
        places.append(row[now])
        at, count = now, so_far + 1
    so_far = count
    for place in row[at:]:
        if so_far < place.least:
            return places, f"Missing child element(s).{_expected(row[at:], count)}"
        so_far = 0
    return places, ""


def _in_any_order(tags: list[str], element: Element) -> tuple[list[Child], str]:
    places: list[Child] = []
    left = dict(element.children)
    once = element.order == "any, once each"
    for tag in tags:
        place = left.pop(tag, None) if once else left.get(tag)
        if place is None:
            # Where everything that must be there is, libxml2 gives no hint.
            hint = _named(left) if element.mixed or _must(left) else ""
            return places, f"This element is not expected.{hint}"
        places.append(place)
    return places, f"Missing child element(s).{_named(left)}" if _must(left) else ""


def _must(children: Mapping[str, Child]) -> bool:
    return any(place.least for place in children.values())


def _expected(row: Iterable[Child], count: int) -> str:
    """Say what could stand here: up to the next element that must; `count` of the first are there."""
    names: list[str] = []
    for place in row:
        if place.most is None or count < place.most:
            names.append(place.name)
        if count < place.least:
            break
        count = 0
    return _named(names)


def _named(names: Iterable[str]) -> str:
    found = list(names)
    if not found:
        return ""
    return f" Expected is {'one of ' if len(found) > 1 else ''}( {', '.join(found[:_NAMED])} )."


def _no_text(element: Element) -> str:
    if element.children:
        return "Character content other than whitespace is not allowed because the content type is 'element-only'."
    return "Character content is not allowed, because the content type is empty."
