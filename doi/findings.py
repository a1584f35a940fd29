"""
Findings as rows: opened once, seen again, closed when the registry is as it should be; and what makes the engine mend.

Nothing here writes to a registry. Mending is making the row due with a look before anything else: the engine then does
what its plan says about what it finds.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import F

from datasets.models import Version
from doi import history, metadata
from doi.address import landing_url
from doi.comparing import NATURES, Difference, Known
from doi.described import described
from doi.models import Doi, DoiEvent, Finding, Kind, Lane, Login
from doi.registries.base import RegistryRecord
from doi.states import Environment, State, Wanted
from organizations.models import Organization

LOADED: Final = ("account__login", "version__dataset__organization", "organization")

# What the registry shows that it must not: mended before bulk drafts, and after people.
_SHOWN: Final = frozenset({Kind.PRIVATE_FINDABLE, Kind.WITHDRAWN_FINDABLE, Kind.PRIVATE_METADATA})
# A finding is looked at again after half its age, between these.
SOONEST: Final = timedelta(hours=1)
LATEST: Final = timedelta(days=7)
# After its row was made due, to see what came of it.
AFTER_MENDING: Final = timedelta(minutes=2)


def site() -> str:
    """What the address of every version's landing page begins with."""
    return f"{settings.SITE_URL}/v/"


def known_of(doi: Doi) -> Known:
    """The row as it is compared; `doi` comes with `LOADED`."""
    assert doi.account is not None  # noqa: S101  (external DOIs are not compared)
    wanted = doi.wanted != Wanted.NONE
    private_draft = doi.state == State.DRAFT and not doi.public
    return Known(
        state=State(doi.state),
        environment=Environment(doi.environment),
        owner=doi.account.login.account_id.lower(),
        url=landing_url(doi.landing_id),
        wanted=wanted,
        findable=doi.public and doi.withdrawn_at is None and (wanted or doi.adopted_at is not None),
        private=not doi.public,
        withdrawn=doi.withdrawn_at is not None,
        settled=private_draft or doi.generation == doi.confirmed_generation,
        title=None if private_draft else _title(doi),
    )


def _title(doi: Doi) -> str | None:
    """The title that is sent; a record that cannot be read has none to compare."""
    if doi.withdrawn_at is not None and doi.tombstone:
        record = doi.tombstone.get("metadata")
    else:
        record = described(doi.version) if doi.version is not None else None
    if not isinstance(record, dict):
        return None
    try:
        return str(metadata.to_datacite(record, version=None)["titles"][0]["title"])
    except (LookupError, TypeError, AttributeError, ValueError):
        return None


def is_busy(doi: Doi, *, now: datetime) -> bool:
    """Something is being sent, or about to be: what the registry says now says nothing about it."""
    is_due = doi.next_attempt_at is not None and doi.next_attempt_at <= now and not doi.attention
    return bool(doi.step) or doi.leased_until is not None or is_due


# --- rows ---------------------------------------------------------------------------------------------------------


def note(doi: Doi, differences: Sequence[Difference], *, mend: bool, now: datetime) -> None:
    """
    Open, see again and close the findings of one row, which the caller has locked, and say when to look at it next.

    `mend`: make it due where that heals.
    """
    found = {difference.kind: difference for difference in differences}
    still: list[Finding] = []
    lines: list[DoiEvent] = []
    for finding in Finding.objects.filter(doi=doi, healed_at__isnull=True):
        difference = found.pop(Kind(finding.kind), None)
        if difference is None:
            lines.append(_close(finding, doi, now=now))
            continue
        finding.detail, finding.last_seen_at = difference.detail, now
        still.append(finding)
    for difference in found.values():
        still.append(_open(doi, difference, now=now))
        lines.append(_line(doi, "drift_found", difference.kind, now=now, detail=difference.detail))
    mended = mend and _mend_due(doi, still, now=now)
    for finding in still:
        finding.save()
    doi.compare_after = None
    if still:
        doi.compare_after = now + (
            AFTER_MENDING if mended else min(_patience(each, now=now) for each in still)
        )
    doi.compared_at = now
    Doi.objects.filter(pk=doi.pk).update(compare_after=doi.compare_after, compared_at=now)
    history.record(lines)


def _open(doi: Doi, difference: Difference, *, now: datetime) -> Finding:
    assert doi.account is not None  # noqa: S101  (external DOIs are not compared)
    return Finding(
        login=doi.account.login,
        doi=doi,
        organization_id=doi.organization_id,
        name=doi.name,
        kind=difference.kind,
        severity=NATURES[difference.kind].severity,
        detail=difference.detail,
        first_seen_at=now,
        last_seen_at=now,
    )


