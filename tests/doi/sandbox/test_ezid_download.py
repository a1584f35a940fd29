"""Batch downloads, the only way to list what an account has at EZID."""

import csv
import gzip
import io
import zipfile
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from lxml import etree

from doi.sandbox import Sandbox
from tests.doi.sandbox.calls import ELEMENTS, ezid, post, put
from tests.doi.sandbox.ezid_calls import BAD, XML, TurnedClock, ezid_sandbox, in_status

A, B, TEST = "doi:10.7280/D1A", "doi:10.7280/D1B", "doi:10.5072/FK2T"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def sandbox(clock: TurnedClock) -> Sandbox:
    """A public and a reserved identifier, an hour apart, a test one, one of Crossref's, and somebody else's."""
    sandbox = ezid_sandbox(clock=clock)
    in_status(sandbox, "reserved", "10.7280/D1B")
    clock.turn(hours=1)
    in_status(sandbox, "public", "10.7280/D1A")
    in_status(sandbox, "unavailable", "10.5072/FK2T")
    put(ezid(sandbox), "10.7280/C1X", _status="reserved", _profile="crossref")
    put(ezid(sandbox, auth=("other", "secret")), "10.7280/D9X", _status="reserved")
    clock.turn(hours=1)
    post(ezid(sandbox), "10.7280/D1A", _export="no")
    clock.turn(hours=1)
    return sandbox


def order(sandbox: Sandbox, user: str = "apiuser", **form: Any) -> httpx.Response:
    return ezid(sandbox, auth=(user, "secret")).post("/download_request", data=form)


def fetched(sandbox: Sandbox, clock: TurnedClock, user: str = "apiuser", **form: Any) -> httpx.Response:
    """Ask, wait until it is ready, and fetch without credentials."""
    told = order(sandbox, user, **form)
    assert told.status_code == 200, told.text
    clock.turn(seconds=1)
    return at(sandbox, told)


def at(sandbox: Sandbox, told: httpx.Response) -> httpx.Response:
    path = urlsplit(told.text.removeprefix("success: ")).path
    return ezid(sandbox, auth=None).get(path.removeprefix("/ezid"))


def names_in(answer: httpx.Response) -> list[str]:
    text = gzip.decompress(answer.content).decode()
    return [line.removeprefix(":: ") for line in text.splitlines() if line.startswith(":: ")]


def test_a_file_is_promised_and_there_a_second_later_for_a_week(sandbox: Sandbox, clock: TurnedClock) -> None:
    told = order(sandbox, format="anvl")
    statuses = []
    for seconds in (0, 0.5, 0.5, 7 * 86400 - 2, 1):
        clock.turn(seconds=seconds)
        statuses.append(at(sandbox, told).status_code)

    assert told.text.startswith("success: http://sandbox.example/ezid/download/")
    assert statuses == [404, 404, 200, 200, 404]


FILTERS = {
    "none": ({}, ["doi:10.5072/FK2T", "doi:10.7280/C1X", A, B]),
    "status": ({"status": "public"}, [A]),
    "status-twice": ({"status": ["reserved", "unavailable"]}, [TEST, "doi:10.7280/C1X", B]),
    "type": ({"type": "ark"}, []),
    "type-doi": ({"type": ["doi", "uuid"], "status": "public"}, [A]),
    "created-after": ({"createdAfter": "2026-03-01T13:00:00Z"}, [TEST, "doi:10.7280/C1X", A]),
    "created-before": ({"createdBefore": "2026-03-01T13:00:00Z"}, [B]),
    "created-after-seconds": ({"createdAfter": "1772370001"}, []),
    "updated-after": ({"updatedAfter": "2026-03-01T14:00:00Z"}, [A]),
    "updated-before": ({"updatedBefore": "2026-03-01T13:00:00Z"}, [B]),
    "exported": ({"exported": "no"}, [A]),
    "permanence-test": ({"permanence": "test"}, [TEST]),
    "permanence-real": ({"permanence": "real", "status": "public"}, [A]),
    "profile": ({"profile": "crossref"}, ["doi:10.7280/C1X"]),
    "crossref": ({"crossref": "yes"}, ["doi:10.7280/C1X"]),
    "datacite": ({"datacite": "yes"}, [TEST, A, B]),
    "owner": ({"owner": "apiuser", "status": "public"}, [A]),
    "ownergroup": ({"ownergroup": "apiuser", "status": "public"}, [A]),
    "both": ({"status": "reserved", "createdAfter": "2026-03-01T13:00:00Z"}, ["doi:10.7280/C1X"]),
}


@pytest.mark.parametrize(("form", "names"), FILTERS.values(), ids=FILTERS)
def test_a_download_lists_what_passes_every_filter(
    sandbox: Sandbox, clock: TurnedClock, form: dict[str, Any], names: list[str]
) -> None:
    assert names_in(fetched(sandbox, clock, format="anvl", **form)) == names


