"""
One line per event: a fixed name, then fields. Ids, not objects; never a credential or a body.

Records of other libraries take the same form. The last step takes out the values of fields that could hold a secret,
whoever wrote them.
"""

import copy
import logging
from http import HTTPStatus
from typing import Any, override

import structlog
from structlog.typing import EventDict, WrappedLogger

SECRET_FIELDS = frozenset({"password", "authorization", "credentials", "cookie", "token", "secret"})


def without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: "***" if key.lower() in SECRET_FIELDS else value for key, value in event.items()}


class WithoutExpectedTracebacks(logging.Filter):
    """
    Takes the traceback from Django's lines about answers that are part of the product: not allowed, and not found.

    The line stays, with its path. What is no expected answer keeps its traceback.
    """

    ANSWERS = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
    LOGGERS = ("django.request", "django.security")

    @override
    def filter(self, record: logging.LogRecord) -> bool | logging.LogRecord:
        expected = record.name.startswith(self.LOGGERS) and getattr(record, "status_code", 0) in self.ANSWERS
        if not expected or record.exc_info is None:
            return True
        # A copy, as other handlers have the same record.
        short = copy.copy(record)
        short.exc_info = short.exc_text = None
        return short


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    without_secrets,
]


def configure(level: str) -> dict[str, Any]:
    """Set structlog up, and return Django's LOGGING for everything that logs without it."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    line = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "logger", "event"], bool_as_flag=False
            ),
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "filters": {"expected": {"()": WithoutExpectedTracebacks}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["expected"]}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # With DEBUG Django would write each line a second time, in its own form.
            "django": {"handlers": []},
            # The client's own debug lines carry addresses and headers.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
        },
    }
