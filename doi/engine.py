"""Who may drain an account, and with what: the hold, the opened credential, the threads. The work is in `drains`."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.conf import settings

from doi import breakers, bucket, claims, clock, recording
from doi.address import host_key
from doi.breakers import Admission, Pulse
from doi.bucket import Wallet
from doi.connections import Opening, connect
from doi.drains import FRESH, REST, Drain, Drained
from doi.errors import AccountNotReadyError, SealError
from doi.failpoints import pass_point
from doi.models import Account

log = logging.getLogger(__name__)


def drain(account_id: int, *, stop: Callable[[], bool] = lambda: False) -> Drained:
    """Do what is due for one account. Returns at once when another process holds it or it may not be used."""
    token = claims.hold(account_id, now=clock.now())
    if token is None:
        return Drained()
    pass_point("hold.committed")
    # Unless it ends well, the account is left alone for some seconds: what failed would fail again at once.
    rest: datetime | None = clock.now() + timedelta(seconds=settings.DOI_LEASE * FRESH)
    done = Drained()
    try:
        account = Account.objects.select_related("login").get(pk=account_id)
        claims.free_unsent(account_id, now=clock.now())
        pass_point("free.done")
        admission = _admission(account)
        if admission == Admission.SHUT:
            rest = None
        else:
            done, rest = _drain_held(account, token, stop, half_open=admission == Admission.PROBE)
    finally:
        claims.let_go(account_id, token, until=rest or clock.now())
    return done


def _admission(account: Account) -> Admission:
    """Whether anything may be sent for `account` now: nothing, one probe, or whatever is due."""
    login, now = account.login, clock.now()
    host = host_key(login.provider, login.environment)
    if not login.is_usable or bucket.paused_until(host, now=now) is not None:
        return Admission.SHUT
    return breakers.admit(login, now=now)


def _drain_held(
    account: Account, token: int, stop: Callable[[], bool], *, half_open: bool
) -> tuple[Drained, datetime | None]:
    limit = settings.MAX_IN_FLIGHT[account.login.provider]
    opening = Opening.of(account.login)
    try:
        registry = connect(account.login)
    except AccountNotReadyError as error:
        recording.refuse_login(account.login, str(error), opening=opening, now=clock.now())
        return Drained(), None
    except SealError:
        # The operator's ring, not the tenant's password: nobody has to enter anything again when it is there.
        log.exception("credential_does_not_open login=%s", account.login.pk)
        return Drained(), clock.now() + timedelta(seconds=settings.DOI_LEASE * REST)
    try:
        pass_point("connect.done")
        with ThreadPoolExecutor(max_workers=limit, thread_name_prefix=f"account-{account.pk}") as pool:
            work = Drain(
                account, token, registry, pool, stop, Wallet(account), Pulse(account.login), limit, opening
            )
            work.run(half_open=half_open)
            return work.done, None
    finally:
        registry.close()
