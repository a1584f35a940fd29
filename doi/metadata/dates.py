"""Dates as DataCite means them: ISO 8601 (W3C's profile) with ranges by a slash, and the usual signs of EDTF.

Source: DataCite Metadata Schema 4.7, property 8 and the XSD's unused type ``edtf``.
"""

import re
from typing import Final

from django.utils.translation import gettext as _

_YEAR: Final = r"[+-]?[0-9]{4}|[+-][0-9]{5,9}|Y[+-]?[0-9]{5,9}"
_TIME: Final = (
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:[.,][0-9]{1,9})?)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?"
)
_EXTENDED: Final = re.compile(
    rf"(?P<year>{_YEAR})(?:-(?P<month>[0-9]{{2}})(?:-(?P<day>[0-9]{{2}})(?:{_TIME})?)?)?[?~%]?"
)
_BASIC: Final = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
    r"(?:T(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9]|60)Z?)?[?~%]?"
)
# "199X", "19XX", "2004-XX", "2004-06-XX", "2004-XX-XX"; older drafts of EDTF wrote "u" or "?" for the X.
_UNSPECIFIED: Final = re.compile(
    r"-?(?P<year>[0-9]{2}(?:[0-9][Xu?]|XX|uu|\?\?)"
    r"|[0-9]{4}(?=-(?:XX|uu|\?\?|(?:0[1-9]|1[0-2])-(?:XX|uu|\?\?))))"
    r"(?:-(?:[0-9]{2}|XX|uu|\?\?))?(?:-(?:XX|uu|\?\?))?[?~%]?"
)
_OPEN: Final = frozenset({"", "..", "open", "unknown"})
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# EDTF writes seasons, quarters and halves of a year in the place of the month.
_PARTS_OF_YEAR: Final = range(21, 42)


def date_fault(text: str) -> str | None:
    """One sentence that says what is wrong with a date or range, or None."""
    ends = text.split("/")
    if len(ends) > 2 or (len(ends) == 2 and all(end in _OPEN for end in ends)):
        return _form_fault(text)
    for end in ends:
        fault = _single_fault(end, text) if len(ends) == 1 or end not in _OPEN else None
        if fault:
            return fault
    return _order_fault(*ends) if len(ends) == 2 else None


def _form_fault(text: str) -> str:
    return _(
        "“%(text)s” is not a date: write it like 2024, 2024-05, 2024-05-31 or 2024-05-31/2024-06-02."
    ) % {"text": text if len(text) <= 80 else f"{text[:79]}…"}


def _single_fault(part: str, text: str) -> str | None:
    if _UNSPECIFIED.fullmatch(part):
        return None
    match = _EXTENDED.fullmatch(part) or _BASIC.fullmatch(part)
    if match is None:
        return _form_fault(text)
    numbers = _numbers(match)
    if _exists(*numbers):
        return None
    return _("There is no such day as “%(part)s”: check month and day, in the order year-month-day.") % {
        "part": part
    }


def _numbers(match: re.Match[str]) -> tuple[int, ...]:
    parts = (match["year"].lstrip("Y"), match["month"], match["day"])
    return tuple(int(part) for part in parts if part is not None)


def _exists(year: int, month: int | None = None, day: int | None = None) -> bool:
    if month is None:
        return True
    if day is None:
        return 1 <= month <= 12 or month in _PARTS_OF_YEAR
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1] + (1 if leap and month == 2 else 0)


def _order_fault(start: str, end: str) -> str | None:
    """Ends are compared as far as both are given; where one cannot be compared, nothing is said."""
    first, last = (_EXTENDED.fullmatch(part) or _BASIC.fullmatch(part) for part in (start, end))
    if first is None or last is None:
        return None
    pairs = list(zip(_numbers(first), _numbers(last), strict=False))
    if any(number > 12 for pair in pairs[1:2] for number in pair):
        pairs = pairs[:1]  # a season is not earlier or later than a month
    if [pair[0] for pair in pairs] <= [pair[1] for pair in pairs]:
        return None
    return _("The range “%(start)s/%(end)s” ends before it begins: write the earlier date first.") % {
        "start": start,
        "end": end,
    }
