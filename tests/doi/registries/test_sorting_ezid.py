"""Every answer of EZID has one place in the error tree: nearly all refusals are a 400, so the first line decides."""

from collections.abc import Callable, Mapping

import pytest

from doi.errors import (
    BadCredentialsError,
    MetadataRejectedError,
    NameTakenError,
    NotADraftError,
    NotAtRegistryError,
    RegistryError,
    RegistryRefusedError,
    RegistryUnavailableError,
)
from doi.states import State
from tests.doi.registries.bench import PASSWORD, Bench
from tests.doi.registries.sorting import HTML, NOT_SENT, UNKNOWN, WAIT, Sorted, Told, assert_sorted
from tests.support.limits import at_most

BAD = "error: bad request - "
NAME = "doi:10.70113/Q17K3M-Q845"
CREDENTIALS = Sorted(BadCredentialsError)
REFUSED = Sorted(RegistryRefusedError)
ABSENT = Sorted(NotAtRegistryError)
WAIT_17 = Sorted(RegistryUnavailableError, sent=False, retry_after=17)


def rejected(field: str) -> Sorted:
    return Sorted(MetadataRejectedError, field=field)


def wrapped(reason: str) -> str:
    """A refusal of the full check, with the metadata behind it."""
    return f"{BAD}error=\"ValidationError(['{reason}'])\" Metadata: {{'datacite.title': 'a private title'}}"