def _close(finding: Finding, doi: Doi | None, *, now: datetime) -> DoiEvent:
    finding.healed_at = now
    finding.healed_by = finding.mended_by or ("engine" if finding.mended_at is not None else "registry")
    finding.save()
    if doi is None:
        return DoiEvent(
            at=now,
            organization_id=finding.organization_id,
            doi_name=finding.name,
            actor="engine",
            event="drift_healed",
            outcome=finding.kind,
            detail={"by": finding.healed_by},
        )
    return _line(doi, "drift_healed", Kind(finding.kind), now=now, by=finding.healed_by)


def _line(doi: Doi, event: str, kind: Kind, *, now: datetime, **detail: str) -> DoiEvent:
    told = {name: value for name, value in detail.items() if value}
    return history.doi_event(
        doi,
        event=event,
        at=now,
        actor="engine",
        from_state=doi.state,
        to_state=doi.state,
        outcome=kind.value,
        detail=told,
    )


def _patience(finding: Finding, *, now: datetime) -> timedelta:
    return min(max((now - finding.first_seen_at) / 2, SOONEST), LATEST)


# --- mending ------------------------------------------------------------------------------------------------------


def _mend_due(doi: Doi, findings: Iterable[Finding], *, now: datetime) -> bool:
    """Make the row due if that heals one of `findings`, and the last time is long enough ago."""
    healing = [
        finding
        for finding in findings
        if NATURES[Kind(finding.kind)].heals_itself
        and (finding.mended_at is None or finding.mended_at + _patience(finding, now=now) / 2 <= now)
    ]
    if not healing or not make_due(doi, [Kind(finding.kind) for finding in healing], now=now):
        return False
    for finding in healing:
        finding.mended_at = now
    return True


def make_due(doi: Doi, kinds: Iterable[Kind], *, now: datetime) -> bool:
    """The engine looks at it and does what is to be done; False where the row is somebody's at this moment."""
    lane = Lane.PERMANENCE if _SHOWN & set(kinds) else Lane.BULK
    is_there = doi.state not in {State.PLANNED, State.DISCARDED}
    row = Doi.objects.filter(pk=doi.pk, step="", revision=doi.revision, lease_token=doi.lease_token)
    return bool(
        row.update(
            uncertain=True,
            generation=F("generation") + 1 if is_there else F("generation"),
            revision=F("revision") + 1,
            lane=lane,
            next_attempt_at=now,
        )
    )


# --- orphans ------------------------------------------------------------------------------------------------------


def note_orphan(login: Login, record: RegistryRecord, *, now: datetime) -> None:
    """A DOI of `login` that leads to our pages, and that no row names."""
    fresh = {
        "organization": _owner_of(login, record),
        "severity": NATURES[Kind.ORPHAN].severity,
        "first_seen_at": now,
    }
    seen = {"detail": record.url[:500], "last_seen_at": now}
    found, opened = Finding.objects.get_or_create(
        login=login, name=record.name, kind=Kind.ORPHAN, healed_at=None, defaults=fresh | seen
    )
    if not opened:
        Finding.objects.filter(pk=found.pk).update(**seen)
        return
    line = DoiEvent(
        at=now,
        organization_id=found.organization_id,
        doi_name=record.name,
        actor="engine",
        event="drift_found",
        outcome=Kind.ORPHAN.value,
        detail={"detail": found.detail},
    )
    history.record([line])


def close_orphan(finding: Finding, *, now: datetime) -> None:
    history.record([_close(finding, None, now=now)])


def version_of(url: str) -> Version | None:
    """The version whose landing page `url` is, if it is one's."""
    key = url.removeprefix(site())
    if key == url or len(key) != 32:
        return None
    try:
        found: Version | None = (
            Version.objects.select_related("dataset__organization__institution").filter(pk=key).first()
        )
    except ValueError:
        return None
    return found


def _owner_of(login: Login, record: RegistryRecord) -> Organization | None:
    """The login's organization; under an institution's, the one whose version it leads to, if that stands below it."""
    version = version_of(record.url)
    if login.organization is not None or version is None:
        return login.organization
    place = version.dataset.organization
    above = place.institution.lineage() if place.institution is not None else []
    return place if login.institution in above else None


def open_of(rows: Iterable[Doi]) -> Iterator[int]:
    """The ids of those of `rows` that have an open finding."""
    keys = [doi.pk for doi in rows]
    yield from Finding.objects.filter(doi__in=keys, healed_at__isnull=True).values_list("doi", flat=True)
