"""What every request carries: an id that logs and history share, text that is text, and the person's own time zone."""

import uuid
from collections.abc import Callable
from zoneinfo import ZoneInfo

import structlog
from django.core.exceptions import BadRequest
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


class QueryTextMiddleware:
    """No query of ours holds NUL, and PostgreSQL takes it in no text: 400 here, before any view looks for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\x00" in query:
            message = "The query holds the character NUL."
            raise BadRequest(message)
        return self.get_response(request)


class NotStoredMiddleware:
    """A signed-in person's pages are kept by no cache, so that nobody goes back to them after the sign-out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        signed_in = request.user.is_authenticated
        response = self.get_response(request)
        # Landing pages have said what they need, and show everybody the same.
        if (signed_in or request.user.is_authenticated) and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
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
