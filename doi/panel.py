"""
What the curators' pages show of DOIs: fills `datasets.hooks` for lists, versions and the metadata form.

Rows are shown as the registry last confirmed them, with what is wanted where that differs.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, prefetch_related_objects
from django.db.models.query import Prefetch
from django.utils.translation import gettext as _

from datasets.hooks import FieldProblem
from datasets.models import Dataset, Version
from datasets.readiness import href_of
from doi import clock, comparing, names, selectors
from doi.address import resolver_is_asked
from doi.described import defaults
from doi.errors import InvalidNameError
from doi.guard import preferred, problems_of, provider_of
from doi.kernel4 import WORDS
from doi.metadata.licences import LICENCES, restated
from doi.models import DatasetIssuance, Doi, Hold, Kind
from doi.plan import Obstacle
from doi.selectors import InForce
from doi.states import PERMANENT, Environment, State, Step, Wanted
from doi.stops import HELD_WORDS, Stops, sentence

_STATES = (State.PLANNED, State.DRAFT, State.FINDABLE, State.REGISTERED)
_SOON = timedelta(minutes=15)
_ATTENTION, _OFF = "attention", "off"


@dataclass(frozen=True, slots=True)
class DoiLine:
    """
    One version's DOI beside it. ``now`` is this machine's time, which is near enough for words; the engine asks the
    database's. ``mend``: where the person goes whose attention is asked.
    """

    doi: Doi
    now: datetime
    mend: str = ""
    # What holds it from above: a dataset's, an organization's or an institution's hold, or a kill switch.
    above: Hold | None = None

    @property
    def finding(self) -> str:
        """In which the registry differs, most severe first; empty where its own row says something already."""
        kind = getattr(self.doi, "finding_kind", None)
        if not kind or self.doi.attention:
            return ""
        return comparing.sentence(Kind(kind), getattr(self.doi, "finding_detail", ""))

    @property
    def is_held(self) -> bool:
        return self.doi.held_at is not None or self.above is not None

    @property
    def why_held(self) -> str:
        """The sentence of what holds it from above."""
        return sentence(self.above) if self.above is not None else ""

    @property
    def asks_attention(self) -> bool:
        """Beyond what is said about its hold."""
        return bool(self.doi.attention) and self.doi.attention not in HELD_WORDS

    @property
    def is_test(self) -> bool:
        return self.doi.environment == Environment.TEST

    @property
    def link(self) -> str:
        """The address at the proxy; empty for a test DOI, which never resolves, and for one that nobody has registered."""
        live = self.doi.state in PERMANENT or self.doi.is_external
        return names.to_url(self.doi.name) if live and not self.is_test else ""

    @property
    def address(self) -> str:
        """The name as it is cited."""
        return names.to_url(self.doi.name)

    @property
    def waits(self) -> Obstacle | None:
        """What its login keeps it waiting for."""
        return selectors.waits_for(self.doi, now=self.now)

    @property
    def standing(self) -> str:
        """One sentence beyond the state; empty where the state says it all."""
        doi = self.doi
        if doi.is_external:
            return _("Held by somebody else's account; shown and cited, never changed from here.")
        if doi.withdrawn_at is not None:
            return _("Withdrawn: its page is a tombstone.")
        if doi.state == State.DRAFT and doi.wanted == Wanted.NONE:
            words = _("Not wanted any more: the draft is being discarded at the registry.")
            return f"{words} {self.waits.sentence}" if self.waits is not None else words
        if doi.state == State.PLANNED and doi.wanted == Wanted.NONE:
            return (
                _("Reserved, not active yet.")
                if doi.reserved_at
                else _("Not wanted now; the name stays here.")
            )
        if doi.state == State.DISCARDED and doi.wanted == Wanted.NONE:
            return _("Discarded at the registry; the name stays with this version.")
        return self._becoming()

    def _becoming(self) -> str:
        doi = self.doi
        if self.waits is not None:
            return self.waits.sentence
        if doi.state in (State.PLANNED, State.DISCARDED):
            return "" if doi.attention else _("The draft is being sent to the registry.")
        if doi.state == State.DRAFT and doi.promote_now_at is not None:
            return _("Becoming permanent now, as an administrator asked.")
        if doi.state == State.FINDABLE and not doi.public:
            return _("Being hidden at the registry.")
        if doi.state == State.REGISTERED and doi.public:
            return "" if doi.attention else _("Being made findable at the registry.")
        if doi.generation != doi.confirmed_generation and not doi.attention:
            return _("A change is being sent to the registry.")
        return ""

    @property
    def is_gone(self) -> bool:
        """Nothing is at the registry and nothing is to come, so nothing is sent."""
        return self.doi.state == State.DISCARDED and self.doi.wanted == Wanted.NONE

    @property
    def has_lasting_name(self) -> bool:
        """Reserved, or at a registry once: there is nothing left to reserve."""
        return self.doi.reserved_at is not None or self.doi.state != State.PLANNED

    @property
    def deadline(self) -> datetime | None:
        """When it becomes permanent; None where no such time is running."""
        doi = self.doi
        running = doi.state == State.DRAFT and doi.wanted == Wanted.PERMANENT and doi.promote_now_at is None
        return doi.permanent_after if running else None

    @property
    def is_overdue(self) -> bool:
        """The time has come and something stands in the way, or a worker is on it."""
        return self.deadline is not None and self.deadline <= self.now

    @property
    def countdown(self) -> str:
        """How long until the deadline, while the page looks again by itself; empty before and after."""
        left = self.deadline - self.now if self.deadline is not None else timedelta()
        if not timedelta() < left < _SOON or self.is_held:
            return ""
        minutes, seconds = divmod(int(left.total_seconds()), 60)
        words = {"minutes": minutes, "seconds": seconds}
        return (_("in %(minutes)d min %(seconds)d s") if minutes else _("in %(seconds)d s")) % words

    @property
    def is_moving(self) -> bool:
        """Something is about to change without anybody doing anything here, so the page looks again by itself."""
        doi = self.doi
        if doi.is_external or doi.attention or self.is_held or self.waits is not None:
            return False
        if doi.state in (State.PLANNED, State.DISCARDED):
            return doi.wanted == Wanted.PERMANENT
        if doi.state == State.DRAFT and self.deadline is not None:
            return self.deadline - self.now < _SOON
        if self.next_look is not None and self.next_look - self.now < _SOON:
            return True
        return doi.state == State.DRAFT or doi.generation != doi.confirmed_generation

    @property
    def next_look(self) -> datetime | None:
        """When it is looked at next whether it resolves; None where that is known, or nobody is asked."""
        doi = self.doi
        if doi.look_after is None or doi.account is None or not resolver_is_asked(doi.account.login.provider):
            return None
        return doi.look_after

    @property
    def may_hold(self) -> bool:
        doi = self.doi
        wanted = doi.wanted == Wanted.PERMANENT and doi.state not in PERMANENT and not doi.is_external
        return wanted and doi.held_at is None and doi.step != Step.PROMOTE

    @property
    def may_be_permanent_now(self) -> bool:
        doi = self.doi
        return self.deadline is not None and not self.is_held and not doi.attention


@dataclass(slots=True)
class DatasetLine:
    """A dataset's DOIs in one line of a list: how many in each state."""

    on: bool = False
    states: dict[str, int] = field(default_factory=dict)
    attention: int = 0
    tests: bool = False

    @property
    def badges(self) -> list[tuple[str, str, int]]:
        """(state, its words, how many), in the order of a DOI's life."""
        return [
            (state.value, str(state.label), self.states[state]) for state in _STATES if state in self.states
        ]


