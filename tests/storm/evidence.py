"""What the outside checker reads, gathered in this process: the export, the registry's records and its log."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q

from datasets.models import Version
from doi.management.commands import export_dois
from doi.models import Doi
from doi.sandbox import Sandbox
from tests.integration.checker import PERMANENT, Evidence, Row, VersionKey, findings, key

WINDOW = 604_800


def gathered(sandbox: Sandbox, *, owners: Iterable[str] = (), deleted: Iterable[str] = ()) -> Evidence:
    """
    `owners`: accounts of somebody else, whose records are not ours to account for.

    `deleted`: drafts that the registry's staff deleted. Reported as missing, they wait for a person, and rightly.
    """
    log = [line for line in sandbox.log.recent if line["provider"] in {"datacite", "ezid"}]
    assert len(sandbox.log.recent) < (sandbox.log.recent.maxlen or 0), (
        "the sandbox has forgotten its first lines"
    )
    theirs = {owner.lower() for owner in owners}
    rows = [dict(row) for row in export_dois.Command().rows(None)]
    missing = [row for row in rows if row["doi"] in set(deleted) and _is_missing(row)]
    reported = {key(row) for row in missing}
    return Evidence(
        wanted={version: state for version, state in wanted(log).items() if version not in reported},
        rows=[row for row in rows if row not in missing],
        records=[row for row in sandbox.records() if row["owner"].lower() not in theirs],
        log=_as_if_never_discarded(log),
        window=WINDOW,
    )


def _is_missing(row: Row) -> bool:
    return bool((row["attention"] or "").startswith("missing-at-registry"))


def out_of_nothing(sandbox: Sandbox) -> Iterator[str]:
    """What became permanent without having been a draft at that moment: an upsert of what was gone."""
    for line in sandbox.log.recent:
        if (
            line["provider"] != "control"
            and line["state_before"] is None
            and line["state_after"] in PERMANENT
        ):
            yield f"early: {line['doi']} was made permanent out of nothing, in line {line['seq']} of the log"


def unrelated(sandbox: Sandbox) -> Iterator[str]:
    """Permanent DOIs whose record at the registry does not name their nearest permanent neighbours, and only those."""
    held = {record.name: record for record in sandbox.store.all() if record.state in PERMANENT}
    lines: dict[Any, list[str]] = {}
    for dataset, name in (
        Doi.objects.filter(version__isnull=False)
        .order_by("version__dataset", "version__position")
        .values_list("version__dataset", "name")
    ):
        if name in held:
            lines.setdefault(dataset, []).append(name)
    for names in lines.values():
        for place, name in enumerate(names):
            near = {*names[max(0, place - 1) : place], *names[place + 1 : place + 2]}
            told = str(held[name].metadata).lower()
            named = {each for each in names if each != name and each in told}
            if named != near:
                yield f"unrelated: {name} names {sorted(named)} and not {sorted(near)}"


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
