"""
Which account an organization or institution issues under: own, inherited or off.

A DOI keeps the account it was issued under. Changing provider, environment, account ID or prefix makes a new account for
new DOIs; the old one is retired for issuing and stays while it has DOIs to look after.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from datasets.services import By
from doi import breakers, history, names, sealing, selectors
from doi.connections import secret_context
from doi.errors import InvalidNameError, NotAllowedError
from doi.models import Account, Configuration, Doi, Login, LoginSecret, Source
from doi.registries.base import CheckResult
from doi.selectors import Owner
from doi.services import following
from doi.services.wishes import wish
from doi.states import Environment, Provider
from organizations.models import Organization


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """What a person typed. An empty password keeps the one there is."""

    provider: str
    environment: str
    account_id: str
    prefix: str
    password: str | None = field(default=None, repr=False)


class FieldError(NotAllowedError):
    """Refused before anything was asked or changed; `field` names the form field."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


def examine(owner: Owner, own: OwnAccount) -> names.Prefix:
    """Everything that can be refused without asking the registry. Returns the parsed prefix. Raises FieldError."""
    if own.provider not in Provider.values:
        raise FieldError(_("Choose DataCite or EZID."), field="provider")
    if own.environment not in Environment.values:
        raise FieldError(_("Choose production or test."), field="environment")
    if not own.account_id.strip():
        raise FieldError(_("Enter the repository account ID."), field="account_id")
    if ":" in own.account_id:
        raise FieldError(
            _("An account ID holds no colon; the registry could not read it."), field="account_id"
        )
    try:
        prefix = names.parse_prefix(own.prefix)
    except InvalidNameError as error:
        raise FieldError(str(error), field="prefix") from error
    _examine_prefix(own, prefix)
    _examine_password(owner, own)
    return prefix


def _examine_prefix(own: OwnAccount, prefix: names.Prefix) -> None:
    provider = Provider(own.provider)
    if names.is_crossref_shoulder(prefix):
        raise FieldError(_("This is a Crossref shoulder; DOIs here are DataCite's."), field="prefix")
    if provider == Provider.DATACITE and prefix.shoulder:
        raise FieldError(
            _("DataCite has prefixes without a shoulder: enter the part before the slash."), field="prefix"
        )
    if own.environment == Environment.PRODUCTION and names.is_test_prefix(prefix, provider):
        raise FieldError(
            _("%(prefix)s is a test prefix; choose the test environment, or enter your own prefix.")
            % {"prefix": prefix},
            field="prefix",
        )
    ezid_test = provider == Provider.EZID and own.environment == Environment.TEST
    if ezid_test and not names.is_ezid_test_shoulder(prefix):
        raise FieldError(_("For tests EZID has the shoulder 10.5072/FK2 only."), field="prefix")


def _examine_password(owner: Owner, own: OwnAccount) -> None:
    if own.provider == Provider.EZID and own.password and ":" in own.password:
        raise FieldError(
            _("EZID cannot sign in with a password that holds a colon; change it at EZID first."),
            field="password",
        )
    if not own.password:
        login = find_login(owner, own)
        if login is None or not login.secrets.filter(destroyed_at__isnull=True).exists():
            raise FieldError(_("Enter the password of this repository account."), field="password")


def find_login(owner: Owner, own: OwnAccount) -> Login | None:
    """The owner's login for this account ID, compared as registries do."""
    return (
        Login.objects.filter(**_owned_by(owner), provider=own.provider, environment=own.environment)
        .annotate(folded=Lower("account_id"))
        .filter(folded=own.account_id.strip().lower())
        .first()
    )


def configure_own(
    owner: Owner, own: OwnAccount, *, check: CheckResult | None, default_on: bool | None, by: By
) -> Configuration:
    """
    Put an own account in force; `check` None saves it as unverified, and nothing is sent until one has passed.

    Raises FieldError, SealError or NotAllowedError (a refused check) before anything is changed.
    """
    if check is not None and not check.passed:
        raise NotAllowedError(_("The registry refused this account, so nothing was changed."))
    prefix = examine(owner, own)
    with transaction.atomic():
        login = find_login(owner, own) or Login.objects.create(
            **_owned_by(owner),
            provider=own.provider,
            environment=own.environment,
            account_id=own.account_id.strip(),
            created_at=by.now,
        )
        if own.password:
            set_password(login, own.password, by=by)
        account, made = Account.objects.get_or_create(
            login=login, prefix=str(prefix), defaults={"created_at": by.now}
        )
        _mark_checked(login, check, untried=made or bool(own.password), by=by)
        Account.objects.filter(pk=account.pk).update(retired_at=None)
        detail = {
            "provider": own.provider,
            "environment": own.environment,
            "account_id": login.account_id,
            "prefix": str(prefix),
            "password": "set" if own.password else "kept",
            "check": "passed" if check else "not made",
        }
        return _configure(owner, Source.OWN, account=account, default_on=default_on, detail=detail, by=by)


