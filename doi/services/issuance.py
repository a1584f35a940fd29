"""The switch of a dataset, and the row, name and account of a version's DOI."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from datasets.models import Dataset, Version
from datasets.services import By, RefusedError
from doi import clock, history, names, selectors
from doi.errors import AccountNotReadyError, NotAllowedError
from doi.failpoints import pass_point
from doi.models import Account, DatasetIssuance, Doi, Lane
from doi.selectors import is_on
from doi.services.pinning import repin, unpinned
from doi.services.wishes import LOADED, cancellable, tell, wish
from doi.states import PERMANENT, Environment, State, Step, Wanted
from organizations.models import Organization

__all__ = [
    "Place",
    "cancel",
    "catch_up",
    "drop_reservation",
    "ensure",
    "ensure_dataset",
    "is_on",
    "off_consequences",
    "refresh",
    "reserve",
    "set_switch",
    "switch_off",
    "switch_on",
    "take_back",
    "window",
]


def switch_on(dataset: Dataset, *, by: By, lane: int = Lane.INTERACTIVE) -> int:
    """
    Every released, non-deleted version gets a DOI, now and in future. Returns how many were planned.

    With no account in force the versions wait, and are planned as soon as there is one.
    """
    with transaction.atomic():
        if dataset.deleted_at is not None and not selectors.is_on(dataset):
            raise NotAllowedError(_("This dataset is deleted; restore it first."))
        set_switch(dataset, on=True, by=by)
        return ensure_dataset(dataset, by=by, lane=lane)


def switch_off(dataset: Dataset, *, by: By) -> int:
    """Nothing new is issued; drafts are discarded, permanent DOIs stay. Returns how many will be discarded."""
    with transaction.atomic():
        set_switch(dataset, on=False, by=by)
        return cancel(Doi.objects.filter(version__dataset=dataset), event="not_wanted", by=by)


def off_consequences(dataset: Dataset) -> tuple[int, int]:
    """(DOIs that switching off discards, permanent ones that stay)."""
    rows = Doi.objects.filter(version__dataset=dataset, account__isnull=False)
    going = cancellable(rows).filter(wanted=Wanted.PERMANENT).count()
    return going, rows.filter(state__in=PERMANENT).count()


def set_switch(dataset: Dataset, *, on: bool, by: By) -> None:
    """Turn the switch only. Who last set it is kept, so that undoing a back-issue leaves a person's choice alone."""
    was, person = selectors.is_on(dataset), history.person_of(by)
    if was == on and person is None:
        return
    DatasetIssuance.objects.update_or_create(
        dataset=dataset, defaults={"on": on, "changed_at": by.now, "changed_by": person}
    )
    if on:
        # Drafts that an undo left alone waited for the switch.
        wish(Doi.objects.filter(version__dataset=dataset, attention="switch"), now=by.now, lane=None)
    if was != on:
        history.record_change(
            "switched_on" if on else "switched_off",
            by=by,
            organization=dataset.organization,
            dataset=dataset.slug,
            detail={"dataset_id": dataset.pk},
        )


def ensure_dataset(dataset: Dataset, *, by: By, lane: int = Lane.INTERACTIVE) -> int:
    """A wanted DOI for each released version of a dataset that is on; how many were not wanted before."""
    account = selectors.in_force(dataset.organization).account
    if account is None or dataset.deleted_at is not None:
        return 0
    versions = Version.objects.filter(dataset=dataset).released().select_related("dataset__organization")
    return sum(
        ensure(version, account=account, by=by, lane=lane) for version in versions.order_by("position")
    )


