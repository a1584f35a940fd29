"""One version's DOI: reserve it, and look at exactly what the registry is sent."""

import json
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from datasets.hooks import Consequence
from datasets.models import Dataset, Version
from datasets.views.common import Act, address, answer, crumbs, enter, get_dataset, get_version
from doi import judgement, selectors
from doi.errors import DoiError
from doi.metadata import left_out
from doi.models import Doi
from doi.relations import Lineages
from doi.services import issuance
from doi.states import Environment, State, Step
from doi.views import by
from doi.views.acts import ASK, with_doi
from organizations.models import Role


@login_required
@require_http_methods(ASK)
def reserve(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    door = enter(request, org, Role.CURATOR)
    version = get_version(get_dataset(door, slug), pk)
    force = selectors.in_force(door.organization)
    act = Act(
        heading=_("Reserve a DOI for version %(number)s") % {"number": version.number},
        confirm=_("Reserve a DOI"),
        done=_("The DOI is reserved; it is shown beside the version."),
        cancel_url=address(version.dataset),
        consequences=_reserve_consequences(version.dataset, force),
        refused=_why_not_reserve(version, force),
        refusals=(DoiError,),
    )
    return answer(
        request, door, act, lambda _fields: issuance.reserve(version, by=by(request)), dataset=version.dataset
    )


def _reserve_consequences(dataset: Dataset, force: selectors.InForce) -> list[Consequence]:
    said = [
        Consequence(
            _("A name under %(prefix)s is chosen and kept for this version; it is never given to another.")
            % {"prefix": force.account.prefix if force.account else ""}
        ),
        Consequence(
            _("Nothing is sent to the registry yet, so the DOI leads nowhere until the version is released.")
        ),
        Consequence(_("You can write it into the data, a manuscript or a manual now.")),
    ]
    if not selectors.is_on(dataset):
        said.append(
            Consequence(
                _(
                    "DOI issuance is off for this dataset: unless it is switched on, the DOI is never activated."
                )
            )
        )
    if force.account is not None and force.account.login.environment == Environment.TEST:
        said.append(Consequence(_("The account in force is a test account: this DOI never resolves.")))
    return said


def _why_not_reserve(version: Version, force: selectors.InForce) -> str | None:
    if (
        version.released_at is not None
        or version.deleted_at is not None
        or version.dataset.deleted_at is not None
    ):
        return _("Only the unreleased next version can have a DOI reserved.")
    if force.account is None:
        return _(
            "No DOI account is in force. An administrator sets one up under Settings, DOI configuration."
        )
    return None


@login_required
@require_safe
def payload(request: HttpRequest, org: str, slug: str, pk: UUID) -> HttpResponse:
    """Exactly what the registry is sent for this version as it stands now."""
    door, version, doi = with_doi(request, org, slug, pk, Role.VIEWER)
    loaded = Doi.objects.select_related(
        "account__login", "version__dataset__organization", "version__dataset__issuance"
    ).get(pk=doi.pk)
    step = Step.CREATE if doi.state in {State.PLANNED, State.DISCARDED} else Step.UPDATE
    judged = judgement.judge(loaded, around=Lineages([loaded]).around(loaded))
    sent = judgement.payload(judged, step)
    body = sent.xml
    if sent.attributes is not None:
        body = json.dumps({"url": sent.url, **sent.attributes}, indent=2, ensure_ascii=False)
    context = {
        "door": door,
        "organization": door.organization,
        "dataset": version.dataset,
        "version": version,
        "doi": doi,
        "payload": sent,
        "body": body,
        "is_xml": sent.xml is not None,
        "left_out": left_out(judged.described) if sent.xml is not None and judged.described else (),
        "crumbs": crumbs(door, version.dataset),
    }
    return render(request, "doi/panel/payload.html", context)