@dataclass(frozen=True, slots=True)
class DatasetPanel:
    """The card at the top of a dataset's page."""

    dataset: Dataset
    on: bool
    force: InForce
    # What reaches the whole dataset, the narrowest first.
    holds: Sequence[Hold]

    @property
    def is_test(self) -> bool:
        return self.force.account is not None and self.force.account.login.environment == Environment.TEST

    @property
    def may_hold(self) -> bool:
        return self.on and not any(hold.dataset_id for hold in self.holds)

    @property
    def reaching(self) -> list[tuple[Hold, str]]:
        """What holds it, each with its sentence."""
        return [(hold, sentence(hold)) for hold in self.holds]

    @property
    def why_not_usable(self) -> str:
        """Why DOIs wait, in one sentence; empty when they do not."""
        if self.force.account is None:
            if self.force.blocked and self.force.owner is not None:
                return _("%(name)s has switched DOI issuing off for what is below it.") % {
                    "name": self.force.owner.name
                }
            return _("No DOI account is in force for this organization.")
        obstacle = selectors.why_not_usable(self.force.account.login)
        return obstacle.sentence if obstacle is not None else ""


class Panel:
    """Fills ``datasets.hooks.VersionPanel``."""

    version_template = "doi/panel/_version.html"
    dataset_template = "doi/panel/_dataset.html"
    page_template = "doi/panel/_page.html"

    def filters(self) -> Sequence[tuple[str, str]]:
        states = [(state.value, _("With a DOI: %(state)s") % {"state": state.label}) for state in _STATES]
        return [(_ATTENTION, _("Needs attention")), *states, (_OFF, _("DOI issuance off"))]

    def filter(self, value: str) -> Q:
        if value == _OFF:
            return ~Q(pk__in=DatasetIssuance.objects.filter(on=True).values("dataset"))
        if value == _ATTENTION:
            return _with(Doi.objects.filter(selectors.needs_person(_now())))
        return _with(Doi.objects.filter(state=value)) if value in _STATES else Q()

    def search(self, text: str) -> Q:
        """By DOI, in any form that people paste."""
        try:
            name = str(names.parse_name(text))
        except InvalidNameError:
            return Q(pk__in=())
        return _with(Doi.objects.filter(name=name))

    def for_versions(self, versions: Iterable[Version]) -> Mapping[UUID, DoiLine]:
        """Two queries: the rows, which stay on the versions for the guard, and the active holds."""
        listed = list(versions)
        rows = selectors.with_finding(Doi.objects.select_related("account__login", "organization", "held_by"))
        prefetch_related_objects(listed, Prefetch("dois", queryset=rows))
        lines = ((version, preferred(version)) for version in listed)
        now, stops = _now(), Stops.read()
        return {
            version.pk: DoiLine(doi, now, _mend(doi, version), _above(doi, stops))
            for version, doi in lines
            if doi is not None
        }

    def for_datasets(self, datasets: Iterable[Dataset]) -> Mapping[int, DatasetLine]:
        """Two queries: the DOIs of the page's datasets, counted, and their switches."""
        keys = [dataset.pk for dataset in datasets]
        lines: defaultdict[int, DatasetLine] = defaultdict(DatasetLine)
        for dataset in DatasetIssuance.objects.filter(dataset__in=keys, on=True).values_list(
            "dataset", flat=True
        ):
            lines[dataset].on = True
        rows = (
            Doi.objects.filter(version__dataset__in=keys, state__in=_STATES)
            .values_list("version__dataset", "state", "environment")
            .annotate(n=Count("pk"), attention_n=Count("pk", filter=selectors.needs_person(_now())))
        )
        for dataset, state, environment, count, attention in rows:
            line = lines[dataset]
            line.states[state] = line.states.get(state, 0) + count
            line.attention += attention
            line.tests = line.tests or environment == Environment.TEST
        return lines

    def for_page(self, dataset: Dataset) -> DatasetPanel:
        issuance = DatasetIssuance.objects.filter(dataset=dataset).first()
        force = selectors.in_force(dataset.organization)
        return DatasetPanel(
            dataset=dataset,
            on=issuance is not None and issuance.on,
            force=force,
            holds=_reaching(dataset, force),
        )


