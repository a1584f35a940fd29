"""EZID's own elements: which may be set, to what, and how they are read back."""

import pytest

from doi.sandbox import Sandbox
from tests.doi.sandbox.calls import ELEMENTS, ezid, post, put
from tests.doi.sandbox.ezid_calls import BAD, NAME, TARGET, TEST_NAME, TurnedClock, ezid_sandbox, read

DEFAULT = "https://ezid.cdlib.org/id/doi:10.7280/D1ABC"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def sandbox(clock: TurnedClock) -> Sandbox:
    return ezid_sandbox(clock=clock)


SETTABLE = {
    "status": ({"_status": "reserved"}, {"_status": "reserved"}),
    "target": ({"_target": TARGET}, {"_target": TARGET}),
    "target-absent": ({}, {"_target": DEFAULT}),
    "target-empty": ({"_target": ""}, {"_target": DEFAULT}),
    "target-with-identifier": (
        {"_target": "https://example.edu/?id=${identifier}"},
        {"_target": "https://example.edu/?id=doi:10.7280/D1ABC"},
    ),
    "target-scheme": ({"_target": "HTTPS://Example.edu/A"}, {"_target": "https://Example.edu/A"}),
    "target-of-2000": (
        {"_target": "https://example.edu/" + "x" * 1980},
        {"_target": "https://example.edu/" + "x" * 1980},
    ),
    "profile-absent": ({}, {"_profile": "datacite"}),
    "profile-empty": ({"_profile": ""}, {"_profile": "datacite"}),
    "profile-unknown": ({"_profile": "our-own"}, {"_profile": "our-own"}),
    "owner-self": ({"_owner": "apiuser"}, {"_owner": "apiuser", "_ownergroup": "apiuser"}),
    "export-absent": ({}, {"_export": "yes"}),
    "export-no": ({"_export": "no"}, {"_export": "no"}),
    "export-in-capitals": ({"_export": "NO"}, {"_export": "no"}),
    "any-other-name": ({"our note": "kept as given"}, {"our note": "kept as given"}),
}


@pytest.mark.parametrize(("given", "told"), SETTABLE.values(), ids=SETTABLE)
def test_an_element_is_read_back_as_ezid_keeps_it(
    sandbox: Sandbox, given: dict[str, str], told: dict[str, str]
) -> None:
    answer = put(ezid(sandbox), NAME, **{"_status": "reserved", **given})

    assert answer.status_code == 201, answer.text
    assert told.items() <= read(sandbox).items()


REFUSED = {
    "ownergroup": ({"_ownergroup": "x"}, "_ownergroup: field is not settable"),
    "created": ({"_created": "1"}, "_created: field is not settable"),
    "updated": ({"_updated": "1"}, "_updated: field is not settable"),
    "datacenter": ({"_datacenter": "CDL.X"}, "_datacenter: field is not settable"),
    "shadowedby": ({"_shadowedby": "ark:/b7280/x"}, "_shadowedby: field is not settable"),
    "other": ({"_colour": "red"}, "_colour: field is not settable"),
    "status-capital": ({"_status": "Public"}, "_status: invalid identifier status"),
    "status-empty": ({"_status": ""}, "_status: invalid identifier status"),
    "status-with-more": ({"_status": "unavailable now"}, "_status: invalid identifier status"),
    "status-reason-elsewhere": ({"_status": "reserved | why"}, "_status: invalid identifier status"),
    "export": ({"_export": "maybe"}, "_export: value must be 'yes' or 'no'"),
    "profile": ({"_profile": "a b"}, "_profile: invalid profile name"),
    "owner-unknown": ({"_owner": "nobody"}, "_owner: no such user"),
    "owner-another": ({"_owner": "other"}, "ownership change prohibited"),
    "crossref-word": ({"_crossref": "no"}, "_crossref: value must be 'yes'"),
}


