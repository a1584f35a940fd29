"""Answers that are lost and requests that come twice: each is told as unknown, and each has a way on."""

import pytest

from doi.errors import NameTakenError, NotAtRegistryError, RegistryUnavailableError
from doi.registries.base import Payload, RegistryRecord
from doi.states import Provider, State
from tests.doi.registries.acts import ACTS
from tests.doi.registries.bench import URL, Bench

NEW_URL = "https://data.example.edu/versions/2"
METHODS = {
    "create": {Provider.DATACITE: "POST", Provider.EZID: "PUT"},
    "discard": dict.fromkeys(Provider, "DELETE"),
}
CHANGES = {Provider.DATACITE: "PUT", Provider.EZID: "POST"}

# (act, state before, state after): every write there is
STEPS: list[tuple[str, State | None, State | None]] = [
    ("create", None, State.DRAFT),
    ("update", State.DRAFT, State.DRAFT),
    ("promote", State.DRAFT, State.FINDABLE),
    ("register", State.DRAFT, State.REGISTERED),
    ("hide", State.FINDABLE, State.REGISTERED),
    ("show", State.REGISTERED, State.FINDABLE),
    ("discard", State.DRAFT, None),
]


def bring_to(bench: Bench, state: State | None) -> None:
    if state is None:
        return
    bench.registry.create(bench.payload())
    if state != State.DRAFT:
        bench.registry.promote(bench.payload(), to=state)


def held(bench: Bench) -> dict[str, str]:
    return bench.states()


def only(bench: Bench, state: State | None) -> dict[str, str]:
    return {} if state is None else {bench.name(): state.value}


def break_write(bench: Bench, act: str, action: dict[str, object]) -> None:
    """Break the writing request of `act`, and not the look that may follow it."""
    bench.fault(action, method=METHODS.get(act, CHANGES)[bench.provider])


@pytest.mark.parametrize(("act", "before", "after"), STEPS)
@pytest.mark.parametrize(
    "breakage",
    [{"lost": True}, {"status": 502, "page": "gateway", "applied": True}, {"hang": True, "applied": True}],
    ids=["lost", "gateway", "hang"],
)
def test_what_was_applied_and_not_answered_is_found_by_looking_and_repeating(
    bench: Bench, act: str, before: State | None, after: State | None, breakage: dict[str, object]
) -> None:
    bring_to(bench, before)
    break_write(bench, act, breakage)

    with pytest.raises(RegistryUnavailableError) as caught:
        ACTS[act](bench.registry, bench.payload(url=NEW_URL))

    assert caught.value.sent
    assert held(bench) == only(bench, after)
    # First a look, which says what happened …
    if after is None:
        with pytest.raises(NotAtRegistryError):
            bench.registry.fetch(bench.name())
    else:
        found = bench.registry.fetch(bench.name())
        assert (found.state, found.url, found.owner) == (after, NEW_URL, bench.account_id.lower())
    # … and then again: a create finds its name taken, everything else is done already.
    if act == "create":
        with pytest.raises(NameTakenError):
            bench.registry.create(bench.payload(url=NEW_URL))
    else:
        ACTS[act](bench.registry, bench.payload(url=NEW_URL))
    assert held(bench) == only(bench, after)


@pytest.mark.parametrize(("act", "before", "after"), STEPS)
@pytest.mark.parametrize(
    "breakage",
    [{"reset": True}, {"status": 503, "page": "gateway"}, {"hang": True}],
    ids=["reset", "gateway", "hang"],
)
def test_what_was_not_applied_and_not_answered_is_done_by_repeating(
    bench: Bench, act: str, before: State | None, after: State | None, breakage: dict[str, object]
) -> None:
    bring_to(bench, before)
    break_write(bench, act, breakage)

    with pytest.raises(RegistryUnavailableError) as caught:
        ACTS[act](bench.registry, bench.payload(url=NEW_URL))

    assert caught.value.sent, "nobody here can tell the two apart"
    assert held(bench) == only(bench, before)
    ACTS[act](bench.registry, bench.payload(url=NEW_URL))
    assert held(bench) == only(bench, after)


# A discard at DataCite is answered without a body, so there is nothing to cut.
@pytest.mark.parametrize(("act", "before", "after"), [step for step in STEPS if step[0] != "discard"])
def test_what_is_cut_off_was_applied_too(
    bench: Bench, act: str, before: State | None, after: State | None
) -> None:
    bring_to(bench, before)
    break_write(bench, act, {"truncate": 3})

    with pytest.raises(RegistryUnavailableError) as caught:
        ACTS[act](bench.registry, bench.payload())

    assert caught.value.sent
    assert held(bench) == only(bench, after)


def test_a_discard_that_is_cut_off_was_applied_too(ezid: Bench) -> None:
    bring_to(ezid, State.DRAFT)
    break_write(ezid, "discard", {"truncate": 3})

    with pytest.raises(RegistryUnavailableError) as caught:
        ezid.registry.discard(ezid.name())

    assert caught.value.sent
    assert held(ezid) == {}


