"""
One look after a DOI became permanent: does it lead to its landing page? See docs/design/008.

The row is the queue here too: `look_after` says when, and pushing it past the lease is the claim, so that nothing the
drains send ever waits for a look. All database work is in the calling thread, all network in the pool's. What a look
finds is written to the row's own columns; what is to be sent again is left to the drains.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.utils.translation import gettext as _

from doi import bucket, claims, clock, connections, history
from doi.address import datacite_is_asked, host_key, landing_url, resolver_is_asked
from doi.errors import InvalidNameError, RegistryUnavailableError
from doi.failpoints import pass_point
from doi.judgement import UNRESOLVED, unresolved
from doi.models import Doi, DoiEvent, Lane
from doi.plan import LAST_LOOK, is_sent_again, look_at_what_was_sent, next_look
from doi.registries import PublicDataCite, Resolver
from doi.states import PERMANENT, Environment, Provider, State

log = logging.getLogger(__name__)

BUCKET = "resolver"
BURST = 20.0
IN_FLIGHT = 4
SLICE = 2 * IN_FLIGHT
# Shares of the lease: how long one turn takes, and how long a resolver is left alone that does not answer.
LONGEST = 60 / 300
REST = 60 / 300
# By then the last look after becoming permanent ought to be over.
UNSEEN = timedelta(hours=32)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look saw: where the name leads (None: nowhere), and whether all is as it should be; or that nobody said."""

    leads_to: str | None = None
    resolves: bool = False
    error: RegistryUnavailableError | None = None
    asked: str = BUCKET  # whose budget the last request was of


@dataclass(frozen=True, slots=True)
class Outside:
    """Who is asked, without a credential."""

    resolver: Resolver
    datacite: PublicDataCite

    def look(self, doi: Doi) -> Seen:
        """Ask where `doi` leads, and for one that EZID hands over whether DataCite has it."""
        asked = BUCKET
        try:
            page = landing_url(doi.landing_id)
            found = self.resolver.leads_to(doi.name)
            if found == page and _is_asked_for_at_datacite(doi):
                asked = _datacite()
                return Seen(found, resolves=self._is_listed(doi, page), asked=asked)
            return Seen(found, resolves=found == page)
        except RegistryUnavailableError as error:
            return Seen(error=error, asked=asked)
        except Exception as error:
            # Whatever it was, the other looks have their answers, and this one is taken again.
            log.exception("look_failed doi=%s", doi.pk)
            return Seen(error=RegistryUnavailableError(type(error).__name__, sent=False))

    def _is_listed(self, doi: Doi, page: str) -> bool:
        try:
            return self.datacite.findable_url(doi.name) == page
        except InvalidNameError:
            # DataCite's addresses cannot name it, so nobody can be asked there.
            return True


def _is_asked_for_at_datacite(doi: Doi) -> bool:
    assert doi.account is not None  # noqa: S101  (external DOIs are not looked at)
    return doi.state == State.FINDABLE and datacite_is_asked(doi.account.login.provider)


def _datacite() -> str:
    """DataCite's own budget, which a look there is part of, though nobody is signed in."""
    return host_key(Provider.DATACITE.value, Environment.PRODUCTION.value)


def are_due(now: datetime) -> bool:
    """Whether there is a look to take now; not while the resolver is left alone."""
    return _due(now).exists() and bucket.paused_until(BUCKET, now=now) is None


