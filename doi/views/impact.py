"""
What a change of source means for the DOIs there are, in numbers, said at the choice before anything is saved.

A DOI that was sent, shown or reserved keeps its account; one that is only planned follows what is in force.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datasets.hooks import Consequence
from doi import selectors
from doi.models import Doi, Source
from doi.selectors import Owner
from doi.services.pinning import NOT_AT_A_REGISTRY, unpinned
from doi.states import PERMANENT, State, Wanted
from organizations.models import Organization


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many DOIs a change concerns: `pinned` are planned and keep their account, `planned` follow the change."""

    drafts: int
    permanent: int
    pinned: int
    planned: int


def numbers(owner: Owner) -> Numbers:
    """An organization's DOIs; for an institution those under its own accounts, whoever inherits them."""
    if isinstance(owner, Organization):
        rows = Doi.objects.filter(organization=owner, account__isnull=False)
    else:
        rows = Doi.objects.filter(account__login__institution=owner)
    wanted = rows.filter(wanted=Wanted.PERMANENT)
    following = unpinned(wanted).count()
    return Numbers(
        drafts=wanted.filter(state=State.DRAFT).count(),
        permanent=rows.filter(state__in=PERMANENT).count(),
        pinned=wanted.filter(state__in=NOT_AT_A_REGISTRY).count() - following,
        planned=following,
    )


def impacts(owner: Owner) -> dict[str, list[Consequence]]:
    """By source what choosing it does to the DOIs there are. Nothing for the one in force, as nothing changes."""
    found, now = numbers(owner), selectors.source_of(owner)
    return {
        source.value: [*_stays(found), *_planned(owner, found.planned, source)]
        for source in Source
        # An own account may be exchanged for another one; what is inherited or off stays as it is.
        if source != now or source == Source.OWN
    }


def _stays(found: Numbers) -> list[Consequence]:
    said = []
    if found.drafts:
        said.append(
            ngettext(
                "%(n)d draft goes on and becomes permanent under its old account. To stop it, unrelease its version or "
                "switch its dataset off.",
                "%(n)d drafts go on and become permanent under their old account. To stop them, unrelease their "
                "versions or switch their datasets off.",
                found.drafts,
            )
            % {"n": found.drafts}
        )
    if found.permanent:
        said.append(
            ngettext(
                "%(n)d permanent DOI stays, and is kept in step under its old account.",
                "%(n)d permanent DOIs stay, and are kept in step under their old account.",
                found.permanent,
            )
            % {"n": found.permanent}
        )
    if found.pinned:
        said.append(
            ngettext(
                "%(n)d planned DOI that was sent or shown already keeps its name and its old account.",
                "%(n)d planned DOIs that were sent or shown already keep their names and their old account.",
                found.pinned,
            )
            % {"n": found.pinned}
        )
    return [Consequence(sentence) for sentence in said]


def _planned(owner: Owner, count: int, source: Source) -> list[Consequence]:
    """What becomes of the DOIs that nobody has sent or shown yet."""
    if not count:
        return []
    taker = "" if source == Source.OFF else _taker(owner, source)
    if taker:
        words = ngettext(
            "%(n)d planned DOI takes %(account)s, with a name under its prefix.",
            "%(n)d planned DOIs take %(account)s, with names under its prefix.",
            count,
        )
    else:
        words = ngettext(
            "%(n)d planned DOI waits until there is an account again.",
            "%(n)d planned DOIs wait until there is an account again.",
            count,
        )
    return [Consequence(words % {"n": count, "account": taker})]


def _taker(owner: Owner, source: Source) -> str:
    """The account that planned DOIs take; empty where there would be none."""
    if source == Source.OWN:
        return _("the new account")
    offered = selectors.offered_above(owner)
    if offered.account is None or offered.owner is None:
        return ""
    return _("the account of %(owner)s") % {"owner": offered.owner.name}
