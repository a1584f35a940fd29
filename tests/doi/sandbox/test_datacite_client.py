"""
The `datacite` package, a client that nobody here wrote, drives the sandbox over a real socket.

It was made against the real service, so what works there has to work here. Where the client itself misbehaves, the test
says how, and asks the registry what really happened.
"""

import copy
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import requests
from datacite import DataCiteRESTClient
from datacite.errors import (
    DataCiteBadRequestError,
    DataCiteError,
    DataCiteForbiddenError,
    DataCiteNoContentError,
    DataCiteNotFoundError,
    DataCiteServerError,
    DataCiteUnauthorizedError,
    HttpError,
)

from tests.doi.sandbox.calls import COMPLETE, URL
from tests.support.sandbox import RunningSandbox, running_sandbox

pytestmark = pytest.mark.integration

PREFIX = "10.70112"
TOMBSTONE = "https://data.example.edu/gone/1"
# The client takes the URL beside the metadata.
METADATA = {key: value for key, value in COMPLETE.items() if key != "url"}
Outcome = Callable[[DataCiteRESTClient, str], Any]


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    accounts = ("ORG.REPO:secret:10.70112", "OTHER.REPO:other:10.70999", "ORG:secret:10.70112")
    with running_sandbox(
        *(part for account in accounts for part in ("--account", f"datacite:{account}"))
    ) as sandbox:
        yield sandbox


@pytest.fixture
def client(running: RunningSandbox) -> DataCiteRESTClient:
    return client_of(running)


@pytest.fixture
def name() -> str:
    return f"{PREFIX}/{uuid.uuid4().hex[:4]}-{uuid.uuid4().hex[:4]}"


def client_of(
    running: RunningSandbox,
    *,
    user: str = "ORG.REPO",
    password: str = "secret",
    prefix: str = PREFIX,
    timeout: float = 10,
) -> DataCiteRESTClient:
    return DataCiteRESTClient(user, password, prefix, url=f"{running.url}/datacite", timeout=timeout)


def metadata(**more: Any) -> dict[str, Any]:
    """A copy: the client writes prefix, event and name into what it is given."""
    return {**copy.deepcopy(METADATA), **more}


def state_of(running: RunningSandbox, name: str) -> str | None:
    """What the registry holds, whoever asks."""
    records = httpx.get(f"{running.url}/records", trust_env=False).json()
    return next((record["state"] for record in records if record["name"] == name), None)


def test_a_doi_goes_its_whole_way(client: DataCiteRESTClient, running: RunningSandbox, name: str) -> None:
    assert client.draft_doi(metadata(), doi=name) == name
    assert state_of(running, name) == "draft"

    assert client.update_url(name, URL) == URL
    assert client.get_doi(name) == URL

    public = client.update_doi(name, metadata(event="publish"))
    assert (public["state"], public["isActive"]) == ("findable", True)

    renamed = client.update_doi(name, metadata(titles=[{"title": "River stage readings, corrected"}]))
    assert renamed["titles"] == [{"title": "River stage readings, corrected"}]
    assert renamed["metadataVersion"] == public["metadataVersion"] + 1

    assert client.hide_doi(name)["state"] == "registered"
    assert client.update_url(name, TOMBSTONE) == TOMBSTONE
    assert client.get_metadata(name)["state"] == "registered"
    assert client.show_doi(name)["state"] == "findable"
    assert client.get_doi(name) == TOMBSTONE


def test_public_and_private_dois_are_made_in_one_request(
    client: DataCiteRESTClient, running: RunningSandbox, name: str
) -> None:
    client.public_doi(metadata(), URL, doi=name)
    client.private_doi(metadata(), URL, doi=f"{name}-p")

    assert state_of(running, name) == "findable"
    assert state_of(running, f"{name}-p") == "registered"


