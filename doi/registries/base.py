"""What every registry adapter takes and gives. Nothing in here knows HTTP, a database or a request of the web."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol

from django.utils.translation import gettext as _

from doi.errors import BadCredentialsError, DoiError, RegistryError
from doi.states import Provider, State

CHECK_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 10.0

type TickCode = Literal["signs_in", "active", "prefix", "host", "reserve"]
type TickOutcome = Literal["passed", "failed", "cannot_tell", "not_asked"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A repository account's ID and its opened password; made just before a call and dropped after it."""

    username: str
    password: str = field(repr=False)

    @property
    def account_id(self) -> str:
        """The account ID as registries compare it."""
        return self.username.lower()


@dataclass(frozen=True, slots=True)
class Payload:
    """What a DOI should say: the folded name, the landing page and the metadata.

    DataCite is sent `attributes` (JSON attributes of its REST API, ready to send), EZID `xml` (DataCite kernel 4).
    Without either only name and URL are sent: a draft that held metadata is cleared.
    """

    name: str
    url: str
    attributes: Mapping[str, Any] | None = None
    xml: str | None = None


@dataclass(frozen=True, slots=True)
class RegistryRecord:
    """What a registry says about a DOI.

    `owner` is the account's ID in lower case, None where it was not told. `registered` tells whether the handle was
    written (None: this registry does not say). `date` is the clock of the registry when it answered. `title` is the
    first one, empty where there is none, None where it was not told.
    """

    name: str
    state: State
    url: str
    owner: str | None = None
    created: datetime | None = None
    registered: bool | None = None
    date: datetime | None = None
    updated: datetime | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of an account's list; `after` asks for the next one, None on the last.

    Lists are behind: what one says, or leaves out, is a reason to fetch and never a fact.
    """

    records: tuple[RegistryRecord, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    """One line of the live check: a sentence an administrator reads."""

    code: TickCode
    outcome: TickOutcome
    message: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The live check's ticks, always all five, in the order they are shown.

    `domains`: the landing-page hosts the account accepts, as the registry writes them; empty where it has no such rule.
    """

    ticks: tuple[Tick, ...]
    domains: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing was refused; what a registry cannot tell does not count against it."""
        return self.failed is None

    @property
    def failed(self) -> Tick | None:
        """The first refusal, or None."""
        return next((tick for tick in self.ticks if tick.outcome == "failed"), None)


class Registry(Protocol):
    """One repository account at one registry. Safe to use from several threads.

    Every method raises `RegistryUnavailableError` (try again; `sent` tells whether it may have been applied),
    `BadCredentialsError`, another `RegistryRefusedError`, or `InvalidNameError` where the registry's syntax cannot
    take the name, in which case nothing was sent.
    """

    provider: Provider

    def create(self, payload: Payload) -> RegistryRecord:
        """Make a draft under a name nobody has. Raises `NameTakenError`; never changes a record that exists."""
        ...

    def update(self, payload: Payload, *, state: State) -> RegistryRecord:
        """Send URL and metadata of a DOI known to be in `state`, without an event.

        DataCite's record carries the state it really is in; EZID's carries `state`.
        """
        ...

    def promote(self, payload: Payload, *, to: State) -> RegistryRecord:
        """Make a draft permanent: findable or registered, metadata and event in one request. There is no way back."""
        ...

    def hide(self, payload: Payload) -> RegistryRecord:
        """Take a findable DOI out of the listings; it becomes registered and goes on resolving."""
        ...

    def show(self, payload: Payload) -> RegistryRecord:
        """Make a registered DOI findable."""
        ...

    def discard(self, name: str) -> None:
        """Delete a draft; absent counts as done. Raises `NotADraftError` where it is permanent."""
        ...

    def fetch(self, name: str) -> RegistryRecord:
        """Read what the registry holds. Raises `NotAtRegistryError`, only while the credential is good."""
        ...

    def list_page(self, *, after: str = "", lately: bool = False) -> Page | None:
        """List the account's DOIs, up to 1,000 at a time; None where the registry has no lists.

        `after` is a page's own word, empty for the first page. `lately`: newest changes first, which reaches 10,000
        back; else oldest first and to the end.
        """
        ...

    def probe(self) -> None:
        """Ask whether the credential is accepted, changing nothing. Raises `BadCredentialsError`."""
        ...

    def check(self, *, prefix: str, landing_host: str, reserve_name: str | None) -> CheckResult:
        """Run the live check that a person asked for, in ten seconds in all.

        `prefix` may carry a shoulder. `reserve_name` is a name to make and delete as a draft, or None. Raises
        `RegistryUnavailableError` where the registry cannot be reached in that time.
        """
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


def not_asked(code: TickCode) -> Tick:
    """Make the tick of a question that was not put, because an earlier one was refused or nobody wanted it."""
    return Tick(code, "not_asked", _("Not asked."))


def sign_in_refused(error: BadCredentialsError) -> CheckResult:
    """Make the result of a check that came no further than the door."""
    unasked: tuple[TickCode, ...] = ("active", "prefix", "host", "reserve")
    return CheckResult((Tick("signs_in", "failed", str(error)), *map(not_asked, unasked)))


def reserve_passed() -> Tick:
    """Make the tick of a draft that was made and deleted."""
    return Tick("reserve", "passed", _("A draft was made and deleted again."))


def reserve_refused(error: DoiError) -> Tick:
    """Make the tick of a draft that was refused, with the registry's own words where there are any."""
    words = error.words if isinstance(error, RegistryError) else ""
    reason = f"{error} ({words})" if words else str(error)
    return Tick(
        "reserve", "failed", _("A draft could not be made and deleted: %(reason)s") % {"reason": reason}
    )


def credential_fault(provider: Provider, credentials: Credentials) -> str:
    """Say in one sentence why a credential cannot work, before any call; empty where nothing speaks against it."""
    if not credentials.username.strip():
        return _("The repository account ID is missing.")
    if not credentials.password:
        return _("The repository account password is missing.")
    if ":" in credentials.username:
        return _("A repository account ID cannot contain a colon.")
    if credentials.username.strip() in {".", ".."}:
        # As a part of an address these lead somewhere else.
        return _("A repository account ID cannot consist of dots alone.")
    if provider == Provider.EZID and ":" in credentials.password:
        return _(
            "EZID cannot sign in with a password that contains a colon; choose another password at EZID."
        )
    return ""