def test_a_proxy_lists_what_it_may_act_for(sandbox: Sandbox, clock: TurnedClock) -> None:
    form = {"format": "anvl", "owner": ["deputy", "other"]}

    assert names_in(fetched(sandbox, clock, "deputy", **form)) == ["doi:10.7280/D9X"]


WRONG = {
    "no-format": ({}, 400, f"{BAD}missing required parameter: format"),
    "format": ({"format": "json"}, 400, f"{BAD}parameter 'format': invalid parameter value"),
    "format-twice": ({"format": ["xml", "csv"]}, 400, f"{BAD}parameter is not repeatable: format"),
    "parameter": ({"format": "xml", "colour": "red"}, 400, f"{BAD}invalid parameter: colour"),
    "csv-without-column": ({"format": "csv"}, 400, f"{BAD}format 'csv' requires at least one column"),
    "column-without-csv": (
        {"format": "xml", "column": "_id"},
        400,
        f"{BAD}parameter is incompatible with format: column",
    ),
    "empty-column": ({"format": "csv", "column": " "}, 400, f"{BAD}parameter 'column': empty value"),
    "status": (
        {"format": "xml", "status": "Public"},
        400,
        f"{BAD}parameter 'status': invalid parameter value",
    ),
    "type": ({"format": "xml", "type": "DOI"}, 400, f"{BAD}parameter 'type': invalid parameter value"),
    "compression": (
        {"format": "xml", "compression": "bzip2"},
        400,
        f"{BAD}parameter 'compression': invalid parameter value",
    ),
    "time": (
        {"format": "xml", "createdAfter": "2026-03-01"},
        400,
        f"{BAD}parameter 'createdAfter': invalid timestamp",
    ),
    "unknown-owner": ({"format": "xml", "owner": "nobody"}, 400, f"{BAD}parameter 'owner': no such user"),
    "unknown-group": (
        {"format": "xml", "ownergroup": "nobody"},
        400,
        f"{BAD}parameter 'ownergroup': no such group",
    ),
    "a-stranger": ({"format": "xml", "owner": "other"}, 403, "error: forbidden"),
    "a-strangers-group": ({"format": "xml", "ownergroup": "other"}, 403, "error: forbidden"),
}


@pytest.mark.parametrize(("form", "status", "line"), WRONG.values(), ids=WRONG)
def test_a_wrong_order_is_refused(sandbox: Sandbox, form: dict[str, Any], status: int, line: str) -> None:
    answer = order(sandbox, **form)

    assert (answer.status_code, answer.text) == (status, line)


def test_an_order_needs_a_sign_in_and_a_form(sandbox: Sandbox) -> None:
    client = ezid(sandbox, auth=("apiuser", "wrong"))
    unknown = client.post("/download_request?a=1", data={"format": "anvl"})
    unauthorized = client.post("/download_request", data={"format": "anvl"})
    no_form = ezid(sandbox).post("/download_request", content=b"format=anvl")

    assert unknown.text == f"{BAD}unrecognized URL query parameter 'a'"
    assert unauthorized.status_code == 401
    assert no_form.text == f"{BAD}missing required parameter: format"


# -- the three forms ------------------------------------------------------------------------------------------------


def test_anvl_has_a_line_before_each_record_and_an_empty_one_between(
    sandbox: Sandbox, clock: TurnedClock
) -> None:
    post(ezid(sandbox), "10.7280/D1A", note="50%25%0Asure")

    answer = fetched(sandbox, clock, format="anvl", datacite="yes", permanence="real")

    first, second = gzip.decompress(answer.content).decode().split("\n\n")
    assert first.startswith(f":: {A}\n")
    assert "note: 50%25%0Asure" in first.splitlines()
    assert "_status: public" in first.splitlines()
    assert second.startswith(f":: {B}\n")
    assert second.endswith("\n")


def test_csv_has_the_columns_asked_for(sandbox: Sandbox, clock: TurnedClock) -> None:
    columns = ["_id", "_status", "_mappedTitle", "_created", "no such"]

    answer = fetched(
        sandbox,
        clock,
        format="csv",
        column=columns,
        convertTimestamps="yes",
        status="public",
        compression="zip",
    )

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        (name,) = archive.namelist()
        rows = list(csv.reader(io.StringIO(archive.read(name).decode())))
    assert name.endswith(".csv")
    assert rows == [columns, [A, "public", ELEMENTS["datacite.title"], "2026-03-01T13:00:00Z", ""]]


def test_xml_holds_a_whole_record_as_such(sandbox: Sandbox, clock: TurnedClock) -> None:
    post(ezid(sandbox), "10.7280/D1A", datacite=XML, note="a<b")

    answer = fetched(sandbox, clock, format="xml", status="public")

    root = etree.fromstring(gzip.decompress(answer.content))
    (record,) = root
    assert (root.tag, record.get("identifier")) == ("records", A)
    assert record.findtext("element[@name='note']") == "a<b"
    assert record.findtext("element[@name='datacite']/{*}resource/{*}publisher") == "P"
