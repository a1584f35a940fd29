"""Turns a loaded row into the frozen snapshot that `plan` decides on, and into the payload that a step sends."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from datasets.readiness import label_of
from doi import metadata, names
from doi.address import landing_url
from doi.described import described
from doi.kernel4 import PROPERTIES, Kernel
from doi.models import Doi
from doi.plan import LAST_LOOK, Obstacle, Snapshot
from doi.registries.base import Payload
from doi.registries.datacite_check import host_is_allowed
from doi.relations import Around, related
from doi.states import Provider, State, Step, Wanted
from doi.stops import HELD, Stops

# EZID validates by kernel 4.6 (its XSD of 2026-05), DataCite by 4.7.
KERNELS: dict[str, Kernel] = {Provider.DATACITE: "4.7", Provider.EZID: "4.6"}

# The word under which a DOI is shown to people that does not resolve.
UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True)
class Judged:
    """One claimed row with its decision's grounds: what is described, the snapshot, its neighbours where they count."""

    doi: Doi
    described: dict[str, Any] | None
    snapshot: Snapshot
    around: Around | None = None


def judge(doi: Doi, *, around: Around | None = None, stops: Stops | None = None) -> Judged:
    """
    Look at `doi`, loaded with account, login, version, dataset, organization and the dataset's switch.

    `around` None: nobody has looked at its neighbours, and what the registry was told of them is taken as right.
    `stops` None: the holds are read now, with a query of their own.
    """
    record = _described(doi)
    stops = stops if stops is not None else Stops.read()
    return Judged(doi=doi, described=record, snapshot=_snapshot(doi, record, around, stops), around=around)


def _described(doi: Doi) -> dict[str, Any] | None:
    if doi.withdrawn_at is not None and doi.tombstone:
        return _withdrawn(doi, {"version": doi.tombstone["number"], **doi.tombstone["metadata"]})
    return {"version": doi.version.number, **described(doi.version)} if doi.version is not None else None


def _withdrawn(doi: Doi, record: dict[str, Any]) -> dict[str, Any]:
    """DataCite's procedure for what is gone: a date ``Withdrawn`` with the reason."""
    assert doi.withdrawn_at is not None  # noqa: S101  (asked just before)
    date: dict[str, Any] = {"date": doi.withdrawn_at.date().isoformat(), "dateType": "Withdrawn"}
    if doi.withdrawal_reason:
        date["dateInformation"] = doi.withdrawal_reason
    return {**record, "dates": [*record.get("dates", []), date]}


def _snapshot(doi: Doi, record: dict[str, Any] | None, around: Around | None, stops: Stops) -> Snapshot:
    return Snapshot(
        state=State(doi.state),
        wanted=Wanted(doi.wanted),
        public=doi.public,
        withdrawn=doi.withdrawn_at is not None,
        outdated=doi.generation != doi.confirmed_generation or _names_others(doi, around),
        confirmed_public=doi.confirmed_public,
        create_sent=doi.create_sent_at is not None,
        # A step that nobody recorded: its worker died, or its lease ended while the request was away.
        uncertain=doi.uncertain or bool(doi.step),
        promoting=doi.step == Step.PROMOTE,
        adopted=doi.adopted_at is not None,
        external=doi.account_id is None,
        reserved=doi.reserved_at is not None,
        promote_now=doi.promote_now_at is not None,
        permanent_after=doi.permanent_after,
        metadata=metadata_obstacle(record, doi),
        gate=_gate(doi) or stops.gate(doi),
        host=_host(doi),
        promotions=stops.kill_switch(doi),
        clock=stops.clocks,
        unresolved=unresolved(doi),
    )


def _names_others(doi: Doi, around: Around | None) -> bool:
    """The registry was told of other neighbours than there are now. Drafts name none."""
    told = (doi.confirmed_older, doi.confirmed_newer)
    return doi.is_permanent and around is not None and around.keys != told


