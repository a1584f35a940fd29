"""The readiness list: what stands in the way of publishing metadata, each with the page and field that mends it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from datasets.forms.sections import SECTIONS
from datasets.hooks import hooks
from datasets.models import Dataset, Version

_FIELD: Final = re.compile(r"([A-Za-z]+)(?:\[(\d+)\])?")
_TITLES: Final = {section.key: section.title for section in SECTIONS}
_MANY: Final = {section.key for section in SECTIONS if section.many}


@dataclass(frozen=True, slots=True)
class Lack:
    """One problem: its field as the form calls it, the sentence, and where to mend it."""

    field: str
    label: str
    message: str
    href: str


def readiness(dataset: Dataset, version: Version | None) -> Sequence[Lack]:
    """What the sender's own rules would refuse of ``version``, or of the dataset alone; empty when it is ready."""
    return [
        Lack(
            problem.field, label_of(problem.field), problem.message, href_of(problem.field, dataset, version)
        )
        for problem in hooks.rules.problems(dataset, version)
    ]


def label_of(field: str) -> str:
    """``creators[1].name`` reads “Creators 2”."""
    match = _FIELD.match(field)
    if match is None:
        return field
    key, index = match.groups()
    name = str(_TITLES.get(key, key))
    return f"{name} {int(index) + 1}" if index is not None else name


def href_of(field: str, dataset: Dataset, version: Version | None) -> str:
    """The edit page where the field stands: the version's when it says so itself, else the dataset's."""
    match = _FIELD.match(field)
    key, index = match.groups() if match is not None else ("", None)
    page = "edit" if key in _TITLES else "edit-json"
    place = [dataset.organization.slug, dataset.slug]
    own = version is not None and isinstance(version.metadata, dict) and key in version.metadata
    if own and version is not None:
        address = reverse(f"datasets:version-{page}", args=[*place, version.pk])
    else:
        address = reverse(f"datasets:{page}", args=place)
    if page == "edit-json":
        return address
    return f"{address}#{key}-{index}" if index is not None and key in _MANY else f"{address}#{key}"
