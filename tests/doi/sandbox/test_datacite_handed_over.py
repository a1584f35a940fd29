"""EZID's DOIs as DataCite's public API knows them (registry protocols, 3.4)."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from doi.sandbox import Sandbox
from doi.sandbox.behaviour import Behaviour
from tests.doi.sandbox.calls import ELEMENTS, URL, attributes_of, body, datacite, ezid, post, put
from tests.support.sandbox import sandbox_with

NAME = "10.70113/q1abc"
XML = (
    '<resource xmlns="http://datacite.org/schema/kernel-4"><identifier identifierType="DOI">x</identifier>'
    "<creators><creator><creatorName>Someone</creatorName></creator></creators><titles><title>From XML</title></titles>"
    "<publisher>P</publisher><publicationYear>2025</publicationYear>"
    '<resourceType resourceTypeGeneral="Software">Tool</resourceType></resource>'
)


def world(**settings: Any) -> Sandbox:
    return sandbox_with(ezid=[("apiuser", "secret", "10.70113/q1")], **settings)


def known(sandbox: Sandbox, name: str = NAME) -> httpx.Response:
    return datacite(sandbox, auth=None).get(f"/dois/{name}")


@pytest.mark.parametrize(
    ("elements", "then", "status"),
    [
        pytest.param({"_status": "reserved"}, {}, 404, id="reserved"),
        pytest.param({}, {}, 200, id="public"),
        pytest.param({"_export": "no"}, {}, 200, id="not exported"),
        pytest.param({}, {"_status": "unavailable | withdrawn"}, 200, id="unavailable"),
    ],
)
def test_what_ezid_handed_over_is_findable_at_datacite(
    elements: dict[str, str], then: dict[str, str], status: int
) -> None:
    sandbox = world()
    assert put(ezid(sandbox), NAME, **ELEMENTS, **elements, _target=URL).status_code == 201
    if then:
        assert post(ezid(sandbox), NAME, **then).status_code == 200

    answer = known(sandbox)

    assert answer.status_code == status
    if status == 200:
        assert attributes_of(answer)["state"] == "findable"
        assert answer.json()["data"]["relationships"]["client"]["data"]["id"] == "cdl.cdl"


def test_the_url_and_the_metadata_are_those_of_ezid() -> None:
    sandbox = world()
    put(ezid(sandbox), NAME, **ELEMENTS, _target=URL)

    shown = attributes_of(known(sandbox))

    assert (shown["url"], shown["publisher"], shown["publicationYear"]) == (URL, "Example University", 2026)
    assert [each["name"] for each in shown["creators"]] == ["Okafor, Ngozi"]
    assert shown["titles"] == [{"title": "River stage readings"}]
    assert shown["types"]["resourceTypeGeneral"] == "Other"


@pytest.mark.parametrize(
    ("year", "shown"),
    [("2026", 2026), ("2026-11-22", 2026), ("soon", 0), ("11/22/2026", 0), ("٢٠٢٦", 0)],
)
def test_a_year_that_cannot_be_read_is_handed_over_as_four_zeros(year: str, shown: int) -> None:
    sandbox = world()
    put(ezid(sandbox), NAME, **{**ELEMENTS, "datacite.publicationyear": year}, _target=URL)

    answer = known(sandbox)

    assert attributes_of(answer)["publicationYear"] == shown
    assert f"<publicationYear>{shown:04}<" in b64decode(attributes_of(answer)["xml"]).decode()


def test_the_element_datacite_comes_before_the_others() -> None:
    sandbox = world()
    put(ezid(sandbox), NAME, **ELEMENTS, datacite=XML, _target=URL)

    shown = attributes_of(known(sandbox))

    assert shown["titles"] == [{"title": "From XML"}]
    assert (shown["publisher"], shown["types"]["resourceTypeGeneral"]) == ("P", "Software")


def test_a_test_identifier_never_reaches_datacite() -> None:
    sandbox = world()
    put(ezid(sandbox), "10.5072/fk2abc", **ELEMENTS, _target=URL)
    # Not even one that the handle system knows.
    seed = {"provider": "ezid", "name": "10.5072/fk2old", "owner": "apiuser", "state": "findable", "url": URL}
    sandbox.control.seed(seed)

    assert known(sandbox, "10.5072/fk2abc").status_code == 404
    assert known(sandbox, "10.5072/fk2old").status_code == 404


def test_datacite_knows_it_only_when_ezids_queue_has_run() -> None:
    now = datetime(2027, 2, 3, tzinfo=UTC)
    sandbox = world(clock=lambda: now, behaviour=Behaviour(list_lag=0, handover=600))
    put(ezid(sandbox), NAME, **ELEMENTS, _target=URL)

    before = known(sandbox).status_code
    now += timedelta(seconds=600)

    assert (before, known(sandbox).status_code) == (404, 200)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_it_is_not_to_be_changed_at_datacite(method: str) -> None:
    sandbox = world()
    put(ezid(sandbox), NAME, **ELEMENTS, _target=URL)

    answer = datacite(sandbox).request(method, f"/dois/{NAME}", json=body(url="https://elsewhere.example/"))

    assert answer.status_code == 403
    assert attributes_of(known(sandbox))["url"] == URL
