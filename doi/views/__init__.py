"""Pages about DOIs. Each is access, form, one service call, and a page or a redirect; none speaks to a registry."""

from django.http import HttpRequest

from datasets.services import By
from doi import clock
from organizations.access import person


def by(request: HttpRequest) -> By:
    """The person behind ``request``, for the history."""
    return By(actor=person(request).actor, cause="web", now=clock.now())
