"""One shape for every line, and no secret in any."""

import pytest
import structlog
from django.db import DatabaseError, transaction

from doi import history
from doi.models import Doi, DoiEvent
from doi.sandbox import Sandbox
from organizations.models import User
from tests.doi.conftest import drain_all
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_line_about_a_doi_says_where_it_belongs(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured()))
    drain_all()

    doi = make.doi_of(version)
    for line in DoiEvent.objects.filter(doi_id=doi.pk):
        assert (line.doi_name, line.dataset, line.version) == (doi.name, "stage", "1.0")
        assert line.account == "datacite:ORG.REPO:10.70112"
        assert line.organization_id == doi.organization_id


def test_an_external_doi_has_no_account(sandbox: Sandbox) -> None:
    make.drafted(make.dataset(make.configured()))
    doi = Doi.objects.get()
    doi.account = None

    assert history.doi_event(doi, event="shown", at=doi.created_at).account == ""


def test_lines_carry_the_id_that_the_log_has(db: None) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abc123"):
        history.record_change("configured", by=make.by(), organization=None)

    assert DoiEvent.objects.get().request_id == "abc123"


@pytest.mark.parametrize(
    "actor", ["catalogue", "command", "run:1", "engine", "user:", "user:x", "user:999", "user:²"]
)
def test_nobody_is_behind_what_no_person_did(db: None, actor: str) -> None:
    assert history.person_of(make.by(actor=actor)) is None


def test_a_person_is_found_by_the_actor(db: None) -> None:
    ada = User.objects.create_user("ada@example.org")

    assert history.person_of(make.by(actor=ada.actor)) == ada


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_a_line(db: None, change: str) -> None:
    history.record_change("configured", by=make.by(), organization=None)
    line = DoiEvent.objects.get()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        DoiEvent.objects.update(event="other") if change == "update" else line.delete()
    assert DoiEvent.objects.get().event == "configured"
