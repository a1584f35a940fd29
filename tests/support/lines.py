"""Brings single lines of a catalogue."""

import json
from typing import Any

from datasets.models import Version
from doi.catalogue import import_line
from tests.factories import doi as make


def bring(**line: Any) -> None:
    import_line(json.dumps(line), by=make.by(cause="import", actor="catalogue"))


def lab(**more: Any) -> None:
    bring(type="organization", slug="river-lab", name="River Lab", **more)


def river(*versions: dict[str, Any], **more: Any) -> None:
    """One dataset's line; `metadata` is what a DOI needs."""
    line = {"type": "dataset", "organization": "river-lab", "slug": "stage", "metadata": make.METADATA}
    bring(**{**line, "versions": list(versions), **more})


V1 = {"number": "1.0", "released": "2025-01-01T09:00:00Z"}
V2 = {"number": "2.0", "released": "2025-02-01T09:00:00Z"}


def version(number: str = "1.0") -> Version:
    found: Version = Version.objects.select_related("dataset__organization").get(number=number)
    return found
