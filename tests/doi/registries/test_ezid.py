"""EZID's own ways: nearly every refusal is a 400, the default is for ever, and a cookie beats the header."""

from collections.abc import Callable

import pytest

from doi.errors import (
    BadCredentialsError,
    InvalidNameError,
    MetadataRejectedError,
    NotAtRegistryError,
    RegistryUnavailableError,
)
from doi.registries import anvl
from doi.registries.base import Payload
from doi.states import State
from tests.doi.name_vectors import VECTORS
from tests.doi.registries.bench import URL, Bench

BAD = "error: bad request - "

CALLS: dict[str, Callable[[Bench], object]] = {
    "PUT": lambda bench: bench.registry.create(bench.payload()),
    "POST": lambda bench: bench.registry.update(bench.payload(), state=State.DRAFT),
    "DELETE": lambda bench: bench.registry.discard(bench.name()),
    "GET": lambda bench: bench.registry.fetch(bench.name()),
}


def test_a_real_refusal_keeps_nothing_of_the_metadata(ezid: Bench) -> None:
    ezid.registry.create(ezid.payload())
    broken = Payload(name=ezid.name(), url=URL, xml=(ezid.payload().xml or "").replace(">2026<", ">20x5<"))

    with pytest.raises(MetadataRejectedError) as caught:
        ezid.registry.promote(broken, to=State.FINDABLE)

    assert "River stage" not in caught.value.words
    assert ezid.states() == {ezid.name(): "draft"}


# -- what is sent ---------------------------------------------------------------------------------------------------


def _sent(bench: Bench, method: str) -> dict[str, str]:
    request = next(request for request in reversed(bench.transport.requests) if request.method == method)
    assert request.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert request.headers["Accept"] == "text/plain"
    return anvl.decode(request.read().decode())


def test_a_create_is_always_reserved_and_never_an_upsert(ezid: Bench) -> None:
    ezid.registry.create(ezid.bare())

    assert _sent(ezid, "PUT") == {"_status": "reserved", "_target": URL}
    assert ezid.asked() == ["PUT /ezid/id/doi:10.70113/q17k3m-q845"]


@pytest.mark.parametrize(("to", "export"), [(State.FINDABLE, "yes"), (State.REGISTERED, "no")])
def test_a_promotion_carries_metadata_status_and_export_together(ezid: Bench, to: State, export: str) -> None:
    ezid.registry.create(ezid.bare())
    ezid.registry.promote(ezid.payload(), to=to)

    sent = _sent(ezid, "POST")
    assert (sent["_status"], sent["_export"], sent["_target"]) == ("public", export, URL)
    assert sent["datacite"] == ezid.payload().xml


def test_hiding_sends_no_status(ezid: Bench) -> None:
    ezid.registry.create(ezid.payload())
    ezid.registry.promote(ezid.payload(), to=State.FINDABLE)
    ezid.registry.hide(ezid.payload())

    assert "_status" not in _sent(ezid, "POST")


def test_a_landing_page_cannot_smuggle_in_a_status(ezid: Bench) -> None:
    with pytest.raises(MetadataRejectedError):
        ezid.registry.create(Payload(name=ezid.name(), url="https://x.example/\n_status: public"))

    assert ezid.states() == {}


@pytest.mark.parametrize("breakout", ["x\n_status: public", "x\r_status: public", "x\r\n_export: yes\r\n"])
def test_metadata_cannot_smuggle_in_a_status(ezid: Bench, breakout: str) -> None:
    xml = (ezid.payload().xml or "").replace("River stage", breakout)
    ezid.registry.create(Payload(name=ezid.name(), url=URL, xml=xml))

    assert ezid.states() == {ezid.name(): "draft"}


@pytest.mark.parametrize(
    ("name", "takes"),
    [pytest.param(name, ezid, id=row) for row, name, _url, _crossref, _lupo, ezid in VECTORS],
)
def test_names_are_judged_as_ezid_judges_them(ezid: Bench, name: str, *, takes: bool) -> None:
    expected = NotAtRegistryError if takes else InvalidNameError

    with pytest.raises(expected):
        ezid.registry.fetch(name.lower())

    assert bool(ezid.asked()) is takes


def test_a_refused_character_is_named(ezid: Bench) -> None:
    with pytest.raises(InvalidNameError, match=r"“é” \(U\+00E9\)"):
        ezid.registry.create(Payload(name="10.70113/q1é", url=URL))


@pytest.mark.parametrize(("length", "takes"), [(251, True), (252, False), (255, False)])
def test_a_name_has_at_most_251_characters(ezid: Bench, length: int, *, takes: bool) -> None:
    name = ezid.name("x")
    name += "x" * (length - len(name))

    if takes:
        assert ezid.registry.create(Payload(name=name, url=URL)).name == name
    else:
        with pytest.raises(InvalidNameError, match="longer than 251 characters"):
            ezid.registry.create(Payload(name=name, url=URL))

    assert bool(ezid.asked()) is takes


