"""The table of decisions in the documentation, held against the code."""

import random
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

from doi.plan import CLOCKS_AGAIN, Decision, Fact, Note, Obstacle, Send, Snapshot, Wait, decide, target
from doi.states import PERMANENT, State, Step, Wanted
from tests.doi.test_plan import NOW, snapshots

TABLE = Path(__file__).resolve().parents[2] / "docs" / "decisions.md"


def is_due(row: Snapshot) -> bool:
    if row.wanted != Wanted.PERMANENT or row.permanent_after is None:
        return False
    return row.promote_now or row.permanent_after <= NOW


def is_behind(row: Snapshot) -> bool:
    if row.public:
        return row.metadata is None and (row.outdated or not row.confirmed_public)
    return row.confirmed_public


def shut(row: Snapshot) -> object:
    return next(
        (each for each in (row.gate, row.metadata, row.host, row.promotions) if each is not None), None
    )


CONDITIONS: dict[str, Callable[[Snapshot], bool]] = {
    "external": lambda row: row.external,
    "uncertain": lambda row: row.uncertain,
    "promoting": lambda row: row.promoting,
    "due": is_due,
    "open": lambda row: shut(row) is None,
    "clocks agree": lambda row: row.clock is None,
    "planned": lambda row: row.state == State.PLANNED,
    "draft": lambda row: row.state == State.DRAFT,
    "findable": lambda row: row.state == State.FINDABLE,
    "discarded": lambda row: row.state == State.DISCARDED,
    "permanent": lambda row: row.state in PERMANENT,
    "to be hidden": lambda row: row.state == State.FINDABLE and target(row) == State.REGISTERED,
    "to be shown": lambda row: row.state == State.REGISTERED and target(row) == State.FINDABLE,
    "metadata refused": lambda row: row.metadata is not None,
    "outdated": lambda row: row.outdated,
    "not wanted": lambda row: row.wanted == Wanted.NONE,
    "wanted permanent": lambda row: row.wanted == Wanted.PERMANENT,
    "adopted": lambda row: row.adopted,
    "not adopted": lambda row: not row.adopted,
    "reserved": lambda row: row.reserved,
    "create sent": lambda row: row.create_sent,
    "behind": is_behind,
}


def sends(step: Step, to: Callable[[Snapshot], State]) -> Callable[[Snapshot, Decision], bool]:
    return lambda row, made: made == Send(step, to(row))


def same(row: Snapshot) -> State:
    return row.state


def waits_for_a_person(_row: Snapshot, made: Decision) -> bool:
    return isinstance(made, Wait) and made.obstacle is not None and made.obstacle.code == "drift"


DECISIONS: dict[str, Callable[[Snapshot, Decision], bool]] = {
    "look": sends(Step.LOOK, same),
    "create": sends(Step.CREATE, lambda _row: State.DRAFT),
    "update": sends(Step.UPDATE, same),
    "promote": sends(Step.PROMOTE, target),
    "hide": sends(Step.HIDE, lambda _row: State.REGISTERED),
    "show": sends(Step.SHOW, lambda _row: State.FINDABLE),
    "discard": sends(Step.DISCARD, lambda _row: State.DISCARDED),
    "note: never sent": lambda _row, made: made == Note(Fact.NEVER_SENT),
    "note: wanted again": lambda _row, made: made == Note(Fact.WANTED_AGAIN),
    "wait": lambda _row, made: made == Wait(),
    "wait for the metadata": lambda row, made: made == Wait(obstacle=row.metadata),
    "wait for a person": waits_for_a_person,
    "wait, and say so if it does not resolve": lambda row, made: made == Wait(obstacle=row.unresolved),
    "wait a minute for the clocks": lambda row, made: made == Wait(NOW + CLOCKS_AGAIN, row.clock),
    "wait for what shuts the gate": lambda row, made: made == Wait(None, shut(row)),  # type: ignore[arg-type]
    "wait, and say what shuts the gate": lambda row, made: made == Wait(None, shut(row)),  # type: ignore[arg-type]
    "wait for the end of the window": lambda row, made: made == Wait(row.permanent_after, shut(row)),  # type: ignore[arg-type]
}


def lines() -> list[tuple[tuple[str, ...], str]]:
    cells = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in TABLE.read_text().splitlines()
        if line.startswith("|")
    ][2:]
    return [(tuple(word.strip() for word in left.split(",")), right) for left, right in cells]


ROWS = lines()


def first_that_fits(row: Snapshot) -> int:
    return next(
        number for number, (words, _) in enumerate(ROWS) if all(CONDITIONS[word](row) for word in words)
    )


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(row=snapshots)
def test_the_table_says_what_the_code_does(row: Snapshot) -> None:
    words, decision = ROWS[first_that_fits(row)]
    assert DECISIONS[decision](row, decide(row, NOW)), (words, decision)


def test_no_line_of_the_table_is_idle() -> None:
    chance = random.Random(1)
    found = {first_that_fits(any_row(chance)) for _ in range(20_000)}

    assert [ROWS[number] for number in range(len(ROWS)) if number not in found] == []


def any_row(chance: random.Random) -> Snapshot:
    """Any row, seldom with an obstacle, so that those come too in which nothing stands in the way."""
    given: dict[str, Any] = {each.name: chance.random() < 0.5 for each in fields(Snapshot)}
    for word in ("metadata", "gate", "host", "promotions", "clock", "unresolved"):
        given[word] = Obstacle(word, "Mend it.") if chance.random() < 0.2 else None
    given["state"], given["wanted"] = chance.choice(list(State)), chance.choice(list(Wanted))
    given["permanent_after"] = chance.choice([None, NOW, NOW + timedelta(days=1)])
    return Snapshot(**given)
