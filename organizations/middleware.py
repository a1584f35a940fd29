"""Shows times in the person's own time zone beside UTC."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from organizations.access import person
from organizations.selectors import first_zone


class PersonalTimeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        zone = person(request).time_zone or first_zone(person(request))
        with timezone.override(ZoneInfo(zone) if zone else None):
            return self.get_response(request)