@pytest.mark.parametrize(("act", "before", "after"), [step for step in STEPS if step[0] != "create"])
def test_twice_is_once(bench: Bench, act: str, before: State | None, after: State | None) -> None:
    bring_to(bench, before)

    first = ACTS[act](bench.registry, bench.payload(url=NEW_URL))
    second = ACTS[act](bench.registry, bench.payload(url=NEW_URL))

    assert held(bench) == only(bench, after)
    if isinstance(first, RegistryRecord) and isinstance(second, RegistryRecord):
        assert (first.state, first.url) == (second.state, second.url) == (after, NEW_URL)


def test_a_create_that_comes_twice_changes_nothing_and_shows_whose_it_is(bench: Bench) -> None:
    bench.registry.create(bench.payload())

    with pytest.raises(NameTakenError):
        bench.registry.create(bench.bare(url=NEW_URL))

    found = bench.registry.fetch(bench.name())
    assert (found.owner, found.url, found.state) == (bench.account_id.lower(), URL, State.DRAFT)
    assert bench.metadata() != {}


def test_a_name_that_a_stranger_has_taken_is_told_apart(bench: Bench) -> None:
    """DataCite shows nobody a stranger's draft, EZID shows everybody everything."""
    record = bench.hold("draft", owner="other.repo" if bench.provider == Provider.DATACITE else "otherrepo")

    with pytest.raises(NameTakenError):
        bench.registry.create(bench.payload())

    if bench.provider == Provider.DATACITE:
        with pytest.raises(NotAtRegistryError):
            bench.registry.fetch(bench.name())
    else:
        assert bench.registry.fetch(bench.name()).owner == "otherrepo"
    assert bench.sandbox.store.get(bench.provider, bench.name()) == record


def test_a_draft_that_was_published_behind_our_back_is_told_when_it_is_updated_or_looked_at(
    bench: Bench,
) -> None:
    bench.registry.create(bench.payload())
    bench.hold("findable", owner=bench.account_id.lower())

    assert bench.registry.fetch(bench.name()).state == State.FINDABLE
    told = bench.registry.update(bench.payload(), state=State.DRAFT).state
    # DataCite's answer carries the state; EZID's says nothing, and a reserved one is not read back for it.
    assert told == (State.FINDABLE if bench.provider == Provider.DATACITE else State.DRAFT)


@pytest.mark.parametrize(
    ("act", "before", "requests"),
    [
        ("create", None, {Provider.DATACITE: 1, Provider.EZID: 1}),
        ("update", State.DRAFT, {Provider.DATACITE: 1, Provider.EZID: 1}),
        ("update", State.FINDABLE, {Provider.DATACITE: 1, Provider.EZID: 1}),
        ("promote", State.DRAFT, {Provider.DATACITE: 1, Provider.EZID: 2}),
        ("register", State.DRAFT, {Provider.DATACITE: 1, Provider.EZID: 2}),
        ("hide", State.FINDABLE, {Provider.DATACITE: 1, Provider.EZID: 2}),
        ("show", State.REGISTERED, {Provider.DATACITE: 1, Provider.EZID: 2}),
        ("discard", State.DRAFT, {Provider.DATACITE: 1, Provider.EZID: 1}),
        ("fetch", State.DRAFT, {Provider.DATACITE: 1, Provider.EZID: 1}),
        ("probe", None, {Provider.DATACITE: 1, Provider.EZID: 1}),
        # What is absent is believed only after the credential passed.
        ("discard", None, {Provider.DATACITE: 2, Provider.EZID: 2}),
    ],
)
def test_the_state_is_read_back_only_where_the_answer_does_not_carry_it_and_it_matters(
    bench: Bench, act: str, before: State | None, requests: dict[Provider, int]
) -> None:
    bring_to(bench, before)
    already = len(bench.asked())

    ACTS[act](bench.registry, bench.payload())

    asked = bench.asked()[already:]
    assert len(asked) == requests[bench.provider]
    if len(asked) == 2 and act != "discard":
        assert asked[1].startswith("GET /ezid/id/")


@pytest.mark.parametrize(("act", "wanted"), [("promote", State.FINDABLE), ("hide", State.REGISTERED)])
def test_a_change_at_ezid_that_reads_back_as_before_is_looked_at_again(
    ezid: Bench, act: str, wanted: State
) -> None:
    """A stale read after a change: it was taken, and what it came to is not known yet."""
    bring_to(ezid, State.DRAFT if act == "promote" else State.FINDABLE)
    ezid.fault({"stale": 60}, method="GET")

    with pytest.raises(RegistryUnavailableError, match="EZID took the change") as caught:
        ACTS[act](ezid.registry, ezid.payload())

    assert caught.value.sent
    assert ezid.registry.fetch(ezid.name()).state == wanted


@pytest.mark.parametrize("act", ["promote", "register"])
def test_a_handle_that_could_not_be_written_is_told_and_sending_again_mends_it(
    datacite: Bench, act: str
) -> None:
    datacite.registry.create(datacite.payload())
    datacite.fault({"handle": "fails"}, method="PUT")

    record = ACTS[act](datacite.registry, datacite.payload())

    assert isinstance(record, RegistryRecord)
    assert record.registered is False
    again = datacite.registry.update(Payload(name=datacite.name(), url=URL), state=record.state)
    assert (again.state, again.registered) == (record.state, True)


def test_ezid_never_says_whether_the_handle_was_written(ezid: Bench) -> None:
    ezid.registry.create(ezid.payload())

    assert ezid.registry.promote(ezid.payload(), to=State.FINDABLE).registered is None