def _mark_checked(login: Login, check: CheckResult | None, *, untried: bool, by: By) -> None:
    """`untried`: a password or prefix that no check has seen, so what was verified before says nothing about it."""
    if check is not None:
        login.verified_at, login.refused_at, login.refusal = by.now, None, ""
        login.domains = check.domains
        breakers.answered(login)
        _look_again(login, by=by)
    elif untried:
        login.verified_at = None
    login.save(update_fields=["verified_at", "refused_at", "refusal", "domains"])


def _look_again(login: Login, *, by: By) -> None:
    """A mended account heals what waits behind it: what it or its landing host stopped, and what an outage delayed."""
    stopped = Q(attention__in=["account", "host"]) | Q(failures__gt=0)
    wish(Doi.objects.filter(stopped, account__login=login), now=by.now, lane=None)


def set_password(login: Login, password: str, *, by: By) -> LoginSecret:
    """A new version of the login's password, sealed for its place. Raises SealError without a key ring."""
    last = login.secrets.aggregate(last=Max("number"))["last"] or 0
    secret = LoginSecret(login=login, number=last + 1, set_at=by.now, set_by=history.person_of(by))
    sealed = sealing.seal(password, context=secret_context(secret))
    secret.sealed, secret.wrapped_key, secret.key_id = sealed.sealed, sealed.wrapped_key, sealed.key_id
    secret.save()
    return secret


def configure_inherit(owner: Owner, *, default_on: bool | None, by: By) -> Configuration:
    """
    Take what is nearest above. Raises NotAllowedError where there is nothing above.

    `default_on` None leaves the default as it is; where none was ever chosen, the institution's is taken.
    """
    choice = next(each for each in selectors.choices(owner) if each.value == Source.INHERIT)
    if not choice.available:
        raise NotAllowedError(choice.why)
    if default_on is None and selectors.configuration_of(owner) is None:
        default_on = _default_offered(owner)
    return _configure(owner, Source.INHERIT, account=None, default_on=default_on, detail={}, by=by)


def _default_offered(owner: Owner) -> bool | None:
    offered = selectors.offered_above(owner).owner
    above = selectors.configuration_of(offered) if offered is not None else None
    return above.default_on if above is not None else None


def configure_off(owner: Owner, *, by: By) -> Configuration:
    """Nothing new is issued; what there is stays and is looked after."""
    return _configure(owner, Source.OFF, account=None, default_on=None, detail={}, by=by)


def set_default(owner: Owner, default_on: bool, *, by: By) -> None:  # noqa: FBT001  (the one value this is about)
    """The default for future datasets; never changes existing ones."""
    with transaction.atomic():
        changed = Configuration.objects.filter(**_owned_by(owner)).exclude(default_on=default_on)
        if changed.update(default_on=default_on, updated_at=by.now, updated_by=history.person_of(by)):
            history.record_change(
                "default_changed",
                by=by,
                organization=_organization(owner),
                detail={**_named(owner), "default_on": default_on},
            )


def first_time(owner: Organization) -> bool:
    """No account was ever in force here: then the back-issue is offered."""
    configured = Configuration.objects.filter(organization=owner).exclude(source=Source.OFF).exists()
    return not configured and not Doi.objects.filter(organization=owner).exists()


@transaction.atomic
def _configure(
    owner: Owner,
    source: str,
    *,
    account: Account | None,
    default_on: bool | None,
    detail: dict[str, Any],
    by: By,
) -> Configuration:
    before = selectors.configuration_of(owner)
    values: dict[str, Any] = {
        "source": source,
        # An account that is not in force any more is remembered, so that one can go back to it.
        "account": account or (before.account if before is not None else None),
        "updated_at": by.now,
        "updated_by": history.person_of(by),
    }
    if default_on is not None:
        values["default_on"] = default_on
    configuration, _made = Configuration.objects.update_or_create(**_owned_by(owner), defaults=values)
    _retire_others(owner, configuration, by=by)
    history.record_change(
        "configured",
        by=by,
        organization=_organization(owner),
        detail={**_named(owner), "source": str(source), "default_on": configuration.default_on, **detail},
    )
    follow_what_is_in_force(owner, by=by)
    return configuration


def _retire_others(owner: Owner, configuration: Configuration, *, by: By) -> None:
    """The owner's other accounts issue nothing new; they stay for the DOIs that were issued under them."""
    theirs = {f"login__{key}": value for key, value in _owned_by(owner).items()}
    kept = configuration.account_id if configuration.source == Source.OWN else None
    Account.objects.filter(**theirs, retired_at__isnull=True).exclude(pk=kept or 0).update(retired_at=by.now)


def follow_what_is_in_force(owner: Owner, *, by: By) -> None:
    """What is in force at or below `owner` may have changed: planned DOIs follow it, and versions that waited get theirs."""
    following.follow(selectors.below(owner), by=by)


def _owned_by(owner: Owner) -> dict[str, Any]:
    return {"organization": owner} if isinstance(owner, Organization) else {"institution": owner}


def _organization(owner: Owner) -> Organization | None:
    return owner if isinstance(owner, Organization) else None


def _named(owner: Owner) -> dict[str, str]:
    kind = "organization" if isinstance(owner, Organization) else "institution"
    return {kind: owner.slug}
