"""The live check: what is asked before an account is saved, and what each answer says in a tick."""

import time

import pytest

from doi.errors import RegistryError, RegistryUnavailableError
from doi.registries import Registry
from doi.registries.datacite_check import host_is_allowed
from doi.states import Provider, State
from tests.doi.registries.bench import PASSWORD, Bench

BAD = "error: bad request - "


def _outcomes(
    bench: Bench, registry: Registry, *, prefix: str | None = None, reserve: bool = False
) -> dict[str, str]:
    result = registry.check(
        prefix=prefix or bench.prefix,
        landing_host="data.example.edu",
        reserve_name=bench.name("0000-0098") if reserve else None,
    )
    assert [tick.code for tick in result.ticks] == ["signs_in", "active", "prefix", "host", "reserve"]
    assert all(tick.message.endswith((".", ")")) for tick in result.ticks)
    assert result.passed is (result.failed is None)
    return {tick.code: tick.outcome for tick in result.ticks}


def test_a_good_account_passes_the_check(bench: Bench) -> None:
    known = "passed" if bench.provider == Provider.DATACITE else "cannot_tell"

    assert _outcomes(bench, bench.registry) == {
        "signs_in": "passed",
        "active": known,
        "prefix": "passed",
        "host": known,
        "reserve": "not_asked",
    }
    assert bench.states() == {}


def test_the_check_can_make_and_delete_a_draft(bench: Bench) -> None:
    assert _outcomes(bench, bench.registry, reserve=True)["reserve"] == "passed"
    assert bench.states() == {}


def test_a_draft_that_cannot_be_made_fails_the_check(bench: Bench) -> None:
    bench.registry.create(bench.bare("0000-0098"))

    assert _outcomes(bench, bench.registry, reserve=True)["reserve"] == "failed"


def test_a_wrong_password_fails_the_check_and_asks_nothing_more(bench: Bench) -> None:
    outcomes = _outcomes(bench, bench.with_wrong_password(), reserve=True)

    assert outcomes.pop("signs_in") == "failed"
    assert set(outcomes.values()) == {"not_asked"}
    assert len(bench.asked()) == 1


def test_a_foreign_prefix_fails_the_check(bench: Bench) -> None:
    prefix = "10.70999" if bench.provider == Provider.DATACITE else "10.70113/z9"

    outcomes = _outcomes(bench, bench.registry, prefix=prefix, reserve=True)

    assert (outcomes["prefix"], outcomes["reserve"]) == ("failed", "not_asked")
    assert bench.states() == {}


def test_a_registry_that_cannot_be_reached_is_no_verdict(bench: Bench) -> None:
    bench.fault({"reset": True})

    with pytest.raises(RegistryUnavailableError):
        bench.registry.check(prefix=bench.prefix, landing_host="data.example.edu", reserve_name=None)


def test_the_check_ends_after_ten_seconds(bench: Bench) -> None:
    bench.fault({"delay": 11})

    with pytest.raises(RegistryUnavailableError, match="did not answer in time"):
        bench.registry.check(prefix=bench.prefix, landing_host="data.example.edu", reserve_name=None)
    timeout = bench.transport.requests[-1].extensions["timeout"]
    assert 9 < timeout["read"] <= 10
    assert timeout["connect"] <= 5


# --- DataCite ----------------------------------------------------------------------------------------------------


HOST = "data.example.edu"


