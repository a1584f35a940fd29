"""The public pages at permanent addresses. No session, no sign-in, nothing but GET and HEAD."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from datasets.models import Version
from doi.landing.discovery import describes_header, document_url, json_ld, link_header, meta_tags
from doi.landing.facts import Shelf, facts
from doi.landing.formats import Format, asked_for, available, citation
from doi.landing.links import doi as doi_link
from doi.landing.record import Kind, Record, find

_PAGES = {
    Kind.PUBLIC: "doi/landing/version.html",
    Kind.TOMBSTONE: "doi/landing/tombstone.html",
    Kind.PRIVATE: "doi/landing/private.html",
    Kind.PRIVATE_TOMBSTONE: "doi/landing/private_tombstone.html",
    Kind.DISCARDED: "doi/landing/discarded.html",
}
_SHOWN_VERSIONS = 10


@require_safe
def version(request: HttpRequest, landing_id: uuid.UUID) -> HttpResponse:
    """The landing page, or the document that the ``Accept`` header prefers to it."""
    record = find(landing_id)
    if record is None:
        return _finished(render(request, "doi/landing/unknown.html", status=404))
    status = 410 if record.is_gone else 200
    wanted = asked_for(request, among=available(record))
    if wanted is not None:
        response = _document(record, wanted, status=status)
        response["Content-Location"] = document_url(record, wanted.file)
    else:
        response = render(request, _PAGES[record.kind], _context(record), status=status)
    if header := link_header(record):
        response["Link"] = header
    if record.kind is not Kind.PUBLIC:
        response["X-Robots-Tag"] = "noindex"
    return _finished(response)


@require_safe
def document(request: HttpRequest, landing_id: uuid.UUID, file: str) -> HttpResponse:
    """One metadata document by its own address; a tombstone's stay, as metadata outlives the data."""
    record = find(landing_id)
    offered = available(record) if record is not None else ()
    wanted = next((one for one in offered if one.file == file), None)
    if record is None or wanted is None:
        return _finished(render(request, "doi/landing/unknown.html", status=404))
    response = _document(record, wanted, status=200)
    response["Link"] = describes_header(record)
    return _finished(response)


def _document(record: Record, wanted: Format, *, status: int) -> HttpResponse:
    return HttpResponse(wanted.render(record), content_type=wanted.content_type, status=status)


def _finished(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Accept"])
    # A dataset made private or withdrawn is so at once: whoever keeps a copy asks before showing it.
    response["Cache-Control"] = "no-cache"
    return response


def _context(record: Record) -> dict[str, Any]:
    if not record.shows_metadata:
        return {"record": record}
    withdrawal = record.withdrawal
    return {
        "record": record,
        "facts": facts(record.metadata, title=record.title),
        "citation": citation(record),
        "documents": [(document_url(record, one.file), one.label, one.media[0]) for one in available(record)],
        "meta_tags": meta_tags(record),
        "json_ld": json_ld(record),
        "successor_url": doi_link(withdrawal.successor) if withdrawal is not None else "",
        **_versions(record),
    }


def _versions(record: Record) -> dict[str, Any]:
    """The released versions of the same dataset, newest first, and whether this one is the newest."""
    if record.dataset_id is None:
        return {}
    versions = list(
        Version.objects.released()
        .filter(dataset_id=record.dataset_id)
        .only("id", "number", "released_at")
        .order_by("-position")
    )
    newest = versions[0] if versions else None
    return {
        "versions": Shelf.of(versions, shown=_SHOWN_VERSIONS),
        "newer": newest if newest is not None and newest.pk != record.landing_id else None,
    }
