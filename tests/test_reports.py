"""Error reports, also those of Django's page for developers, show no password."""

import secrets
import sys
from typing import Any

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from redivis_doi.reports import ReportFilter

# Made here, so that no line of this file which a report quotes holds it.
MIDDLE = secrets.token_hex(8)
PASSWORD = f"a&b'{MIDDLE}\"c+d \\e"


def _fail(words: Any) -> None:
    harmless, nested, pasted = "shown", {"deep": [words]}, f"password={words}"
    raise ValueError(harmless, len(nested), len(pasted))


def _report(settings: Any, *, debug: bool, **fields: str) -> str:
    settings.DEBUG = debug
    request = RequestFactory().post("/settings/", {"account_id": "ORG.REPO", **fields})
    try:
        _fail(next(iter(fields.values())))
    except ValueError:
        reporter = ExceptionReporter(request, *sys.exc_info())
    assert isinstance(reporter.filter, ReportFilter)
    return reporter.get_traceback_html() + reporter.get_traceback_text()


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("field", ["password", "new_password1", "api_token"])
def test_what_was_typed_into_a_password_field_is_hidden(settings: Any, *, debug: bool, field: str) -> None:
    report = _report(settings, debug=debug, **{field: PASSWORD})
    assert MIDDLE not in report
    assert "ORG.REPO" in report
    assert "shown" in report


def test_other_fields_are_shown(settings: Any) -> None:
    assert "gauge at the mill" in _report(settings, debug=True, title="gauge at the mill")


def test_without_a_request_variables_are_shown() -> None:
    try:
        _fail("no request")
    except ValueError:
        report = ExceptionReporter(None, *sys.exc_info()).get_traceback_html()
    assert "no request" in report
