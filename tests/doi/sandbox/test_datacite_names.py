"""DOI names at DataCite: in paths, in bodies, invented, and already there (registry protocols, 1.1, 1.4, 1.7)."""

import re
from typing import Any
from urllib.parse import quote

import pytest

from doi.sandbox import Sandbox
from tests.doi.sandbox.calls import COMPLETE, NAME, URL, attributes_of, body, datacite, draft
from tests.support.sandbox import sandbox_with

SICI = "10.1002/(SICI)1096-8644(199601)99:1<1::AID-AJPA1>3.0.CO;2-1"
FORM = r"[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{2}\d\d"


@pytest.fixture
def sandbox() -> Sandbox:
    return sandbox_with()


# --- In the path ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        pytest.param("10.70112/abc", "10.70112/ABC", 200, id="case"),
        pytest.param("10.70112/ABC", "10.70112/abc", 200, id="case of what was sent"),
        pytest.param("10.70112/abc", "10.70112%2Fabc", 200, id="escaped slash"),
        pytest.param("10.70112/a/b", "10.70112/a/b", 200, id="slash in the suffix"),
        pytest.param("10.70112/a/b", "10.70112%2Fa%2fb", 200, id="slash in the suffix, escaped"),
        pytest.param("10.70112/a.xml", "10.70112/a.xml", 200, id="ending .xml"),
        pytest.param("10.70112/a.json", "10.70112/a.json", 200, id="ending .json"),
        pytest.param("10.70112/abc", "https://doi.org/10.70112/abc", 404, id="full URL"),
        pytest.param("10.70112/abc", "doi:10.70112/abc", 404, id="doi: form"),
        pytest.param("10.70112/abc", "10.70112/ab", 404, id="another name"),
    ],
)
def test_a_name_is_found_by_its_path(sandbox: Sandbox, name: str, path: str, status: int) -> None:
    draft(sandbox, name)

    assert datacite(sandbox).get(f"/dois/{path}").status_code == status


@pytest.mark.parametrize("last", ["media", "metadata", "activities", "events", "get-url"])
def test_a_suffix_may_not_end_in_the_name_of_a_nested_route(sandbox: Sandbox, last: str) -> None:
    draft(sandbox, f"10.70112/a/{last}", url=URL)
    client = datacite(sandbox)
    assert client.get(f"/dois/10.70112/a/{last}").status_code == 404

    draft(sandbox, "10.70112/a", url=URL)
    collided = client.get(f"/dois/10.70112/a/{last}")

    assert collided.status_code == 200
    assert isinstance(collided.json().get("data", []), list)
    # The nested routes have no PUT, so that it reaches the DOI.
    updated = client.put(f"/dois/10.70112/a/{last}", json=body(version="2"))
    assert (updated.status_code, updated.json()["data"]["id"]) == (200, f"10.70112/a/{last}")


@pytest.mark.parametrize("start", ["", "https://doi.org/", "http://dx.doi.org/", "doi:"])
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_put_creates_under_the_name_in_its_path_in_every_form(
    sandbox: Sandbox, method: str, start: str
) -> None:
    client = datacite(sandbox)

    created = client.request(method, f"/dois/{start}{NAME.upper()}", json=body(url=URL, doi="10.70112/other"))
    updated = client.request(method, f"/dois/{NAME}", json=body(doi="10.70112/other", version="2"))

    assert (created.status_code, updated.status_code) == (201, 200)
    assert created.json()["data"]["id"] == updated.json()["data"]["id"] == NAME
    assert [record["name"] for record in sandbox.records()] == [NAME]


@pytest.mark.parametrize("path", ["nonsense", "20.1/x", "10.123/x", "10.123456/x"])
def test_put_of_what_is_no_name_finds_nothing(sandbox: Sandbox, path: str) -> None:
    assert datacite(sandbox).put(f"/dois/{path}", json=body(url=URL)).status_code == 404


def test_a_full_url_of_a_name_that_exists_is_taken_and_not_updated(sandbox: Sandbox) -> None:
    draft(sandbox)

    answer = datacite(sandbox).put(f"/dois/https://doi.org/{NAME}", json=body(url=URL))

    assert [error["title"] for error in answer.json()["errors"]] == ["This DOI has already been taken"]


def test_head_says_what_get_says(sandbox: Sandbox) -> None:
    draft(sandbox)
    client = datacite(sandbox)

    paths = [f"/dois/{NAME}", "/dois/10.70112/absent", "/dois", "/repositories/org.repo", "/heartbeat"]

    assert [client.head(path).status_code for path in paths] == [200, 404, 200, 200, 200]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", f"/dois/{NAME}"), ("PUT", "/dois"), ("GET", "/token"), ("GET", "/nothing")]
)
def test_what_has_no_route_is_not_found(sandbox: Sandbox, method: str, path: str) -> None:
    assert datacite(sandbox).request(method, path, json=body(version="1")).status_code == 404


# --- New names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", list(" !\"#%&'+,<>?@[\\]^`{|}é漢\u00a0"))
def test_a_character_is_refused_in_new_names(sandbox: Sandbox, letter: str) -> None:
    answer = datacite(sandbox).post("/dois", json=body(doi=f"10.70112/a{letter}b"))

    assert answer.status_code == 422
    assert [(each["source"], each["title"]) for each in answer.json()["errors"]] == [("doi", "Is invalid")]


