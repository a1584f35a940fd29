"""`manage.py verify_dois`: compare with the registries now."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.db.models import Q, QuerySet

from doi import claims, clock, drift, engine
from doi.errors import NotAllowedError
from doi.management import base
from doi.models import Doi, Finding, Login, Severity
from doi.services import repairing
from organizations.models import Organization

# A repair is a look and at most a few steps after it.
DRAINS = 10


class Command(base.Command):
    help = "Compare every DOI with its registry now. One line for each finding; exit 1 while there are any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--repair", action="store_true", help="do what can be done about them, then look again"
        )
        parser.add_argument("--organization", metavar="SLUG", help="only this organization's DOIs")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        here = self._organization(options["organization"])
        dois = Doi.objects.filter(account__isnull=False)
        if here is not None:
            dois = dois.filter(organization=here)
        logins = list(Login.objects.filter(pk__in=dois.values("account__login")).order_by("pk"))
        compared = [login for login in logins if self._compare(login)]
        if options["repair"]:
            self._repair(_findings(here))
            for login in compared:
                self._send(login)
                self._compare(login, again=True)
        left = list(_findings(here))
        for finding in left:
            self.stdout.write(_line(finding))
        if left or len(compared) < len(logins):
            sys.exit(base.REFUSED)

    def _organization(self, slug: str | None) -> Organization | None:
        if slug is None:
            return None
        found = Organization.objects.filter(slug=slug).first()
        if found is None:
            self.refuse(f"There is no organization “{slug}”.")
        return found

    def _compare(self, login: Login, *, again: bool = False) -> bool:
        why_not = drift.compare_now(login, again=again)
        if why_not:
            self.complain(f"{login} could not be compared: {why_not}")
        return not why_not

    def _repair(self, found: QuerySet[Finding]) -> None:
        for finding in found:
            try:
                repairing.repair(finding, by=self.by("verify_dois"))
            except NotAllowedError as error:
                self.complain(f"{finding.name}: {error}")

    def _send(self, login: Login) -> None:
        """Do what the repairs made due."""
        for _again in range(DRAINS):
            due = claims.accounts_with_due(clock.now())
            accounts = list(login.accounts.filter(pk__in=due).values_list("pk", flat=True))
            if not accounts:
                return
            for account in accounts:
                engine.drain(account)


def _findings(here: Organization | None) -> QuerySet[Finding]:
    which = Q() if here is None else Q(organization=here)
    rows: QuerySet[Finding] = Finding.objects.filter(which, healed_at__isnull=True)
    return rows.select_related("doi", "login", "organization").order_by("-severity", "name", "kind")


def _line(finding: Finding) -> str:
    """Severity, DOI, kind, what the registry says, since when."""
    place = finding.organization.slug if finding.organization is not None else "-"
    since = f"since {finding.first_seen_at:%Y-%m-%dT%H:%M:%SZ}"
    parts = [
        Severity(finding.severity).name.lower(),
        place,
        finding.name,
        finding.kind,
        finding.detail,
        since,
    ]
    return "\t".join(" ".join(part.split()) for part in parts)