@pytest.mark.parametrize(
    ("changes", "host", "failed", "words"),
    [
        ({}, HOST, None, ""),
        ({"active": False}, HOST, "active", "not active; ask your DataCite member organization"),
        ({"prefixes": ()}, HOST, "prefix", "has no prefix yet"),
        ({"prefixes": ("10.70999", "10.70888")}, HOST, "prefix", "it has 10.70888, 10.70999"),
        ({"prefixes": ("10.70111", "10.70112")}, HOST, None, ""),
        ({"domains": ""}, HOST, None, ""),
        ({"domains": "*.example.edu"}, HOST, None, ""),
        (
            {"domains": "other.example,*.example.org"},
            HOST,
            "host",
            f"not point DOIs to {HOST}, only to other.example",
        ),
        # The port does not count, and our side of the comparison is always in lower case.
        ({"domains": HOST}, f"{HOST}:8443", None, ""),
        ({"domains": HOST}, "Data.Example.EDU", None, ""),
        # DataCite compares as it is written, so an entry in capitals lets nobody in.
        ({"domains": "Data.Example.EDU"}, HOST, "host", "only to Data.Example.EDU"),
        ({"domains": f"other.example, {HOST}"}, HOST, "host", "only to"),
        ({"password": "another"}, HOST, "signs_in", "does not accept the account ID and password"),
    ],
)
def test_datacite_is_asked_for_everything_that_a_doi_will_need(
    datacite: Bench, changes: dict[str, object], host: str, failed: str | None, words: str
) -> None:
    datacite.change_account(**changes)

    result = datacite.registry.check(prefix="10.70112", landing_host=host, reserve_name=None)

    assert (result.failed.code if result.failed is not None else None) == failed
    assert words in (result.failed.message if result.failed is not None else "")
    assert result.domains == ("" if failed == "signs_in" else changes.get("domains", "*"))
    assert datacite.asked() == ["GET /datacite/repositories/org.repo"]
    # What the tick says is what the registry then does.
    if failed == "host" or (failed is None and changes):
        datacite.registry.create(datacite.payload())
        told: RegistryError | None = None
        try:
            datacite.registry.promote(datacite.payload(url=f"https://{host.lower()}/v/1"), to=State.FINDABLE)
        except RegistryError as error:
            told = error
        assert (told is None) is (failed is None)


@pytest.mark.parametrize("password", ["DC." + "a1B2" * 8, "pass:word:", "pässwörd", " inner space "])
def test_every_kind_of_password_is_told_by_the_name_the_registry_answers_with(
    datacite: Bench, password: str
) -> None:
    """Of an API key the repository's record tells less, so nothing but the header decides."""
    datacite.change_account(password=password)

    assert _outcomes(datacite, datacite.open("org.repo", password))["signs_in"] == "passed"


@pytest.mark.parametrize(
    ("status", "headers", "passes"),
    [
        (200, {"X-Credential-Username": "org.repo"}, True),
        (200, {"X-Credential-Username": "ORG.REPO"}, True),
        (200, {"X-Credential-Username": "other.repo"}, False),
        (200, {"X-Credential-Username": ""}, False),
        (200, {}, False),
        (200, {"X-Anonymous-Consumer": "true"}, False),
        (401, {}, False),
        (403, {}, False),
        (404, {"X-Credential-Username": "org.repo"}, False),
    ],
)
def test_a_public_record_proves_nothing_about_the_password(
    datacite: Bench, status: int, headers: dict[str, str], *, passes: bool
) -> None:
    record = {"data": {"attributes": {"isActive": True, "domains": "*"}}}
    datacite.fault({"status": status, "body": record, "headers": headers}, path="/repositories")

    assert (_outcomes(datacite, datacite.registry)["signs_in"] == "passed") is passes


def test_a_repository_that_does_not_exist_fails_the_check(datacite: Bench) -> None:
    result = datacite.open("NO.SUCH", PASSWORD).check(prefix="10.70112", landing_host=HOST, reserve_name=None)

    assert result.failed is not None
    assert "no repository account with this ID" in result.failed.message


def test_a_record_that_tells_nothing_is_said_to_tell_nothing(datacite: Bench) -> None:
    headers = {"X-Credential-Username": "org.repo"}
    datacite.fault({"status": 200, "body": {"data": {"attributes": {"domains": 5}}}, "headers": headers})

    result = datacite.registry.check(prefix="10.70112", landing_host="data.example.edu", reserve_name=None)

    assert [tick.outcome for tick in result.ticks] == [
        "passed",
        "cannot_tell",
        "cannot_tell",
        "cannot_tell",
        "not_asked",
    ]
    assert result.passed


