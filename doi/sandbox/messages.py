"""What goes into the sandbox and what comes out of it, whoever carries it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl

type Headers = tuple[tuple[str, str], ...]


class Ending(Enum):
    """How the carrier ends an answer: a fault may break it on the way."""

    WHOLE = "whole"
    RESET = "reset"
    CUT = "cut"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `target` is the path and query as they were on the wire, header names are lower case.

    `client` is the address it came from, which rate limits are counted by.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    client: str = "127.0.0.1"

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The query's members, decoded; of a repeated one the last counts."""
        text = self.target.partition("?")[2]
        return dict(parse_qsl(text, keep_blank_values=True)) if text else {}


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; `delay` is in seconds, `cut_at` is the number of body bytes that arrive when it is cut.

    With `later` the request was not even looked at yet: call it when the delay is over, for the answer itself.
    """

    status: int
    body: bytes = b""
    headers: Headers = ()
    delay: float = 0.0
    ending: Ending = Ending.WHOLE
    cut_at: int = 0
    later: "Callable[[], Response] | None" = None


@dataclass(frozen=True, slots=True)
class Effects:
    """What a fault does to the registry's own work, rather than to its answer.

    `handle_fails`: the handle server is not told, silently. `handover`: seconds until EZID's queue runs for this change,
    None as usual; `handover_fails`: it never will. `stale`: a read answers from so many seconds ago.
    """

    handle_fails: bool = False
    handover: float | None = None
    handover_fails: bool = False
    stale: float = 0.0


@dataclass(slots=True)
class Trace:
    """What a protocol found out about a request while answering it: for the log and the counts.

    `effects` is told to the protocol beforehand: how its own work is to fail.
    """

    provider: str
    route: str
    account: str | None = None
    doi: str | None = None
    before: str | None = None
    after: str | None = None
    url: str | None = None
    effects: Effects = Effects()


def dump(value: Any) -> bytes:
    """Give compact UTF-8 JSON."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        # A lone surrogate came in by its escape; it goes out by it.
        return json.dumps(value, separators=(",", ":")).encode()


def json_response(status: int, value: Any, *, headers: Headers = ()) -> Response:
    """Answer with a JSON document."""
    return Response(status, dump(value), (("Content-Type", "application/json; charset=utf-8"), *headers))
