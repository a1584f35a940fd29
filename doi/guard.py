"""
May a version be unreleased or deleted, and what an act will do to its DOI: sentences for the pages of `datasets`.

Only the DOI that counts is asked: the production one where a version has one. A version whose ``dois`` were prefetched
costs no query.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datasets.hooks import Consequence
from datasets.models import Dataset, Version, Visibility
from doi import clock, metadata, names, selectors
from doi.described import described
from doi.judgement import KERNELS
from doi.models import Doi
from doi.selectors import InForce
from doi.states import PERMANENT, Environment, Provider, State, Step, Wanted
from organizations.context import in_words, spoken


def preferred(version: Version) -> Doi | None:
    """The DOI that counts: the production one where there is one."""
    rows: Iterable[Doi] = version.dois.all()
    return min(rows, key=lambda doi: doi.environment != Environment.PRODUCTION, default=None)


def will_be_permanent(doi: Doi) -> bool:
    """Permanent, or past the point of no return on the way there."""
    return doi.state in PERMANENT or (doi.state == State.DRAFT and doi.step == Step.PROMOTE)


class Guard:
    """Fills ``datasets.hooks.ReleaseGuard``."""

    def why_not_unrelease(self, version: Version) -> str | None:
        doi = preferred(version)
        if doi is None:
            return None
        if doi.state in PERMANENT:
            return _("Its DOI is permanent, so it cannot be unreleased. Release a new version instead.")
        if will_be_permanent(doi):
            return _("Its DOI is becoming permanent at this moment, so it cannot be unreleased any more.")
        return None

    def why_not_delete(self, version: Version) -> str | None:
        """Never: an older version can always go, as its DOI is discarded or withdrawn."""
        del version
        return None

    def delete_is_withdrawal(self, version: Version) -> bool:
        doi = preferred(version)
        return doi is not None and not doi.is_external and will_be_permanent(doi)

    def keeps_row(self, version: Version) -> bool:
        return preferred(version) is not None

    def clean_successor(self, text: str) -> str:
        return str(names.parse_name(text))

    def consequences(self, act: str, *, dataset: Dataset, version: Version | None) -> list[Consequence]:
        if act == "release" and version is not None:
            return _release(dataset, version)
        if act == "unrelease" and version is not None:
            return _unrelease(preferred(version))
        if act == "delete":
            return _delete_version(version) if version is not None else _delete_dataset(dataset)
        if act == "restore":
            return _restore_version(dataset, version) if version is not None else _restore_dataset(dataset)
        return {"publish": _publish, "hide": _hide}[act](dataset)


# --- release and unrelease -------------------------------------------------------------------------------------------


def _release(dataset: Dataset, version: Version) -> list[Consequence]:
    if not selectors.is_on(dataset):
        return [Consequence(_("It gets no DOI: DOI issuance is off for this dataset."))]
    doi, force = preferred(version), selectors.in_force(dataset.organization)
    if doi is None and force.account is None:
        return [
            Consequence(
                _("It gets no DOI yet: no DOI account is in force. It gets one when an account is set up.")
            )
        ]
    return [
        Consequence(_name_sentence(doi, force)),
        *_obstacles(version, doi, force),
        Consequence(
            _("It is a draft for %(window)s, until about %(at)s. Until then you can unrelease the version.")
            % {"window": in_words(settings.DOI_DRAFT_WINDOW), "at": spoken(clock.now() + _window())}
        ),
        Consequence(_becoming(dataset), irreversible=True),
    ]


def _window() -> timedelta:
    return timedelta(seconds=settings.DOI_DRAFT_WINDOW)


def _name_sentence(doi: Doi | None, force: InForce) -> str:
    if doi is not None:
        words = _("Its DOI is %(name)s.") % {"name": doi.name}
        test = doi.environment == Environment.TEST
    else:
        words = _("It gets a DOI that begins with %(prefix)s.") % {
            "prefix": force.account.prefix if force.account else ""
        }
        test = force.account is not None and force.account.login.environment == Environment.TEST
    return words + " " + _("It is a test DOI: it never resolves.") if test else words


def _obstacles(version: Version, doi: Doi | None, force: InForce) -> list[Consequence]:
    """What keeps the DOI from being sent at once."""
    found = problems_of(version, provider=provider_of(doi, force))
    said = []
    if found:
        said.append(
            Consequence(
                ngettext(
                    "Its metadata is not ready (%(count)d thing to mend), so its DOI waits until that is mended.",
                    "Its metadata is not ready (%(count)d things to mend), so its DOI waits until they are mended.",
                    len(found),
                )
                % {"count": len(found)}
            )
        )
    account = doi.account if doi is not None else force.account
    if account is not None and not account.login.is_usable:
        said.append(
            Consequence(
                _(
                    "The repository account is not ready, so the DOI waits until an administrator has checked it."
                )
            )
        )
    return said


def provider_of(doi: Doi | None, force: InForce | None) -> str:
    account = doi.account if doi is not None else force.account if force is not None else None
    return str(account.login.provider) if account is not None else Provider.DATACITE


def problems_of(version: Version, *, provider: str) -> Sequence[metadata.Problem]:
    """What the sender's own rules would refuse. ``version.dataset.organization`` is read."""
    record = {**described(version), **({"version": version.number} if version.number else {})}
    return metadata.problems(record, kernel=KERNELS[provider])


