"""What DataCite checks when, and in which order (registry protocols, 1.4)."""

from collections.abc import Mapping
from typing import Any

import pytest

from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account
from doi.sandbox.datacite.rules import host_allowed
from tests.doi.sandbox.calls import COMPLETE, NAME, URL, attributes_of, body, datacite, draft
from tests.support.sandbox import sandbox_with

KERNEL = "http://datacite.org/schema/kernel-4"
TAKEN = "10.70112/taken"


@pytest.fixture
def sandbox() -> Sandbox:
    """A repository that may use one host, beside another repository, and a name that is taken."""
    sandbox = Sandbox(
        [
            Account("datacite", "ORG.REPO", "secret", ("10.70112",), domains="data.example.edu"),
            Account("datacite", "OTHER.REPO", "secret", ("10.70113",)),
            Account("datacite", "CLOSED.REPO", "secret", ("10.70112",), active=False),
            Account("datacite", "MEMBER", "secret", ("10.70112",)),
        ]
    )
    draft(sandbox, TAKEN)
    return sandbox


# --- The order of the checks: each request has every later mistake too ----------------------------------------------

BAD = {"doi": "10.70113/a b", "titles": ["T"], "url": "nonsense"}
ORDER: list[tuple[str, tuple[str, str] | None, Mapping[str, Any] | None, int]] = [
    ("no Authorization header", None, None, 401),
    ("no data", ("org.repo", "no"), {}, 400),
    ("no attributes", ("org.repo", "no"), {"data": {"type": "dois"}}, 422),
    ("wrong password", ("org.repo", "no"), body(**BAD), 404),
    ("prefix of another", ("org.repo", "secret"), body(**BAD), 403),
    ("validations", ("other.repo", "secret"), body(**BAD), 422),
    ("nothing wrong", ("other.repo", "secret"), body(doi="10.70113/x"), 201),
]


@pytest.mark.parametrize(("auth", "document", "status"), [pytest.param(*row[1:], id=row[0]) for row in ORDER])
def test_the_checks_of_a_create_come_in_order(
    sandbox: Sandbox, auth: tuple[str, str] | None, document: Mapping[str, Any] | None, status: int
) -> None:
    assert datacite(sandbox, auth=auth).post("/dois", json=document).status_code == status


@pytest.mark.parametrize(
    ("auth", "document", "status"),
    [
        pytest.param(None, {}, 401, id="nobody, before the payload"),
        pytest.param(("org.repo", "no"), {}, 401, id="wrong password, before the payload"),
        pytest.param(("other.repo", "secret"), {}, 403, id="another repository, before the payload"),
        pytest.param(("org.repo", "secret"), {}, 400, id="payload"),
        pytest.param(("org.repo", "secret"), {"data": {"type": "dois"}}, 422, id="attributes"),
        pytest.param(("org.repo", "secret"), body(titles=["T"]), 422, id="validations"),
        pytest.param(("org.repo", "secret"), body(version="1"), 200, id="nothing wrong"),
    ],
)
def test_the_checks_of_an_update_come_in_order(
    sandbox: Sandbox, auth: tuple[str, str] | None, document: Mapping[str, Any], status: int
) -> None:
    assert datacite(sandbox, auth=auth).put(f"/dois/{TAKEN}", json=document).status_code == status


# --- What is asked of a draft, and of a registered or findable DOI --------------------------------------------------

