"""What every curators' page begins and every act ends with. `doi.views` uses it too."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from datasets.hooks import Consequence, hooks
from datasets.models import Dataset, Version
from datasets.services import By, RefusedError
from organizations.access import get_organization, person, role_in
from organizations.models import Organization, Role


@dataclass(frozen=True, slots=True)
class Door:
    """Who came in where, and what they may do there."""

    organization: Organization
    role: Role

    @property
    def curates(self) -> bool:
        return self.role in {Role.CURATOR, Role.ADMINISTRATOR}

    @property
    def administers(self) -> bool:
        return self.role == Role.ADMINISTRATOR


def enter(request: HttpRequest, slug: str, role: Role) -> Door:
    """The organization, for somebody with at least ``role``; times are shown in their zone, else the organization's."""
    organization = get_organization(request, slug, role)
    user = person(request)
    if not user.time_zone:
        timezone.activate(ZoneInfo(organization.time_zone))
    held = role_in(user, organization)
    if held is None:
        raise Http404
    return Door(organization, held)


def by(request: HttpRequest) -> By:
    return By(actor=person(request).actor, cause="web", now=hooks.now())


def get_dataset(door: Door, slug: str) -> Dataset:
    """The dataset with its organization. Raises Http404."""
    found = Dataset.objects.for_organization(door.organization).filter(slug=slug).first()
    if found is None:
        raise Http404
    found.organization = door.organization
    return found


def get_version(dataset: Dataset, pk: UUID) -> Version:
    """The version with its dataset. Raises Http404."""
    found = Version.objects.filter(dataset=dataset, pk=pk).first()
    if found is None:
        raise Http404
    found.dataset = dataset
    return found


def address(dataset: Dataset) -> str:
    return reverse("datasets:dataset", args=[dataset.organization.slug, dataset.slug])


def crumbs(door: Door, dataset: Dataset | None = None) -> list[tuple[str, str]]:
    line = [(reverse("datasets:list", args=[door.organization.slug]), _("Datasets"))]
    return [*line, (address(dataset), dataset.title)] if dataset is not None else line


@dataclass(slots=True)
class Act:
    """One act on a page of its own: what it will do, said before, and the button that does it."""

    heading: str
    confirm: str
    done: str
    cancel_url: str
    lead: str = ""
    consequences: Sequence[Consequence] = ()
    refused: str | None = None
    danger: bool = False
    form: forms.Form | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    # Errors whose sentence a person may read; everything else is a fault of ours.
    refusals: tuple[type[Exception], ...] = (RefusedError,)


def answer(
    request: HttpRequest, door: Door, act: Act, perform: Callable[[dict[str, Any]], object], **context: Any
) -> HttpResponse:
    """Show the act's page; when it was confirmed, do it and go back. A refusal is shown on the page, nothing is lost."""
    status = 200
    if request.method == "POST" and act.refused is None and (act.form is None or act.form.is_valid()):
        try:
            perform(act.form.cleaned_data if act.form is not None else {})
        except act.refusals as error:
            act.refused, status = str(error), 409
        else:
            messages.success(request, act.done)
            return HttpResponseRedirect(act.cancel_url)
    elif request.method == "POST":
        status = 409 if act.refused is not None else 422
    page = {
        "door": door,
        "organization": door.organization,
        "act": act,
        "heading": act.heading,
        "lead": act.lead,
        "consequences": act.consequences,
        "confirm_label": act.confirm,
        "cancel_url": act.cancel_url,
        "danger": act.danger,
        "form": act.form,
        "crumbs": crumbs(door, context.get("dataset")),
        **context,
    }
    return render(request, "datasets/act.html", page, status=status)