def take(*, stop: Callable[[], bool] = lambda: False) -> int:
    """Take the looks that are due, until none is, the resolver does not answer, or the turn is over. Returns how many."""
    if not are_due(clock.now()):
        return 0
    ends, taken = time.monotonic() + settings.DOI_LEASE * LONGEST, 0
    with (
        closing(connections.connect_resolver(max_connections=IN_FLIGHT)) as resolver,
        closing(connections.connect_public_datacite(max_connections=IN_FLIGHT)) as datacite,
        ThreadPoolExecutor(max_workers=IN_FLIGHT, thread_name_prefix="looks") as pool,
    ):
        outside = Outside(resolver, datacite)
        while not stop() and time.monotonic() < ends and are_due(clock.now()):
            rows = _claim(now=clock.now())
            pass_point("seen.claimed")
            answers = list(pool.map(outside.look, rows))
            pass_point("seen.answered")
            _record(rows, answers, now=clock.now())
            pass_point("seen.committed")
            taken += len(rows)
            if not rows:
                # The budget is spent for the moment.
                time.sleep(0.1)
    return taken


def _due(now: datetime) -> QuerySet[Doi]:
    paused = bucket.paused_until(_datacite(), now=now) is not None
    asked = [
        provider
        for provider in Provider
        if resolver_is_asked(provider) and not (paused and datacite_is_asked(provider))
    ]
    rows: QuerySet[Doi] = Doi.objects.filter(look_after__lte=now, account__login__provider__in=asked)
    return rows


def _claim(*, now: datetime) -> Sequence[Doi]:
    """Some rows that are ours until the lease ends, which their `look_after` says then."""
    granted = bucket.take(BUCKET, SLICE, rate=_per_5_minutes() / 300, burst=BURST, now=now)
    with transaction.atomic():
        rows = list(
            _due(now)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("account__login", "version__dataset")
            .order_by("look_after", "pk")[:granted]
        )
        for doi in rows:
            doi.look_after = now + claims.lease()
        Doi.objects.filter(pk__in=[doi.pk for doi in rows]).update(look_after=now + claims.lease())
    bucket.put_back(BUCKET, granted - len(rows), burst=BURST, now=now)
    return rows


def _per_5_minutes() -> float:
    """As many looks as DOIs can become permanent at the registries' full budgets: 850, if nobody changed those."""
    requests = {Provider.DATACITE: 2, Provider.EZID: 3}
    budgets = settings.REQUESTS_PER_5_MINUTES
    return sum(
        float(budgets[provider.value, Environment.PRODUCTION.value]) / each
        for provider, each in requests.items()
    )


def _record(rows: Sequence[Doi], answers: Sequence[Seen], *, now: datetime) -> None:
    """Write what was seen, each only where the claim is still ours."""
    events: list[DoiEvent] = []
    with transaction.atomic():
        for doi, seen in zip(rows, answers, strict=True):
            ours = Doi.objects.filter(pk=doi.pk, look_after=doi.look_after)
            if seen.error is not None:
                if ours.update(look_after=now + claims.lease() * random.uniform(1, 3)):
                    _tell_unseen(doi, now=now)
            elif seen.resolves:
                events += _resolving(ours, doi, seen, now=now)
            else:
                events += _not_resolving(ours, doi, seen, now=now)
        history.record(events)
        pass_point("seen.written")
    _leave_alone(answers, now=now)


def _leave_alone(answers: Sequence[Seen], *, now: datetime) -> None:
    """Where nobody had an answer the next looks wait, and who asks us to wait is not asked by anybody."""
    if any(seen.asked != BUCKET for seen in answers):
        bucket.charge(_datacite(), sum(seen.asked != BUCKET for seen in answers))
    for seen in answers:
        if seen.error is not None and seen.error.retry_after:
            bucket.pause(seen.asked, seconds=seen.error.retry_after, now=now)
    if answers and all(seen.error is not None for seen in answers):
        log.warning("resolver_does_not_answer looks=%d error=%s", len(answers), answers[0].error)
        bucket.pause(BUCKET, seconds=settings.DOI_LEASE * REST, now=now)


def _tell_unseen(doi: Doi, *, now: datetime) -> None:
    """That nobody could look is no finding, but people are told once the last of the looks ought to be over."""
    if doi.permanent_at is None or now - doi.permanent_at < UNSEEN or unresolved(doi) is not None:
        return
    sentence = _(
        "Whether this DOI resolves could not be looked at since it became permanent on %(since)s; it is tried again."
    )
    since = f"{doi.permanent_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    _show(doi, UNRESOLVED, sentence % {"since": since}, now=now)


