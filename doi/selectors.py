"""Questions that pages, commands and services ask of the tables. Nothing here writes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from datasets.models import Dataset, Version
from doi import clock
from doi.models import (
    Account,
    Comparison,
    Configuration,
    DatasetIssuance,
    Doi,
    Finding,
    Login,
    Scope,
    Severity,
    Source,
)
from doi.plan import Obstacle
from doi.states import PERMANENT, Environment, State
from organizations.models import Institution, Organization

type Owner = Organization | Institution


@dataclass(frozen=True, slots=True)
class InForce:
    """
    What account new DOIs take. `source`: ``own``, ``inherited`` or ``off``; `owner`: whose account it is.

    `blocked`: an institution on the way switched issuing off, so nothing is offered below it. `path`: the names walked,
    nearest first.
    """

    account: Account | None
    owner: Owner | None
    source: str
    blocked: bool = False
    path: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return self.account is not None and self.account.login.is_usable


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """One answer to *where do DOIs come from*; `why` says why it is not available, or what it means."""

    value: str
    label: str
    available: bool
    why: str


@dataclass(frozen=True, slots=True)
class Counts:
    drafts: int = 0
    permanent: int = 0
    planned: int = 0
    attention: int = 0
    by_state: dict[str, int] = field(default_factory=dict)


def configuration_of(owner: Owner) -> Configuration | None:
    rows = Configuration.objects.select_related("account__login", "updated_by")
    if isinstance(owner, Organization):
        return rows.filter(organization=owner).first()
    return rows.filter(institution=owner).first()


def source_of(owner: Owner) -> Source:
    """What the owner chose; where nobody chose: off for an organization, inherit for an institution."""
    found = configuration_of(owner)
    if found is not None:
        return Source(found.source)
    return Source.OFF if isinstance(owner, Organization) else Source.INHERIT


def in_force(owner: Owner) -> InForce:
    """The nearest configuration upwards, even while that account is paused or unverified: new DOIs then wait."""
    found = configuration_of(owner)
    source = source_of(owner)
    if source == Source.OWN and found is not None:
        return InForce(account=found.account, owner=owner, source="own", path=(owner.name,))
    if source == Source.OFF:
        return InForce(account=None, owner=owner, source="off", path=(owner.name,))
    return offered_above(owner)


def offered_above(owner: Owner) -> InForce:
    """What inheriting would give `owner`, whatever it has chosen."""
    above = owner.institution if isinstance(owner, Organization) else owner.parent
    path: list[str] = [owner.name]
    for institution in above.lineage() if above is not None else []:
        path.append(institution.name)
        found = configuration_of(institution)
        if found is not None and found.source == Source.OWN:
            return InForce(found.account, institution, "inherited", path=tuple(path))
        if found is not None and found.source == Source.OFF:
            return InForce(None, institution, "inherited", blocked=True, path=tuple(path))
    return InForce(account=None, owner=None, source="inherited", path=tuple(path))


def below(owner: Owner) -> Iterable[Organization]:
    """The owner itself, or all organizations below an institution, however deep."""
    if isinstance(owner, Organization):
        return [owner]
    inside, waiting = [owner], [owner]
    while waiting:
        # Each once, so that even a circle ends.
        found = Institution.objects.filter(parent__in=waiting).exclude(pk__in=[each.pk for each in inside])
        waiting = list(found)
        inside += waiting
    return Organization.objects.filter(institution__in=inside)


def choices(owner: Owner) -> list[SourceChoice]:
    """The three sources, those that cannot be had included, each with the reason."""
    offered = offered_above(owner)
    if isinstance(owner, Organization) and owner.institution is None:
        available, why = (
            False,
            _("This organization belongs to no institution, so there is nothing to inherit."),
        )
    elif offered.blocked and offered.owner is not None:
        available, why = (
            False,
            _("%(name)s has switched DOI issuing off for what is below it.") % {"name": offered.owner.name},
        )
    elif offered.account is None:
        # For an institution this is how it begins, and how it goes back to that: looking upwards, passing on what comes.
        available = isinstance(owner, Institution)
        why = _("No institution above has set up an account yet.")
        if available:
            why = _(
                "Looks upwards. No institution above has set up an account yet, so nothing is offered below."
            )
    else:
        available, why = (
            True,
            _("Uses %(account)s of %(owner)s.") % {"account": offered.account, "owner": offered.owner},
        )
    own = _("Enter your own repository account at DataCite or EZID.")
    off = (
        _("No new DOIs are issued. Existing ones stay.")
        if isinstance(owner, Organization)
        else _("Nothing is offered to the organizations below.")
    )
    return [
        SourceChoice(Source.OWN, _("Own account"), available=True, why=own),
        SourceChoice(Source.INHERIT, _("Inherited"), available=available, why=why),
        SourceChoice(Source.OFF, _("Off"), available=True, why=off),
    ]


def counts(organization: Organization) -> Counts:
    """How many DOIs of the organization are in which state, and how many need a person."""
    rows = Doi.objects.filter(organization=organization)
    by_state = {State(row["state"]).value: row["n"] for row in rows.values("state").annotate(n=Count("id"))}
    return Counts(
        drafts=by_state.get(State.DRAFT, 0),
        permanent=sum(by_state.get(state, 0) for state in PERMANENT),
        planned=by_state.get(State.PLANNED, 0),
        attention=rows.filter(needs_person(clock.now())).count(),
        by_state=by_state,
    )


def why_not_usable(login: Login) -> Obstacle | None:
    """Why nothing is sent under `login`, or None when it is usable."""
    if login.refused_at is not None:
        return Obstacle(
            "login.refused",
            _(
                "The registry refused the account's password; DOIs wait until an administrator enters a new one."
            ),
        )
    if login.paused_at is not None:
        return Obstacle(
            "login.paused", _("The account is paused; DOIs wait until an administrator resumes it.")
        )
    if login.verified_at is None:
        return Obstacle(
            "login.unverified", _("The account is not checked yet; DOIs wait until a check has passed.")
        )
    return None


def waits_for(doi: Doi, *, now: datetime) -> Obstacle | None:
    """
    What its login keeps `doi` waiting for, or None. Only of a DOI that has something to send now, so not of a settled one
    nor of a draft inside its window, and only where its own row says nothing (``attention`` comes first).

    `doi` comes with ``account__login``. The same rule for the database is `waiting_for_login`.
    """
    if doi.attention or doi.account is None or doi.next_attempt_at is None or doi.next_attempt_at > now:
        return None
    return why_not_usable(doi.account.login)


def waiting_for_login(now: datetime) -> Q:
    """The condition on DOIs for which `waits_for` has an answer."""
    unusable = (
        Q(account__login__refused_at__isnull=False)
        | Q(account__login__paused_at__isnull=False)
        | Q(account__login__verified_at__isnull=True)
    )
    return unusable & Q(account__isnull=False, next_attempt_at__lte=now, attention="")


def needs_person(now: datetime) -> Q:
    """The condition on DOIs that wait for somebody: for something in their own row, or for their login."""
    return ~Q(attention="") | waiting_for_login(now)


def is_on(dataset: Dataset) -> bool:
    return DatasetIssuance.objects.filter(dataset=dataset, on=True).exists()


def default_on(organization: Organization) -> bool:
    """Whether a future dataset of the organization issues DOIs from the beginning."""
    found = configuration_of(organization)
    return found is not None and found.source != Source.OFF and found.default_on


def doi_of(version: Version) -> Doi | None:
    """The version's DOI: the production one where there is one."""
    rows = Doi.objects.filter(landing_id=version.pk).select_related("account__login")
    return min(rows, key=lambda doi: doi.environment != Environment.PRODUCTION, default=None)


