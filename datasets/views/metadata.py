"""Editing metadata, of a dataset or of one version. What is typed may be saved before it is ready; nothing is lost."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from datasets import selectors, services
from datasets.forms import Editor, JsonForm, fingerprint
from datasets.hooks import hooks
from datasets.models import Dataset, Version
from datasets.readiness import Lack, input_of, readiness
from datasets.services import By, RefusedError
from datasets.views.common import Door, address, by, crumbs, enter, get_dataset, get_version
from organizations.models import Role


@dataclass(frozen=True, slots=True)
class Record:
    """Whose metadata is edited, what it is now, and what stands under it where it says nothing."""

    dataset: Dataset
    version: Version | None
    metadata: Mapping[str, Any]
    below: Mapping[str, Any]
    save: Callable[[dict[str, Any], By], object]

    @property
    def refused(self) -> str | None:
        if self.dataset.deleted_at is not None or (
            self.version is not None and self.version.deleted_at is not None
        ):
            return _("This is deleted; restore it before you edit it.")
        return None

    def url(self, page: str) -> str:
        place = [self.dataset.organization.slug, self.dataset.slug]
        if self.version is None:
            return reverse(f"datasets:{page}", args=place)
        return reverse(f"datasets:version-{page}", args=[*place, self.version.pk])

    @property
    def heading(self) -> str:
        if self.version is None:
            return _("Metadata")
        return _("Metadata of version %(number)s") % {"number": self.version.number}


def _as_object(stored: Any) -> dict[str, Any]:
    return stored if isinstance(stored, dict) else {}


def _record(request: HttpRequest, org: str, slug: str, pk: UUID | None) -> tuple[Door, Record]:
    door = enter(request, org, Role.CURATOR)
    dataset = get_dataset(door, slug)
    shared = _as_object(dataset.metadata)
    if pk is None:
        defaults = hooks.rules.defaults(dataset, None)
        return door, Record(
            dataset, None, shared, defaults, lambda new, who: services.edit_metadata(dataset, new, by=who)
        )
    version = get_version(dataset, pk)
    below = {**hooks.rules.defaults(dataset, version), **shared}
    return door, Record(
        dataset,
        version,
        _as_object(version.metadata),
        below,
        lambda new, who: services.edit_version_metadata(version, new, by=who),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, org: str, slug: str, pk: UUID | None = None) -> HttpResponse:
    """The form. Its small buttons add, move and take away rows without saving."""
    door, record = _record(request, org, slug, pk)
    if request.method != "POST":
        return _form_page(request, door, record, Editor.read(record.metadata))
    editor = Editor.bind(record.metadata, request.POST)
    outdated = _outdated(request, record)
    if outdated:
        editor.rematch()
    if _arranged(editor, record, request):
        return _form_page(request, door, record, editor, unsaved=True, outdated=outdated)
    if outdated and "overwrite" not in request.POST:
        return _form_page(request, door, record, editor, unsaved=True, outdated=outdated, status=409)
    return _saved(request, record, editor.result()) or _form_page(
        request, door, record, editor, unsaved=True, status=409
    )


def _outdated(request: HttpRequest, record: Record) -> bool:
    """Somebody saved since this page was opened."""
    return request.POST.get("seen") != fingerprint(record.metadata)


def _arranged(editor: Editor, record: Record, request: HttpRequest) -> bool:
    """True when a row was added, copied, moved or removed instead of saving."""
    for act in ("add", "copy", "up", "remove"):
        if act in request.POST:
            key, _dot, index = request.POST[act].partition(".")
            number = int(index) if index.isdecimal() and len(index) < 5 else -1
            if act == "add":
                editor.add(key)
            elif act == "copy":
                editor.copy_from(key, record.below)
            elif act == "up":
                editor.move_up(key, number)
            else:
                editor.remove(key, number)
            return True
    return False


def _form_page(
    request: HttpRequest,
    door: Door,
    record: Record,
    editor: Editor,
    *,
    unsaved: bool = False,
    outdated: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = _context(door, record)
    if not unsaved:
        editor.point_out(_problems_here(record, context["readiness"]))
    context |= {
        "parts": [(part, _below(record, part.section.key)) for part in editor.parts],
        "kept": editor.kept(),
        "seen": request.POST.get("seen", "") if outdated else fingerprint(record.metadata),
        "unsaved": unsaved,
        "outdated": outdated,
        "json_url": record.url("edit-json"),
    }
    return render(request, "datasets/edit.html", context, status=status)


@dataclass(frozen=True, slots=True)
class Below:
    """What stands where a section is empty: ``text``, and whether the dataset itself says it."""

    text: str
    of_dataset: bool


def _below(record: Record, key: str) -> Below:
    shared = record.version is not None and key in _as_object(record.dataset.metadata)
    if key == "publicationYear" and not shared:
        # No year yet that could be named: each version takes that of its own release.
        if record.version is None:
            return Below(_("the year in which each version is released"), of_dataset=False)
        if record.version.released_at is None:
            return Below(_("the year in which it is released"), of_dataset=False)
    return Below(_summary(record.below.get(key)), of_dataset=shared)


def _problems_here(record: Record, lacks: Sequence[Lack]) -> dict[str, list[str]]:
    """The sentences that are mended on this page, by the input or the section they belong to."""
    found: dict[str, list[str]] = {}
    for lack in lacks:
        page, _hash, place = lack.href.partition("#")
        if page == record.url("edit"):
            spot = input_of(lack.field, record.metadata)
            found.setdefault(spot[0] if spot else place, []).append(lack.message)
    return found


def _context(door: Door, record: Record) -> dict[str, Any]:
    subject = record.version or selectors.unreleased_version(record.dataset)
    if subject is None:
        subject = services.current_version(record.dataset)
    if subject is not None:
        subject.dataset = record.dataset
    return {
        "door": door,
        "organization": door.organization,
        "dataset": record.dataset,
        "version": record.version,
        "record": record,
        "crumbs": crumbs(door, record.dataset),
        "readiness": readiness(record.dataset, subject),
        "cancel_url": address(record.dataset),
    }


def _saved(request: HttpRequest, record: Record, metadata: dict[str, Any]) -> HttpResponse | None:
    """Save and go back to the dataset; None when a rule refuses, said in a message."""
    refused = record.refused
    try:
        if refused is None:
            record.save(metadata, by(request))
    except RefusedError as error:
        refused = str(error)
    if refused is not None:
        messages.error(request, refused)
        return None
    record.dataset.refresh_from_db(fields=["metadata"])
    if record.version is not None:
        record.version.refresh_from_db(fields=["metadata"])
    lacks = len(readiness(record.dataset, record.version))
    if lacks:
        messages.warning(
            request, _("Saved. Not ready for a DOI yet: %(count)d to mend, listed below.") % {"count": lacks}
        )
    else:
        messages.success(request, _("Saved. The metadata is ready for a DOI."))
    return HttpResponseRedirect(address(record.dataset))


def _summary(value: Any) -> str:
    """A few words of what stands below, for the hint “as in the dataset”."""
    items = value if isinstance(value, list) else [value]
    texts = [_first_text(item) for item in items]
    known = [text for text in texts if text]
    more = f" (+{len(known) - 3})" if len(known) > 3 else ""
    return "; ".join(known[:3]) + more


def _first_text(item: Any) -> str:
    if isinstance(item, dict):
        return next((text for text in map(_first_text, item.values()) if text), "")
    if isinstance(item, list):
        return _first_text(item[0]) if item else ""
    text = "" if item is None else str(item)
    return text if len(text) <= 80 else text[:80] + "…"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_json(request: HttpRequest, org: str, slug: str, pk: UUID | None = None) -> HttpResponse:
    """All fields as JSON; what the form does not show is here."""
    door, record = _record(request, org, slug, pk)
    seen = fingerprint(record.metadata)
    outdated = False
    if request.method == "POST":
        form = JsonForm(request.POST)
        outdated = _outdated(request, record) and "overwrite" not in request.POST
        if form.is_valid() and not outdated:
            saved = _saved(request, record, form.cleaned_data["record"])
            if saved is not None:
                return saved
    else:
        form = JsonForm(initial={"record": json.dumps(record.metadata, indent=2, ensure_ascii=False)})
    context = _context(door, record) | {
        "form": form,
        "seen": request.POST.get("seen", "") if outdated else seen,
        "outdated": outdated,
        "form_url": record.url("edit"),
    }
    status = 409 if outdated else 422 if form.errors else 200
    return render(request, "datasets/edit_json.html", context, status=status)
