"""Workers that take turns: each is a thread that goes on only when it is told to, from one named place to the next."""

import random
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from django.db import connection, connections


class Died(BaseException):
    """A worker's end: nothing after it runs but what the interpreter runs anyway."""


class Worker:
    """One engine process. It does `work` again and again; after a death it is another process."""

    def __init__(self, crew: "Crew", work: Callable[[], bool]) -> None:
        self.idle = False
        self.done = False
        self._crew = crew
        self._work = work
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._shared = connections["default"]
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def turn(self) -> None:
        """Let it go on until it stops at a place, is idle, or is over."""
        if not self.done:
            self._go.release()
            self._back.acquire()

    def stop_here(self) -> None:
        """From within: hand over, and go on with the next turn."""
        self._back.release()
        self._go.acquire()
        if self._crew.over:
            raise Died

    def _live(self) -> None:
        connections["default"] = self._shared
        self._go.acquire()
        while not self._crew.over:
            try:
                self.idle = not self._work()
                if self.idle:
                    self.stop_here()
            except Died:
                self._crew.deaths += not self._crew.over
            except Exception:  # noqa: BLE001  (whatever it is, the storm has to tell it)
                self._crew.complaints.append(traceback.format_exc())
        self.done = True
        self._back.release()


class Crew:
    """All workers of a storm; `passes` is armed at the named places."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.over = False
        self.deaths = 0
        self.complaints: list[str] = []
        self.passed: dict[str, int] = {}
        # How likely a worker dies at one place, and stops there for the others.
        self.dying = 0.0
        self.stopping = 0.4
        self.workers: list[Worker] = []
        self._at_work: Worker | None = None

    def hire(self, work: Callable[[], bool], *, count: int) -> None:
        connections["default"].inc_thread_sharing()
        self.workers = [Worker(self, work) for _ in range(count)]

    def turns(self, count: int) -> None:
        """So many turns, each of a worker that chance names; fewer when there is nothing to do."""
        self._wake()
        for _ in range(count):
            busy = [worker for worker in self.workers if not worker.idle]
            if not busy:
                return
            self._turn(self.chance.choice(busy))
            if self.chance.random() < 0.1:
                self._wake()

    def until_idle(self) -> None:
        """Go round until none has anything to do now."""
        self._wake()
        while busy := [worker for worker in self.workers if not worker.idle]:
            for worker in busy:
                self._turn(worker)
            if self.complaints:
                return

    def _wake(self) -> None:
        self.chance.choice(self.workers).idle = False

    def dismiss(self) -> None:
        self.over = True
        for worker in self.workers:
            while not worker.done:
                self._turn(worker)
        connections["default"].dec_thread_sharing()

    def _turn(self, worker: Worker) -> None:
        self._at_work = worker
        try:
            worker.turn()
        finally:
            self._at_work = None

    def passes(self, name: str) -> None:
        """At a named place: die there, stop for the others, or go on."""
        worker = self._at_work
        if worker is None:
            return
        if self.over or isinstance(sys.exception(), Died):
            # Whatever the interpreter still runs on its way out reaches nobody.
            raise Died
        self.passed[name] = self.passed.get(name, 0) + 1
        if self.chance.random() < self.dying:
            raise Died
        if not connection.in_atomic_block and self.chance.random() < self.stopping:
            worker.stop_here()

    def stops(self, *_: Any) -> None:
        """While requests are away the others go on."""
        if self._at_work is not None and not connection.in_atomic_block:
            self._at_work.stop_here()
