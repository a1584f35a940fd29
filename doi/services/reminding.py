"""
Letters to the people who can mend what keeps a DOI from becoming permanent, while there is still time, and to those who
can renew a refused password. Each is sent once, by a sweep.

A row is marked first, by whoever finds it unmarked, and the letter sent then: sweeps at once send it once. Where no letter
at all goes out the mark is taken back, and the next sweep tries again. A worker killed between the two loses a letter, and
so does a reader whose address alone is refused; the sentence on the page stays in both cases.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from doi.failpoints import pass_point
from doi.models import Doi, Login
from doi.states import State, Step, Wanted
from organizations import letters
from organizations.access import administrators_of, people_who_edit
from organizations.models import Institution, Organization, User

MOST_NAMED = 20
# Decided by a person, or healed without one.
NOBODY_S = (
    "held",
    "login.promotions-stopped",
    "promotions-stopped",
    "clock",
    "registry",
    "engine",
    "run.paused",
)

# Organizations with more than this many at once hear of the rest by the next sweeps.
AT_ONCE = 500
UNTOLD = Q(reminded_for__isnull=True) | ~Q(reminded_for=F("permanent_after"))


@dataclass(frozen=True, slots=True)
class _Told:
    letters: int
    settled: bool


def lead() -> timedelta:
    """How long before its deadline a DOI's people are told: a day, or half of a shorter window."""
    return min(timedelta(hours=24), timedelta(seconds=settings.DOI_DRAFT_WINDOW) / 2)


def remind(*, now: datetime) -> int:
    """Send what is to be told now. Returns the number of letters."""
    return _of_deadlines(now) + _of_refusals(now)


# --- deadlines ------------------------------------------------------------------------------------------------------


def _of_deadlines(now: datetime) -> int:
    rows = Doi.objects.filter(
        ~Q(attention="") & ~Q(attention__in=NOBODY_S),
        ~Q(step=Step.PROMOTE),
        UNTOLD,
        state=State.DRAFT,
        wanted=Wanted.PERMANENT,
        permanent_after__lte=now + lead(),
    )
    organizations = Organization.objects.filter(pk__in=rows.order_by().values("organization"))
    return sum(_of_organization(organization, rows) for organization in organizations)


def _of_organization(organization: Organization, rows: QuerySet[Doi]) -> int:
    found = (
        rows.filter(organization=organization)
        .select_related("version__dataset__organization")
        .order_by("permanent_after", "pk")[:AT_ONCE]
    )
    ours = [doi for doi in found if _mark(doi)]
    if not ours:
        return 0
    pass_point("remind.marked")
    told = _tell(
        people_who_edit(organization),
        "deadline",
        organization=organization,
        dois=[doi for doi in ours if doi.version is not None][:MOST_NAMED],
        more=max(0, len(ours) - MOST_NAMED),
        count=len(ours),
        link=settings.SITE_URL + reverse("datasets:list", args=[organization.slug]),
    )
    if not told.settled:
        for doi in ours:
            Doi.objects.filter(pk=doi.pk).update(reminded_for=doi.reminded_for)
    return told.letters


def _mark(doi: Doi) -> bool:
    """Whether this sweep is the one that tells of it."""
    return bool(Doi.objects.filter(UNTOLD, pk=doi.pk).update(reminded_for=F("permanent_after")))


# --- refusals -------------------------------------------------------------------------------------------------------


def _of_refusals(now: datetime) -> int:
    untold = Q(refusal_told_at__isnull=True) | Q(refusal_told_at__lt=F("refused_at"))
    logins = Login.objects.filter(untold, refused_at__lte=now).select_related("organization", "institution")
    return sum(_of_login(login, now=now) for login in logins)


def _of_login(login: Login, *, now: datetime) -> int:
    row = Login.objects.filter(pk=login.pk)
    if not row.filter(refusal_told_at=login.refusal_told_at).update(refusal_told_at=now):
        return 0
    told = _tell(
        _administrators(login.owner),
        "refused",
        login=login,
        owner=login.owner,
        count=Doi.objects.filter(account__login=login, next_attempt_at__lte=now).count(),
        link=settings.SITE_URL + _settings_page(login.owner),
    )
    if not told.settled:
        row.update(refusal_told_at=login.refusal_told_at)
    return told.letters


def _administrators(owner: Organization | Institution) -> Iterable[User]:
    if isinstance(owner, Organization):
        return administrators_of(owner)
    return User.objects.filter(memberships__institution=owner, is_active=True)


def _settings_page(owner: Organization | Institution) -> str:
    name = "configuration" if isinstance(owner, Organization) else "institution-configuration"
    return reverse(f"doi:{name}", args=[owner.slug])


def _tell(people: Iterable[User], letter: str, **context: object) -> _Told:
    """One letter for each, with times in the reader's own zone. Nobody to tell counts as told."""
    readers = list(people)
    sent = 0
    for reader in readers:
        with timezone.override(reader.time_zone or "UTC"):
            sent += letters.send(reader, letter, **context)
            pass_point("remind.told")
    return _Told(sent, settled=bool(sent or not readers))
