"""A row without a database, and what it learns from an answer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from doi.address import landing_url
from doi.exchange import Answer
from doi.models import Account, Doi, Login
from doi.outcomes import Outcome, of_answer
from doi.registries.base import RegistryRecord
from doi.states import PERMANENT, State, Step

NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
WINDOW = timedelta(seconds=604_800)
KEY = UUID("0198c0de-0000-7000-8000-000000000001")
NAME = "10.70112/abcd-efgh"
OURS = RegistryRecord(NAME, State.DRAFT, landing_url(KEY), owner="org.repo", created=NOW)


def row(state: str = "planned", **values: Any) -> Doi:
    login = Login(provider="datacite", environment="production", account_id="ORG.REPO")
    times: dict[str, Any] = {}
    if state == "draft":
        times = {"draft_at": NOW, "permanent_after": NOW + WINDOW, "shown_at": NOW}
    if state in PERMANENT:
        times = {"permanent_at": NOW - WINDOW, "shown_at": NOW - WINDOW}
    return Doi(
        name=NAME,
        landing_id=KEY,
        state=state,
        account=Account(login=login, prefix="10.70112"),
        **{"wanted": "permanent", "public": True, "generation": 3, "step_generation": 3, **times, **values},
    )


def learnt(doi: Doi, step: Step, record: RegistryRecord, **more: Any) -> Outcome:
    return of_answer(doi, step, Answer(record=record, **more), now=NOW)
