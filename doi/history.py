"""Writes the append-only history. One function, so that every line has the same shape and none carries a secret."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog

from datasets.models import Version
from datasets.services import By
from doi.models import Account, Doi, DoiEvent
from organizations.models import Organization, User


def account_label(account: Account | None) -> str:
    """`datacite:ORG.REPO:10.1234`: what an export shows of an account. Empty for an external DOI."""
    if account is None:
        return ""
    return f"{account.login.provider}:{account.login.account_id}:{account.prefix}"


def doi_event(doi: Doi, *, event: str, at: datetime, **fields: Any) -> DoiEvent:
    """A line about one DOI, not saved yet. `doi` comes with its account, login, version and dataset loaded."""
    version: Version | None = doi.version
    return DoiEvent(
        at=at,
        organization_id=doi.organization_id,
        doi_id=doi.pk,
        doi_name=doi.name,
        dataset=version.dataset.slug if version is not None else "",
        version=version.number if version is not None else "",
        account=account_label(doi.account),
        event=event,
        **fields,
    )


def record(events: Iterable[DoiEvent]) -> None:
    """Write the lines, with the id that the request's or command's log lines carry."""
    lines = list(events)
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    for line in lines:
        line.request_id = request_id
    DoiEvent.objects.bulk_create(lines)


def record_change(
    event: str,
    *,
    by: By,
    organization: Organization | None,
    dataset: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """A line about a configuration, a role, a switch: who changed what, never the secret."""
    line = DoiEvent(
        at=by.now,
        organization=organization,
        dataset=dataset,
        actor=by.actor,
        cause=by.cause,
        event=event,
        detail=detail or {},
    )
    record([line])


def person_of(by: By) -> User | None:
    """The person behind an act; None for a command, a catalogue, a run or the engine."""
    kind, _colon, key = by.actor.partition(":")
    return User.objects.filter(pk=int(key)).first() if kind == "user" and key.isdecimal() else None
