"""
The standing comparison: what registries have beside what is wanted and known. See docs/design/012.

Each login is compared in rounds: what changed lately every hour, everything every week. Where the registry has lists a
round is one request for a thousand DOIs, and what a list says, or leaves out, is asked for by name before it is
believed; where it has none, each DOI is asked for by name. `Comparison.due_at` and `Doi.compare_after` say when, and
pushing them past the lease is the claim, so that whatever dies in between is taken again.

All database work is in the calling thread. Nothing here writes to a registry: `findings` makes rows due.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from doi import breakers, bucket, claims, clock, connections, findings
from doi.address import host_key
from doi.bucket import Wallet
from doi.comparing import compare, is_orphan
from doi.errors import (
    AccountNotReadyError,
    InvalidNameError,
    NotAtRegistryError,
    RegistryError,
    SealError,
)
from doi.models import Account, Budget, Comparison, Doi, Finding, Kind, Lane, Login, Scope
from doi.registries.base import Page, RegistryRecord
from doi.states import PERMANENT, State
from doi.turns import STALE, TURN, Manners, TroubleError, Turn, pace_key

log = logging.getLogger(__name__)

EVERY: Final = {Scope.LATELY: timedelta(hours=1), Scope.ALL: timedelta(days=7)}
SLICE: Final = 500
ORPHANS_AT_ONCE: Final = 50
# Shares of the lease: one call for turns, and how long a person waits for an answer.
LONGEST, QUIET = 60 / 300, 150 / 300
_THERE: Final = (State.DRAFT, *PERMANENT)


# --- what is due --------------------------------------------------------------------------------------------------


def schedule(now: datetime) -> None:
    """Each login that has DOIs has its two rounds; a new one begins after an hour."""
    known = Comparison.objects.filter(login=OuterRef("pk"))
    new = Login.objects.filter(~Exists(known), Exists(Doi.objects.filter(account__login=OuterRef("pk"))))
    rows = [
        Comparison(login=login, scope=scope, due_at=now + EVERY[Scope.LATELY])
        for login in new
        for scope in Scope
    ]
    Comparison.objects.bulk_create(rows, ignore_conflicts=True)


def due_logins(now: datetime) -> list[int]:
    """Usable logins with something to compare, which nobody drains or waits for, and which are not left alone."""
    usable = Login.objects.filter(verified_at__isnull=False, refused_at__isnull=True, paused_at__isnull=True)
    rounds = Comparison.objects.filter(due_at__lte=now).values("login")
    rows = Doi.objects.filter(compare_after__lte=now).values("account__login")
    busy = Account.objects.filter(drain_until__gt=now).values("login")
    due = usable.filter(Q(pk__in=rounds) | Q(pk__in=rows)).exclude(pk__in=busy)
    waited_for = _waiting(now).filter(account__login=OuterRef("pk"))
    found = due.exclude(Exists(waited_for)).order_by("pk")
    return [login.pk for login in found if not _is_left_alone(login, now=now)]


def _is_left_alone(login: Login, *, now: datetime) -> bool:
    """Its last comparison failed, its registry asked everybody to wait, or has not answered those who send."""
    keys = (pace_key(login.pk), host_key(login.provider, login.environment))
    paused = any(bucket.paused_until(key, now=now) is not None for key in keys)
    return paused or breakers.silence(login) is not None


def are_due(now: datetime) -> bool:
    """Whether there is something to compare now; sees to it that there will be."""
    schedule(now)
    return bool(due_logins(now))


def take(*, stop: Callable[[], bool] = lambda: False) -> int:
    """Compare what is due, a few seconds for each login in turn. Returns how many requests were answered."""
    ends, asked = time.monotonic() + settings.DOI_LEASE * LONGEST, 0
    while not stop() and time.monotonic() < ends:
        logins = due_logins(clock.now())
        if not logins:
            break
        answered = sum(_turn(login, manners=Manners(), stop=stop) for login in logins)
        asked += answered
        if not answered:
            # The budget is spent for the moment.
            time.sleep(0.1)
    return asked


def compare_now(login: Login, *, again: bool = False) -> str:
    """
    Compare one login to the end, now; `again`: only what was found. Mends nothing. Returns why it cannot be, or "".

    What a registry says is believed however lately it was confirmed, and nobody who waits goes first: a person asked.
    """
    began, heard = clock.now(), time.monotonic()
    Budget.objects.filter(key=pace_key(login.pk)).delete()
    if again:
        _mark(_found(login).values_list("pk", flat=True), compare_after=began)
    else:
        fresh = {"due_at": began, "started_at": None, "after": "", "compared_at": None}
        Comparison.objects.update_or_create(login=login, scope=Scope.ALL, defaults=fresh)
    while not _is_done(login, again=again):
        login.refresh_from_db()
        if not login.is_usable:
            return _("The account may not be used now.")
        if _turn(login.pk, manners=Manners(mend=False, stale=timedelta(), patient=False), stop=lambda: False):
            heard = time.monotonic()
        elif _is_left_alone(login, now=clock.now()) or time.monotonic() - heard > settings.DOI_LEASE * QUIET:
            return _("Its registry does not answer now, or is busy.")
        else:
            time.sleep(0.1)
    return ""


def _found(login: Login) -> QuerySet[Doi]:
    rows: QuerySet[Doi] = Doi.objects.filter(account__login=login, findings__healed_at__isnull=True)
    return rows.filter(findings__isnull=False).distinct()


def _is_done(login: Login, *, again: bool) -> bool:
    if Doi.objects.filter(account__login=login, compare_after__lte=clock.now()).exists():
        return False
    return (
        again or Comparison.objects.filter(login=login, scope=Scope.ALL, compared_at__isnull=False).exists()
    )


# --- one login's turn ---------------------------------------------------------------------------------------------


def _turn(login_id: int, *, manners: Manners, stop: Callable[[], bool]) -> int:
    """Take pieces for some seconds, while nobody waits for this login. Returns how many requests were answered."""
    now = clock.now()
    account = Account.objects.select_related("login").filter(login=login_id).order_by("pk").first()
    if account is None or (manners.patient and _somebody_waits(login_id, now=now)):
        return 0
    token = claims.hold(account.pk, now=now)
    if token is None:
        return 0
    try:
        with (
            closing(connections.connect(account.login)) as registry,
            ThreadPoolExecutor(max_workers=1, thread_name_prefix="compare") as pool,
        ):
            turn = Turn(account.login, account, token, registry, pool, Wallet(account), manners)
            try:
                _take_pieces(turn, stop)
            finally:
                turn.wallet.close(now=clock.now())
            return turn.answered
    except TroubleError as trouble:
        log.warning("comparison_rests login=%s words=%s", login_id, trouble)
        bucket.pause(pace_key(login_id), seconds=trouble.rest, now=clock.now())
    except (AccountNotReadyError, SealError):
        log.exception("credential_does_not_open login=%s", login_id)
        bucket.pause(pace_key(login_id), seconds=3600.0, now=clock.now())
    finally:
        claims.let_go(account.pk, token, until=clock.now())
    return 0


def _take_pieces(turn: Turn, stop: Callable[[], bool]) -> None:
    ends = time.monotonic() + settings.DOI_LEASE * TURN
    while turn.kept and not stop() and time.monotonic() < ends:
        now = clock.now()
        if turn.manners.patient and _somebody_waits(turn.login.pk, now=now):
            return
        if not turn.pays() or not _piece(turn):
            return


def _somebody_waits(login: int, *, now: datetime) -> bool:
    """People and what becomes permanent go before any comparison."""
    return bool(_waiting(now).filter(account__login=login).exists())


def _waiting(now: datetime) -> QuerySet[Doi]:
    rows: QuerySet[Doi] = Doi.objects.filter(next_attempt_at__lte=now, lane__lt=Lane.BULK)
    return rows


def _piece(turn: Turn) -> bool:
    """One request: a DOI that is to be asked for by name, else the next page of a list. False: nothing is due."""
    now = clock.now()
    doi = _claim_row(turn.login, now=now)
    if doi is not None:
        _look(turn, doi)
        return True
    comparison = _claim_round(turn.login, now=now)
    if comparison is not None:
        _walk(turn, comparison)
    return comparison is not None


# --- one DOI by name ----------------------------------------------------------------------------------------------


def _claim_row(login: Login, *, now: datetime) -> Doi | None:
    """The row asked for last: what was found just now does not wait behind a week's worth."""
    with transaction.atomic():
        rows = Doi.objects.filter(account__login=login, compare_after__lte=now)
        doi: Doi | None = (
            rows.select_for_update(skip_locked=True, of=("self",)).order_by("-compare_after", "pk").first()
        )
        if doi is not None:
            doi.compare_after = now + claims.lease()
            Doi.objects.filter(pk=doi.pk).update(compare_after=doi.compare_after)
    return doi