def _becoming(dataset: Dataset) -> str:
    if dataset.is_public:
        return _("Then it becomes permanent and findable: in searches, with its metadata, for ever.")
    return _(
        "Then it becomes permanent and registered: it leads to its page, and searches do not list it while the dataset is "
        "private."
    )


def _unrelease(doi: Doi | None) -> list[Consequence]:
    if doi is None:
        return [Consequence(_("It has no DOI, so nothing happens at a registry."))]
    return [
        Consequence(_("The draft of %(name)s is discarded at the registry.") % {"name": doi.name}),
        Consequence(_("The name stays with this version: a new release uses it again, with a new window.")),
        Consequence(_("Until then its page answers that there is nothing here.")),
    ]


# --- deletion and restoring ------------------------------------------------------------------------------------------


def _delete_version(version: Version) -> list[Consequence]:
    doi = preferred(version)
    if doi is None:
        return _removed(version)
    if will_be_permanent(doi):
        return [
            Consequence(
                _("%(name)s is permanent and cannot be deleted: it is withdrawn.") % {"name": doi.name}
            ),
            Consequence(
                _("Its state at the registry becomes registered, so searches do not list it any more.")
            ),
            Consequence(_("It keeps leading to its page, which becomes a tombstone with your reason.")),
            Consequence(_("Restoring the version reverses this, under the same name.")),
        ]
    if version.released_at is None:
        return [
            Consequence(
                _("Its reserved name, %(name)s, is kept and given to nobody else.") % {"name": doi.name}
            ),
            Consequence(_("The version can be restored, and then has this name again.")),
        ]
    return [
        Consequence(
            _("%(name)s is not permanent yet: its draft is discarded at the registry.") % {"name": doi.name}
        ),
        Consequence(_("Its page then answers that there is nothing here.")),
        Consequence(_("Restoring the version brings it back under the same name, with a new window.")),
    ]


def _removed(version: Version) -> list[Consequence]:
    if version.released_at is None:
        return [
            Consequence(
                _("The unreleased version goes, with the metadata that only it has."), irreversible=True
            )
        ]
    return [
        Consequence(_("It has no DOI, so nothing happens at a registry.")),
        Consequence(_("It can be restored.")),
    ]


def _alive(dataset: Dataset) -> list[Doi]:
    versions = dataset.versions.filter(deleted_at__isnull=True).prefetch_related("dois__account__login")
    return [doi for doi in map(preferred, versions) if doi is not None and not doi.is_external]


def _delete_dataset(dataset: Dataset) -> list[Consequence]:
    rows = _alive(dataset)
    permanent = sum(will_be_permanent(doi) for doi in rows)
    drafts = sum(doi.wanted == Wanted.PERMANENT and not will_be_permanent(doi) for doi in rows)
    return [
        *_drafts_go(drafts),
        *_counted(
            permanent,
            ngettext(
                "%(count)d permanent DOI is withdrawn: it keeps leading to its page, which becomes a tombstone.",
                "%(count)d permanent DOIs are withdrawn: they keep leading to their pages, which become tombstones.",
                permanent,
            ),
        ),
        Consequence(
            _(
                "The dataset goes from lists and searches. Restoring it reverses all this, under the same names."
            )
        ),
    ]


def _drafts_go(count: int) -> list[Consequence]:
    return _counted(
        count,
        ngettext(
            "%(count)d DOI that is not permanent yet is discarded at the registry.",
            "%(count)d DOIs that are not permanent yet are discarded at the registry.",
            count,
        ),
    )


def _counted(count: int, sentence: str) -> list[Consequence]:
    """The sentence with its number; nothing where there is nothing to count."""
    return [Consequence(sentence % {"count": count})] if count else []


def _restore_version(dataset: Dataset, version: Version) -> list[Consequence]:
    doi = preferred(version)
    if doi is None:
        return [Consequence(_("It comes back as it was; it had no DOI."))]
    if doi.state in PERMANENT:
        return [
            Consequence(
                _("The tombstone of %(name)s goes; the page shows the version again.") % {"name": doi.name}
            ),
            Consequence(_again(dataset)),
        ]
    if version.released_at is None:
        return [Consequence(_("It comes back unreleased, with its name %(name)s.") % {"name": doi.name})]
    if not selectors.is_on(dataset):
        return [Consequence(_("It comes back without a DOI: DOI issuance is off for this dataset."))]
    return [
        Consequence(
            _("%(name)s becomes a draft again, under the same name, for %(window)s.")
            % {"name": doi.name, "window": in_words(settings.DOI_DRAFT_WINDOW)}
        ),
        Consequence(_becoming(dataset), irreversible=True),
    ]


