"""
Leases: which rows are ours to look at, and for how long.

One UPDATE claims due rows by moving `next_attempt_at` past the lease and raising the token. The hold on an account is
a lock of its own, short and renewed, so that a killed worker delays its account by seconds and only the rows it was
sending by the lease. All times are the database's.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from doi import breakers, bucket
from doi.address import host_key
from doi.failpoints import pass_point
from doi.models import Account, Doi, Lane, Login

BATCH = 50
# Of those that failed last so many are drained at once, a quarter of the loop's; and how long one waits in patience.
FAILING_DRAINS = 4
PATIENCE = 5 / 300


def lease() -> timedelta:
    return timedelta(seconds=settings.DOI_LEASE)


def hold_length() -> timedelta:
    """20 s for a lease of 300 s, renewed four times as often."""
    return lease() / 15


def accounts_with_due(now: datetime) -> list[int]:
    """
    Accounts that have something due and may be used now: where a person waits first, then the one left alone longest.

    Not those whose registry asked everybody to wait or does not answer, nor more of those that failed last than may
    take part at once: what hangs must not take all the threads.
    """
    return list(_with_due(now).values_list("pk", flat=True))


def most_urgent(now: datetime) -> int | None:
    """The account where a person has waited longest; None where nobody does."""
    return _with_due(now).filter(_a_person_waits(now)).values_list("pk", flat=True).first()


def _a_person_waits(now: datetime) -> Exists:
    return Exists(Doi.objects.filter(account=OuterRef("pk"), lane=Lane.INTERACTIVE, next_attempt_at__lte=now))


def _with_due(now: datetime) -> QuerySet[Account]:
    usable = Q(
        login__verified_at__isnull=False, login__refused_at__isnull=True, login__paused_at__isnull=True
    )
    busy = Account.objects.filter(login=OuterRef("login"), drain_until__gt=now)
    due = Doi.objects.filter(next_attempt_at__lte=now, account__isnull=False).values("account")
    # Claimed by a drain that is not there any more, and not sent: `free_unsent` makes them due.
    abandoned = Doi.objects.filter(leased_until__isnull=False, step="").values("account")
    return (
        Account.objects.filter(usable, ~Exists(busy), Q(pk__in=due) | Q(pk__in=abandoned))
        .exclude(_left_alone(now))
        .order_by(_a_person_waits(now).desc(), F("drain_until").asc(nulls_first=True), "pk")
    )


def _left_alone(now: datetime) -> Q:
    """Accounts of which nothing may be sent now, whatever is due."""
    shut = breakers.shut(now=now) | bucket.paused(now=now)
    hosts = [where for where in settings.REGISTRY_URLS if host_key(*where) in shut]
    found = Q(login__in=[login for key in shut if (login := breakers.login_of(key)) is not None])
    for provider, environment in hosts:
        found |= Q(login__provider=provider, login__environment=environment)
    failing = breakers.failing_logins()
    return found | Q(login__in=failing) if _failing_drains(failing, now=now) >= FAILING_DRAINS else found


def _failing_drains(failing: set[int], *, now: datetime) -> int:
    return int(Account.objects.filter(login__in=failing, drain_until__gt=now).count()) if failing else 0


def others_wait(now: datetime) -> bool:
    """Whether an account has waited for some seconds, so that everybody is busy with others."""
    waiting = accounts_with_due(now)
    patience = now - lease() * PATIENCE
    return bool(waiting) and Doi.objects.filter(account__in=waiting, next_attempt_at__lte=patience).exists()


def hold(account_id: int, *, now: datetime) -> int | None:
    """
    Become the one drain of this account; returns the hold's token, or None while another has it.

    What may be in flight is counted per login, so an account waits while another of the same login is drained.
    """
    with transaction.atomic():
        login = Login.objects.select_for_update().get(accounts=account_id)
        if Account.objects.filter(login=login, drain_until__gt=now).exists():
            return None
        failing = breakers.failing_logins()
        if login.pk in failing and _failing_drains(failing, now=now) >= FAILING_DRAINS:
            return None
        Account.objects.filter(pk=account_id).update(
            drain_token=F("drain_token") + 1, drain_until=now + hold_length()
        )
        pass_point("hold.written")
        token: int = Account.objects.values_list("drain_token", flat=True).get(pk=account_id)
        return token


def renew(account_id: int, token: int, *, now: datetime) -> bool:
    """Keep the hold; False when it is lost, and then nothing more may be claimed."""
    return bool(
        Account.objects.filter(pk=account_id, drain_token=token).update(drain_until=now + hold_length())
    )


def let_go(account_id: int, token: int, *, until: datetime) -> None:
    """End the hold; an `until` that is still to come leaves the account alone for a while."""
    pass_point("hold.let_go")
    Account.objects.filter(pk=account_id, drain_token=token).update(drain_until=until)
    pass_point("hold.ended")


def free_unsent(account_id: int, *, now: datetime) -> int:
    """Give back at once what a drain that died had claimed and not marked as being sent."""
    return int(
        Doi.objects.filter(account=account_id, step="", leased_until__isnull=False).update(
            next_attempt_at=now, leased_until=None
        )
    )


def claim(account_id: int, *, limit: int, now: datetime, below: int | None = None) -> dict[int, int]:
    """
    Lease up to `limit` due rows, the person's first, only of lanes before `below`; returns id → token.

    `leased_until` of a row found marked as being sent stays what it was: it tells that its worker died.
    """
    skip = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    lanes = "" if below is None else f"AND lane < {int(below)}"
    field = Doi._meta.get_field("next_attempt_at")  # noqa: SLF001  (Django's documented model API)
    until = field.get_db_prep_save(now + lease(), connection)
    with connection.cursor() as cursor:
        cursor.execute(
            # Materialized: run twice, the inner query would lock twice as many.
            "WITH due AS MATERIALIZED (SELECT id FROM doi_doi WHERE account_id = %s AND next_attempt_at <= %s "  # noqa: S608
            f"{lanes} ORDER BY lane, next_attempt_at, id LIMIT %s {skip}) "
            "UPDATE doi_doi SET next_attempt_at = %s, lease_token = lease_token + 1, "
            "leased_until = CASE WHEN step = '' THEN %s ELSE leased_until END "
            "WHERE id IN (SELECT id FROM due) RETURNING id, lease_token",
            [account_id, field.get_db_prep_save(now, connection), limit, until, until],
        )
        return dict(cursor.fetchall())


def give_back(leases: Iterable[tuple[int, int]], *, due: datetime) -> None:
    """Return claimed rows that were not sent."""
    nothing = Case(When(step="", then=Value(None)), default=F("leased_until"))
    for pk, token in leases:
        Doi.objects.filter(pk=pk, lease_token=token).update(next_attempt_at=due, leased_until=nothing)
        pass_point("give_back.one")


def load(leases: dict[int, int]) -> list[Doi]:
    """The claimed rows with all that a decision needs, in the order they are sent."""
    rows = Doi.objects.filter(pk__in=leases).select_related(
        "account__login", "version__dataset__organization", "version__dataset__issuance", "organization"
    )
    return [row for row in rows.order_by("lane", "id") if row.lease_token == leases[row.pk]]
