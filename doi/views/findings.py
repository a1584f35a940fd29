"""Where the registries differ: an organization's list, and the repair of one finding, which says first what it will do."""

from functools import partial
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from datasets.hooks import Consequence
from datasets.views.common import Door, enter
from doi import selectors
from doi.comparing import sentence
from doi.errors import DoiError
from doi.models import Doi, Finding, Kind
from doi.services import repairing
from doi.services.repairing import Repair
from doi.views import by
from doi.views.acts import ASK, then_ring
from organizations.models import Role

PER_PAGE: Final = 50


@require_GET
@login_required
def listed(request: HttpRequest, slug: str) -> HttpResponse:
    """All that is open, the severe first; curators look, administrators repair."""
    door = enter(request, slug, Role.CURATOR)
    rows = selectors.open_findings(door.organization).select_related(
        "doi__version__dataset", "doi__account__login", "login", "organization"
    )
    page = Paginator(rows.order_by("-severity", "first_seen_at", "id"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "door": door,
        "organization": door.organization,
        "page": page,
        "rows": [
            (finding, sentence(Kind(finding.kind), finding.detail), _advice(finding)) for finding in page
        ],
        "compared_at": selectors.compared_since(door.organization),
    }
    return render(request, "doi/findings/list.html", context)


def _advice(finding: Finding) -> str:
    """What is being done, or can be."""
    if finding.mended_at is not None:
        return _("It is being mended; this line goes when the registry is as it should be.")
    refused = repairing.why_not(finding)
    if refused is not None:
        return refused
    if finding.kind == Kind.MOVED:
        return _("Ask the registry to give it back to this account, or why it was moved.")
    if finding.kind == Kind.MISSING and repairing.repair_of(finding) == Repair.SEND:
        return _(
            "Ask the registry's support what became of it: a permanent DOI cannot be made anew from here."
        )
    if repairing.repair_of(finding) == Repair.ANEW:
        return _("The draft can be made anew under the same name.")
    if repairing.repair_of(finding) == Repair.ADOPT:
        return _("It can become the DOI of the version that it leads to.")
    return _("It is mended by itself with the next comparison, or now.")


@login_required
@require_http_methods(ASK)
def repair(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Say what the repair does, then set it in motion."""
    door = enter(request, slug, Role.ADMINISTRATOR)
    finding = (
        selectors.open_findings(door.organization)
        .select_related("doi__account", "login")
        .filter(pk=number)
        .first()
    )
    if finding is None:
        raise Http404
    refused, status = repairing.why_not(finding), 200
    if request.method == "POST" and refused is None:
        try:
            then_ring(partial(repairing.repair, finding, by=by(request)), partial(_accounts, finding))
        except DoiError as error:
            refused, status = str(error), 409
        else:
            messages.success(request, _("The repair is under way."))
            return redirect("doi:findings", slug)
    return render(request, "doi/findings/repair.html", _asked(door, finding, refused), status=status)


def _asked(door: Door, finding: Finding, refused: str | None) -> dict[str, object]:
    back = reverse("doi:findings", args=[door.organization.slug])
    return {
        "organization": door.organization,
        "finding": finding,
        "said": sentence(Kind(finding.kind), finding.detail),
        "refused": refused,
        "heading": _("Repair: %(kind)s") % {"kind": finding.get_kind_display()},
        "lead": finding.name,
        "consequences": _consequences(finding),
        "confirm_label": {
            Repair.SEND: _("Look and send again"),
            Repair.ANEW: _("Make the draft anew"),
            Repair.ADOPT: _("Take it over"),
        }[repairing.repair_of(finding)],
        "cancel_url": back,
        "crumbs": [(back, _("DOI findings"))],
    }


def _consequences(finding: Finding) -> list[Consequence]:
    match repairing.repair_of(finding):
        case Repair.ANEW:
            said = [
                _("The registry is asked once more whether the draft is really gone."),
                _("If it is, a draft is made anew under the same name, and its window begins again."),
            ]
        case Repair.ADOPT:
            said = [
                _("The DOI becomes that of the version whose page it leads to."),
                _(
                    "The registry is asked what it holds; after that the DOI is kept in step with the version."
                ),
            ]
        case _:
            said = [
                _("The registry is asked once more what it holds."),
                _(
                    "What differs from what is wanted here is then sent: address, metadata, and shown or hidden."
                ),
                _("If the registry does not have the DOI, or another account holds it, nothing is sent."),
            ]
    return [Consequence(sentence) for sentence in said]


def _accounts(finding: Finding) -> set[int | None]:
    return set(
        Doi.objects.filter(name=finding.name, account__login=finding.login).values_list("account", flat=True)
    )
