"""Starting and stopping processes for the demo, the tests and the benches; none outlives its starter, even a killed one."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUARD = ROOT / "scripts" / "guard.py"
type Command = Sequence[str | Path]
MANAGE: tuple[str | Path, ...] = (sys.executable, ROOT / "manage.py")


class ProcessError(RuntimeError):
    """A process did not start or ended by itself; the message holds the last lines it wrote."""


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether something accepts connections on this port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(frozen=True, slots=True)
class Process:
    """One running command under its guard, with everything it wrote in `log`."""

    name: str
    guard: "subprocess.Popen[bytes]"
    log: Path

    def is_running(self) -> bool:
        return self.guard.poll() is None

    def last_lines(self, count: int = 25) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def wait_until(self, ready: Callable[[], bool], *, seconds: float = 30) -> None:
        """Wait until it is ready. Raises ProcessError when it ended or the time is over."""
        until = time.monotonic() + seconds
        while not ready():
            if not self.is_running():
                self._cut_lifeline()
                raise ProcessError(f"{self.name} ended with {self.guard.returncode}:\n{self.last_lines()}")
            if time.monotonic() > until:
                raise ProcessError(f"{self.name} was not ready in {seconds} s:\n{self.last_lines()}")
            time.sleep(0.05)

    def wait_until_listening(self, port: int, *, seconds: float = 30) -> None:
        self.wait_until(lambda: answers(port), seconds=seconds)

    def kill(self) -> None:
        """End it as a power cut would, without a word of warning, and wait until it is gone."""
        os.killpg(int(self._pid_file.read_text()), signal.SIGKILL)
        self.guard.wait(15)
        self._cut_lifeline()

    def _cut_lifeline(self) -> None:
        if self.guard.stdin is not None:
            self.guard.stdin.close()

    @property
    def _pid_file(self) -> Path:
        return self.log.with_suffix(".pid")

    def stop(self, *, seconds: float = 15) -> int:
        """Close the lifeline, wait, and give the exit code."""
        self._cut_lifeline()
        try:
            return self.guard.wait(seconds)
        except subprocess.TimeoutExpired:
            self.guard.send_signal(signal.SIGTERM)
            return self.guard.wait(seconds)


def start(
    name: str,
    command: Command,
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    farewell: signal.Signals = signal.SIGTERM,
    user: str | None = None,
) -> Process:
    """Start a command under its guard; `farewell` is the signal that ends it in good order."""
    pid_file = log.with_suffix(".pid")
    pid_file.unlink(missing_ok=True)
    with log.open("wb") as output:
        guard = subprocess.Popen(
            [sys.executable, "-I", "-S", GUARD, str(int(farewell)), pid_file, *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            start_new_session=True,
            user=user,
        )
    process = Process(name, guard, log)
    process.wait_until(lambda: pid_file.exists() and bool(pid_file.read_text()))
    return process
