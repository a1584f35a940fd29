"""
What a worker was doing when it is killed: each scene is prepared, then worked in a fork that dies on the way.

Together they pass every place of `doi.failpoints`; which scene is to die where stands in `DEATHS`.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings

from datasets import services
from datasets.models import Dataset, Version
from doi import chain, clock, drains, sealing
from doi.models import BackIssueRun, LoginSecret
from doi.registries.base import CheckResult
from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account as RegistryAccount
from doi.sandbox.store import Record
from doi.services import accounts, back_issue, following, issuance, reminding, rotation
from doi.services.accounts import OwnAccount
from organizations.models import Organization
from tests.doi import breaking
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.factories.organizations import member

OTHER = OwnAccount("datacite", "production", "ORG.OTHER", "10.70199", password="secret")
BAD = {"status": 422, "body": {"errors": [{"source": "titles", "title": "is not right"}]}}


@dataclass(slots=True)
class Stage:
    """Where a scene plays; what it leaves for its end."""

    sandbox: Sandbox
    clock: Clock
    monkeypatch: pytest.MonkeyPatch
    strangers: list[str] = field(default_factory=list)

    def released(self, count: int = 2, own: OwnAccount = make.DATACITE, **options: Any) -> list[Version]:
        place = make.configured(own=own)
        of = make.dataset(place, **options)
        issuance.switch_on(of, by=make.by())
        return [make.version(of, f"{number}.0") for number in range(1, count + 1)]

    def permanent(self, count: int = 1, own: OwnAccount = make.DATACITE, **options: Any) -> list[Version]:
        versions = self.drafted(count, own, **options)
        self.clock.forward(days=8)
        drain_all()
        return versions

    def drafted(self, count: int = 1, own: OwnAccount = make.DATACITE, **options: Any) -> list[Version]:
        versions = self.released(count, own, **options)
        drain_all()
        return versions


type Prepare = Callable[[Stage], None]
type Work = Callable[[], object]


def drafts(stage: Stage) -> None:
    stage.released(3)


def promotions(stage: Stage) -> None:
    stage.drafted(2)
    stage.clock.forward(days=8)


def promotions_at_ezid(stage: Stage) -> None:
    stage.drafted(2, make.LASTING_EZID)
    stage.clock.forward(days=8)


def promotions_claimed_long_ago(stage: Stage) -> None:
    promotions(stage)
    stage.monkeypatch.setattr(drains, "FRESH", 0.0)


def edited_draft(stage: Stage) -> None:
    [version] = stage.drafted(1)
    services.edit_metadata(version.dataset, {**make.METADATA, "sizes": ["3 MB"]}, by=make.by())


def made_private(stage: Stage) -> None:
    [version] = stage.permanent()
    services.set_visibility(version.dataset, "private", by=make.by())


def made_private_and_refused(stage: Stage) -> None:
    made_private(stage)
    stage.sandbox.faults.order([{"match": {"method": "PUT"}, "times": 1, "action": BAD}])


def made_public(stage: Stage) -> None:
    [version] = stage.permanent(visibility="private")
    services.set_visibility(version.dataset, "public", by=make.by())


def unreleased(stage: Stage) -> None:
    [version] = stage.drafted(1)
    services.unrelease(version, by=make.by())


def unreleased_and_refused(stage: Stage) -> None:
    unreleased(stage)
    refusal = {"status": 405, "body": {"errors": [{"status": "405", "title": "Method not allowed"}]}}
    stage.sandbox.faults.order([{"match": {"method": "DELETE"}, "times": 1, "action": refusal}])


def answer_lost(stage: Stage) -> None:
    stage.released(1)
    breaking.break_next(stage.sandbox, "lost", methods=("POST",))
    drain_all()
    stage.clock.forward(minutes=16)


def name_taken(stage: Stage) -> None:
    """Somebody else has a draft of that very name."""
    [version] = stage.released(1)
    name, at = make.doi_of(version).name, stage.clock.now().isoformat()
    stage.sandbox.store.save(
        Record("datacite", name, "other.repo", "draft", "https://elsewhere.example/", at, at)
    )
    stage.strangers.append("other.repo")


def password_refused(stage: Stage) -> None:
    stage.released(1)
    own = make.DATACITE
    stage.sandbox.accounts.replace(RegistryAccount(own.provider, own.account_id, "changed", (own.prefix,)))


def prefix_taken_away(stage: Stage) -> None:
    stage.released(1)
    stage.sandbox.accounts.replace(RegistryAccount("datacite", make.DATACITE.account_id, "secret", ()))


def asked_to_wait(stage: Stage) -> None:
    stage.released(3)
    wait = {"status": 429, "body": "", "retry_after": 30}
    stage.sandbox.faults.order([{"times": 1, "action": wait}])


def to_be_looked_at(stage: Stage) -> None:
    stage.permanent()
    stage.clock.forward(minutes=2)


def not_resolving(stage: Stage) -> None:
    stage.drafted()
    stage.sandbox.faults.order([{"match": {"method": "PUT"}, "times": 1, "action": {"handle": "fails"}}])
    stage.clock.forward(days=8)
    drain_all()
    stage.clock.forward(minutes=2)


def back_issue_begun(stage: Stage) -> None:
    place = make.configured(default_on=False)
    make.version(make.dataset(place))
    back_issue.start(place, by=make.by())


def back_issue_over(stage: Stage) -> None:
    back_issue_begun(stage)
    drain_all()
    back_issue.retry(BackIssueRun.objects.get(), by=make.by())


def account_changed(stage: Stage) -> None:
    stage.monkeypatch.setattr(following, "AT_ONCE", 1)
    [first, *_] = stage.released(3)
    own = OTHER
    stage.sandbox.accounts.replace(RegistryAccount(own.provider, own.account_id, "secret", (own.prefix,)))
    check = CheckResult((), domains="*")
    accounts.configure_own(first.dataset.organization, own, check=check, default_on=None, by=make.by())


def about_to_be_told(stage: Stage) -> None:
    [version] = stage.drafted(1)
    member("alice", version.dataset.organization)
    services.edit_metadata(version.dataset, {**make.METADATA, "creators": []}, by=make.by())
    drain_all()
    stage.clock.forward(days=6, hours=12)


def ring_changed(stage: Stage) -> None:
    stage.released(1)
    fresh = urlsafe_b64encode(secrets.token_bytes(32)).decode()
    stage.monkeypatch.setattr(settings, "DOI_ENCRYPTION_KEYS", [fresh, *settings.DOI_ENCRYPTION_KEYS])


def seal() -> None:
    chain.seal(now=clock.now())


def remind() -> None:
    reminding.remind(now=clock.now())


# --- how a scene ends when a person has to do something: they do it ------------------------------------------------


def new_password(stage: Stage) -> None:
    own = OwnAccount("datacite", "production", "ORG.REPO", "10.70112", password="changed")
    check = CheckResult((), domains="*")
    accounts.configure_own(_place(), own, check=check, default_on=None, by=make.by())


def prefix_given_back(stage: Stage) -> None:
    own = make.DATACITE
    stage.sandbox.accounts.replace(RegistryAccount(own.provider, own.account_id, "secret", (own.prefix,)))
    accounts.configure_own(_place(), own, check=CheckResult((), domains="*"), default_on=None, by=make.by())


def metadata_mended(_stage: Stage) -> None:
    services.edit_metadata(Dataset.objects.get(), make.METADATA, by=make.by())


def rotated_to_the_end(_stage: Stage) -> None:
    rotation.rotate()
    assert set(LoginSecret.objects.values_list("key_id", flat=True)) == {sealing.Ring.from_settings().primary}


def _place() -> Organization:
    return Organization.objects.get()


@dataclass(frozen=True, slots=True)
class Scene:
    prepare: Prepare
    deaths: tuple[str, ...]
    work: Work = drain_all
    mend: Prepare | None = None


_HOLD = ("hold.written", "hold.committed", "free.done", "connect.done", "hold.let_go", "hold.ended")
_CLAIM = ("claim.begin", "claim.committed", "claim.loaded", "decide.row", "decide.all", "decide.committed")
_MARK = ("budget.spent", "mark.begin", "mark.rows", "mark.told", "mark.committed", "mark.submitted")
_ASK = ("request.begin", "request.answered")
_RECORD = ("record.in_hand", "record.heeded", "commit.rows", "commit.told", "commit.done", "record.done")
_PROMOTE = ("mark.rows", "mark.past_return", "mark.related", "promote.looked", "promote.sent")

SCENES: dict[str, Scene] = {
    "drafts": Scene(drafts, (*_HOLD, *_CLAIM, *_MARK, *_ASK, "create.sent", *_RECORD)),
    "promotions": Scene(
        promotions,
        (
            *_PROMOTE,
            "request.answered",
            "record.in_hand",
            "commit.locked",
            "commit.neighbours",
            "commit.done",
        ),
    ),
    "promotions at EZID": Scene(
        promotions_at_ezid, ("promote.looked", "ezid.written", "promote.sent", "commit.done")
    ),
    "promotions claimed long ago": Scene(
        promotions_claimed_long_ago, ("promote.asked_again", "hold.renew", "hold.renewed")
    ),
    "an edited draft": Scene(edited_draft, ("mark.committed", "update.sent", "commit.done")),
    "made private": Scene(made_private, ("mark.committed", "request.begin", "hide.sent", "commit.done")),
    "made private and refused": Scene(made_private_and_refused, ("hide.refused",)),
    "made public": Scene(made_public, ("show.sent",)),
    "unreleased": Scene(unreleased, ("mark.committed", "discard.sent", "commit.done")),
    "unreleased and refused": Scene(unreleased_and_refused, ("discard.refused",)),
    "an answer lost": Scene(answer_lost, ("look.answered", "commit.done")),
    "a name taken": Scene(name_taken, ("create.taken", "record.renamed", "commit.done")),
    "a password refused": Scene(
        password_refused, ("probe.begin", "login.refused", "login.told"), mend=new_password
    ),
    "a prefix taken away": Scene(prefix_taken_away, ("probe.answered",), mend=prefix_given_back),
    "asked to wait": Scene(
        asked_to_wait, ("budget.paused", "give_back.begin", "give_back.one", "give_back.done")
    ),
    "looks": Scene(to_be_looked_at, ("seen.claimed", "seen.answered", "seen.written", "seen.committed")),
    "not resolving": Scene(not_resolving, ("seen.sent_again", "seen.written")),
    "a back-issue": Scene(
        back_issue_begun,
        ("back_issue.dataset", "back_issue.slice", "back_issue.committed", "make.row", "make.due"),
    ),
    "a back-issue at its end": Scene(back_issue_over, ("back_issue.followed", "back_issue.finished")),
    "an account changed": Scene(account_changed, ("follow.moved", "follow.brought", "follow.committed")),
    "a history to seal": Scene(drafts, ("seal.read", "seal.written", "seal.committed"), work=seal),
    "a letter to send": Scene(
        about_to_be_told, ("remind.marked", "remind.told"), work=remind, mend=metadata_mended
    ),
    "a ring changed": Scene(
        ring_changed, ("rotate.wrapped", "rotate.written"), work=rotation.rotate, mend=rotated_to_the_end
    ),
}

DEATHS = [(name, point) for name, scene in SCENES.items() for point in scene.deaths]