FOREIGN = "https://elsewhere.example/1"
NOT_ALLOWED = f"URL {FOREIGN} is not allowed by repository ORG.REPO domain settings."
# The rule, what is sent, and what a draft and a DOI outside draft are answered: the status, or `source: title`.
RULES: list[tuple[str, dict[str, Any], object, object]] = [
    ("doi present", {"doi": None}, "doi: Can't be blank", "doi: Can't be blank"),
    ("doi characters", {"doi": "10.70112/a b"}, "doi: Is invalid", "doi: Is invalid"),
    ("prefix", {"doi": "10.70113/x"}, 403, 403),
    (
        "unique",
        {"doi": TAKEN},
        "doi: This DOI has already been taken",
        "doi: This DOI has already been taken",
    ),
    ("url scheme", {"url": "mailto:a@b.example"}, "url: URL is not valid", "url: URL is not valid"),
    ("url whitespace", {"url": "https://a b.example/"}, "url: URL is not valid", "url: URL is not valid"),
    ("url ftp", {"url": "ftp://data.example.edu/1"}, 201, 201),
    ("url present", {"url": None}, 201, "url: Can't be blank"),
    ("url host", {"url": FOREIGN}, 201, f"url: {NOT_ALLOWED}"),
    ("metadata schema-valid", {"publicationYear": "20x5"}, 201, "publication_year"),
    ("metadata complete", {"creators": []}, 201, "creators"),
    (
        "title an object",
        {"titles": ["T"]},
        "titles: Title 'T' should be an object instead of a string.",
        "titles",
    ),
    (
        "creator an object",
        {"creators": ["C"]},
        "creators: Creator 'C' should be an object instead of a string.",
        "creators",
    ),
    (
        "contributor type present",
        {"contributors": [{"name": "A"}]},
        "contributors: Contributor 'A' is missing a required element: contributor type.",
        "contributors",
    ),
    (
        "contributor type known",
        {"contributors": [{"name": "A", "contributorType": "Funder"}]},
        "contributors: Contributor 'A' has a contributor type that is not supported in schema 4: 'Funder'.",
        "contributors",
    ),
    (
        "contributor type, later kernel",
        {"contributors": [{"name": "A"}], "schemaVersion": f"{KERNEL}.5"},
        201,
        "metadata: Is invalid",
    ),
    ("language", {"language": "not a language"}, "language: Is invalid", "language: Is invalid"),
    (
        "identifiers without DOIs",
        {"identifiers": [{"identifier": "10.1/x", "identifierType": "DOI"}]},
        201,
        201,
    ),
    ("rights of 2000", {"rightsList": [{"rights": "r" * 2000}]}, 201, 201),
    ("rights of 2001", {"rightsList": [{"rights": "r" * 2001}]}, "rights_list", "rights_list"),
    ("version of 192", {"version": "v" * 192}, "version_info", "version_info"),
    ("reason of 255", {"reason": "r" * 255}, 201, 201),
    ("reason of 256", {"reason": "r" * 256}, "reason", "reason"),
]


@pytest.mark.parametrize(
    ("sent", "event", "expected"),
    [
        pytest.param(sent, event, expected, id=f"{rule}, {event or 'draft'}")
        for rule, sent, of_draft, of_others in RULES
        for event, expected in ((None, of_draft), ("register", of_others), ("publish", of_others))
    ],
)
def test_a_rule_counts_where_the_table_says(
    sandbox: Sandbox, sent: dict[str, Any], event: str | None, expected: object
) -> None:
    answer = datacite(sandbox).post("/dois", json=body(**{"doi": NAME, **COMPLETE, "event": event} | sent))

    if isinstance(expected, int):
        assert answer.status_code == expected, answer.text
        return
    source, _, title = str(expected).partition(": ")
    assert answer.status_code == 422
    (error,) = [each for each in answer.json()["errors"] if each["source"] == source]
    assert error["title"].startswith(title)
    assert len(sandbox.records()) == 1


@pytest.mark.parametrize("account_id", ["CLOSED.REPO", "MEMBER"])
@pytest.mark.parametrize("event", [None, "publish"])
def test_an_inactive_repository_and_a_member_account_may_not_create(
    sandbox: Sandbox, account_id: str, event: str | None
) -> None:
    client = datacite(sandbox, auth=(account_id, "secret"))

    assert client.post("/dois", json=body(doi=NAME, **COMPLETE, event=event)).status_code == 403


def test_a_prefix_that_was_taken_away_does_not_stop_an_update(sandbox: Sandbox) -> None:
    sandbox.control.account("datacite", "ORG.REPO", prefixes=["10.70114"])
    client = datacite(sandbox)

    assert client.put(f"/dois/{TAKEN}", json=body(version="2")).status_code == 200
    assert client.post("/dois", json=body(doi=NAME)).status_code == 403


@pytest.mark.parametrize("state", ["draft", "registered", "findable"])
def test_a_refused_save_stores_nothing_at_all(sandbox: Sandbox, state: str) -> None:
    event = {"draft": None, "registered": "register", "findable": "publish"}[state]
    draft(sandbox, **COMPLETE, event=event)
    before = datacite(sandbox).get(f"/dois/{NAME}").json()

    answer = datacite(sandbox).put(
        f"/dois/{NAME}",
        json=body(
            event="publish",
            url="https://data.example.edu/new",
            titles=[{"title": "New"}],
            publicationYear="x",
        ),
    )

    assert answer.status_code == 422
    assert datacite(sandbox).get(f"/dois/{NAME}").json() == before


