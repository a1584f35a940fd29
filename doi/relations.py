"""
Which versions of a dataset name each other at the registry: each DOI its nearest older and its nearest newer one.

The DOIs of a dataset in one environment that are permanent, or past the point of no return, make a lineage in the order of
the versions. What a DOI names follows from the lineage; what the registry last heard of it stands in its row
(`confirmed_older`, `confirmed_newer`). Where the two differ, an update is owed. DataCite schema, "Versioning".
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, F, PositiveSmallIntegerField, Q, QuerySet, Subquery, Value, When

from datasets.models import Version
from doi.errors import InvalidNameError
from doi.kernel4 import Kernel, words_of
from doi.models import Doi, Lane
from doi.names import parse_name
from doi.states import PERMANENT, State, Step

NEW, PREVIOUS = "IsNewVersionOf", "IsPreviousVersionOf"

# Past the point of no return a draft counts: it will be permanent.
IN_LINE = Q(state__in=PERMANENT) | Q(state=State.DRAFT, step=Step.PROMOTE)

# The keys of the older and the newer neighbour.
type Told = tuple[int | None, int | None]

_position = attrgetter("position")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One DOI of a lineage. `kind` is its resourceTypeGeneral, `sending`: a request of it may be away."""

    pk: int
    landing_id: UUID
    name: str
    position: int
    kind: str
    sending: bool
    told: Told


@dataclass(frozen=True, slots=True)
class Around:
    """The neighbours of one DOI."""

    older: Neighbour | None = None
    newer: Neighbour | None = None

    @property
    def keys(self) -> Told:
        return self.older.pk if self.older else None, self.newer.pk if self.newer else None


@dataclass(frozen=True, slots=True)
class Turn:
    """What is being recorded of a DOI that has come into its lineage, left it, or said something new of its neighbours."""

    doi: Doi
    permanent: bool
    told: Told


class Lineages:
    """The lineages that `dois`, loaded with their versions, stand beside or in: one query, however many."""

    def __init__(self, dois: Iterable[Doi]) -> None:
        self._links: defaultdict[tuple[int, str], list[Neighbour]] = defaultdict(list)
        datasets = {doi.version.dataset_id for doi in dois if doi.version is not None}
        members = Doi.objects.filter(IN_LINE, version__dataset__in=datasets).order_by("version__position")
        for place, link in _read(members) if datasets else ():
            self._links[place].append(link)

    def around(self, doi: Doi) -> Around:
        if doi.version is None:
            return Around()
        links = self._of(doi)
        place = bisect_left(links, doi.version.position, key=_position)
        after = place + 1 if place < len(links) and links[place].pk == doi.pk else place
        return Around(links[place - 1] if place else None, links[after] if after < len(links) else None)

    def turn(self, turn: Turn) -> None:
        """Have the lineage as it will be once `turn` is written."""
        links = self._of(turn.doi)
        links[:] = [link for link in links if link.pk != turn.doi.pk]
        if turn.permanent and turn.doi.version is not None:
            doi, position = turn.doi, turn.doi.version.position
            link = Neighbour(doi.pk, doi.landing_id, doi.name, position, "", sending=False, told=turn.told)
            insort(links, link, key=_position)

    def owing(self, doi: Doi) -> Iterator[int]:
        """Keys of those, `doi` among them, that say of it or of their neighbours what is not so any more."""
        near = {*self.around(doi).keys, doi.pk}
        links = self._of(doi)
        for place, link in enumerate(links):
            if link.pk not in near and doi.pk not in link.told:
                continue
            older = links[place - 1].pk if place else None
            newer = links[place + 1].pk if place + 1 < len(links) else None
            # What is on its way was said before this: its row is looked at again when the answer is there.
            if link.sending or link.told != (older, newer):
                yield link.pk

    def _of(self, doi: Doi) -> list[Neighbour]:
        if doi.version is None:
            return []
        return self._links[doi.version.dataset_id, doi.environment]


