"""What a back-issue would do, in numbers, without changing anything."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from datasets.models import Dataset, Version
from doi import metadata, selectors
from doi.described import described
from doi.errors import AccountNotReadyError
from doi.judgement import KERNELS
from doi.models import Account, Doi
from doi.states import PERMANENT, State, Wanted
from organizations.models import Organization


@dataclass(frozen=True, slots=True)
class Blocked:
    """A version whose metadata the local rules refuse, with the first field and the sentence."""

    version: Version
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What a back-issue would do, in numbers of versions. `seconds`: at the pace the registries ask for.

    `versions` = `ready` + `already` + blocked; `private` are among the ready ones.
    """

    versions: int
    ready: int
    already: int
    private: int
    seconds: float
    blocked: tuple[Blocked, ...]


def plan(organization: Organization, *, dataset: Dataset | None = None) -> Plan:
    """Look without changing anything. Raises AccountNotReadyError where no account is in force."""
    account = account_of(organization)
    ready = already = private = versions = 0
    blocked: list[Blocked] = []
    candidates = _candidates(organization, dataset)
    wanted = _wanted(candidates, account)
    for version in candidates.iterator(chunk_size=500):
        versions += 1
        state = wanted.get(version.pk)
        if state is not None and state != State.PLANNED:
            already += 1
        elif (problem := _first_problem(version, account)) is not None:
            blocked.append(problem)
        elif state is not None:
            already += 1
        else:
            ready += 1
            private += not version.dataset.is_public
    return Plan(versions, ready, already, private, ready / _pace(account), tuple(blocked))


def account_of(organization: Organization) -> Account:
    account = selectors.in_force(organization).account
    if account is None:
        raise AccountNotReadyError(_("No DOI account is in force here, so there is nothing to issue with."))
    return account


def _candidates(organization: Organization, dataset: Dataset | None) -> QuerySet[Version]:
    rows: QuerySet[Version] = Version.objects.released().filter(dataset__organization=organization)
    if dataset is not None:
        rows = rows.filter(dataset=dataset)
    return rows.select_related("dataset__organization").order_by("dataset", "position")


def _wanted(versions: QuerySet[Version], account: Account) -> dict[object, str]:
    """The states of those that have, or are getting, a DOI in the account's environment."""
    wanted = Q(wanted=Wanted.PERMANENT) | Q(state__in=PERMANENT)
    rows = Doi.objects.filter(
        wanted, environment=account.login.environment, landing_id__in=versions.order_by().values("pk")
    )
    return dict(rows.values_list("landing_id", "state"))


def _first_problem(version: Version, account: Account) -> Blocked | None:
    """By the sender's own rules, on the record that it sends."""
    record = {"version": version.number, **described(version)}
    found = metadata.problems(record, kernel=KERNELS[account.login.provider])
    return Blocked(version, found[0].field, found[0].message) if found else None


def _pace(account: Account) -> float:
    """Drafts per second: bulk goes at its own pace, and has nine tenths of the host's budget."""
    budget: int = settings.REQUESTS_PER_5_MINUTES[account.login.provider, account.login.environment]
    bulk: float = settings.BULK_REQUESTS_PER_SECOND
    return min(bulk, budget / 300 * 0.9)
