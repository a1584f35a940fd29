"""The sandbox as a client of DataCite's REST API meets it."""

import base64
import gzip
from datetime import UTC, datetime
from typing import Any

import pytest

from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account
from tests.doi.sandbox.calls import COMPLETE, NAME, URL, attributes_of, body, datacite, draft
from tests.support.sandbox import sandbox_with

WRONG = ("ORG.REPO", "not it")


@pytest.fixture
def sandbox() -> Sandbox:
    return sandbox_with(datacite=[("ORG.REPO", "secret", "10.70112"), ("OTHER.REPO", "secret", "10.70113")])


def test_a_draft_needs_nothing_but_its_name(sandbox: Sandbox) -> None:
    answer = datacite(sandbox).post("/dois", json=body(doi="10.70112/7K3M-Q845"))

    assert answer.status_code == 201
    assert answer.json()["data"]["id"] == NAME
    assert attributes_of(answer)["state"] == "draft"
    assert attributes_of(answer)["registered"] is None
    assert answer.headers["X-Credential-Username"] == "org.repo"
    assert answer.headers["Date"].endswith("GMT")


def test_the_same_name_is_created_only_once(sandbox: Sandbox) -> None:
    draft(sandbox, url=URL)

    again = datacite(sandbox).post("/dois", json=body(doi=NAME, url="https://elsewhere.example/"))

    assert again.status_code == 422
    assert again.json() == {
        "errors": [{"source": "doi", "title": "This DOI has already been taken", "uid": NAME}]
    }
    assert attributes_of(datacite(sandbox).get(f"/dois/{NAME}"))["url"] == URL


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("10.70112/a b", 422),
        ("10.70112/a&b", 422),
        ("10.70112/é", 422),
        ("10.70113/abc", 403),
        ("10.701120/abc", 403),
    ],
)
def test_a_name_is_judged_by_its_characters_and_its_prefix(sandbox: Sandbox, name: str, status: int) -> None:
    answer = datacite(sandbox).post("/dois", json=body(doi=name))

    assert answer.status_code == status
    assert sandbox.records() == []


@pytest.mark.parametrize(
    "sent", [{"prefix": "10.70112"}, {"prefix": "10.70112/fk"}, {"prefix": "10.70112", "suffix": "x"}]
)
def test_without_a_name_the_registry_invents_one(sandbox: Sandbox, sent: dict[str, str]) -> None:
    answer = datacite(sandbox).post("/dois", json=body(**sent))

    assert answer.status_code == 201
    assert len(answer.json()["data"]["id"].rpartition("/")[2]) >= 9


@pytest.mark.parametrize(
    ("before", "event", "after"),
    [
        ("draft", "register", "registered"),
        ("draft", "publish", "findable"),
        ("draft", "hide", "draft"),
        ("draft", "show", "draft"),
        ("draft", "nonsense", "draft"),
        ("registered", "register", "registered"),
        ("registered", "publish", "findable"),
        ("registered", "hide", "registered"),
        ("registered", "show", "findable"),
        ("findable", "register", "findable"),
        ("findable", "publish", "findable"),
        ("findable", "hide", "registered"),
        ("findable", "show", "findable"),
    ],
)
def test_an_event_moves_the_state_or_is_passed_over_in_silence(
    sandbox: Sandbox, before: str, event: str, after: str
) -> None:
    way = {"draft": None, "registered": "register", "findable": "publish"}
    draft(sandbox, **COMPLETE, event=way[before])

    answer = datacite(sandbox).put(f"/dois/{NAME}", json=body(event=event, version="2"))

    assert answer.status_code == 200
    assert attributes_of(answer)["state"] == after
    assert attributes_of(answer)["version"] == "2"
    assert attributes_of(answer)["isActive"] is (after == "findable")


def test_setting_the_state_itself_does_nothing(sandbox: Sandbox) -> None:
    draft(sandbox, **COMPLETE, state="findable")

    assert attributes_of(datacite(sandbox).get(f"/dois/{NAME}"))["state"] == "draft"


def test_an_update_merges_and_empty_values_clear(sandbox: Sandbox) -> None:
    draft(sandbox, **COMPLETE, subjects=[{"subject": "rivers"}])

    answer = datacite(sandbox).put(
        f"/dois/{NAME}", json=body(subjects=[], version="1.0", publisher=None, colour="red")
    )

    shown = attributes_of(answer)
    assert (shown["subjects"], shown["version"], shown["publisher"]) == ([], "1.0", None)
    assert shown["titles"] == COMPLETE["titles"]
    assert "colour" not in shown