def test_a_draft_is_deleted_and_its_name_is_free_again(
    client: DataCiteRESTClient, running: RunningSandbox, name: str
) -> None:
    client.draft_doi(doi=name)
    client.delete_doi(name)

    assert state_of(running, name) is None
    assert client.draft_doi(doi=name) == name


def test_without_a_name_the_registry_invents_one(client: DataCiteRESTClient) -> None:
    first, second = client.draft_doi(metadata()), client.draft_doi(metadata())

    assert first != second
    assert {name.partition("/")[0] for name in (first, second)} == {PREFIX}


def _another(client: DataCiteRESTClient, **changes: Any) -> DataCiteRESTClient:
    given = {"username": client.username, "password": client.password, "prefix": client.prefix, **changes}
    return DataCiteRESTClient(**given, url=client.api_url, timeout=10)


REFUSALS: dict[str, tuple[Outcome, type[DataCiteError], str]] = {
    "what is not there": (
        lambda client, name: client.get_doi(name),
        DataCiteNotFoundError,
        "The resource you are looking for doesn't exist.",
    ),
    "a wrong password on create is 404": (
        lambda client, name: _another(client, password="wrong").draft_doi(doi=name),
        DataCiteNotFoundError,
        "The resource you are looking for doesn't exist.",
    ),
    "another prefix": (
        lambda client, name: _another(client, prefix="10.70999").draft_doi(
            doi=name.replace(PREFIX, "10.70999")
        ),
        DataCiteForbiddenError,
        "You are not authorized to access this resource.",
    ),
    "a member account": (
        lambda client, name: _another(client, username="ORG").draft_doi(doi=name),
        DataCiteForbiddenError,
        "You are not authorized to access this resource.",
    ),
    "deleting what is not there": (
        lambda client, name: client.delete_doi(name),
        DataCiteNotFoundError,
        "The resource you are looking for doesn't exist.",
    ),
    "nothing to change": (
        lambda client, name: client.put_doi(name, {}),
        DataCiteBadRequestError,
        "You need to provide a payload following the JSONAPI spec",
    ),
    "publishing without metadata": (
        lambda client, name: client.public_doi({"titles": []}, URL, doi=name),
        DataCiteServerError,
        "Is invalid",
    ),
    "characters that today's names may not have": (
        lambda client, name: client.draft_doi(doi=f"{name}<1>"),
        DataCiteServerError,
        "Is invalid",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_reaches_the_client_in_the_registry_s_words(
    client: DataCiteRESTClient, running: RunningSandbox, name: str, case: str
) -> None:
    act, error, words = REFUSALS[case]

    with pytest.raises(error) as refused:
        act(client, name)

    assert words in str(refused.value)
    assert type(refused.value) is error
    assert state_of(running, name) is None


def test_others_and_wrong_passwords_do_not_touch_a_doi(
    client: DataCiteRESTClient, running: RunningSandbox, name: str
) -> None:
    client.draft_doi(metadata(url=URL), doi=name)

    with pytest.raises(DataCiteUnauthorizedError, match="Bad credentials"):
        client_of(running, password="wrong").update_url(name, TOMBSTONE)
    with pytest.raises(DataCiteUnauthorizedError):
        client_of(running, password="wrong").delete_doi(name)
    with pytest.raises(DataCiteForbiddenError):
        client_of(running, user="OTHER.REPO", password="other").update_url(name, TOMBSTONE)
    with pytest.raises(DataCiteNotFoundError):
        client_of(running, user="OTHER.REPO", password="other").get_doi(name)
    assert client.get_doi(name) == URL


def test_a_permanent_doi_is_not_deleted(
    client: DataCiteRESTClient, running: RunningSandbox, name: str
) -> None:
    client.public_doi(metadata(), URL, doi=name)

    with pytest.raises(DataCiteError, match="Method not allowed"):
        client.delete_doi(name)

    assert state_of(running, name) == "findable"


def test_an_address_that_is_none_is_refused_and_the_old_one_stays(
    client: DataCiteRESTClient, running: RunningSandbox, name: str
) -> None:
    client.draft_doi(metadata(url=URL), doi=name)

    with pytest.raises(DataCiteServerError, match='"source":"url","title":"URL is not valid"'):
        client.update_url(name, "nonsense")

    assert client.get_doi(name) == URL


def test_a_draft_without_an_address_has_none(client: DataCiteRESTClient, name: str) -> None:
    client.draft_doi(doi=name)

    assert client.get_doi(name) is None
    with pytest.raises(DataCiteNoContentError):
        client.get_doi(f"{name}/get-url")


# -- when no good answer comes --------------------------------------------------------------------------------------


@contextmanager
def faults(running: RunningSandbox, **match: str) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Order faults from the running sandbox, for as long as this lasts."""

    def order(action: dict[str, Any]) -> None:
        rules = [{"match": {"provider": "datacite", **match}, "action": action}]
        httpx.put(f"{running.url}/control/faults", json=rules, trust_env=False).raise_for_status()

    try:
        yield order
    finally:
        httpx.delete(f"{running.url}/control/faults", trust_env=False).raise_for_status()


# What the client says, and whether the DOI was made all the same.
TROUBLE: dict[str, tuple[dict[str, Any], type[Exception], str, bool]] = {
    "answer lost": ({"lost": True}, HttpError, "Connection reset", True),
    "connection reset": ({"reset": True}, HttpError, "Connection reset", False),
    "hang": ({"hang": True}, HttpError, "Read timed out", False),
    "hang after the work": ({"hang": True, "applied": True}, HttpError, "Read timed out", True),
    "late answer": ({"delay": 0.6}, HttpError, "Read timed out", True),
    "truncated": ({"truncate": 20}, HttpError, "IncompleteRead", True),
    "gateway": ({"page": "gateway"}, DataCiteServerError, "<h1>502 Bad Gateway</h1>", False),
    "gateway after the work": ({"page": "gateway", "applied": True}, DataCiteServerError, "502", True),
    "unavailable": ({"status": 503, "body": "Come back later"}, DataCiteServerError, "Come back", False),
    "unavailable after the work": ({"status": 503, "applied": True}, DataCiteServerError, "", True),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_without_a_good_answer_the_client_fails_and_only_the_registry_knows_what_was_done(
    running: RunningSandbox, name: str, case: str
) -> None:
    action, error, words, made = TROUBLE[case]
    impatient = client_of(running, timeout=0.3)

    with faults(running, method="POST", doi=f"^{name}$") as order:
        order(action)
        with pytest.raises(error) as failure:
            impatient.draft_doi(metadata(), doi=name)

    assert words in str(failure.value)
    assert type(failure.value) is error
    assert state_of(running, name) == ("draft" if made else None)


def test_a_change_whose_answer_was_lost_is_done_and_may_be_sent_again(
    client: DataCiteRESTClient, running: RunningSandbox, name: str
) -> None:
    client.draft_doi(metadata(url=URL), doi=name)
    with faults(running, method="PUT", doi=f"^{name}$") as order:
        order({"lost": True})
        with pytest.raises(HttpError):
            client.update_doi(name, metadata(event="publish"))
    assert state_of(running, name) == "findable"

    assert client.update_doi(name, metadata(event="publish"))["state"] == "findable"


def test_a_deletion_whose_answer_was_lost_is_done(
    client: DataCiteRESTClient, running: RunningSandbox, name: str
) -> None:
    client.draft_doi(doi=name)
    with faults(running, method="DELETE", doi=f"^{name}$") as order:
        order({"lost": True})
        with pytest.raises(HttpError):
            client.delete_doi(name)

    assert state_of(running, name) is None
    with pytest.raises(DataCiteNotFoundError):
        client.delete_doi(name)


# -- where the client misbehaves ------------------------------------------------------------------------------------


def test_it_calls_an_upsert_a_failure_although_the_doi_was_made(
    client: DataCiteRESTClient, running: RunningSandbox, name: str
) -> None:
    """PUT of an absent DOI is answered with 201, which this client does not know."""
    with pytest.raises(DataCiteServerError) as failure:
        client.update_doi(name, metadata(), URL)

    assert '"state":"draft"' in str(failure.value)
    assert state_of(running, name) == "draft"


def test_it_reports_a_name_that_is_taken_as_trouble_of_the_server(
    client: DataCiteRESTClient, name: str
) -> None:
    """Its documentation says of this error: try later."""
    client.draft_doi(doi=name)

    with pytest.raises(DataCiteServerError, match="This DOI has already been taken"):
        client.draft_doi(doi=name)


@pytest.mark.parametrize("rest", ["#789", "?x=1"])
def test_it_does_not_escape_names_and_so_asks_about_another_doi(
    client: DataCiteRESTClient, name: str, rest: str
) -> None:
    """The name is put into the address as it is, and the end of it becomes a fragment or a query."""
    client.draft_doi(metadata(url=TOMBSTONE), doi=name)

    assert client.get_doi(name + rest) == TOMBSTONE


def test_it_takes_a_hide_that_did_nothing_for_done(
    client: DataCiteRESTClient, running: RunningSandbox, name: str
) -> None:
    """An event that a state does not know is skipped with 200; only the state in the answer tells."""
    client.draft_doi(metadata(url=URL), doi=name)

    answered = client.hide_doi(name)

    assert answered["state"] == "draft"
    assert state_of(running, name) == "draft"


def test_its_show_publishes_a_draft_for_ever(
    client: DataCiteRESTClient, running: RunningSandbox, name: str
) -> None:
    """It sends `publish` where the API has `show`, which would have left a draft alone."""
    client.draft_doi(metadata(url=URL), doi=name)

    client.show_doi(name)

    assert state_of(running, name) == "findable"


def test_it_writes_into_the_metadata_it_is_given(client: DataCiteRESTClient, name: str) -> None:
    """Used twice, one dictionary carries the first DOI's event and name into the second's request."""
    given = metadata()

    client.public_doi(given, URL, doi=name)

    assert (given["event"], given["doi"], given["prefix"]) == ("publish", name, PREFIX)


def test_it_does_not_tell_to_wait_from_trouble_of_the_server(
    client: DataCiteRESTClient, running: RunningSandbox, name: str
) -> None:
    """429 is no kind of its own, and how long to wait is not in the error."""
    with faults(running, method="POST", doi=f"^{name}$") as order:
        order({"status": 429, "body": "Too many requests", "retry_after": 30})
        with pytest.raises(DataCiteServerError) as failure:
            client.draft_doi(doi=name)

    assert type(failure.value) is DataCiteServerError
    assert failure.value.args == ("Too many requests",)
    assert state_of(running, name) is None


def test_it_takes_a_gateway_s_page_with_200_for_an_answer_and_falls_over_it(
    client: DataCiteRESTClient, running: RunningSandbox, name: str
) -> None:
    """An answer that is no JSON ends in an error that is none of the client's own."""
    with faults(running, method="GET", doi=f"^{name}$") as order:
        order({"status": 200, "body": "<html>A captive portal</html>"})
        with pytest.raises(requests.exceptions.JSONDecodeError):
            client.get_doi(name)


def test_it_reads_a_list_of_media_as_if_it_were_one_doi(client: DataCiteRESTClient, name: str) -> None:
    """The media of a DOI are at an address of their own, which the client has no method for."""
    client.draft_doi(doi=name)

    with pytest.raises(TypeError, match="list indices"):
        client.get_metadata(f"{name}/media")


def test_it_looks_for_media_outside_the_document(client: DataCiteRESTClient, name: str) -> None:
    """Relationships stand under `data`; the client looks beside it."""
    client.draft_doi(doi=name)

    with pytest.raises(KeyError, match="relationships"):
        client.get_media(name)
