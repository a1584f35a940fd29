"""
The product on this machine, alone: web server, engine and sandbox registry on an SQLite file, with an institution in it.

Everything it keeps is under var/demo; `rm -r var/demo` starts afresh. DEMO_FOLDER names another folder, for a second one.
Ends with SIGINT or SIGTERM, or when one of its processes ends.
"""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from scripts.children import MANAGE, ROOT, Command, Process, ProcessError, answers, free_port, start

FOLDER = Path(os.environ.get("DEMO_FOLDER") or ROOT / "var" / "demo")
CATALOG = ROOT / "scripts" / "demo_catalog.jsonl"
DRAFT_WINDOW = 120
ADMINISTRATOR = "ada@meridian.example"
CURATOR = "cato@meridian.example"
# (provider, account ID, prefix as a person enters it)
DATACITE = ("datacite", "MERIDIAN.DATA", "10.82053")
EZID = ("ezid", "meridian", "10.82054/m2")


class StopError(Exception):
    """Somebody asked the demo to end."""


class FailedError(Exception):
    """The demo cannot start or go on; the message says why."""


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    running: list[Process] = []
    try:
        with _only_one():
            _run(running)
    except StopError:
        return 0
    except (FailedError, ProcessError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for process in reversed(running):
            process.stop()
        if running:
            print("\nThe demo has stopped; `make demo` goes on where it was.")
    return 0


def _run(running: list[Process]) -> None:
    ports = _ports()
    password = _kept("sign-in", lambda: secrets.token_hex(6))
    accounts = _sandbox_accounts()
    environment = _environment(ports)
    running.append(_start_sandbox(ports["sandbox"], accounts))
    _prepare_database(environment, password)
    running.append(_start_engine(environment))
    running.append(_start_web(ports["web"], environment))
    _print_welcome(ports, password=password, accounts=accounts)
    while True:
        time.sleep(0.3)
        for process in running:
            if not process.is_running():
                raise FailedError(
                    f"The {process.name} has ended ({process.guard.returncode}), so the demo ends. "
                    f"Its last lines:\n{process.last_lines()}"
                )


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise StopError


# --- What it keeps ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Hold the folder for this process alone: two demos on one database would fight for its ports and files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.chmod(0o700)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FailedError(
                "A demo is running here already; stop it first (Ctrl-C in its terminal)."
            ) from error
        yield


def _kept(name: str, make: Callable[[], str]) -> str:
    """A secret made once and kept, readable by this user only."""
    path = FOLDER / name
    if not path.exists() or not path.stat().st_size:
        path.touch(mode=0o600)
        path.write_text(make())
    return path.read_text()


def _ports() -> dict[str, int]:
    """The ports of last time, since the landing pages' addresses hold them, or free ones. The web server would share
    a taken port silently (SO_REUSEPORT), so each is tried first.
    """
    path = FOLDER / "ports.json"
    wanted: dict[str, int] = {"web": 8000, "sandbox": 8001}
    if path.exists():
        wanted |= json.loads(path.read_text())
    ports = {name: free_port() if answers(port) else port for name, port in wanted.items()}
    path.write_text(json.dumps(ports))
    return ports


def _sandbox_accounts() -> dict[str, str]:
    """Write the sandbox's accounts file, and give the password of each provider's account."""
    passwords = {
        name: _kept(f"password-{name}", lambda: secrets.token_urlsafe(9)) for name in ("datacite", "ezid")
    }
    entries = [
        {"provider": provider, "id": account, "password": passwords[provider], "prefix": prefix}
        for provider, account, prefix in (DATACITE, EZID)
    ]
    _kept("accounts.json", lambda: json.dumps(entries, indent=2))
    return passwords


