"""EZID's API for DataCite DOIs, for one account (EZID 018515e8, API version 2, read 2026-05).

EZID's statuses are translated here and nowhere else: reserved is our draft; public with `_export: yes` findable;
public with `_export: no`, and unavailable, registered.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from django.utils.translation import gettext as _
from lxml import etree

from doi import names
from doi.errors import (
    BadCredentialsError,
    InvalidNameError,
    NotAtRegistryError,
    RegistryRefusedError,
    RegistryUnavailableError,
)
from doi.failpoints import pass_point
from doi.registries import anvl
from doi.registries import ezid_answers as answers
from doi.registries.account import Account
from doi.registries.base import (
    CHECK_SECONDS,
    CheckResult,
    Page,
    Payload,
    RegistryRecord,
    Tick,
    not_asked,
    reserve_passed,
    reserve_refused,
    sign_in_refused,
)
from doi.registries.http import Answer, Deadline
from doi.states import Provider, State

CONTENT_TYPE: Final = "text/plain; charset=utf-8"

_ACCEPTED: Final = re.compile(r"10\.[1-9][0-9]{3,4}/[!-~]+")
_REFUSED_CHARACTER: Final = re.compile(r"[^!-~]|[#?]")
_MAX_LENGTH: Final = 251
_PROBE: Final = "PROBE"
_XML: Final = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


class EzidRegistry(Account):
    """The adapter; see `Registry` for what each method promises."""

    provider: Provider = Provider.EZID
    # Without it, or with a browser's, EZID answers in HTML.
    accept = "text/plain"

    def create(self, payload: Payload) -> RegistryRecord:
        """`PUT /id/{id}` without `update_if_exists`, always reserved: EZID's own default is public, for ever."""
        return self._create(payload, deadline=None)

    def update(self, payload: Payload, *, state: State) -> RegistryRecord:
        """`POST /id/{id}` with target and metadata; an empty `datacite` deletes what a draft held."""
        elements = _elements(payload)
        if payload.xml is None and state == State.DRAFT:
            elements["datacite"] = ""
        answer = self._write("POST", payload.name, elements)
        return self._as_sent(payload, state, answer)

    def promote(self, payload: Payload, *, to: State) -> RegistryRecord:
        """`POST /id/{id}` with metadata, `_status: public` and `_export`, then a look: 200 tells no state."""
        export = "yes" if to == State.FINDABLE else "no"
        return self._move(payload, {"_status": "public", "_export": export}, to=to)

    def hide(self, payload: Payload) -> RegistryRecord:
        """`POST /id/{id}` with `_export: no`; without a status, so that it can never make a reserved one public."""
        return self._move(payload, {"_export": "no"}, to=State.REGISTERED)

    def show(self, payload: Payload) -> RegistryRecord:
        """`POST /id/{id}` with metadata, `_export: yes` and `_status: public`, which ends `unavailable` too."""
        return self._move(payload, {"_status": "public", "_export": "yes"}, to=State.FINDABLE)

    def discard(self, name: str) -> None:
        """`DELETE /id/{id}`; absent counts as done only while the credential is good."""
        self._discard(name, deadline=None)

    def fetch(self, name: str) -> RegistryRecord:
        """`GET /id/{id}`, which anybody may read in any status."""
        answer = self._channel.send("GET", _path(name))
        return self._record(self._absent_only_if_signed_in(answer, name=name), name=name, answer=answer)

    def list_page(self, *, after: str = "", lately: bool = False) -> Page | None:
        """EZID has a batch download, which takes minutes and a mail address, and no list."""
        del after, lately
        return None

    def probe(self) -> None:
        """`GET /login`; the session cookie it gives is dropped."""
        self._sign_in(deadline=None)

    def check(self, *, prefix: str, landing_host: str, reserve_name: str | None) -> CheckResult:
        """Run the live check; EZID has no account record, no list of shoulders and no rule about hosts."""
        deadline = Deadline.after(CHECK_SECONDS)
        try:
            self._sign_in(deadline=deadline)
        except BadCredentialsError as error:
            return sign_in_refused(error)
        ticks = (
            Tick("signs_in", "passed", _("EZID accepts the account ID and password.")),
            Tick("active", "cannot_tell", _("EZID does not say whether an account is active.")),
            self._may_use(prefix, deadline=deadline),
            Tick(
                "host",
                "cannot_tell",
                _("EZID has no rule about landing-page hosts, so there is none to check."),
            ),
        )
        if reserve_name is None or any(tick.outcome == "failed" for tick in ticks):
            return CheckResult((*ticks, not_asked("reserve")))
        payload = Payload(name=reserve_name, url=f"https://{landing_host}/")
        return CheckResult((*ticks, self._reserve(payload, deadline=deadline)))

    def _sign_in(self, *, deadline: Deadline | None) -> None:
        answers.success(self._channel, self._channel.send("GET", "/login", deadline=deadline))

    def _may_use(self, prefix: str, *, deadline: Deadline) -> Tick:
        """Ask without a side effect: permission is checked first, and nothing can be created as unavailable.

        This follows from the order of checks in EZID's source and is in no documentation, so any other answer is
        "cannot tell".
        """
        shoulder = prefix if "/" in prefix else f"{prefix}/"
        shown = {"prefix": f"doi:{shoulder.upper()}"}
        try:
            self._write("PUT", f"{shoulder}{_PROBE}", {"_status": "unavailable"}, deadline=deadline)
        except BadCredentialsError:
            message = _("The account may not use the shoulder %(prefix)s.") % shown
            return Tick("prefix", "failed", message)
        except InvalidNameError as error:
            return Tick("prefix", "failed", str(error))
        except RegistryRefusedError as error:
            if answers.STATUS_CHANGE in error.words:
                return Tick("prefix", "passed", _("The account may use the shoulder %(prefix)s.") % shown)
            if "no such shoulder" in error.words:
                return Tick("prefix", "failed", _("EZID has no shoulder %(prefix)s.") % shown)
        return Tick(
            "prefix", "cannot_tell", _("EZID did not say whether the account may use %(prefix)s.") % shown
        )

    def _reserve(self, payload: Payload, *, deadline: Deadline) -> Tick:
        try:
            self._create(payload, deadline=deadline)
            self._discard(payload.name, deadline=deadline)
        except (RegistryRefusedError, InvalidNameError) as error:
            return reserve_refused(error)
        return reserve_passed()

    def _create(self, payload: Payload, *, deadline: Deadline | None) -> RegistryRecord:
        elements = {"_status": "reserved", **_elements(payload)}
        answer = self._write("PUT", payload.name, elements, deadline=deadline)
        return self._as_sent(payload, State.DRAFT, answer)

    def _discard(self, name: str, *, deadline: Deadline | None) -> None:
        answer = self._channel.send("DELETE", _path(name), deadline=deadline)
        try:
            self._absent_only_if_signed_in(answer, name=name, deadline=deadline)
        except NotAtRegistryError:
            return

    def _move(self, payload: Payload, change: Mapping[str, str], *, to: State) -> RegistryRecord:
        self._write("POST", payload.name, {**_elements(payload), **change})
        pass_point("ezid.written")
        try:
            record = self.fetch(payload.name)
        except (RegistryUnavailableError, NotAtRegistryError, BadCredentialsError) as error:
            # The change was taken; whatever the look says, it is the change that may have been applied.
            raise RegistryUnavailableError(
                _("EZID took the change, but its result could not be read back."),
                status=error.status,
                words=error.words,
                retry_after=error.retry_after if isinstance(error, RegistryUnavailableError) else None,
            ) from error
        if record.state != to:
            # EZID refuses what does not fit the status, so this is an old reading: look again later.
            raise RegistryUnavailableError(
                _("EZID took the change, but reports the DOI as %(actual)s and not yet as %(wanted)s.")
                % {"actual": State(record.state).label, "wanted": State(to).label},
                status=200,
            )
        return record

    def _write(
        self, method: str, name: str, elements: Mapping[str, str], *, deadline: Deadline | None = None
    ) -> Answer:
        """Send elements and require a success that names this DOI."""
        answer = self._channel.send(
            method,
            _path(name),
            content=anvl.encode(elements).encode(),
            content_type=CONTENT_TYPE,
            deadline=deadline,
        )
        if method == "PUT":
            self._require_name(answers.success(self._channel, answer)[0], name=name, answer=answer)
        else:
            self._absent_only_if_signed_in(answer, name=name, deadline=deadline)
        return answer

    def _absent_only_if_signed_in(
        self, answer: Answer, *, name: str, deadline: Deadline | None = None
    ) -> dict[str, str]:
        """Read a success; raise absence only after the credential passed."""
        try:
            told, elements = answers.success(self._channel, answer)
        except NotAtRegistryError:
            self._sign_in(deadline=deadline)
            raise
        self._require_name(told, name=name, answer=answer)
        return elements

    def _require_name(self, told: str, *, name: str, answer: Answer) -> None:
        if names.fold(told) != f"doi:{names.fold(name)}":
            raise answers.unexpected(self._channel, answer)

    def _as_sent(self, payload: Payload, state: State, answer: Answer) -> RegistryRecord:
        """Make the record of a write whose answer names the DOI and nothing else."""
        return RegistryRecord(
            name=names.fold(payload.name),
            state=state,
            url=payload.url,
            owner=self._account_id,
            date=answer.date,
        )

    def _record(self, elements: Mapping[str, str], *, name: str, answer: Answer) -> RegistryRecord:
        if "_status" not in elements:
            raise answers.unexpected(self._channel, answer)
        return RegistryRecord(
            name=names.fold(name),
            state=self._state(elements, answer),
            url=elements.get("_target", ""),
            owner=elements["_owner"].lower() if "_owner" in elements else None,
            created=_moment(elements.get("_created", "")),
            date=answer.date,
            updated=_moment(elements.get("_updated", "")),
            title=_title(elements),
        )

    def _state(self, elements: Mapping[str, str], answer: Answer) -> State:
        # A reason may follow the word `unavailable` after a bar.
        status = elements["_status"].partition("|")[0].strip()
        if status == "reserved":
            return State.DRAFT
        if status == "public":
            return State.REGISTERED if elements.get("_export") == "no" else State.FINDABLE
        if status == "unavailable":
            return State.REGISTERED
        raise RegistryRefusedError(
            _("EZID reports the status “%(status)s”, which its interface does not know.")
            % {"status": self._channel.words(status)},
            status=answer.status,
        )


