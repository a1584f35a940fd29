"""
Circuit breakers: a registry that does not answer is left alone, and asked by one probe at a time whether it is back.

One for each registry host and one for each login, in the database, for all processes alike; see docs/design/011. While
every call is answered nothing is written. Times are fractions of `DOI_LEASE`, so that tests shrink them together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum

from django.conf import settings
from django.db import transaction

from doi.address import host_key
from doi.models import Breaker, Login

IN_A_ROW = 5
WINDOW = 10
# Shares of the lease: half of ten calls within the first of them; open for so long, doubling, and never for longer;
# a probe that was not heard of again (its longest course is 75 s) is made anew.
WINDOW_LENGTH = 60 / 300
FIRST_REST = 60 / 300
# Shorter than the quarter of an hour in which the first call has to succeed once the registry is back: a sweep and the
# probe's own course come on top.
LONGEST_REST = 720 / 300
PROBE = 90 / 300
# Of one login's failures a host counts so many: one tenant whose calls all fail must not shut everybody out.
OF_ONE_LOGIN = 2


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a registry, and whether it was answered: a refusal is an answer."""

    at: datetime
    answered: bool
    login: int


class Admission(Enum):
    """What may be sent now: everything, one probe, or nothing."""

    OPEN = "open"
    PROBE = "probe"
    SHUT = "shut"


@dataclass(frozen=True, slots=True)
class Silence:
    """A registry does not answer: since when, and when it is asked again."""

    since: datetime
    try_at: datetime


def share(part: float) -> timedelta:
    return timedelta(seconds=settings.DOI_LEASE * part)


def login_key(login: int) -> str:
    return f"login:{login}"


def login_of(key: str) -> int | None:
    kind, _colon, number = key.partition(":")
    return int(number) if kind == "login" else None


def keys_of(login: Login) -> tuple[str, str]:
    """The host's first, which many share."""
    return host_key(login.provider, login.environment), login_key(login.pk)


# --- the rule -----------------------------------------------------------------------------------------------------


def trailing_failures(calls: Sequence[Call]) -> int:
    return next((count for count, call in enumerate(reversed(calls)) if call.answered), len(calls))


def opened_since(calls: Sequence[Call]) -> datetime | None:
    """Whether `calls` open a breaker, five in a row or half of ten within a minute; the time of the first that failed."""
    failing = trailing_failures(calls)
    if failing >= IN_A_ROW:
        return calls[-failing].at
    if not failing:
        return None
    lately = [call for call in calls[-WINDOW:] if call.at > calls[-1].at - share(WINDOW_LENGTH)]
    failed = [call for call in lately if not call.answered]
    return failed[0].at if len(lately) >= WINDOW and 2 * len(failed) >= len(lately) else None


def rest(openings: int) -> timedelta:
    """How long a breaker stays open that has opened so often: a minute, doubling to twelve."""
    return share(min(FIRST_REST * 2.0 ** min(openings - 1, 20), LONGEST_REST))


def _with(calls: list[Call], call: Call, *, of_one_login: int) -> list[Call]:
    theirs = [each for each in calls if each.login == call.login and not each.answered]
    dropped = theirs[: len(theirs) + 1 - of_one_login] if not call.answered else []
    return [*(each for each in calls if each not in dropped), call][-WINDOW:]


# --- the rows -----------------------------------------------------------------------------------------------------


def shut(*, now: datetime) -> set[str]:
    """The keys of breakers behind which nothing may be sent now, not even a probe."""
    return set(Breaker.objects.filter(try_at__gt=now).values_list("key", flat=True))


def failing_logins() -> set[int]:
    """The logins whose last call was not answered."""
    keys = Breaker.objects.filter(failing__gt=0).values_list("key", flat=True)
    return {login for key in keys if (login := login_of(key)) is not None}


def silence(login: Login) -> Silence | None:
    """Since when the registry has not answered this login, or anybody; None while it does."""
    found = [
        Silence(row.since, row.try_at)
        for row in Breaker.objects.filter(key__in=keys_of(login))
        if row.since is not None and row.try_at is not None
    ]
    if not found:
        return None
    return Silence(min(each.since for each in found), max(each.try_at for each in found))


