"""What people do in a storm, at random: each act is one of the product's own services, or a refusal by its rules."""

import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from datasets import services
from datasets.models import Dataset
from doi.errors import DoiError
from doi.models import BackIssueRun, Doi, Hold, Login
from doi.registries.base import CheckResult
from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account as RegistryAccount
from doi.services import accounts, back_issue, holding, issuance, windows
from doi.services.accounts import OwnAccount
from doi.states import State
from organizations.models import Institution, Organization
from tests.factories import doi as make

CONSORTIUM = OwnAccount("datacite", "production", "CONS.ONE", "10.70114", password="secret")
LIBRARY = OwnAccount("ezid", "production", "realuser", "10.70113/q1", password="secret")
SECOND = OwnAccount("datacite", "production", "ORG.TWO", "10.70115", password="secret")
ACCOUNTS = (make.DATACITE, make.LASTING_EZID, CONSORTIUM, LIBRARY, SECOND)
GOOD = CheckResult((), domains="*")


class People:
    """Four organizations: two with accounts of their own, one at either registry, and two that inherit theirs."""

    def __init__(self, chance: random.Random, sandbox: Sandbox, *, datasets: int) -> None:
        self._chance = chance
        self._sandbox = sandbox
        self.told: list[str] = []
        self.deleted: set[str] = set()
        self._passwords = {own.account_id: "secret" for own in ACCOUNTS}
        for own in ACCOUNTS:
            sandbox.accounts.replace(RegistryAccount(own.provider, own.account_id, "secret", (own.prefix,)))
        self._found(datasets)

    def _found(self, datasets: int) -> None:
        self._owners: dict[str, Organization | Institution] = {}
        places = [make.configured("river-lab", make.DATACITE), make.configured("harbour", make.LASTING_EZID)]
        self._owners |= {"ORG.REPO": places[0], "harbour": places[1]}
        for slug, own in (("consortium", CONSORTIUM), ("library", LIBRARY)):
            above = Institution.objects.create(slug=slug, name=slug.title())
            accounts.configure_own(above, own, check=GOOD, default_on=True, by=make.by())
            below = make.organization(f"{slug}-lab", institution=above)
            accounts.configure_inherit(below, default_on=slug == "library", by=make.by())
            self._owners[own.account_id] = above
            places.append(below)
        self.moving = places[2]
        self._owners["ORG.TWO"] = self.moving
        for place in places:
            for number in range(datasets):
                visibility = self._chance.choice(["public", "public", "private"])
                made = make.dataset(place, f"stage-{number}", visibility=visibility)
                make.version(made)

    def act(self) -> None:
        """One act of one person, or of the registry's own administration."""
        acts: list[tuple[int, Callable[[], object]]] = [
            (6, self._release),
            (2, self._unrelease),
            (3, self._edit),
            (2, self._edit_badly),
            (3, self._show_or_hide),
            (2, self._delete_or_restore_a_dataset),
            (2, self._delete_or_restore_a_version),
            (2, self._hold_or_lift),
            (2, self._switch),
            (2, self._back_issue),
            (1, self._change_the_password_there),
            (2, self._enter_the_password),
            (1, self._enter_a_wrong_password),
            (1, self._hold_or_stop_a_place),
            (1, self._move),
            (1, self._delete_a_draft_there),
        ]
        [act] = self._chance.choices([act for _, act in acts], [weight for weight, _ in acts])
        self._do(act)

    def set_right(self) -> None:
        """What only people can set right, and do: holds, switches, passwords, records, paused runs."""
        for own in ACCOUNTS:
            if Login.objects.filter(account_id=own.account_id).exists():
                self._enter(own, self._passwords[own.account_id])
        accounts.configure_inherit(self.moving, default_on=None, by=make.by())
        for held in Hold.objects.filter(lifted_at=None):
            holding.lift(held.dataset or held.organization or held.institution or held.login, by=make.by())
        for run in BackIssueRun.objects.filter(status="paused"):
            self._do(partial(back_issue.resume, run, by=make.by()), "resume")
        self._bring_back_what_went_unmended()
        for each in self._datasets(deleted_at=None):
            services.edit_metadata(each, self._record(), by=make.by())
        # What an undo left alone waits for the switch.
        wanted = Doi.objects.filter(wanted="permanent", state__in=["planned", "draft"])
        waiting = wanted.values("version__dataset")
        for each in self._datasets(pk__in=waiting, issuance__on=False, deleted_at=None):
            issuance.switch_on(each, by=make.by())
        for doi in Doi.objects.filter(held_at__isnull=False):
            windows.lift_hold(doi, by=make.by())

    def _bring_back_what_went_unmended(self) -> None:
        """What was deleted with a faulty record cannot be mended where it is."""
        for doi in Doi.objects.filter(tombstone__isnull=False).select_related("version__dataset"):
            left = doi.tombstone or {}
            if doi.version is not None and not left["metadata"].get("creators"):
                if doi.version.dataset.deleted_at is not None:
                    self._do(partial(services.restore_dataset, doi.version.dataset, by=make.by()), "restore")
                self._do(partial(services.restore_version, doi.version, by=make.by()), "restore")

    # --- acts -----------------------------------------------------------------------------------------------------

    def _release(self) -> None:
        of = self._dataset()
        waiting = of.versions.filter(released_at=None, deleted_at=None).first()
        if waiting is not None:
            services.release(waiting, by=make.by())
        elif of.versions.count() < 3:
            make.version(of, f"{of.versions.count() + 1}.0", release=self._chance.random() < 0.8)

    def _unrelease(self) -> None:
        current = services.current_version(self._dataset())
        if current is not None:
            services.unrelease(current, by=make.by())

    def _edit(self) -> None:
        services.edit_metadata(self._dataset(), self._record(), by=make.by())

    def _edit_badly(self) -> None:
        services.edit_metadata(self._dataset(), {**self._record(), "creators": []}, by=make.by())

    def _show_or_hide(self) -> None:
        of = self._dataset()
        services.set_visibility(of, "private" if of.is_public else "public", by=make.by())

    def _delete_or_restore_a_dataset(self) -> None:
        of = self._dataset()
        (services.delete_dataset if of.deleted_at is None else services.restore_dataset)(of, by=make.by())

    def _delete_or_restore_a_version(self) -> None:
        first = self._dataset().versions.order_by("position").first()
        if first is not None:
            act = services.delete_version if first.deleted_at is None else services.restore_version
            act(first, by=make.by())

    def _hold_or_lift(self) -> None:
        rows = list(Doi.objects.order_by("pk"))
        if rows:
            doi = self._chance.choice(rows)
            if doi.held_at is None and doi.state == State.DRAFT:
                windows.hold(doi, reason="looked at", by=make.by())
            else:
                windows.lift_hold(doi, by=make.by())

    def _switch(self) -> None:
        on = self._chance.random() < 0.7
        (issuance.switch_on if on else issuance.switch_off)(self._dataset(), by=make.by())

    def _back_issue(self) -> None:
        runs = list(BackIssueRun.objects.order_by("pk"))
        places = list(Organization.objects.order_by("pk"))
        acts: list[Callable[[], object]] = [
            lambda: back_issue.start(self._chance.choice(places), by=make.by())
        ]
        for run in runs:
            some = (back_issue.pause, back_issue.resume, back_issue.undo, back_issue.retry)
            acts += [partial(act, run, by=make.by()) for act in some]
        self._chance.choice(acts)()

    def _change_the_password_there(self) -> None:
        own = self._chance.choice(ACCOUNTS)
        password = f"secret-{self._chance.randrange(1000)}"
        self._passwords[own.account_id] = password
        self._sandbox.accounts.replace(RegistryAccount(own.provider, own.account_id, password, (own.prefix,)))

    def _enter_the_password(self) -> None:
        own = self._chance.choice(ACCOUNTS)
        if Login.objects.filter(account_id=own.account_id).exists():
            self._enter(own, self._passwords[own.account_id])

    def _enter_a_wrong_password(self) -> None:
        """As if it had been right when it was checked."""
        own = self._chance.choice(ACCOUNTS)
        if Login.objects.filter(account_id=own.account_id).exists():
            self._enter(own, "wrong")

    def _hold_or_stop_a_place(self) -> None:
        places: list[holding.Place] = [
            None,
            self._dataset(),
            self._chance.choice(list(Login.objects.order_by("pk"))),
            self._chance.choice(list(Organization.objects.order_by("pk"))),
            self._chance.choice(list(Institution.objects.order_by("pk"))),
        ]
        place = self._chance.choice(places)
        if holding.active(place) is None:
            holding.hold(place, reason="looked at", by=make.by())
        else:
            holding.lift(place, by=make.by())

    def _move(self) -> None:
        """The second organization under the consortium: its own account, its institution's, or none."""
        match self._chance.choice(["own", "inherit", "off"]):
            case "own":
                self._enter(SECOND, self._passwords["ORG.TWO"])
            case "inherit":
                accounts.configure_inherit(self.moving, default_on=None, by=make.by())
            case _:
                accounts.configure_off(self.moving, by=make.by())

    def _delete_a_draft_there(self) -> None:
        """By the registry's own staff. Nobody here may make it anew but a person."""
        drafts = [each for each in self._sandbox.store.all() if each.state == "draft"]
        if drafts:
            gone = self._chance.choice(drafts)
            self._sandbox.store.delete(gone)
            self.deleted.add(gone.name)

    # --- helpers --------------------------------------------------------------------------------------------------

    def _do(self, act: Callable[[], object], name: str = "") -> None:
        """Do it, unless a rule of the product forbids it."""
        name = (name or act.__name__).strip("_").replace("_", " ")
        self.told.append(name)
        with suppress(services.RefusedError, DoiError):
            act()
            return
        self.told[-1] += " (refused)"

    def _enter(self, own: OwnAccount, password: str) -> None:
        entered = OwnAccount(own.provider, own.environment, own.account_id, own.prefix, password=password)
        owner = self._owners[own.account_id]
        accounts.configure_own(owner, entered, check=GOOD, default_on=None, by=make.by())

    def _record(self) -> dict[str, Any]:
        return {**make.METADATA, "sizes": [f"{self._chance.randrange(1, 999)} MB"]}

    def _dataset(self) -> Dataset:
        return self._chance.choice(self._datasets())

    @staticmethod
    def _datasets(**which: Any) -> list[Dataset]:
        return list(Dataset.objects.filter(**which).select_related("organization").order_by("pk"))
