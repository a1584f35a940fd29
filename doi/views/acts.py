"""What the pages share that change a DOI: who may, what is asked, and the doorbell after the commit."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest

from datasets.models import Version
from datasets.views.common import Door, enter, get_dataset, get_version
from doi import selectors
from doi.models import Doi
from doi.tasks import ring
from organizations.models import Role

ASK = ["GET", "HEAD", "POST"]


def posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def then_ring(act: Callable[[], object], accounts: Callable[[], set[int | None]]) -> None:
    """Do it, and wake the workers of the accounts it concerns after the commit."""
    with transaction.atomic():
        act()
        for account in accounts():
            if account is not None:
                transaction.on_commit(partial(ring, account))


def with_doi(request: HttpRequest, org: str, slug: str, pk: UUID, role: Role) -> tuple[Door, Version, Doi]:
    """The version and its DOI, for somebody with ``role``. Raises Http404 for a version without one."""
    door = enter(request, org, role)
    version = get_version(get_dataset(door, slug), pk)
    doi = selectors.doi_of(version)
    if doi is None or doi.organization_id != door.organization.pk:
        raise Http404
    return door, version, doi
