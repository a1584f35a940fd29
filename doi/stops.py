"""
What stops promotions above a single DOI: the active holds and kill switches, read once for many rows.

Active holds are few, so all of them are read with one query (two where an institution is held), never one per row.
"""

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from datasets.models import Dataset
from doi.models import Doi, Hold
from doi.plan import Obstacle
from organizations.models import Institution, Organization

# The words under which a DOI waits for a person to lift something.
HELD = "held"
LOGIN_STOPPED = "login.promotions-stopped"
DEPLOYMENT_STOPPED = "promotions-stopped"
# How old what a drain knows of the stops may be, as a share of the lease: a second.
RECENT = 1 / 300
HELD_WORDS = (HELD, LOGIN_STOPPED, DEPLOYMENT_STOPPED)


@dataclass(frozen=True, slots=True)
class Stops:
    """The active holds as they were when they were read. `parents`: institution → the one above it."""

    holds: tuple[Hold, ...] = ()
    parents: Mapping[int, int | None] = field(default_factory=dict)

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

    def on_organization(self, organization: Organization) -> list[Hold]:
        """All holds that reach a whole organization, the narrowest first."""
        return list(self._of_places(None, organization))

    def on_institution(self, institution: Institution) -> list[Hold]:
        """Its own hold and those of the institutions above it."""
        return list(self._institutions(institution.pk))

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

    def read(self) -> Stops:
        self.stops, self.read_at = Stops.read(), time.monotonic()
        return self.stops

    def recent(self) -> Stops:
        """As they were a second ago at most."""
        old = time.monotonic() - self.read_at > settings.DOI_LEASE * RECENT
        return self.read() if old else self.stops


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
