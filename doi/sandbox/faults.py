"""Faults on order: rules that break answers, from a file that may change while the sandbox runs."""

import json
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doi.sandbox.messages import Headers
from doi.sandbox.problems import WrongCallError

_RULE_KEYS = {"match", "times", "skip", "probability", "seed", "action"}
_MATCH_KEYS = {"method", "path", "provider"}
_ACTIONS = {"status", "delay", "reset", "lost", "truncate"}
_ACTION_KEYS = _ACTIONS | {"body", "headers"}


@dataclass(frozen=True, slots=True)
class Action:
    """What happens to an answer.

    `status` answers in the registry's place without asking it, `reset` breaks the connection instead, `lost` asks it
    and then breaks the connection, `truncate` cuts the body after so many bytes, `delay` holds the answer back for so
    many seconds (what was asked is done at once).
    """

    status: int | None = None
    body: bytes = b""
    headers: Headers = ()
    delay: float = 0.0
    reset: bool = False
    lost: bool = False
    truncate: int | None = None

    @property
    def name(self) -> str:
        """Name the action for the log."""
        if self.status is not None:
            return f"status {self.status}"
        for word in ("reset", "lost"):
            if getattr(self, word):
                return word
        return "delay" if self.truncate is None else "truncate"


@dataclass(slots=True)
class Rule:
    """One rule; `skip` requests pass before it works, then it works `times` times, or for ever."""

    action: Action
    method: str | None = None
    path: re.Pattern[str] | None = None
    provider: str | None = None
    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    chance: random.Random = field(default_factory=random.Random)

    def takes(self, method: str, path: str, provider: str) -> bool:
        """Say whether the rule works on this request, and count it."""
        fits = (
            (self.method is None or self.method == method)
            and (self.provider is None or self.provider == provider)
            and (self.path is None or self.path.search(path) is not None)
        )
        if not fits or self.times == 0 or (self.probability < 1 and self.chance.random() >= self.probability):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The rules in force; the first that takes a request breaks its answer."""

    def __init__(self, path: Path | None = None) -> None:
        self.rules: list[Rule] = []
        self.complaint: str | None = None
        self._path = path
        self._seen: tuple[int, int] | None = None
        if path is not None:
            self.rules = parse_rules(_read(path), place=str(path))
            self._seen = _stamp(path)

    def order(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Put other rules in force, in the form the file has."""
        self.rules = parse_rules(list(rules), place="the rules given")

    def pick(self, method: str, path: str, provider: str) -> Action | None:
        """Find what is to happen to a request's answer; None when nothing is."""
        if self._path is not None:
            self._look()
        for rule in self.rules:
            if rule.takes(method, path, provider):
                return rule.action
        return None

    def _look(self) -> None:
        """Read a changed file; of one that is not right (half written, say) the old rules stay in force."""
        assert self._path is not None  # noqa: S101 - asked only with a path
        stamp = _stamp(self._path)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self.rules = parse_rules(_read(self._path), place=str(self._path))
            self.complaint = None
        except WrongCallError as error:
            self.complaint = str(error)


def parse_rules(entries: Any, *, place: str) -> list[Rule]:
    """Read rules from decoded JSON.

    Raises WrongCallError naming the entry that is wrong.
    """
    if not isinstance(entries, list):
        raise WrongCallError(f"The faults in {place} must be a JSON list.")
    return [_rule(entry, f"fault {number} of {place}") for number, entry in enumerate(entries, 1)]


def _rule(entry: Any, place: str) -> Rule:
    if not isinstance(entry, dict) or not _known(entry, _RULE_KEYS) or "action" not in entry:
        raise WrongCallError(f"What is written as {place} is not a rule with match and action.")
    match = entry.get("match", {})
    if not isinstance(match, dict) or not _known(match, _MATCH_KEYS):
        raise WrongCallError(f"The match of {place} may have method, path and provider.")
    try:
        return Rule(
            action=_action(entry["action"], place),
            method=match.get("method"),
            path=re.compile(match["path"]) if match.get("path") else None,
            provider=match.get("provider"),
            times=None if entry.get("times") is None else int(entry["times"]),
            skip=int(entry.get("skip", 0)),
            probability=float(entry.get("probability", 1.0)),
            chance=random.Random(entry.get("seed")),
        )
    except (re.error, TypeError, ValueError) as error:
        raise WrongCallError(f"A value of {place} is wrong: {error}.") from error


def _action(action: Any, place: str) -> Action:
    if not isinstance(action, dict) or not _known(action, _ACTION_KEYS) or not _ACTIONS & action.keys():
        raise WrongCallError(f"The action of {place} must be one of {', '.join(sorted(_ACTIONS))}.")
    body = action.get("body", "")
    return Action(
        status=None if action.get("status") is None else int(action["status"]),
        body=(body if isinstance(body, str) else json.dumps(body)).encode(),
        headers=tuple((str(name), str(value)) for name, value in dict(action.get("headers", {})).items()),
        delay=float(action.get("delay", 0.0)),
        reset=bool(action.get("reset", False)),
        lost=bool(action.get("lost", False)),
        truncate=None if action.get("truncate") is None else int(action["truncate"]),
    )


def _known(entry: Mapping[str, Any], keys: set[str]) -> bool:
    return entry.keys() <= keys


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WrongCallError(f"The faults file {path} cannot be read: {error}.") from error