TABLE: list[tuple[Told, Sorted]] = [
    # absent, and conflict
    (Told("GET", 400, BAD + "no such identifier"), ABSENT),
    (Told("POST", 400, BAD + "no such identifier"), ABSENT),
    (Told("PUT", 400, BAD + "identifier already exists, cannot create"), Sorted(NameTakenError)),
    (Told("DELETE", 400, BAD + "identifier status does not support deletion"), Sorted(NotADraftError)),
    (Told("POST", 400, BAD + "_status: invalid identifier status change"), REFUSED),
    # refused: the request is wrong
    (Told("POST", 400, BAD + "_status: invalid identifier status"), REFUSED),
    (Told("PUT", 400, BAD + "invalid identifier"), REFUSED),
    (Told("PUT", 400, BAD + "no such shoulder"), REFUSED),
    (Told("PUT", 400, BAD + "shoulder does not support minting"), REFUSED),
    (Told("PUT", 400, BAD + "unrecognized URL query parameter 'x'"), REFUSED),
    (
        Told("PUT", 400, BAD + "If specified, Content-Type must be text/plain and encoding must be UTF-8"),
        REFUSED,
    ),
    *(
        (Told("POST", 400, f"{BAD}ANVL parse error ({reason})"), REFUSED)
        for reason in (
            "percent-decode error",
            "repeated label",
            "no colon in line",
            "no previous label for continuation line",
            "empty label",
        )
    ),
    (Told("PUT", 400, BAD + "character decoding error"), REFUSED),
    (Told("PUT", 400, BAD + "ownership change prohibited"), REFUSED),
    (Told("POST", 400, BAD + "_updated: field is not settable"), REFUSED),
    (Told("PUT", 400, HTML), REFUSED),
    (Told("PUT", 400), REFUSED),
    (Told("DELETE", 405, "error: method not allowed"), REFUSED),
    (Told("GET", 406, HTML), REFUSED),
    (Told("POST", 413, HTML), REFUSED),
    (Told("POST", 422, HTML), REFUSED),
    *((Told("PUT", status, HTML), REFUSED) for status in (405, 411, 414, 415)),
    # refused: a field is wrong
    *(
        (Told("POST", 400, text), rejected(field))
        for reason, field in {
            "no creator": "creators",
            "no title": "titles",
            "no publisher": "publisher",
            "no publication date": "publicationYear",
        }.items()
        for text in (
            f"{BAD}Public DOI metadata requirements not satisfied: {reason}",
            wrapped(f"Public DOI metadata requirements not satisfied: {reason}"),
        )
    ),
    (Told("POST", 400, BAD + "_target: Invalid URL"), rejected("url")),
    (
        Told("PUT", 400, BAD + "error=\"ValidationError({'target': ['Enter a valid URL.']})\" Metadata: {}"),
        rejected("url"),
    ),
    (Told("POST", 400, BAD + "datacite.resourcetype: Invalid resource type"), rejected("types")),
    (Told("POST", 400, BAD + "datacite: XML parse error"), rejected("metadata")),
    (Told("POST", 400, BAD + "DataCite schema version 3 is deprecated"), rejected("metadata")),
    (Told("POST", 400, wrapped("XML validation error: …")), rejected("metadata")),
    # credentials
    (Told("PUT", 401, "error: unauthorized", {"WWW-Authenticate": 'Basic realm="EZID"'}), CREDENTIALS),
    (Told("POST", 401, ""), CREDENTIALS),
    (Told("PUT", 403, "error: forbidden"), CREDENTIALS),
    (Told("POST", 403, "error: forbidden"), CREDENTIALS),
    (Told("DELETE", 403, HTML), CREDENTIALS),
    (Told("PUT", 400, BAD + "malformed Authorization header"), CREDENTIALS),
    (Told("GET", 400, BAD + "malformed Authorization header"), CREDENTIALS),
    (Told("PUT", 400, "error: unable to parse basic_auth request"), CREDENTIALS),
    (Told("PUT", 400, BAD + "username required"), CREDENTIALS),
    (Told("PUT", 400, BAD + "password required"), CREDENTIALS),
    # try later, nothing applied: turned away before EZID began, or answered by what stands before it
    (Told("POST", 503, "error: concurrency limit exceeded"), NOT_SENT),
    (Told("PUT", 503, "error: concurrency limit exceeded", WAIT), WAIT_17),
    (Told("PUT", 429, "", WAIT), WAIT_17),
    (Told("PUT", 404, HTML), NOT_SENT),
    (Told("GET", 410), NOT_SENT),
    *(
        (Told("PUT", status, "", {"Location": "https://x.example/"}), NOT_SENT)
        for status in (301, 302, 303, 307, 308)
    ),
    (Told("GET", 302, "", {"Location": "https://x.example/"}), NOT_SENT),
    # try later, perhaps applied
    (Told("PUT", 408), UNKNOWN),
    (Told("POST", 500, "error: internal server error"), UNKNOWN),
    (Told("POST", 500, "error: minter failure"), UNKNOWN),
    (Told("GET", 500, "error: internal server error"), NOT_SENT),
    (Told("PUT", 502, HTML), UNKNOWN),
    (Told("PUT", 503, HTML), UNKNOWN),
    (Told("PUT", 503, HTML, WAIT), Sorted(RegistryUnavailableError, sent=True, retry_after=17)),
    (Told("POST", 504), UNKNOWN),
    *((Told("PUT", status), UNKNOWN) for status in (501, 521, 599, 999)),
    # the same from something before EZID: no status of EZID's own
    *((Told("PUT", status, HTML), UNKNOWN) for status in (402, 407, 409, 418, 423, 425, 428, 431, 451, 499)),
    (Told("POST", 451, HTML), UNKNOWN),
    (Told("DELETE", 499), UNKNOWN),
    (Told("GET", 451, HTML), NOT_SENT),
    (Told("PUT", 499, "", WAIT), Sorted(RegistryUnavailableError, sent=True, retry_after=17)),
    # a success that does not say what was done
    (Told("PUT", 204), UNKNOWN),
    *((Told("POST", status, f"success: {NAME}"), UNKNOWN) for status in (202, 206)),
    *((Told("DELETE", status), UNKNOWN) for status in (202, 205)),
    (Told("PUT", 201), UNKNOWN),
    (Told("PUT", 201, "<html>EZID's web page</html>"), UNKNOWN),
    (Told("PUT", 201, "error: something else"), UNKNOWN),
    (Told("PUT", 201, "succ"), UNKNOWN),
    (Told("POST", 200, "success: "), UNKNOWN),
    (Told("POST", 200, "success: doi:10.70113/Q17K3M-Q846"), UNKNOWN),
    (Told("DELETE", 200, "success: doi:10.70113/Q17K3M-Q846"), UNKNOWN),
    (Told("GET", 200, "success: doi:10.70113/Q17K3M-Q846\n_status: public\n"), NOT_SENT),
    (Told("GET", 200, f"success: {NAME} in_lieu_of {NAME}X\n_status: public\n"), NOT_SENT),
    (Told("GET", 200, f"success: {NAME}\n"), NOT_SENT),
    # a status that EZID does not have
    (Told("GET", 200, f"success: {NAME}\n_status: strange\n"), REFUSED),
]
CALLS: Mapping[str, Callable[[Bench], object]] = {
    "PUT": lambda bench: bench.registry.create(bench.payload()),
    "POST": lambda bench: bench.registry.update(bench.payload(), state=State.DRAFT),
    "DELETE": lambda bench: bench.registry.discard(bench.name()),
    "GET": lambda bench: bench.registry.fetch(bench.name()),
}


