"""Versions of one dataset, and what the registry says of how they follow each other."""

import re
from collections.abc import Iterable
from typing import Any

from lxml import etree

from datasets.models import Dataset, Version
from doi.models import Doi, DoiEvent
from doi.sandbox import Sandbox
from doi.states import PERMANENT
from tests.doi import breaking
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

SUCCESSION = {"IsNewVersionOf", "IsPreviousVersionOf"}
NEW, PREVIOUS = "IsNewVersionOf", "IsPreviousVersionOf"


def related_at(sandbox: Sandbox, doi: Doi) -> list[dict[str, Any]]:
    """The related identifiers of `doi` as its registry holds them, in DataCite's JSON shape, in their order."""
    metadata = breaking.record_of(sandbox, doi).metadata
    if "datacite" not in metadata:
        return list(metadata.get("relatedIdentifiers") or [])
    root = etree.fromstring(re.sub(r"^<\?xml[^>]*\?>", "", metadata["datacite"]).encode())
    return [
        {"relatedIdentifier": item.text, **{str(name): value for name, value in item.attrib.items()}}
        for item in root.iterfind(".//{*}relatedIdentifier")
    ]


def succession_at(sandbox: Sandbox, doi: Doi) -> list[tuple[str, str]]:
    """(relation, DOI name) for every relation of succession, in their order."""
    return [
        (item["relationType"], item["relatedIdentifier"])
        for item in related_at(sandbox, doi)
        if item["relationType"] in SUCCESSION
    ]


def expected(dois: Iterable[Doi]) -> dict[str, list[tuple[str, str]]]:
    """What each permanent one of `dois` should say of its neighbours, when everything is at rest."""
    lines: dict[tuple[Any, str], list[Doi]] = {}
    for doi in sorted(dois, key=lambda each: each.version.position if each.version else 0):
        if doi.version is not None and doi.state in PERMANENT:
            lines.setdefault((doi.version.dataset_id, doi.environment), []).append(doi)
    said: dict[str, list[tuple[str, str]]] = {}
    for line in lines.values():
        for place, doi in enumerate(line):
            older = [(NEW, line[place - 1].name)] if place else []
            newer = [(PREVIOUS, each.name) for each in line[place + 1 : place + 2]]
            said[doi.name] = older + newer
    return said


def updates_of(doi: Doi) -> int:
    """How often it was updated at the registry once it was permanent."""
    sent = DoiEvent.objects.filter(doi_id=doi.pk, event="attempt", step="update", from_state__in=PERMANENT)
    return int(sent.count())


def permanent_versions(of: Dataset, clock: Clock, count: int) -> list[Version]:
    """`count` versions that became permanent one after the other, everything at rest."""
    versions = []
    for number in range(of.versions.count() + 1, of.versions.count() + count + 1):
        versions.append(make.drafted(of, f"{number}.0"))
        drain_all()
        clock.forward(days=7, seconds=1)
        drain_all()
    return versions