@pytest.mark.parametrize(
    ("prefix", "takes"),
    [
        ("10.101", False),
        ("10.1013", True),
        ("10.70113", True),
        ("10.101301", False),
        ("10.123456789", False),
        ("10.0123", False),
        ("10.1000.10", False),
    ],
)
def test_a_prefix_has_four_or_five_digits(ezid: Bench, prefix: str, *, takes: bool) -> None:
    with pytest.raises(NotAtRegistryError if takes else InvalidNameError) as caught:
        ezid.registry.fetch(f"{prefix}/q1abc")

    assert ("four or five digits" in str(caught.value)) is not takes
    assert bool(ezid.asked()) is takes


@pytest.mark.parametrize(
    "suffix", ["(sici)1<1::a>3.0.co;2-1", "100%25", 'a"b', "a|b", "a/./b/../c", "a+b&c=d@e,f'g!h$i*j~k"]
)
def test_awkward_names_arrive_as_they_are(ezid: Bench, suffix: str) -> None:
    ezid.registry.create(ezid.bare(suffix))

    assert ezid.states() == {ezid.name(suffix): "draft"}
    assert ezid.registry.fetch(ezid.name(suffix)).name == ezid.name(suffix)
    ezid.registry.discard(ezid.name(suffix))


# -- states -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "state"),
    [
        ("_status: reserved\n", State.DRAFT),
        ("_status: public\n", State.FINDABLE),
        ("_status: public\n_export: yes\n", State.FINDABLE),
        ("_status: public\n_export: no\n", State.REGISTERED),
        ("_status: unavailable | withdrawn by the author\n", State.REGISTERED),
        ("_status: unavailable\n_export: yes\n", State.REGISTERED),
    ],
)
def test_statuses_are_translated(ezid: Bench, elements: str, state: State) -> None:
    body = f"success: doi:{ezid.name().upper()}\n_owner: OrgRepo\n_created: x\n{elements}"
    ezid.fault({"status": 200, "body": body}, method="GET")

    record = ezid.registry.fetch(ezid.name())

    assert (record.state, record.owner, record.created, record.registered) == (state, "orgrepo", None, None)


def _make_unavailable(ezid: Bench) -> None:
    """As the tenant's other system, or EZID's staff, withdraws: its own page stands before ours."""
    ezid.registry.create(ezid.payload())
    ezid.registry.promote(ezid.payload(), to=State.FINDABLE)
    record = ezid.sandbox.store.get("ezid", ezid.name())
    assert record is not None
    withdrawn = {**record.metadata, "_reason": "withdrawn"}
    ezid.sandbox.store.save(record.changed(status="unavailable", metadata=withdrawn))


def test_an_unavailable_doi_is_registered_and_showing_it_ends_that(ezid: Bench) -> None:
    _make_unavailable(ezid)
    assert ezid.registry.fetch(ezid.name()).state == State.REGISTERED

    assert ezid.registry.hide(ezid.payload()).state == State.REGISTERED
    assert _sent(ezid, "POST").keys() == {"_target", "_export", "datacite"}
    assert ezid.registry.show(ezid.payload()).state == State.FINDABLE
    assert ezid.states() == {ezid.name(): "findable"}


def test_a_change_whose_reading_back_fails_may_have_been_applied(ezid: Bench) -> None:
    ezid.registry.create(ezid.payload())
    ezid.fault({"status": 502}, method="GET")

    with pytest.raises(RegistryUnavailableError) as caught:
        ezid.registry.promote(ezid.payload(), to=State.FINDABLE)

    assert caught.value.sent
    assert ezid.states() == {ezid.name(): "findable"}


def test_an_old_reading_after_a_change_is_looked_at_again(ezid: Bench) -> None:
    ezid.registry.create(ezid.payload())
    body = f"success: doi:{ezid.name().upper()}\n_status: reserved\n"
    ezid.fault({"status": 200, "body": body}, method="GET")

    with pytest.raises(RegistryUnavailableError, match="not yet as Findable") as caught:
        ezid.registry.promote(ezid.payload(), to=State.FINDABLE)

    assert caught.value.sent


# -- the credential -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", list(CALLS))
def test_a_password_with_a_colon_is_refused_before_any_call(ezid: Bench, act: str) -> None:
    registry = ezid.open("orgrepo", "pass:word")
    colon = Bench(ezid.provider, ezid.sandbox, ezid.transport, registry)

    with pytest.raises(BadCredentialsError, match="colon"):
        CALLS[act](colon)
    result = registry.check(prefix=ezid.prefix, landing_host="x.example", reserve_name=None)

    assert result.failed is not None
    assert "colon" in result.failed.message
    assert ezid.asked() == []


def test_a_session_of_another_account_never_speaks_for_us(ezid: Bench) -> None:
    stranger = ezid.stranger()
    stranger.probe()
    ezid.registry.probe()
    ezid.registry.create(ezid.bare())

    assert ezid.registry.fetch(ezid.name()).owner == "orgrepo"
    with pytest.raises(BadCredentialsError):
        stranger.discard(ezid.name())
