"""DataCite's limits on requests per address (registry protocols, 1.8)."""

from datetime import UTC, datetime, timedelta

import pytest

from doi.sandbox.datacite.limits import Limits
from doi.sandbox.messages import Request

START = datetime(2027, 2, 3, 4, 5, tzinfo=UTC)
MAIL = "Product/1.0 (https://data.example.edu; mailto:curator@example.edu)"
# The limits of 1.8: how a request is made, and how many such requests are answered in five minutes.
KINDS: list[tuple[str, Request, int]] = [
    ("authenticated", Request("GET", "/datacite/dois", {"authorization": "Basic eA=="}), 3000),
    (
        "authenticated and identified",
        Request("GET", "/d", {"authorization": "Basic eA==", "user-agent": MAIL}),
        3000,
    ),
    ("identified by User-Agent", Request("GET", "/datacite/dois", {"user-agent": MAIL}), 1000),
    ("identified by mailto", Request("GET", "/datacite/dois?mailto=curator@example.edu"), 1000),
    ("unidentified", Request("GET", "/datacite/dois", {"user-agent": "curl/8"}), 500),
    ("mailto without an address", Request("GET", "/datacite/dois?mailto=me"), 500),
]


@pytest.mark.parametrize(("request_", "allowed"), [pytest.param(*row[1:], id=row[0]) for row in KINDS])
def test_an_address_has_so_many_requests_in_five_minutes(request_: Request, allowed: int) -> None:
    now = START
    limits = Limits(clock=lambda: now)

    assert all(limits.refusal(request_) is None for _ in range(allowed))
    now = START + timedelta(seconds=100)
    refused = limits.refusal(request_)
    now = START + timedelta(seconds=299, microseconds=999_999)
    still = limits.refusal(request_)
    now = START + timedelta(seconds=300)
    again = limits.refusal(request_)

    assert refused is not None
    assert (refused.status, dict(refused.headers)["Retry-After"]) == (429, "200")
    assert still is not None
    assert dict(still.headers)["Retry-After"] == "1"
    assert again is None


def test_every_address_is_counted_by_itself() -> None:
    limits = Limits(clock=lambda: START)
    one, other = (Request("GET", "/", client=client) for client in ("192.0.2.1", "192.0.2.2"))
    for _ in range(500):
        limits.refusal(one)

    assert limits.refusal(one) is not None
    assert limits.refusal(other) is None


def test_all_accounts_at_one_address_share_its_limit() -> None:
    limits = Limits(clock=lambda: START)
    accounts = [Request("GET", "/", {"authorization": f"Basic {number}"}) for number in range(3001)]

    assert [limits.refusal(each) is None for each in accounts] == [True] * 3000 + [False]
