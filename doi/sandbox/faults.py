"""Faults on order: rules that break answers, from a file that may change while the sandbox runs, or given to it then."""

import base64
import binascii
import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from doi.sandbox.actions import Action, parse_action
from doi.sandbox.checks import LONGEST, decoded, seconds, whole, word
from doi.sandbox.clock import Clock, system_clock
from doi.sandbox.messages import Request
from doi.sandbox.problems import WrongCallError

_RULE_KEYS = {"match", "times", "skip", "probability", "seed", "from", "until", "action"}
_MATCH_KEYS = ("method", "path", "provider", "account", "doi")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as rules see it; `named` tells the DOI it is about, and is called only when a rule wants to know."""

    request: Request
    provider: str
    named: Callable[[], str | None]

    @property
    def account(self) -> str | None:
        """The account its Authorization header claims, whatever the password."""
        return claimed_account(self.request)


@dataclass(slots=True)
class Rule:
    """One rule; `skip` requests pass before it works, then it works `times` times, or for ever.

    `begins` and `ends` are the window in which it works, by the sandbox's clock. `given` is the rule as it was written,
    `number` what it is called by, `filed` whether it came from the file, `fired` how often it worked.
    """

    action: Action
    given: Mapping[str, Any]
    method: str | None = None
    path: re.Pattern[str] | None = None
    provider: str | None = None
    account: str | None = None
    doi: re.Pattern[str] | None = None
    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    chance: random.Random = field(default_factory=random.Random)
    begins: datetime | None = None
    ends: datetime | None = None
    number: int = 0
    filed: bool = False
    fired: int = 0

    def takes(self, asked: Asked, now: datetime) -> bool:
        """Say whether the rule works on this request, and count it."""
        if self.times == 0 or not self._open(now) or not self._fits(asked):
            return False
        if self.probability < 1 and self.chance.random() >= self.probability:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        self.fired += 1
        return True

    def shown(self) -> dict[str, Any]:
        """Tell the rule and how far it has come; `left` is null when it works for ever."""
        window = {
            key: value.isoformat() for key, value in (("from", self.begins), ("until", self.ends)) if value
        }
        source = "file" if self.filed else "order"
        return {
            **self.given, **window,
            "id": self.number, "source": source, "fired": self.fired, "left": self.times, "name": self.action.name,
        }  # fmt: skip

    def _open(self, now: datetime) -> bool:
        return (self.begins is None or self.begins <= now) and (self.ends is None or now < self.ends)

    def _fits(self, asked: Asked) -> bool:
        return (
            (self.method is None or self.method == asked.request.method)
            and (self.provider is None or self.provider == asked.provider)
            and (self.path is None or self.path.search(asked.request.path) is not None)
            and (self.account is None or self.account.lower() == (asked.account or "").lower())
            and (self.doi is None or self.doi.search(asked.named() or "") is not None)
        )


class Faults:
    """The rules in force; the first that takes a request breaks its answer. Ordered ones come before the file's."""

    def __init__(self, path: Path | None = None, *, clock: Clock = system_clock) -> None:
        self.complaint: str | None = None
        self._clock = clock
        self._numbers = count(1)
        self._rules: list[Rule] = []
        self._path = path
        self._seen: tuple[int, int] | None = None
        if path is not None:
            self._take_file(path)
            self._seen = _stamp(path)

    def order(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Put other rules in force, in the form the file has, in the place of those ordered before."""
        fresh = self._parsed(list(rules), place="the rules given")
        self._rules = fresh + [rule for rule in self._rules if rule.filed]

    def add(self, rules: Iterable[Mapping[str, Any]]) -> list[Rule]:
        """Put more rules in force, behind those ordered before."""
        fresh = self._parsed(list(rules), place="the rules given")
        ordered = [each for each in self._rules if not each.filed]
        self._rules = [*ordered, *fresh, *(each for each in self._rules if each.filed)]
        return fresh

    def remove(self, number: int) -> bool:
        """Take one rule out of force; False where there is none of that number."""
        before = len(self._rules)
        self._rules = [rule for rule in self._rules if rule.number != number]
        return len(self._rules) < before

    def clear(self) -> None:
        """Take all rules out of force, the file's too until it changes."""
        self._rules = []

    def all(self) -> list[Rule]:
        """List the rules in force, in the order they are tried."""
        self._look()
        return list(self._rules)

    @property
    def stalest(self) -> float:
        """Say how far behind the rules in force let a read be, in seconds."""
        return max((rule.action.effects.stale for rule in self._rules), default=0.0)

    def pick(self, asked: Asked) -> Rule | None:
        """Find the rule that breaks a request's answer; None when none does."""
        if self._path is not None:
            self._look()
        if not self._rules:
            return None
        now = self._clock()
        return next((rule for rule in self._rules if rule.takes(asked, now)), None)

    def _look(self) -> None:
        """Read a changed file; of one that is not right (half written, say) the old rules stay in force."""
        if self._path is None or (stamp := _stamp(self._path)) == self._seen:
            return
        self._seen = stamp
        try:
            self._take_file(self._path)
            self.complaint = None
        except WrongCallError as error:
            self.complaint = str(error)

    def _take_file(self, path: Path) -> None:
        fresh = self._parsed(_read(path), place=str(path), filed=True)
        self._rules = [*(rule for rule in self._rules if not rule.filed), *fresh]

    def _parsed(self, entries: Any, *, place: str, filed: bool = False) -> list[Rule]:
        """Read rules from decoded JSON.

        Raises WrongCallError naming the entry that is wrong.
        """
        if not isinstance(entries, list):
            raise WrongCallError(f"The faults in {place} must be a JSON list.")
        now = self._clock()
        rules = [_rule(entry, f"fault {number} of {place}", now) for number, entry in enumerate(entries, 1)]
        for rule in rules:
            rule.number, rule.filed = next(self._numbers), filed
        return rules


def claimed_account(request: Request) -> str | None:
    """Read the account's id from a Basic Authorization header."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return None


def _rule(entry: Any, place: str, now: datetime) -> Rule:
    if not isinstance(entry, dict) or not entry.keys() <= _RULE_KEYS or "action" not in entry:
        raise WrongCallError(f"What is written as {place} is not a rule with match and action.")
    match = entry.get("match", {})
    if not isinstance(match, dict) or not match.keys() <= set(_MATCH_KEYS):
        raise WrongCallError(
            f"The match of {place} may have {', '.join(_MATCH_KEYS[:-1])} and {_MATCH_KEYS[-1]}."
        )
    texts = {key: word(value, f"{key} of {place}") for key, value in match.items() if value is not None}
    probability = entry.get("probability", 1.0)
    if not isinstance(probability, int | float) or not 0 <= probability <= 1:
        raise WrongCallError(f"The probability of {place} must be a number from 0 to 1.")
    try:
        return Rule(
            action=parse_action(entry["action"], place=place),
            given=entry,
            method=texts.get("method"),
            path=re.compile(texts["path"]) if texts.get("path") else None,
            provider=texts.get("provider"),
            account=texts.get("account"),
            doi=re.compile(texts["doi"], re.IGNORECASE | re.ASCII) if texts.get("doi") else None,
            times=None if entry.get("times") is None else whole(entry["times"], f"times of {place}"),
            skip=whole(entry.get("skip", 0), f"skip of {place}"),
            probability=probability,
            chance=random.Random(entry.get("seed")),
            begins=_moment(entry.get("from"), now),
            ends=_moment(entry.get("until"), now),
        )
    except (re.error, TypeError, ValueError) as error:
        raise WrongCallError(f"A value of {place} is wrong: {error}.") from error


def _moment(value: Any, now: datetime) -> datetime | None:
    """Read a time: seconds from now, or ISO 8601, in UTC where it does not say."""
    if value is None:
        return None
    if isinstance(value, int | float):
        return now + timedelta(seconds=seconds(value, "from and until", least=-LONGEST))
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def _read(path: Path) -> Any:
    try:
        return decoded(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WrongCallError(f"The faults file {path} cannot be read: {error}.") from error
