"""The live check of a DataCite account: what is asked before anything is saved.

DataCite checks the landing page's host only when a DOI becomes permanent, a week too late; so it is judged here by
the rule of lupo 05afac46 (`match_url_with_domains`).
"""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from doi.errors import BadCredentialsError, InvalidNameError, RegistryRefusedError
from doi.registries.base import (
    CHECK_SECONDS,
    CheckResult,
    Payload,
    Tick,
    not_asked,
    reserve_passed,
    reserve_refused,
    sign_in_refused,
)
from doi.registries.http import Deadline


class Repository(Protocol):
    """What the check asks of the adapter."""

    def read_repository(self, *, deadline: Deadline | None) -> dict[str, Any]:
        """Read the account's record, or raise `BadCredentialsError`."""
        ...

    def reserve_and_discard(self, payload: Payload, *, deadline: Deadline) -> None:
        """Make and delete a draft."""
        ...


def run_check(
    repository: Repository, *, prefix: str, landing_host: str, reserve_name: str | None
) -> CheckResult:
    """Ask everything within ten seconds. Raises `RegistryUnavailableError`."""
    deadline = Deadline.after(CHECK_SECONDS)
    try:
        data = repository.read_repository(deadline=deadline)
    except BadCredentialsError as error:
        return sign_in_refused(error)
    ticks = (
        Tick("signs_in", "passed", _("DataCite accepts the account ID and password.")),
        _active(data),
        _prefix(data, prefix=prefix.partition("/")[0]),
        _host(data, host=landing_host),
    )
    if reserve_name is None or any(tick.outcome == "failed" for tick in ticks):
        return CheckResult((*ticks, not_asked("reserve")), domains=_domains(data))
    payload = Payload(name=reserve_name, url=f"https://{landing_host}/")
    return CheckResult((*ticks, _reserve(repository, payload, deadline=deadline)), domains=_domains(data))


def host_is_allowed(host: str, *, domains: str) -> bool:
    """Whether a repository with this `domains` setting takes landing pages on `host` (no port, lower case).

    `*` or blank allows all; `*.example.org` what ends in `.example.org`; every other entry exactly itself.
    """
    if domains.strip() in {"", "*"}:
        return True
    return any(
        host.endswith(entry[1:]) if entry.startswith("*.") else host == entry for entry in domains.split(",")
    )


def _active(data: Mapping[str, Any]) -> Tick:
    active = _attribute(data, "isActive")
    if active is True:
        return Tick("active", "passed", _("The repository account is active."))
    if active is False:
        return Tick(
            "active",
            "failed",
            _("The repository account is not active; ask your DataCite member organization to activate it."),
        )
    return Tick("active", "cannot_tell", _("DataCite did not say whether the account is active."))


def _prefix(data: Mapping[str, Any], *, prefix: str) -> Tick:
    try:
        assigned = {str(entry["id"]) for entry in data["relationships"]["prefixes"]["data"]}
    except (KeyError, TypeError):
        return Tick("prefix", "cannot_tell", _("DataCite did not list the account's prefixes."))
    if prefix in assigned:
        return Tick("prefix", "passed", _("The account may use the prefix %(prefix)s.") % {"prefix": prefix})
    if not assigned:
        message = _("The account has no prefix yet; ask your DataCite member organization for one.")
    else:
        message = _("The account may not use the prefix %(prefix)s; it has %(assigned)s.") % {
            "prefix": prefix,
            "assigned": ", ".join(sorted(assigned)),
        }
    return Tick("prefix", "failed", message)


def _host(data: Mapping[str, Any], *, host: str) -> Tick:
    domains = _attribute(data, "domains")
    bare_host = urlsplit(f"//{host}").hostname or host
    if domains is not None and not isinstance(domains, str):
        return Tick("host", "cannot_tell", _("DataCite did not say which landing-page hosts it allows."))
    if host_is_allowed(bare_host, domains=domains or ""):
        return Tick(
            "host", "passed", _("The account may point DOIs to pages on %(host)s.") % {"host": bare_host}
        )
    return Tick(
        "host",
        "failed",
        _("The account may not point DOIs to %(host)s, only to %(domains)s; have the host added at DataCite.")
        % {"host": bare_host, "domains": domains},
    )


def _reserve(repository: Repository, payload: Payload, *, deadline: Deadline) -> Tick:
    try:
        repository.reserve_and_discard(payload, deadline=deadline)
    except (RegistryRefusedError, InvalidNameError) as error:
        return reserve_refused(error)
    return reserve_passed()


def _domains(data: Mapping[str, Any]) -> str:
    """The rule as the registry writes it; blank allows every host, as `*` does."""
    found = _attribute(data, "domains")
    return found if isinstance(found, str) else ""


def _attribute(data: Mapping[str, Any], name: str) -> object:
    attributes = data.get("attributes")
    return attributes.get(name) if isinstance(attributes, dict) else None
