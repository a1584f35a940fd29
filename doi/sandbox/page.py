"""The sandbox's page for people: who may sign in, which DOIs there are, what was asked last."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from doi.sandbox.accounts import Account
from doi.sandbox.store import Record

_SHOWN = 200
_STYLE = """
:root { color-scheme: light dark; --text: light-dark(#1d2733, #e4e9ef); --back: light-dark(#fff, #14181d);
  --soft: light-dark(#f2f5f8, #1e242b); --line: light-dark(#d5dce4, #343d47); --quiet: light-dark(#566373, #9aa7b5); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 1.5rem; font: 1rem/1.5 system-ui, sans-serif;
  color: var(--text); background: var(--back); }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.125rem; margin: 2rem 0 .5rem; }
p { color: var(--quiet); margin: .25rem 0 0; max-width: 45rem; }
div { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; padding: .375rem .75rem; border-top: 1px solid var(--line); vertical-align: top; }
thead th { background: var(--soft); border-top: 0; white-space: nowrap; }
td a { display: block; min-width: 16rem; overflow-wrap: anywhere; }
code { font: .8125rem/1.5 ui-monospace, monospace; white-space: nowrap; }
.state { border: 1px solid currentcolor; border-radius: 1rem; padding: 0 .5rem; white-space: nowrap; }
.findable { color: light-dark(#17663b, #6fd19b); } .registered { color: light-dark(#1d539f, #8bb8f5); }
.draft { color: light-dark(#7a4b00, #e5b567); } .warning { color: light-dark(#a1260d, #f49181); }
"""


def overview(
    accounts: Sequence[Account],
    records: Sequence[Record],
    log: Iterable[dict[str, Any]],
    complaint: str | None,
) -> str:
    """Give the page as one self-contained HTML document; everything that came from outside is escaped."""
    newest = list(reversed(records))[:_SHOWN]
    shown = f"the newest {_SHOWN} of {len(records)}" if len(records) > _SHOWN else str(len(records))
    warning = (
        f'<p class="warning">{escape(complaint)} The earlier rules stay in force.</p>' if complaint else ""
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox registry</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        "<main><h1>Sandbox registry</h1>"
        "<p>A stand-in for DataCite and EZID. Nothing here is known to doi.org: DataCite’s API is under "
        "<code>/datacite</code>, EZID’s under <code>/ezid</code>, a resolver under <code>/resolve/</code>.</p>"
        f"{warning}"
        + _table(
            "Accounts", ("Registry", "Account", "Prefixes", "Landing-page hosts"), map(_account, accounts)
        )
        + _table(
            f"DOIs ({shown})", ("DOI name", "State", "Account", "Created", "Landing page"), map(_doi, newest)
        )
        + _table(
            "Last requests",
            ("Number", "Time", "Registry", "Request", "Account", "Answer", "State"),
            map(_line, list(reversed(list(log)))[:50]),
        )
        + "</main></body></html>"
    )


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return f"<h2>{title}</h2><p>None yet.</p>"
    # The table may be wider than a small screen; a focusable region lets a keyboard scroll it.
    region = f'<div role="region" aria-label="{title}" tabindex="0">'
    return f"<h2>{title}</h2>{region}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _account(account: Account) -> Sequence[str]:
    standing = "" if account.active else " (not active)"
    return (
        _provider(account.provider),
        _code(account.id) + standing,
        _code(", ".join(account.prefixes)),
        "any" if account.domains == "*" else _code(account.domains),
    )


def _doi(record: Record) -> Sequence[str]:
    state = f'<span class="state {record.state}">{record.state}</span>'
    address = escape(record.url, quote=True)
    link = f'<a href="{address}">{address}</a>' if record.url.startswith(("https://", "http://")) else address
    return _code(record.name), state, _code(record.owner), _code(record.created), link


def _line(line: dict[str, Any]) -> Sequence[str]:
    before, after = line["state_before"] or "none", line["state_after"] or "none"
    answer = str(line["status"] or "none") + (f" ({line['fault']})" if line["fault"] else "")
    return (
        str(line["seq"]),
        _code(line["at"]),
        _provider(line["provider"]),
        _code(f"{line['method']} {line['path']}"),
        _code(line["account"] or "none"),
        escape(answer),
        before if before == after else f"{before} → {after}",
    )


def _provider(provider: str) -> str:
    return {"datacite": "DataCite", "ezid": "EZID", "resolve": "Resolver", "control": "Control"}[provider]


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
