"""
Runs a command that must not outlive whoever asked for it.

    guard.py SIGNAL PIDFILE COMMAND…

PIDFILE gets the command's process id. Standard input is the lifeline: when its other end closes, because the owner asked or because the owner was killed, the
command's whole session gets SIGNAL (a number), ten seconds later SIGKILL. Ends with the command's exit code.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
from types import FrameType

GRACE_SECONDS = 10


class Guard:
    def __init__(self, command: list[str], farewell: int) -> None:
        self.farewell = farewell
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        self.asked = False

    def to_all(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, number)

    def stop(self) -> None:
        """Ask first the command itself, which may want to end its own children in order; then be firm with all."""
        if self.asked:
            return
        self.asked = True
        if self.child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.child.pid, self.farewell)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(GRACE_SECONDS)
        self.to_all(signal.SIGKILL)

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()

    def run(self) -> int:
        """Wait until the child ends by itself or the lifeline closes."""
        ended, written = os.pipe()
        os.set_blocking(written, False)
        signal.set_wakeup_fd(written)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.on_signal)
        with selectors.DefaultSelector() as watched:
            watched.register(sys.stdin.fileno(), selectors.EVENT_READ)
            watched.register(ended, selectors.EVENT_READ)
            while self.child.poll() is None:
                for key, _events in watched.select():
                    if key.fd == ended:
                        os.read(ended, 512)
                    elif not os.read(key.fd, 512):
                        watched.unregister(key.fd)
                        self.stop()
        self.to_all(signal.SIGKILL)
        code = self.child.wait()
        return code if code >= 0 else 128 - code


if __name__ == "__main__":
    guard = Guard(sys.argv[3:], int(sys.argv[1]))
    with open(sys.argv[2], "w") as pid_file:  # noqa: PTH123  (started without pathlib, it is quicker)
        pid_file.write(str(guard.child.pid))
    sys.exit(guard.run())
