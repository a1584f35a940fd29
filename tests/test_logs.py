"""What the log shows of answers: one line for those that are part of the product, a traceback for the others."""

import io
import logging
import logging.config
from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.handlers.exception import response_for_exception
from django.test import RequestFactory

from redivis_doi.logs import WithoutExpectedTracebacks


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the handler of the settings writes."""
    configured = logging.config.DictConfigurator(django_settings.LOGGING)
    formatter = configured.configure_formatter(dict(django_settings.LOGGING["formatters"]["line"]))
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter)
    handler.addFilter(WithoutExpectedTracebacks())
    logging.getLogger("django").addHandler(handler)
    yield written
    logging.getLogger("django").removeHandler(handler)


def answer(error: Exception) -> int:
    try:
        raise error
    except type(error) as raised:
        return response_for_exception(RequestFactory().get("/organizations/x/doi/"), raised).status_code


def test_a_refusal_is_one_line_with_its_path(log: io.StringIO) -> None:
    assert answer(PermissionDenied("not an administrator")) == 403

    assert log.getvalue().count("\n") == 1
    assert "/organizations/x/doi/" in log.getvalue()
    assert "Traceback" not in log.getvalue()


def test_what_is_no_expected_answer_keeps_its_traceback(log: io.StringIO) -> None:
    assert answer(SuspiciousOperation("a host that is not ours")) == 400

    assert "Traceback" in log.getvalue()


def test_other_handlers_still_see_the_whole_record() -> None:
    record = logging.makeLogRecord(
        {"name": "django.request", "status_code": 404, "exc_info": (ValueError, ValueError("x"), None)}
    )

    short = WithoutExpectedTracebacks().filter(record)

    assert isinstance(short, logging.LogRecord)
    assert (short.exc_info, record.exc_info is None) == (None, False)


def test_the_settings_use_it_and_write_each_line_once() -> None:
    assert django_settings.LOGGING["handlers"]["stderr"]["filters"] == ["expected"]
    assert django_settings.LOGGING["filters"]["expected"]["()"] is WithoutExpectedTracebacks
    assert django_settings.LOGGING["loggers"]["django"]["handlers"] == []