def _look(turn: Turn, doi: Doi) -> None:
    asked_at = clock.now()
    try:
        actual: RegistryRecord | None = turn.ask(lambda: turn.registry.fetch(doi.name))
    except NotAtRegistryError:
        # Said after a probe only.
        actual = None
        turn.wallet.charge(1)
    except (RegistryError, InvalidNameError) as error:
        log.warning("not_compared doi=%s words=%s", doi.pk, error)
        Doi.objects.filter(pk=doi.pk).update(compare_after=None)
        return
    _judge(doi, actual, asked_at=asked_at, manners=turn.manners)


def _judge(asked: Doi, actual: RegistryRecord | None, *, asked_at: datetime, manners: Manners) -> None:
    """What an answer says of a row, if the row is still what it was when the question was put."""
    with transaction.atomic():
        rows = Doi.objects.select_for_update(of=("self",)).select_related(*findings.LOADED)
        doi = rows.get(pk=asked.pk)
        if doi.compare_after != asked.compare_after:
            # The claim ended while the answer was away: somebody else has it.
            return
        now = clock.now()
        moved_on = (doi.revision, doi.lease_token) != (asked.revision, asked.lease_token)
        if doi.account is None or moved_on or findings.is_busy(doi, now=now):
            Doi.objects.filter(pk=doi.pk).update(
                compare_after=now + findings.AFTER_MENDING if doi.account_id else None
            )
            return
        differences = compare(findings.known_of(doi), actual)
        if differences and doi.known_at is not None and doi.known_at > asked_at - manners.stale:
            Doi.objects.filter(pk=doi.pk).update(compare_after=doi.known_at + manners.stale)
            return
        findings.note(doi, differences, mend=manners.mend, now=now)


