"""The field-by-field table of docs/metadata.md says what `doi.kernel4` says, and all of it."""

import re
from collections.abc import Iterator
from pathlib import Path

from doi.kernel4 import PROPERTIES, Many, Members, Polygons, Shape

PAGE = Path(__file__).resolve().parents[3] / "docs" / "metadata.md"
WORD = re.compile(r"`([A-Za-z/]+)(?:\[\])?`")


def rows() -> Iterator[tuple[str, list[str]]]:
    """Each row with the property it belongs to, empty for the DOI itself."""
    text = PAGE.read_text(encoding="utf-8")
    section = text.split("## Field by field")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    current = ""
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not cells[0].startswith("–"):
            current = next(iter(WORD.findall(cells[0])), "")
        yield current, cells


def names(shape: Shape) -> Iterator[str]:
    match shape:
        case Members(members=members):
            for name, member in members.items():
                yield name
                yield from names(member.shape)
        case Many(item=item):
            yield from names(item)
        case Polygons(point=point):
            yield from ("polygonPoint", "inPolygonPoint", *names(point))
        case _:
            return


def test_every_property_and_member_has_a_row_and_every_name_in_a_row_exists() -> None:
    documented: dict[str, list[str]] = {}
    for key, cells in rows():
        documented.setdefault(key, []).extend(WORD.findall(cells[0]))
    documented.pop("")
    assert {key: sorted(found) for key, found in documented.items()} == {
        key: sorted([key, *names(entry.member.shape)]) for key, entry in PROPERTIES.items()
    }


def test_every_property_stands_at_its_place_in_the_xml() -> None:
    heads = {key: cells[1] for key, cells in rows() if key and not cells[0].startswith("–")}
    places = {key: entry.member.at for key, entry in PROPERTIES.items() if entry.member.at}
    assert {key: WORD.findall(heads[key]) for key in places} == {key: [at] for key, at in places.items()}


def test_needed_is_what_the_table_calls_mandatory() -> None:
    needed = {key for key, cells in rows() if cells[2].startswith("yes")}
    assert needed == {key for key, entry in PROPERTIES.items() if entry.obligation == "mandatory"}
