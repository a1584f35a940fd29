"""What a fault may do to a request, its answer and the registry's own work."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from doi.sandbox.checks import LONGEST, seconds, whole
from doi.sandbox.clock import http_date
from doi.sandbox.edits import Edit, parse_edit
from doi.sandbox.messages import Effects, Ending, Headers, Request, Response, dump
from doi.sandbox.problems import WrongCallError

WHOLE = (
    "status",
    "page",
    "reset",
    "lost",
    "hang",
    "truncate",
    "delay",
    "event",
    "handle",
    "handover",
    "stale",
    "edit",
)
_MORE = frozenset({"body", "headers", "retry_after", "applied", "before"})
_LINE_END = re.compile("[\r\n]")
_GATEWAY = (
    "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


@dataclass(frozen=True, slots=True)
class Action:
    """What happens to one request, its answer and the work behind it.

    To the answer: `status` takes the place of the registry's, with `body` and `headers`; `reset` breaks the connection;
    `hang` never answers; each without asking the registry, or after it when `applied`. `truncate` cuts the registry's
    body after so many bytes. `delay` holds the answer back for so many seconds after what was asked is done, or with
    `before` before it is. `retry_after` adds the header, as seconds or as a date so many seconds from now.
    To the work: `effects`, `ignores_event`, with which DataCite keeps the state as it is, and `edit`, which the
    registry's staff does beside it.
    """

    status: int | None = None
    body: bytes = b""
    headers: Headers = ()
    retry_after: int | None = None
    retry_at_date: bool = False
    reset: bool = False
    hang: bool = False
    applied: bool = False
    truncate: int | None = None
    delay: float = 0.0
    before: bool = False
    effects: Effects = field(default_factory=Effects)
    ignores_event: bool = False
    edit: Edit | None = None

    @property
    def instead(self) -> bool:
        """Say whether the registry is not asked at all."""
        return (self.status is not None or self.reset or self.hang) and not self.applied

    @property
    def name(self) -> str:
        """Tell the action in the words of the log."""
        effects = self.effects
        late = f" ({'after' if self.applied else 'before'} applying)"
        told = {
            f"status {self.status}{' (after applying)' if self.applied else ''}": self.status is not None,
            "lost" if self.applied else "reset": self.reset,
            f"hang{late}": self.hang,
            "truncate": self.truncate is not None,
            "delay before" if self.before else "delay": self.delay > 0,
            f"retry after {self.retry_after}": self.retry_after is not None,
            "event ignored": self.ignores_event,
            "handle fails": effects.handle_fails,
            f"handover {effects.handover:g}" if effects.handover is not None else "": effects.handover
            is not None,
            "handover fails": effects.handover_fails,
            f"stale {effects.stale:g}": effects.stale > 0,
            f"edit {self.edit.name}" if self.edit is not None else "": self.edit is not None,
        }
        return ", ".join(words for words, holds in told.items() if holds)

    def passed_on(self, request: Request) -> Request:
        """Give the request as the registry gets to see it."""
        if not self.ignores_event:
            return request
        try:
            document = json.loads(request.body)
            del document["data"]["attributes"]["event"]
        except (ValueError, KeyError, TypeError):
            return request
        return replace(request, body=dump(document))

    def applied_to(self, response: Response, *, now: datetime) -> Response:
        """Break an answer; `response` is the registry's own, or an empty one when it was not asked."""
        status, body, headers = response.status, response.body, response.headers
        if self.status is not None:
            status, body, headers = self.status, self.body, self.headers
        if self.retry_after is not None:
            headers = (*headers, ("Retry-After", self._retry_after(self.retry_after, now)))
        ending = response.ending
        if self.reset:
            ending = Ending.RESET
        elif self.hang:
            ending = Ending.HANG
        elif self.truncate is not None:
            ending = Ending.CUT
        delay = response.delay if self.before else response.delay + self.delay
        return Response(status, body, headers, delay=delay, ending=ending, cut_at=self.truncate or 0)

    def _retry_after(self, seconds: int, now: datetime) -> str:
        return http_date(now + timedelta(seconds=seconds)) if self.retry_at_date else str(seconds)


def parse_action(entry: Any, *, place: str) -> Action:
    """Read an action from decoded JSON.

    Raises WrongCallError, TypeError or ValueError where it is none.
    """
    if not isinstance(entry, dict) or not entry.keys() <= {*WHOLE, *_MORE} or not entry.keys() & set(WHOLE):
        raise WrongCallError(f"The action of {place} must be one of {', '.join(sorted(WHOLE))}.")
    if entry.get("page") not in (None, "gateway"):
        raise WrongCallError(f"The page of {place} may be gateway.")
    status, body, headers = _answer(entry, place)
    retry_after, retry_at_date = _waiting(entry.get("retry_after"), place)
    truncate = entry.get("truncate")
    return Action(
        status=status,
        body=body,
        headers=headers,
        retry_after=retry_after,
        retry_at_date=retry_at_date,
        reset=bool(entry.get("reset") or entry.get("lost")),
        hang=bool(entry.get("hang", False)),
        applied=bool(entry.get("applied") or entry.get("lost")),
        truncate=None if truncate is None else whole(truncate, f"truncate of {place}"),
        delay=seconds(entry.get("delay", 0.0), f"delay of {place}"),
        before=bool(entry.get("before", False)),
        effects=_effects(entry, place),
        ignores_event=entry.get("event") == "ignored",
        edit=None if entry.get("edit") is None else parse_edit(entry["edit"], place=place),
    )


def _answer(entry: Mapping[str, Any], place: str) -> tuple[int | None, bytes, Headers]:
    given = entry.get("status")
    status = None if given is None else whole(given, f"status of {place}", least=100, most=999)
    headers = tuple((str(name), str(value)) for name, value in dict(entry.get("headers", {})).items())
    if any(_LINE_END.search(part) for header in headers for part in header):
        raise WrongCallError(f"A header of {place} has more than one line.")
    if entry.get("page") == "gateway":
        found = HTTPStatus(status or 502)
        page = _GATEWAY.format(status=f"{found.value} {found.phrase}")
        return found.value, page.encode(), (("Server", "nginx"), ("Content-Type", "text/html"), *headers)
    body = entry.get("body", "")
    return status, (body if isinstance(body, str) else json.dumps(body)).encode(), headers


def _waiting(value: Any, place: str) -> tuple[int | None, bool]:
    """Read `30` or `date:30`: (seconds, whether they are told as a date)."""
    if value is None:
        return None, False
    text = str(value)
    wait = whole(int(text.removeprefix("date:")), f"retry_after of {place}", most=int(LONGEST))
    return wait, text.startswith("date:")


def _effects(entry: Mapping[str, Any], place: str) -> Effects:
    for key, word in (("handle", "fails"), ("event", "ignored")):
        if entry.get(key) not in (None, word):
            raise WrongCallError(f"The {key} of {place} may be {word}.")
    handover = entry.get("handover")
    return Effects(
        handle_fails=entry.get("handle") == "fails",
        handover=None if handover in (None, "fails") else seconds(handover, f"handover of {place}"),
        handover_fails=handover == "fails",
        stale=seconds(entry.get("stale", 0.0), f"stale of {place}"),
    )
