"""How the sandbox is called, with or without the project's `manage.py` around it."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doi.sandbox.accounts import load_accounts, parse_account
from doi.sandbox.behaviour import USUAL, Behaviour
from doi.sandbox.checks import seconds
from doi.sandbox.clock import FileClock, system_clock
from doi.sandbox.core import Sandbox
from doi.sandbox.names import fold
from doi.sandbox.problems import WrongCallError
from doi.sandbox.seeds import Seed, load_seeds
from doi.sandbox.server import serve

DESCRIPTION = (
    "Runs a registry for tests and demonstrations: DataCite's API under /datacite, EZID's under /ezid, "
    "a resolver under /resolve/. It needs no database."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--port", type=int, required=True, help="port to listen on; 0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name by which browsers may ask for the sandbox's own pages. May be repeated",
    )
    parser.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="PROVIDER:ID:PASSWORD:PREFIX",
        help="an account; for EZID the prefix is a shoulder such as 10.5072/fk2. May be repeated",
    )
    parser.add_argument(
        "--accounts",
        type=Path,
        metavar="FILE",
        help="a JSON list of accounts, to keep passwords off the command line",
    )
    _add_files(parser)
    _add_manners(parser)


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="where the DOIs are kept from one run to the next"
    )
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="one line of JSON per request, written before its answer"
    )
    parser.add_argument(
        "--faults", type=Path, metavar="FILE", help="a JSON list of faults, read again whenever it changes"
    )
    parser.add_argument(
        "--seed",
        type=Path,
        metavar="FILE",
        help="DOIs to begin with, as a JSON list or one object a line: provider, name, owner, state, url, metadata; "
        "those that the state file already has are left as they are",
    )
    parser.add_argument(
        "--clock",
        type=Path,
        metavar="FILE",
        default=os.environ.get("DOI_TEST_CLOCK") or None,
        help="a file with seconds to add to the clock; without it the one in DOI_TEST_CLOCK, as the product's",
    )


def _add_manners(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--latency", type=float, default=0.0, metavar="SECONDS", help="wait this long before each answer"
    )
    parser.add_argument(
        "--list-lag",
        type=float,
        default=USUAL.list_lag,
        metavar="SECONDS",
        help="how far DataCite's lists run behind its writes (default %(default)s)",
    )
    parser.add_argument(
        "--rate-limits",
        action="store_true",
        help="let DataCite count requests per address and answer 429 beyond its limits",
    )
    parser.add_argument(
        "--handover",
        type=float,
        default=USUAL.handover,
        metavar="SECONDS",
        help="how long EZID takes to tell DataCite and the resolver of a change (default %(default)s)",
    )


def run(options: Mapping[str, Any]) -> None:
    """Serve until told to stop.

    Raises WrongCallError with one sentence when the call is wrong or the port is in use.
    """
    if not 0 <= options["port"] <= 65535:
        raise WrongCallError(f"{options['port']} is not a port.")
    for name in ("latency", "list_lag", "handover"):
        seconds(options[name], name.replace("_", " "))
    sandbox = _made(options)
    if options["seed"] is not None:
        _plant(sandbox, load_seeds(options["seed"]))
    serve(sandbox, host=options["host"], port=options["port"], ready=_announce)


def _made(options: Mapping[str, Any]) -> Sandbox:
    accounts = [parse_account(text) for text in options["account"]]
    if options["accounts"] is not None:
        accounts += load_accounts(options["accounts"])
    return Sandbox(
        accounts,
        clock=FileClock(options["clock"]) if options["clock"] is not None else system_clock,
        latency=options["latency"],
        state=options["state"],
        log=options["log"],
        faults=options["faults"],
        behaviour=Behaviour(
            list_lag=options["list_lag"], rate_limits=options["rate_limits"], handover=options["handover"]
        ),
        hosts=[options["host"], *options["allowed_host"]],
    )


def _plant(sandbox: Sandbox, seeds: list[Seed]) -> None:
    for seed in seeds:
        if sandbox.store.get(seed.provider, fold(seed.name)) is None:
            sandbox.control.seed(seed)


def main() -> None:
    """Run as `python -m doi.sandbox`, for those who want a registry and no Django."""
    parser = argparse.ArgumentParser(prog="registry_sandbox", description=DESCRIPTION)
    add_arguments(parser)
    try:
        run(vars(parser.parse_args()))
    except WrongCallError as error:
        parser.exit(2, f"{error}\n")


def _announce(address: str) -> None:
    sys.stdout.write(f"Sandbox registry listening on {address}\n")
    sys.stdout.flush()
