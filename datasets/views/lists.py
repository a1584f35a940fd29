from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from datasets import selectors, services
from datasets.forms import CreateDatasetForm
from datasets.hooks import hooks
from datasets.models import Dataset
from datasets.services import By, RefusedError
from datasets.views.common import Door, address, by, crumbs, enter
from organizations.models import Role


@login_required
@require_safe
def index(request: HttpRequest, org: str) -> HttpResponse:
    """The organization's datasets, 50 a page; a constant number of queries."""
    door = enter(request, org, Role.VIEWER)
    text, show = request.GET.get("q", "").strip()[:200], request.GET.get("show", "")
    found = selectors.datasets_of(door.organization, text=text, show=show)
    page = selectors.page_of(found, request.GET.get("page", "1"))
    panels = hooks.panel.for_datasets(page.object_list)
    context = {
        "door": door,
        "organization": door.organization,
        "page": page,
        "rows": [(dataset, panels.get(dataset.pk)) for dataset in page.object_list],
        "panel_template": hooks.panel.dataset_template,
        "filters": selectors.filters(),
        "text": text,
        "show": show,
        "narrowed": bool(text or show),
    }
    return render(request, "datasets/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, org: str) -> HttpResponse:
    door = enter(request, org, Role.CURATOR)
    form = CreateDatasetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            dataset = _create(door, form, by(request))
        except RefusedError as error:
            form.add_error("slug", str(error))
        else:
            messages.success(request, _("The dataset is made."))
            return redirect(address(dataset))
    context = {"door": door, "organization": door.organization, "form": form, "crumbs": crumbs(door)}
    return render(request, "datasets/create.html", context, status=422 if form.errors else 200)


def _create(door: Door, form: CreateDatasetForm, done_by: By) -> Dataset:
    fields = form.cleaned_data
    dataset = services.create_dataset(
        door.organization,
        slug=fields["slug"],
        visibility=fields["visibility"],
        metadata=form.metadata(),
        by=done_by,
    )
    if fields["number"]:
        services.add_version(dataset, number=fields["number"], by=done_by)
    return dataset
