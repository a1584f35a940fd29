"""
DOIs for what exists: a plan, a durable run in slices, its progress, and its undo.

The page writes the run's row; the engine makes the items, one dataset at a time, never in a request. One bad item never
stops a run: it is blocked, with its field, and goes on by itself when it is mended.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from datasets.models import Dataset, Version
from datasets.services import By
from doi import clock, history, metadata, selectors
from doi.described import described
from doi.errors import AccountNotReadyError, NotAllowedError
from doi.judgement import KERNELS
from doi.models import (
    Account,
    BackIssueItem,
    BackIssueRun,
    DatasetIssuance,
    Doi,
    ItemOutcome,
    Lane,
    RunStatus,
)
from doi.services import issuance
from doi.services.wishes import cancellable, wish
from doi.states import PERMANENT, State, Wanted
from organizations.models import Organization

SLICE = 20  # datasets in one transaction of the engine
OPEN = (RunStatus.EXPANDING, RunStatus.RUNNING, RunStatus.PAUSED)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A version whose metadata the local rules refuse, with the first field and the sentence."""

    version: Version
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a back-issue would do, in numbers of versions. `seconds`: at the pace the registries ask for."""

    versions: int
    ready: int
    already: int
    private: int
    seconds: float
    blocked: tuple[Blocked, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, in numbers of versions; `finish_at` None when there is nothing to estimate."""

    total: int
    drafted: int
    permanent: int
    blocked: int
    skipped: int
    waiting: int
    per_second: float
    finish_at: datetime | None


def plan(organization: Organization, *, dataset: Dataset | None = None) -> Plan:
    """Look without changing anything. Raises AccountNotReadyError where no account is in force."""
    account = _account(organization)
    ready = already = private = versions = 0
    blocked: list[Blocked] = []
    candidates = _candidates(organization, dataset)
    have = _with_doi(candidates, account)
    for version in candidates.iterator(chunk_size=500):
        versions += 1
        if version.pk in have:
            already += 1
            continue
        found = metadata.problems(described(version), kernel=KERNELS[account.login.provider])
        if found:
            blocked.append(Blocked(version, found[0].field, found[0].message))
            continue
        ready += 1
        private += not version.dataset.is_public
    pace = min(settings.BULK_REQUESTS_PER_SECOND, _host_pace(account))
    return Plan(versions, ready, already, private, ready / pace, tuple(blocked))


def _host_pace(account: Account) -> float:
    budget: int = settings.REQUESTS_PER_5_MINUTES[account.login.provider, account.login.environment]
    return budget / 300 * 0.9


def _account(organization: Organization) -> Account:
    account = selectors.in_force(organization).account
    if account is None:
        raise AccountNotReadyError(_("No DOI account is in force here, so there is nothing to issue with."))
    return account


def _candidates(organization: Organization, dataset: Dataset | None) -> QuerySet[Version]:
    rows: QuerySet[Version] = Version.objects.released().filter(dataset__organization=organization)
    if dataset is not None:
        rows = rows.filter(dataset=dataset)
    return rows.select_related("dataset__organization").order_by("dataset", "position")


def _with_doi(versions: QuerySet[Version], account: Account) -> set[UUID]:
    """Those that have, or are getting, a DOI in the account's environment."""
    wanted = Q(wanted=Wanted.PERMANENT) | Q(state__in=PERMANENT)
    rows = Doi.objects.filter(
        wanted, environment=account.login.environment, landing_id__in=versions.values("pk")
    )
    return set(rows.values_list("landing_id", flat=True))


def start(organization: Organization, *, dataset: Dataset | None = None, by: By) -> BackIssueRun:
    """Write the run; the engine does the rest. Raises NotAllowedError while another run is open."""
    _account(organization)
    with transaction.atomic():
        if BackIssueRun.objects.filter(organization=organization, status__in=OPEN).exists():
            raise NotAllowedError(_("A back-issue is under way already; wait for it, or cancel it first."))
        kind, _colon, key = by.actor.partition(":")
        run = BackIssueRun.objects.create(
            organization=organization,
            dataset=dataset,
            started_at=by.now,
            started_by_id=int(key) if kind == "user" else None,
        )
        history.record_change("back_issue_started", by=by, organization=organization, detail={"run": run.pk})
    return run


# --- the engine's side: slices ----------------------------------------------------------------------------------


def expand_open_runs() -> bool:
    """Work one slice of every open run. True while there is more to expand at once."""
    busy = False
    for run_id in BackIssueRun.objects.filter(
        status__in=[RunStatus.EXPANDING, RunStatus.RUNNING, RunStatus.UNDOING]
    ).values_list("pk", flat=True):
        busy |= _work(run_id)
    return busy


