"""`manage.py configure_doi`: what an administrator does on the DOI configuration page. The password comes on stdin."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from doi.checking import check_own
from doi.errors import DoiError, RegistryUnavailableError
from doi.forms import TICK_LABELS
from doi.management import base
from doi.models import BackIssueRun, Source
from doi.registries.base import CheckResult
from doi.selectors import Owner, configuration_of, in_force, why_not_usable
from doi.services import accounts, back_issue
from doi.services.accounts import FieldError, OwnAccount
from organizations.models import Institution, Organization


class Command(base.Command):
    help = "Choose where an organization's or institution's DOIs come from. The password is one line on standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--organization", metavar="SLUG", help="configure this organization")
        who.add_argument(
            "--institution", metavar="SLUG", help="configure this institution, for what is below it"
        )
        parser.add_argument("--provider", choices=["datacite", "ezid"], help="where the account is")
        parser.add_argument("--environment", choices=["production", "test"], help="test DOIs never resolve")
        parser.add_argument("--account", metavar="ID", help="repository account ID")
        parser.add_argument("--prefix", metavar="10.x", help="DOI prefix; for EZID a shoulder under it")
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--inherit", action="store_true", help="use the account of the institution above")
        source.add_argument("--off", action="store_true", help="issue nothing new; existing DOIs stay")
        default = parser.add_mutually_exclusive_group()
        default.add_argument(
            "--default-on",
            dest="default_on",
            action="store_true",
            default=None,
            help="future datasets issue DOIs from the beginning",
        )
        default.add_argument(
            "--no-default-on",
            dest="default_on",
            action="store_false",
            help="future datasets issue DOIs when they are switched on",
        )
        parser.add_argument("--back-issue", action="store_true", help="issue DOIs for every released version")
        parser.add_argument(
            "--no-check", action="store_true", help="save as unverified, without asking the registry"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        owner = self._owner(options)
        self._refuse_wrong_calls(owner, options)
        try:
            run = self._configure(owner, options)
        except FieldError as error:
            where = " It is one line on standard input." if error.field == "password" else ""
            self.refuse(f"{error}{where} Nothing was changed.")
        except DoiError as error:
            self.refuse(f"{error} Nothing was changed.")
        self._say(owner)
        if run is not None:
            self.stdout.write(f"back-issue {run.pk} started; the engine does the rest")

    def _owner(self, options: dict[str, Any]) -> Owner:
        model, slug = (
            (Organization, options["organization"])
            if options["organization"]
            else (Institution, options["institution"])
        )
        found: Owner | None = model._default_manager.filter(slug=slug).first()  # noqa: SLF001
        if found is None:
            self.refuse(f"There is no {model._meta.verbose_name} “{slug}”.")  # noqa: SLF001
        return found

    def _refuse_wrong_calls(self, owner: Owner, options: dict[str, Any]) -> None:
        own = [options[name] for name in ("provider", "environment", "account", "prefix")]
        if (options["inherit"] or options["off"]) and any(own):
            self.wrong_call("--inherit and --off take no account.")
        if not (options["inherit"] or options["off"] or all(own)):
            self.wrong_call("Give --provider, --environment, --account and --prefix, or --inherit, or --off.")
        if options["no_check"] and not all(own):
            self.wrong_call("--no-check is for an account of one's own.")
        if options["off"] and options["default_on"] is not None:
            self.wrong_call("--off issues nothing, so it takes no default.")
        if options["back_issue"] and (isinstance(owner, Institution) or options["off"]):
            self.wrong_call("--back-issue is for an organization with an account in force.")

    def _configure(self, owner: Owner, options: dict[str, Any]) -> BackIssueRun | None:
        own = None if options["inherit"] or options["off"] else self._own(options)
        check = None if own is None or options["no_check"] else self._checked(owner, own)
        by = self.by("configure")
        with transaction.atomic():
            if own is not None:
                accounts.configure_own(owner, own, check=check, default_on=options["default_on"], by=by)
            elif options["inherit"]:
                accounts.configure_inherit(owner, default_on=options["default_on"], by=by)
            else:
                accounts.configure_off(owner, by=by)
            if options["back_issue"] and isinstance(owner, Organization):
                return back_issue.start(owner, by=by)
        return None

    def _say(self, owner: Owner) -> None:
        """What holds now, in one line; a second where the account cannot be used."""
        chosen, found = configuration_of(owner), in_force(owner)
        if found.account is None:
            self.stdout.write(self._nothing(owner, off=chosen is not None and chosen.source == Source.OFF))
            return
        obstacle = why_not_usable(found.account.login)
        if found.source == "inherited":
            self.stdout.write(f"saved: inherits {found.account} of {found.owner}")
        else:
            unverified = found.account.login.verified_at is None
            self.stdout.write(f"saved{' as unverified' if unverified else ''}: {found.account}")
        if obstacle is not None:
            self.stdout.write(obstacle.sentence)

    @staticmethod
    def _nothing(owner: Owner, *, off: bool) -> str:
        if not off:
            return "saved: inherits, but no institution above has an account yet, so nothing is issued"
        if isinstance(owner, Organization):
            return "saved: off; nothing new is issued, existing DOIs stay"
        return "saved: off; nothing is offered to the organizations below, existing DOIs stay"

    def _own(self, options: dict[str, Any]) -> OwnAccount:
        return OwnAccount(
            provider=options["provider"],
            environment=options["environment"],
            account_id=options["account"],
            prefix=options["prefix"],
            password=self._password(),
        )

    def _password(self) -> str:
        """One line, spaces and all; typed at a terminal it is not shown."""
        if sys.stdin.isatty():
            return getpass.getpass("Repository account password: ")
        try:
            return sys.stdin.readline().rstrip("\r\n")
        except UnicodeDecodeError:
            self.refuse("The password on standard input is not UTF-8. Nothing was changed.")

    def _checked(self, owner: Owner, own: OwnAccount) -> CheckResult:
        try:
            result = check_own(owner, own, reserve=False)
        except RegistryUnavailableError as error:
            self.refuse(f"{error} Nothing was changed; --no-check saves it as unverified.")
        if result.failed is not None:
            self.refuse(f"{result.failed.message} Nothing was changed.")
        for tick in result.ticks:
            # What was not asked, as nobody wanted it or an answer before made it idle, says nothing.
            if tick.outcome != "not_asked":
                outcome = tick.outcome.replace("_", " ")
                self.stdout.write(f"{outcome}: {TICK_LABELS[tick.code]}. {tick.message}")
        return result
