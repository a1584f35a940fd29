"""What the outside checker reads, gathered in this process: the export, the registry's records and its log."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from datasets.models import Version
from doi.management.commands import export_dois
from doi.models import Doi
from doi.sandbox import Sandbox
from tests.integration.checker import PERMANENT, Evidence, Row, VersionKey, findings

WINDOW = 604_800


def gathered(sandbox: Sandbox, *, owners: Iterable[str] = ()) -> Evidence:
    """`owners`: accounts of somebody else, whose records are not ours to account for."""
    log = [line for line in sandbox.log.recent if line["provider"] in {"datacite", "ezid"}]
    assert len(sandbox.log.recent) < (sandbox.log.recent.maxlen or 0), (
        "the sandbox has forgotten its first lines"
    )
    theirs = {owner.lower() for owner in owners}
    return Evidence(
        wanted=wanted(log),
        rows=[dict(row) for row in export_dois.Command().rows(None)],
        records=[row for row in sandbox.records() if row["owner"].lower() not in theirs],
        log=_as_if_never_discarded(log),
        window=WINDOW,
    )


def wanted(log: Iterable[Row]) -> dict[VersionKey, str]:
    """
    What people want now, from their own tables: what is live and switched on has a DOI.

    What was permanent once stays so: registered when it is gone or private.
    """
    permanent = {line["doi"] for line in log if line["state_after"] in PERMANENT}
    names: dict[Any, set[str]] = {}
    for landing_id, name in Doi.objects.values_list("landing_id", "name"):
        names.setdefault(landing_id, set()).add(name)
    found = {}
    for version in Version.objects.filter(_may_have_one()).select_related("dataset__organization"):
        dataset = version.dataset
        live = bool(version.is_live)
        switch = getattr(dataset, "issuance", None)
        if not (names.get(version.pk, set()) & permanent or (live and switch is not None and switch.on)):
            continue
        place = dataset.organization.slug, dataset.slug, version.number
        found[place] = "findable" if live and dataset.is_public else "registered"
    return found


def _may_have_one() -> Q:
    return Q(dois__isnull=False) | Q(released_at__isnull=False)


def _as_if_never_discarded(log: Iterable[Row]) -> list[Row]:
    """A draft that was taken back may be made again, under its own name: that is not a second one."""
    seen: dict[str, str] = {}
    told = []
    for line in log:
        again = line["state_before"] is None and seen.get(line["doi"]) == line["url"]
        if line["state_before"] is None and line["state_after"] is not None:
            seen[line["doi"]] = line["url"]
        told.append({**line, "state_before": "draft"} if again and line["state_after"] else line)
    return told


def faults_of(evidence: Evidence) -> list[str]:
    """Every broken promise, as the checker words it."""
    return findings(evidence)
