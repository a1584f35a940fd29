"""The page of the faults: those in force, and a form for the common ones."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from doi.sandbox.clock import log_time
from doi.sandbox.face.markup import REGISTRIES, choice, code, field, moment, page, table, text
from doi.sandbox.faults import Rule
from doi.sandbox.messages import Response
from doi.sandbox.problems import WrongCallError

type Seconds = int | float

# What is offered: words, and the action made of the number of seconds that the form asks for.
COMMON: dict[str, tuple[str, Callable[[Seconds], dict[str, Any]]]] = {
    "busy": ("503, come back in … seconds", lambda wait: {"status": 503, "retry_after": int(wait)}),
    "limit": ("429, come back at a date … seconds from now", lambda wait: {"status": 429, "retry_after": f"date:{wait:.0f}"}),
    "gateway": ("502 page of a gateway, not done", lambda _: {"page": "gateway"}),
    "gateway after": ("502 page of a gateway, though it was done", lambda _: {"page": "gateway", "applied": True}),
    "internal": ("500, not done", lambda _: {"status": 500}),
    "reset": ("connection broken, not done", lambda _: {"reset": True}),
    "lost": ("connection broken, though it was done", lambda _: {"lost": True}),
    "hang": ("no answer ever, though it was done", lambda _: {"hang": True, "applied": True}),
    "late": ("answer … seconds late", lambda wait: {"delay": wait}),
    "held": ("done and answered only after … seconds", lambda wait: {"delay": wait, "before": True}),
    "cut": ("answer cut short", lambda _: {"truncate": 20}),
    "event": ("DataCite says yes and keeps the state as it is", lambda _: {"event": "ignored"}),
    "handle": ("the resolver is not told, silently", lambda _: {"handle": "fails"}),
    "handover": ("EZID tells DataCite and the resolver after … seconds", lambda wait: {"handover": wait}),
    "never": ("EZID never tells DataCite and the resolver", lambda _: {"handover": "fails"}),
    "stale": ("reads are … seconds behind", lambda wait: {"stale": wait}),
    "deleted": ("staff delete the draft just before", lambda _: {"edit": "delete draft"}),
    "published": ("staff publish the DOI just before", lambda _: {"edit": "publish"}),
}  # fmt: skip
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")


def faults(rules: Sequence[Rule], *, complaint: str | None, notice: str = "", status: int = 200) -> Response:
    """Show the rules in force, in the order in which they are tried, and the form."""
    warning = (
        f'<p class="warning">{text(complaint)} The earlier rules stay in force.</p>' if complaint else ""
    )
    heads = ("Number", "Fault", "Of", "When", "Struck", "From", "Remove")
    none = "None: every request is answered as the registry would."
    shown = table(heads, map(_rule, rules), label="Faults in force", empty=none)
    every = '<form method="post" action="/faults/remove"><button>Remove all</button></form>' if rules else ""
    return page(
        "Faults",
        f"<p>The first that takes a request is the one that counts.</p>{warning}{shown}{every}<h2>Add one</h2>{_form()}"
        "<p>Rules may say more than this form: see <code>PUT /control/faults</code> and the file of <code>--faults</code> "
        "in <code>docs/sandbox.md</code>.</p>",
        here="/faults",
        notice=notice,
        status=status,
    )


def rule_from(form: Mapping[str, str]) -> dict[str, Any]:
    """Make a rule of what was filled in.

    Raises WrongCallError with a sentence for the person.
    """
    common = COMMON.get(form.get("fault", ""))
    if common is None:
        raise WrongCallError("Choose a fault.")
    match = {key: form[key] for key in ("provider", "method", "account", "doi") if form.get(key)}
    rule: dict[str, Any] = {"action": common[1](_number(form, "seconds", 30))}
    if match:
        rule["match"] = match
    for key in ("times", "skip"):
        if form.get(key):
            rule[key] = int(_number(form, key, 0))
    if form.get("percent"):
        rule["probability"] = _number(form, "percent", 100) / 100
    return rule


def _number(form: Mapping[str, str], key: str, usual: float) -> float:
    try:
        number = float(form.get(key) or usual)
    except ValueError:
        number = -1
    if not 0 <= number < 1e9:
        raise WrongCallError(f"What is given for {key} must be a number.")
    return number


def _form() -> str:
    anything = [("", "any")]
    numbers = 'min="0" step="any" inputmode="decimal"'
    return (
        '<form method="post" action="/faults">'
        + choice("Fault", "fault", [(key, words) for key, (words, _) in COMMON.items()])
        + field("Seconds, where it says …", "seconds", value="30", kind="number", more=numbers)
        + choice("Registry", "provider", [*anything, *list(REGISTRIES.items())[:3]])
        + choice("Method", "method", [*anything, *((each, each) for each in _METHODS)])
        + field("DOI (regular expression)", "doi")
        + field("Account", "account")
        + field("How often (empty: always)", "times", value="1", kind="number", more='min="0"')
        + field("After letting pass", "skip", kind="number", more='min="0"')
        + field("In percent of cases", "percent", kind="number", more='min="0" max="100"')
        + "<button>Add</button></form>"
    )


def _rule(rule: Rule) -> Sequence[str]:
    of = ", ".join(f"{key} {code(value)}" for key, value in rule.given.get("match", {}).items())
    left = "" if rule.times is None else f" of {rule.fired + rule.times}"
    return (
        str(rule.number),
        f"<details><summary>{text(rule.action.name)}</summary>{code(json.dumps(rule.given, ensure_ascii=False))}</details>",
        of or "every request",
        _when(rule),
        f"{rule.fired}{left}",
        "the file" if rule.filed else "an order",
        _removal(rule.number),
    )


def _removal(number: int) -> str:
    named = f'<input type="hidden" name="number" value="{number}">'
    button = f'<button aria-label="Remove fault {number}">Remove</button>'
    return f'<form method="post" action="/faults/remove">{named}{button}</form>'


def _when(rule: Rule) -> str:
    told = [
        f"from {moment(log_time(rule.begins))}" if rule.begins else "",
        f"until {moment(log_time(rule.ends))}" if rule.ends else "",
        f"after {rule.skip} more" if rule.skip else "",
        f"in {rule.probability:.0%} of cases" if rule.probability < 1 else "",
    ]
    return ", ".join(each for each in told if each) or "always"