def _work(run_id: int) -> bool:
    with transaction.atomic():
        run = BackIssueRun.objects.select_for_update().select_related("organization").get(pk=run_id)
        if run.status == RunStatus.EXPANDING:
            return _expand(run)
        if run.status == RunStatus.RUNNING:
            _follow(run)
        return False


def _expand(run: BackIssueRun) -> bool:
    """The next datasets: switch on, plan their DOIs, one item per version."""
    now = clock.now()
    by = By(actor=f"run:{run.pk}", cause="back_issue", now=now)
    account = selectors.in_force(run.organization).account
    datasets = Dataset.objects.filter(organization=run.organization, pk__gt=run.cursor).alive().order_by("pk")
    if run.dataset_id is not None:
        datasets = datasets.filter(pk=run.dataset_id)
    slice_ = list(datasets.select_related("organization")[:SLICE]) if account is not None else []
    for dataset in slice_:
        assert account is not None  # noqa: S101  (the slice is empty without one)
        _take_in(run, dataset, account, by)
        run.cursor = dataset.pk
    if len(slice_) < SLICE:
        run.status = RunStatus.RUNNING
    run.save(update_fields=["cursor", "status"])
    return True


def _take_in(run: BackIssueRun, dataset: Dataset, account: Account, by: By) -> None:
    was_on = selectors.is_on(dataset)
    if not was_on:
        issuance.set_switch(dataset, on=True, by=by)
    versions = Version.objects.filter(dataset=dataset).released().select_related("dataset__organization")
    items = []
    for version in versions.order_by("position"):
        if issuance.ensure(version, account=account, by=by, lane=Lane.BULK):
            doi = Doi.objects.get(landing_id=version.pk, environment=account.login.environment)
            items.append(BackIssueItem(run=run, version=version, doi=doi, switch_was_on=was_on))
    BackIssueItem.objects.bulk_create(items, ignore_conflicts=True)


def _follow(run: BackIssueRun) -> None:
    """Take over what has become of the waiting items; the run is finished when none waits."""
    waiting = run.items.filter(outcome=ItemOutcome.WAITING)
    waiting.filter(doi__state__in=[State.DRAFT, *PERMANENT]).update(outcome=ItemOutcome.DRAFTED)
    for item in waiting.exclude(doi__attention="").select_related("doi"):
        assert item.doi is not None  # noqa: S101  (the filter asks for its attention)
        run.items.filter(pk=item.pk).update(
            outcome=ItemOutcome.BLOCKED, reason=f"{item.doi.attention}: {item.doi.attention_text}"[:500]
        )
    waiting.exclude(doi__wanted=Wanted.PERMANENT).update(
        outcome=ItemOutcome.SKIPPED, reason=_no_longer_wanted()
    )
    if not waiting.exists():
        run.status, run.finished_at = RunStatus.FINISHED, clock.now()
        run.save(update_fields=["status", "finished_at"])
        by = By(actor=f"run:{run.pk}", cause="back_issue", now=run.finished_at)
        history.record_change(
            "back_issue_finished", by=by, organization=run.organization, detail={"run": run.pk}
        )


def _no_longer_wanted() -> str:
    return _("Deleted, unreleased or switched off since the run began.")


# --- what a person may do to a run ------------------------------------------------------------------------------


def pause(run: BackIssueRun, *, by: By) -> None:
    """Drafts not yet sent wait; what was sent stays."""
    with _changing(run, {RunStatus.EXPANDING, RunStatus.RUNNING}, RunStatus.PAUSED, "back_issue_paused", by):
        _unsent(run).update(next_attempt_at=None, revision=F("revision") + 1)


def resume(run: BackIssueRun, *, by: By) -> None:
    """Go on where it was; datasets not looked at yet are taken in as well."""
    with _changing(run, {RunStatus.PAUSED}, RunStatus.EXPANDING, "back_issue_resumed", by):
        wish(_unsent(run), now=by.now, lane=Lane.BULK)


def cancel(run: BackIssueRun, *, by: By) -> None:
    """Drafts not yet sent are not wanted any more; those made stay, and *undo* takes them back."""
    with _changing(run, set(OPEN), RunStatus.CANCELLED, "back_issue_cancelled", by):
        issuance.cancel(_unsent(run), event="back_issue_cancelled", by=by)
        run.items.filter(outcome=ItemOutcome.WAITING).update(
            outcome=ItemOutcome.SKIPPED, reason=_("Cancelled.")
        )