@transaction.atomic
def ensure(version: Version, *, account: Account | None = None, by: By, lane: int = Lane.INTERACTIVE) -> bool:
    """
    The released version's DOI is wanted; its row, name and account are made now if it has none.

    One DOI per version and environment: a row there keeps its name and account, unless nobody has sent or shown them
    yet. False when nothing changed, no account is in force, or the organization is closed.
    """
    organization = version.dataset.organization
    account = account or selectors.in_force(organization).account
    if account is None or organization.closed_at is not None or not _is_still_live(version):
        return False
    row, event = _row_of(version, account), "wanted"
    if row is None:
        row, event = _make(version, account=account, by=by), "planned"
        pass_point("make.row")
    elif row.wanted == Wanted.PERMANENT or row.is_external:
        return False
    else:
        _follow_the_account(row, account, by=by)
    wish(Doi.objects.filter(pk=row.pk), now=by.now, lane=lane, **_what_is_wanted(row, version, by=by))
    pass_point("make.due")
    tell([row], event, by=by)
    return True


def _is_still_live(version: Version) -> bool:
    """Asked under the dataset's lock: a run and an unrelease at the same moment follow one another."""
    Dataset.objects.select_for_update(of=("self",), no_key=True).get(pk=version.dataset_id)
    found: bool = Version.objects.released().filter(pk=version.pk).exists()
    return found


def _row_of(version: Version, account: Account) -> Doi | None:
    rows = Doi.objects.filter(landing_id=version.pk, environment=account.login.environment)
    found: Doi | None = rows.select_related(*LOADED).first()
    return found


def _follow_the_account(row: Doi, account: Account, *, by: By) -> None:
    if row.account_id != account.pk and unpinned(Doi.objects.filter(pk=row.pk)).exists():
        repin(row, account, by=by)


def _what_is_wanted(row: Doi, version: Version, *, by: By) -> dict[str, Any]:
    public = version.dataset.is_public
    wanted = {
        "wanted": Wanted.PERMANENT,
        "public": public,
        "reserved_at": None,
        "outdated": row.public != public,
    }
    if row.state == State.DRAFT:
        # Taken back and released again before its draft was gone: a new window begins, under the same name.
        wanted["permanent_after"] = max(by.now, clock.now()) + window()
    return wanted


def window() -> timedelta:
    """How long a draft can be taken back: seven days, unless the operator shortened it."""
    return timedelta(seconds=settings.DOI_DRAFT_WINDOW)


def _make(version: Version, *, account: Account, by: By) -> Doi:
    """Row, name and pinned account, together. The name is derived; `attempt` counts past names that are taken here."""
    attempt = 0
    while True:
        name = names.derive_name(version.pk, prefix=account.prefix, attempt=attempt)
        try:
            with transaction.atomic():
                return Doi.objects.create(
                    organization=version.dataset.organization,
                    version=version,
                    landing_id=version.pk,
                    account=account,
                    environment=account.login.environment,
                    name=name,
                    name_attempt=attempt,
                    public=version.dataset.is_public,
                    created_at=by.now,
                )
        except IntegrityError:
            there = _row_of(version, account)
            if there is not None:
                # Made at this moment by somebody else: one DOI per version and environment.
                return there
            if not Doi.objects.filter(environment=account.login.environment, name=name).exists():
                raise
            attempt += 1


def reserve(version: Version, *, by: By) -> Doi:
    """
    Make, name and pin the DOI of the unreleased next version now; it is shown, and never renamed.

    The same again changes nothing. Raises NotAllowedError or AccountNotReadyError.
    """
    account = _account_to_reserve_with(version)
    with transaction.atomic():
        row = _row_of(version, account)
        if row is None:
            row = _make(version, account=account, by=by)
        elif row.is_external:
            raise NotAllowedError(_("This version has a DOI that somebody else's account holds."))
        elif row.reserved_at is None:
            _follow_the_account(row, account, by=by)
        reserved = Doi.objects.filter(pk=row.pk, reserved_at__isnull=True).update(
            # A draft that is being discarded goes on being discarded: only the name is kept.
            reserved_at=by.now,
            shown_at=Coalesce(F("shown_at"), Value(by.now)),
            revision=F("revision") + 1,
        )
        if reserved:
            tell([_loaded(row.pk)], "reserved", by=by)
    return _loaded(row.pk)


