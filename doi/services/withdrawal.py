"""Versions that go: drafts are discarded, permanent DOIs are withdrawn and keep a tombstone; restoring reverses both."""

from collections.abc import Iterable

from django.db.models import Q

from datasets.models import Version
from datasets.services import By
from doi.models import Doi
from doi.selectors import is_on
from doi.services.issuance import cancel, ensure
from doi.services.wishes import LOADED, tell, wish
from doi.states import PERMANENT, State, Step
from doi.tombstone import tombstone_of


def gone(versions: Iterable[Version], *, reason: str, note: str, successor: str, by: By) -> None:
    """Each version's DOI does what it still can: discarded while planned or a draft, else withdrawn."""
    for version in _complete(versions):
        # An external DOI leads to somebody else's page: nothing of it goes with our version.
        rows = Doi.objects.filter(version=version, account__isnull=False)
        cancel(rows, event="discard_wanted", by=by)
        # Past the point of no return a draft counts as permanent: it will be, and then be withdrawn.
        past = Q(state__in=PERMANENT) | Q(state=State.DRAFT, step=Step.PROMOTE)
        permanent = list(rows.filter(past).select_related(*LOADED))
        wish(
            Doi.objects.filter(pk__in=[doi.pk for doi in permanent]),
            now=by.now,
            outdated=True,
            withdrawn_at=version.deleted_at or by.now,
            withdrawal_reason=reason[:500],
            withdrawal_note=note,
            successor=successor,
            tombstone=tombstone_of(version),
        )
        tell(permanent, "withdrawn", by=by, reason=reason[:500])


def back(versions: Iterable[Version], *, by: By) -> None:
    """Restored: a withdrawn DOI is shown again, a discarded one begins a new window, each under its name."""
    for version in _complete(versions):
        touched = list(
            Doi.objects.filter(version=version, withdrawn_at__isnull=False).select_related(*LOADED)
        )
        wish(
            Doi.objects.filter(pk__in=[doi.pk for doi in touched]),
            now=by.now,
            outdated=True,
            withdrawn_at=None,
            withdrawal_reason="",
            withdrawal_note="",
            successor="",
            tombstone=None,
            public=version.dataset.is_public,
        )
        tell(touched, "restored", by=by)
        if version.released_at is not None and is_on(version.dataset):
            ensure(version, by=by)


def _complete(versions: Iterable[Version]) -> Iterable[Version]:
    keys = [version.pk for version in versions]
    return Version.objects.filter(pk__in=keys).select_related("dataset__organization").order_by("position")