def _environment(ports: dict[str, int]) -> dict[str, str]:
    sandbox = f"http://127.0.0.1:{ports['sandbox']}"
    return {
        "DATABASE_URL": f"sqlite:///{FOLDER / 'demo.sqlite3'}",
        "SECRET_KEY": _kept("secret-key", lambda: secrets.token_urlsafe(48)),
        "DOI_ENCRYPTION_KEYS": _kept(
            "keys", lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        ),
        "SITE_URL": f"http://localhost:{ports['web']}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DEBUG": "false",
        "CELERY_BROKER_URL": "",
        "DOI_DRAFT_WINDOW": str(DRAFT_WINDOW),
        "DOI_TEST_CLOCK": "",
        "DATACITE_API_URL": f"{sandbox}/datacite",
        "DATACITE_TEST_API_URL": f"{sandbox}/datacite",
        "EZID_API_URL": f"{sandbox}/ezid",
        "EZID_TEST_API_URL": f"{sandbox}/ezid",
        "DOI_RESOLVER_URL": f"{sandbox}/resolve",
        # Politeness is for the real registries.
        "DATACITE_REQUESTS_PER_5_MINUTES": "100000",
        "DATACITE_TEST_REQUESTS_PER_5_MINUTES": "100000",
        "EZID_REQUESTS_PER_5_MINUTES": "100000",
        "DATACITE_MAX_IN_FLIGHT": "8",
        "EZID_MAX_IN_FLIGHT": "4",
        "EZID_PAUSE_MS": "0",
        "BULK_REQUESTS_PER_SECOND": "50",
        "EMAIL_URL": f"filemail://{FOLDER / 'mail'}",
    }


# --- Its processes ----------------------------------------------------------------------------------------------


def _start_sandbox(port: int, _accounts: dict[str, str]) -> Process:
    files: Command = ["--accounts", FOLDER / "accounts.json", "--state", FOLDER / "registry.json"]
    command = [
        *MANAGE,
        "registry_sandbox",
        "--port",
        str(port),
        *files,
        "--log",
        FOLDER / "registry-requests.jsonl",
    ]
    process = start("sandbox registry", command, log=FOLDER / "sandbox.log")
    # Its own word, not an open port: that might be somebody else's by now.
    process.wait_until(lambda: "listening on" in process.last_lines())
    return process


def _prepare_database(environment: dict[str, str], password: str) -> None:
    """Migrate, and on the first start bring in the institution and its people's password."""
    _manage(environment, "migrate", "--verbosity", "0")
    seeded = FOLDER / "seeded"
    if not seeded.exists():
        _manage(environment, "import_catalog", str(CATALOG))
        people = [sys.executable, "-m", "scripts.demo_people", ADMINISTRATOR, CURATOR]
        _quietly(people, environment, given=password)
        seeded.touch()


def _start_engine(environment: dict[str, str]) -> Process:
    return start("engine", [*MANAGE, "run_engine"], log=FOLDER / "engine.log", env=environment)


def _start_web(port: int, environment: dict[str, str]) -> Process:
    if answers(port):
        raise FailedError(f"Port {port} has just been taken by another program; start the demo again.")
    server: Command = [Path(sys.executable).with_name("granian"), "--interface", "wsgi", "--no-ws"]
    command = [*server, "--host", "127.0.0.1", "--port", str(port), "redivis_doi.wsgi:application"]
    process = start("web server", command, log=FOLDER / "web.log", env=environment)
    process.wait_until(lambda: _serves(f"http://127.0.0.1:{port}/"), seconds=60)
    return process


def _serves(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  (always the loopback)
            return int(answer.status) < 500
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def _manage(environment: dict[str, str], *arguments: str) -> None:
    _quietly([*MANAGE, *arguments], environment)


def _quietly(command: Command, environment: dict[str, str], *, given: str = "") -> None:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise FailedError(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")


# --- What it says -----------------------------------------------------------------------------------------------


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _print_welcome(ports: dict[str, int], *, password: str, accounts: dict[str, str]) -> None:
    web, sandbox = f"http://localhost:{ports['web']}", f"http://localhost:{ports['sandbox']}"
    print(
        f"""
The product is running: {web}

  Sign in as          {ADMINISTRATOR} (administrator) or {CURATOR} (curator)
  Password            {password}

In an organization's settings, Advanced: DOI configuration, enter one of the sandbox registry's accounts:

  Provider            DataCite                 EZID
  Environment         Production               Production
  Account ID          {DATACITE[1]:<24} {EZID[1]}
  Account password    {accounts["datacite"]:<24} {accounts["ezid"]}
  DOI prefix          {DATACITE[2]:<24} {EZID[2]}

  Sandbox registry    {sandbox} (what it was asked, and what it holds; nothing leaves this machine)
  Draft window        {DRAFT_WINDOW} seconds here, 7 days in production
  Mail                {_shown(FOLDER / "mail")}
  Logs                {_shown(FOLDER)}/*.log

Ctrl-C stops it and keeps what is there; rm -r {_shown(FOLDER)} starts afresh.
""",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
