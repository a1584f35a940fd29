from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, override

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from datasets.models import Version
from doi import clock
from doi.address import landing_url
from doi.management.exporting import CHUNK, ExportCommand, Row, iso
from doi.models import Doi
from doi.selectors import in_force, waits_for
from doi.states import Environment, State
from organizations.models import Organization


class Command(ExportCommand):
    help = (
        "Write one row for each version that has or should have a DOI; the production DOI where there is one."
    )
    formats = ("jsonl", "csv")
    fields = (
        "organization",
        "dataset",
        "version",
        "doi",
        "state",
        "tombstone",
        "provider",
        "environment",
        "account",
        "prefix",
        "url",
        "draft_at",
        "permanent_after",
        "permanent_at",
        "attempts",
        "last_error",
        "attention",
    )

    @override
    def rows(self, organization: Organization | None) -> Iterable[Row]:
        now = clock.now()
        return chain(_of_versions(organization, now), _without_version(organization, now))


def _of_versions(organization: Organization | None, now: datetime) -> Iterator[Row]:
    # Asked once per organization, and only where a row is missing.
    attention = cache(_why_missing)
    versions: QuerySet[Version] = Version.objects.filter(
        Exists(Doi.objects.filter(version=OuterRef("pk")))
        | Q(
            released_at__isnull=False,
            deleted_at__isnull=True,
            dataset__deleted_at__isnull=True,
            dataset__issuance__on=True,
        )
    )
    if organization is not None:
        versions = versions.filter(dataset__organization=organization)
    versions = (
        versions.select_related("dataset__organization")
        .defer("metadata", "dataset__metadata")
        .prefetch_related(Prefetch("dois", _dois()))
        .order_by("dataset__organization__slug", "dataset__slug", "position")
    )
    for version in versions.iterator(chunk_size=CHUNK):
        place = {
            "organization": version.dataset.organization.slug,
            "dataset": version.dataset.slug,
            "version": version.number,
        }
        doi = preferred(version.dois.all())
        yield place | (
            _known(doi, now)
            if doi is not None
            else _missing(version, attention(version.dataset.organization))
        )


def _without_version(organization: Organization | None, now: datetime) -> Iterator[Row]:
    """DOIs whose version's row is gone: a DOI is never forgotten."""
    dois = _dois().filter(version__isnull=True).select_related("organization")
    if organization is not None:
        dois = dois.filter(organization=organization)
    production = Doi.objects.filter(landing_id=OuterRef("landing_id"), environment=Environment.PRODUCTION)
    dois = dois.exclude(Q(environment=Environment.TEST) & Exists(production))
    for doi in dois.order_by("organization__slug", "id").iterator(chunk_size=CHUNK):
        left = doi.tombstone or {}
        place = {
            "organization": doi.organization.slug,
            "dataset": left.get("slug"),
            "version": left.get("number"),
        }
        yield place | _known(doi, now)


def _dois() -> "QuerySet[Doi]":
    dois: QuerySet[Doi] = Doi.objects.select_related("account__login")
    return dois


def preferred(dois: Iterable[Doi]) -> Doi | None:
    """The production DOI where there is one."""
    return min(dois, key=lambda doi: doi.environment != Environment.PRODUCTION, default=None)


def _known(doi: Doi, now: datetime) -> dict[str, Any]:
    account, waits = doi.account, waits_for(doi, now=now)
    return {
        "doi": doi.name,
        "state": doi.state,
        "tombstone": doi.withdrawn_at is not None,
        "provider": account.login.provider if account is not None else None,
        "environment": doi.environment,
        "account": account.login.account_id if account is not None else None,
        "prefix": account.prefix if account is not None else doi.name.partition("/")[0],
        # Somebody else's DOI leads where they say.
        "url": landing_url(doi.landing_id) if account is not None else None,
        "draft_at": iso(doi.draft_at),
        "permanent_after": iso(doi.permanent_after),
        "permanent_at": iso(doi.permanent_at),
        "attempts": doi.attempts,
        "last_error": doi.last_error or None,
        "attention": (
            _attention(waits.code, waits.sentence)
            if waits is not None
            else _attention(doi.attention, doi.attention_text)
        ),
    }


def _why_missing(organization: Organization) -> str | None:
    if in_force(organization).account is not None:
        return None
    return _attention(
        "account.none", _("No DOI account is in force for this organization, so its versions wait.")
    )


def _missing(version: Version, attention: str | None) -> dict[str, Any]:
    """A version that should have a DOI and has no row yet: nothing is named, so nothing is promised."""
    nothing = dict.fromkeys(
        (
            "provider",
            "environment",
            "account",
            "prefix",
            "draft_at",
            "permanent_after",
            "permanent_at",
            "last_error",
        )
    )
    return nothing | {
        "doi": None,
        "state": State.PLANNED.value,
        "tombstone": False,
        "url": landing_url(version.pk),
        "attempts": 0,
        "attention": attention,
    }


def _attention(code: str, text: str) -> str | None:
    """``code: sentence``, or null."""
    return f"{code}: {text}" if code else None
