"""What comes out of a registry's answer, as one row of a table says it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from doi.errors import MetadataRejectedError, RegistryError, RegistryUnavailableError
from doi.registries.http import WORDS_LIMIT
from tests.doi.registries.bench import PASSWORD, Bench

HTML = "<html><body><h1>Bad Gateway</h1></body></html>"
WAIT: Mapping[str, str] = {"Retry-After": "17"}


@dataclass(frozen=True, slots=True)
class Sorted:
    """The error that comes out; `sent` and `retry_after` belong to an outage, `field` to rejected metadata."""

    error: type[RegistryError]
    sent: bool | None = None
    retry_after: float | None = None
    field: str | None = None


# An answer that leaves it open whether the request was applied, and one that came before anything could be.
UNKNOWN = Sorted(RegistryUnavailableError, sent=True)
NOT_SENT = Sorted(RegistryUnavailableError, sent=False)


@dataclass(frozen=True, slots=True)
class Told:
    """One answer of a registry."""

    method: str
    status: int
    body: Any = ""
    headers: Mapping[str, str] | None = None


def assert_sorted(bench: Bench, told: Told, expected: Sorted, *, call: Callable[[Bench], object]) -> None:
    """Let the registry give this answer to a call, and see what comes out of it."""
    path = "/dois" if bench.provider == "datacite" else "/id/"
    action = {"status": told.status, "body": told.body, "headers": dict(told.headers or {})}
    bench.fault(action, method=told.method, path=path)

    with pytest.raises(RegistryError) as caught:
        call(bench)

    error = caught.value
    assert type(error) is expected.error
    assert error.status == told.status
    assert str(error).endswith((".", "”."))
    assert len(error.words) <= WORDS_LIMIT
    assert PASSWORD not in error.words
    if isinstance(error, RegistryUnavailableError):
        assert (error.sent, error.retry_after) == (expected.sent, expected.retry_after)
    if isinstance(error, MetadataRejectedError):
        assert error.field == expected.field
    # Whatever is answered, nothing is asked twice but for the credential behind an absence.
    asked = [line for line in bench.asked() if path in line]
    assert len(asked) == 1
