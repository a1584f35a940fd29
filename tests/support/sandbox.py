"""The sandbox registry mounted under an httpx client, without a socket."""

import time
from collections.abc import Sequence

import httpx

from doi.sandbox import Ending, Request, Response, Sandbox
from doi.sandbox.accounts import Account

SANDBOX_URL = "http://sandbox.example"
type AccountRow = tuple[str, str, str]


def sandbox_with(
    *,
    datacite: Sequence[AccountRow] = (("ORG.REPO", "secret", "10.70112"),),
    ezid: Sequence[AccountRow] = (("apiuser", "secret", "10.5072/fk2"),),
) -> Sandbox:
    """Make a sandbox with accounts given as (id, password, prefix)."""
    rows = [("datacite", *row) for row in datacite] + [("ezid", *row) for row in ezid]
    return Sandbox(Account(provider, name, password, (prefix,)) for provider, name, password, prefix in rows)


class SandboxTransport(httpx.BaseTransport):
    """Carries requests to a sandbox in this process; thread-safe.

    Broken answers come as the client would meet them: httpx.ReadError for a reset, httpx.ReadTimeout for an answer
    later than the read timeout (it is not waited for), a shorter body for a cut one.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self.sandbox.answer(
            Request(request.method, request.url.raw_path.decode("ascii"), headers, request.read())
        )
        self._wait(request, answer)
        if answer.ending is Ending.RESET:
            raise httpx.ReadError("Connection reset by peer", request=request)
        body = answer.body[: answer.cut_at] if answer.ending is Ending.CUT else answer.body
        return httpx.Response(answer.status, headers=list(answer.headers), content=body, request=request)

    @staticmethod
    def _wait(request: httpx.Request, answer: Response) -> None:
        limit = request.extensions.get("timeout", {}).get("read")
        if limit is not None and answer.delay > limit:
            raise httpx.ReadTimeout("timed out", request=request)
        if answer.delay:
            time.sleep(answer.delay)
