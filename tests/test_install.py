"""`scripts/install.sh` says that it installs where it does, and nothing where all is there."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.sandbox import ROOT

pytestmark = pytest.mark.integration


def install(project: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [project / "scripts" / "install.sh"], capture_output=True, text=True, timeout=60, check=True
    )


def test_it_says_once_that_it_installs(tmp_path: Path) -> None:
    for path in ("scripts/install.sh", "requirements/dev.txt"):
        (tmp_path / path).parent.mkdir()
        shutil.copy(ROOT / path, tmp_path / path)
    tools = tmp_path / ".venv" / "bin"
    tools.mkdir(parents=True)
    for tool in ("python", "uv"):
        (tools / tool).write_text("#!/bin/sh\nexit 0\n")
        (tools / tool).chmod(0o755)

    first, second = install(tmp_path), install(tmp_path)

    assert (first.stdout, first.stderr.count("\n")) == ("", 1)
    assert first.stderr.startswith("Installing ")
    assert (second.stdout, second.stderr) == ("", "")
