"""A DOI's life at EZID from beginning to end, as its documentation tells it; each rule has its table beside this."""

from doi.sandbox import Sandbox
from tests.doi.sandbox.calls import ezid
from tests.doi.sandbox.ezid_calls import elements_of, ezid_sandbox, read, resolver

NAME = "10.7280/D17K3MQ845"
RESERVE = b"""_status: reserved
_target: https://data.example.edu/datasets/42/versions/1
datacite.title: River stage readings
"""
PROMOTE = b"""_status: public
datacite.creator: Okafor, Ngozi
datacite.publisher: Example University
datacite.publicationyear: 2026
datacite.resourcetype: Dataset/Tabular data
"""


def test_a_doi_is_reserved_promoted_withdrawn_and_brought_back() -> None:
    sandbox = ezid_sandbox()
    client = ezid(sandbox)
    led = []
    for method, body in (
        ("PUT", RESERVE),
        ("POST", PROMOTE),
        ("POST", b"_status: unavailable | under review"),
        ("POST", b"_status: public"),
    ):
        assert client.request(method, f"/id/doi:{NAME}", content=body).is_success
        led.append((read(sandbox, NAME)["_status"], _location(sandbox)))

    target = "https://data.example.edu/datasets/42/versions/1"
    assert led == [
        ("reserved", None),
        ("public", target),
        ("unavailable | under review", f"https://ezid.cdlib.org/tombstone/id/doi:{NAME}"),
        ("public", target),
    ]


def test_all_that_was_set_is_read_and_nothing_else() -> None:
    sandbox = ezid_sandbox()
    client = ezid(sandbox)
    client.put(f"/id/doi:{NAME}", content=RESERVE)
    client.post(f"/id/doi:{NAME}", content=PROMOTE)

    elements = elements_of(ezid(sandbox, auth=None).get(f"/id/doi:{NAME}"))

    assert elements == {
        "_status": "public",
        "_target": "https://data.example.edu/datasets/42/versions/1",
        "_profile": "datacite",
        "_export": "yes",
        "_owner": "apiuser",
        "_ownergroup": "apiuser",
        "_created": "1772366400",
        "_updated": "1772366400",
        "_datacenter": "CDL.CDL",
        "_shadowedby": "ark:/b7280/d17k3mq845",
        "datacite.title": "River stage readings",
        "datacite.creator": "Okafor, Ngozi",
        "datacite.publisher": "Example University",
        "datacite.publicationyear": "2026",
        "datacite.resourcetype": "Dataset/Tabular data",
    }


def _location(sandbox: Sandbox) -> str | None:
    headers: dict[str, str] = dict(resolver(sandbox).get(f"/{NAME}").headers)
    return headers.get("location")