def _account_to_reserve_with(version: Version) -> Account:
    dataset = version.dataset
    gone = version.deleted_at is not None or dataset.deleted_at is not None
    if version.released_at is not None or gone or dataset.organization.closed_at is not None:
        raise NotAllowedError(_("Only the unreleased next version can have a DOI reserved."))
    account = selectors.in_force(dataset.organization).account
    if account is None:
        raise AccountNotReadyError(
            _("No DOI account is in force, so there is nothing to reserve a DOI with.")
        )
    return account


def take_back(version: Version, *, by: By) -> None:
    """
    The version is unreleased: its draft is not wanted any more.

    Raises RefusedError, which undoes the unrelease, where the DOI passed the point of no return since the page was read.
    """
    rows = Doi.objects.select_for_update(of=("self",), no_key=True).filter(version=version)
    counts = min(rows, key=lambda doi: doi.environment != Environment.PRODUCTION, default=None)
    forward = counts is not None and counts.state == State.DRAFT and counts.step == Step.PROMOTE
    if counts is not None and (counts.is_permanent or forward):
        raise RefusedError(
            _("Its DOI has just become permanent, so the version cannot be unreleased any more.")
        )
    cancel(Doi.objects.filter(version=version), event="unreleased", by=by)


def cancel(rows: QuerySet[Doi], *, event: str, by: By) -> int:
    """What is planned or a draft is not wanted any more; returns how many that were."""
    wanted = cancellable(rows).exclude(wanted=Wanted.NONE).filter(account__isnull=False)
    going = list(wanted.select_related(*LOADED))
    wish(
        cancellable(Doi.objects.filter(pk__in=[doi.pk for doi in going])),
        now=by.now,
        wanted=Wanted.NONE,
        promote_now_at=None,
    )
    tell(going, event, by=by)
    return len(going)


def refresh(versions: Iterable[Version], *, event: str, by: By, **wanted: Any) -> None:
    """What is said of these versions changed: send it on, or judge again what was blocked."""
    rows = Doi.objects.filter(
        version__in=[version.pk for version in versions], withdrawn_at__isnull=True, account__isnull=False
    )
    touched = list(rows.select_related(*LOADED))
    wish(rows, now=by.now, outdated=True, **wanted)
    tell(touched, event, by=by)


@dataclass(frozen=True, slots=True)
class Place:
    """A version's place among an organization's: its dataset, and its position there. Before all others at first."""

    dataset_id: int = 0
    position: int = 0


def catch_up(organization: Organization, *, after: Place, limit: int, by: By) -> tuple[int, Place]:
    """
    An account came into force: versions of datasets that are on and had none to take get their DOI now.

    Up to `limit` versions behind `after` are looked at: returns how many, and the place of the last. Those that have a
    DOI in another environment are left to a back-issue, which somebody asks for.
    """
    account = selectors.in_force(organization).account
    if account is None:
        return 0, after
    there = Doi.objects.filter(landing_id=OuterRef("pk"))
    behind = Q(dataset__gt=after.dataset_id) | Q(dataset=after.dataset_id, position__gt=after.position)
    waiting = (
        Version.objects.released()
        .filter(behind, dataset__organization=organization, dataset__issuance__on=True)
        .exclude(Exists(there.filter(wanted=Wanted.PERMANENT)))
        .exclude(Exists(there.filter(state__in=PERMANENT)))
        .select_related("dataset__organization")
        .order_by("dataset", "position")
    )
    found = list(waiting[:limit])
    for version in found:
        ensure(version, account=account, by=by, lane=Lane.BULK)
    return len(found), Place(found[-1].dataset_id, found[-1].position) if found else after


def drop_reservation(version: Version, *, by: By) -> None:
    """The unreleased version goes: its name stays with its row, wanted by nobody."""
    rows = Doi.objects.filter(version=version, reserved_at__isnull=False)
    tell(rows.select_related(*LOADED), "reservation_dropped", by=by)
    wish(rows, now=by.now, reserved_at=None, wanted=Wanted.NONE)


def _loaded(pk: int) -> Doi:
    found: Doi = Doi.objects.select_related(*LOADED).get(pk=pk)
    return found
