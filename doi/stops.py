"""
What stops promotions above a single DOI: the active holds and kill switches, read once for many rows.

Active holds are few, so all of them are read with one query (two where an institution is held), never one per row.
"""

import math
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.translation import gettext as _

from datasets.models import Dataset
from doi import agreement
from doi.models import Doi, Hold
from doi.plan import Obstacle
from organizations.models import Institution, Organization

# The words under which a DOI waits for a person to lift something.
HELD = "held"
LOGIN_STOPPED = "login.promotions-stopped"
DEPLOYMENT_STOPPED = "promotions-stopped"
# Seconds. How old what a drain knows of the stops may be, and how old it may be when a DOI is published.
RECENT = 1.0
LOOKED_AFTER = 8.0
HELD_WORDS = (HELD, LOGIN_STOPPED, DEPLOYMENT_STOPPED)


@dataclass(frozen=True, slots=True)
class Stops:
    """
    The active holds as they were when they were read. `parents`: institution → the one above it.

    `clocks` is set by the engine only, while the clocks disagree.
    """

    holds: tuple[Hold, ...] = ()
    parents: Mapping[int, int | None] = field(default_factory=dict)
    clocks: Obstacle | None = None

    @classmethod
    def read(cls) -> "Stops":
        """One query; another one where an institution is held."""
        holds = tuple(
            Hold.objects.filter(lifted_at__isnull=True)
            .select_related("institution", "organization", "held_by")
            .order_by("pk")
        )
        if not any(hold.institution_id for hold in holds):
            return cls(holds)
        return cls(holds, dict(Institution.objects.values_list("pk", "parent")))

    def gate(self, doi: Doi) -> Obstacle | None:
        """The narrowest hold of its dataset, its organization or an institution above."""
        found = self.hold_of(doi)
        return Obstacle(HELD, sentence(found)) if found is not None else None

    def kill_switch(self, doi: Doi) -> Obstacle | None:
        """The switch of its login, or of the deployment."""
        found = self.switch_of(doi)
        if found is None:
            return None
        return Obstacle(DEPLOYMENT_STOPPED if found.deployment else LOGIN_STOPPED, sentence(found))

    def hold_of(self, doi: Doi) -> Hold | None:
        """What `gate` says, as the hold itself. `doi` comes with its version, dataset and organization."""
        if not self.holds:
            return None
        dataset = doi.version.dataset if doi.version is not None else None
        return next(self._of_places(dataset, doi.organization), None)

    def switch_of(self, doi: Doi) -> Hold | None:
        """What `kill_switch` says, as the hold itself."""
        found = self.on_login(doi.account.login_id) if doi.account is not None else None
        return self.deployment or found

    def on_dataset(self, dataset: Dataset) -> list[Hold]:
        """All holds that reach a dataset, the narrowest first; `dataset` comes with its organization."""
        return list(self._of_places(dataset, dataset.organization))

    def on_owner(self, owner: Organization | Institution) -> list[Hold]:
        """All holds that reach a whole organization or institution, its own first."""
        if isinstance(owner, Organization):
            return list(self._of_places(None, owner))
        return list(self._institutions(owner.pk))

    def on_login(self, login_id: int) -> Hold | None:
        return next((hold for hold in self.holds if hold.login_id == login_id), None)

    @property
    def deployment(self) -> Hold | None:
        return next((hold for hold in self.holds if hold.deployment), None)

    def _of_places(self, dataset: Dataset | None, organization: Organization) -> Iterator[Hold]:
        if dataset is not None:
            yield from (hold for hold in self.holds if hold.dataset_id == dataset.pk)
        yield from (hold for hold in self.holds if hold.organization_id == organization.pk)
        yield from self._institutions(organization.institution_id)

    def _institutions(self, nearest: int | None) -> Iterator[Hold]:
        for above in self._upwards(nearest):
            yield from (hold for hold in self.holds if hold.institution_id == above)

    def _upwards(self, nearest: int | None) -> Iterable[int]:
        line: list[int] = []
        # Each once, so that even a circle ends.
        while nearest is not None and nearest not in line and self.parents:
            line.append(nearest)
            nearest = self.parents.get(nearest)
        return line


@dataclass(slots=True)
class Watch:
    """The stops as one drain knows them."""

    stops: Stops = field(default_factory=Stops)
    read_at: float = -math.inf
    # What the registry's last answer told of its clock.
    registry: Obstacle | None = None
    called_off: set[int] = field(default_factory=set)

    def read(self) -> Stops:
        read_at = time.monotonic()
        self.stops = replace(Stops.read(), clocks=agreement.with_host() or self.registry)
        self.read_at = read_at
        return self.stops

    def recent(self) -> Stops:
        """As they were a second ago at most."""
        return self.read() if time.monotonic() - self.read_at > RECENT else self.stops

    def hear(self, clocks: Obstacle | None, date: datetime | None) -> None:
        """What an answer tells of its registry's clock: that it is wrong, or what it says."""
        if clocks is not None or date is not None:
            self.registry = clocks or agreement.with_registry(date)
            self.stops = replace(self.stops, clocks=self.stops.clocks or self.registry)

    def look_after(self, promoting: Collection[Doi]) -> None:
        """Call off what is being made permanent and not published yet, where something stops it now."""
        if not promoting:
            return
        stops = self.recent()
        stopped = (doi.pk for doi in promoting if stops.clocks or stops.gate(doi) or stops.kill_switch(doi))
        self.called_off.update(stopped)

    def is_called_off(self, pk: int) -> bool:
        """Asked by the thread that is about to publish. Nobody has looked for a while: that counts as called off."""
        return pk in self.called_off or time.monotonic() - self.read_at > LOOKED_AFTER


def sentence(hold: Hold) -> str:
    """What is held and why, for everybody who works below it."""
    place = hold.place
    if place == "dataset":
        words = _("The dataset is held: %(reason)s")
    elif place == "organization":
        words = _("%(name)s is held: %(reason)s")
    elif place == "institution":
        words = _("%(name)s, with everything below it, is held: %(reason)s")
    elif place == "login":
        words = _("Making DOIs permanent is stopped for this repository account: %(reason)s")
    else:
        words = _("The operator has stopped making DOIs permanent: %(reason)s")
    named = hold.organization or hold.institution
    return words % {"name": named.name if named is not None else "", "reason": hold.reason}
