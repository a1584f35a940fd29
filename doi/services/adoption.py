"""Taking an existing DOI over. One look decides; nothing is ever created by it."""

from django.db import transaction
from django.utils.translation import gettext as _

from datasets.models import Version
from datasets.services import By
from doi import names, selectors
from doi.errors import AccountNotReadyError, NotAllowedError
from doi.models import Account, Doi
from doi.services.pinning import unpinned
from doi.services.wishes import LOADED, tell, wish
from doi.states import Wanted


@transaction.atomic
def adopt(version: Version, text: str, *, by: By) -> Doi:
    """
    The DOI in `text` belongs to `version`; the engine looks at it before anything else.

    The same again changes nothing. Raises InvalidNameError, AccountNotReadyError, or NotAllowedError where the name or
    the version is taken here.
    """
    name = names.parse_name(text).name
    account = selectors.in_force(version.dataset.organization).account
    known = _known(version, name, account)
    if known is not None:
        return known
    if account is None:
        raise AccountNotReadyError(
            _("No DOI account is in force, so there is nobody to look at the DOI with.")
        )
    if version.deleted_at is not None:
        raise NotAllowedError(_("A deleted version takes no existing DOI; restore it first."))
    row = _row(version, name, account, by=by)
    # With the switch off a draft found there stays one; what is permanent is managed in any case.
    wanted = Wanted.PERMANENT if selectors.is_on(version.dataset) else Wanted.DRAFT
    wish(Doi.objects.filter(pk=row.pk), now=by.now, wanted=wanted, uncertain=True)
    tell(Doi.objects.filter(pk=row.pk).select_related(*LOADED), "adopted", by=by)
    return row


def _known(version: Version, name: str, account: Account | None) -> Doi | None:
    """The version's row where it has this very name. Raises NotAllowedError where either is taken."""
    rows = Doi.objects.filter(name=name)
    if account is not None:
        rows = rows.filter(environment=account.login.environment)
    for row in rows:
        if row.landing_id != version.pk:
            raise NotAllowedError(_("%(name)s belongs to another version.") % {"name": name})
        return row
    return None


def _row(version: Version, name: str, account: Account, *, by: By) -> Doi:
    """A new row, or the one that was planned and that nobody has sent or shown yet."""
    values = {
        "account": account,
        "name": name,
        "public": version.dataset.is_public,
        "adopted_at": by.now,
        "shown_at": by.now,
    }
    environment = account.login.environment
    there = Doi.objects.filter(landing_id=version.pk, environment=environment).first()
    if there is None:
        return Doi.objects.create(
            organization=version.dataset.organization,
            version=version,
            landing_id=version.pk,
            environment=environment,
            created_at=by.now,
            **values,
        )
    if not unpinned(Doi.objects.filter(pk=there.pk)).update(**values):
        raise NotAllowedError(_("This version has the DOI %(name)s already.") % {"name": there.name})
    there.refresh_from_db()
    return there
