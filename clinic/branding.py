"""What every template may say about the practice."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def branding(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `clinic`, `public_url` and `dim` (None: follow the device)."""
    return {
        "clinic": settings.CLINIC,
        "public_url": settings.PUBLIC_URL,
        "dim": {"1": True, "0": False}.get(request.COOKIES.get("dim", "")),
    }
