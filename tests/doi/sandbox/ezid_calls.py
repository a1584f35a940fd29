"""What the tests of the sandbox's EZID share: accounts, names, a whole record, a clock to turn."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx

from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account
from doi.sandbox.behaviour import USUAL, Behaviour
from tests.doi.sandbox.calls import ELEMENTS, client, ezid, post, put

SHOULDER = "10.7280/d1"
NAME = "10.7280/D1ABC"
TEST_NAME = "10.5072/FK2ABC"
TARGET = "https://data.example.edu/versions/1"
BAD = "error: bad request - "
XML = (
    '<?xml version="1.0" encoding="UTF-8"?><resource xmlns="http://datacite.org/schema/kernel-4">'
    '<identifier identifierType="DOI">(:tba)</identifier>'
    "<creators><creator><creatorName>A</creatorName></creator></creators><titles><title>T 100%25</title></titles>"
    "<publisher>P</publisher><publicationYear>2026</publicationYear>"
    '<resourceType resourceTypeGeneral="Dataset"/></resource>'
)
ACCOUNTS = (
    Account("ezid", "apiuser", "secret", (SHOULDER, "10.7280/c1"), crossref=("10.7280/c1",)),
    Account("ezid", "other", "secret", ("10.7280/d9", "10.7299"), proxies=("deputy",)),
    Account("ezid", "deputy", "secret", ()),
    Account("ezid", "gone", "secret", (SHOULDER,), active=False),
)


class TurnedClock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **span: float) -> None:
        self.now += timedelta(**span)


def ezid_sandbox(
    *, clock: TurnedClock | None = None, latency: float = 0.0, behaviour: Behaviour = USUAL
) -> Sandbox:
    return Sandbox(ACCOUNTS, clock=clock or TurnedClock(), latency=latency, behaviour=behaviour)


def resolver(sandbox: Sandbox) -> httpx.Client:
    return client(sandbox, "resolve", auth=None)


def elements_of(answer: httpx.Response) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in answer.text.splitlines()[1:])


def read(sandbox: Sandbox, name: str = NAME) -> dict[str, str]:
    return elements_of(ezid(sandbox, auth=None).get(f"/id/doi:{name}"))


def in_status(sandbox: Sandbox, status: str, name: str = NAME) -> None:
    """Make a name and lead it to a status."""
    made = put(ezid(sandbox), name, _status="reserved", _target=TARGET, **ELEMENTS)
    assert made.status_code == 201, made.text
    for step in {"reserved": [], "public": ["public"], "unavailable": ["public", "unavailable"]}[status]:
        assert post(ezid(sandbox), name, _status=step).status_code == 200


def without(elements: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in elements.items() if name not in names}
