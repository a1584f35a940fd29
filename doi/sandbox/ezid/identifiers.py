"""What EZID takes for an identifier: `doi:` and a name, or the ARK it keeps beside each DOI (EZID 018515e8, util.py)."""

import re
from urllib.parse import quote

from doi.sandbox.names import fold, raised

TEST_SHOULDERS = ("10.5072/fk2", "10.15697/")
_SITE = "https://ezid.cdlib.org"
_LONGEST = 251
_NAME = re.compile(r'10\.[1-9]\d{3,4}/[!"$->@-~]+', re.ASCII)
# The letters of the ARK's name assigning authority stand for the digits that a prefix has before its last four.
_LETTERS = "bcdfghjkmn"
_ARK = re.compile(rf"ark:/([{_LETTERS}])(\d{{4}})/([!-~]+)", re.ASCII)
_ENCODED = re.compile("%([0-9a-f]{2})")


def name_of(identifier: str) -> str | None:
    """Read an identifier as it stood in the path into a folded DOI name; None when it is not one.

    `doi:` only in lower case; the shadow ARK only in its own form, save that hyphens in it mean nothing.
    """
    if identifier.startswith("doi:"):
        name = identifier.removeprefix("doi:")
        return fold(name) if _is_name(name) else None
    found = _ARK.fullmatch(identifier)
    if found is None:
        return None
    suffix = found[3].replace("-", "")
    digits = f"{_LETTERS.index(found[1]) or ''}{found[2]}"
    name = fold(f"10.{digits}/{_ENCODED.sub(lambda code: chr(int(code[1], 16)), suffix)}")
    known = _is_name(name) and shadow_ark(name) == f"ark:/{found[1]}{found[2]}/{suffix}"
    return name if known else None


def _is_name(name: str) -> bool:
    return (
        _NAME.fullmatch(name) is not None
        and len(name) <= _LONGEST
        and "//" not in name
        and not name.endswith("/")
    )


def shown(name: str) -> str:
    """Give a name as EZID writes it: 10.5072/fk2abc is doi:10.5072/FK2ABC."""
    return f"doi:{raised(name)}"


def shadow_ark(name: str) -> str:
    """Give the ARK beside a DOI: 10.5072/FK2ABC has ark:/b5072/fk2abc.

    What an ARK's own rules would take away from the suffix is percent-encoded, so that two DOIs never share one.
    """
    prefix, _, suffix = fold(name).partition("/")
    digits = prefix.removeprefix("10.")
    letter = _LETTERS[int(digits[:-4] or 0)]
    suffix = suffix.replace("%", "%25").replace("-", "%2d")
    suffix = re.sub(r"^[./]|[./]$", lambda end: _encoded(end[0]), suffix)
    suffix = re.sub(r"(?<=[./])[./]+", lambda run: _encoded(run[0]), suffix)
    return (
        f"ark:/{letter}{digits[-4:]}/{re.sub(r'[^0-9a-z=*+@_$~./%]', lambda odd: _encoded(odd[0]), suffix)}"
    )


def _encoded(text: str) -> str:
    return "".join(f"%{ord(letter):02x}" for letter in text)


def is_test(name: str) -> bool:
    """Say whether a folded name lies under a test shoulder: open to everybody, never handed on, gone in two weeks."""
    return name.startswith(TEST_SHOULDERS)


def default_target(name: str) -> str:
    """Give the target of an identifier that has none: EZID's own page."""
    return f"{_SITE}/id/{quoted(shown(name))}"


def tombstone(name: str) -> str:
    """Give the address of EZID's own tombstone page."""
    return f"{_SITE}/tombstone/id/{quoted(shown(name))}"


def quoted(identifier: str) -> str:
    """Escape an identifier as EZID does in an address."""
    return quote(identifier, safe=":/")
