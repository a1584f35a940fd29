"""Every (state, event) pair, and that one module alone moves a DOI between them."""

import ast
from itertools import product
from pathlib import Path

import pytest

from doi.errors import IllegalTransitionError
from doi.states import CONFIRMATION, PERMANENT, TRANSITIONS, Event, State, next_state

ROOT = Path(__file__).resolve().parents[2]
PAIRS = list(product(State, Event))


@pytest.mark.parametrize(("state", "event"), PAIRS, ids=[f"{state}-{event}" for state, event in PAIRS])
def test_every_pair_leads_where_the_table_says_or_is_refused(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert next_state(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(IllegalTransitionError, match=event.value):
            next_state(state, event)


def test_nothing_leads_back_from_permanent() -> None:
    ways_out = {after for (before, _), after in TRANSITIONS.items() if before in PERMANENT}

    assert ways_out == PERMANENT


def test_a_confirmation_leads_to_what_it_confirms() -> None:
    for (_, event), after in TRANSITIONS.items():
        confirmed = [state for state, confirmation in CONFIRMATION.items() if confirmation == event]
        assert confirmed in ([], [after])


def test_every_confirmation_may_come_twice() -> None:
    for state, event in CONFIRMATION.items():
        assert next_state(state, event) is state


def test_what_is_discarded_can_be_wanted_again() -> None:
    assert next_state(State.DISCARDED, Event.WANTED_AGAIN) is State.PLANNED


# --- who writes `Doi.state` ---------------------------------------------------------------------------------------


def state_is_written_in(source: str) -> list[int]:
    """Lines that set a DOI's state: an attribute, a keyword of a queryset's or model's call, a key of new values."""
    found: list[int] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [
                each.lineno for each in targets if isinstance(each, ast.Attribute) and each.attr == "state"
            ]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            writes = {"update", "update_or_create", "bulk_update"}
            keywords = {each.arg for each in node.keywords}
            # A queryset's update takes no positional argument; a registry's does.
            if node.func.attr in writes and "state" in keywords and not node.args:
                found.append(node.lineno)
            if node.func.attr == "create" and "state" in keywords and _names(node.func.value, "Doi"):
                found.append(node.lineno)
    return found


def _names(node: ast.AST, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))


@pytest.mark.parametrize(
    "line",
    [
        "doi.state = 'draft'",
        "Doi.objects.filter(pk=1).update(state='draft')",
        "Doi.objects.create(state='draft')",
        "rows.update_or_create(state='draft')",
        "doi.state: str = 'draft'",
    ],
)
def test_the_search_finds_a_planted_write(line: str) -> None:
    assert state_is_written_in(line) == [1]


def test_nobody_but_the_transitions_writes_a_state() -> None:
    product = [*(ROOT / "doi").rglob("*.py"), *(ROOT / "datasets").rglob("*.py")]
    elsewhere = {
        str(path.relative_to(ROOT)): lines
        for path in product
        if not {"sandbox", "migrations"} & set(path.parts) and path.name != "transitions.py"
        if (lines := state_is_written_in(path.read_text(encoding="utf-8")))
    }

    assert elsewhere == {}


def test_raw_sql_on_the_rows_is_written_in_two_places() -> None:
    """The lease is taken in `claims`, everything else is written in `transitions`; both name their columns."""
    writers = {
        path.name
        for path in (ROOT / "doi").glob("*.py")
        if "UPDATE doi_doi" in path.read_text(encoding="utf-8")
    }

    assert writers == {"claims.py", "transitions.py"}
    assert "state" not in (ROOT / "doi" / "claims.py").read_text(encoding="utf-8")
