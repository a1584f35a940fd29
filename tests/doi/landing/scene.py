"""One dataset that everybody may see, one that nobody may, and what a withdrawal leaves behind."""

import json
from datetime import timedelta
from typing import Any

from datasets.models import Version
from doi.models import Doi
from doi.tombstone import tombstone_of
from tests.datasets import make
from tests.doi.landing.page import Response, json_ld, metas

NAME = "10.1234/abcd-ef89"
LINK = f"https://doi.org/{NAME}"
SECRET = "River stage readings"
AUTHOR = "Okafor"


def withdraw(doi: Doi, **fields: Any) -> None:
    """What the withdrawal leaves behind."""
    version = doi.version
    assert version is not None
    Doi.objects.filter(pk=doi.pk).update(
        tombstone=tombstone_of(version), withdrawn_at=make.NOW + timedelta(days=40), **fields
    )
    Version.objects.filter(pk=version.pk).update(deleted_at=make.NOW + timedelta(days=40))


def assert_neutral(response: Response) -> None:
    content = response.content.decode()
    for told in (SECRET, AUTHOR, "7.3.1", "secret", "application/ld+json", "citation_"):
        assert told not in content
    assert "Link" not in response
    assert response["X-Robots-Tag"] == "noindex"
    assert metas(response)["robots"] == "noindex"


def assert_is_no_link(response: Response) -> None:
    """The name stands on the page, and nowhere that a reader or machine would follow it."""
    content = response.content.decode()
    assert "doi.org" not in content.replace("https://doi.org/10.9", "")
    assert "cite-as" not in response["Link"]
    assert not {"citation_doi", "DC.identifier"} & metas(response).keys()
    assert NAME not in json.dumps(json_ld(response))
    assert "datacite.xml" not in content