def retry(run: BackIssueRun, *, by: By) -> None:
    """Look again at what is blocked."""
    allowed = {RunStatus.RUNNING, RunStatus.FINISHED, RunStatus.PAUSED}
    with _changing(run, allowed, RunStatus.RUNNING, "back_issue_retried", by):
        blocked = run.items.filter(outcome=ItemOutcome.BLOCKED)
        wish(_dois(blocked), now=by.now, lane=Lane.BULK)
        blocked.update(outcome=ItemOutcome.WAITING, reason="")


def undo(run: BackIssueRun, *, by: By) -> tuple[int, int]:
    """
    Discard every draft of the run while it is one, and put the switches back. Returns (discarded, left alone).

    Left alone: permanent DOIs, versions released after the run began, and switches that somebody set since.
    """
    allowed = {RunStatus.FINISHED, RunStatus.CANCELLED, RunStatus.RUNNING, RunStatus.PAUSED}
    with _changing(run, allowed, RunStatus.UNDONE, "back_issue_undone", by):
        younger = Q(version__released_at__gt=run.started_at)
        mine = cancellable(_dois(run.items.all())).exclude(younger).filter(wanted=Wanted.PERMANENT)
        keys = list(mine.values_list("pk", flat=True))
        _put_switches_back(run, by=by)
        gone = issuance.cancel(Doi.objects.filter(pk__in=keys), event="back_issue_undone", by=by)
        run.items.filter(doi__in=keys).update(outcome=ItemOutcome.UNDONE)
        return gone, run.items.exclude(outcome=ItemOutcome.UNDONE).count()


def _put_switches_back(run: BackIssueRun, *, by: By) -> None:
    for dataset_id in (
        run.items.filter(switch_was_on=False).values_list("version__dataset", flat=True).distinct()
    ):
        issuance_row = DatasetIssuance.objects.select_related("dataset__organization").get(dataset=dataset_id)
        set_since = issuance_row.changed_at > run.started_at and issuance_row.changed_by_id is not None
        if issuance_row.on and not set_since:
            issuance.set_switch(issuance_row.dataset, on=False, by=by)


def _unsent(run: BackIssueRun) -> QuerySet[Doi]:
    return _dois(run.items.filter(outcome=ItemOutcome.WAITING)).filter(
        state=State.PLANNED, step="", uncertain=False
    )


def _dois(items: QuerySet[BackIssueItem]) -> QuerySet[Doi]:
    found: QuerySet[Doi] = Doi.objects.filter(pk__in=items.values("doi"))
    return found


@contextmanager
def _changing(run: BackIssueRun, allowed: Iterable[str], to: str, event: str, by: By) -> Iterator[None]:
    """One transaction in which a run goes from one of `allowed` to `to`; refused with a sentence otherwise."""
    with transaction.atomic():
        changed = BackIssueRun.objects.filter(pk=run.pk, status__in=list(allowed)).update(status=to)
        if not changed:
            raise NotAllowedError(_("This back-issue has moved on; look at its page again."))
        run.status = to
        history.record_change(event, by=by, organization=run.organization, detail={"run": run.pk})
        yield


def progress(run: BackIssueRun, *, now: datetime | None = None) -> Progress:
    """Counted from the rows themselves, so that it cannot disagree with them."""
    by_outcome = dict(run.items.values_list("outcome").annotate(n=Count("id")))
    live = run.items.filter(outcome=ItemOutcome.WAITING, doi__state__in=[State.DRAFT, *PERMANENT]).count()
    waiting = by_outcome.get(ItemOutcome.WAITING, 0) - live
    drafted = by_outcome.get(ItemOutcome.DRAFTED, 0) + live
    gone = ((now or clock.now()) - run.started_at).total_seconds()
    pace = drafted / gone if gone > 0 else 0.0
    finish = (now or clock.now()) + timedelta(seconds=waiting / pace) if waiting and pace else None
    return Progress(
        total=sum(by_outcome.values()),
        drafted=drafted,
        permanent=run.items.filter(doi__state__in=PERMANENT).count(),
        blocked=by_outcome.get(ItemOutcome.BLOCKED, 0),
        skipped=by_outcome.get(ItemOutcome.SKIPPED, 0),
        waiting=waiting,
        per_second=pace,
        finish_at=finish,
    )


def report(run: BackIssueRun) -> Iterator[dict[str, str]]:
    """One line per version, for the CSV."""
    rows = run.items.select_related("version__dataset", "doi").order_by("id")
    for item in rows.iterator(chunk_size=500):
        yield {
            "dataset": item.version.dataset.slug,
            "version": item.version.number,
            "doi": item.doi.name if item.doi is not None else "",
            "state": item.doi.state if item.doi is not None else "",
            "outcome": item.outcome,
            "reason": item.reason,
        }
