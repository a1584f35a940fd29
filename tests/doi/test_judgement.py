"""From a row to what is decided on and what is sent."""

from typing import Any

import pytest

from datasets import services
from datasets.models import Version
from doi import clock, plan
from doi.judgement import judge, next_name, payload
from doi.models import DatasetIssuance, Doi, Login
from doi.names import has_valid_check_digits
from doi.plan import Send
from doi.sandbox import Sandbox
from doi.services import adoption, holding, windows
from doi.states import State, Step, Wanted
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


def loaded(version: Version) -> Doi:
    found: Doi = Doi.objects.select_related(
        "account__login", "version__dataset__organization", "version__dataset__issuance", "organization"
    ).get(landing_id=version.pk)
    return found


def gate(version: Version) -> str | None:
    found = judge(loaded(version)).snapshot.gate
    return found.code if found is not None else None


def drafted(**dataset: Any) -> Version:
    version = make.drafted(make.dataset(make.configured(), **dataset))
    drain_all()
    return version


def test_a_fresh_row_is_judged_as_it_is(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured()))

    snapshot = judge(loaded(version)).snapshot

    assert (snapshot.state, snapshot.wanted, snapshot.public) == (State.PLANNED, Wanted.PERMANENT, True)
    assert (snapshot.uncertain, snapshot.promoting, snapshot.adopted, snapshot.external) == (False,) * 4
    assert [snapshot.metadata, snapshot.gate, snapshot.host, snapshot.promotions] == [None] * 4


@pytest.mark.parametrize(
    ("values", "uncertain", "promoting"),
    [
        ({"uncertain": True}, True, False),
        ({"step": "create"}, True, False),
        ({"step": "promote"}, True, True),
        ({}, False, False),
    ],
)
def test_a_step_that_nobody_recorded_is_a_doubt(
    sandbox: Sandbox, values: dict[str, Any], *, uncertain: bool, promoting: bool
) -> None:
    version = make.drafted(make.dataset(make.configured()))
    Doi.objects.update(**values)

    snapshot = judge(loaded(version)).snapshot

    assert (snapshot.uncertain, snapshot.promoting) == (uncertain, promoting)


def test_the_first_thing_the_rules_refuse_is_named_by_its_field(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured(), creators=[]))

    found = judge(loaded(version)).snapshot.metadata

    assert found is not None
    assert found.code == "metadata.creators"
    assert found.sentence


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"creators": []}, "No creator is named: add at least one person or organization."),
        (
            {"sizes": ["1 GB", "x" * 4001]},
            "“Sizes 2”: Entry 2 of sizes has 4001 characters, and at most 4000 can be sent: shorten it.",
        ),
        (
            {"creators": [{"name": "A"}, {"nameType": "Personal"}]},
            "“Creators 2”: The name is missing: fill it in.",
        ),
        (
            {
                "relatedItems": [
                    {"relatedItemType": "Book", "relationType": "IsPublishedIn", "titles": [], "volume": "1"}
                ]
            },
            "“Related items 1”: There are no titles: add at least one.",
        ),
    ],
)
def test_the_sentence_says_in_which_entry_of_the_form_a_field_is(
    sandbox: Sandbox, change: dict[str, Any], sentence: str
) -> None:
    version = make.drafted(make.dataset(make.configured(), **change))

    found = judge(loaded(version)).snapshot.metadata

    assert found is not None
    assert found.sentence == sentence


def test_a_row_without_its_version_has_nothing_to_send(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured()))
    Doi.objects.update(version=None)

    judged = judge(loaded(version))

    assert judged.snapshot.metadata is not None
    assert judged.snapshot.metadata.code == "metadata"
    assert judged.snapshot.gate is not None
    assert payload(judged, Step.HIDE).attributes is None


def test_each_gate_has_its_word(sandbox: Sandbox) -> None:
    version = drafted()
    assert gate(version) is None
    windows.hold(make.doi_of(version), reason="being checked", by=make.by())
    assert gate(version) == "held"
    Doi.objects.update(held_at=None)
    holding.hold(version.dataset, reason="being checked", by=make.by())
    assert gate(version) == "held"
    holding.lift(version.dataset, by=make.by())
    Version.objects.update(released_at=None)
    assert gate(version) == "version"
    # Withdrawn as a draft: past the point of no return it goes on, to be a tombstone.
    Doi.objects.update(withdrawn_at=clock.now())
    assert gate(version) is None
    Doi.objects.update(version=None)
    assert gate(version) is None


