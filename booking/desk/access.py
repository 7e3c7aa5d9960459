"""Who may see the desk, and how its pages are drawn."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

PERMISSION = "booking.change_appointment"
View = Callable[..., HttpResponse]


def desk_page(view: View, *, also: str = "") -> View:
    """Let in staff who run the desk: others log in first, or are refused (403).

    `also` names a permission that the page asks for besides.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perms([PERMISSION, *filter(None, [also])]):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(wrapper)


def show(request: HttpRequest, template: str, *, title: str, **context: Any) -> TemplateResponse:
    """Draw a page of the desk. No names in `title`."""
    everything = {
        **admin.site.each_context(request),
        # The board needs the width.
        "is_nav_sidebar_enabled": False,
        "title": title,
        **context,
    }
    return TemplateResponse(request, f"desk/{template}", everything)