# --- one page of a list -------------------------------------------------------------------------------------------


def _claim_round(login: Login, *, now: datetime) -> Comparison | None:
    with transaction.atomic():
        rows = Comparison.objects.select_for_update(skip_locked=True, of=("self",))
        comparison = rows.filter(login=login, due_at__lte=now).order_by("due_at", "pk").first()
        if comparison is not None:
            comparison.due_at = now + claims.lease()
            comparison.started_at = comparison.started_at or now
            comparison.save()
    return comparison


def _walk(turn: Turn, comparison: Comparison) -> None:
    """One page, and at the list's end all that it left out."""
    lately = comparison.scope == Scope.LATELY
    try:
        page: Page | None = turn.ask(lambda: turn.registry.list_page(after=comparison.after, lately=lately))
    except RegistryError as error:
        # It refuses its own word for the next page: begin again, and not at once.
        log.warning("list_refused login=%s words=%s", turn.login.pk, error)
        _save(comparison, after="", started_at=None, due_at=clock.now() + EVERY[Scope.LATELY])
        return
    if page is None:
        turn.answered -= 1
    else:
        _compare_page(turn, page.records)
        if page.after is not None and not _reaches_back(comparison, page):
            _save(comparison, after=page.after, due_at=clock.now())
            return
    _look_for_orphans_again(turn)
    _ask_for_the_rest(comparison)
    began = comparison.started_at
    assert began is not None  # noqa: S101  (set when the round was claimed)
    due = max(began + EVERY[Scope(comparison.scope)], clock.now())
    _save(comparison, after="", started_at=None, compared_at=began, due_at=due)


def _save(comparison: Comparison, **values: object) -> None:
    """Where the claim is still ours."""
    Comparison.objects.filter(pk=comparison.pk, due_at=comparison.due_at).update(**values)


