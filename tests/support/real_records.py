"""Records that DataCite really holds, as the product would send them: the catalogue with what an import fills in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doi.metadata import merge

type Record = tuple[str, str, dict[str, Any]]


def records_of(reference_dir: Path) -> list[Record]:
    """Dataset, version number and merged metadata of every version that is not deleted."""
    text = (reference_dir / "data" / "real-catalog.jsonl").read_text(encoding="utf-8")
    return list(_records([json.loads(line) for line in text.splitlines()]))


def _records(lines: list[dict[str, Any]]) -> Iterator[Record]:
    names = {line["slug"]: line["name"] for line in lines if line["type"] == "organization"}
    for line in lines:
        for version in line.get("versions", []):
            if version["deleted"] is None:
                defaults = {
                    "publisher": {"name": names[line["organization"]]},
                    "publicationYear": int(version["released"][:4]),
                    "types": {"resourceTypeGeneral": "Dataset"},
                }
                merged = merge(line["metadata"], version.get("metadata") or {}, defaults=defaults)
                yield line["slug"], version["number"], merged
