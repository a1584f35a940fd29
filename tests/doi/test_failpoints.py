"""The table of places where a worker can die is the code's, and nothing but a test can arm one."""

import ast
import timeit
from collections.abc import Iterator
from pathlib import Path

import pytest

from doi.failpoints import TABLE, armed, pass_point

ROOT = Path(__file__).resolve().parents[2]
OURS = ("doi", "datasets", "organizations", "redivis_doi", "scripts")


def calls(function: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of `function` in the product, with its place."""
    for path in sorted(path for folder in OURS for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
            if not named:
                continue
            assert isinstance(node, ast.Call)
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name == function:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_each_place_in_the_code_is_in_the_table_and_stands_there_once() -> None:
    passed = [ast.literal_eval(call.args[0]) for _, call in calls("pass_point")]
    assert sorted(passed) == sorted(TABLE)


def test_there_are_at_least_forty() -> None:
    assert len(TABLE) >= 40


def test_the_product_never_arms_one() -> None:
    assert [place for place, _ in calls("armed")] == []
    source = (ROOT / "doi/failpoints.py").read_text()
    imported = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {getattr(node, "module", None) for node in imported} == {"collections.abc", "contextlib", "typing"}


def test_an_armed_action_hears_of_each_place_until_it_is_let_go() -> None:
    heard: list[str] = []
    with armed(heard.append):
        pass_point("mark.begin")
        pass_point("mark.rows")
    pass_point("mark.told")
    assert heard == ["mark.begin", "mark.rows"]


def test_what_an_action_raises_ends_the_worker() -> None:
    def dies(_name: str) -> None:
        raise SystemExit

    with armed(dies), pytest.raises(SystemExit):
        pass_point("mark.begin")
    pass_point("mark.begin")


def test_unarmed_it_costs_nothing_worth_measuring() -> None:
    """About sixty nanoseconds; a request passes thirty of them."""
    best = min(timeit.repeat(lambda: pass_point("mark.begin"), number=10_000, repeat=5)) / 10_000
    assert best < 5e-6
