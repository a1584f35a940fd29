"""The page of one DOI: what its registry holds, where it leads, what was done to it, and what staff may do."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from doi.sandbox.accounts import Account
from doi.sandbox.face.lists import log_table
from doi.sandbox.face.markup import (
    REGISTRIES,
    address_of,
    attribute,
    badge,
    code,
    facts,
    field,
    moment,
    outward,
    page,
    state_of,
    table,
    text,
)
from doi.sandbox.kernel.writing import xml_of
from doi.sandbox.messages import Response
from doi.sandbox.store import Record

_LINES = 50
DONE = {
    "publish": "Staff have published this DOI.",
    "hide": "Staff have hidden this DOI.",
    "url": "Staff have changed this DOI’s landing page.",
    "move": "Staff have moved this DOI to another account.",
}


def one(
    record: Record,
    *,
    accounts: Sequence[Account],
    lines: Sequence[Mapping[str, Any]],
    now: datetime,
    notice: str = "",
    status: int = 200,
) -> Response:
    """Show a DOI."""
    steps = [(moment(step["at"]), badge(step["state"])) for step in record.history]
    whole = f"/log?{urlencode({'doi': record.name}, errors='replace')}"
    return page(
        record.name,
        facts(_facts(record, now))
        + f"<h2>What staff may do</h2><p>As its registry’s staff would, behind its owner’s back.</p>{_acts(record, accounts)}"
        + f"<h2>Metadata</h2>{_metadata(record)}"
        + "<h2>States</h2>"
        + table(("Since", "State"), steps, label="States", empty="None.")
        + f'<h2>Log</h2>{log_table(lines[:_LINES])}<p><a href="{attribute(whole)}">All its lines</a></p>',
        here="/dois",
        notice=notice,
        status=status,
    )


def gone(name: str, lines: Sequence[Mapping[str, Any]], *, notice: str = "") -> Response:
    """Say that a registry has no DOI of that name, and what was done to it before."""
    found = f"<h2>Log</h2>{log_table(lines[:_LINES])}" if lines else ""
    said = "<p>The registry holds no DOI of this name.</p>"
    return page(name, said + found, here="/dois", notice=notice, status=404)


def _facts(record: Record, now: datetime) -> Iterable[tuple[str, str]]:
    name = quote(record.name, safe="")
    asked = f'<a href="/resolve/{name}?noredirect">as the resolver tells it</a>'
    document = f'<a href="/resolve/api/handles/{name}">as JSON</a>'
    yield "State", state_of(record)
    yield "Registry", REGISTRIES[record.provider]
    yield "Account", code(record.owner)
    yield "Landing page", outward(record.url)
    yield "Resolver", f"{_handle(record, now)} ({asked}, {document})"
    for words, when in (
        ("Created", record.created),
        ("Updated", record.updated),
        ("Registered", record.registered),
        ("Published", record.published),
    ):
        # EZID keeps no such time.
        if words == "Published" and record.provider == "ezid":
            continue
        yield words, moment(when) if when else "never"


def _handle(record: Record, now: datetime) -> str:
    leads = record.leads_to(now)
    told = f"leads to {outward(leads)}" if leads is not None else "does not know the name"
    if record.handover_at is not None and leads != record.handover_url:
        told += f"; will lead to {outward(record.handover_url or '')} from {moment(record.handover_at)}"
    return told


def _acts(record: Record, accounts: Sequence[Account]) -> str:
    """Make a button for each edit that fits the state."""
    mine = record.owner.lower()
    others = [each.id for each in accounts if each.provider == record.provider and each.id.lower() != mine]
    known = "".join(f'<option value="{attribute(each)}">' for each in others)
    owner = field("To account", "owner", more='list="accounts" required')
    draft = record.state == "draft"
    forms = [
        _act(record, "publish", "Publish") if record.state != "findable" else "",
        _act(record, "hide", "Hide") if record.state == "findable" else "",
        _act(record, "delete draft", "Delete the draft", harsh=True)
        if draft
        else _act(record, "delete", "Delete outright", harsh=True),
        _act(
            record,
            "url",
            "Change",
            field("Landing page", "url", value=record.url, kind="url", more='required size="40"'),
        ),
        _act(record, "move", "Move", f'{owner}<datalist id="accounts">{known}</datalist>'),
    ]
    return f'<div class="acts">{"".join(forms)}</div>'


def _act(record: Record, act: str, words: str, inputs: str = "", *, harsh: bool = False) -> str:
    address = attribute(address_of(record.provider, record.name))
    button = f"<button{' class=harsh' if harsh else ''}>{words}</button>"
    return f'<form method="post" action="{address}"><input type="hidden" name="act" value="{act}">{inputs}{button}</form>'


def _metadata(record: Record) -> str:
    if not record.metadata:
        return "<p>None.</p>"
    if record.provider == "ezid":
        elements = {key: value for key, value in record.metadata.items() if key != "datacite"}
        xml = str(record.metadata.get("datacite", ""))
        return facts((code(key), text(value)) for key, value in elements.items()) + _xml(xml)
    held = {key: value for key, value in record.metadata.items() if key != "xml"}
    shown = f"<pre>{text(json.dumps(held, ensure_ascii=False, indent=2))}</pre>"
    return shown + _xml(str(record.metadata.get("xml") or xml_of(record.metadata, name=record.name)))


def _xml(xml: str) -> str:
    return f"<details><summary>As XML</summary><pre>{text(xml)}</pre></details>" if xml else ""
