"""What `datasets` asks of whoever stands above it; filled in ``AppConfig.ready()`` of that app, empty without one."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from datasets.models import Dataset, Version


class VersionPanel(Protocol):
    """What to show beside a list of versions or datasets."""

    version_template: str
    dataset_template: str
    page_template: str

    def filters(self) -> Sequence[tuple[str, str]]:
        """What a list of datasets can be narrowed to beside its own columns: (value, words)."""
        ...

    def filter(self, value: str) -> Q:
        """The condition on datasets that belongs to one of `filters`; for any other value, all of them."""
        ...

    def search(self, text: str) -> Q:
        """The condition on datasets for text that people type into the search field; matches none by default."""
        ...

    def for_versions(self, versions: Iterable[Version]) -> Mapping[UUID, Any]:
        """
        Per version what ``version_template`` shows (as ``panel``); a constant number of queries. Where it has a true
        ``is_moving``, the page looks again by itself.
        """
        ...

    def for_datasets(self, datasets: Iterable[Dataset]) -> Mapping[int, Any]:
        """Per dataset what ``dataset_template`` shows (as ``panel``); a constant number of queries."""
        ...

    def for_page(self, dataset: Dataset) -> Any:
        """What ``page_template`` shows (as ``panel``) at the top of a dataset's own page."""
        ...


@dataclass(frozen=True, slots=True)
class Consequence:
    """One sentence of what an act will do, and whether it can be taken back."""

    text: str
    irreversible: bool = False


class ReleaseGuard(Protocol):
    """May this be done, and if not the sentence that says why; and what it will do, said before."""

    def why_not_unrelease(self, version: Version) -> str | None: ...

    def why_not_delete(self, version: Version) -> str | None: ...

    def delete_is_withdrawal(self, version: Version) -> bool:
        """True when the record outlives the version, so that the act is called *withdraw*."""
        ...

    def keeps_row(self, version: Version) -> bool:
        """True when a removed, unreleased version must keep its row, as its DOI name belongs to it for ever."""
        ...

    def clean_successor(self, text: str) -> str:
        """The name of what replaces a withdrawn version, as it is kept. Raises ValueError with a sentence."""
        ...

    def consequences(self, act: str, *, dataset: Dataset, version: Version | None) -> list[Consequence]:
        """For ``release``, ``unrelease``, ``delete``, ``restore``, ``publish``, ``hide`` (dataset made public, private)."""
        ...


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """``field`` is a dotted path such as ``creators[2].name``; ``message`` one sentence: what is wrong, what to do."""

    field: str
    message: str


class MetadataRules(Protocol):
    """What the edit pages ask about metadata."""

    def words(self, name: str) -> Sequence[str]:
        """The word list that a field is chosen from, such as ``relationType``; empty when there is none."""
        ...

    def restated(self, rights: Mapping[str, Any]) -> Collection[str]:
        """The members of an entry of ``rightsList`` that only say again which licence its identifier names."""
        ...

    def defaults(self, dataset: Dataset, version: Version | None) -> Mapping[str, Any]:
        """What is filled in where neither the dataset nor the version says anything."""
        ...

    def problems(self, dataset: Dataset, version: Version | None) -> Sequence[FieldProblem]:
        """What stands in the way of publishing this metadata, by the rules the sender itself uses."""
        ...


class _NoPanel:
    version_template = dataset_template = page_template = "datasets/_no_panel.html"

    def filters(self) -> Sequence[tuple[str, str]]:
        return ()

    def filter(self, value: str) -> Q:
        del value
        return Q()

    def search(self, text: str) -> Q:
        del text
        return Q(pk__in=())

    def for_versions(self, versions: Iterable[Version]) -> Mapping[UUID, Any]:
        del versions
        return {}

    def for_datasets(self, datasets: Iterable[Dataset]) -> Mapping[int, Any]:
        del datasets
        return {}

    def for_page(self, dataset: Dataset) -> Any:
        del dataset


class _NoGuard:
    def why_not_unrelease(self, version: Version) -> str | None:
        del version
        return None

    def why_not_delete(self, version: Version) -> str | None:
        del version
        return None

    def delete_is_withdrawal(self, version: Version) -> bool:
        del version
        return False

    def keeps_row(self, version: Version) -> bool:
        del version
        return False

    def clean_successor(self, text: str) -> str:
        return text.strip()

    def consequences(self, act: str, *, dataset: Dataset, version: Version | None) -> list[Consequence]:
        del act, dataset, version
        return []


class _NoRules:
    def words(self, name: str) -> Sequence[str]:
        del name
        return ()

    def restated(self, rights: Mapping[str, Any]) -> Collection[str]:
        del rights
        return ()

    def defaults(self, dataset: Dataset, version: Version | None) -> Mapping[str, Any]:
        del dataset, version
        return {}

    def problems(self, dataset: Dataset, version: Version | None) -> Sequence[FieldProblem]:
        del dataset, version
        return ()


class Hooks:
    # The time that acts carry: whoever stands above may know a better clock than this machine's.
    now: Callable[[], datetime] = staticmethod(timezone.now)
    panel: VersionPanel = _NoPanel()
    guard: ReleaseGuard = _NoGuard()
    rules: MetadataRules = _NoRules()


hooks = Hooks()
