"""
Holds above a single DOI: a dataset, an organization, an institution with everything below it; and the kill switches of a
login and of the deployment.

A hold is a person's decision about DOIs: lifted after the due time, there is a new deadline, so that nobody is surprised.
A kill switch is like an outage: switched back, what was due goes at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from datasets.models import Dataset
from datasets.services import By
from doi import history, selectors
from doi.errors import NotAllowedError
from doi.models import Doi, Hold, Login
from doi.services.issuance import window
from doi.services.wishes import LOADED, cancellable, tell, wish
from doi.states import PERMANENT, State, Wanted
from doi.stops import HELD, HELD_WORDS
from organizations.models import Institution, Organization

# Drafts on their way. What is set aside until a person decides does not wait for a hold.
_WAITING = Q(state=State.DRAFT, wanted=Wanted.PERMANENT, parked_at__isnull=True)

# The whole deployment is no row: None stands for it.
type Place = Dataset | Organization | Institution | Login | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a hold at some place concerns: how many DOIs, in how many organizations."""

    coming: int = 0  # not permanent yet, and wanted
    drafts: int = 0
    due: int = 0  # drafts whose time has come
    soon: int = 0  # drafts whose time comes within a day
    permanent: int = 0
    organizations: int = 0
    first: datetime | None = None  # the next deadline


def active(place: Place) -> Hold | None:
    """The hold that somebody set at exactly this place."""
    return Hold.objects.filter(**_at(place), lifted_at__isnull=True).select_related("held_by").first()


def examine(place: Place, *, lifting: bool) -> None:
    """Raises NotAllowedError where there is nothing to lift, or a hold already."""
    if (active(place) is not None) != lifting:
        raise NotAllowedError(_not_held(place) if lifting else _already(place))


def accounts_of(place: Place) -> set[int | None]:
    """Whose workers have something to look at after a hold or its end."""
    rows = Doi.objects.filter(_inside(place), _WAITING)
    return set(rows.order_by().values_list("account", flat=True).distinct())


def hold(place: Place, *, reason: str, by: By) -> Hold:
    """Nothing at `place` becomes permanent until `lift`. Raises NotAllowedError without a reason, or if held already."""
    reason = reason.strip()[:500]
    if not reason:
        raise NotAllowedError(_("Say why; the reason is shown to everybody who works on these DOIs."))
    with transaction.atomic():
        made = _make(place, reason, by=by)
        if not made.is_kill_switch:
            # Asked for before somebody else said stop: a hold takes it back, as it does for a single DOI.
            asked = Doi.objects.filter(_inside(place), state=State.DRAFT, promote_now_at__isnull=False)
            wish(cancellable(asked), now=by.now, lane=None, promote_now_at=None)
        _judge_again(place, now=by.now)
        _tell(place, "stopped" if made.is_kill_switch else "held", by=by, reason=reason)
        return made


def _make(place: Place, reason: str, *, by: By) -> Hold:
    try:
        with transaction.atomic():
            return Hold.objects.create(
                **_at(place), reason=reason, held_at=by.now, held_by=history.person_of(by)
            )
    except IntegrityError as error:
        # Somebody else was quicker.
        raise NotAllowedError(_already(place)) from error


def lift(place: Place, *, by: By) -> int:
    """
    What waited for it is due again at once. Returns how many DOIs have got a new deadline.

    Raises NotAllowedError where nothing is held.
    """
    with transaction.atomic():
        found = Hold.objects.select_for_update().filter(**_at(place), lifted_at__isnull=True).first()
        if found is None:
            raise NotAllowedError(_not_held(place))
        found.lifted_at, found.lifted_by = by.now, history.person_of(by)
        found.save(update_fields=["lifted_at", "lifted_by"])
        moved = 0 if found.is_kill_switch else _give_new_deadlines(place, Q(), by=by)
        _judge_again(place, now=by.now)
        _tell(place, "going_on" if found.is_kill_switch else "hold_lifted", by=by, new_deadlines=moved)
        return moved