def test_a_switch_that_is_off_stops_what_was_not_adopted(sandbox: Sandbox) -> None:
    version = drafted()
    DatasetIssuance.objects.update(on=False)
    assert gate(version) == "switch"
    Doi.objects.update(adopted_at=clock.now())
    assert gate(version) is None
    Doi.objects.update(adopted_at=None)
    DatasetIssuance.objects.all().delete()
    assert gate(version) == "switch"


@pytest.mark.parametrize(
    ("domains", "allowed"), [("*", True), ("", True), ("example.org", False), ("*.example.org", False)]
)
def test_the_landing_host_is_checked_against_what_the_login_may_use(
    sandbox: Sandbox, domains: str, *, allowed: bool
) -> None:
    version = drafted()
    Login.objects.update(domains=domains)

    found = judge(loaded(version)).snapshot.host

    assert (found is None) == allowed
    if found is not None:
        assert found.code == "host"


def test_the_kill_switch_has_its_word(sandbox: Sandbox) -> None:
    version = drafted()
    holding.hold(Login.objects.get(), reason="being checked", by=make.by())

    found = judge(loaded(version)).snapshot.promotions

    assert found is not None
    assert found.code == "login.promotions-stopped"


def test_an_external_doi_is_judged_and_never_sent(sandbox: Sandbox) -> None:
    version = make.version(make.dataset(make.configured()))
    adoption.adopt(version, "10.70112/theirs", by=make.by())
    Doi.objects.update(account=None)

    judged = judge(loaded(version))

    assert judged.snapshot.external
    assert plan.decide(judged.snapshot, clock.now()) == plan.Wait()


@pytest.mark.parametrize("own", [make.DATACITE, make.EZID], ids=["datacite", "ezid"])
@pytest.mark.parametrize(
    ("step", "state", "public", "bare"),
    [
        (Step.CREATE, State.PLANNED, True, False),
        (Step.CREATE, State.PLANNED, False, True),
        (Step.UPDATE, State.DRAFT, True, False),
        (Step.UPDATE, State.DRAFT, False, True),
        (Step.UPDATE, State.REGISTERED, False, False),
        (Step.PROMOTE, State.DRAFT, False, False),
        (Step.HIDE, State.FINDABLE, False, False),
        (Step.SHOW, State.REGISTERED, True, False),
    ],
)
def test_a_private_draft_holds_name_and_url_only(
    sandbox: Sandbox, own: Any, step: Step, state: State, *, public: bool, bare: bool
) -> None:
    version = make.drafted(make.dataset(make.configured(own=own)))
    doi = loaded(version)
    doi.state, doi.public = state, public

    sent = payload(judge(doi), step)

    assert sent.name == doi.name
    assert sent.url.endswith(f"/v/{version.pk.hex}")
    assert (sent.attributes is None and sent.xml is None) == bare
    if not bare:
        assert (sent.attributes is not None) == (own is make.DATACITE)
        assert "River stage readings" in str(sent.attributes or sent.xml)


def test_hiding_never_waits_for_metadata(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured(), creators=[]))
    doi = loaded(version)
    doi.state, doi.public = State.FINDABLE, False

    judged = judge(doi)

    assert plan.decide(judged.snapshot, clock.now()) == Send(Step.HIDE, State.REGISTERED)
    assert payload(judged, Step.HIDE).attributes is None


def test_a_withdrawn_version_says_when_and_why(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = drafted()
    moved_clock.forward(days=8)
    drain_all()
    services.delete_dataset(version.dataset, by=make.by(), reason="A person asked for it.")

    described = judge(loaded(version)).described

    assert described is not None
    date = {"date": clock.now().date().isoformat(), "dateType": "Withdrawn"}
    assert {**date, "dateInformation": "A person asked for it."} in described["dates"]
    Doi.objects.update(withdrawal_reason="")
    described = judge(loaded(version)).described
    assert described is not None
    assert date in described["dates"]
    assert described["version"] == "1.0"


def test_names_come_one_after_another_and_are_ours(sandbox: Sandbox) -> None:
    version = make.drafted(make.dataset(make.configured()))
    doi = loaded(version)

    names = []
    for attempt in range(1, 4):
        doi.name, doi.name_attempt = next_name(doi)
        assert doi.name_attempt == attempt
        assert has_valid_check_digits(doi.name.partition("/")[2])
        names.append(doi.name)

    assert len(set(names)) == 3
