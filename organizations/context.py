"""What every page needs to know of the deployment."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SEVEN_DAYS = 604_800


def product(request: HttpRequest) -> dict[str, Any]:
    """The demonstration says on every page that its window is short."""
    del request
    return {
        "draft_window": settings.DOI_DRAFT_WINDOW,
        "window_words": in_words(settings.DOI_DRAFT_WINDOW),
        "demonstration": demonstration(settings.DOI_DRAFT_WINDOW),
        "site_url": settings.SITE_URL,
    }


def demonstration(window: int) -> str:
    """The sentence of the slim bar, or nothing where the window is the real one."""
    if window == SEVEN_DAYS:
        return ""
    return _("Demonstration: a DOI becomes permanent after %(window)s instead of 7 days.") % {
        "window": in_words(window)
    }


def in_words(seconds: int) -> str:
    """``120`` as "2 minutes": the largest unit that divides it, as the operator meant it."""
    if seconds and seconds % 86_400 == 0:
        days = seconds // 86_400
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if seconds and seconds % 3_600 == 0:
        hours = seconds // 3_600
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    if seconds and seconds % 60 == 0:
        minutes = seconds // 60
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}


def spoken(at: datetime) -> str:
    """A moment for a sentence: in UTC and, where it differs, in the person's own zone."""
    here, there = timezone.localtime(at), at.astimezone(UTC)
    text = formats.date_format(there, "j M Y, H:i") + " UTC"
    if here.utcoffset() == there.utcoffset():
        return text
    own = formats.date_format(here, "H:i" if here.date() == there.date() else "j M, H:i")
    return f"{text} ({own} {timezone.get_current_timezone_name()})"