def numbers(place: Place, *, now: datetime) -> Numbers:
    """What the page says before it asks. Two queries."""
    rows = Doi.objects.filter(_inside(place), account__isnull=False)
    coming = rows.filter(wanted=Wanted.PERMANENT).exclude(state__in=PERMANENT)
    drafts = list(coming.filter(state=State.DRAFT).values_list("permanent_after", flat=True))
    ahead = [at for at in drafts if at is not None and at > now]
    return Numbers(
        coming=coming.count(),
        drafts=len(drafts),
        due=len(drafts) - len(ahead),
        soon=sum(at <= now + timedelta(hours=24) for at in ahead),
        permanent=rows.permanent().count(),
        organizations=coming.order_by().values("organization").distinct().count(),
        first=min(ahead, default=None),
    )


def new_deadline(now: datetime) -> datetime:
    """For what became due while a person held it."""
    return now + min(timedelta(hours=24), window())


def follow_a_move(place: Organization | Institution, *, by: By) -> None:
    """It stands below other institutions now. What waited for a hold of the old ones goes on as after a lifted hold."""
    with transaction.atomic():
        _give_new_deadlines(place, Q(attention=HELD), by=by)
        _judge_again(place, now=by.now)


def _give_new_deadlines(place: Place, which: Q, *, by: By) -> int:
    past = Q(state=State.DRAFT, wanted=Wanted.PERMANENT, permanent_after__lte=by.now)
    rows = cancellable(Doi.objects.filter(_inside(place), past, which, account__isnull=False))
    keys = list(rows.values_list("pk", flat=True))
    until = new_deadline(by.now)
    wish(Doi.objects.filter(pk__in=keys), now=by.now, lane=None, permanent_after=until)
    moved = Doi.objects.filter(pk__in=keys).select_related(*LOADED)
    tell(moved, "new_deadline", by=by, permanent_after=until.isoformat())
    return len(keys)


def _judge_again(place: Place, *, now: datetime) -> int:
    """
    Drafts that wait for a hold, or that somebody is judging or about to judge, are due with a new revision.

    A decision taken before this is committed is then not written: nothing waits for what is gone.
    """
    near = Q(permanent_after__lte=now + timedelta(seconds=settings.DOI_LEASE))
    touched = (
        near | Q(attention__in=HELD_WORDS) | Q(leased_until__isnull=False) | Q(promote_now_at__isnull=False)
    )
    rows = Doi.objects.filter(_inside(place), touched, _WAITING)
    return wish(rows, now=now, lane=None)


def _at(place: Place) -> dict[str, Any]:
    """The columns of `Hold` that name it."""
    if place is None:
        return {"deployment": True}
    return {type(place).__name__.lower(): place}


def _inside(place: Place) -> Q:
    """The condition on DOIs that a hold at `place` reaches."""
    if place is None:
        return Q()
    if isinstance(place, Dataset):
        return Q(version__dataset=place)
    if isinstance(place, Login):
        return Q(account__login=place)
    return Q(organization__in=list(selectors.below(place)))


def _tell(place: Place, event: str, *, by: By, **detail: Any) -> None:
    """One line where it was set, and one in the history of every other organization whose DOIs it concerns."""
    home = _home(place)
    named = {**_named(place), **detail}
    dataset = place.slug if isinstance(place, Dataset) else ""
    history.record_change(event, by=by, organization=home, dataset=dataset, detail=named)
    if isinstance(place, Dataset | Organization):
        return
    concerned = Doi.objects.filter(_inside(place), wanted=Wanted.PERMANENT).exclude(state__in=PERMANENT)
    keys = concerned.order_by().values("organization")
    others = Organization.objects.filter(pk__in=keys).exclude(pk__in=[home.pk] if home is not None else [])
    for organization in others:
        history.record_change(event, by=by, organization=organization, detail=named)


def _home(place: Place) -> Organization | None:
    if isinstance(place, Dataset | Login):
        return place.organization
    return place if isinstance(place, Organization) else None


def _named(place: Place) -> dict[str, str]:
    if place is None:
        return {"deployment": "all"}
    if isinstance(place, Login):
        return {"login": f"{place.provider}:{place.account_id}"}
    return {type(place).__name__.lower(): place.slug}


def _already(place: Place) -> str:
    if place is None or isinstance(place, Login):
        return _("Making DOIs permanent is stopped already.")
    return _("It is held already.")


def _not_held(place: Place) -> str:
    if place is None or isinstance(place, Login):
        return _("Making DOIs permanent is not stopped.")
    return _("It is not held.")
