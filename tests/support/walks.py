"""One version's DOI, followed at the product and at the sandbox registry side by side."""

from dataclasses import dataclass, field
from typing import Any

from datasets import services
from datasets.models import Dataset, Version
from doi.models import Doi
from doi.sandbox import Sandbox
from doi.sandbox.store import Record
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

WEEK = 604_800


@dataclass
class Walk:
    """Acts on one version and settles the engine after each; the name must never change."""

    sandbox: Sandbox
    clock: Clock
    version: Version
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.settle()

    @property
    def dataset(self) -> Dataset:
        return Dataset.objects.select_related("organization").get(pk=self.version.dataset_id)

    @property
    def doi(self) -> Doi:
        return make.doi_of(self.version)

    @property
    def record(self) -> Record | None:
        """What the registry holds under the version's name, if anything."""
        provider = self.doi.account.login.provider if self.doi.account else "datacite"
        return self.sandbox.store.get(provider, self.doi.name)

    def settle(self) -> None:
        """Run the engine until nothing is due; the product must know what the registry holds, under one name."""
        drain_all()
        doi, record = self.doi, self.record
        self.names.add(doi.name)
        assert len(self.names) == 1, f"renamed: {self.names}"
        at_registry = record.state if record is not None else None
        known = doi.state if doi.state not in {"planned", "discarded"} else None
        assert at_registry == known, f"the registry says {at_registry}, we say {doi.state}"

    def act(self, name: str, *args: Any, **kwargs: Any) -> None:
        """A service of `datasets` on the version."""
        self.version.refresh_from_db()
        getattr(services, name)(self.version, *args, by=make.by(), **kwargs)
        self.settle()

    def act_on_dataset(self, name: str, *args: Any, **kwargs: Any) -> None:
        getattr(services, name)(self.dataset, *args, by=make.by(), **kwargs)
        self.settle()

    def wait(self, **delta: float) -> None:
        self.clock.forward(**delta)
        self.settle()

    def state(self) -> str:
        return str(self.doi.state)


def walk(sandbox: Sandbox, clock: Clock, own: Any, *, visibility: str = "public", **metadata: Any) -> Walk:
    """A released version of a dataset that is on, with its draft made."""
    dataset = make.dataset(make.configured(own=own), visibility=visibility, **metadata)
    return Walk(sandbox, clock, make.drafted(dataset))