def test_an_update_of_an_absent_name_creates_it(sandbox: Sandbox) -> None:
    created = datacite(sandbox).put(f"/dois/{NAME}", json=body(url=URL))
    updated = datacite(sandbox).patch(f"/dois/{NAME.upper()}", json=body(url=URL))

    assert (created.status_code, updated.status_code) == (201, 200)


def test_what_comes_back_differs_from_what_was_sent(sandbox: Sandbox) -> None:
    draft(
        sandbox,
        **COMPLETE,
        geoLocations=[{"geoLocationPoint": {"pointLatitude": "1.5", "pointLongitude": "2"}}],
    )
    client = datacite(sandbox)

    short = attributes_of(client.get(f"/dois/{NAME}"))
    long = attributes_of(client.get(f"/dois/{NAME}?publisher=true&affiliation=true"))

    assert short["publisher"] == "Example University"
    assert short["creators"][0]["affiliation"] == ["Example University"]
    assert long["publisher"] == {"name": "Example University"}
    assert long["creators"][0]["affiliation"] == [{"name": "Example University"}]
    assert short["types"]["schemaOrg"] == "Dataset"
    assert short["geoLocations"] == [{"geoLocationPoint": {"pointLatitude": 1.5, "pointLongitude": 2.0}}]


def test_a_refused_publication_stores_nothing(sandbox: Sandbox) -> None:
    draft(sandbox, url=URL)

    answer = datacite(sandbox).put(
        f"/dois/{NAME}", json=body(event="publish", url="https://new.example/", titles=[{"title": "New"}])
    )

    assert answer.status_code == 422
    shown = attributes_of(datacite(sandbox).get(f"/dois/{NAME}"))
    assert (shown["state"], shown["url"], shown["titles"]) == ("draft", URL, [])


# The table of registries.md 1.6, with the rows that go right beside the ones that do not.
CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/dois/10.70112/findable", None),
    ("GET", "/dois/10.70112/draft", None),
    ("GET", "/dois/10.70112/absent", None),
    ("GET", "/dois", None),
    ("GET", "/repositories/org.repo", None),
    ("GET", "/heartbeat", None),
    ("POST", "/dois", body(doi="10.70112/new")),
    ("PUT", "/dois/10.70112/draft", body(version="2")),
    ("PUT", "/dois/10.70112/absent", body(url=URL)),
    ("DELETE", "/dois/10.70112/draft", None),
    ("DELETE", "/dois/10.70112/absent", None),
    ("GET", "/dois/10.70112/draft/get-url", None),
]


@pytest.mark.parametrize(
    ("auth", "statuses"),
    [
        (("org.repo", "secret"), [200, 200, 404, 200, 200, 200, 201, 200, 201, 204, 404, 200]),
        (WRONG, [200, 404, 404, 200, 200, 200, 404, 401, 404, 401, 404, 401]),
        (None, [200, 404, 404, 200, 200, 200, 401, 401, 401, 401, 404, 401]),
        (("other.repo", "secret"), [200, 404, 404, 200, 200, 200, 403, 403, 403, 403, 404, 403]),
    ],
    ids=["owner", "wrong password", "nobody", "another repository"],
)
def test_each_caller_gets_the_status_of_the_real_registry(
    auth: tuple[str, str] | None, statuses: list[int]
) -> None:
    for (method, path, document), status in zip(CALLS, statuses, strict=True):
        sandbox = sandbox_with(
            datacite=[("ORG.REPO", "secret", "10.70112"), ("OTHER.REPO", "secret", "10.70113")]
        )
        draft(sandbox, "10.70112/draft", url=URL)
        draft(sandbox, "10.70112/findable", **COMPLETE, event="publish")

        answer = datacite(sandbox, auth=auth).request(method, path, json=document)

        assert answer.status_code == status, (method, path)
        assert answer.headers.get("X-Credential-Username") == (
            auth[0] if auth is not None and auth != WRONG else None
        )


def test_a_wrong_password_with_a_repository_named_is_401(sandbox: Sandbox) -> None:
    document = body(doi=NAME)
    document["data"]["relationships"] = {"client": {"data": {"type": "clients", "id": "org.repo"}}}

    assert datacite(sandbox, auth=WRONG).post("/dois", json=document).status_code == 401
    assert datacite(sandbox).post("/dois", json=document).status_code == 201


