"""`manage.py back_issue`: the plan, or the run."""

from argparse import ArgumentParser
from typing import Any

from doi.errors import DoiError
from doi.management import base
from doi.services import back_issue
from organizations.models import Organization


class Command(base.Command):
    help = "Issue a DOI for every released, non-deleted version of an organization's datasets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", required=True, help="whose datasets")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            self.refuse(f"There is no organization “{options['organization']}”.")
        try:
            self._say(back_issue.plan(organization))
            if not options["dry_run"]:
                run = back_issue.start(organization, by=self.by("back_issue"))
                self.stdout.write(f"back-issue {run.pk} started; the engine does the rest")
        except DoiError as error:
            self.refuse(error)

    def _say(self, plan: back_issue.Plan) -> None:
        self.stdout.write(f"released versions: {plan.versions}")
        self.stdout.write(f"ready: {plan.ready} (private: {plan.private})")
        self.stdout.write(f"already with a DOI: {plan.already}")
        self.stdout.write(f"blocked: {len(plan.blocked)}")
        for each in plan.blocked:
            self.stdout.write(f"  {each.version}: {each.field}: {each.message}")
        self.stdout.write(f"time: about {plan.seconds:.0f} s")
