"""The sandbox's own account of what it was asked and told: one line of JSON each, written before the answer."""

import json
import os
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doi.sandbox.messages import Request, Trace, dump
from doi.sandbox.problems import WrongCallError

REMEMBERED = 5000
_TAIL = 64 * 1024


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done to the sandbox from outside its protocols, for the log.

    `method` is HTTP's, CALL for a caller in this process, or FAULT for what rule number `rule` did; `path` is the
    control API's. `registry` holds the DOI; `status` is the answer's.
    """

    method: str
    path: str
    detail: str
    status: int = 200
    rule: int | None = None
    registry: str | None = None
    account: str | None = None
    doi: str | None = None
    before: str | None = None
    after: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """What a fault did to a request: its rule's number and name, and the registry's own answer, None when not asked."""

    rule: int
    name: str
    registry_status: int | None


class RequestLog:
    """Appends to a file when it has one, and remembers the last lines; never a password, header or body."""

    def __init__(self, path: Path | None = None) -> None:
        self.recent: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self._seq = 0
        self._file: int | None = None
        if path is not None:
            try:
                self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
                self._seq = _last_seq(path)
                if _ends_amid_a_line(path):
                    # A line was being written when the sandbox was killed: nobody had its answer.
                    os.write(self._file, b"\n")
            except OSError as error:
                raise WrongCallError(f"The log file {path} cannot be used: {error.strerror}.") from error

    def write(
        self, request: Request, trace: Trace, *, at: str, status: int | None, broken: Broken | None = None
    ) -> None:
        """Write one request's line; `status` is that of the answer as it was made, null when none was.

        `registry_status` differs from it where a fault (`fault`, of rule number `rule`) answered over the registry:
        null means that the registry was not asked.
        """
        self._append(
            {
                "at": at,
                "provider": trace.provider,
                "method": request.method,
                "path": request.target,
                "account": trace.account,
                "doi": trace.doi,
                "status": status,
                "state_before": trace.before,
                "state_after": trace.after,
                "url": trace.url,
                "fault": broken.name if broken else None,
                "rule": broken.rule if broken else None,
                "registry_status": broken.registry_status if broken else status,
            }
        )

    def write_act(self, act: Act, *, at: str) -> None:
        """Write what the sandbox itself was told to do, or a fault did beside a request."""
        self._append(
            {
                "at": at,
                "provider": "control",
                "method": act.method,
                "path": act.path,
                "account": act.account,
                "doi": act.doi,
                "status": act.status,
                "state_before": act.before,
                "state_after": act.after,
                "url": act.url,
                "fault": None,
                "rule": act.rule,
                "registry_status": None,
                "registry": act.registry,
                "detail": act.detail,
            }
        )

    def lines_of(self, name: str) -> list[dict[str, Any]]:
        """Give the remembered lines about a DOI, newest first."""
        return [line for line in reversed(self.recent) if line["doi"] == name]

    def _append(self, line: dict[str, Any]) -> None:
        self._seq += 1
        line = {"seq": self._seq, **line}
        self.recent.append(line)
        if self._file is not None:
            os.write(self._file, dump(line) + b"\n")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _last_seq(path: Path) -> int:
    """Go on counting where an earlier run stopped, however long its last lines are."""
    tail, size = _TAIL, path.stat().st_size
    with path.open("rb") as file:
        while True:
            file.seek(max(0, size - tail))
            for line in reversed(file.read().splitlines()):
                try:
                    return int(json.loads(line)["seq"])
                except (ValueError, KeyError, TypeError):
                    continue
            if tail >= size:
                return 0
            tail *= 16


def _ends_amid_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1))
        return file.read() not in {b"", b"\n"}
