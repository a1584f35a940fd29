"""Batch downloads, the only way to list what an account has (EZID 018515e8, download.py)."""

import gzip
import io
import re
import secrets
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from doi.sandbox.accounts import Account, Accounts
from doi.sandbox.clock import Clock
from doi.sandbox.ezid import elements, identifiers, listing
from doi.sandbox.ezid.reading import Exchange, options
from doi.sandbox.ezid.refusals import RefusalError, bad_request, forbidden, one_line, status_line
from doi.sandbox.ezid.shoulders import Shoulders
from doi.sandbox.ezid.sign_in import SignIn
from doi.sandbox.messages import Response
from doi.sandbox.store import Record, Store

_READY = timedelta(seconds=1)
_KEPT = timedelta(weeks=1)
_SUFFIXES = {"anvl": "txt", "csv": "csv", "xml": "xml"}
_YES_NO = frozenset({"yes", "no"})
_WORDS: Mapping[str, frozenset[str]] = {
    "format": frozenset(_SUFFIXES),
    "compression": frozenset({"gzip", "zip"}),
    "convertTimestamps": _YES_NO,
    "crossref": _YES_NO,
    "datacite": _YES_NO,
    "exported": _YES_NO,
    "permanence": frozenset({"test", "real"}),
    "status": frozenset({"reserved", "public", "unavailable"}),
    "type": frozenset({"ark", "doi", "uuid"}),
}
_TIMES = frozenset({"createdAfter", "createdBefore", "updatedAfter", "updatedBefore"})
_NAMES = frozenset({"column", "notify", "owner", "ownergroup", "profile"})
_REPEATABLE = _NAMES | {"status", "type"}


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    kind: str
    made: datetime


class Downloads:
    """Files that were asked for: ready a second later, kept for a week."""

    def __init__(self, *, accounts: Accounts, store: Store, clock: Clock, sign_in: SignIn) -> None:
        self._accounts = accounts
        self._shoulders = Shoulders(accounts)
        self._store = store
        self._clock = clock
        self._sign_in = sign_in
        self._files: dict[str, _File] = {}

    def order(self, exchange: Exchange) -> Response:
        """`POST /download_request`: the address at which the file will be."""
        options(exchange.request)
        account = self._sign_in.required(exchange)
        form = _form(exchange)
        if "format" not in form:
            raise bad_request("missing required parameter: format")
        (kind,) = form["format"]
        if kind == "csv" and "column" not in form:
            raise bad_request("format 'csv' requires at least one column")
        if kind != "csv" and "column" in form:
            raise bad_request("parameter is incompatible with format: column")
        owners = self._owners(account, form)
        found = sorted(
            (each for each in self._store.all("ezid") if each.owner in owners and _fits(each, form)),
            key=lambda each: (owners.index(each.owner), each.name),
        )
        base = secrets.token_hex(5)
        name, content = _compressed(base, kind, form, _written(kind, form, found))
        media = "application/zip" if name.endswith(".zip") else "application/x-gzip"
        self._files[name] = _File(content, media, self._clock())
        host = exchange.request.headers.get("host", "ezid.cdlib.org")
        mount = exchange.request.path.rpartition("/")[0]
        return status_line(200, f"success: http://{host}{mount}/download/{name}")

    def fetch(self, exchange: Exchange) -> Response:
        """`GET /download/{file}`: for anybody; 404 until it is ready and when its week is over."""
        file = self._files.get(exchange.argument)
        if file is None or not _READY <= self._clock() - file.made < _KEPT:
            return Response(404, b"<h1>Not Found</h1>", (("Content-Type", "text/html"),))
        return Response(200, file.content, (("Content-Type", file.kind),))

    def _owners(self, account: Account, form: Mapping[str, list[str]]) -> list[str]:
        for parameter, what in (("owner", "user"), ("ownergroup", "group")):
            for name in form.get(parameter, ()):
                # Every account is a group of its own here.
                if self._accounts.get("ezid", name) is None:
                    raise bad_request(f"parameter '{parameter}': no such {what}")
        for owner in (*form.get("owner", ()), *form.get("ownergroup", ())):
            if not self._shoulders.may_act_for(account, owner):
                raise forbidden()
        return list(dict.fromkeys((*form.get("owner", ()), *form.get("ownergroup", ())))) or [account.id]


def _form(exchange: Exchange) -> dict[str, list[str]]:
    """Read and check the form; Django finds none in a body of another type."""
    kind = exchange.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    form = parse_qs(exchange.request.body.decode(errors="replace"), keep_blank_values=True)
    for name, values in form.items():
        if name not in _WORDS.keys() | _TIMES | _NAMES:
            raise bad_request(f"invalid parameter: {one_line(name)}")
        if len(values) > 1 and name not in _REPEATABLE:
            raise bad_request(f"parameter is not repeatable: {name}")
        for value in values:
            _check(name, value)
    return form


def _check(name: str, value: str) -> None:
    problem = ""
    if name in _WORDS and value not in _WORDS[name]:
        problem = "invalid parameter value"
    elif name in _NAMES and not value.strip():
        problem = "empty value"
    elif name in _TIMES:
        _moment(name, value)
    if problem:
        raise bad_request(f"parameter '{name}': {problem}")


def _moment(name: str, value: str) -> int:
    """Read `2026-01-31T12:00:00Z`, or Unix seconds."""
    try:
        if re.fullmatch(r"-?\d+", value.strip(), re.ASCII):
            return int(value)
        return int(datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise _bad_time(name) from None


def _bad_time(name: str) -> RefusalError:
    return bad_request(f"parameter '{name}': invalid timestamp")


def _fits(record: Record, form: Mapping[str, list[str]]) -> bool:
    """Say whether a record passes every filter; `After` takes the second itself, `Before` does not."""
    shown = elements.shown(record)
    crossref = "yes" if "_crossref" in shown else "no"
    permanence = "test" if identifiers.is_test(record.name) else "real"
    said = {
        "status": record.status,
        "type": "doi",
        "profile": shown["_profile"],
        "exported": shown["_export"],
        "crossref": crossref,
        "datacite": "no" if crossref == "yes" else "yes",
        "permanence": permanence,
    }
    if any(name in form and value not in form[name] for name, value in said.items()):
        return False
    for when, element in (("created", "_created"), ("updated", "_updated")):
        moment = int(shown[element])
        after, before = form.get(f"{when}After"), form.get(f"{when}Before")
        if after and moment < _moment(f"{when}After", after[0]):
            return False
        if before and moment >= _moment(f"{when}Before", before[0]):
            return False
    return True


def _written(kind: str, form: Mapping[str, list[str]], records: list[Record]) -> str:
    rows = [(identifiers.shown(record.name), elements.shown(record)) for record in records]
    if form.get("convertTimestamps") == ["yes"]:
        for _name, row in rows:
            for element in ("_created", "_updated"):
                moment = datetime.fromtimestamp(int(row[element]), UTC)
                row[element] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == "anvl":
        return listing.as_anvl(rows)
    return listing.as_csv(rows, form["column"]) if kind == "csv" else listing.as_xml(rows)


def _compressed(base: str, kind: str, form: Mapping[str, list[str]], text: str) -> tuple[str, bytes]:
    inner = f"{base}.{_SUFFIXES[kind]}"
    if form.get("compression", ["gzip"]) == ["gzip"]:
        return f"{inner}.gz", gzip.compress(text.encode())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(inner, text)
    return f"{base}.zip", packed.getvalue()
