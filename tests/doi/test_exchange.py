"""One step with a registry: what comes back is an answer, whatever happened, and every request is counted."""

from collections.abc import Iterator
from typing import Any

import pytest

from doi import metadata
from doi.errors import NameTakenError, RegistryUnavailableError
from doi.exchange import Answer, Order, perform, requests_of
from doi.registries import open_registry
from doi.registries.base import Credentials, Payload, Registry
from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account
from doi.states import Provider, State, Step
from tests.factories.doi import METADATA
from tests.support.sandbox import SANDBOX_URL, SandboxTransport, sandbox_with

DESCRIBED = {
    **METADATA,
    "publisher": {"name": "River Lab"},
    "publicationYear": 2026,
    "types": {"resourceTypeGeneral": "Dataset"},
}


class There:
    """One account at one registry, and how many requests it was asked."""

    def __init__(self, provider: Provider, sandbox: Sandbox) -> None:
        datacite = provider == Provider.DATACITE
        self.provider, self.sandbox = provider, sandbox
        self.account, self.name = (
            ("ORG.REPO", "10.70112/abcd") if datacite else ("apiuser", "10.5072/fk2abcd")
        )
        self.registry: Registry = open_registry(
            provider,
            base_url=f"{SANDBOX_URL}/{provider}",
            credentials=Credentials(self.account, "secret"),
            transport=SandboxTransport(sandbox),
            max_connections=1,
        )

    def payload(self, *, bare: bool = False) -> Payload:
        url = "https://data.example.org/v/1"
        if bare:
            return Payload(self.name, url)
        if self.provider == Provider.EZID:
            return Payload(self.name, url, xml=metadata.to_xml(DESCRIBED, name=self.name))
        return Payload(self.name, url, attributes=metadata.to_datacite(DESCRIBED, version="1.0"))

    def do(self, step: Step, *, to: State = State.FINDABLE, bare: bool = False) -> Answer:
        return perform(
            self.registry, Order(step, self.payload(bare=bare), State.DRAFT, to, self.account.lower())
        )

    def requests(self) -> int:
        return int(self.sandbox.counts()["total"])


@pytest.fixture(params=[Provider.DATACITE, Provider.EZID])
def there(request: pytest.FixtureRequest) -> Iterator[There]:
    sandbox = sandbox_with()
    found = There(request.param, sandbox)
    yield found
    found.registry.close()
    sandbox.close()


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([Step.CREATE], State.DRAFT),
        ([Step.CREATE, Step.LOOK], State.DRAFT),
        ([Step.CREATE, Step.UPDATE], State.DRAFT),
        ([Step.CREATE, Step.PROMOTE], State.FINDABLE),
        ([Step.CREATE, Step.PROMOTE, Step.HIDE], State.REGISTERED),
        ([Step.CREATE, Step.PROMOTE, Step.HIDE, Step.SHOW], State.FINDABLE),
    ],
)
def test_each_step_costs_what_is_charged_for_it(there: There, steps: list[Step], state: State) -> None:
    for step in steps:
        before = there.requests()
        answer = there.do(step)

        assert answer.error is None
        reads_back = there.provider == Provider.EZID
        assert there.requests() - before == requests_of(step, reads_back=reads_back) + answer.extra

    assert answer.record is not None
    assert answer.record.state == state
    assert answer.acted == (steps[-1] != Step.LOOK)


def test_discarding_ends_absent(there: There) -> None:
    there.do(Step.CREATE)

    assert there.do(Step.DISCARD).absent
    assert there.do(Step.DISCARD).absent, "twice is as good as once"


def test_a_promotion_looks_first_and_never_makes_a_draft_anew(there: There) -> None:
    answer = there.do(Step.PROMOTE)

    assert answer.absent
    assert answer.extra == 1
    assert there.sandbox.records() == []


def test_a_promotion_of_what_is_permanent_is_only_a_look(there: There) -> None:
    there.do(Step.CREATE)
    there.do(Step.PROMOTE)

    again = there.do(Step.PROMOTE, to=State.REGISTERED)

    assert again.record is not None
    assert (again.record.state, again.acted) == (State.FINDABLE, False)


def test_a_name_taken_is_looked_at_in_the_same_exchange(there: There) -> None:
    there.do(Step.CREATE)
    before = there.requests()

    again = there.do(Step.CREATE)

    assert again.record is not None
    assert (again.acted, again.extra) == (False, 1)
    assert there.requests() - before == 2


