from doi.models.accounts import Account, Configuration, Login, LoginSecret, Source
from doi.models.breakers import Breaker
from doi.models.budget import Budget
from doi.models.doi import Doi, Lane
from doi.models.events import DoiEvent
from doi.models.following import Following
from doi.models.holds import Hold
from doi.models.issuance import DatasetIssuance
from doi.models.runs import BackIssueItem, BackIssueRun, ItemOutcome, RunStatus
from doi.models.seals import HistorySeal

__all__ = [
    "Account",
    "BackIssueItem",
    "BackIssueRun",
    "Breaker",
    "Budget",
    "Configuration",
    "DatasetIssuance",
    "Doi",
    "DoiEvent",
    "Following",
    "HistorySeal",
    "Hold",
    "ItemOutcome",
    "Lane",
    "Login",
    "LoginSecret",
    "RunStatus",
    "Source",
]
