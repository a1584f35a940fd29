"""The pages that list: overview, DOIs, log."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from doi.sandbox.accounts import Account
from doi.sandbox.face.markup import (
    NONE,
    REGISTRIES,
    badge,
    choice,
    code,
    doi_link,
    field,
    moment,
    outward,
    page,
    state_of,
    table,
    text,
    turning,
)
from doi.sandbox.log import REMEMBERED
from doi.sandbox.messages import Response
from doi.sandbox.names import fold
from doi.sandbox.store import Record

_ON_A_PAGE = 100
_STATES = ("draft", "registered", "findable")
type Line = Mapping[str, Any]


def overview(
    *,
    accounts: Sequence[Account],
    records: Sequence[Record],
    lines: Sequence[Line],
    counts: Mapping[str, Any],
    fault_count: int,
    complaint: str | None,
) -> Response:
    """Show who may sign in, how much was asked, and what happened last."""
    return page(
        "Overview",
        "<p>A stand-in for DataCite and EZID. Nothing here is known to doi.org: DataCite’s API is under "
        "<code>/datacite</code>, EZID’s under <code>/ezid</code>, a resolver under <code>/resolve/</code>.</p>"
        f"{_faults(fault_count, complaint)}<h2>Accounts</h2>{_account_table(accounts, records)}<h2>Newest DOIs</h2>{doi_table(list(reversed(records))[:10])}"
        f'<p><a href="/dois">All {len(records)} DOIs</a></p>'
        f"<h2>Last requests</h2>{log_table(lines)}"
        f'<p><a href="/log">The whole log</a></p><h2>Requests so far: {counts["total"]}</h2>'
        + _count_table(counts),
        here="/",
    )


def _faults(count: int, complaint: str | None) -> str:
    warning = (
        f'<p class="warning">{text(complaint)} The earlier rules stay in force.</p>' if complaint else ""
    )
    in_force = f'<p><a href="/faults">Faults in force</a>: {count}.</p>' if count else ""
    return warning + in_force


def _account_table(accounts: Sequence[Account], records: Sequence[Record]) -> str:
    held = Counter(record.owner for record in records)
    heads = ("Registry", "Account", "Standing", "Prefixes", "Landing-page hosts", "DOIs")
    return table(heads, [_account(each, held) for each in accounts], label="Accounts", empty="None yet.")


def dois(records: Sequence[Record], query: Mapping[str, str]) -> Response:
    """Show the DOIs, newest first, by part of their name or URL, state and account."""
    wanted, state, account = (
        fold(query.get("q", "").strip()),
        query.get("state", ""),
        query.get("account", ""),
    )
    found = [
        record
        for record in reversed(records)
        if (not wanted or wanted in record.name or wanted in fold(record.url))
        and state in {"", record.state}
        and account in {"", record.owner}
    ]
    number, last, shown = _turned(found, query)
    owners = sorted({record.owner for record in records})
    return page(
        "DOIs",
        '<form action="/dois">'
        + field("Name or URL has", "q", value=query.get("q", ""))
        + choice("State", "state", [("", "any"), *((each, each) for each in _STATES)], chosen=state)
        + choice("Account", "account", [("", "any"), *((each, each) for each in owners)], chosen=account)
        + f"<button>Show</button></form><p>{len(found)} of {len(records)}.</p>{doi_table(shown)}"
        + turning(number, last, _turning("/dois", query)),
        here="/dois",
    )


def log(lines: Sequence[Line], query: Mapping[str, str]) -> Response:
    """Show the log, newest first, by DOI, account, registry and status."""
    wanted = {key: query.get(key, "").strip() for key in ("doi", "account", "provider", "status")}
    found = [line for line in reversed(lines) if _fits(line, wanted)]
    number, last, shown = _turned(found, query)
    providers = [("", "any"), *REGISTRIES.items()]
    whole = (
        ""
        if len(lines) < REMEMBERED
        else f" The last {REMEMBERED} lines are kept here; the log file has all."
    )
    return page(
        "Log",
        '<form action="/log">'
        + field("DOI", "doi", value=wanted["doi"])
        + field("Account", "account", value=wanted["account"])
        + choice("Registry", "provider", providers, chosen=wanted["provider"])
        + field(
            "Status", "status", value=wanted["status"], more='inputmode="numeric" size="6" placeholder="4xx"'
        )
        + f"<button>Show</button></form><p>{len(found)} of {len(lines)}.{whole}</p>{log_table(shown)}"
        + turning(number, last, _turning("/log", query)),
        here="/log",
    )


def doi_table(records: Iterable[Record]) -> str:
    """Make the table of some DOIs."""
    rows = [
        (
            doi_link(record.provider, record.name),
            state_of(record),
            REGISTRIES[record.provider],
            code(record.owner),
            moment(record.created),
            outward(record.url),
        )
        for record in records
    ]
    heads = ("DOI name", "State", "Registry", "Account", "Created", "Landing page")
    return table(heads, rows, label="DOIs", empty="None.")


def log_table(lines: Iterable[Line]) -> str:
    """Make the table of some lines."""
    heads = ("Number", "Time", "Registry", "Request", "DOI", "Account", "Answer", "State")
    return table(heads, map(_line, lines), label="Log", empty="None.")


def _count_table(counts: Mapping[str, Any]) -> str:
    rows = [
        (REGISTRIES[provider], code(kind), str(count))
        for provider, kinds in counts.items()
        if isinstance(kinds, dict)
        for kind, count in kinds.items()
    ]
    return table(("Registry", "Request", "Count"), rows, label="Requests so far", empty="None yet.")


def _account(account: Account, held: Counter[str]) -> Sequence[str]:
    owner = account.id.lower() if account.provider == "datacite" else account.id
    address = f"/dois?{urlencode({'account': owner})}"
    return (
        REGISTRIES[account.provider],
        code(account.id),
        "active" if account.active else '<span class="warning">not active</span>',
        code(", ".join(account.prefixes)),
        "any" if account.domains == "*" else code(account.domains),
        f'<a href="{text(address)}">{held[owner]}</a>',
    )


def _line(line: Line) -> Sequence[str]:
    before, after = line["state_before"], line["state_after"]
    provider = line.get("registry") or line["provider"]
    known = line["doi"] and provider in {"datacite", "ezid"}
    what = f"<br>{text(line['detail'])}" if line.get("detail") else ""
    return (
        str(line["seq"]),
        moment(line["at"]),
        REGISTRIES[line["provider"]],
        f'<code class="what">{text(line["method"])} {text(line["path"])}</code>{what}',
        doi_link(provider, line["doi"]) if known else text(line["doi"] or NONE),
        code(line["account"]) if line["account"] else NONE,
        _answer(line),
        badge(after) if before == after else f"{badge(before)} → {badge(after)}",
    )


def _answer(line: Line) -> str:
    told = str(line["status"] or NONE)
    if not line["fault"]:
        return told
    own = line["registry_status"]
    registry = f"the registry itself: {own}" if own else "the registry was not asked"
    return f'{told}<br><span class="warning">{text(line["fault"])}</span><br>{registry}'


def _fits(line: Line, wanted: Mapping[str, str]) -> bool:
    """Match a line; a status may be given as `4xx`, `none` or in part."""
    status = str(line["status"] or NONE)
    return (
        fold(wanted["doi"]) in (line["doi"] or "")
        and wanted["account"].lower() in (line["account"] or "").lower()
        and wanted["provider"] in {"", line["provider"]}
        and status.startswith(wanted["status"].lower().rstrip("x"))
    )


def _turned[Row](rows: Sequence[Row], query: Mapping[str, str]) -> tuple[int, int, Sequence[Row]]:
    """Cut out one page: (its number, the last one's, its rows)."""
    last = max(1, -(-len(rows) // _ON_A_PAGE))
    asked = query.get("page", "1")
    number = min(max(int(asked), 1), last) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
    return number, last, rows[(number - 1) * _ON_A_PAGE : number * _ON_A_PAGE]


def _turning(path: str, query: Mapping[str, str]) -> str:
    kept = {key: value for key, value in query.items() if key != "page"}
    return f"{path}?{urlencode({**kept, 'page': ''})}"
