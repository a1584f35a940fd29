"""Every answer of the DataCite REST API, sorted into the error tree (lupo 05afac46; DataCite's error table).

One function, so that a status which nobody thought of cannot slip past: what is not success raises.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Never

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
from doi.kernel4 import PROPERTIES, Many, Member, Members, Polygons
from doi.registries.http import Answer, Channel

# The registry names the members of its own model; a person knows those of the metadata.
_FIELDS: Final = {
    "doi": "doi",
    "url": "url",
    "identifiers": "alternateIdentifiers",
    "publication_year": "publicationYear",
    "alternate_identifiers": "alternateIdentifiers",
    "related_identifiers": "relatedIdentifiers",
    "related_items": "relatedItems",
    "geo_locations": "geoLocations",
    "rights_list": "rightsList",
    "funding_references": "fundingReferences",
    "version_info": "version",
    "content_url": "contentUrl",
}
_TAKEN: Final = "already been taken"
# What DataCite says of a request that is wrong. Any other status is not DataCite's: something before it answered.
_REFUSALS: Final = frozenset({400, 405, 406, 411, 413, 414, 415, 422})


@dataclass(frozen=True, slots=True)
class _Fault:
    """One entry of `errors`, in either of its two shapes."""

    source: str
    title: str

    def __str__(self) -> str:
        return f"{self.source}: {self.title}" if self.source else self.title


def body_of(channel: Channel, answer: Answer) -> dict[str, Any]:
    """Read the JSON object of a success. Anything else leaves open what was done: `RegistryUnavailableError`."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise channel.nonsense(answer) from error
    if not isinstance(body, dict):
        raise channel.nonsense(answer)
    return body


def refuse(channel: Channel, answer: Answer) -> Never:
    """Raise what a status other than success means."""
    faults = _faults(answer)
    words = channel.words("; ".join(filter(None, map(str, faults))) or answer.text)
    status = answer.status
    if status in {401, 403}:
        raise BadCredentialsError(_credential_sentence(status), status=status, words=words)
    if status in {404, 410}:
        _refuse_absent(answer, words)
    if status == 405 and answer.method == "DELETE":
        raise NotADraftError(
            _("This DOI is permanent at DataCite, so it cannot be discarded."), status=status, words=words
        )
    if status == 409:
        _refuse_conflict(answer, words)
    if status == 422:
        _refuse_content(faults, words)
    if status in _REFUSALS:
        raise RegistryRefusedError(
            _("DataCite refused the request (%(status)d).") % {"status": status}, status=status, words=words
        )
    _refuse_for_now(channel, answer, words)


def _credential_sentence(status: int) -> str:
    if status == 401:
        return _("DataCite does not accept the account ID and password.")
    return _(
        "DataCite accepts the account but does not let it do this: the prefix is not the account's, the DOI belongs "
        "to another repository, or the account is not active."
    )


def _refuse_absent(answer: Answer, words: str) -> Never:
    if answer.method == "POST":
        # A wrong password makes the request anonymous, and anonymously there is no repository to create under.
        raise BadCredentialsError(
            _("DataCite could not tell which repository this is; most often the password is wrong."),
            status=answer.status,
            words=words,
        )
    raise NotAtRegistryError(_("DataCite does not have this DOI."), status=answer.status, words=words)


def _refuse_for_now(channel: Channel, answer: Answer, words: str) -> Never:
    status = answer.status
    if status < 300:
        raise channel.nonsense(answer, words=words)
    if status == 429:
        message = _("DataCite asks us to send less often.")
    elif status < 400:
        message = _("DataCite's address answers with a redirect, which is never followed.")
    else:
        raise channel.trouble(answer, words=words)
    # A redirect and a rate limit come from before the application; nothing was applied.
    raise RegistryUnavailableError(
        message, status=status, words=words, retry_after=answer.retry_after, sent=False
    )


def _refuse_conflict(answer: Answer, words: str) -> Never:
    if answer.method == "POST":
        raise NameTakenError(_("DataCite already has this DOI."), status=409, words=words)
    raise RegistryUnavailableError(
        _("DataCite was changing this DOI at the same time."),
        status=409,
        words=words,
        retry_after=answer.retry_after,
    )


def _refuse_content(faults: list[_Fault], words: str) -> Never:
    if any(fault.source == "doi" and _TAKEN in fault.title for fault in faults):
        raise NameTakenError(_("DataCite already has this DOI."), status=422, words=words)
    source = next((fault.source for fault in faults if fault.source), "")
    if not source:
        raise RegistryRefusedError(_("DataCite refused the request (422)."), status=422, words=words)
    field = _field(source)
    if field == "url":
        message = _("DataCite refuses the address of the landing page.")
    elif field == "doi":
        message = _("DataCite refuses this DOI name.")
    else:
        message = _("DataCite refuses the metadata.")
    raise MetadataRejectedError(message, field=field, status=422, words=words)


def _field(source: str) -> str:
    """
    Name the member of the metadata that a refusal is about; ``metadata`` where that cannot be told.

    The schema's own judgement names the element it stumbled over, with the attribute behind it: ``date', attribute
    'dateType``. Source: DataCite REST API, lupo 05afac46 (`xml_schema_validator.rb`).
    """
    element = source.partition("'")[0]
    return _FIELDS.get(element) or (
        element if element in PROPERTIES else _elements().get(element, "metadata")
    )


@cache
def _elements() -> Mapping[str, str]:
    """By XML element the property it stands in: of several the first, which is the one most people fill in."""
    found: dict[str, str] = {}
    for name, entry in PROPERTIES.items():
        for element in _elements_of(entry.member):
            found.setdefault(element, name)
    return found


def _elements_of(member: Member) -> Iterator[str]:
    yield from (step for step in member.at.split("/") if step and step[0] not in "@.")
    shape = member.shape
    if isinstance(shape, Many):
        shape = shape.item
    elif isinstance(shape, Polygons):
        yield from ("polygonPoint", "inPolygonPoint")
        shape = shape.point
    if isinstance(shape, Members):
        for inner in shape.members.values():
            yield from _elements_of(inner)


def _faults(answer: Answer) -> list[_Fault]:
    """Read `errors` in every shape seen: a list, one object, or the bare object of a gateway."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return []
    if not isinstance(body, dict):
        return []
    errors = body.get("errors", body)
    entries = errors if isinstance(errors, list) else [errors]
    return [
        _Fault(source=str(entry.get("source") or ""), title=str(entry.get("title") or ""))
        for entry in entries
        if isinstance(entry, dict)
    ]
