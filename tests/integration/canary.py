"""
A password that is easy to recognise, and the search for it in every form it could have leaked in.

Whole or in pieces: raw, escaped for URLs, HTML and JSON, in hexadecimal, as base64 at any
offset, as the Basic header, and each of these backwards. Packed cookies and sessions are unpacked first.
"""

import base64
import html
import json
import re
import secrets
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

PIECE, STEP = 12, 6
# Django packs sessions and messages so: `.`, then base64 of zlib's output (which begins with x).
_PACKED = re.compile(rb"\.(eJ[A-Za-z0-9_-]{16,})")


@dataclass(frozen=True, slots=True)
class Canary:
    """`who` is the account ID it is entered with: together they make the Basic header."""

    who: str
    password: str

    @property
    def basic(self) -> str:
        return base64.b64encode(f"{self.who}:{self.password}".encode()).decode()

    def forms(self) -> dict[str, str]:
        """Every form it may appear in, by its name."""
        raw = self.password
        forwards = {
            "raw": raw,
            "in a URL": quote(raw, safe=""),
            "in a form": quote_plus(raw),
            "in HTML": html.escape(raw),
            "in JSON": json.dumps(raw)[1:-1],
            "in JSON in HTML": html.escape(json.dumps(raw)[1:-1]),
            "in hexadecimal": raw.encode().hex(),
            **{f"in base64 at offset {offset}": _in_base64(raw, offset) for offset in range(3)},
            **{
                f"in base64 for URLs at offset {offset}": _for_urls(_in_base64(raw, offset))
                for offset in range(3)
            },
            # What is before it in the header is the account ID, which is no secret.
            "in the Basic header": self.basic[-(len(raw) * 4 // 3 - 1) :],
        }
        return forwards | {f"{name}, backwards": form[::-1] for name, form in forwards.items()}


def hatch(who: str) -> Canary:
    """A new one, with every character that some escaping changes, and none that an EZID password must not have."""
    letters = iter(secrets.token_hex(16))
    parts = ["".join(next(letters) for _ in range(4)) for _ in range(8)]
    return Canary(who, "".join(part + sign for part, sign in zip(parts, "+/&<\"%='", strict=True)))


def _for_urls(coded: str) -> str:
    return coded.translate(str.maketrans("+/", "-_"))


def _in_base64(text: str, offset: int) -> str:
    """The characters of the base64 of anything that holds `text`, which are the same whatever is around it."""
    coded = base64.b64encode(b"\0" * offset + text.encode()).decode().rstrip("=")
    return coded[(offset * 8 + 5) // 6 :][:-1]


class Searcher:
    """Finds canaries in bytes, and says in which form. Seventeen characters of one are always found."""

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self._needles: dict[bytes, str] = {}
        for canary in canaries:
            for name, form in canary.forms().items():
                last = len(form) - PIECE
                for start in (*range(0, last, STEP), last):
                    self._needles.setdefault(form[start : start + PIECE].encode(), name)

    def hits(self, data: bytes) -> set[str]:
        """The names of the forms found."""
        found = {name for needle, name in self._needles.items() if needle in data}
        for packed in set(_PACKED.findall(data)):
            found |= {f"{name}, packed" for name in self.hits(_unpacked(packed))}
        return found

    def report(self, places: Mapping[str, bytes]) -> dict[str, set[str]]:
        """Where it was found, and how; empty is the only good answer."""
        # Pages and logs repeat themselves: each line is looked at once. Nothing searched for holds an end of line.
        lines = {line for data in places.values() for line in data.split(b"\n")}
        if not self.hits(b"\n".join(lines)):
            return {}
        found = {place: self.hits(data) for place, data in places.items()}
        return {place: names for place, names in found.items() if names}


def _unpacked(text: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
    except (ValueError, zlib.error):
        return b""


def files_under(folder: Path, *, but: Iterable[str] = ()) -> dict[str, bytes]:
    """Every file that the processes wrote."""
    left_out = set(but)
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in left_out
    }
