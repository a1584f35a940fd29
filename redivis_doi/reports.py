"""
What an error report shows of a request: never what somebody typed into a password field.

Django hides such values where it is told to, and not at all where DEBUG is on. Here the names decide, everywhere, and a
local variable that holds one of the values is hidden whatever its name is.
"""

from collections.abc import ItemsView
from types import FrameType
from typing import Any
from urllib.parse import quote_plus

from django.http import HttpRequest, QueryDict
from django.template.defaultfilters import pprint
from django.views.debug import SafeExceptionReporterFilter


class ReportFilter(SafeExceptionReporterFilter):
    """Set by DEFAULT_EXCEPTION_REPORTER_FILTER (Django 6.1, "Filtering error reports")."""

    def is_active(self, request: HttpRequest | None) -> bool:
        del request
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> QueryDict | dict[str, Any]:
        shown = super().get_post_parameters(request)
        return {
            name: self.cleansed_substitute if self.hidden_settings.search(name) else value
            for name, value in shown.items()
        }

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        typed = self._typed(request)
        shown = dict(super().get_traceback_frame_variables(request, tb_frame))
        hidden = {name: self.cleansed_substitute for name in shown if self._holds(shown[name], typed)}
        return {**shown, **hidden}.items()

    def _typed(self, request: HttpRequest | None) -> list[str]:
        """The values to hide, in the spellings that a variable shows them in."""
        if request is None:
            return []
        secret = (name for name in request.POST if self.hidden_settings.search(name))
        values = [str(value) for name in secret for value in request.POST.getlist(name) if value]
        return [each for value in values for each in (value, repr(value)[1:-1], quote_plus(value))]

    def _holds(self, value: object, typed: list[str]) -> bool:
        if not typed:
            return False
        shown = f"{value!s} {pprint(value)}" if isinstance(value, str | bytes) else pprint(value)
        return any(each in shown for each in typed)
