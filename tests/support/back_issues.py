"""What tests of back-issues do and look at again and again."""

from typing import Any

from datasets import services as versions
from datasets.models import Dataset
from datasets.services import By
from doi.models import BackIssueRun
from doi.services import back_issue, issuance
from organizations.models import Organization, User
from tests.factories import doi as make

BARE = {"titles": [{"title": "Nobody made this"}]}


def person() -> User:
    return User.objects.create_user("ada@example.org", "correct horse battery")


def by_person(user: User) -> By:
    return make.by(actor=user.actor, cause="web")


def begin(place: Organization, **more: Any) -> BackIssueRun:
    return back_issue.start(place, by=make.by(), **more)


def fresh(run: BackIssueRun) -> BackIssueRun:
    return BackIssueRun.objects.select_related("organization").get(pk=run.pk)


def outcomes(run: BackIssueRun) -> dict[str, str]:
    """dataset/version → outcome."""
    return {
        f"{item.version.dataset.slug}/{item.version.number}": item.outcome
        for item in run.items.select_related("version__dataset")
    }


def on(slug: str) -> bool:
    return issuance.is_on(Dataset.objects.get(slug=slug))


def mend() -> None:
    versions.edit_metadata(Dataset.objects.get(slug="bare"), make.METADATA, by=make.by())


def expanded(place: Organization) -> BackIssueRun:
    """A run whose items are all made, and nothing sent."""
    run = begin(place)
    while back_issue.expand_open_runs():
        pass
    return fresh(run)