@pytest.mark.parametrize(
    ("domains", "host", "allowed"),
    [
        ("", "a.example", True),
        ("*", "a.example", True),
        ("a.example", "a.example", True),
        ("a.example,b.example", "b.example", True),
        ("a.example, b.example", "b.example", False),
        ("*.example.org", "data.example.org", True),
        ("*.example.org", "a.b.example.org", True),
        ("*.example.org", "example.org", False),
        ("example.org", "data.example.org", False),
        ("*.example.org", "badexample.org", False),
    ],
)
def test_domains_are_read_as_datacite_reads_them(domains: str, host: str, *, allowed: bool) -> None:
    assert host_is_allowed(host, domains=domains) is allowed


# --- EZID --------------------------------------------------------------------------------------------------------


def test_the_permission_probe_leaves_nothing_behind(ezid: Bench) -> None:
    result = ezid.registry.check(prefix=ezid.prefix, landing_host="data.example.edu", reserve_name=None)

    assert result.passed
    assert "doi:10.70113/Q1." in result.ticks[2].message
    assert ezid.asked() == ["GET /ezid/login", "PUT /ezid/id/doi:10.70113/q1PROBE"]
    assert ezid.states() == {}


def test_a_prefix_without_a_shoulder_is_asked_as_it_stands(ezid: Bench) -> None:
    result = ezid.registry.check(prefix="10.70113", landing_host="data.example.edu", reserve_name=None)

    assert result.failed is not None
    assert result.failed.code == "prefix"
    assert "doi:10.70113/." in result.failed.message


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (403, "error: forbidden", "failed"),
        (400, BAD + "no such shoulder", "failed"),
        (400, BAD + "invalid identifier", "cannot_tell"),
        (400, BAD + "something new", "cannot_tell"),
        (400, BAD + "_status: invalid identifier status change", "passed"),
        (405, "error: method not allowed", "cannot_tell"),
        (201, "success: doi:10.70113/Q1PROBE | ark:/d0113/q1probe", "cannot_tell"),
    ],
)
def test_another_answer_to_the_permission_probe_is_no_permission(
    ezid: Bench, status: int, body: str, outcome: str
) -> None:
    ezid.fault({"status": status, "body": body}, method="PUT")

    result = ezid.registry.check(prefix=ezid.prefix, landing_host="data.example.edu", reserve_name=None)

    assert result.ticks[2].outcome == outcome


def test_a_shoulder_that_ezid_cannot_take_fails_the_check(ezid: Bench) -> None:
    result = ezid.registry.check(prefix="10.1", landing_host="data.example.edu", reserve_name=None)

    assert result.failed is not None
    assert "four or five digits" in result.failed.message


def test_the_whole_check_shares_its_ten_seconds(ezid: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.monotonic()
    moments = iter([start, start, start + 3, start + 3, start + 11])
    last = start + 11
    monkeypatch.setattr("doi.registries.http.monotonic", lambda: next(moments, last))

    with pytest.raises(RegistryUnavailableError, match="in time"):
        ezid.registry.check(prefix=ezid.prefix, landing_host="x.example", reserve_name=None)


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({}, None),
        ({"active": False}, "signs_in"),
        ({"password": "another"}, "signs_in"),
        ({"prefixes": ()}, "prefix"),
    ],
)
def test_ezid_is_asked_what_it_can_tell(ezid: Bench, changes: dict[str, object], failed: str | None) -> None:
    ezid.change_account(**changes)

    result = ezid.registry.check(prefix=ezid.prefix, landing_host=HOST, reserve_name=None)

    assert (result.failed.code if result.failed is not None else None) == failed
    assert ezid.states() == {}


@pytest.mark.parametrize("prefix", ["10.5072/FK2", "10.5072/fk2"])
def test_the_test_shoulder_is_open_to_every_account(ezid: Bench, prefix: str) -> None:
    result = ezid.registry.check(prefix=prefix, landing_host=HOST, reserve_name=None)

    assert result.passed
    assert result.ticks[2].outcome == "passed"


def test_a_password_with_a_colon_fails_the_check_without_a_call(ezid: Bench) -> None:
    registry = ezid.open("orgrepo", "pass:word")

    result = registry.check(prefix=ezid.prefix, landing_host=HOST, reserve_name=ezid.name())

    assert result.failed is not None
    assert "colon" in result.failed.message
    assert ezid.asked() == []
