"""Every answer of DataCite's API has one place in the error tree: by method, status and shape of the body."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from doi.errors import (
    BadCredentialsError,
    MetadataRejectedError,
    NameTakenError,
    NotADraftError,
    NotAtRegistryError,
    RegistryRefusedError,
    RegistryUnavailableError,
)
from doi.states import State
from tests.doi.registries.bench import PASSWORD, Bench
from tests.doi.registries.sorting import HTML, NOT_SENT, UNKNOWN, WAIT, Sorted, Told, assert_sorted

NAME = "10.70112/7k3m-q845"
CREDENTIALS = Sorted(BadCredentialsError)
REFUSED = Sorted(RegistryRefusedError)
ABSENT = Sorted(NotAtRegistryError)
TAKEN = Sorted(NameTakenError)
WAIT_17 = Sorted(RegistryUnavailableError, sent=False, retry_after=17)


def general(status: int | str, title: str) -> Mapping[str, Any]:
    """The shape of all refusals but validation's."""
    return {"errors": [{"status": str(status), "title": title}]}


def invalid(source: str, title: str) -> Mapping[str, Any]:
    """Validation's own shape, always at 422."""
    return {"errors": [{"source": source, "title": title, "uid": NAME}]}


def rejected(field: str) -> Sorted:
    return Sorted(MetadataRejectedError, field=field)


def doi(**attributes: object) -> str:
    """A success."""
    return json.dumps({"data": {"id": NAME, "type": "dois", "attributes": {"doi": NAME, **attributes}}})


GONE = general(404, "The resource you are looking for doesn't exist.")
FORBIDDEN = general(403, "You are not authorized to access this resource.")

