"""Pieces of HTML. Everything that came from outside goes through `text`, and into attributes through `attribute`."""

import base64
import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from doi.sandbox.face.style import STYLE
from doi.sandbox.messages import Headers, Response
from doi.sandbox.store import Record

PAGES = (("/", "Overview"), ("/dois", "DOIs"), ("/log", "Log"), ("/faults", "Faults"))
NONE = "none"
REGISTRIES = {"datacite": "DataCite", "ezid": "EZID", "resolve": "Resolver", "control": "Control"}
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Headers = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


def page(title: str, content: str, *, here: str = "", status: int = 200, notice: str = "") -> Response:
    """Answer with one self-contained document; `here` is the address of its part of the sandbox."""
    links = "".join(
        f'<a href="{address}"{" aria-current=page" if address == here else ""}>{name}</a>'
        for address, name in PAGES
    )
    told = f'<p class="notice" role="status">{text(notice)}</p>' if notice else ""
    document = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{text(title)} · Sandbox registry</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f'<style>{STYLE}</style></head><body><a class="skip" href="#content">Skip to the content</a>'
        f'<header><strong>Sandbox registry</strong><nav aria-label="Pages">{links}</nav></header>'
        f'<main id="content">{told}<h1>{text(title)}</h1>{content}</main></body></html>'
    )
    return Response(status, document.encode(errors="replace"), _HEADERS)


def text(value: object) -> str:
    """Escape for HTML, and make visible what would be invisible or would turn the line around."""
    return "".join(_visible(letter) for letter in escape(str(value)))


def attribute(value: object) -> str:
    """Escape for an attribute, which is always quoted."""
    return escape(str(value), quote=True)


def code(value: object) -> str:
    """Show a value as it is written."""
    return f"<code>{text(value)}</code>"


def moment(value: str) -> str:
    """Show a time of the registry's, which is ISO 8601 in UTC."""
    shown = value.replace("T", " ").removesuffix("Z").removesuffix(".000")
    return f'<time datetime="{attribute(value)}">{text(shown)}</time>'


def _visible(letter: str) -> str:
    if letter.isascii() and (letter.isprintable() or letter in "\n\t"):
        return letter
    if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return f'<span class="odd">U+{ord(letter):04X}</span>'
    return letter


def address_of(provider: str, name: str) -> str:
    """Give the address of a DOI's page: the name is one segment of it, so that no browser shortens it."""
    return f"/dois/{quote(provider, safe='')}/{quote(name, safe='', errors='replace')}"


def doi_link(provider: str, name: str) -> str:
    """Link to a DOI's page by its name."""
    return f'<a class="name" href="{attribute(address_of(provider, name))}">{text(name)}</a>'


def outward(url: str) -> str:
    """Link to an address from outside where it is one of the web's; any other is only shown."""
    if not url.startswith(("https://", "http://")):
        return code(url) if url else NONE
    return f'<a class="name" href="{attribute(url)}" rel="noreferrer noopener nofollow">{text(url)}</a>'


def badge(state: str | None) -> str:
    """Show a state."""
    return f'<span class="state {attribute(state)}">{text(state)}</span>' if state else NONE


def state_of(record: Record) -> str:
    """Show a record's state, and EZID's own word where it is another."""
    return badge(record.state) + (f" {code(record.status)}" if record.status != record.state else "")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, label: str, empty: str) -> str:
    """Make a table of cells that are HTML already; on a narrow screen each row is a block of labelled lines.

    The roles say what the elements are, as a table that is laid out otherwise would not be one any more.
    """
    body = "".join(
        '<tr role="row">'
        + "".join(_cell(head, cell) for head, cell in zip(heads, row, strict=True))
        + "</tr>"
        for row in rows
    )
    if not body:
        return f"<p>{empty}</p>"
    head = "".join(f'<th role="columnheader" scope="col">{each}</th>' for each in heads)
    return (
        f'<table role="table" aria-label="{label}"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )


def _cell(head: str, cell: str) -> str:
    """On a narrow screen what is not there takes no line."""
    empty = ' class="empty"' if cell == NONE else ""
    return f'<td role="cell" data-label="{head}"{empty}><div>{cell}</div></td>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Make a list of names and values; values are HTML already."""
    return f"<dl>{''.join(f'<div><dt>{name}</dt><dd>{value}</dd></div>' for name, value in pairs)}</dl>"


def field(label: str, name: str, *, value: str = "", kind: str = "text", more: str = "") -> str:
    """Make one labelled input; `more` is further attributes, as HTML."""
    return f'<label>{label}<input type="{kind}" name="{name}" value="{attribute(value)}" autocomplete="off" {more}></label>'


def choice(label: str, name: str, options: Iterable[tuple[str, str]], *, chosen: str = "") -> str:
    """Make one labelled list to choose from, of (value, words)."""
    made = "".join(
        f'<option value="{attribute(value)}"{" selected" if value == chosen else ""}>{text(words)}</option>'
        for value, words in options
    )
    return f'<label>{label}<select name="{name}">{made}</select></label>'


def turning(number: int, last: int, link: str) -> str:
    """Make the links to earlier and later pages; `link` is an address that ends where the number goes."""
    if last <= 1:
        return ""
    before = f'<a href="{attribute(f"{link}{number - 1}")}">Newer</a>' if number > 1 else ""
    after = f'<a href="{attribute(f"{link}{number + 1}")}">Older</a>' if number < last else ""
    return f'<nav class="turning" aria-label="More">{before}<span>Page {number} of {last}</span>{after}</nav>'
