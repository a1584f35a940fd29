"""Records and what libxml2 says of them with DataCite's 4.7 schema, kept so that every run can hold the sandbox to it.

`python -m tests.doi.sandbox.frozen FOLDER` writes data/judgements.json anew, FOLDER being DATACITE_REFERENCE_DIR. Its
parts: `record`, one document with every element; `mistakes`, those it has, as [message, line]; `cases`, each [path of an
element, kind of change, what is changed, the mistakes that it adds, those that it takes away]. The messages are libxml2's,
without the lists of words that the schema has in them.
"""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from doi.sandbox.kernel.writing import xml_of
from tests.doi.sandbox.kernel_damage import ATTRIBUTES, TAGS, VALUES
from tests.doi.sandbox.kernel_verdicts import WHOLE, by_the_schema, kinds, schema_of

FILE = Path(__file__).parent / "data" / "judgements.json"
_OF_A_KIND = 4

type Case = tuple[str, str, list[Any]]
type Mistakes = set[tuple[str, int]]


def frozen() -> tuple[str, list[tuple[Case, Mistakes]]]:
    """Read the file: (the record, its cases with all their mistakes)."""
    whole = json.loads(FILE.read_text(encoding="utf-8"))
    own = _read(whole["mistakes"])
    cases = [
        ((path, kind, what), (own | _read(more)) - _read(less))
        for path, kind, what, more, less in whole["cases"]
    ]
    return whole["record"], cases


def _read(mistakes: list[tuple[str, int]]) -> Mistakes:
    return {(message, line) for message, line in mistakes}


def changed(record: str, case: Case) -> Any:
    """Give the record with one change made to it, parsed."""
    root = etree.fromstring(record.encode())
    path, kind, what = case
    node: Any = root if path == "." else root.find(path)
    if kind == "text":
        (node.text,) = what
    elif kind == "attribute":
        node.set(*what)
    else:
        place, tag = what
        node.insert(place, etree.Element(tag))
    return root


def _cases(record: str) -> Iterator[Case]:
    """For one element of each kind some changes of each kind, always the same."""
    chance = random.Random(47)
    root = etree.fromstring(record.encode())
    tree = root.getroottree()
    for node in kinds(root):
        path = tree.getelementpath(node)
        own = [*node.attrib, "colour"]
        for name in [*own, *chance.sample(ATTRIBUTES, 2)]:
            yield path, "attribute", [name, chance.choice(["Other", "50%", "de_CH", "DOI"])]
        for text in chance.sample(VALUES, _OF_A_KIND):
            yield path, "text", [text]
        for tag in chance.sample(TAGS, _OF_A_KIND):
            yield path, "child", [chance.choice([0, len(node)]), tag]


def write(folder: Path) -> None:
    """Write the file from the schema in a folder."""
    schema = schema_of(folder)
    record = xml_of(WHOLE, name="10.5072/x")
    own = by_the_schema(etree.fromstring(record.encode()), schema)
    cases: list[list[Any]] = []
    for case in _cases(record):
        found = by_the_schema(changed(record, case), schema)
        cases.append([*case, sorted(found - own), sorted(own - found)])
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    head = json.dumps({"record": record, "mistakes": sorted(own)}, ensure_ascii=False)
    text = f'{head[:-1]}, "cases": [\n{lines}\n]}}\n'
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
