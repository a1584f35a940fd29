"""Issue DOIs for what exists already: the plan, the run, and what can be done about it."""

import csv
from collections.abc import Callable, Iterator
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from datasets.hooks import Consequence
from datasets.models import Dataset
from datasets.readiness import field_words, href_of
from doi import clock
from doi.errors import AccountNotReadyError, DoiError
from doi.models import BackIssueItem, BackIssueRun, ItemOutcome
from doi.services import back_issue
from doi.views import by
from doi.views.configuration import TICKS
from organizations.access import get_organization
from organizations.context import in_words
from organizations.models import Organization, Role

SHOWN_BLOCKED: Final = 100
REPORT: Final = ("dataset", "version", "outcome", "reason", "doi", "state")


@require_http_methods(["GET", "POST"])
@login_required
def offer(request: HttpRequest, slug: str) -> HttpResponse:
    """What a run would do; nothing happens until it is accepted. ``?dataset=`` narrows it to one."""
    here = get_organization(request, slug, Role.ADMINISTRATOR)
    dataset = _dataset(here, request.GET.get("dataset", ""))
    if request.method == "POST":
        return _start(request, here, dataset)
    open_run = BackIssueRun.objects.filter(organization=here, status__in=back_issue.OPEN).first()
    if open_run is not None:
        messages.info(request, _("A back-issue is under way already: this is it."))
        return redirect("doi:back-issue-run", here.slug, open_run.pk)
    context = {"organization": here, "dataset": dataset, "ticks": request.session.pop(TICKS, None)}
    return render(request, "doi/back_issue/offer.html", context | _planned(here, dataset))


def _planned(here: Organization, dataset: Dataset | None) -> dict[str, Any]:
    try:
        plan = back_issue.plan(here, dataset=dataset)
    except AccountNotReadyError as error:
        return {"why_not": str(error)}
    return {
        "plan": plan,
        "time": about(plan.seconds),
        "blocked": [_planned_block(each) for each in plan.blocked[:SHOWN_BLOCKED]],
        "more_blocked": max(len(plan.blocked) - SHOWN_BLOCKED, 0),
    }


def _planned_block(each: back_issue.Blocked) -> dict[str, Any]:
    version = each.version
    return {
        "version": version,
        "label": field_words(each.field, version.dataset, version),
        "message": each.message,
        "href": href_of(each.field, version.dataset, version),
    }


def _start(request: HttpRequest, here: Organization, dataset: Dataset | None) -> HttpResponse:
    try:
        run = back_issue.start(here, dataset=dataset, by=by(request))
    except DoiError as error:
        messages.error(request, str(error))
        return redirect(request.get_full_path())
    return redirect("doi:back-issue-run", here.slug, run.pk)


def _dataset(here: Organization, slug: str) -> Dataset | None:
    if not slug:
        return None
    found: Dataset | None = Dataset.objects.for_organization(here).alive().filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def about(seconds: float) -> str:
    """How long a run takes, as people say it."""
    if seconds < 60:
        return _("less than a minute")
    minutes = round(seconds / 60)
    words = in_words(minutes * 60 if minutes < 120 else round(minutes / 60) * 3600)
    return _("about %(time)s") % {"time": words}


def _run(request: HttpRequest, slug: str, number: int) -> BackIssueRun:
    here = get_organization(request, slug, Role.ADMINISTRATOR)
    runs = BackIssueRun.objects.filter(organization=here).select_related(
        "organization", "dataset", "started_by"
    )
    found = runs.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


