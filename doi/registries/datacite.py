"""DataCite's REST API, for one repository account (lupo 05afac46, read 2026-08; `https://support.datacite.org`)."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from django.utils.translation import gettext as _

from doi import names
from doi.errors import BadCredentialsError, NotAtRegistryError, RegistryRefusedError
from doi.registries import datacite_answers as answers
from doi.registries.account import Account
from doi.registries.base import CheckResult, Page, Payload, RegistryRecord
from doi.registries.datacite_check import run_check
from doi.registries.datacite_names import path_of, refuse_name
from doi.registries.http import Answer, Deadline
from doi.states import Provider, State

MEDIA_TYPE: Final = "application/vnd.api+json"
# Any other version switches the registry's own validation off (datacite issues 1893 and 2185).
SCHEMA_VERSION: Final = "http://datacite.org/schema/kernel-4"
# A PUT changes only what it names, so clearing a record names everything it may hold.
CLEARED: Final[Mapping[str, Any]] = {
    "creators": [],
    "contributors": [],
    "titles": [],
    "publisher": None,
    "publicationYear": None,
    "types": None,
    "subjects": [],
    "dates": [],
    "language": None,
    "alternateIdentifiers": [],
    "relatedIdentifiers": [],
    "relatedItems": [],
    "sizes": [],
    "formats": [],
    "contentUrl": [],
    "version": None,
    "rightsList": [],
    "descriptions": [],
    "geoLocations": [],
    "fundingReferences": [],
    "container": None,
}

_STATES: Final = {"draft": State.DRAFT, "registered": State.REGISTERED, "findable": State.FINDABLE}
_PAGE: Final = 1000
# `page[number]` reaches no further; a cursor reaches everything, but knows one order only.
_DEEPEST: Final = 10_000 // _PAGE
# Sparse fieldsets keep a page under a megabyte; without them it is a few.
_LISTED: Final = "doi,state,url,titles,registered,created,updated,client"
_LONGEST_LIST: Final = 32 * 1024 * 1024


class DataCiteRegistry(Account):
    """The adapter; see `Registry` for what each method promises."""

    provider: Provider = Provider.DATACITE
    accept = MEDIA_TYPE

    def create(self, payload: Payload) -> RegistryRecord:
        """`POST /dois` with the full name: insert-only, unlike PUT, which would rewrite another system's record."""
        return self._create(payload, deadline=None)

    def update(self, payload: Payload, *, state: State) -> RegistryRecord:
        """`PUT /dois/{doi}` without an event."""
        clears = payload.attributes is None and state == State.DRAFT
        return self._put(payload, attributes=CLEARED if clears else payload.attributes or {})

    def promote(self, payload: Payload, *, to: State) -> RegistryRecord:
        """`PUT /dois/{doi}` with metadata and `publish` or `register`."""
        return self._move(payload, event="publish" if to == State.FINDABLE else "register", to=to)

    def hide(self, payload: Payload) -> RegistryRecord:
        """`PUT /dois/{doi}` with `hide`."""
        return self._move(payload, event="hide", to=State.REGISTERED)

    def show(self, payload: Payload) -> RegistryRecord:
        """`PUT /dois/{doi}` with metadata and `publish`."""
        return self._move(payload, event="publish", to=State.FINDABLE)

    def discard(self, name: str) -> None:
        """`DELETE /dois/{doi}`; a 404 counts as done only while the credential is good."""
        self._discard(name, deadline=None)

    def fetch(self, name: str) -> RegistryRecord:
        """`GET /dois/{doi}`, which reads the database and not the lagging index."""
        answer = self._channel.send("GET", path_of(name))
        return self._record(self._accepted(answer), name=name)

    def list_page(self, *, after: str = "", lately: bool = False) -> Page:
        """`GET /dois?client-id=…`: every state, to the owner's credential.

        The next page is asked for with the cursor of `links.next` and never by that address, which is not ours to follow
        and forgets parts of the question. A record that cannot be read is left out, so that the others are seen.
        """
        order = (
            {"sort": "-updated", "page[number]": after or "1"} if lately else {"page[cursor]": after or "1"}
        )
        query = {"client-id": self._account_id, "page[size]": str(_PAGE), "fields[dois]": _LISTED, **order}
        answer = self._channel.send("GET", f"/dois?{urlencode(query)}", longest=_LONGEST_LIST)
        if answer.status != 200:
            answers.refuse(self._channel, answer)
        if answer.headers.get("X-Credential-Username", "").lower() != self._account_id:
            # A stranger is shown the findable ones only, with the same status.
            raise BadCredentialsError(_("DataCite does not accept the account ID and password."), status=401)
        body = answers.body_of(self._channel, answer)
        data = body.get("data")
        if not isinstance(data, list):
            raise self._channel.nonsense(answer)
        return Page(tuple(self._listed(data, answer)), _next(body, after=after, lately=lately))

    def _listed(self, data: list[Any], answer: Answer) -> Iterator[RegistryRecord]:
        for entry in data:
            with contextlib.suppress(KeyError, TypeError, RegistryRefusedError):
                yield self._read(entry, name=str(entry["attributes"]["doi"]), answer=answer)

    def probe(self) -> None:
        """`GET /repositories/{id}`: accepted when the answer's header names us, for its status proves nothing."""
        self.read_repository(deadline=None)

    def check(self, *, prefix: str, landing_host: str, reserve_name: str | None) -> CheckResult:
        """Run the live check; see `datacite_check`."""
        return run_check(self, prefix=prefix, landing_host=landing_host, reserve_name=reserve_name)

    def read_repository(self, *, deadline: Deadline | None) -> dict[str, Any]:
        """Read our repository's record (JSON:API `data`). Raises `BadCredentialsError` where we are a stranger."""
        answer = self._channel.send(
            "GET", f"/repositories/{quote(self._account_id, safe='')}", deadline=deadline
        )
        if answer.status in {404, 410}:
            raise BadCredentialsError(
                _("DataCite has no repository account with this ID."), status=answer.status
            )
        if answer.status != 200:
            answers.refuse(self._channel, answer)
        body = answers.body_of(self._channel, answer)
        if answer.headers.get("X-Credential-Username", "").lower() != self._account_id:
            raise BadCredentialsError(_("DataCite does not accept the account ID and password."), status=401)
        data = body.get("data")
        return data if isinstance(data, dict) else {}

    def reserve_and_discard(self, payload: Payload, *, deadline: Deadline) -> None:
        """Make a draft and delete it again, as a person asked to try."""
        self._create(payload, deadline=deadline)
        self._discard(payload.name, deadline=deadline)

    def _create(self, payload: Payload, *, deadline: Deadline | None) -> RegistryRecord:
        refuse_name(payload.name)
        attributes = {"doi": payload.name, **_attributes(payload, payload.attributes or {})}
        answer = self._channel.send(
            "POST", "/dois", content=_document(attributes), content_type=MEDIA_TYPE, deadline=deadline
        )
        if answer.status not in {200, 201}:
            answers.refuse(self._channel, answer)
        return _in_state(self._record(answer, name=payload.name), State.DRAFT, answer)

    def _discard(self, name: str, *, deadline: Deadline | None) -> None:
        answer = self._channel.send("DELETE", path_of(name), deadline=deadline)
        try:
            self._accepted(answer, deadline=deadline)
        except NotAtRegistryError:
            return

    def _move(self, payload: Payload, *, event: str, to: State) -> RegistryRecord:
        answer = self._send_put(payload, {**(payload.attributes or {}), "event": event})
        return _in_state(self._record(answer, name=payload.name), to, answer)

    def _put(self, payload: Payload, *, attributes: Mapping[str, Any]) -> RegistryRecord:
        return self._record(self._send_put(payload, attributes), name=payload.name)

    def _send_put(self, payload: Payload, attributes: Mapping[str, Any]) -> Answer:
        content = _document(_attributes(payload, attributes))
        return self._accepted(
            self._channel.send("PUT", path_of(payload.name), content=content, content_type=MEDIA_TYPE)
        )

    def _accepted(self, answer: Answer, *, deadline: Deadline | None = None) -> Answer:
        """Let a success through and raise everything else, absence only after the credential passed."""
        if answer.status in {200, 201, 204}:
            return answer
        try:
            answers.refuse(self._channel, answer)
        except NotAtRegistryError:
            # With a wrong password the request was anonymous, and to a stranger a draft is absent too.
            self.read_repository(deadline=deadline)
            raise

    def _record(self, answer: Answer, *, name: str) -> RegistryRecord:
        """Read a DOI out of an answer, refusing one that speaks of another name."""
        try:
            return self._read(answers.body_of(self._channel, answer)["data"], name=name, answer=answer)
        except (KeyError, TypeError) as error:
            raise self._channel.nonsense(answer) from error

    def _read(self, data: Mapping[str, Any], *, name: str, answer: Answer) -> RegistryRecord:
        """Read one resource. Raises KeyError or TypeError for what is none."""
        attributes = data["attributes"]
        told, state = str(attributes["doi"]), str(attributes["state"])
        if names.fold(told) != names.fold(name):
            raise self._channel.nonsense(answer)
        if state not in _STATES:
            raise RegistryRefusedError(
                _("DataCite reports the state “%(state)s”, which its interface gives no way to change.")
                % {"state": self._channel.words(state)},
                status=answer.status,
            )
        return RegistryRecord(
            name=names.fold(name),
            state=_STATES[state],
            url=str(attributes.get("url") or ""),
            owner=_owner(data),
            created=_moment(attributes.get("created")),
            registered=attributes.get("registered") is not None,
            date=answer.date,
            updated=_moment(attributes.get("updated")),
            title=_title(attributes.get("titles")),
        )