def metadata_obstacle(record: dict[str, Any] | None, doi: Doi) -> Obstacle | None:
    """The first thing the local rules refuse, or None."""
    if record is None:
        return Obstacle("metadata", _("The version's record is gone, so there is nothing to send."))
    found = metadata.problems(record, kernel=_kernel(doi))
    if not found:
        return None
    field, message = found[0].field, found[0].message
    # A sentence about the whole property names it; one about a part of an entry says “the name”.
    if field not in PROPERTIES:
        message = _("“%(label)s”: %(message)s") % {"label": label_of(field), "message": message}
    return Obstacle(f"metadata.{field}", message)


def _kernel(doi: Doi) -> Kernel:
    return KERNELS[doi.account.login.provider if doi.account is not None else Provider.DATACITE]


def _gate(doi: Doi) -> Obstacle | None:
    if doi.held_at is not None:
        return Obstacle(HELD, _("Held: %(reason)s") % {"reason": doi.hold_reason})
    version = doi.version
    # Withdrawn as a draft means past the point of no return: it goes on, to be a tombstone.
    if doi.withdrawn_at is None and (version is None or not version.is_live):
        return Obstacle("version", _("The version is not released, so its DOI stays a draft."))
    issuance = getattr(version.dataset, "issuance", None) if version is not None else None
    if doi.adopted_at is None and doi.withdrawn_at is None and (issuance is None or not issuance.on):
        return Obstacle("switch", _("DOIs are switched off for this dataset, so this one stays a draft."))
    return None


def _host(doi: Doi) -> Obstacle | None:
    domains = doi.account.login.domains if doi.account is not None else ""
    host = urlsplit(landing_url(doi.landing_id)).hostname or ""
    if host_is_allowed(host, domains=domains):
        return None
    return Obstacle(
        "host",
        _(
            "The registry does not accept landing pages at %(host)s; add it to the domains of the repository account."
        )
        % {"host": host},
    )


def unresolved(doi: Doi) -> Obstacle | None:
    """What the looks after becoming permanent have come to, once the last of them did not find it resolving."""
    if doi.looks < LAST_LOOK or doi.resolves_since is not None or doi.permanent_at is None:
        return None
    if doi.leads_to == landing_url(doi.landing_id):
        found = _("It resolves, but DataCite does not list it: EZID has not handed it over.")
    elif doi.leads_to:
        found = _("The resolver leads this DOI to %(url)s and not to its landing page.") % {
            "url": doi.leads_to[:200]
        }
    else:
        found = _("The resolver does not know this DOI.")
    sentence = _(
        "%(found)s It is permanent since %(since)s; every 29 hours it is sent to the registry again, and looked at soon "
        "after that. "
        "If that does not help, ask the registry why."
    )
    since = f"{doi.permanent_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return Obstacle(UNRESOLVED, sentence % {"found": found, "since": since})


def payload(judged: Judged, step: Step) -> Payload:
    """
    What `step` sends. A private draft holds name and URL only; hiding never waits for metadata.

    Neighbours are named by what is permanent or becomes so, never by a draft.
    """
    doi = judged.doi
    bare = Payload(name=doi.name, url=landing_url(doi.landing_id))
    private_draft = step in {Step.CREATE, Step.UPDATE} and not doi.is_permanent and not doi.public
    if (
        judged.described is None
        or private_draft
        or (step == Step.HIDE and judged.snapshot.metadata is not None)
    ):
        return bare
    record = judged.described
    if judged.around is not None and (doi.is_permanent or step == Step.PROMOTE):
        record = related(record, judged.around, kernel=_kernel(doi))
    if doi.account is not None and doi.account.login.provider == Provider.EZID:
        return Payload(name=doi.name, url=bare.url, xml=metadata.to_xml(record, name=doi.name))
    attributes = metadata.to_datacite(record, version=record.get("version"))
    return Payload(name=doi.name, url=bare.url, attributes=attributes)


def next_name(doi: Doi) -> tuple[str, int]:
    """The name after this one, for a row whose name was found to be somebody else's."""
    assert doi.account is not None  # noqa: S101  (only rows with an account are sent)
    attempt = doi.name_attempt + 1
    return names.derive_name(doi.landing_id, prefix=doi.account.prefix, attempt=attempt), attempt