def test_a_draft_on_a_forbidden_host_is_refused_only_when_it_is_published(sandbox: Sandbox) -> None:
    draft(sandbox, **COMPLETE | {"url": FOREIGN})

    answer = datacite(sandbox).put(f"/dois/{NAME}", json=body(event="publish"))

    assert answer.json() == {"errors": [{"source": "url", "title": NOT_ALLOWED, "uid": NAME}]}


@pytest.mark.parametrize(
    ("url", "domains", "allowed"),
    [
        pytest.param("https://b.example/", "*", True, id="star"),
        pytest.param("https://b.example/", "", True, id="blank is star"),
        pytest.param("https://b.example/", "a.example,*", False, id="star only by itself"),
        pytest.param("https://a.example.org/", "*.example.org", True, id="subdomain"),
        pytest.param("https://a.b.example.org/", "*.example.org", True, id="deeper subdomain"),
        pytest.param("https://example.org/", "*.example.org", False, id="not the bare domain"),
        pytest.param("https://notexample.org/", "*.example.org", False, id="the dot counts"),
        pytest.param("https://example.org/", "example.org", True, id="exactly"),
        pytest.param("https://www.example.org/", "example.org", False, id="exactly, not below"),
        pytest.param("https://example.org:8000/x?y", "example.org", True, id="port and path do not matter"),
        pytest.param("https://user:pw@example.org/", "example.org", True, id="nor does who signs in there"),
        pytest.param("https://Example.org/", "example.org", False, id="case of the URL counts"),
        pytest.param("https://example.org/", "Example.org", False, id="case of the rule counts"),
        pytest.param("https://b.example/", "a.example,b.example", True, id="second of a list"),
        pytest.param("https://b.example/", "a.example, b.example", False, id="spaces are not trimmed"),
    ],
)
def test_the_domain_rule_is_taken_to_the_letter(url: str, domains: str, *, allowed: bool) -> None:
    assert host_allowed(url, domains=domains) is allowed


# --- The two engines ------------------------------------------------------------------------------------------------

ENGINE_1 = ["creators", "titles", "publisher", "publication_year", "xml"]
# What is stored as a draft before, what is sent (a POST where nothing is stored), the status and the errors' sources.
CASES: list[tuple[str, dict[str, Any] | None, dict[str, Any], int, list[str]]] = [
    ("POST, kernel-4", None, {"schemaVersion": KERNEL}, 422, ENGINE_1),
    ("POST, no schemaVersion", None, {"version": "1"}, 422, ["metadata"]),
    *(
        (f"POST, kernel-4.{n}", None, {"schemaVersion": f"{KERNEL}.{n}"}, 422, ["metadata"])
        for n in (4, 5, 6)
    ),
    *((f"POST, kernel-4.{n}", None, {"schemaVersion": f"{KERNEL}.{n}"}, 422, ENGINE_1) for n in range(4)),
    *(
        (f"draft with kernel-4.{n}, event alone", {"schemaVersion": f"{KERNEL}.{n}"}, {}, 200, [])
        for n in (4, 5, 6)
    ),
    ("the same with metadata", {"schemaVersion": f"{KERNEL}.5"}, {"version": "2"}, 422, ["metadata"]),
    ("draft without schemaVersion", {"version": "1"}, {}, 422, ENGINE_1),
    ("draft with kernel-4", {"schemaVersion": KERNEL}, {}, 422, ENGINE_1),
    (
        "draft with kernel-4, asked as 4.5",
        {"schemaVersion": KERNEL},
        {"schemaVersion": f"{KERNEL}.5"},
        422,
        ["metadata"],
    ),
    ("POST, kernel-3", None, {"schemaVersion": "http://datacite.org/schema/kernel-3"}, 422, ["xml"]),
    ("POST, kernel-2.2", None, {"schemaVersion": "http://datacite.org/schema/kernel-2.2"}, 422, ["xml"]),
    ("draft with kernel-3", {"schemaVersion": "http://datacite.org/schema/kernel-3"}, {}, 422, ["xml"]),
    ("draft that holds no metadata at all", {}, {}, 422, ["xml"]),
]


