from typing import Any

from django.conf import settings
from django.http import HttpRequest


def product(request: HttpRequest) -> dict[str, Any]:
    """What every page needs to know of the deployment: the demo says on screen that its window is short."""
    return {"draft_window": settings.DOI_DRAFT_WINDOW, "site_url": settings.SITE_URL}
