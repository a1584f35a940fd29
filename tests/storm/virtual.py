"""
Time that passes only when somebody lets it, and threads that run in turns: a storm is the same each time it is run.

All clocks of the product are this one, monotonic time too; to sleep is to move it. What a pool was given runs when its
drain waits for it, in an order that chance decides.
"""

import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any, Self

import httpx
import pytest

from doi import clock, drains, engine, looks
from doi.sandbox import Ending, Response, Sandbox
from tests.support.sandbox import SandboxTransport

BEGINNING = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
# Whoever sleeps sleeps a little longer than asked.
SHORTEST_SLEEP = 0.25


class VirtualTime:
    """Seconds since the beginning, and what each clock makes of them."""

    def __init__(self) -> None:
        self.passed = 0.0

    def forward(self, seconds: float) -> None:
        self.passed += seconds

    def now(self) -> datetime:
        return BEGINNING + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return 1000.0 + self.passed

    def time(self) -> float:
        return BEGINNING.timestamp() + self.passed

    def sleep(self, seconds: float) -> None:
        self.forward(max(seconds, SHORTEST_SLEEP))

    def take_over(self, patched: pytest.MonkeyPatch) -> None:
        """Be the clock of all modules of the product."""
        # Of the machine and of the database.
        patched.setattr(clock, "_machine", self.now)
        patched.setattr(clock, "_database", self.now)
        for name, module in list(sys.modules.items()):
            ours = name.startswith("doi.") and not name.startswith(("doi.sandbox", "doi.registries"))
            if not ours:
                continue
            if getattr(module, "time", None) is time:
                patched.setattr(module, "time", self)
            for cls in _dataclasses_of(module):
                self._begin_at(cls, patched)

    def _begin_at(self, cls: Any, patched: pytest.MonkeyPatch) -> None:
        """A field that begins with monotonic time begins with this one."""
        names = [each.name for each in fields(cls) if each.default_factory is time.monotonic]
        if not names:
            return
        begin = cls.__init__

        def begin_here(made: Any, *given: Any, **named: Any) -> None:
            begin(made, *given, **named)
            for name in names:
                if name not in named:
                    setattr(made, name, self.monotonic())

        patched.setattr(cls, "__init__", begin_here)


def _dataclasses_of(module: ModuleType) -> Iterator[type]:
    for each in list(vars(module).values()):
        if isinstance(each, type) and is_dataclass(each) and each.__module__ == module.__name__:
            yield each


class TurnPool:
    """In place of a pool of threads: what is submitted runs when somebody waits for it, or never if they die."""

    chance = random.Random(0)
    before: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, **_options: Any) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_died: object) -> None:
        pass

    def submit(self, work: Callable[..., Any], *given: Any) -> Future[Any]:
        future: Future[Any] = Future()
        # As an attribute, so that whoever waits finds it.
        future.turn = lambda: work(*given)  # type: ignore[attr-defined]
        return future

    def map(self, work: Callable[[Any], Any], given: Iterable[Any]) -> Iterator[Any]:
        for each in given:
            self.before()
            yield work(each)

    @classmethod
    def wait(
        cls, flying: Iterable[Future[Any]], **_options: Any
    ) -> tuple[set[Future[Any]], set[Future[Any]]]:
        """Run some of what flies, at least one; what dies in it dies here."""
        cls.before()
        waiting = list(flying)
        some = cls.chance.sample(waiting, cls.chance.randint(1, len(waiting)))
        for future in some:
            future.set_result(future.turn())  # type: ignore[attr-defined]
        return set(some), set(waiting) - set(some)

    @classmethod
    def take_over(
        cls, patched: pytest.MonkeyPatch, *, chance: random.Random, before: Callable[[], None]
    ) -> None:
        patched.setattr(cls, "chance", chance)
        patched.setattr(cls, "before", staticmethod(before))
        patched.setattr(engine, "ThreadPoolExecutor", cls)
        patched.setattr(looks, "ThreadPoolExecutor", cls)
        patched.setattr(drains, "wait", cls.wait)


class VirtualTransport(SandboxTransport):
    """Carries requests in virtual time: a tenth of a second each, and as long as it takes where nobody answers."""

    def __init__(self, sandbox: Sandbox, clock: VirtualTime, chance: random.Random) -> None:
        super().__init__(sandbox)
        self._clock = clock
        self._chance = chance

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._clock.forward(self._chance.uniform(0.05, 0.2))
        try:
            return super().handle_request(request)
        except httpx.ReadTimeout:
            self._clock.forward(self._chance.uniform(5, 20))
            raise

    def _wait(self, request: httpx.Request, answer: Response) -> None:  # type: ignore[override]
        if answer.delay:
            self._clock.forward(answer.delay)
        if answer.ending is Ending.HANG:
            raise httpx.ReadTimeout("timed out", request=request)