def beside(doi: Doi, version: Version) -> Around:
    """The nearest ones that resolve, for the page of `version`: one query for two rows."""
    found = Doi.objects.permanent().filter(version__dataset=version.dataset_id, environment=doi.environment)
    older = found.filter(version__position__lt=version.position).order_by("-version__position")
    newer = found.filter(version__position__gt=version.position).order_by("version__position")
    before, after = (Subquery(some.values("version__position")[:1]) for some in (older, newer))
    rows = found.filter(Q(version__position=before) | Q(version__position=after))
    links = [link for _place, link in _read(rows)]
    return Around(
        next((link for link in links if link.position < version.position), None),
        next((link for link in links if link.position > version.position), None),
    )


def _read(rows: QuerySet[Doi]) -> Iterator[tuple[tuple[int, str], Neighbour]]:
    for row in rows.values_list(
        "version__dataset",
        "environment",
        "pk",
        "landing_id",
        "name",
        "version__position",
        "version__metadata__types",
        "version__dataset__metadata__types",
        "step",
        "confirmed_older",
        "confirmed_newer",
    ):
        dataset, environment, pk, landing_id, name, position, types, shared, step, older, newer = row
        link = Neighbour(pk, landing_id, name, position, _kind(types, shared), bool(step), (older, newer))
        yield (dataset, environment), link


def _kind(*layers: Any) -> str:
    """The first general type that is said: the version's, its dataset's, the default. JSON may hold anything."""
    said = (types.get("resourceTypeGeneral") for types in layers if isinstance(types, dict))
    return next((word.strip() for word in said if isinstance(word, str) and word.strip()), "Dataset")


def owed(turns: Iterable[Turn]) -> set[int]:
    """Keys of the rows that `turns` make an update due for: the neighbours' on either side, or nobody's."""
    turns = list(turns)
    lineages = Lineages(turn.doi for turn in turns)
    for turn in turns:
        lineages.turn(turn)
    return {pk for turn in turns for pk in lineages.owing(turn.doi)}


def lock(keys: Iterable[int]) -> None:
    """Lock rows in the order of their keys: two drains that write to each other's rows never wait in a circle."""
    if connection.features.has_select_for_update:
        rows = Doi.objects.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",), no_key=True)
        list(rows.values_list("pk", flat=True))


def make_due(keys: Iterable[int], *, now: datetime) -> None:
    """
    Have these rows looked at again. One whose request is away is due with its answer, one that failed when it is tried
    again; one that is parked when somebody has mended it. An external one is never sent.
    """
    Doi.objects.filter(pk__in=sorted(keys), account__isnull=False, parked_at__isnull=True).update(
        revision=F("revision") + 1,
        next_attempt_at=Case(When(step="", failures=0, then=Value(now)), default=F("next_attempt_at")),
        lane=Case(
            When(next_attempt_at__isnull=True, then=Value(Lane.PERMANENCE)),
            default=F("lane"),
            output_field=PositiveSmallIntegerField(),
        ),
    )


# --- what is said -----------------------------------------------------------------------------------------------


def related(record: Mapping[str, Any], around: Around, *, kernel: Kernel) -> dict[str, Any]:
    """
    `record` with its neighbours named after what people wrote.

    A neighbour of which somebody wrote already that it is older or newer is left to their word.
    """
    said = record.get("relatedIdentifiers") or []
    spoken_of = {_name_in(item) for item in said if isinstance(item, dict)}
    added = [
        _entry(link, relation, kernel=kernel)
        for link, relation in ((around.older, NEW), (around.newer, PREVIOUS))
        if link is not None and link.name not in spoken_of
    ]
    return {**record, "relatedIdentifiers": [*said, *added]} if added else dict(record)


def _name_in(item: Mapping[str, Any]) -> str:
    """The DOI that a person's relation of succession names, in whatever spelling; empty for every other."""
    if item.get("relationType") not in {NEW, PREVIOUS}:
        return ""
    try:
        return parse_name(str(item.get("relatedIdentifier", ""))).name
    except InvalidNameError:
        return ""


def _entry(link: Neighbour, relation: str, *, kernel: Kernel) -> dict[str, str]:
    entry = {"relatedIdentifier": link.name, "relatedIdentifierType": "DOI", "relationType": relation}
    # A registry that holds to an older kernel does not know every word.
    known = link.kind in words_of("resourceTypeGeneral", kernel=kernel)
    return entry | ({"resourceTypeGeneral": link.kind} if known else {})
