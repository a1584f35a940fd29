"""Catalogues for tests with real processes, as lines for `import_catalog`; and the real one."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

type Line = dict[str, Any]

INSTITUTION = "open-water-consortium"


def generated(
    *,
    organizations: int,
    datasets: int,
    versions: int = 1,
    institution: str | None = INSTITUTION,
    deleted: bool = True,
) -> list[Line]:
    """
    Every third dataset is private; the last version but one of every fourth is deleted, where there are several.

    `deleted` False: none is.
    """
    lines: list[Line] = []
    if institution is not None:
        lines.append({"type": "institution", "slug": institution, "name": "Open Water", "parent": None})
    for place in range(organizations):
        slug = f"lab-{place}"
        lines.append(
            {"type": "organization", "slug": slug, "name": f"Water Lab {place}", "institution": institution}
        )
        lines += [_dataset(slug, number, versions, deleted=deleted) for number in range(datasets)]
    return lines


def _dataset(organization: str, number: int, versions: int, *, deleted: bool) -> Line:
    gone = versions - 2 if deleted and versions > 1 and number % 4 == 0 else None
    return {
        "type": "dataset",
        "organization": organization,
        "slug": f"gauge-{number}",
        "visibility": "private" if number % 3 == 2 else "public",
        "metadata": {
            "titles": [{"title": f"Water level at gauge {number}, hourly"}],
            "creators": [{"name": "Okafor, Ngozi", "nameType": "Personal"}, {"name": "Water Lab"}],
            "descriptions": [{"description": "Level in metres.", "descriptionType": "Abstract"}],
        },
        "versions": [
            {
                "number": f"{each + 1}.0",
                "released": f"20{10 + each}-03-01T09:00:00Z",
                "deleted": f"20{10 + each}-09-01T09:00:00Z" if each == gone else None,
            }
            for each in range(versions)
        ],
    }


def real(reference: Path) -> list[Line]:
    """The records that DataCite's API really returned."""
    text = (reference / "data" / "real-catalog.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def organizations_of(lines: Iterable[Line]) -> list[str]:
    return [line["slug"] for line in lines if line["type"] == "organization"]


def write(lines: Iterable[Line], path: Path) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path