def _since(comparison: Comparison) -> datetime:
    """What changed later is in a round of what changed lately; with what the round before was too early for."""
    began = comparison.started_at or clock.now()
    return (comparison.compared_at or began - EVERY[Scope.LATELY]) - 2 * STALE


def _reaches_back(comparison: Comparison, page: Page) -> bool:
    if comparison.scope != Scope.LATELY or not page.records:
        return False
    last = page.records[-1].updated
    return last is not None and last < _since(comparison)


def _compare_page(turn: Turn, records: Sequence[RegistryRecord]) -> None:
    """Rows that are as listed are done; those that are not are asked for by name, and names without a row are too."""
    listed = {record.name: record for record in records}
    now = clock.now()
    rows = list(
        Doi.objects.filter(environment=turn.login.environment, name__in=listed).select_related(
            *findings.LOADED
        )
    )
    ours = [doi for doi in rows if doi.account is not None and doi.account.login_id == turn.login.pk]
    suspected = set(findings.open_of(ours))
    suspected |= {doi.pk for doi in ours if compare(findings.known_of(doi), listed[doi.name])}
    _mark([doi.pk for doi in ours if doi.pk not in suspected], compared_at=now)
    _mark(suspected, compared_at=now, compare_after=now)
    named = {doi.name for doi in rows}
    orphans = [
        record
        for name, record in listed.items()
        if name not in named and is_orphan(record, site=findings.site())
    ]
    for record in orphans[:ORPHANS_AT_ONCE]:
        _look_for_orphan(turn, record.name)


def _mark(keys: Iterable[int], **values: datetime) -> None:
    """Write to rows that nobody writes to at this moment; those that somebody does are in the round's rest."""
    for some in _slices(list(keys)):
        with transaction.atomic():
            rows = Doi.objects.filter(pk__in=some).select_for_update(skip_locked=True).order_by("pk")
            free = list(rows.values_list("pk", flat=True))
            Doi.objects.filter(pk__in=free).update(**values)


def _slices(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), SLICE):
        yield keys[start : start + SLICE]


def _ask_for_the_rest(comparison: Comparison) -> None:
    """What should be there and was not listed is asked for by name; without a list that is all of it."""
    now = clock.now()
    rest = _rest_of(comparison).order_by("pk").values_list("pk", flat=True)
    _mark(rest, compare_after=now)


def _rest_of(comparison: Comparison) -> QuerySet[Doi]:
    not_listed = Q(compared_at__isnull=True) | Q(compared_at__lt=comparison.started_at)
    rows: QuerySet[Doi] = Doi.objects.filter(
        not_listed, account__login=comparison.login_id, compare_after__isnull=True
    )
    if comparison.scope == Scope.ALL:
        return rows.filter(state__in=_THERE)
    return rows.filter(state__in=_THERE, known_at__gte=_since(comparison))


# --- DOIs that no row names ---------------------------------------------------------------------------------------


def _look_for_orphans_again(turn: Turn) -> None:
    open_ones = Finding.objects.filter(login=turn.login, kind=Kind.ORPHAN, healed_at__isnull=True)
    for finding in open_ones.order_by("last_seen_at")[:ORPHANS_AT_ONCE]:
        _look_for_orphan(turn, finding.name)


def _look_for_orphan(turn: Turn, name: str) -> None:
    """A list's word is no finding: is it there by name, is it ours, and does still no row name it?"""
    try:
        actual: RegistryRecord | None = turn.ask(lambda: turn.registry.fetch(name))
    except NotAtRegistryError:
        actual = None
    except (RegistryError, InvalidNameError):
        return
    turn.wallet.charge(1 if actual is not None else 2)
    now, account_id = clock.now(), turn.login.account_id.lower()
    is_there = (
        actual is not None and actual.owner in {None, account_id} and is_orphan(actual, site=findings.site())
    )
    unnamed = not Doi.objects.filter(environment=turn.login.environment, name=name).exists()
    if actual is not None and is_there and unnamed:
        findings.note_orphan(turn.login, actual, now=now)
        return
    for finding in Finding.objects.filter(
        login=turn.login, name=name, kind=Kind.ORPHAN, healed_at__isnull=True
    ):
        findings.close_orphan(finding, now=now)
