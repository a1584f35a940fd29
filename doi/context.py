"""What every page says of the deployment's DOIs."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from doi.services import holding


def stopped(request: HttpRequest) -> dict[str, Any]:
    """The operator's kill switch, for the slim bar; asked only where a page shows it to somebody signed in."""
    del request
    return {"promotions_stopped": SimpleLazyObject(lambda: holding.active(None) or "")}
