"""Every way in which a registry differs: found once, mended or shown, gone when it is as it should be."""

from typing import Any

import pytest

from datasets import services
from doi import claims, drift
from doi.address import landing_url
from doi.models import Doi, DoiEvent, Finding, Severity
from doi.sandbox import Sandbox
from doi.services import issuance
from doi.services.accounts import OwnAccount
from tests.doi import breaking
from tests.doi.conftest import Clock, drain_all
from tests.doi.drifting import (
    BOTH,
    compare,
    drafted,
    edit,
    heal,
    healed,
    open_kinds,
    permanent,
    rounds,
    there,
)
from tests.factories import doi as make

pytestmark = pytest.mark.django_db(transaction=True)


@BOTH
def test_where_nothing_differs_there_is_no_finding(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    permanent(moved_clock, own)
    private = make.dataset(make.configured("quiet-lab", own=own), "private", visibility="private")
    make.drafted(private)
    drain_all()

    rounds(moved_clock)

    assert Finding.objects.count() == 0
    assert set(Doi.objects.values_list("compare_after", flat=True)) == {None}
    assert not Doi.objects.filter(compared_at=None).exists()


@BOTH
@pytest.mark.parametrize("visibility", ["public", "private"])
def test_another_state_is_mended(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount, visibility: str
) -> None:
    version = permanent(moved_clock, own, visibility=visibility)
    wanted = there(sandbox, make.doi_of(version))
    edit(sandbox, version, "hide" if visibility == "public" else "publish")
    assert there(sandbox, make.doi_of(version)) != wanted

    rounds(moved_clock)

    kind = "state" if visibility == "public" else "private-findable"
    assert open_kinds() == [kind]
    found = Finding.objects.get()
    assert found.severity == (Severity.WARNING if visibility == "public" else Severity.SEVERE)
    assert found.mended_at is not None
    heal(moved_clock)
    assert there(sandbox, make.doi_of(version)) == wanted
    assert (open_kinds(), healed()) == ([], [(kind, "engine")])
    rounds(moved_clock)
    assert Finding.objects.count() == 1, "found once"


@BOTH
def test_a_withdrawn_doi_that_is_findable_is_hidden_again(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    version = permanent(moved_clock, own)
    services.delete_dataset(version.dataset, reason="wrong", by=make.by())
    drain_all()
    edit(sandbox, version, "publish")

    rounds(moved_clock)

    assert open_kinds() == ["withdrawn-findable"]
    assert Finding.objects.get().severity == Severity.SEVERE
    heal(moved_clock)
    assert make.doi_of(version).state == "registered"
    assert (open_kinds(), healed()) == ([], [("withdrawn-findable", "engine")])


@BOTH
@pytest.mark.parametrize("made", [drafted, permanent], ids=["draft", "permanent"])
def test_another_address_is_mended(sandbox: Sandbox, moved_clock: Clock, own: OwnAccount, made: Any) -> None:
    version = made(own) if made is drafted else made(moved_clock, own)
    edit(sandbox, version, "url", url="https://elsewhere.example/")

    rounds(moved_clock)

    assert open_kinds() == ["url"]
    assert Finding.objects.get().detail == "https://elsewhere.example/"
    heal(moved_clock)
    found = there(sandbox, make.doi_of(version))
    assert found is not None
    assert found[1] == landing_url(version.pk)
    assert (open_kinds(), healed()) == ([], [("url", "engine")])


@BOTH
def test_a_private_draft_with_another_address_is_mended_and_holds_no_metadata(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    version = drafted(own, visibility="private")
    edit(sandbox, version, "url", url="https://elsewhere.example/")

    rounds(moved_clock)
    heal(moved_clock)

    assert healed() == [("url", "engine")]
    rounds(moved_clock)
    assert Finding.objects.count() == 1


@BOTH
def test_metadata_that_is_gone_or_has_another_title_is_sent_again(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    version = permanent(moved_clock, own)
    doi = make.doi_of(version)
    kept = breaking.record_of(sandbox, doi).metadata
    if own.provider == "datacite":
        other: dict[str, Any] = {**kept, "titles": [{"title": "Somebody else's words"}]}
    else:
        other = {**kept, "datacite": kept["datacite"].replace("River stage", "Lake level")}
    breaking.change_there(sandbox, doi, metadata=other)

    rounds(moved_clock)

    assert open_kinds() == ["metadata"]
    heal(moved_clock)
    assert (open_kinds(), healed()) == ([], [("metadata", "engine")])


@BOTH
def test_a_private_draft_that_holds_metadata_is_cleared(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    version = drafted(own, visibility="private")
    doi = make.doi_of(version)
    told: dict[str, Any] = (
        {"titles": [{"title": "Secret"}]} if own.provider == "datacite" else {"datacite.title": "Secret"}
    )
    breaking.change_there(sandbox, doi, metadata=told)

    rounds(moved_clock)

    assert open_kinds() == ["private-metadata"]
    assert Finding.objects.get().severity == Severity.SEVERE
    heal(moved_clock)
    assert make.doi_of(version).state == "draft"


@BOTH
@pytest.mark.parametrize("visibility", ["public", "private"])
def test_a_draft_published_behind_our_back_is_known_and_kept_in_step(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount, visibility: str
) -> None:
    version = drafted(own, visibility=visibility)
    edit(sandbox, version, "publish")

    rounds(moved_clock)

    kind = "published" if visibility == "public" else "private-findable"
    assert open_kinds() == [kind]
    heal(moved_clock)
    assert make.doi_of(version).state == ("findable" if visibility == "public" else "registered")
    assert (open_kinds(), healed()) == ([], [(kind, "engine")])


@BOTH
@pytest.mark.parametrize("made", [drafted, permanent], ids=["draft", "permanent"])
def test_what_is_missing_is_shown_and_never_made_anew(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount, made: Any
) -> None:
    version = made(own) if made is drafted else made(moved_clock, own)
    doi = make.doi_of(version)
    edit(sandbox, version, "delete")

    rounds(moved_clock)

    assert open_kinds() == ["missing"]
    assert Finding.objects.get().mended_at is None
    heal(moved_clock)
    assert there(sandbox, doi) is None
    assert open_kinds() == ["missing"]


def test_a_test_doi_may_disappear(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock, make.EZID)
    edit(sandbox, version, "delete")

    rounds(moved_clock)

    assert Finding.objects.count() == 0


@BOTH
def test_what_another_account_holds_is_shown_and_gone_when_it_is_ours_again(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    version = permanent(moved_clock, own)
    edit(sandbox, version, "move", owner="other.repo")

    rounds(moved_clock)

    assert open_kinds() == ["moved"]
    assert Finding.objects.get().detail == "other.repo"
    edit(sandbox, version, "move", owner=own.account_id)
    moved_clock.forward(hours=1, minutes=1)
    compare()
    assert (open_kinds(), healed()) == ([], [("moved", "registry")])


def test_a_handle_that_was_not_written_is_sent_again(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock)
    breaking.change_there(sandbox, make.doi_of(version), registered=None)

    rounds(moved_clock)

    assert open_kinds() == ["unregistered"]
    heal(moved_clock)
    assert (open_kinds(), healed()) == ([], [("unregistered", "engine")])


def test_a_discarded_draft_that_is_still_there_is_discarded_again(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    version = drafted()
    doi = make.doi_of(version)
    kept = breaking.record_of(sandbox, doi)
    issuance.switch_off(version.dataset, by=make.by())
    drain_all()
    assert make.doi_of(version).state == "discarded"
    sandbox.store.save(kept)

    rounds(moved_clock)

    assert open_kinds() == ["still-there"]
    heal(moved_clock)
    assert there(sandbox, doi) is None
    assert make.doi_of(version).state == "discarded"
    rounds(moved_clock)
    assert (open_kinds(), healed()) == ([], [("still-there", "engine")])


@pytest.mark.parametrize("own", [make.DATACITE, make.LASTING_EZID], ids=["datacite", "ezid"])
@pytest.mark.parametrize("dies_at", ["_walk", "_judge", "_ask_for_the_rest"])
def test_a_round_that_died_is_taken_up_again(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount, dies_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = permanent(moved_clock, own)
    edit(sandbox, version, "hide")

    def dies(*_: object, **__: object) -> None:
        raise breaking.Died

    with monkeypatch.context() as patched:
        patched.setattr(drift, dies_at, dies)
        patched.setattr(claims, "let_go", lambda *_, **__: None)
        with pytest.raises(breaking.Died):
            rounds(moved_clock)
    assert Finding.objects.count() == 0
    moved_clock.forward(minutes=6)
    compare()

    assert open_kinds() == ["state"]
    heal(moved_clock)
    assert healed() == [("state", "engine")]


# --- DOIs that no row names ---------------------------------------------------------------------------------------


def orphan(sandbox: Sandbox, url: str, *, name: str = "10.70112/orph-an00", **more: Any) -> None:
    sandbox.control.seed(
        {"provider": "datacite", "name": name, "owner": "ORG.REPO", "state": "draft", "url": url, **more}
    )


def test_a_doi_of_ours_that_no_row_names_is_shown_until_it_is_gone(
    sandbox: Sandbox, moved_clock: Clock
) -> None:
    version = drafted()
    other = make.version(version.dataset, "2.0", release=False)
    orphan(sandbox, landing_url(other.pk))
    orphan(sandbox, "https://other.example/", name="10.70112/not-ours")

    rounds(moved_clock)
    rounds(moved_clock)

    found = Finding.objects.get()
    assert (found.kind, found.name, found.doi) == ("orphan", "10.70112/orph-an00", None)
    assert found.organization == version.dataset.organization
    sandbox.control.edit("delete", "10.70112/orph-an00")
    rounds(moved_clock)
    assert (open_kinds(), healed()) == ([], [("orphan", "registry")])


# --- what is no finding -------------------------------------------------------------------------------------------


def test_a_list_that_is_behind_makes_no_finding(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = drafted()
    sandbox.control.behave(list_lag=3 * 604_800)
    moved_clock.forward(seconds=604_801)
    drain_all()
    assert make.doi_of(version).state == "findable"

    rounds(moved_clock, days=3)

    assert Finding.objects.count() == 0
    assert make.doi_of(version).compared_at is not None


@BOTH
def test_a_read_that_is_behind_makes_no_finding(
    sandbox: Sandbox, moved_clock: Clock, own: OwnAccount
) -> None:
    permanent(moved_clock, own)
    sandbox.faults.order([{"match": {"method": "GET"}, "action": {"stale": 600}}])

    rounds(moved_clock, minutes=1)

    assert Finding.objects.count() == 0
    breaking.heal(sandbox)
    moved_clock.forward(minutes=20)
    compare()
    assert Finding.objects.count() == 0
    assert set(Doi.objects.values_list("compare_after", flat=True)) == {None}


@BOTH
def test_a_wrong_password_makes_no_finding(sandbox: Sandbox, moved_clock: Clock, own: OwnAccount) -> None:
    permanent(moved_clock, own)
    sandbox.control.account(own.provider, own.account_id, password="changed")

    rounds(moved_clock)

    assert Finding.objects.count() == 0


def test_what_is_owed_is_no_finding(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock)
    moved_clock.forward(minutes=20)
    services.edit_metadata(version.dataset, {**make.METADATA, "titles": [{"title": "New"}]}, by=make.by())
    Doi.objects.update(next_attempt_at=None)

    rounds(moved_clock)

    assert Finding.objects.count() == 0


def test_an_external_doi_is_not_compared(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock)
    Doi.objects.update(account=None)
    edit(sandbox, version, "delete")

    rounds(moved_clock)

    assert Finding.objects.count() == 0


# --- what is told -------------------------------------------------------------------------------------------------


def test_history_tells_what_was_found_and_what_came_of_it(sandbox: Sandbox, moved_clock: Clock) -> None:
    version = permanent(moved_clock)
    edit(sandbox, version, "hide")
    rounds(moved_clock)
    heal(moved_clock)

    lines = DoiEvent.objects.filter(event__startswith="drift_").order_by("id")
    assert [(line.event, line.outcome, line.detail) for line in lines] == [
        ("drift_found", "state", {"detail": "registered"}),
        ("drift_healed", "state", {"by": "engine"}),
    ]
