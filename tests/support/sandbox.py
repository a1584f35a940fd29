"""The sandbox registry mounted under an httpx client, without a socket."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from doi.sandbox import Ending, Request, Response, Sandbox
from doi.sandbox.accounts import Account
from doi.sandbox.behaviour import Behaviour
from doi.sandbox.clock import Clock, system_clock

ROOT = Path(__file__).resolve().parents[2]
MODULE = (sys.executable, "-m", "doi.sandbox")
SANDBOX_URL = "http://sandbox.example"
AT_ONCE = Behaviour(list_lag=0)
type AccountRow = tuple[str, str, str]


def sandbox_with(
    *,
    datacite: Sequence[AccountRow] = (("ORG.REPO", "secret", "10.70112"),),
    ezid: Sequence[AccountRow] = (("apiuser", "secret", "10.5072/fk2"),),
    clock: Clock = system_clock,
    behaviour: Behaviour = AT_ONCE,
) -> Sandbox:
    """Make a sandbox with accounts given as (id, password, prefix), whose lists are up to date."""
    rows = [("datacite", *row) for row in datacite] + [("ezid", *row) for row in ezid]
    accounts = [Account(provider, name, password, (prefix,)) for provider, name, password, prefix in rows]
    return Sandbox(accounts, clock=clock, behaviour=behaviour)


class SandboxTransport(httpx.BaseTransport):
    """Carries requests to a sandbox in this process; thread-safe.

    Broken answers come as the client would meet them: httpx.ReadError for a reset, httpx.ReadTimeout for an answer
    later than the read timeout or for none at all (it is not waited for), a shorter body for a cut one. What a fault
    does only after a delay is done all the same when the client has given up.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self.sandbox.answer(
            Request(request.method, request.url.raw_path.decode("ascii"), headers, request.read())
        )
        if (later := answer.later) is not None:
            try:
                self._wait(request, answer)
            finally:
                answer = later()
        self._wait(request, answer)
        if answer.ending is Ending.HANG:
            raise httpx.ReadTimeout("timed out", request=request)
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


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox in a process of its own, and its address."""

    url: str
    process: "subprocess.Popen[str]"


@contextmanager
def running_sandbox(*options: str, command: Sequence[str] = MODULE) -> Iterator[RunningSandbox]:
    """Start the sandbox as a server on a free port of the loopback, and stop it afterwards.

    Its signal to stop is followed by a harder one when it does not listen to the first.
    """
    call = [*command, "--port", "0", *options]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"the sandbox did not start: {process.wait(10)}"
            yield RunningSandbox(line.rpartition(" ")[2].strip(), process)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
