"""The licences that data is published under, as SPDX names them; an excerpt of its list.

DataCite replaces what it recognises in the rights (by identifier, name or address) with what SPDX says (bolognese
ff9ced47), so what it would fill in is filled in here before it is sent, and seen before it is sent.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

SCHEME: Final = "SPDX"
SCHEME_URI: Final = "https://spdx.org/licenses/"
_CC: Final = "https://creativecommons.org/"
_CC_VERSIONS: Final = {
    "1.0": "Generic",
    "2.0": "Generic",
    "2.5": "Generic",
    "3.0": "Unported",
    "4.0": "International",
}
_CC_TERMS: Final = {
    "by": "Attribution",
    "by-sa": "Attribution Share Alike",
    "by-nd": "Attribution No Derivatives",
    "by-nc": "Attribution Non Commercial",
    "by-nc-sa": "Attribution Non Commercial Share Alike",
    "by-nc-nd": "Attribution Non Commercial No Derivatives",
}
_OTHERS: Final = """
CC0-1.0|Creative Commons Zero v1.0 Universal|https://creativecommons.org/publicdomain/zero/1.0/legalcode
PDDL-1.0|Open Data Commons Public Domain Dedication & License 1.0|http://opendatacommons.org/licenses/pddl/1.0/
ODC-By-1.0|Open Data Commons Attribution License v1.0|https://opendatacommons.org/licenses/by/1.0/
ODbL-1.0|Open Data Commons Open Database License v1.0|http://www.opendatacommons.org/licenses/odbl/1.0/
CDLA-Permissive-1.0|Community Data License Agreement Permissive 1.0|https://cdla.io/permissive-1-0
CDLA-Permissive-2.0|Community Data License Agreement Permissive 2.0|https://cdla.dev/permissive-2-0
CDLA-Sharing-1.0|Community Data License Agreement Sharing 1.0|https://cdla.io/sharing-1-0
DL-DE-BY-2.0|Data licence Germany – attribution – version 2.0|https://www.govdata.de/dl-de/by-2-0
DL-DE-ZERO-2.0|Data licence Germany – zero – version 2.0|https://www.govdata.de/dl-de/zero-2-0
OGL-UK-3.0|Open Government Licence v3.0|http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/
MIT|MIT License|https://opensource.org/license/mit/
Apache-2.0|Apache License 2.0|https://www.apache.org/licenses/LICENSE-2.0
BSD-2-Clause|BSD 2-Clause "Simplified" License|https://opensource.org/licenses/BSD-2-Clause
BSD-3-Clause|BSD 3-Clause "New" or "Revised" License|https://opensource.org/licenses/BSD-3-Clause
GPL-2.0-only|GNU General Public License v2.0 only|https://www.gnu.org/licenses/old-licenses/gpl-2.0-standalone.html
GPL-3.0-only|GNU General Public License v3.0 only|https://www.gnu.org/licenses/gpl-3.0-standalone.html
GPL-3.0-or-later|GNU General Public License v3.0 or later|
LGPL-3.0-only|GNU Lesser General Public License v3.0 only|https://www.gnu.org/licenses/lgpl-3.0-standalone.html
AGPL-3.0-only|GNU Affero General Public License v3.0|https://www.gnu.org/licenses/agpl.txt
MPL-2.0|Mozilla Public License 2.0|https://www.mozilla.org/MPL/2.0/
EUPL-1.2|European Union Public License 1.2|https://joinup.ec.europa.eu/page/eupl-text-11-12
"""
_AT_SPDX: Final = re.compile(
    r"https?://(?:www\.)?spdx\.org/licenses/(?P<id>[^/?#]+?)(?:\.html|\.json)?", re.IGNORECASE
)
_TEXT_PAGE: Final = re.compile(r"/(?:legalcode|deed)(?:\.[a-z_-]+)*\Z")


@dataclass(frozen=True, slots=True)
class Licence:
    """``uri`` is the first address that SPDX lists; empty where another licence has the same."""

    identifier: str
    name: str
    uri: str


def _known() -> Iterator[Licence]:
    """Those that are chosen most come first."""
    public_domain, *others = [Licence(*line.split("|")) for line in _OTHERS.strip().splitlines()]
    newest, *older = reversed(_CC_VERSIONS)
    yield public_domain
    yield from _creative_commons(newest)
    yield from others
    for version in older:
        yield from _creative_commons(version)


def _creative_commons(version: str) -> Iterator[Licence]:
    for terms, words in _CC_TERMS.items():
        # Before version 2.0 the last two conditions were written the other way round.
        placed = "by-nd-nc" if (terms, version) == ("by-nc-nd", "1.0") else terms
        yield Licence(
            f"CC-{terms.upper()}-{version}",
            f"Creative Commons {words} {version} {_CC_VERSIONS[version]}",
            f"{_CC}licenses/{placed}/{version}/legalcode",
        )


LICENCES: Final[Mapping[str, Licence]] = MappingProxyType(
    {licence.identifier: licence for licence in _known()}
)


def _address(text: str) -> str:
    """What two addresses of one licence have in common: neither how it is fetched nor in which language it is read."""
    bare = text.strip().casefold().partition("://")[2].removeprefix("www.").rstrip("/")
    return _TEXT_PAGE.sub("", bare)


_BY_ID: Final = {identifier.casefold(): licence for identifier, licence in LICENCES.items()}
_BY_ADDRESS: Final = {_address(licence.uri): licence for licence in LICENCES.values() if licence.uri}
_BY_NAME: Final = {licence.name.casefold(): licence for licence in LICENCES.values()}


def licence_of(identifier: Any) -> Licence | None:
    """The licence with an SPDX identifier, in any case, bare or as its page at SPDX."""
    if not isinstance(identifier, str):
        return None
    match = _AT_SPDX.fullmatch(identifier.strip())
    return _BY_ID.get((match["id"] if match else identifier.strip()).casefold())


def licence_at(address: Any) -> Licence | None:
    """The licence with a web address: with or without ``legalcode``, ``deed.de`` and the like."""
    if not isinstance(address, str):
        return None
    return licence_of(address) if _AT_SPDX.fullmatch(address.strip()) else _BY_ADDRESS.get(_address(address))


def licence_named(text: Any) -> Licence | None:
    """The licence whose name or identifier a text is, and nothing else."""
    if not isinstance(text, str):
        return None
    return licence_of(text) or _BY_NAME.get(text.strip().casefold())


def restated(rights: Mapping[str, Any]) -> frozenset[str]:
    """The members of an entry of ``rightsList`` that only say again which licence its identifier names."""
    licence = licence_of(rights.get("rightsIdentifier"))
    if licence is None:
        return frozenset()
    by_member = {
        "rights": licence_named(rights.get("rights")),
        "rightsUri": licence_at(rights.get("rightsUri")),
    }
    return frozenset(name for name, found in by_member.items() if found == licence)


def completed(rights: Any) -> Any:
    """
    An entry of ``rightsList`` with what SPDX says of its licence, known by its identifier, else its address, else its
    name. What is said already stays, but for the spelling of the identifier; other schemes are left alone.
    """
    if (
        not isinstance(rights, dict)
        or str(rights.get("rightsIdentifierScheme", SCHEME)).strip().upper() != SCHEME
    ):
        return rights
    licence = _recognised(rights)
    if licence is None:
        return rights
    found = {
        "rights": licence.name,
        "rightsUri": licence.uri,
        "rightsIdentifier": licence.identifier,
        "rightsIdentifierScheme": SCHEME,
        "schemeUri": SCHEME_URI,
    }
    spelt = {name: found[name] for name in ("rightsIdentifier", "rightsIdentifierScheme")}
    whole = found | rights | spelt
    return {name: value for name, value in whole.items() if value}


def _recognised(rights: Mapping[str, Any]) -> Licence | None:
    if "rightsIdentifier" in rights:
        return licence_of(rights["rightsIdentifier"])
    if "rightsUri" in rights:
        return licence_at(rights["rightsUri"])
    return licence_named(rights.get("rights"))
