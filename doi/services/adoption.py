"""Taking an existing DOI over. One look decides; nothing is ever created by it."""

from django.db import transaction
from django.utils.translation import gettext as _

from datasets.models import Version
from datasets.services import By
from doi import names, selectors
from doi.errors import AccountNotReadyError, NotAllowedError
from doi.models import Doi
from doi.services.wishes import LOADED, tell, wish
from doi.states import Wanted


@transaction.atomic
def adopt(version: Version, text: str, *, by: By) -> Doi:
    """
    The DOI in `text` belongs to `version`; the engine looks at it before anything else.

    Raises InvalidNameError, AccountNotReadyError, or NotAllowedError where the name or the version is taken here.
    """
    name = names.parse_name(text).name
    account = selectors.in_force(version.dataset.organization).account
    if account is None:
        raise AccountNotReadyError(
            _("No DOI account is in force, so there is nobody to look at the DOI with.")
        )
    environment = account.login.environment
    there = Doi.objects.filter(landing_id=version.pk, environment=environment).first()
    if there is not None and there.name == name:
        return there
    if there is not None:
        raise NotAllowedError(_("This version has the DOI %(name)s already.") % {"name": there.name})
    if Doi.objects.filter(environment=environment, name=name).exists():
        raise NotAllowedError(_("%(name)s belongs to another version.") % {"name": name})
    doi = Doi.objects.create(
        organization=version.dataset.organization,
        version=version,
        landing_id=version.pk,
        account=account,
        environment=environment,
        name=name,
        public=version.dataset.is_public,
        adopted_at=by.now,
        shown_at=by.now,
        uncertain=True,
        created_at=by.now,
    )
    wish(Doi.objects.filter(pk=doi.pk), now=by.now, wanted=Wanted.PERMANENT)
    tell(Doi.objects.filter(pk=doi.pk).select_related(*LOADED), "adopted", by=by)
    return doi