def _again(dataset: Dataset) -> str:
    if dataset.is_public:
        return _("It becomes findable again.")
    return _("It stays registered, as the dataset is private.")


def _restore_dataset(dataset: Dataset) -> list[Consequence]:
    versions = dataset.versions.filter(deleted_with_dataset=True).prefetch_related("dois")
    rows = [doi for doi in map(preferred, versions) if doi is not None and not doi.is_external]
    tombstones = sum(doi.withdrawn_at is not None for doi in rows)
    again = len([doi for doi in rows if doi.withdrawn_at is None])
    return [
        Consequence(_("The dataset stands in lists and searches again.")),
        *_counted(
            len(versions),
            ngettext(
                "%(count)d version that went with the dataset comes back.",
                "%(count)d versions that went with the dataset come back.",
                len(versions),
            ),
        ),
        *_counted(tombstones, ngettext("%(count)d tombstone goes.", "%(count)d tombstones go.", tombstones)),
        *_counted(
            again,
            ngettext(
                "%(count)d discarded DOI comes back under the same name, with a new window, if issuance is on.",
                "%(count)d discarded DOIs come back under the same names, with new windows, if issuance is on.",
                again,
            ),
        ),
    ]


# --- public and private ----------------------------------------------------------------------------------------------


def _publish(dataset: Dataset) -> list[Consequence]:
    rows = _alive(dataset)
    permanent, drafts = _split(rows)
    said = [Consequence(_("Everybody can read its landing pages and metadata, search engines too."))]
    if permanent:
        said.append(
            Consequence(
                ngettext(
                    "%(count)d permanent DOI becomes findable: its metadata is published at the registry.",
                    "%(count)d permanent DOIs become findable: their metadata is published at the registry.",
                    permanent,
                )
                % {"count": permanent}
            )
        )
    if drafts:
        said.append(
            Consequence(
                ngettext(
                    "The metadata of %(count)d draft is sent to the registry; it becomes findable when it becomes permanent.",
                    "The metadata of %(count)d drafts is sent to the registry; they become findable when they become "
                    "permanent.",
                    drafts,
                )
                % {"count": drafts}
            )
        )
    return [*said, *_ezid(dataset, rows)]


def _hide(dataset: Dataset) -> list[Consequence]:
    rows = _alive(dataset)
    permanent, drafts = _split(rows)
    said = [
        Consequence(_("Its landing pages say only that the dataset is private; members still see it here."))
    ]
    if permanent:
        said.append(
            Consequence(
                ngettext(
                    "%(count)d permanent DOI is hidden at once: it goes from searches and keeps leading to its page.",
                    "%(count)d permanent DOIs are hidden at once: they go from searches and keep leading to their pages.",
                    permanent,
                )
                % {"count": permanent}
            )
        )
        said.append(Consequence(_("What others have copied or cited meanwhile stays with them.")))
    said += _tombstones_stay(dataset)
    if drafts:
        said.append(
            Consequence(
                ngettext(
                    "The metadata of %(count)d draft is cleared at the registry; it becomes permanent as registered.",
                    "The metadata of %(count)d drafts is cleared at the registry; they become permanent as registered.",
                    drafts,
                )
                % {"count": drafts}
            )
        )
    return [*said, *_ezid(dataset, rows)]


def _tombstones_stay(dataset: Dataset) -> list[Consequence]:
    """What was public when it was withdrawn stays so, as its tombstone is read from the snapshot taken then."""
    gone = dataset.versions.filter(deleted_at__isnull=False).prefetch_related("dois")
    rows = [doi for doi in map(preferred, gone) if doi is not None and doi.withdrawn_at is not None]
    count = sum(
        will_be_permanent(doi) and (doi.tombstone or {}).get("visibility") == Visibility.PUBLIC
        for doi in rows
    )
    if not count:
        return []
    return [
        Consequence(
            ngettext(
                "%(count)d version that was withdrawn while the dataset was public keeps its tombstone: everybody can "
                "still read its metadata and the reason.",
                "%(count)d versions that were withdrawn while the dataset was public keep their tombstones: everybody "
                "can still read their metadata and the reasons.",
                count,
            )
            % {"count": count}
        )
    ]


def _split(rows: Iterable[Doi]) -> tuple[int, int]:
    """(permanent, wanted and not permanent yet)."""
    permanent = [doi for doi in rows if will_be_permanent(doi)]
    drafts = [doi for doi in rows if not will_be_permanent(doi) and doi.wanted == Wanted.PERMANENT]
    return len(permanent), len(drafts)


def _ezid(dataset: Dataset, rows: Sequence[Doi]) -> list[Consequence]:
    """EZID's registered DOIs are world-readable, which no switch of ours can change."""
    accounts = [selectors.in_force(dataset.organization).account, *(doi.account for doi in rows)]
    if not any(account is not None and account.login.provider == Provider.EZID for account in accounts):
        return []
    return [
        Consequence(
            _(
                "EZID shows the title and creators of every permanent DOI to everybody, of a private dataset as well."
            )
        )
    ]
