from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from datasets import selectors, services
from datasets.forms import AddVersionForm
from datasets.hooks import hooks
from datasets.models import Dataset, Version
from datasets.readiness import readiness
from datasets.views.common import Door, crumbs, enter, get_dataset
from organizations.models import Role


@dataclass(frozen=True, slots=True)
class Row:
    """One version on the dataset's page. ``standing`` is current, older, unreleased or deleted."""

    version: Version
    standing: str
    panel: Any
    why_not_unrelease: str | None
    withdraws: bool

    @property
    def is_moving(self) -> bool:
        return bool(getattr(self.panel, "is_moving", False))


@login_required
@require_safe
def dataset(request: HttpRequest, org: str, slug: str) -> HttpResponse:
    """A dataset with its versions, newest first, and what stands beside each."""
    door = enter(request, org, Role.VIEWER)
    return render(request, "datasets/dataset.html", context_of(request, door, get_dataset(door, slug)))


def context_of(request: HttpRequest, door: Door, found: Dataset) -> dict[str, Any]:
    page = selectors.page_of(selectors.versions_of(found), request.GET.get("page", "1"))
    versions = list(page.object_list)
    for version in versions:
        version.dataset = found
    # First the panel: it loads in one query what the guard then asks of each version.
    panels = hooks.panel.for_versions(versions)
    current = services.current_version(found)
    following = selectors.unreleased_version(found)
    ready_for = following or current
    if ready_for is not None:
        ready_for.dataset = found
    rows = [_row(version, current, panels.get(version.pk)) for version in versions]
    return {
        "door": door,
        "organization": door.organization,
        "dataset": found,
        "crumbs": crumbs(door),
        "page": page,
        "rows": rows,
        "moving": [row.version.pk for row in rows if row.is_moving],
        "page_panel": hooks.panel.for_page(found),
        "page_template": hooks.panel.page_template,
        "version_template": hooks.panel.version_template,
        "add_form": AddVersionForm() if following is None else None,
        "readiness": readiness(found, ready_for),
        "ready_for": ready_for,
    }


def _row(version: Version, current: Version | None, panel: Any) -> Row:
    is_current = current is not None and version.pk == current.pk
    if version.deleted_at is not None:
        standing = "deleted"
    elif version.released_at is None:
        standing = "unreleased"
    else:
        standing = "current" if is_current else "older"
    return Row(
        version=version,
        standing=standing,
        panel=panel,
        why_not_unrelease=services.why_not_unrelease(version) if standing == "current" else None,
        withdraws=standing == "older" and hooks.guard.delete_is_withdrawal(version),
    )
