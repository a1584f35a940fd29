"""DOI names: what people paste, how names are compared and escaped, and how new ones are derived.

A DOI name is an opaque string: directory indicator and registrant code (together the prefix), a slash, a suffix.
Two names are one if they differ only in the case of ASCII letters (DOI Handbook; ISO 26324).
"""

import hashlib
import re
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from django.utils.translation import gettext as _

from doi.errors import InvalidNameError
from doi.states import Provider

PROXY: Final = "https://doi.org/"
# The handbook sets no limit; this one keeps a unique index over names within PostgreSQL's page limit.
MAX_NAME_LENGTH: Final = 512
# DataCite's old test prefix; EZID's test shoulder 10.5072/FK2 stands under it.
TEST_PREFIX: Final = "10.5072"
EZID_TEST_SHOULDER: Final = "10.5072/fk2"
CROSSREF_TEST_SHOULDER: Final = "10.15697/"
# Crockford's base 32: no i, l, o, u, so that nothing is misread.
ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"

_UPPER_TO_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_INVISIBLE_ENDS: Final = "\u200b\ufeff"
_URL: Final = re.compile(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/", re.IGNORECASE)
_LABEL: Final = re.compile(r"(?:info:doi/|urn:doi:|doi:)\s*", re.IGNORECASE)
_NAME: Final = re.compile(r"(?P<prefix>10\.[0-9][0-9.]*)/(?P<suffix>\S.*)", re.DOTALL)
_URN_NAME: Final = re.compile(r"(?P<prefix>10\.[0-9][0-9.]*):(?P<suffix>\S.*)", re.DOTALL)
_PREFIX: Final = re.compile(r"(?P<prefix>10\.[0-9]+(?:\.[0-9]+)*)(?:/(?P<shoulder>.*))?", re.DOTALL)
_SHOULDER: Final = re.compile(r"[0-9A-Za-z._-]+(?:/[0-9A-Za-z._-]+)*/?")
_DERIVED: Final = re.compile(
    rf"(?P<head>[{ALPHABET}]{{4}})-(?P<tail>[{ALPHABET}]{{2}})(?P<check>[0-9]{{2}})\Z"
)
# Crossref's five published patterns (A. Gilmartin, 2015) with their faults mended: dots and the parentheses of the
# third escaped, the `+` of the fourth taken as the literal it is; the most particular first. Possessive where a
# shorter match would be half a name.
_WORD: Final = "[A-Za-z0-9_]"
_PUBLISHED: Final = (
    rf"10\.[0-9]{{4}}/[0-9]+-[0-9]+[Xx]?\([0-9]+\)[0-9]+<{_WORD}+:{_WORD}*>[0-9]+\.[0-9]+\.{_WORD}+;[0-9]",
    rf"10\.1021/{_WORD}{{2}}[0-9]+\+",
    rf"10\.1207/{_WORD}+&[0-9]+_[0-9]+",
    r"10\.1002/[^\s\"]++",
    r"10\.[0-9]{4,9}/[-._;()/:A-Za-z0-9]++",
)
_ANY_PUBLISHED: Final = "|".join(_PUBLISHED)
# A name is not reported where it goes on with a character that the patterns do not know: half a name is wrong.
_NAME_ENDS: Final = r"(?=[.,;:!?]*(?:\Z|[\s\"'>(){},|»”’\]]|<(?![0-9])))"
_IN_TEXT: Final = re.compile(
    rf"(?i:doi\.org)/(?P<escaped>10\.[0-9][^\s\"<>]+)|(?<![0-9.])(?P<bare>(?:{_ANY_PUBLISHED}){_NAME_ENDS})"
)
_WHOLE: Final = re.compile(_ANY_PUBLISHED)
_OPENING: Final = {")": "(", "]": "[", "}": "{", ">": "<"}

# Left as they are in the path of a URL; everything else is percent-encoded as UTF-8.
_SAFE_IN_PATH: Final = "/-._~!$&'()*,;=:@"
# Clients remove dot segments from a path before they send it.
_DOT_SEGMENT: Final = re.compile(r"/(\.\.?)/")
_DOT_SEGMENT_AT_END: Final = re.compile(r"/(\.\.?)\Z")


@dataclass(frozen=True, slots=True)
class DoiName:
    """One DOI name, folded on construction, so that equal names compare equal."""

    prefix: str
    suffix: str

    def __post_init__(self) -> None:
        """Fold the suffix; a frozen instance can be set this way only."""
        object.__setattr__(self, "suffix", fold(self.suffix))

    @property
    def name(self) -> str:
        """The whole name as it is stored and compared: `10.5072/abc`."""
        return f"{self.prefix}/{self.suffix}"

    @property
    def registrant_code(self) -> str:
        """The prefix without the directory indicator `10.`; it may be divided by dots."""
        return self.prefix.removeprefix("10.")

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix, and for EZID the shoulder under it (folded, empty if there is none)."""

    prefix: str
    shoulder: str = ""

    def __str__(self) -> str:
        return f"{self.prefix}/{self.shoulder}" if self.shoulder else self.prefix


def fold(text: str) -> str:
    """Lower the ASCII letters and touch nothing else.

    Names that differ in the case of an accented or Cyrillic letter may be two DOIs, so `str.lower` and Unicode
    normalisation are wrong here (DOI Handbook).
    """
    return text.translate(_UPPER_TO_LOWER)


def parse_name(text: str) -> DoiName:
    """Read a DOI name in any form people paste.

    A name, `doi:`, `info:doi/`, `urn:doi:` or a link to doi.org; percent signs are decoded once and only in a link
    or in the colon form of the URN, because a bare name may hold a literal `%25`. No pattern is used that would
    refuse a DOI which exists. Raises `InvalidNameError`.
    """
    rest = _without_proxy(text)
    match = _NAME.fullmatch(rest)
    if match is None:
        raise InvalidNameError(_why_no_name(rest))
    name = DoiName(prefix=match["prefix"], suffix=match["suffix"])
    if len(name.name) > MAX_NAME_LENGTH:
        raise InvalidNameError(
            _("This DOI is longer than the %(limit)d characters that can be stored; check where it ends.")
            % {"limit": MAX_NAME_LENGTH}
        )
    strange = next((char for char in name.suffix if unicodedata.category(char) in {"Cc", "Cs"}), None)
    if strange is not None:
        raise InvalidNameError(
            _("This DOI contains the control character %(code)s; enter it on one line, like 10.1234/abc.")
            % {"code": f"U+{ord(strange):04X}"}
        )
    return name


def parse_prefix(text: str) -> Prefix:
    """Read what is entered as a DOI prefix: `10.82053`, `doi:10.82053/`, the link, or a shoulder `doi:10.5072/FK2`.

    Raises `InvalidNameError` with one sentence.
    """
    rest = _without_proxy(text)
    match = _PREFIX.fullmatch(rest)
    if match is None:
        if not rest:
            raise InvalidNameError(_("No DOI prefix was given; it looks like 10.82053."))
        raise InvalidNameError(
            _("“%(text)s” is not a DOI prefix; a prefix is “10.” and a number, like 10.82053.")
            % {"text": _shown(rest)}
        )
    shoulder = match["shoulder"] or ""
    if shoulder and not _SHOULDER.fullmatch(shoulder):
        raise InvalidNameError(
            _(
                "“%(text)s” is not a shoulder; after the prefix and a slash it takes letters, digits, dots and "
                "hyphens, like 10.5072/FK2."
            )
            % {"text": _shown(rest)}
        )
    return Prefix(prefix=match["prefix"], shoulder=fold(shoulder))


def is_test_prefix(prefix: Prefix, provider: Provider) -> bool:
    """Whether names under this prefix are known never to be registered, so that it must not be used in production."""
    if prefix.prefix == TEST_PREFIX:
        return True
    return provider == Provider.EZID and is_crossref_shoulder(prefix)


def is_ezid_test_shoulder(prefix: Prefix) -> bool:
    """Whether this is a shoulder that EZID keeps for tests of DataCite DOIs: the only ones of environment `test`."""
    return str(prefix).startswith(EZID_TEST_SHOULDER)


def is_crossref_shoulder(prefix: Prefix) -> bool:
    """Whether EZID sends names under this shoulder to Crossref, which needs other metadata than ours."""
    return f"{prefix.prefix}/" == CROSSREF_TEST_SHOULDER


def to_url(name: str | DoiName) -> str:
    """Give the link of a name, escaped once as the DOI Handbook's tables say (must and should be encoded)."""
    path = quote(str(name), safe=_SAFE_IN_PATH)
    path = _DOT_SEGMENT.sub(r"/\1%2F", path)
    return PROXY + _DOT_SEGMENT_AT_END.sub(r"%2F\1", path)


def find_names(text: str) -> list[str]:
    """Find DOI names in running text, folded, each once, in order of appearance.

    Recognises what Crossref's patterns recognise, so it misses names of rarer shapes; it never decides whether
    something that a person enters is a DOI. Links to doi.org are decoded once.
    """
    found: dict[str, None] = {}
    for match in _IN_TEXT.finditer(text):
        candidate = match["bare"] or unquote(match["escaped"], errors="replace")
        name = _without_punctuation(candidate)
        if _WHOLE.fullmatch(name):
            found.setdefault(fold(name))
    return list(found)


def encode_suffix(number: int) -> str:
    """Write a number below 2**30 as `xxxx-xxxx`: six characters of base 32 and two check digits.

    Form and check digits (ISO 7064 MOD 97-10) are those of DataCite's own generator (lupo 05afac46).
    """
    characters = "".join(ALPHABET[(number >> shift) & 31] for shift in range(25, -1, -5))
    return f"{characters[:4]}-{characters[4:]}{98 - number * 100 % 97:02d}"


def has_valid_check_digits(suffix: str) -> bool:
    """Whether a suffix ends in our form `xxxx-xxxx` with check digits that fit; a shoulder may stand before it."""
    match = _DERIVED.search(fold(suffix))
    if match is None:
        return False
    number = 0
    for character in match["head"] + match["tail"]:
        number = number * 32 + ALPHABET.index(character)
    return 98 - number * 100 % 97 == int(match["check"])


def derive_suffix(version: uuid.UUID, *, prefix: str, attempt: int) -> str:
    """Derive the suffix of a version's name, always the same for the same arguments.

    Derived and not drawn, so that a database restored from a backup finds the DOIs it made since. `prefix` is
    `str(Prefix)`; `attempt` counts up where a name is taken. Never change the bytes that are hashed.
    """
    digest = hashlib.sha256(f"{version}\n{prefix}\n{attempt}".encode()).digest()
    return encode_suffix(int.from_bytes(digest[:4]) >> 2)


def derive_name(version: uuid.UUID, *, prefix: str, attempt: int) -> str:
    """Derive a version's whole name; under a shoulder the suffix follows without a separator, as EZID's own do."""
    suffix = derive_suffix(version, prefix=prefix, attempt=attempt)
    return f"{prefix}{suffix}" if "/" in prefix else f"{prefix}/{suffix}"


def _without_proxy(text: str) -> str:
    """Take labels and proxies off, in either order, decoding once if there was a link."""
    rest = _stripped(text)
    rest, was_link = _without_link(rest)
    label = _LABEL.match(rest)
    if label is None:
        return rest
    rest = rest[label.end() :]
    if fold(label[0]).startswith("urn:"):
        urn = _URN_NAME.fullmatch(rest)
        if urn is not None:
            # A colon stands for the first slash here, and further slashes are escaped.
            return f"{urn['prefix']}/{urn['suffix'] if was_link else _decoded(urn['suffix'])}"
    return rest if was_link else _without_link(rest)[0]


def _without_link(text: str) -> tuple[str, bool]:
    match = _URL.match(text)
    return (text, False) if match is None else (_stripped(_decoded(text[match.end() :])), True)


def _stripped(text: str) -> str:
    """Remove white space and invisible separators at both ends; inside a name they belong to it."""
    before = ""
    while before != text:
        before, text = text, text.strip().strip(_INVISIBLE_ENDS)
    return text


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise InvalidNameError(
            _("The percent-encoding in this link is not UTF-8; copy the link again, or enter the DOI itself.")
        ) from error


def _without_punctuation(candidate: str) -> str:
    """Cut what belongs to the sentence; a closing bracket whose opening one is in the name belongs to the name."""
    while candidate:
        last = candidate[-1]
        opening = _OPENING.get(last)
        unbalanced = opening is not None and candidate.count(last) > candidate.count(opening)
        if not unbalanced and last not in ".,;:!?'’”»":
            return candidate
        candidate = candidate[:-1]
    return candidate


def _why_no_name(rest: str) -> str:
    if not rest:
        return _("No DOI was given; it looks like 10.1234/abc.")
    if _PREFIX.fullmatch(rest):
        return _("“%(text)s” is only a prefix; a DOI goes on after the slash, like 10.1234/abc.") % {
            "text": _shown(rest)
        }
    return _("“%(text)s” is not a DOI; a DOI begins with “10.”, a number and a slash, like 10.1234/abc.") % {
        "text": _shown(rest)
    }


def _shown(text: str) -> str:
    """Cut what was entered to what fits into a sentence."""
    limit = 60
    visible = "".join(char if char.isprintable() else "�" for char in text)
    return visible if len(visible) <= limit else visible[: limit - 1] + "…"