TABLE: list[tuple[Told, Sorted]] = [
    # refused: the request is wrong
    (Told("POST", 400, general(400, "You need to provide a payload following the JSONAPI spec")), REFUSED),
    (Told("PUT", 400, general(400, "unexpected token at '{'")), REFUSED),
    (Told("PUT", 400, general(400, "undefined method 'to_h' for nil")), REFUSED),
    (Told("PUT", 400, ""), REFUSED),
    (Told("PUT", 400, "[" * 500_000), REFUSED),
    (Told("GET", 400, {"status": 400, "title": "bare"}), REFUSED),
    (Told("PUT", 405, general(405, "Method not allowed")), REFUSED),
    (Told("GET", 406, general(406, "The content type is not recognized.")), REFUSED),
    (Told("POST", 413, HTML), REFUSED),
    *((Told("PUT", status, HTML), REFUSED) for status in (411, 414, 415)),
    # credentials
    (Told("POST", 401, general(401, "Bad credentials.")), CREDENTIALS),
    (Told("PUT", 401, general(401, "Bad credentials.")), CREDENTIALS),
    (Told("DELETE", 401, ""), CREDENTIALS),
    (Told("GET", 401, HTML), CREDENTIALS),
    (Told("POST", 403, FORBIDDEN), CREDENTIALS),
    (Told("PUT", 403, FORBIDDEN), CREDENTIALS),
    (Told("DELETE", 403, FORBIDDEN), CREDENTIALS),
    (Told("GET", 403, HTML), CREDENTIALS),
    (Told("POST", 404, GONE), CREDENTIALS),
    # absent
    (Told("GET", 404, GONE), ABSENT),
    (Told("GET", 404, {"errors": [{"status": 404, "title": "an integer"}]}), ABSENT),
    (Told("PUT", 404, GONE), ABSENT),
    (Told("GET", 404, HTML), ABSENT),
    (Told("GET", 410, ""), ABSENT),
    # conflict
    (Told("DELETE", 405, general(405, "Method not allowed")), Sorted(NotADraftError)),
    (Told("POST", 409, general(409, "The resource already exists.")), TAKEN),
    (Told("PUT", 409, general(409, "The resource already exists.")), UNKNOWN),
    (Told("DELETE", 409, ""), UNKNOWN),
    (Told("POST", 422, invalid("doi", "This DOI has already been taken")), TAKEN),
    # refused: a field is wrong
    (Told("POST", 422, invalid("doi", "Is invalid")), rejected("doi")),
    (Told("POST", 422, invalid("doi", "Can't be blank")), rejected("doi")),
    (Told("PUT", 422, invalid("url", "Can't be blank")), rejected("url")),
    (Told("PUT", 422, invalid("url", "URL is not valid")), rejected("url")),
    (
        Told(
            "PUT",
            422,
            invalid("url", "URL https://x.example is not allowed by repository A.B domain settings."),
        ),
        rejected("url"),
    ),
    (Told("PUT", 422, invalid("xml", "Can't be blank")), rejected("metadata")),
    (Told("PUT", 422, invalid("xml", f"DOI {NAME}: Missing child element(s).")), rejected("metadata")),
    (Told("PUT", 422, invalid("metadata", "Is invalid")), rejected("metadata")),
    (Told("PUT", 422, invalid("creators", f"DOI {NAME}: Missing child element(s).")), rejected("creators")),
    (
        Told(
            "PUT",
            422,
            invalid("contributors", "Contributor 'A' is missing a required element: contributor type."),
        ),
        rejected("contributors"),
    ),
    (
        Told("PUT", 422, invalid("titles", "Title 'A' should be an object instead of a string.")),
        rejected("titles"),
    ),
    *(
        (Told("PUT", 422, invalid(source, "Is invalid")), rejected(field))
        for source, field in {
            "publication_year": "publicationYear",
            "publisher": "publisher",
            "dates": "dates",
            "identifiers": "alternateIdentifiers",
            "related_identifiers": "relatedIdentifiers",
            "related_items": "relatedItems",
            "geo_locations": "geoLocations",
            "rights_list": "rightsList",
            "funding_references": "fundingReferences",
            "version_info": "version",
            "content_url": "contentUrl",
            "language": "language",
            # an element or attribute, where the schema's own judgement stumbled
            "date', attribute 'dateType": "dates",
            "creatorName', attribute 'nameType": "creators",
            "title": "titles",
            "pointLatitude": "geoLocations",
            "funderName": "fundingReferences",
            "resourceType', attribute 'resourceTypeGeneral": "types",
            "contributor', attribute 'contributorType": "contributors",
            "rights', attribute 'rightsURI": "rightsList",
            "polygonPoint": "geoLocations",
            # what cannot be told
            "xml": "metadata",
            "metadata": "metadata",
            "lang": "metadata",
        }.items()
    ),
    # refused at 422 without naming a field
    (
        Told("PUT", 422, general(422, "param is missing or the value is empty or invalid: attributes")),
        REFUSED,
    ),
    (Told("PUT", 422, general(422, "Parameter prefix is required")), REFUSED),
    (Told("PUT", 422, {"errors": {"title": "an object"}}), REFUSED),
    (Told("PUT", 422, {"errors": ["text"]}), REFUSED),
    (Told("PUT", 422, {"errors": [{}, {}]}), REFUSED),
    (Told("PUT", 422, {"errors": None}), REFUSED),
    (Told("POST", 422, {"errors": "text"}), REFUSED),
    (Told("POST", 422, {"errors": [{"source": {"pointer": "/a"}, "title": ["a"]}]}), rejected("metadata")),
    (Told("PUT", 422, "[1]"), REFUSED),
    (Told("PUT", 422, HTML), REFUSED),
    (Told("PUT", 422, ""), REFUSED),
    # try later, nothing applied: what stands before the application answered
    (Told("POST", 429, HTML, WAIT), WAIT_17),
    (Told("GET", 429, "", WAIT), WAIT_17),
    (Told("PUT", 429, HTML), NOT_SENT),
    *(
        (Told("PUT", status, "", {"Location": "https://x.example/"}), NOT_SENT)
        for status in (301, 302, 303, 307, 308)
    ),
    (Told("GET", 302, "", {"Location": "https://x.example/"}), NOT_SENT),
    (Told("PUT", 304), NOT_SENT),
    # try later, perhaps applied
    (Told("POST", 408), UNKNOWN),
    (Told("POST", 500, {"status": 400, "title": "a body that could not be unpacked"}), UNKNOWN),
    (Told("PUT", 500, general(500, "Something went wrong.")), UNKNOWN),
    (Told("PUT", 500, "[" * 500_000), UNKNOWN),
    (Told("PUT", 502, HTML), UNKNOWN),
    (Told("DELETE", 503, HTML), UNKNOWN),
    (Told("DELETE", 503, HTML, WAIT), Sorted(RegistryUnavailableError, sent=True, retry_after=17)),
    (Told("GET", 503, HTML, WAIT), WAIT_17),
    (Told("POST", 504, ""), UNKNOWN),
    (Told("GET", 504, HTML), NOT_SENT),
    *((Told("PUT", status), UNKNOWN) for status in (501, 521, 599, 999)),
    # the same from something before DataCite: no status of DataCite's own
    *((Told("PUT", status, HTML), UNKNOWN) for status in (402, 407, 418, 423, 425, 428, 431, 451, 499)),
    (Told("POST", 451, HTML), UNKNOWN),
    (Told("DELETE", 499), UNKNOWN),
    (Told("GET", 451, HTML), NOT_SENT),
    (Told("PUT", 499, "", WAIT), Sorted(RegistryUnavailableError, sent=True, retry_after=17)),
    # a success that does not say what was done
    (Told("POST", 202, "{}"), UNKNOWN),
    (Told("PUT", 202, doi(state="draft")), UNKNOWN),
    (Told("PUT", 206, doi(state="draft")), UNKNOWN),
    *((Told("DELETE", status), UNKNOWN) for status in (202, 205)),
    (Told("GET", 206, doi(state="draft")), NOT_SENT),
    (Told("PUT", 204), UNKNOWN),
    (Told("POST", 201), UNKNOWN),
    (Told("POST", 201, HTML), UNKNOWN),
    (Told("PUT", 200, HTML), UNKNOWN),
    (Told("GET", 200, HTML), NOT_SENT),
    (Told("GET", 200, "[]"), NOT_SENT),
    (Told("GET", 200, '{"data":[]}'), NOT_SENT),
    (Told("GET", 200, f'{{"data":{"9" * 5000}}}'), NOT_SENT),
    (Told("GET", 200, "[" * 100_000), NOT_SENT),
    (Told("POST", 201, "[]"), UNKNOWN),
    (Told("POST", 201, '"text"'), UNKNOWN),
    (Told("POST", 201, "[" * 500_000), UNKNOWN),
    (Told("POST", 201, doi(state="draft")[:30]), UNKNOWN),
    (Told("POST", 201, '{"data":null}'), UNKNOWN),
    (Told("POST", 201, '{"data":{"attributes":[]}}'), UNKNOWN),
    (Told("PUT", 200, doi()), UNKNOWN),
    (Told("PUT", 200, doi(state="draft").replace("q845", "q846")), UNKNOWN),
    (Told("GET", 200, doi(state="draft").replace("q845", "q846")), NOT_SENT),
    (Told("PUT", 200, doi(state="draft").replace(NAME, "")), UNKNOWN),
    # states that no request leads to
    *((Told("GET", 200, doi(state=state)), REFUSED) for state in ("flagged", "broken", "tombstoned", "")),
]
CALLS: Mapping[str, Callable[[Bench], object]] = {
    "POST": lambda bench: bench.registry.create(bench.payload()),
    "PUT": lambda bench: bench.registry.update(bench.payload(), state=State.DRAFT),
    "DELETE": lambda bench: bench.registry.discard(bench.name()),
    "GET": lambda bench: bench.registry.fetch(bench.name()),
}