def _attributes(payload: Payload, attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {**attributes, "url": payload.url, "schemaVersion": SCHEMA_VERSION}


def _document(attributes: Mapping[str, Any]) -> bytes:
    return json.dumps({"data": {"type": "dois", "attributes": attributes}}, ensure_ascii=False).encode()


def _in_state(record: RegistryRecord, wanted: State, answer: Answer) -> RegistryRecord:
    """Refuse a success that did not do what was asked: an event that does not fit the state passes in silence."""
    if record.state == wanted:
        return record
    raise RegistryRefusedError(
        _("DataCite took the request but left the DOI %(actual)s instead of making it %(wanted)s.")
        % {"actual": State(record.state).label, "wanted": State(wanted).label},
        status=answer.status,
    )


def _next(body: Mapping[str, Any], *, after: str, lately: bool) -> str | None:
    """What asks for the page after this one: `links.next` is null or left out on the last."""
    links = body.get("links")
    onward = links.get("next") if isinstance(links, dict) else None
    if not isinstance(onward, str) or not onward:
        return None
    if lately:
        number = int(after or "1") + 1
        return str(number) if number <= _DEEPEST else None
    return next(iter(parse_qs(urlsplit(onward).query).get("page[cursor]", [])), None)


def _title(titles: object) -> str | None:
    """The first title; None where the answer has no such member."""
    if not isinstance(titles, list):
        return None
    first = titles[0] if titles else {}
    return str(first.get("title") or "") if isinstance(first, dict) else ""


def _owner(data: Mapping[str, Any]) -> str | None:
    try:
        return str(data["relationships"]["client"]["data"]["id"]).lower()
    except (KeyError, TypeError):
        return None


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
