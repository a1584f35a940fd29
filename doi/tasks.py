"""
Doorbells and sweeps. A message is an account's id; the rows say what is due, so a lost or doubled one does no harm.

Each is a dozen lines over the functions that `doi.loop` calls.
"""

from celery import shared_task

from doi import claims, clock, engine
from doi.models import Doi
from doi.services import back_issue
from doi.states import State


def ring(account_id: int) -> None:
    """Wake a worker for this account, if there is a broker; without one the loop finds the rows by itself."""
    from django.conf import settings

    if settings.CELERY_BROKER_URL:
        drain_account.delay(account_id)


@shared_task(name="doi.drain_account", ignore_result=True)
def drain_account(account_id: int) -> None:
    if engine.drain(account_id).more:
        ring(account_id)


@shared_task(name="doi.expand_back_issue", ignore_result=True)
def expand_back_issue() -> None:
    while back_issue.expand_open_runs():
        pass


@shared_task(name="doi.sweep_due", ignore_result=True)
def sweep_due() -> None:
    """Find what is due, whoever rang or did not ring."""
    expand_back_issue.delay()
    for account_id in claims.accounts_with_due(clock.now()):
        ring(account_id)


@shared_task(name="doi.finalize_drafts", ignore_result=True)
def finalize_drafts() -> None:
    """Ring the accounts that have drafts past their window."""
    past = Doi.objects.filter(state=State.DRAFT, permanent_after__lte=clock.now(), account__isnull=False)
    for account_id in past.order_by().values_list("account", flat=True).distinct():
        ring(account_id)