def _reaching(dataset: Dataset, force: InForce) -> list[Hold]:
    """Its own hold, those of the places above it, and the kill switches of the login in force and of the deployment."""
    stops = Stops.read()
    switches = [
        stops.on_login(force.account.login_id) if force.account is not None else None,
        stops.deployment,
    ]
    return [*stops.on_dataset(dataset), *(hold for hold in switches if hold is not None)]


def _now() -> datetime:
    """The time by this machine, which is near enough for what is shown."""
    return clock.host()


def _with(rows: Any) -> Q:
    return Q(pk__in=rows.filter(version__isnull=False).values("version__dataset"))


def _above(doi: Doi, stops: Stops) -> Hold | None:
    """Only of a DOI that is still to become permanent."""
    if doi.state in PERMANENT or doi.wanted != Wanted.PERMANENT or doi.is_external:
        return None
    return stops.hold_of(doi) or stops.switch_of(doi)


def _mend(doi: Doi, version: Version) -> str:
    """The page where the attention's field is mended; empty where that is not a page of this dataset."""
    kind, dot, place = doi.attention.partition(".")
    return href_of(place, version.dataset, version) if kind == "metadata" and dot else ""


class Rules:
    """Fills ``datasets.hooks.MetadataRules``: the sender's own word lists, defaults and judgement."""

    def words(self, name: str) -> Sequence[str]:
        return list(LICENCES if name == "licence" else WORDS.get(name, ()))

    def restated(self, rights: Mapping[str, Any]) -> Collection[str]:
        return restated(rights)

    def defaults(self, dataset: Dataset, version: Version | None) -> Mapping[str, Any]:
        return defaults(version or Version(dataset=dataset))

    def problems(self, dataset: Dataset, version: Version | None) -> Sequence[FieldProblem]:
        judged = version or Version(dataset=dataset)
        force = selectors.in_force(dataset.organization)
        doi = preferred(version) if version is not None else None
        found = problems_of(judged, provider=provider_of(doi, force))
        return [FieldProblem(problem.field, problem.message) for problem in found]