def _resolving(ours: QuerySet[Doi], doi: Doi, seen: Seen, *, now: datetime) -> Iterator[DoiEvent]:
    seen_now = {"resolves_since": now, "leads_to": seen.leads_to}
    if ours.update(look_after=None, look_counts_after=None, looks=0, **seen_now):
        if doi.looks >= LAST_LOOK or doi.attention == UNRESOLVED:
            _show(doi, "", "", now=now)
        yield _event(doi, "looked", "resolves", seen, now=now)


def _not_resolving(ours: QuerySet[Doi], doi: Doi, seen: Seen, *, now: datetime) -> Iterator[DoiEvent]:
    assert doi.account is not None  # noqa: S101  (external DOIs are not looked at)
    provider = Provider(doi.account.login.provider)
    doi.leads_to = (seen.leads_to or "")[:2000]
    if counts := doi.look_counts_after is None or now >= doi.look_counts_after:
        doi.looks += 1
        doi.look_counts_after = next_look(doi.looks, now=now)
    look_after = doi.look_counts_after
    if is_sent_again(provider, failed=doi.looks) and (counts or doi.generation != doi.confirmed_generation):
        # It is sent now, or still waits to be: whether that helps shows long before the next look that counts.
        look_after = look_at_what_was_sent(provider, failed=doi.looks, counts_after=look_after, now=now)
    seen_now = {"looks": doi.looks, "look_counts_after": doi.look_counts_after, "leads_to": doi.leads_to}
    if not ours.update(look_after=look_after, **seen_now):
        return
    finding = unresolved(doi)
    if finding is not None:
        _show(doi, finding.code, finding.sentence[:700], now=now)
    elif doi.attention == UNRESOLVED:
        _show(doi, "", "", now=now)
    if not counts:
        return
    if is_sent_again(provider, failed=doi.looks):
        _send_again(doi, now=now)
    page = landing_url(doi.landing_id)
    outcome = "unlisted" if doi.leads_to == page else "elsewhere" if doi.leads_to else "unknown"
    yield _event(doi, "unresolved" if doi.looks == LAST_LOOK else "looked", outcome, seen, now=now)


def _show(doi: Doi, word: str, sentence: str, *, now: datetime) -> None:
    """Tell people, or end telling them. A drain that has the row in hand decides again, on what is known now."""
    row = Doi.objects.filter(pk=doi.pk)
    row.filter(attention__in=["", UNRESOLVED]).update(attention=word, attention_text=sentence)
    row.filter(leased_until__isnull=False).update(
        revision=F("revision") + 1,
        next_attempt_at=Case(When(step="", then=Value(now)), default=F("next_attempt_at")),
    )


def _send_again(doi: Doi, *, now: datetime) -> None:
    """Owe the registry an update, after everything else; not where something is owed or wrong already."""
    settled = Doi.objects.filter(
        pk=doi.pk,
        state__in=PERMANENT,
        step="",
        next_attempt_at__isnull=True,
        attention__in=["", UNRESOLVED],
    )
    settled.update(
        generation=F("generation") + 1,
        revision=F("revision") + 1,
        lane=Lane.BULK,
        next_attempt_at=now,
    )
    pass_point("seen.sent_again")


def _event(doi: Doi, event: str, outcome: str, seen: Seen, *, now: datetime) -> DoiEvent:
    return history.doi_event(
        doi,
        event=event,
        at=now,
        actor="engine",
        attempt=None if seen.resolves else doi.looks,
        from_state=doi.state,
        to_state=doi.state,
        outcome=outcome,
        detail={"leads_to": seen.leads_to} if seen.leads_to else {},
    )