@pytest.mark.parametrize(("told", "expected"), TABLE)
def test_every_answer_has_its_place(ezid: Bench, told: Told, expected: Sorted) -> None:
    assert_sorted(ezid, told, expected, call=CALLS[told.method])


@pytest.mark.parametrize("status", [200, 201])
def test_a_create_may_be_answered_by_either_success(ezid: Bench, status: int) -> None:
    ezid.fault({"status": status, "body": f"success: {NAME} | ark:/d0113/q17k3m-q845"}, method="PUT")

    assert ezid.registry.create(ezid.payload()).state == State.DRAFT


def test_absence_answers_a_discard(ezid: Bench) -> None:
    ezid.fault({"status": 400, "body": BAD + "no such identifier"}, method="DELETE")

    ezid.registry.discard(ezid.name())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("error: bad request - no such shoulder", "error: bad request - no such shoulder"),
        (
            "error: bad request - 100%25 wrong%0Aand more\nnot this line",
            "error: bad request - 100% wrong and more",
        ),
        ("", ""),
        (f"error: {PASSWORD}", "error: ***"),
        ("error: s3cr3t-canary/%C3%A9", "error: ***"),
        (wrapped("no creator"), "error: bad request - error=\"ValidationError(['no creator'])\""),
        (wrapped("x" * 600), wrapped("x" * 600)[:499] + "…"),
    ],
)
def test_the_registrys_own_words_are_kept_without_the_metadata(ezid: Bench, body: str, words: str) -> None:
    ezid.fault({"status": 400, "body": body}, method="PUT")

    with pytest.raises(RegistryError) as caught:
        ezid.registry.create(ezid.payload())

    assert caught.value.words == words


def test_the_echo_of_the_metadata_is_not_believed(ezid: Bench) -> None:
    echo = "{'datacite.title': 'no such identifier; password required; no title; private title'}"
    reason = "Public DOI metadata requirements not satisfied: no creator"
    body = f"{BAD}error=\"ValidationError(['{reason}'])\" Metadata: {echo}"
    ezid.fault({"status": 400, "body": body}, method="POST")

    with pytest.raises(MetadataRejectedError) as caught:
        ezid.registry.update(ezid.payload(), state=State.DRAFT)

    assert caught.value.field == "creators"
    assert "private title" not in caught.value.words


@pytest.mark.parametrize("piece", [" ", "metadata", "metadata: ", "metadata:    ", '"'])
def test_a_long_first_line_is_read_at_once(ezid: Bench, piece: str) -> None:
    ezid.fault({"status": 400, "body": BAD + piece * (400_000 // len(piece)) + "x"}, method="GET")

    with at_most(3), pytest.raises(RegistryRefusedError):
        ezid.registry.fetch(NAME.lower().removeprefix("doi:"))