def _elements(payload: Payload) -> dict[str, str]:
    elements = {"_target": payload.url}
    if payload.xml is not None:
        elements["datacite"] = payload.xml
    return elements


def _path(name: str) -> str:
    """Escape a name once, after refusing what EZID's syntax cannot take."""
    if len(name) > _MAX_LENGTH:
        raise InvalidNameError(
            _("EZID takes no DOI longer than %(limit)d characters.") % {"limit": _MAX_LENGTH}
        )
    character = _REFUSED_CHARACTER.search(name)
    if character is not None:
        raise InvalidNameError(
            _("EZID takes no DOI with the character “%(character)s” (%(code)s).")
            % {"character": character[0], "code": f"U+{ord(character[0]):04X}"}
        )
    if "//" in name or name.endswith("/"):
        raise InvalidNameError(_("EZID takes no DOI with two slashes in a row, or with a slash at its end."))
    if not _ACCEPTED.fullmatch(name):
        raise InvalidNameError(_("EZID takes only DOIs under a prefix of “10.” and four or five digits."))
    return f"/id/doi:{names.to_url(name).removeprefix(names.PROXY)}"


def _title(elements: Mapping[str, str]) -> str:
    """Give the first title of what EZID holds, in whichever of its profiles; XML that cannot be read has none."""
    xml = elements.get("datacite", "")
    if not xml:
        return elements.get("datacite.title") or elements.get("dc.title") or elements.get("erc.what") or ""
    try:
        root = etree.fromstring(xml.encode(), _XML)
    except (etree.XMLSyntaxError, ValueError):
        return ""
    title = root.find("{*}titles/{*}title")
    return "".join(str(text) for text in title.itertext()).strip() if title is not None else ""


def _moment(seconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
