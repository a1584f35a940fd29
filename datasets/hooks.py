"""
What `datasets` asks of whoever stands above it; filled in ``AppConfig.ready()`` of that app, empty without one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from datasets.models import Dataset, Version


class VersionPanel(Protocol):
    """What to show beside a list of versions or datasets."""

    version_template: str
    dataset_template: str
    page_template: str

    def for_versions(self, versions: Iterable[Version]) -> Mapping[UUID, Any]:
        """Per version what ``version_template`` shows (as ``panel``); a constant number of queries."""
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

    def consequences(self, act: str, *, dataset: Dataset, version: Version | None) -> list[Consequence]:
        """For ``release``, ``unrelease``, ``delete``, ``restore``, ``publish``, ``hide`` (dataset made public, private)."""
        ...


class _NoPanel:
    version_template = dataset_template = page_template = "datasets/_no_panel.html"

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

    def why_not_delete(self, version: Version) -> str | None:
        del version

    def delete_is_withdrawal(self, version: Version) -> bool:
        del version
        return False

    def keeps_row(self, version: Version) -> bool:
        del version
        return False

    def consequences(self, act: str, *, dataset: Dataset, version: Version | None) -> list[Consequence]:
        del act, dataset, version
        return []


class Hooks:
    panel: VersionPanel = _NoPanel()
    guard: ReleaseGuard = _NoGuard()


hooks = Hooks()
