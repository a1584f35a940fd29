"""Nothing that tests, demo or benches start may outlive them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.children import ROOT, ProcessError, answers, free_port, start

PYTHON = [sys.executable, "-I", "-S", "-c"]
SLEEPER = [*PYTHON, "import time; print('here', flush=True); time.sleep(60)"]
ORDERLY = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print('orderly', flush=True), sys.exit(7)))
print('here', flush=True)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pid: int) -> None:
    until = time.monotonic() + 15
    while is_alive(pid):
        assert time.monotonic() < until, f"{pid} is still there"
        time.sleep(0.02)


def test_a_stopped_process_gets_its_signal_and_its_exit_code_comes_back(tmp_path: Path) -> None:
    process = start("orderly", [*PYTHON, ORDERLY], log=tmp_path / "log")
    process.wait_until(lambda: "here" in process.last_lines())
    assert process.stop() == 7
    assert "orderly" in process.last_lines()


def test_a_process_goes_when_its_owner_is_killed(tmp_path: Path) -> None:
    owner = (
        "import sys, time; from pathlib import Path; from scripts.children import start\n"
        f"start('sleeper', {SLEEPER!r}, log=Path({str(tmp_path / 'log')!r})); print('started', flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", owner], cwd=ROOT, stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"started\n"
        sleeper = int((tmp_path / "log.pid").read_text())
        assert is_alive(sleeper)
        os.kill(killed.pid, signal.SIGKILL)
    wait_until_gone(sleeper)


def test_a_killed_process_ends_its_guard(tmp_path: Path) -> None:
    process = start("sleeper", SLEEPER, log=tmp_path / "log")
    process.kill()
    assert process.guard.returncode == 128 + signal.SIGKILL


def test_a_process_that_ends_early_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no database'); raise SystemExit(3)"]
    process = start("server", command, log=tmp_path / "log")
    with pytest.raises(ProcessError, match="server ended with 3:\nno database"):
        process.wait_until(lambda: False)


def test_a_free_port_is_one_where_nobody_answers() -> None:
    assert not answers(free_port())
