"""`manage.py configure_doi`: what an administrator does on the DOI configuration page. The password comes on stdin."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from doi.checking import check_own
from doi.errors import DoiError, RegistryUnavailableError
from doi.management import base
from doi.registries.base import CheckResult
from doi.selectors import Owner
from doi.services import accounts, back_issue
from doi.services.accounts import OwnAccount
from organizations.models import Institution, Organization


class Command(base.Command):
    help = "Choose where an organization's or institution's DOIs come from. The password is one line on standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--organization", metavar="SLUG")
        who.add_argument("--institution", metavar="SLUG")
        parser.add_argument("--provider", choices=["datacite", "ezid"])
        parser.add_argument("--environment", choices=["production", "test"])
        parser.add_argument("--account", metavar="ID", help="repository account ID")
        parser.add_argument("--prefix", metavar="10.x", help="DOI prefix; for EZID a shoulder under it")
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--inherit", action="store_true")
        source.add_argument("--off", action="store_true")
        default = parser.add_mutually_exclusive_group()
        default.add_argument("--default-on", dest="default_on", action="store_true", default=None)
        default.add_argument("--no-default-on", dest="default_on", action="store_false")
        parser.add_argument("--back-issue", action="store_true", help="issue DOIs for every released version")
        parser.add_argument(
            "--no-check", action="store_true", help="save as unverified, without asking the registry"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        owner = self._owner(options)
        self._refuse_wrong_calls(owner, options)
        try:
            self._configure(owner, options)
        except DoiError as error:
            self.refuse(f"{error} Nothing was changed.")

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

    def _configure(self, owner: Owner, options: dict[str, Any]) -> None:
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
                back_issue.start(owner, by=by)

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
            self.stdout.write(f"{tick.outcome}: {tick.message}")
        return result
