"""What every request carries: an id that logs and history share, and the person's own time zone."""

import uuid
from collections.abc import Callable
from zoneinfo import ZoneInfo

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from organizations.access import person
from organizations.selectors import first_zone


class RequestIdMiddleware:
    """The id is ours, never the caller's, so that nobody can write into the history."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class PersonalTimeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        zone = person(request).time_zone or first_zone(person(request))
        with timezone.override(ZoneInfo(zone) if zone else None):
            return self.get_response(request)