def test_a_name_taken_by_what_is_not_shown_stays_an_error() -> None:
    sandbox = sandbox_with(
        datacite=(("ORG.REPO", "secret", "10.70112"), ("OTHER.REPO", "secret", "10.70112"))
    )
    there = There(Provider.DATACITE, sandbox)
    there.do(Step.CREATE)
    record = sandbox.store.all()[0]
    sandbox.store.save(record.changed(owner="other.repo"))
    before = there.requests()

    answer = there.do(Step.CREATE)

    assert isinstance(answer.error, NameTakenError)
    assert there.requests() - before == 1 + answer.extra
    there.registry.close()


def test_a_draft_that_is_permanent_after_all_is_not_discarded(there: There) -> None:
    there.do(Step.CREATE)
    there.do(Step.PROMOTE)

    answer = there.do(Step.DISCARD)

    assert answer.record is not None
    assert (answer.record.state, answer.acted, answer.extra) == (State.FINDABLE, False, 1)


def test_a_registry_that_contradicts_itself_about_a_draft_is_asked_later(there: There) -> None:
    there.do(Step.CREATE)
    words = "error: bad request - identifier status does not support deletion"
    ezid: dict[str, Any] = {"status": 400, "body": words}
    refusal = ezid if there.provider == Provider.EZID else {"status": 405}
    there.sandbox.faults.order([{"match": {"method": "DELETE"}, "action": refusal}])

    answer = there.do(Step.DISCARD)

    assert isinstance(answer.error, RegistryUnavailableError)
    assert not answer.error.sent


def test_a_hide_that_is_refused_for_its_metadata_goes_without_it(there: There) -> None:
    there.do(Step.CREATE)
    there.do(Step.PROMOTE)
    there.sandbox.faults.order([{"times": 1, "action": _refused_metadata(there)}])

    answer = there.do(Step.HIDE)

    assert answer.record is not None
    assert (answer.record.state, answer.bare, answer.extra) == (State.REGISTERED, True, 1)


def test_a_bare_hide_that_is_refused_is_refused(there: There) -> None:
    there.do(Step.CREATE)
    there.do(Step.PROMOTE)
    there.sandbox.faults.order([{"times": 1, "action": _refused_metadata(there)}])

    assert there.do(Step.HIDE, bare=True).error is not None


def _refused_metadata(there: There) -> dict[str, Any]:
    if there.provider == Provider.EZID:
        return {"status": 400, "body": "error: bad request - element 'datacite': ValidationError"}
    return {"status": 422, "body": {"errors": [{"source": "titles", "title": "is not right"}]}}


@pytest.mark.parametrize(("probe", "refused"), [(None, False), (401, True), (403, True)])
def test_one_probe_tells_whose_fault_a_refusal_is(there: There, probe: int | None, *, refused: bool) -> None:
    rules = [{"times": 1, "action": {"status": 403}}]
    if probe is not None:
        rules.append({"times": 1, "action": {"status": probe}})
    there.sandbox.faults.order(rules)

    answer = there.do(Step.CREATE)

    assert (answer.credential_refused, answer.extra) == (refused, 1)


def test_a_probe_without_an_answer_is_no_verdict(there: There) -> None:
    there.sandbox.faults.order(
        [{"times": 1, "action": {"status": 401}}, {"times": 1, "action": {"status": 503}}]
    )

    answer = there.do(Step.CREATE)

    assert isinstance(answer.error, RegistryUnavailableError)
    assert not answer.error.sent


def test_a_probe_that_is_refused_for_another_reason_leaves_it_with_the_doi(there: There) -> None:
    there.sandbox.faults.order(
        [{"times": 1, "action": {"status": 403}}, {"times": 1, "action": {"status": 415}}]
    )

    answer = there.do(Step.CREATE)

    assert answer.error is not None
    assert not answer.credential_refused


def test_a_wrong_password_is_the_logins(there: There) -> None:
    account = there.sandbox.accounts.get(str(there.provider), there.account)
    assert account is not None
    there.sandbox.accounts.replace(Account(account.provider, account.id, "another", account.prefixes))

    for step in (Step.CREATE, Step.LOOK, Step.PROMOTE, Step.DISCARD):
        answer = there.do(step)

        assert answer.credential_refused, step
        assert not answer.absent, "a stranger's 404 is not absence"


def test_a_malformed_credential_needs_no_probe() -> None:
    sandbox = sandbox_with()
    there = There(Provider.EZID, sandbox)
    refusal = {"status": 400, "body": "error: bad request - malformed Authorization header"}
    sandbox.faults.order([{"times": 1, "action": refusal}])

    answer = there.do(Step.CREATE)

    assert (answer.credential_refused, answer.extra, there.requests()) == (True, 0, 1)
    there.registry.close()


def test_a_name_that_the_registry_cannot_take_is_an_answer_too(there: There) -> None:
    there.name = there.name + "/media" if there.provider == Provider.DATACITE else there.name + "é"

    answer = there.do(Step.LOOK)

    assert answer.error is not None
    assert there.requests() == 0
