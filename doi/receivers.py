"""
Hears what happened to datasets and sets down what that means for their DOIs, in the same transaction.

A receiver that raises undoes the change. The doorbell rings after the commit; without a broker the loop finds the rows.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from datasets import signals
from datasets.models import Dataset, Version
from datasets.services import By
from doi import history
from doi.models import Doi
from doi.selectors import default_on, is_on
from doi.services import issuance, withdrawal
from doi.tasks import ring
from organizations import signals as places
from organizations.models import Membership, Organization


def _ring(versions: Iterable[Version]) -> None:
    accounts = Doi.objects.filter(version__in=[version.pk for version in versions], account__isnull=False)
    for account in accounts.order_by().values_list("account", flat=True).distinct():
        transaction.on_commit(partial(ring, account))


@receiver(signals.dataset_created)
def take_the_default(*, dataset: Dataset, actor: str, cause: str, now: datetime, **_: Any) -> None:
    if default_on(dataset.organization):
        issuance.set_switch(dataset, on=True, by=By(actor, cause, now))


@receiver(signals.version_released)
def plan_a_doi(*, version: Version, actor: str, cause: str, now: datetime, **_: Any) -> None:
    if is_on(version.dataset):
        issuance.ensure(version, by=By(actor, cause, now))
        _ring([version])


@receiver(signals.version_unreleased)
def discard_the_draft(*, version: Version, actor: str, cause: str, now: datetime, **_: Any) -> None:
    issuance.take_back(version, by=By(actor, cause, now))
    _ring([version])


@receiver(signals.version_removed)
def drop_the_reservation(*, version: Version, actor: str, cause: str, now: datetime, **_: Any) -> None:
    by = By(actor, cause, now)
    issuance.drop_reservation(version, by=by)


@receiver(signals.version_deleted)
def discard_or_withdraw(
    *,
    version: Version,
    reason: str,
    note: str,
    successor: str,
    actor: str,
    cause: str,
    now: datetime,
    **_: Any,
) -> None:
    withdrawal.gone([version], reason=reason, note=note, successor=successor, by=By(actor, cause, now))
    _ring([version])


@receiver(signals.dataset_deleted)
def discard_or_withdraw_all(
    *, versions: list[Version], reason: str, note: str, actor: str, cause: str, now: datetime, **_: Any
) -> None:
    withdrawal.gone(versions, reason=reason, note=note, successor="", by=By(actor, cause, now))
    _ring(versions)


@receiver(signals.version_restored)
def bring_back(*, version: Version, actor: str, cause: str, now: datetime, **_: Any) -> None:
    withdrawal.back([version], by=By(actor, cause, now))
    _ring([version])


@receiver(signals.dataset_restored)
def bring_all_back(*, versions: list[Version], actor: str, cause: str, now: datetime, **_: Any) -> None:
    withdrawal.back(versions, by=By(actor, cause, now))
    _ring(versions)


@receiver(signals.visibility_changed)
def show_or_hide(*, dataset: Dataset, actor: str, cause: str, now: datetime, **_: Any) -> None:
    versions = list(dataset.versions.all())
    issuance.refresh(versions, event="visibility_changed", by=By(actor, cause, now), public=dataset.is_public)
    _ring(versions)


@receiver(signals.metadata_changed)
def send_on(
    *, dataset: Dataset, version: Version | None, actor: str, cause: str, now: datetime, **_: Any
) -> None:
    versions = [version] if version is not None else list(dataset.versions.all())
    issuance.refresh(versions, event="metadata_changed", by=By(actor, cause, now))
    _ring(versions)


@receiver(places.member_added)
@receiver(places.member_removed)
def note_a_member(
    *, signal: Any, membership: Membership, actor: str, cause: str, now: datetime, **_: Any
) -> None:
    event = "member_added" if signal is places.member_added else "member_removed"
    _note(event, membership, By(actor, cause, now), role=membership.role)


@receiver(places.role_changed)
def note_a_role(
    *, membership: Membership, before: str, actor: str, cause: str, now: datetime, **_: Any
) -> None:
    _note("role_changed", membership, By(actor, cause, now), role=membership.role, before=before)


def _note(event: str, membership: Membership, by: By, **detail: str) -> None:
    """Who may do what, by pseudonymous ids: a person's name and address stay in one table."""
    place = membership.organization or membership.institution
    kind = "organization" if isinstance(place, Organization) else "institution"
    history.record_change(
        event,
        by=by,
        organization=membership.organization,
        detail={"person": membership.user.actor, kind: place.slug if place else "", **detail},
    )
