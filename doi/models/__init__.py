from doi.models.accounts import Account, Configuration, Login, LoginSecret, Source
from doi.models.breakers import Breaker
from doi.models.budget import Budget
from doi.models.doi import Doi, Lane
from doi.models.events import DoiEvent
from doi.models.findings import Comparison, Finding, Kind, Scope, Severity
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
    "Comparison",
    "Configuration",
    "DatasetIssuance",
    "Doi",
    "DoiEvent",
    "Finding",
    "Following",
    "HistorySeal",
    "Hold",
    "ItemOutcome",
    "Kind",
    "Lane",
    "Login",
    "LoginSecret",
    "RunStatus",
    "Scope",
    "Severity",
    "Source",
]
