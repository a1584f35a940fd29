"""
Which account a DOI that nobody has sent or shown yet is issued under: the one now in force.

A DOI keeps the account it was issued under. Until then its name and account are only planned, and follow the
configuration; with no account in force they wait.
"""

from datetime import datetime

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from datasets.services import By
from doi import history, names, selectors
from doi.failpoints import pass_point
from doi.models import Account, Doi
from doi.services.wishes import (
    LOADED,
    NO_ACCOUNT,
    PAUSED,
    bring_back,
    due_unless_paused,
    set_aside,
    tell,
    wish,
)
from doi.states import State, Wanted
from organizations.models import Organization

NOT_AT_A_REGISTRY = (State.PLANNED, State.DISCARDED)


def unpinned(rows: QuerySet[Doi]) -> QuerySet[Doi]:
    """Never sent, never shown, not reserved, not adopted: the name and account may still change."""
    return rows.filter(
        state__in=NOT_AT_A_REGISTRY,
        account__isnull=False,
        create_sent_at__isnull=True,
        shown_at__isnull=True,
        reserved_at__isnull=True,
        adopted_at__isnull=True,
        step="",
    )


def take_what_is_in_force(organization: Organization, *, limit: int | None = None, by: By) -> int:
    """
    Planned DOIs of `organization` that may still change take the account in force; with none, they are set aside.

    Returns how many took another account, at most `limit`.
    """
    account = selectors.in_force(organization).account
    waiting = unpinned(Doi.objects.filter(organization=organization, wanted=Wanted.PERMANENT))
    if account is None:
        _wait_for_an_account(waiting, by=by)
        return 0
    bring_back(waiting.filter(account=account), word=NO_ACCOUNT, now=by.now)
    following = list(waiting.exclude(account=account).select_related(*LOADED).order_by("pk")[:limit])
    for doi in following:
        if not repin(doi, account, by=by):
            # The version has a DOI in that environment: this one would be issued under an account not in force.
            wish(Doi.objects.filter(pk=doi.pk, step=""), now=by.now, wanted=Wanted.NONE)
            tell([doi], "not_wanted", by=by)
    return len(following)


def _wait_for_an_account(waiting: QuerySet[Doi], *, by: By) -> None:
    waiting = waiting.exclude(attention__in=[NO_ACCOUNT, PAUSED])
    told = list(waiting.select_related(*LOADED))
    sentence = _("No DOI account is in force here; the DOI is issued as soon as there is one.")
    set_aside(waiting, word=NO_ACCOUNT, sentence=sentence)
    tell(told, "account_gone", by=by)


def repin(doi: Doi, account: Account, *, by: By) -> bool:
    """
    Give an `unpinned` row, loaded with `LOADED`, this account and a name under it.

    False when the version has another DOI in the account's environment.
    """
    environment = account.login.environment
    others = Doi.objects.filter(landing_id=doi.landing_id, environment=environment).exclude(pk=doi.pk)
    if others.exists():
        return False
    name, attempt = free_name(doi, account)
    moved = _move(doi, account, name=name, attempt=attempt, now=by.now)
    if moved:
        pass_point("follow.moved")
        tell([doi], "account_changed", by=by, to=history.account_label(account), name=name)
        doi.account, doi.environment, doi.name, doi.name_attempt = account, environment, name, attempt
    return True


def _move(doi: Doi, account: Account, *, name: str, attempt: int, now: datetime) -> int:
    row = unpinned(Doi.objects.filter(pk=doi.pk))
    changes = {"account": account, "environment": account.login.environment, "name": name}
    if doi.attention == NO_ACCOUNT:
        changes |= {"attention": "", "attention_text": ""}
    return row.update(
        **changes,
        name_attempt=attempt,
        next_attempt_at=due_unless_paused(now),
        leased_until=None,
        lease_token=F("lease_token") + 1,
        revision=F("revision") + 1,
    )


def free_name(doi: Doi, account: Account) -> tuple[str, int]:
    """The first derived name under `account` that no other row here has."""
    attempt = 0
    while True:
        name = names.derive_name(doi.landing_id, prefix=account.prefix, attempt=attempt)
        taken = Doi.objects.filter(environment=account.login.environment, name=name).exclude(pk=doi.pk)
        if not taken.exists():
            return name, attempt
        attempt += 1
