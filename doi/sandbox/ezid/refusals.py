"""EZID's answers that are one status line, and the refusals among them (EZID 018515e8, api.py)."""

import pprint
import re
from collections.abc import Mapping, Sequence

from doi.sandbox.ezid import anvl
from doi.sandbox.messages import Headers, Response

TEXT: Headers = (("Content-Type", "text/plain; charset=utf-8"),)
_REALM: Headers = (("WWW-Authenticate", 'Basic realm="EZID"'),)


def status_line(status: int, line: str, *, headers: Headers = (), body: str = "") -> Response:
    """Answer with a status line, itself encoded; it ends in LF only where a body follows."""
    end = "\n" if body else ""
    return Response(status, f"{anvl.encode_value(line)}{end}{body}".encode(), (*TEXT, *headers))


class RefusalError(Exception):
    """A request is refused with this answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def bad_request(reason: str) -> RefusalError:
    """Refuse with 400; line ends in the reason become spaces."""
    return RefusalError(status_line(400, f"error: bad request - {one_line(reason)}"))


def unauthorized() -> RefusalError:
    """Refuse somebody who gave no account and password, or wrong ones."""
    return RefusalError(status_line(401, "error: unauthorized", headers=_REALM))


def forbidden() -> RefusalError:
    """Refuse what the account may not do."""
    return RefusalError(status_line(403, "error: forbidden"))


def method_not_allowed() -> RefusalError:
    """Refuse another method than the address takes."""
    return RefusalError(status_line(405, "error: method not allowed"))


def busy() -> RefusalError:
    """Refuse more operations at once than EZID runs and queues."""
    return RefusalError(status_line(503, "error: concurrency limit exceeded"))


def invalid(
    problems: Mapping[str, Sequence[str]] | Sequence[str], elements: Mapping[str, object]
) -> RefusalError:
    """Refuse a whole record as EZID's last check does: an exception written out, and all elements repeated.

    The names in `problems` are those of EZID's own columns (`target`, not `_target`).
    """
    told = {name: value for name, value in elements.items() if not name.startswith("_")}
    return bad_request(f'error="ValidationError({problems!r})" Metadata: {pprint.pformat(told)}')


def one_line(text: str) -> str:
    """Put a space in the place of every white space."""
    return re.sub(r"\s", " ", text)