def test_a_password_may_hold_colons() -> None:
    sandbox = sandbox_with(datacite=[("ORG.REPO", "a:b:c", "10.70112")])

    assert datacite(sandbox, auth=("org.repo", "a:b:c")).post("/dois", json=body(doi=NAME)).status_code == 201


def test_a_token_is_given_for_the_password_and_signs_in(sandbox: Sandbox) -> None:
    client = datacite(sandbox, auth=None)
    form = {"grant_type": "password", "username": "org.repo", "password": "secret"}

    token = client.post("/token", data=form).json()["access_token"]

    signed = client.post("/dois", json=body(doi=NAME), headers={"Authorization": f"Bearer {token}"})
    assert signed.status_code == 201
    assert client.get("/dois", headers={"Authorization": "Bearer nonsense"}).status_code == 401


@pytest.mark.parametrize(
    ("form", "title"),
    [
        ({"grant_type": "magic"}, "Wrong grant type."),
        ({"grant_type": "password"}, "Missing account ID or password."),
        (
            {"grant_type": "password", "username": "org.repo", "password": "x"},
            "Wrong account ID or password.",
        ),
    ],
)
def test_a_token_is_refused_with_its_reason(sandbox: Sandbox, form: dict[str, str], title: str) -> None:
    answer = datacite(sandbox, auth=None).post("/token", data=form)

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"status": "400", "title": title}]}


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"data": {"attributes": {"doi": "10.70112/x"}}}', "text/plain", 400),
        (b'{"data": {"attri', "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"data": {"type": "dois"}}', "application/json", 422),
        (b'{"data": {"attributes": {"doi": "10.70112/x", "types": "Dataset"}}}', "application/json", 400),
        (b'{"data": {"attributes": {"doi": "10.70112/x", "titles": "Rivers"}}}', "application/json", 422),
        (b'{"data": {"attributes": {"doi": "10.70112/x", "xml": "PGE+"}}}', "application/json", 400),
        (b" " * (10 * 1024 * 1024 + 1), "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    sandbox: Sandbox, content: bytes, kind: str, status: int
) -> None:
    answer = datacite(sandbox).post("/dois", content=content, headers={"Content-Type": kind})

    assert answer.status_code == status
    assert sandbox.records() == []


def test_a_compressed_body_is_read_and_a_broken_one_is_the_odd_500(sandbox: Sandbox) -> None:
    client = datacite(sandbox)
    headers = {"Content-Type": "application/vnd.api+json", "Content-Encoding": "gzip"}
    packed = gzip.compress(b'{"data": {"attributes": {"doi": "10.70112/x"}}}')

    assert client.post("/dois", content=packed, headers=headers).status_code == 201
    broken = client.post("/dois", content=b"nonsense", headers=headers)
    assert broken.status_code == 500
    assert broken.json()["status"] == 400


def test_xml_is_kept_with_the_name_in_it(sandbox: Sandbox) -> None:
    record = (
        '<resource xmlns="http://datacite.org/schema/kernel-4"><identifier identifierType="DOI">?</identifier>'
        "<creators><creator><creatorName>A</creatorName></creator></creators><titles><title>T</title></titles>"
        "<publisher>P</publisher><publicationYear>2026</publicationYear>"
        '<resourceType resourceTypeGeneral="Dataset"/></resource>'
    )
    draft(sandbox, url=URL, xml=base64.b64encode(record.encode()).decode())

    published = datacite(sandbox).put(f"/dois/{NAME}", json=body(event="publish"))

    assert attributes_of(published)["state"] == "findable"
    assert NAME.upper().encode() in base64.b64decode(attributes_of(published)["xml"])


@pytest.mark.parametrize("event", ["register", "publish"])
def test_only_drafts_can_be_deleted(sandbox: Sandbox, event: str) -> None:
    draft(sandbox, **COMPLETE, event=event)
    draft(sandbox, "10.70112/draft")
    client = datacite(sandbox)

    refused = client.delete(f"/dois/{NAME}")

    assert refused.status_code == 405
    assert refused.headers["Allow"] == "HEAD, GET, POST, PATCH, PUT, OPTIONS"
    assert client.delete("/dois/10.70112/draft").status_code == 204
    assert client.delete("/dois/10.70112/draft").status_code == 404
    assert client.post("/dois", json=body(doi="10.70112/draft")).status_code == 201


def test_the_repository_record_tells_more_to_its_owner(sandbox: Sandbox) -> None:
    owner = datacite(sandbox).get("/repositories/ORG.repo").json()["data"]
    stranger = datacite(sandbox, auth=WRONG).get("/repositories/org.repo").json()["data"]

    assert [each["id"] for each in owner["relationships"]["prefixes"]["data"]] == ["10.70112"]
    assert (owner["attributes"]["isActive"], owner["attributes"]["domains"]) == (True, "*")
    assert owner["attributes"]["hasPassword"] is True
    assert "hasPassword" not in stranger["attributes"]
    assert datacite(sandbox).get("/repositories/no.such").status_code == 404


@pytest.mark.parametrize("account_id", ["ORG.REPO", "CONSORTIUM"])
def test_an_inactive_repository_and_a_member_account_may_not_write(account_id: str) -> None:
    sandbox = Sandbox(
        [Account("datacite", account_id, "secret", ("10.70112",), active=account_id == "CONSORTIUM")]
    )

    assert (
        datacite(sandbox, auth=(account_id, "secret")).post("/dois", json=body(doi=NAME)).status_code == 403
    )


def test_lists_show_every_state_to_accounts_and_only_findable_ones_to_others(sandbox: Sandbox) -> None:
    draft(sandbox, "10.70112/draft")
    draft(sandbox, "10.70112/findable", **COMPLETE, event="publish")

    def listed(auth: tuple[str, str] | None, query: str = "") -> list[str]:
        return [each["id"] for each in datacite(sandbox, auth=auth).get(f"/dois{query}").json()["data"]]

    assert listed(("other.repo", "secret")) == ["10.70112/findable", "10.70112/draft"]
    assert listed(WRONG) == listed(None) == ["10.70112/findable"]
    assert listed(("org.repo", "secret"), "?state=draft,registered&client-id=ORG.REPO") == ["10.70112/draft"]
    assert listed(("org.repo", "secret"), "?prefix=10.70113") == []
    assert listed(("org.repo", "secret"), "?query=doi:10.70112/DRAFT") == ["10.70112/draft"]


def test_a_cursor_walks_through_everything_once_oldest_first(sandbox: Sandbox) -> None:
    names = [f"10.70112/{number:04}" for number in range(25)]
    for name in names:
        draft(sandbox, name)
    client = datacite(sandbox)
    address: str | None = "/dois?client-id=org.repo&page[cursor]=1&page[size]=10"
    seen: list[str] = []
    sizes: list[int] = []
    while address is not None:
        page = client.get(address).json()
        seen += [each["id"] for each in page["data"]]
        sizes.append(len(page["data"]))
        assert page["meta"] == {"total": 25, "totalPages": 3}, page["meta"]
        address = page["links"].get("next")

    assert seen == names
    assert sizes == [10, 10, 5]


def test_validation_judges_as_for_publication_and_stores_nothing(sandbox: Sandbox) -> None:
    client = datacite(sandbox)

    bad = client.post("/dois/validate", json=body(doi=NAME, titles=[{"title": "T"}]))
    good = client.post("/dois/validate", json=body(doi=NAME, **COMPLETE))

    assert (bad.status_code, good.status_code) == (200, 200)
    assert "creators" in [error["source"] for error in bad.json()["errors"]]
    assert good.json()["data"]["id"] == NAME
    assert sandbox.records() == []


def test_the_odd_ends_of_the_api(sandbox: Sandbox) -> None:
    client = datacite(sandbox)

    assert client.get("/heartbeat").text == "OK"
    assert client.get("/dois/random").status_code == 422
    assert client.get("/dois/random?prefix=20.1").status_code == 500
    assert len(client.get("/dois/random?prefix=10.70112&size=3").json()["dois"]) == 3
    assert client.get("/nothing").status_code == 404
    assert client.get("/dois", headers={"Accept": "application/x-unknown"}).status_code == 406
    assert [each["id"] for each in client.get("/prefixes?client-id=org.repo").json()["data"]] == ["10.70112"]
    assert client.get("/client-prefixes?client-id=org.repo").json()["meta"]["total"] == 1


def test_the_date_and_the_time_of_creation_are_those_of_the_clock() -> None:
    sandbox = sandbox_with(clock=lambda: datetime(2027, 2, 3, 4, 5, 6, 700_000, tzinfo=UTC))

    answer = datacite(sandbox).post("/dois", json=body(doi=NAME))

    assert attributes_of(answer)["created"] == "2027-02-03T04:05:06.000Z"
    assert answer.headers["Date"] == "Wed, 03 Feb 2027 04:05:06 GMT"