@require_GET
@login_required
def run(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The run's page; the same address gives its moving part alone to htmx."""
    found = _run(request, slug, number)
    counted = back_issue.progress(found)
    blocked = (
        found.items.filter(outcome=ItemOutcome.BLOCKED)
        .select_related("version__dataset__organization")
        .order_by("id")
    )
    is_open = found.status in back_issue.OPEN
    drafts, switches = back_issue.undo_consequences(found)
    context = {
        "run": found,
        "organization": found.organization,
        "progress": counted,
        "undone": counted.total - counted.waiting - counted.drafted - counted.blocked - counted.skipped,
        "done": counted.total - counted.waiting,
        "left": about((counted.finish_at - clock.now()).total_seconds()) if counted.finish_at else "",
        "blocked": [_blocked(item) for item in blocked[:SHOWN_BLOCKED]],
        "is_open": is_open,
        "may_undo": drafts or switches,
        "undo_label": _("Undo …") if drafts else _("Set the switches back …"),
        # Nothing moves any more once every draft is permanent: then the page stops asking.
        "poll": "2s" if is_open else "10s" if counted.drafted > counted.permanent else "",
    }
    htmx = request.headers.get("HX-Request") == "true"
    return render(request, "doi/back_issue/_progress.html" if htmx else "doi/back_issue/run.html", context)


def _blocked(item: BackIssueItem) -> dict[str, Any]:
    """A blocked item as the plan shows it: the field in words, what to do, and the page where it is done."""
    version, (code, _colon, message) = item.version, item.reason.partition(": ")
    kind, _dot, field = code.partition(".")
    if kind != "metadata" or not message:
        return {"version": version, "label": "", "message": message or item.reason, "href": ""}
    return {
        "version": version,
        "label": field_words(field, version.dataset, version),
        "message": message,
        "href": href_of(field, version.dataset, version),
    }


def _undo_label(drafts: int) -> str:
    return _("Discard the drafts") if drafts else _("Set the switches back")


ACTS: Final[dict[str, Callable[..., None]]] = {
    "pause": back_issue.pause,
    "resume": back_issue.resume,
    "cancel": back_issue.cancel,
    "retry": back_issue.retry,
}


@require_POST
@login_required
def act(request: HttpRequest, slug: str, number: int, name: str) -> HttpResponse:
    found = _run(request, slug, number)
    if name not in ACTS:
        raise Http404
    try:
        ACTS[name](found, by=by(request))
    except DoiError as error:
        messages.error(request, str(error))
    return redirect("doi:back-issue-run", slug, number)


@require_http_methods(["GET", "POST"])
@login_required
def undo(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Say what undoing does, then do it."""
    found = _run(request, slug, number)
    back = reverse("doi:back-issue-run", args=[slug, number])
    if request.method == "POST":
        _undo(request, found)
        return redirect(back)
    drafts, switches = back_issue.undo_consequences(found)
    if not drafts and not switches:
        messages.info(request, _("There is nothing left to undo: no draft, and no switch to set back."))
        return redirect(back)
    context = {
        "organization": found.organization,
        "heading": _("Undo this back-issue"),
        "consequences": _what_undo_does(drafts, switches, back_issue.progress(found).permanent),
        "confirm_label": _undo_label(drafts),
        "cancel_url": back,
        "danger": bool(drafts),
    }
    return render(request, "doi/back_issue/undo.html", context)


def _undo(request: HttpRequest, found: BackIssueRun) -> None:
    try:
        gone, left = back_issue.undo(found, by=by(request))
    except DoiError as error:
        messages.error(request, str(error))
        return
    sentence = _("The back-issue is undone.")
    if gone:
        sentence = ngettext(
            "%(gone)d DOI is being discarded.", "%(gone)d DOIs are being discarded.", gone
        ) % {"gone": gone}
    if left:
        sentence += " " + ngettext(
            "%(left)d version of the run was left alone.",
            "%(left)d versions of the run were left alone.",
            left,
        ) % {"left": left}
    messages.success(request, sentence)


def _what_undo_does(drafts: int, switches: int, permanent: int) -> list[Consequence]:
    said = []
    if drafts:
        said.append(
            ngettext(
                "%(n)d DOI that is not permanent yet is discarded at the registry; its name stays with its version.",
                "%(n)d DOIs that are not permanent yet are discarded at the registry; their names stay with their "
                "versions.",
                drafts,
            )
            % {"n": drafts}
        )
    if switches:
        said.append(
            ngettext(
                "%(n)d dataset that the run switched on is switched off again: its future versions get no DOI.",
                "%(n)d datasets that the run switched on are switched off again: their future versions get no DOI.",
                switches,
            )
            % {"n": switches}
        )
    said.append(_("Versions released after the run began are left alone."))
    if permanent:
        said.append(
            ngettext(
                "%(n)d DOI is permanent already and stays.",
                "%(n)d DOIs are permanent already and stay.",
                permanent,
            )
            % {"n": permanent}
        )
    return [Consequence(sentence) for sentence in said]


@require_GET
@login_required
def report(request: HttpRequest, slug: str, number: int) -> StreamingHttpResponse:
    """One line per version of the run."""
    found = _run(request, slug, number)
    answer = StreamingHttpResponse(_lines(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="back-issue-{found.pk}.csv"'
    return answer


class _Echo:
    """A file whose ``write`` gives the line back, so that the report streams."""

    def write(self, line: str) -> str:
        return line


def _lines(found: BackIssueRun) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(REPORT)
    for row in back_issue.report(found):
        yield writer.writerow([_safe(row[column]) for column in REPORT])


def _safe(cell: str) -> str:
    """A spreadsheet would run a cell that begins like a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
