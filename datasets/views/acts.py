"""What curators do to datasets and versions: each on a page that says first what will happen."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from datasets import selectors, services
from datasets.forms import AddVersionForm, DeleteDatasetForm, WithdrawForm
from datasets.hooks import hooks
from datasets.models import Dataset, Version, Visibility
from datasets.services import RefusedError
from datasets.views.common import Act, Door, address, answer, by, enter, get_dataset, get_version
from datasets.views.pages import context_of
from organizations.models import Role

_ASK = ["GET", "HEAD", "POST"]


def _version(request: HttpRequest, org: str, slug: str, pk: UUID) -> tuple[Door, Version]:
    door = enter(request, org, Role.CURATOR)
    return door, get_version(get_dataset(door, slug), pk)


def _dataset(request: HttpRequest, org: str, slug: str) -> tuple[Door, Dataset]:
    door = enter(request, org, Role.CURATOR)
    return door, get_dataset(door, slug)


@login_required
@require_POST
def add_version(request: HttpRequest, org: str, slug: str) -> HttpResponse:
    door, dataset = _dataset(request, org, slug)
    form = AddVersionForm(request.POST)
    if form.is_valid():
        try:
            version = services.add_version(dataset, number=form.cleaned_data["number"], by=by(request))
        except RefusedError as error:
            form.add_error("number", str(error))
        else:
            messages.success(
                request, _("Version %(number)s is made, not released yet.") % {"number": version.number}
            )
            return redirect(address(dataset))
    context = context_of(request, door, dataset) | {"add_form": form}
    return render(request, "datasets/dataset.html", context, status=422)


@login_required
@require_http_methods(_ASK)
def release(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    door, version = _version(request, org, slug, pk)
    words = {"number": version.number}
    act = Act(
        heading=_("Release version %(number)s") % words,
        lead=_("It becomes the current version of “%(title)s”.") % {"title": version.dataset.title},
        confirm=_("Release version %(number)s") % words,
        done=_("Version %(number)s is released.") % words,
        cancel_url=address(version.dataset),
        consequences=hooks.guard.consequences("release", dataset=version.dataset, version=version),
        refused=_why_not_release(version),
    )
    return answer(
        request, door, act, lambda _fields: services.release(version, by=by(request)), dataset=version.dataset
    )


def _why_not_release(version: Version) -> str | None:
    if version.deleted_at is not None or version.dataset.deleted_at is not None:
        return _("This version is deleted; restore it first.")
    if version.released_at is not None:
        return _("Version %(number)s is released already.") % {"number": version.number}
    return None


@login_required
@require_http_methods(_ASK)
def unrelease(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    door, version = _version(request, org, slug, pk)
    words = {"number": version.number}
    act = Act(
        heading=_("Unrelease version %(number)s") % words,
        lead=_("It becomes the unreleased next version again; nothing of it is lost."),
        confirm=_("Unrelease version %(number)s") % words,
        done=_("Version %(number)s is unreleased.") % words,
        cancel_url=address(version.dataset),
        consequences=hooks.guard.consequences("unrelease", dataset=version.dataset, version=version),
        refused=services.why_not_unrelease(version),
        danger=True,
    )
    return answer(
        request,
        door,
        act,
        lambda _fields: services.unrelease(version, by=by(request)),
        dataset=version.dataset,
    )


@login_required
@require_http_methods(_ASK)
def delete_version(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    door, version = _version(request, org, slug, pk)
    act = _withdrawal(request, version) if hooks.guard.delete_is_withdrawal(version) else _removal(version)
    act.refused = services.why_not_delete(version)
    return answer(
        request,
        door,
        act,
        lambda fields: services.delete_version(version, by=by(request), **fields),
        dataset=version.dataset,
    )


def _withdrawal(request: HttpRequest, version: Version) -> Act:
    words = {"number": version.number}
    return Act(
        heading=_("Withdraw version %(number)s") % words,
        lead=_("Its DOI is permanent and keeps leading to a page that says what was here and why it went."),
        confirm=_("Withdraw version %(number)s") % words,
        done=_("Version %(number)s is withdrawn.") % words,
        cancel_url=address(version.dataset),
        consequences=hooks.guard.consequences("delete", dataset=version.dataset, version=version),
        danger=True,
        form=WithdrawForm(request.POST if request.method == "POST" else None),
    )


def _removal(version: Version) -> Act:
    words = {"number": version.number}
    unreleased = version.released_at is None
    return Act(
        heading=(_("Remove version %(number)s") if unreleased else _("Delete version %(number)s")) % words,
        lead=_("It was never released.") if unreleased else "",
        confirm=(_("Remove version %(number)s") if unreleased else _("Delete version %(number)s")) % words,
        done=(_("Version %(number)s is removed.") if unreleased else _("Version %(number)s is deleted."))
        % words,
        cancel_url=address(version.dataset),
        consequences=hooks.guard.consequences("delete", dataset=version.dataset, version=version),
        danger=True,
    )


@login_required
@require_http_methods(_ASK)
def restore_version(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    door, version = _version(request, org, slug, pk)
    words = {"number": version.number}
    act = Act(
        heading=_("Restore version %(number)s") % words,
        confirm=_("Restore version %(number)s") % words,
        done=_("Version %(number)s is restored.") % words,
        cancel_url=address(version.dataset),
        consequences=hooks.guard.consequences("restore", dataset=version.dataset, version=version),
        refused=selectors.why_not_restore(version),
    )
    return answer(
        request,
        door,
        act,
        lambda _fields: services.restore_version(version, by=by(request)),
        dataset=version.dataset,
    )


@login_required
@require_http_methods(_ASK)
def visibility(request: HttpRequest, org: str, slug: str) -> HttpResponse:
    """Public to private, or private to public: the page says what becomes visible to whom."""
    door, dataset = _dataset(request, org, slug)
    wanted = Visibility.PRIVATE if dataset.is_public else Visibility.PUBLIC
    publish = wanted == Visibility.PUBLIC
    act = Act(
        heading=_("Make this dataset public") if publish else _("Make this dataset private"),
        lead=dataset.title,
        confirm=_("Make it public") if publish else _("Make it private"),
        done=_("The dataset is public.") if publish else _("The dataset is private."),
        cancel_url=address(dataset),
        consequences=hooks.guard.consequences(
            "publish" if publish else "hide", dataset=dataset, version=None
        ),
        refused=_("This dataset is deleted; restore it first.") if dataset.deleted_at else None,
    )
    return answer(
        request,
        door,
        act,
        lambda _fields: services.set_visibility(dataset, wanted, by=by(request)),
        dataset=dataset,
    )


@login_required
@require_http_methods(_ASK)
def delete_dataset(request: HttpRequest, org: str, slug: str) -> HttpResponse:
    door, dataset = _dataset(request, org, slug)
    consequences = hooks.guard.consequences("delete", dataset=dataset, version=None)
    alive = list(selectors.versions_of(dataset).filter(deleted_at__isnull=True))
    # The panel loads in one query what the guard then asks of each version.
    hooks.panel.for_versions(alive)
    withdraws = any(hooks.guard.delete_is_withdrawal(version) for version in alive)
    act = Act(
        heading=_("Delete this dataset"),
        lead=dataset.title,
        confirm=_("Delete the dataset"),
        done=_("The dataset is deleted. It can be restored from its page."),
        cancel_url=address(dataset),
        consequences=consequences,
        refused=_("This dataset is deleted already.") if dataset.deleted_at else None,
        danger=True,
        form=DeleteDatasetForm(
            request.POST if request.method == "POST" else None, dataset=dataset, withdraws=withdraws
        ),
    )
    return answer(
        request,
        door,
        act,
        lambda fields: services.delete_dataset(
            dataset, by=by(request), reason=fields.get("reason", ""), note=fields.get("note", "")
        ),
        dataset=dataset,
    )


@login_required
@require_http_methods(_ASK)
def restore_dataset(request: HttpRequest, org: str, slug: str) -> HttpResponse:
    door, dataset = _dataset(request, org, slug)
    act = Act(
        heading=_("Restore this dataset"),
        lead=dataset.title,
        confirm=_("Restore the dataset"),
        done=_("The dataset is restored, with the versions that went with it."),
        cancel_url=address(dataset),
        consequences=hooks.guard.consequences("restore", dataset=dataset, version=None),
        refused=None if dataset.deleted_at else _("This dataset is not deleted."),
    )
    return answer(
        request, door, act, lambda _fields: services.restore_dataset(dataset, by=by(request)), dataset=dataset
    )