@pytest.mark.parametrize(("told", "expected"), TABLE)
def test_every_answer_has_its_place(datacite: Bench, told: Told, expected: Sorted) -> None:
    assert_sorted(datacite, told, expected, call=CALLS[told.method])


@pytest.mark.parametrize("state", ["draft", "registered", "findable"])
def test_a_201_from_put_is_a_success_too(datacite: Bench, state: str) -> None:
    datacite.fault({"status": 201, "body": doi(state=state)}, method="PUT")

    assert datacite.registry.update(datacite.payload(), state=State.DRAFT).state == state


def test_a_404_to_a_discard_is_done(datacite: Bench) -> None:
    datacite.fault({"status": 404, "body": GONE}, method="DELETE")

    datacite.registry.discard(datacite.name())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (general(400, "the title"), "the title"),
        (invalid("url", "Can't be blank"), "url: Can't be blank"),
        ({"errors": {"title": "an object"}}, "an object"),
        ({"status": 400, "title": "bare"}, "bare"),
        (
            {"errors": [{"status": 400, "title": "one"}, {}, {"source": "url", "title": "two"}]},
            "one; url: two",
        ),
        ("", ""),
        ("plain\u2028text\x00 of  a gateway", "plain text of a gateway"),
        (general(400, f"{PASSWORD} is wrong"), "*** is wrong"),
    ],
)
def test_the_registrys_own_words_are_kept(datacite: Bench, body: object, words: str) -> None:
    datacite.fault({"status": 400, "body": body}, method="POST")

    with pytest.raises(RegistryRefusedError) as caught:
        datacite.registry.create(datacite.payload())

    assert caught.value.words == words


def test_all_words_of_a_refusal_are_kept_up_to_a_limit(datacite: Bench) -> None:
    errors = [*invalid("titles", "x" * 600)["errors"], *invalid("url", "Can't be blank")["errors"]]
    datacite.fault({"status": 422, "body": {"errors": errors}}, method="PUT")

    with pytest.raises(MetadataRejectedError) as caught:
        datacite.registry.update(datacite.payload(), state=State.DRAFT)

    assert caught.value.field == "titles"
    assert len(caught.value.words) == 500
    assert caught.value.words.endswith("…")
