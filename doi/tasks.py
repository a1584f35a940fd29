"""
Doorbells and sweeps. A message is an account's id; the rows say what is due, so a lost or doubled one does no harm.

Each is a dozen lines over the functions that `doi.loop` calls.
"""

import logging
import time

from celery import shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

from doi import agreement, chain, claims, clock, drift, engine, looks
from doi.models import Doi
from doi.services import back_issue, following, reminding
from doi.states import State

log = logging.getLogger(__name__)


# After a doorbell nobody could hear, no page waits for another one for so long; sweeps go on by themselves.
QUIET = 30.0
_quiet_until = [0.0]


def ring(account_id: int) -> None:
    """
    Wake a worker for this account, if there is a broker; without one the loop finds the rows by itself.

    A broker that is away never fails the page that rang: the next sweep finds the rows.
    """
    if not settings.CELERY_BROKER_URL or time.monotonic() < _quiet_until[0]:
        return
    try:
        drain_account.apply_async((account_id,), retry=False)
    except OperationalError:
        _quiet_until[0] = time.monotonic() + QUIET
        log.warning("doorbell_not_heard account=%s", account_id)


@shared_task(name="doi.drain_account", ignore_result=True)
def drain_account(account_id: int) -> None:
    # Where a person waits behind another account comes first; whoever else is at it makes this return at once.
    urgent = claims.most_urgent(clock.now())
    for each in dict.fromkeys([account_id] if urgent is None else [urgent, account_id]):
        if engine.drain(each).more:
            ring(each)


@shared_task(name="doi.expand_back_issue", ignore_result=True)
def expand_back_issue() -> None:
    while following.go_on() | back_issue.expand_open_runs():
        pass


@shared_task(name="doi.sweep_due", ignore_result=True)
def sweep_due() -> None:
    """Find what is due, whoever rang or did not ring."""
    agreement.watch()
    expand_back_issue.delay()
    for account_id in claims.accounts_with_due(clock.now()):
        ring(account_id)


@shared_task(name="doi.finalize_drafts", ignore_result=True)
def finalize_drafts() -> None:
    """Ring the accounts that have drafts past their window."""
    past = Doi.objects.filter(state=State.DRAFT, permanent_after__lte=clock.now(), account__isnull=False)
    for account_id in past.order_by().values_list("account", flat=True).distinct():
        ring(account_id)


@shared_task(name="doi.seal_history", ignore_result=True)
def seal_history() -> None:
    while chain.seal(now=clock.now()):
        pass


@shared_task(name="doi.remind", ignore_result=True)
def remind() -> None:
    reminding.remind(now=clock.now())


@shared_task(name="doi.take_looks", ignore_result=True)
def take_looks() -> None:
    """Look whether what became permanent resolves. Twice at once does no harm."""
    looks.take()


@shared_task(name="doi.compare", ignore_result=True)
def compare() -> None:
    """Compare with the registries what is due, and ring for what that held up or made due. Twice at once does no harm."""
    drift.schedule(clock.now())
    if drift.take():
        sweep_due()