def open_findings(organization: Organization) -> QuerySet[Finding]:
    rows: QuerySet[Finding] = Finding.objects.filter(organization=organization, healed_at__isnull=True)
    return rows


def with_finding(rows: QuerySet[Doi]) -> QuerySet[Doi]:
    """Each with `finding_kind` and `finding_detail` of its most severe open finding."""
    first = Finding.objects.filter(doi=OuterRef("pk"), healed_at__isnull=True).order_by("-severity", "pk")
    return rows.annotate(
        finding_kind=Subquery(first.values("kind")[:1]), finding_detail=Subquery(first.values("detail")[:1])
    )


def findings_below(institution: Institution) -> list[tuple[Organization, int, int]]:
    """The organizations directly below that have findings, with how many, and how many are severe; one query."""
    is_open = Q(findings__healed_at__isnull=True)
    rows = institution.organizations.annotate(
        open_n=Count("findings", filter=is_open),
        severe_n=Count("findings", filter=is_open & Q(findings__severity=Severity.SEVERE)),
    )
    return [(each, each.open_n, each.severe_n) for each in rows.filter(open_n__gt=0).order_by("name")]


def compared_since(organization: Organization) -> datetime | None:
    """When the last full comparison began of the account compared longest ago; None where one never was."""
    logins = Doi.objects.filter(organization=organization, account__isnull=False).values("account__login")
    rounds = Comparison.objects.filter(login__in=logins, scope=Scope.ALL)
    times = list(rounds.values_list("compared_at", flat=True))
    return min((at for at in times if at is not None), default=None) if None not in times else None