@pytest.mark.parametrize("event", ["register", "publish"])
@pytest.mark.parametrize(
    ("stored", "sent", "status", "sources"), [pytest.param(*row[1:], id=row[0]) for row in CASES]
)
def test_incomplete_metadata_is_judged_by_its_schema_version(
    stored: dict[str, Any] | None, sent: dict[str, Any], status: int, sources: list[str], event: str
) -> None:
    sandbox = sandbox_with()
    client = datacite(sandbox)
    if stored is None:
        answer = client.post("/dois", json=body(doi=NAME, url=URL, event=event, **sent))
    else:
        draft(sandbox, url=URL, **stored)
        answer = client.put(f"/dois/{NAME}", json=body(event=event, **sent))

    assert answer.status_code == status
    assert sorted(each["source"] for each in answer.json().get("errors", [])) == sorted(sources)


# How the messages of engine 1 begin for a record with nothing but a DOI.
MESSAGES = {
    "creators": f"Missing child element(s). Expected is ( {{{KERNEL}}}creator ). at line 4, column 0",
    "titles": f"Missing child element(s). Expected is ( {{{KERNEL}}}title ). at line ",
    "publisher": "[facet 'minLength'] The value has a length of '0'; this underruns the allowed minimum length of '1'.",
    "publication_year": "[facet 'pattern'] The value '' is not accepted by the pattern '[\\d]{4}'.",
    "xml": f"Missing child element(s). Expected is one of ( {{{KERNEL}}}resourceType, ",
}


@pytest.mark.parametrize("source", MESSAGES)
def test_the_schema_validator_speaks_in_the_words_of_the_original(source: str) -> None:
    answer = datacite(sandbox_with()).post(
        "/dois", json=body(doi=NAME, url=URL, schemaVersion=KERNEL, event="publish")
    )

    titles = {error["source"]: error["title"] for error in answer.json()["errors"]}
    assert titles[source].startswith(f"DOI {NAME}: {MESSAGES[source]}")


# Where the mistake is, what is sent, and the source it is told under: the element's, or what lupo makes of an
# attribute's place.
SOURCES: list[tuple[str, dict[str, Any], str]] = [
    ("publicationYear", {"publicationYear": "20x5"}, "publication_year"),
    ("resource", {"types": {}}, "xml"),
    (
        "pointLatitude",
        {"geoLocations": [{"geoLocationPoint": {"pointLatitude": 91, "pointLongitude": 0}}]},
        "pointLatitude",
    ),
    ("funderName", {"fundingReferences": [{"awardTitle": "A"}]}, "funderName"),
    ("dateType", {"dates": [{"date": "2026", "dateType": "Then"}]}, "date', attribute 'dateType"),
    ("titleType", {"titles": [{"title": "T", "titleType": "Best"}]}, "title', attribute 'titleType"),
    ("nameType", {"creators": [{"name": "A", "nameType": "Robot"}]}, "creatorName', attribute 'nameType"),
]


@pytest.mark.parametrize(("sent", "source"), [pytest.param(*row[1:], id=row[0]) for row in SOURCES])
def test_a_mistake_is_told_under_the_source_of_its_element(sent: dict[str, Any], source: str) -> None:
    answer = datacite(sandbox_with()).post("/dois", json=body(doi=NAME, **COMPLETE | sent, event="publish"))

    assert answer.status_code == 422
    assert source in [error["source"] for error in answer.json()["errors"]]
    assert all(error["uid"] == NAME and "status" not in error for error in answer.json()["errors"])


@pytest.mark.parametrize(
    ("stored", "sent", "kept"),
    [
        ({"version": "1"}, {"version": "2"}, KERNEL),
        ({"schemaVersion": f"{KERNEL}.5"}, {"version": "2"}, f"{KERNEL}.5"),
        ({"schemaVersion": f"{KERNEL}.5"}, {"schemaVersion": KERNEL}, KERNEL),
    ],
    ids=["takes kernel-4", "keeps the stored one", "takes the one sent"],
)
def test_an_update_settles_the_schema_version(
    stored: dict[str, str], sent: dict[str, str], kept: str
) -> None:
    sandbox = sandbox_with()
    draft(sandbox, **stored)

    assert attributes_of(datacite(sandbox).put(f"/dois/{NAME}", json=body(**sent)))["schemaVersion"] == kept