def admit(login: Login, *, now: datetime) -> Admission:
    """
    What whoever holds `login` may send now.

    Of all who find a breaker half open one gets the probe: whoever moves its time. That must be told of with
    `probe_failed` or `answered`; where it is not, another is made after a while.
    """
    rows = {row.key: row for row in Breaker.objects.filter(key__in=keys_of(login), try_at__isnull=False)}
    if any(row.try_at is not None and row.try_at > now for row in rows.values()):
        return Admission.SHUT
    # The host's first: its probe may be lost to another login's drain, and the login's is nobody else's.
    for key in keys_of(login):
        if key in rows:
            mine = Breaker.objects.filter(key=key, try_at=rows[key].try_at)
            if not mine.update(try_at=now + share(PROBE)):
                return Admission.SHUT
    return Admission.PROBE if rows else Admission.OPEN


def probe_failed(login: Login, *, now: datetime) -> None:
    """What is open stays so, for twice as long as before."""
    with transaction.atomic():
        for row in _locked(keys_of(login)):
            if row.try_at is not None:
                row.openings += 1
                row.try_at = now + rest(row.openings)
                row.save()


def answered(login: Login) -> None:
    """A probe, or a person's check, was answered: everything goes on. How often it opened is kept until a call succeeds."""
    open_ones = Breaker.objects.filter(key__in=keys_of(login), try_at__isnull=False)
    open_ones.update(since=None, try_at=None, recent=[], failing=0)


def report(login: Login, calls: Sequence[Call]) -> None:
    """Write down what one drain heard, for its host and its login."""
    with transaction.atomic():
        for key in keys_of(login):
            Breaker.objects.get_or_create(key=key)
        for row in _locked(keys_of(login)):
            _take_in(row, calls, of_one_login=OF_ONE_LOGIN if login_of(row.key) is None else WINDOW)
            row.save()


def _locked(keys: Sequence[str]) -> list[Breaker]:
    # In one order for all, so that two drains never wait for each other.
    return list(Breaker.objects.select_for_update().filter(key__in=keys).order_by("key"))


def _take_in(row: Breaker, calls: Sequence[Call], *, of_one_login: int) -> None:
    known = [Call(datetime.fromtimestamp(at, UTC), bool(ok), int(login)) for at, ok, login in row.recent]
    for call in calls:
        if call.answered:
            row.since, row.try_at, row.openings = None, None, 0
        elif row.try_at is not None:
            # It was under way when the breaker opened, and says nothing new.
            continue
        known = _with(known, call, of_one_login=of_one_login)
        since = opened_since(known)
        if since is not None:
            row.openings += 1
            row.since, row.try_at = since, call.at + rest(row.openings)
    row.failing = trailing_failures(known)
    row.recent = [[call.at.timestamp(), call.answered, call.login] for call in known]


def _failed_lately(row: Breaker, *, now: datetime) -> bool:
    return any(not ok and at > (now - share(WINDOW_LENGTH)).timestamp() for at, ok, _login in row.recent)


# --- one drain's part ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Pulse:
    """What one drain hears of its registry. It writes only where a call failed lately, here or elsewhere."""

    login: Login
    heard: list[Call] = field(default_factory=list)
    marked_until: datetime | None = None
    is_open: bool = False

    def refresh(self, *, now: datetime) -> None:
        """Read what others have heard."""
        rows = list(Breaker.objects.filter(key__in=keys_of(self.login)))
        self.is_open = any(row.try_at is not None for row in rows)
        if any(row.failing or row.openings or _failed_lately(row, now=now) for row in rows):
            self.marked_until = now + share(WINDOW_LENGTH)

    def hear(self, *, answered: bool, now: datetime) -> None:
        self.heard = [*self.heard, Call(now, answered, self.login.pk)][-WINDOW:]

    def tell(self, *, now: datetime) -> None:
        """Write down what was heard, if it matters to anybody."""
        marked = self.marked_until is not None and now < self.marked_until
        if self.heard and (marked or not all(call.answered for call in self.heard)):
            report(self.login, self.heard)
            self.heard = []
            self.refresh(now=now)
