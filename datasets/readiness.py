"""The readiness list: what stands in the way of publishing metadata, each with the page and field that mends it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse

from datasets.forms.sections import SECTIONS, Field
from datasets.hooks import hooks
from datasets.models import Dataset, Version

_FIELD: Final = re.compile(r"([A-Za-z]+)(?:\[(\d+)\])?")
_WORD_START: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PARTS: Final = re.compile(r"[.\[\]]+")
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
            problem.field,
            field_words(problem.field, dataset, version),
            problem.message,
            href_of(problem.field, dataset, version),
        )
        for problem in hooks.rules.problems(dataset, version)
    ]


def label_of(field: str) -> str:
    """Say what the form calls the property in which a field stands: ``creators[1].name`` reads “Creators 2”."""
    match = _FIELD.match(field)
    if match is None:
        return field
    key, index = match.groups()
    # What the form has no section for is edited as JSON, and known by its name there.
    name = str(_TITLES.get(key) or _WORD_START.sub(" ", key).capitalize())
    return f"{name} {int(index) + 1}" if index is not None else name


def field_words(field: str, dataset: Dataset, version: Version | None) -> str:
    """Like `label_of`, with the words of the form's input: “Creators 1, ORCID iD”."""
    label, found = label_of(field), input_of(field, _holder(field, dataset, version))
    return label if found is None or found[1].label == label else f"{label}, {found[1].label}"


def input_of(field: str, metadata: Any) -> tuple[str, Field] | None:
    """
    The form's input in which ``field`` stands: its name (``creators.0.orcid``) and what it is; None where it has none.

    ``metadata`` is the record that says it: of several identifiers the form shows one, known by its scheme.
    """
    parts = [part for part in _PARTS.split(field) if part]
    section = next((each for each in SECTIONS if each.key == parts[0]), None) if parts else None
    if section is None:
        return None
    index, rest = (parts[1], parts[2:]) if section.many and len(parts) > 1 else ("0", parts[1:])
    if not index.isdecimal() or (section.many and len(parts) < 2):
        return None
    if section.plain:
        return f"{section.key}.{index}.value", section.fields[0]
    entry = _step(metadata.get(section.key), index) if section.many else metadata.get(section.key)
    for each in section.fields:
        if _leads_to(entry, each.parts, rest):
            return f"{section.key}.{index}.{each.name}", each
    return None


def _leads_to(entry: Any, place: Sequence[str], path: Sequence[str]) -> bool:
    """Whether the form's ``place`` in an entry is where ``path`` of a problem leads."""
    if len(place) != len(path):
        return False
    here = entry
    for wanted, step in zip(place, path, strict=True):
        here = _step(here, step)
        scheme = str(here.get("nameIdentifierScheme")).upper() if isinstance(here, dict) else ""
        if wanted != step and not (step.isdecimal() and wanted == scheme):
            return False
    return True


def _step(here: Any, step: str) -> Any:
    if isinstance(here, list) and step.isdecimal():
        return here[int(step)] if int(step) < len(here) else None
    return here.get(step) if isinstance(here, dict) else None


def _holder(field: str, dataset: Dataset, version: Version | None) -> dict[str, Any]:
    """The record that says ``field``: the version's where it says so itself, else the dataset's."""
    match = _FIELD.match(field)
    own = version.metadata if version is not None else None
    if match is not None and isinstance(own, dict) and match[1] in own:
        return own
    return dataset.metadata if isinstance(dataset.metadata, dict) else {}


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
