"""What anybody on the machine can read of running processes: their command lines, and of ours their environments."""

import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

PROC = Path("/proc")
# A process shows itself anew when it starts another program; that is early in its life.
LOOKS = 20


class ProcessList:
    """Looks every 50 ms while it is entered; `ours` is a text that our processes' environments hold."""

    def __init__(self, ours: str) -> None:
        self.command_lines: set[bytes] = set()
        self.environments: set[bytes] = set()
        self._ours = ours.encode()
        self.count = 0
        self._looks: Counter[str] = Counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="process list")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            for folder in PROC.iterdir():
                if folder.name.isdigit() and self._looks[folder.name] < LOOKS:
                    self._looks[folder.name] += 1
                    with suppress(OSError):
                        self._look(folder)

    def _look(self, folder: Path) -> None:
        self.command_lines.add((folder / "cmdline").read_bytes())
        environment = (folder / "environ").read_bytes()
        if self._ours in environment:
            self.count += self._looks[folder.name] == 1
            self.environments.add(environment)