@pytest.mark.parametrize(("given", "words"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("exists", [False, True], ids=["create", "update"])
def test_an_element_is_refused_with_its_name(
    sandbox: Sandbox, given: dict[str, str], words: str, *, exists: bool
) -> None:
    client = ezid(sandbox)
    if exists:
        put(client, NAME, _status="reserved", **ELEMENTS)
        before = read(sandbox)

    answer = post(client, NAME, **given) if exists else put(client, NAME, **{"_status": "reserved", **given})

    assert (answer.status_code, answer.text) == (400, f"{BAD}{words}")
    assert (read(sandbox) == before) if exists else sandbox.records() == []


TARGETS = {
    "no-scheme": ("data.example.edu", ["Enter a valid URL."]),
    "other-scheme": ("mailto:a@example.edu", ["Enter a valid URL."]),
    "white-space": ("https://example.edu/a b", ["Enter a valid URL."]),
    "one-label": ("https://intranet/1", ["Enter a valid URL."]),
    "beyond-the-plane": ("https://example.edu/\U0001f600", ["Illegal or disallowed Unicode character."]),
    "too-long": (
        "https://example.edu/" + "x" * 1981,
        ["Ensure this value has at most 2000 characters (it has 2001)."],
    ),
    "too-long-with-identifier": (
        "https://example.edu/${identifier}" + "x" * 1967,
        ["Ensure this value has at most 2000 characters (it has 2004)."],
    ),
}


@pytest.mark.parametrize(("target", "problems"), TARGETS.values(), ids=TARGETS)
def test_a_target_out_of_form_is_refused_by_the_last_check(
    sandbox: Sandbox, target: str, problems: list[str]
) -> None:
    answer = put(ezid(sandbox), NAME, _status="reserved", _target=target, note="mine")

    problem = f"ValidationError({ {'target': problems}!r})"
    assert (answer.status_code, answer.text) == (
        400,
        f"{BAD}error=\"{problem}\" Metadata: {{'note': 'mine'}}",
    )


@pytest.mark.parametrize("target", ["http://localhost:8000/1", "ftp://127.0.0.1/x", "http://[::1]/x"])
def test_a_machine_without_a_domain_may_be_a_target(sandbox: Sandbox, target: str) -> None:
    assert put(ezid(sandbox), NAME, _status="reserved", _target=target).status_code == 201


def test_the_target_is_the_nominal_one_in_every_status(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    put(client, NAME, _status="reserved", _target=TARGET, **ELEMENTS)
    told = [read(sandbox)["_target"]]
    for status in ("public", "unavailable | gone"):
        post(client, NAME, _status=status)
        told.append(read(sandbox)["_target"])

    assert told == [TARGET] * 3


def test_the_unsettable_elements_are_told(sandbox: Sandbox, clock: TurnedClock) -> None:
    made = int(clock().timestamp())
    put(ezid(sandbox), NAME, _status="reserved")
    clock.turn(seconds=90)
    post(ezid(sandbox), NAME, note="x")

    elements = read(sandbox)

    assert (elements["_created"], elements["_updated"]) == (str(made), str(made + 90))
    assert elements["_datacenter"] == "CDL.CDL"
    assert elements["_shadowedby"] == "ark:/b7280/d1abc"


def test_an_empty_value_deletes_an_element(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    put(client, NAME, _status="reserved", _target=TARGET, note="one", **ELEMENTS)

    post(client, NAME, note="", _target="")

    elements = read(sandbox)
    assert "note" not in elements
    assert elements["_target"] == DEFAULT
    assert elements["datacite.title"] == ELEMENTS["datacite.title"]


OWNERS = {
    "own-to-whom-one-acts-for": ("deputy", TEST_NAME, "deputy", "other", 200),
    "foreign-one-acts-for-to-self": ("deputy", "10.7280/D9X", "other", "deputy", 200),
    "own-to-a-stranger": ("other", "10.7280/D9X", "other", "apiuser", 400),
    # A proxy's principal may not act for the proxy.
    "own-to-ones-proxy": ("other", "10.7280/D9X", "other", "deputy", 400),
}


@pytest.mark.parametrize(("who", "name", "before", "after", "status"), OWNERS.values(), ids=OWNERS)
def test_an_owner_is_changed_only_among_those_one_may_act_for(
    sandbox: Sandbox, who: str, name: str, before: str, after: str, status: int
) -> None:
    assert put(ezid(sandbox, auth=(before, "secret")), name, _status="reserved").status_code == 201

    answer = post(ezid(sandbox, auth=(who, "secret")), name, _owner=after)

    assert answer.status_code == status
    assert read(sandbox, name)["_owner"] == (after if status == 200 else before)


def test_the_first_wrong_element_is_the_one_complained_of(sandbox: Sandbox) -> None:
    client = ezid(sandbox)

    first = client.put(f"/id/doi:{NAME}", content=b"_status: Public\n_colour: red")
    second = client.put(f"/id/doi:{NAME}", content=b"_colour: red\n_status: Public")

    assert first.text == f"{BAD}_status: invalid identifier status"
    assert second.text == f"{BAD}_colour: field is not settable"
