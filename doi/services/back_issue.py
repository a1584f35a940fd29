"""
DOIs for what exists: a plan, a durable run in slices, its progress, and its undo.

The page writes the run's row; the engine makes the items, some datasets at a time, never in a request. One bad item
never stops a run: it is blocked, with its field, and goes on by itself when it is mended.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from datasets.models import Dataset, Version
from datasets.services import By
from doi import clock, history, selectors
from doi.errors import NotAllowedError
from doi.failpoints import pass_point
from doi.models import (
    Account,
    BackIssueItem,
    BackIssueRun,
    DatasetIssuance,
    Doi,
    DoiEvent,
    ItemOutcome,
    Lane,
    RunStatus,
)
from doi.services import issuance, pinning
from doi.services.back_issue_plan import Blocked, Plan, account_of, plan
from doi.services.wishes import PAUSED, SET_ASIDE, bring_back, cancellable, set_aside, wish
from doi.states import PERMANENT, State, Wanted
from organizations.models import Organization

__all__ = ["OPEN", "Blocked", "Plan", "Progress", "cancel", "expand_open_runs", "pause", "plan", "progress"]
__all__ += ["report", "resume", "retry", "start", "undo", "undo_consequences"]

log = structlog.get_logger(__name__)

SLICE = 20  # datasets in one transaction of the engine
OPEN = (RunStatus.EXPANDING, RunStatus.RUNNING, RunStatus.PAUSED)
UNDOABLE = (RunStatus.FINISHED, RunStatus.CANCELLED, RunStatus.RUNNING, RunStatus.PAUSED)
MADE = [State.DRAFT, *PERMANENT]


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


def start(organization: Organization, *, dataset: Dataset | None = None, by: By) -> BackIssueRun:
    """Write the run; the engine does the rest. Raises NotAllowedError while another run is open."""
    account_of(organization)
    if organization.closed_at is not None:
        raise NotAllowedError(_("This organization is closed, so nothing new is issued."))
    try:
        with transaction.atomic():
            run = BackIssueRun.objects.create(
                organization=organization,
                dataset=dataset,
                started_at=by.now,
                started_by=history.person_of(by),
            )
            history.record_change(
                "back_issue_started", by=by, organization=organization, detail={"run": run.pk}
            )
    except IntegrityError:
        raise NotAllowedError(_under_way()) from None
    return run


def _under_way() -> str:
    return _("A back-issue is under way already; wait for it, or cancel it first.")


# --- the engine's side: slices ----------------------------------------------------------------------------------


def expand_open_runs(*, between: Callable[[], None] = lambda: None) -> bool:
    """
    Work one slice of every run that is under way. True while there is more to expand at once.

    `between` is called after each slice, as there may be many.
    """
    under_way = Q(status__in=[RunStatus.EXPANDING, RunStatus.RUNNING])
    # Ended runs with items that were in flight then, or that somebody has mended since.
    left = Q(pk__in=BackIssueItem.objects.filter(outcome=ItemOutcome.WAITING).values("run"))
    runs = BackIssueRun.objects.exclude(status=RunStatus.PAUSED).filter(under_way | left)
    busy = False
    for run_id in runs.values_list("pk", flat=True):
        try:
            busy |= _work(run_id)
            pass_point("back_issue.committed")
        except OperationalError:
            raise
        except Exception:
            # One run's trouble is neither the other runs' nor the drains'.
            log.exception("back_issue_failed", run=run_id)
        between()
    return busy


def _work(run_id: int) -> bool:
    with transaction.atomic():
        run = (
            BackIssueRun.objects.select_for_update(of=("self",)).select_related("organization").get(pk=run_id)
        )
        if run.status == RunStatus.EXPANDING:
            return _expand(run)
        if run.status != RunStatus.PAUSED:
            _follow(run)
            pass_point("back_issue.followed")
            _finish(run)
        return False


def _expand(run: BackIssueRun) -> bool:
    """The next datasets: switch on, plan their DOIs, one item per version. Without an account in force it waits."""
    by = By(actor=f"run:{run.pk}", cause="back_issue", now=clock.now())
    account = selectors.in_force(run.organization).account
    if account is None:
        return False
    datasets = Dataset.objects.filter(organization=run.organization, pk__gt=run.cursor).alive().order_by("pk")
    if run.dataset_id is not None:
        datasets = datasets.filter(pk=run.dataset_id)
    slice_ = list(datasets.select_related("organization")[:SLICE])
    for dataset in slice_:
        try:
            with transaction.atomic():
                _take_in(run, dataset, account, by)
                pass_point("back_issue.dataset")
        except OperationalError:
            raise
        except Exception:
            # One bad dataset never stops a run; what went wrong is for the operator, the dataset stays as it was.
            log.exception("back_issue_dataset_failed", run=run.pk, dataset=dataset.pk)
        run.cursor = dataset.pk
    if len(slice_) < SLICE:
        run.status = RunStatus.RUNNING
    run.save(update_fields=["cursor", "status"])
    pass_point("back_issue.slice")
    return True


def _take_in(run: BackIssueRun, dataset: Dataset, account: Account, by: By) -> None:
    if not selectors.is_on(dataset):
        issuance.set_switch(dataset, on=True, by=by)
    versions = Version.objects.filter(dataset=dataset).released().select_related("dataset__organization")
    items = []
    for version in versions.order_by("position"):
        if issuance.ensure(version, account=account, by=by, lane=Lane.BULK):
            doi = Doi.objects.get(landing_id=version.pk, environment=account.login.environment)
            items.append(BackIssueItem(run=run, version=version, doi=doi))
    BackIssueItem.objects.bulk_create(items, ignore_conflicts=True)


def _follow(run: BackIssueRun) -> None:
    """Take over what has become of the waiting items."""
    waiting = run.items.filter(outcome=ItemOutcome.WAITING)
    waiting.exclude(doi__wanted=Wanted.PERMANENT).update(
        outcome=ItemOutcome.SKIPPED, reason=_("Deleted, unreleased or switched off since the run began.")
    )
    waiting.filter(doi__state__in=MADE).update(outcome=ItemOutcome.DRAFTED)
    for item in waiting.exclude(doi__attention__in=["", *SET_ASIDE]).select_related("doi"):
        assert item.doi is not None  # noqa: S101  (the filter asks for its attention)
        run.items.filter(pk=item.pk).update(
            outcome=ItemOutcome.BLOCKED, reason=f"{item.doi.attention}: {item.doi.attention_text}"[:500]
        )


def _finish(run: BackIssueRun) -> None:
    """A run is finished when none of its items waits."""
    if run.status != RunStatus.RUNNING or run.items.filter(outcome=ItemOutcome.WAITING).exists():
        return
    run.status, run.finished_at = RunStatus.FINISHED, clock.now()
    run.save(update_fields=["status", "finished_at"])
    by = By(actor=f"run:{run.pk}", cause="back_issue", now=run.finished_at)
    history.record_change("back_issue_finished", by=by, organization=run.organization, detail={"run": run.pk})
    pass_point("back_issue.finished")


# --- what a person may do to a run ------------------------------------------------------------------------------


def pause(run: BackIssueRun, *, by: By) -> None:
    """Drafts not yet sent wait, mended ones too; what was sent stays."""
    with _changing(run, {RunStatus.EXPANDING, RunStatus.RUNNING}, RunStatus.PAUSED, "back_issue_paused", by):
        set_aside(_unsent(run), word=PAUSED, sentence=_("The back-issue is paused; resume it on its page."))


def resume(run: BackIssueRun, *, by: By) -> None:
    """Go on where it was; datasets not looked at yet are taken in as well."""
    with _changing(run, {RunStatus.PAUSED}, RunStatus.EXPANDING, "back_issue_resumed", by):
        _unpause(run, by=by)
        run.items.filter(outcome=ItemOutcome.BLOCKED).update(outcome=ItemOutcome.WAITING, reason="")


def _unpause(run: BackIssueRun, *, by: By) -> None:
    bring_back(_dois(run.items.all()), word=PAUSED, now=by.now)
    # The account in force may have changed meanwhile, or gone.
    pinning.take_what_is_in_force(run.organization, by=by)


def cancel(run: BackIssueRun, *, by: By) -> None:
    """Drafts not yet sent are not wanted any more; those made stay, and *undo* takes them back."""
    with _changing(run, set(OPEN), RunStatus.CANCELLED, "back_issue_cancelled", by):
        _follow(run)
        issuance.cancel(_unsent(run), event="back_issue_cancelled", by=by)
        run.items.filter(outcome=ItemOutcome.WAITING, doi__wanted=Wanted.NONE).update(
            outcome=ItemOutcome.SKIPPED, reason=_("Cancelled.")
        )
        for switch in _switches_to_put_back(run):
            # A dataset that has nothing of the run stays as if the run had never come to it.
            wanted = Doi.objects.filter(version__dataset=switch.dataset, wanted=Wanted.PERMANENT)
            if not wanted.exists():
                issuance.set_switch(switch.dataset, on=False, by=by)


def retry(run: BackIssueRun, *, by: By) -> None:
    """Look again at what is blocked."""
    allowed = {RunStatus.RUNNING, RunStatus.FINISHED}
    with _changing(run, allowed, RunStatus.RUNNING, "back_issue_retried", by):
        BackIssueRun.objects.filter(pk=run.pk).update(finished_at=None)
        wish(_dois(run.items.filter(outcome=ItemOutcome.BLOCKED)), now=by.now, lane=Lane.BULK)


def undo(run: BackIssueRun, *, by: By) -> tuple[int, int]:
    """
    Discard every draft of the run while it is one, and put the switches back. Returns (discarded, left alone).

    Left alone: permanent DOIs, versions released after the run began, and datasets whose switch somebody set since.
    """
    with _changing(run, UNDOABLE, RunStatus.UNDONE, "back_issue_undone", by):
        _follow(run)
        mine = run.items.filter(doi__wanted=Wanted.PERMANENT)
        for left, reason in _left_alone(run):
            mine.filter(left).update(reason=reason)
            mine = mine.exclude(left)
        keys = list(cancellable(_dois(mine)).values_list("pk", flat=True))
        gone = issuance.cancel(Doi.objects.filter(pk__in=keys), event="back_issue_undone", by=by)
        for switch in _switches_to_put_back(run):
            # A draft that is left alone then stays one, and says that the switch is off.
            issuance.set_switch(switch.dataset, on=False, by=by)
        run.items.filter(doi__in=keys).update(outcome=ItemOutcome.UNDONE, reason="")
        _unpause(run, by=by)
        return gone, run.items.filter(doi__wanted=Wanted.PERMANENT).exclude(
            outcome=ItemOutcome.UNDONE
        ).count()


def undo_consequences(run: BackIssueRun) -> tuple[int, int]:
    """(DOIs that undoing now would discard, datasets whose switch it would put back); both 0 where it may not be undone."""
    if run.status not in UNDOABLE:
        return 0, 0
    mine = run.items.filter(doi__wanted=Wanted.PERMANENT)
    for left, _reason in _left_alone(run):
        mine = mine.exclude(left)
    return cancellable(_dois(mine)).count(), _switches_to_put_back(run).count()


def _left_alone(run: BackIssueRun) -> list[tuple[Q, str]]:
    """What undoing leaves as it is, each with the reason for the report."""
    set_since = Q(
        version__dataset__issuance__changed_at__gt=run.started_at,
        version__dataset__issuance__changed_by__isnull=False,
    )
    return [
        (Q(doi__state__in=PERMANENT), _("Permanent, so it stays.")),
        (Q(version__released_at__gt=run.started_at), _("Released after the back-issue began.")),
        (set_since, _("Somebody set the dataset's switch since the back-issue began.")),
    ]


def _switches_to_put_back(run: BackIssueRun) -> QuerySet[DatasetIssuance]:
    """Those the run switched on, still on, that nobody has set since. The history tells which, also of empty datasets."""
    switched = DoiEvent.objects.filter(
        organization=run.organization, event="switched_on", actor=f"run:{run.pk}"
    )
    keys = [detail.get("dataset_id") for detail in switched.values_list("detail", flat=True)]
    set_since = Q(changed_at__gt=run.started_at, changed_by__isnull=False)
    return (
        DatasetIssuance.objects.filter(dataset__in=keys, on=True)
        .exclude(set_since)
        .select_related("dataset__organization")
    )


def _unsent(run: BackIssueRun) -> QuerySet[Doi]:
    unmade = run.items.filter(outcome__in=[ItemOutcome.WAITING, ItemOutcome.BLOCKED])
    return _dois(unmade).filter(state__in=[State.PLANNED, State.DISCARDED], step="", uncertain=False)


def _dois(items: QuerySet[BackIssueItem]) -> QuerySet[Doi]:
    found: QuerySet[Doi] = Doi.objects.filter(pk__in=items.values("doi"))
    return found


@contextmanager
def _changing(run: BackIssueRun, allowed: Iterable[str], to: str, event: str, by: By) -> Iterator[None]:
    """One transaction in which a run goes from one of `allowed` to `to`; refused with a sentence otherwise."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                changed = BackIssueRun.objects.filter(pk=run.pk, status__in=list(allowed)).update(status=to)
        except IntegrityError:
            raise NotAllowedError(_under_way()) from None
        if not changed:
            raise NotAllowedError(_("This back-issue has moved on; look at its page again."))
        run.status = to
        history.record_change(event, by=by, organization=run.organization, detail={"run": run.pk})
        yield


def progress(run: BackIssueRun, *, now: datetime | None = None) -> Progress:
    """Counted from the rows themselves, so that it cannot disagree with them."""
    by_outcome = dict(run.items.values_list("outcome").annotate(n=Count("id")))
    live = run.items.filter(outcome=ItemOutcome.WAITING, doi__state__in=MADE).count()
    waiting = by_outcome.get(ItemOutcome.WAITING, 0) - live
    drafted = by_outcome.get(ItemOutcome.DRAFTED, 0) + live
    now = now or clock.now()
    gone = ((run.finished_at or now) - run.started_at).total_seconds()
    pace = drafted / gone if gone > 0 else 0.0
    moving = waiting and pace and run.status != RunStatus.PAUSED
    return Progress(
        total=sum(by_outcome.values()),
        drafted=drafted,
        permanent=run.items.filter(doi__state__in=PERMANENT).count(),
        blocked=by_outcome.get(ItemOutcome.BLOCKED, 0),
        skipped=by_outcome.get(ItemOutcome.SKIPPED, 0),
        waiting=waiting,
        per_second=pace,
        finish_at=now + timedelta(seconds=waiting / pace) if moving else None,
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
