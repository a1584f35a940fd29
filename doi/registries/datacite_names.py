"""Which DOI names DataCite's REST API can speak of, and which it creates (lupo 05afac46)."""

import re
from typing import Final
from urllib.parse import quote

from django.utils.translation import gettext as _

from doi.errors import InvalidNameError

_MAY_BE_CREATED: Final = re.compile(r"10\.[0-9]{4,5}/[-._;()/:a-zA-Z0-9*~$=]+")
_REFUSED_CHARACTER: Final = re.compile(r"[^-._;()/:a-zA-Z0-9*~$=]")
_NESTED_ROUTES: Final = ("/media", "/metadata", "/activities", "/events", "/get-url")
_MAX_LENGTH: Final = 255


def path_of(name: str) -> str:
    """Give the path of a DOI's record, escaped. Raises `InvalidNameError` where it would lead to something else of it."""
    for ending in _NESTED_ROUTES:
        if name.endswith(ending):
            raise InvalidNameError(
                _("This DOI ends in “%(ending)s”, which DataCite takes for another address.")
                % {"ending": ending}
            )
    return f"/dois/{quote(name, safe='')}"


def refuse_name(name: str) -> None:
    """Refuse a name that DataCite would not create (checked there on create only, so adopted names may differ)."""
    path_of(name)
    if len(name) > _MAX_LENGTH:
        raise InvalidNameError(
            _("DataCite takes no DOI longer than %(limit)d characters.") % {"limit": _MAX_LENGTH}
        )
    if _MAY_BE_CREATED.fullmatch(name):
        return
    character = _REFUSED_CHARACTER.search(name.partition("/")[2])
    if character is None:
        raise InvalidNameError(
            _("DataCite creates DOIs only under a prefix of “10.” and four or five digits.")
        )
    raise InvalidNameError(
        _(
            "DataCite creates no DOI with the character “%(character)s” (%(code)s); use letters, digits and hyphens."
        )
        % {"character": character[0], "code": f"U+{ord(character[0]):04X}"}
    )
