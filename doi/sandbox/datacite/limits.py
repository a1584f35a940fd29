"""DataCite's firewall, which counts requests per address before the application sees them (support pages, 2026)."""

import re
from collections import deque
from datetime import datetime, timedelta

from doi.sandbox.clock import Clock
from doi.sandbox.messages import Request, Response

_WINDOW = timedelta(minutes=5)
AUTHENTICATED, IDENTIFIED, UNIDENTIFIED = 3000, 1000, 500
_MAIL = re.compile(r"[^\s@;:(),<>]+@[^\s@;:(),<>]+\.\w+")
_BODY = (
    b"<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n"
    b"<center><h1>429 Too Many Requests</h1></center>\r\n</body>\r\n</html>\r\n"
)


class Limits:
    """Requests of the last five minutes, by address and by what the address may ask for.

    The firewall looks for credentials, it does not judge them. What it refuses does not count.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._asked: dict[tuple[str, int], deque[datetime]] = {}

    def refusal(self, request: Request) -> Response | None:
        """Count a request, or give the answer to one too many: 429 with the seconds until there is room again."""
        allowed = _allowed(request)
        asked = self._asked.setdefault((request.client, allowed), deque())
        now = self._clock()
        while asked and now - asked[0] >= _WINDOW:
            asked.popleft()
        if len(asked) < allowed:
            asked.append(now)
            return None
        seconds = -((now - asked[0] - _WINDOW) // timedelta(seconds=1))
        headers = (("Content-Type", "text/html"), ("Retry-After", str(seconds)))
        return Response(429, _BODY, headers)


def _allowed(request: Request) -> int:
    if "authorization" in request.headers:
        return AUTHENTICATED
    if _MAIL.search(request.headers.get("user-agent", "")) or _MAIL.search(request.query.get("mailto", "")):
        return IDENTIFIED
    return UNIDENTIFIED
