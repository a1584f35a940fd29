"""The sandbox's own account of what it was asked: one line of JSON per request, written before the answer."""

import json
import os
from collections import deque
from pathlib import Path
from typing import Any

from doi.sandbox.messages import Request, Trace, dump
from doi.sandbox.problems import WrongCallError

_TAIL = 64 * 1024


class RequestLog:
    """Appends to a file when it has one, and remembers the last lines; never a password, header or body."""

    def __init__(self, path: Path | None = None) -> None:
        self.recent: deque[dict[str, Any]] = deque(maxlen=50)
        self._seq = 0
        self._file: int | None = None
        if path is not None:
            try:
                self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
                self._seq = _last_seq(path)
            except OSError as error:
                raise WrongCallError(f"The log file {path} cannot be used: {error.strerror}.") from error

    def write(
        self, request: Request, trace: Trace, *, at: str, status: int | None, fault: str | None
    ) -> None:
        """Write one line; `status` is null when no answer was made, `fault` names what broke it."""
        self._seq += 1
        line = {
            "seq": self._seq,
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
            "fault": fault,
        }
        self.recent.append(line)
        if self._file is not None:
            os.write(self._file, dump(line) + b"\n")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _last_seq(path: Path) -> int:
    """Go on counting where an earlier run stopped."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        lines = file.read().splitlines()
    for line in reversed(lines):
        try:
            return int(json.loads(line)["seq"])
        except (ValueError, KeyError, TypeError):
            continue
    return 0