def test_all_other_characters_are_allowed_in_new_names(sandbox: Sandbox) -> None:
    draft(sandbox, "10.70112/-._;()/:azAZ09*~$=")


@pytest.mark.parametrize(
    ("length", "status"), [(255, 201), (256, 422)], ids=["255 characters", "256 characters"]
)
def test_a_name_has_255_characters_at_most(sandbox: Sandbox, length: int, status: int) -> None:
    name = "10.70112/" + "a" * (length - len("10.70112/"))

    assert datacite(sandbox).post("/dois", json=body(doi=name)).status_code == status


def test_a_prefix_of_six_digits_is_refused_even_to_its_holder() -> None:
    sandbox = sandbox_with(datacite=[("ORG.REPO", "secret", "10.701120")])

    answer = datacite(sandbox).post("/dois", json=body(doi="10.701120/abc"))

    assert [error["title"] for error in answer.json()["errors"]] == ["Is invalid"]


def test_only_ascii_letters_are_folded(sandbox: Sandbox) -> None:
    sandbox.control.seed(seed("10.70112/ÄBC", "draft"))

    assert datacite(sandbox).get(f"/dois/{quote('10.70112/Äbc')}").status_code == 200
    assert datacite(sandbox).get(f"/dois/{quote('10.70112/äbc')}").status_code == 404


@pytest.mark.parametrize(
    ("sent", "form"),
    [
        ({"prefix": "10.70112"}, rf"10\.70112/{FORM}"),
        ({"prefix": "10.70112/FK2"}, rf"10\.70112/fk2-{FORM}"),
        ({"prefix": "10.70112", "suffix": "mine"}, rf"10\.70112/{FORM}"),
        ({"doi": "https://doi.org/10.70112/A", "prefix": "10.70113"}, r"10\.70112/a"),
        ({"doi": "doi:10.70112/A", "suffix": "mine"}, r"10\.70112/a"),
    ],
    ids=["prefix", "shoulder", "suffix is ignored", "URL as doi", "doi: as doi"],
)
def test_without_a_name_the_registry_invents_one(sandbox: Sandbox, sent: dict[str, str], form: str) -> None:
    answer = datacite(sandbox).post("/dois", json=body(**sent))

    assert answer.status_code == 201
    assert re.fullmatch(form, answer.json()["data"]["id"])
    assert answer.json()["data"]["id"] == attributes_of(answer)["doi"]


def test_an_invalid_prefix_is_an_error_of_the_server(sandbox: Sandbox) -> None:
    answer = datacite(sandbox).post("/dois", json=body(prefix="20.1"))

    assert answer.status_code == 500
    assert answer.json() == {"errors": [{"status": "500", "title": "No valid prefix found"}]}


# --- Suggestions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("prefix=10.5072&number=122149076", "10.5072/3mfp-6m52"),
        ("prefix=10.5072&number=123456", "10.5072/003r-j076"),
        ("prefix=10.5072&number=1234578", "10.5072/015n-mj18"),
        ("prefix=10.5072/fk2&number=123456", "10.5072/fk2-003r-j076"),
    ],
)
def test_a_number_is_written_as_datacite_writes_it(sandbox: Sandbox, query: str, name: str) -> None:
    assert datacite(sandbox, auth=None).get(f"/dois/random?{query}").json() == {"dois": [name]}


def test_suggestions_are_random_and_reserve_nothing(sandbox: Sandbox) -> None:
    names = datacite(sandbox, auth=None).get("/dois/random?prefix=10.70112&size=50").json()["dois"]

    assert len(set(names)) == 50
    assert all(re.fullmatch(rf"10\.70112/{FORM}", name) for name in names)
    assert sandbox.records() == []


# --- Names that are there already -------------------------------------------------------------------------------------


def seed(name: str, state: str) -> dict[str, Any]:
    return {
        "provider": "datacite",
        "name": name,
        "owner": "ORG.REPO",
        "state": state,
        "url": URL,
        "metadata": {key: value for key, value in COMPLETE.items() if key != "url"},
    }


@pytest.mark.parametrize(
    "name", [SICI, "10.1207/S15327965PLI1503&4_01", "10.1021/bc030018+", "10.701120/abc"]
)
def test_a_name_that_could_not_be_created_today_is_kept_in_step(sandbox: Sandbox, name: str) -> None:
    sandbox.control.seed(seed(name, "findable"))
    client, path = datacite(sandbox), f"/dois/{quote(name, safe='')}"

    created = client.post("/dois", json=body(doi=name))
    read = client.get(path)
    updated = client.put(path, json=body(url="https://new.example/", titles=[{"title": "New"}]))
    hidden = client.put(path, json=body(event="hide"))

    assert created.status_code == 403
    assert read.json()["data"]["id"] == name.lower()
    assert (updated.status_code, attributes_of(updated)["url"]) == (200, "https://new.example/")
    assert attributes_of(hidden)["state"] == "registered"
