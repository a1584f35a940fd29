"""The components that wrap content, and the tabs of a place. `docs/design-system.md` shows each in use."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from organizations import selectors
from organizations.context import spoken
from organizations.models import Institution, Organization

register = template.Library()


@register.simple_block_tag
def callout(content: str, *, kind: str = "info", title: str = "", role: str = "") -> SafeString:
    """Say something beside the flow: ``kind`` is info, success, warning, danger or error."""
    context = {"content": content, "kind": kind, "title": title, "role": role}
    return render_to_string("components/callout.html", context)


@register.simple_block_tag
def datatable(content: str, *, caption: str, visible: bool = False, scroll: bool = False) -> SafeString:
    """Frame ``thead`` and ``tbody``; cells carry ``data-label`` for the phone, unless it scrolls instead."""
    context = {"content": content, "caption": caption, "visible": visible, "scroll": scroll}
    return render_to_string("components/table.html", context)


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """A moment in UTC and, where the person's clock shows another time, in their zone."""
    here, there = timezone.localtime(at), at.astimezone(UTC)
    same = here.utcoffset() == there.utcoffset()
    context = {
        "at": at,
        "own_zone": "" if same else timezone.get_current_timezone_name(),
        # The day is repeated only where it is another one there.
        "own_format": "H:i" if here.date() == there.date() else "j M, H:i",
    }
    # Without the file's last line end, which would be a space before the sentence's full stop.
    return mark_safe(render_to_string("components/moment.html", context).rstrip())


register.filter("spoken", spoken)


@register.inclusion_tag("components/place.html", takes_context=True)
def place(context: dict[str, Any], here: Organization | Institution, current: str = "") -> dict[str, Any]:
    """The name and tabs of an organization or institution; ``current`` is the tab's word."""
    request = context["request"]
    return {"here": here, "tabs": selectors.tabs(here, user=request.user), "current": current}
