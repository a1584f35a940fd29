"""Every answer of EZID's API, sorted into the error tree (EZID 018515e8, API version 2).

Nearly every refusal is a 400, so the first line's text decides. An echo of the metadata is cut off before anything
is compared or kept: its words are the user's, and a title could read like a status line.
"""

import re
from typing import Final, Never

from django.utils.translation import gettext as _

from doi.errors import (
    BadCredentialsError,
    MetadataRejectedError,
    NameTakenError,
    NotADraftError,
    NotAtRegistryError,
    RegistryRefusedError,
    RegistryUnavailableError,
)
from doi.registries import anvl
from doi.registries.http import Answer, Channel

STATUS_CHANGE: Final = "invalid identifier status change"

# EZID repeats all elements at the end, and a whole record's XML inside its complaint about it.
_ECHO: Final = re.compile(r"\bmetadata(?::\s{0,4}\{|=\")", re.IGNORECASE)
_ERROR: Final = "error: "
_BAD_REQUEST: Final = "bad request - "
_CREDENTIAL_FAULTS: Final = (
    "malformed Authorization header",
    "unable to parse basic_auth request",
    "username required",
    "password required",
)
# What the registry misses, and the member of the metadata a person knows it by.
_MISSING: Final = {
    "no creator": "creators",
    "no title": "titles",
    "no publisher": "publisher",
    "no publication date": "publicationYear",
}


def success(channel: Channel, answer: Answer) -> tuple[str, dict[str, str]]:
    """Read a success: what its first line names, and the elements. Raises everything else, sorted."""
    if answer.status not in {200, 201}:
        refuse(channel, answer)
    status_line, elements = anvl.split_status(answer.text)
    told, found, subject = status_line.partition("success: ")
    if told or not found:
        raise unexpected(channel, answer)
    # A create also names the shadow ARK.
    return subject.split(" | ")[0].strip(), anvl.decode(elements)


def unexpected(channel: Channel, answer: Answer) -> RegistryUnavailableError:
    """Make the error for an answer that does not say what was done."""
    return channel.nonsense(answer, words=channel.words(without_echo(answer)))


def without_echo(answer: Answer) -> str:
    """Give the status line without the metadata that EZID repeats in it."""
    line, _elements = anvl.split_status(answer.text)
    echo = _ECHO.search(line)
    return line if echo is None else line[: echo.start()].rstrip()


def refuse(channel: Channel, answer: Answer) -> Never:
    """Raise what a status other than success means."""
    status = answer.status
    line = without_echo(answer)
    words = channel.words(line)
    if status == 401:
        raise BadCredentialsError(
            _("EZID does not accept the account ID and password."), status=status, words=words
        )
    if status == 403:
        raise BadCredentialsError(
            _(
                "EZID accepts the account but does not let it do this: the shoulder or the DOI is not the account's."
            ),
            status=status,
            words=words,
        )
    if status == 400 and line.startswith(_ERROR):
        # All but the refusal of another scheme than Basic say that they are about a bad request.
        _refuse_request(line.removeprefix(_ERROR).removeprefix(_BAD_REQUEST), words)
    if status in {400, 405, 406, 411, 413, 414, 415, 422}:
        raise RegistryRefusedError(
            _("EZID refused the request (%(status)d).") % {"status": status}, status=status, words=words
        )
    _refuse_for_now(channel, answer, line, words)


def _refuse_for_now(channel: Channel, answer: Answer, line: str, words: str) -> Never:
    """Raise what may pass, and what EZID itself never answers: something that stands before it did."""
    status = answer.status
    if status < 300:
        raise channel.nonsense(answer, words=words)
    # EZID turns these away before it begins.
    if status == 429 or (status == 503 and "concurrency limit exceeded" in line):
        message = _("EZID asks us to send less at once.")
    elif status < 400:
        message = _("EZID's address answers with a redirect, which is never followed.")
    elif status in {404, 410}:
        # Of a DOI that it does not have EZID says 400, so nothing of it was asked.
        message = _("EZID's address leads to something else (%(status)d).") % {"status": status}
    else:
        raise channel.trouble(answer, words=words)
    raise RegistryUnavailableError(
        message, status=status, words=words, retry_after=answer.retry_after, sent=False
    )


def _refuse_request(reason: str, words: str) -> Never:
    if reason == "no such identifier":
        raise NotAtRegistryError(_("EZID does not have this DOI."), status=400, words=words)
    if reason.startswith("identifier already exists"):
        raise NameTakenError(_("EZID already has this DOI."), status=400, words=words)
    if reason.startswith("identifier status does not support deletion"):
        raise NotADraftError(
            _("This DOI is permanent at EZID, so it cannot be discarded."), status=400, words=words
        )
    if reason.startswith(_CREDENTIAL_FAULTS):
        raise BadCredentialsError(
            _("EZID does not accept the account ID and password."), status=400, words=words
        )
    if STATUS_CHANGE in reason:
        raise RegistryRefusedError(
            _("EZID does not allow this change of the DOI's status."), status=400, words=words
        )
    field = _field(reason)
    if field == "url":
        raise MetadataRejectedError(
            _("EZID refuses the address of the landing page."), field=field, status=400, words=words
        )
    if field:
        raise MetadataRejectedError(_("EZID refuses the metadata."), field=field, status=400, words=words)
    raise RegistryRefusedError(_("EZID refused the request (400)."), status=400, words=words)


def _field(reason: str) -> str:
    """Name the member of the metadata that a refusal is about, empty if it is about something else."""
    missing = next((field for text, field in _MISSING.items() if text in reason), "")
    if "metadata requirements not satisfied" in reason:
        return missing or "metadata"
    if "_target" in reason or "'target'" in reason:
        return "url"
    if "resourcetype" in reason.lower():
        return "types"
    about_metadata = ("ValidationError", "datacite", "DataCite", "XML", "schema")
    return "metadata" if any(word in reason for word in about_metadata) else ""
