"""Addresses of the admin that name nothing: its stock pages would answer them with an error of ours (500)."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.options import TO_FIELD_VAR, ModelAdmin
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict

# No key is so long, and SQLite cannot be asked for it. In a list, too: `?practitioner__in=1,2`.
_TOO_LONG = re.compile(r"[-\d, ]*\d{19,}[-\d, ]*")
# What is typed, and not a key.
_SEARCH = "q"


def refuse_odd_addresses(admin_view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap `AdminSite.admin_view`: such an address of a model's pages is a bad request (400).

    Whoever may not see the page is refused by it, as for any other address.
    """

    @wraps(admin_view)
    def wrapper(view: Callable[..., HttpResponse], cacheable: bool = False) -> Any:
        pages = getattr(view, "__self__", None)
        if not isinstance(pages, ModelAdmin):
            # Pages of our own answer in words.
            return admin_view(view, cacheable)

        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            # Looked for before anybody asks who may see it.
            is_of_no_field = "" in (request.GET.get(TO_FIELD_VAR), request.POST.get(TO_FIELD_VAR))
            if is_of_no_field or (pages.has_view_or_change_permission(request) and _is_odd(request.GET)):
                raise SuspiciousOperation("An address of the admin that names nothing")
            return view(request, *args, **kwargs)

        return admin_view(checked, cacheable)

    return wrapper


def _is_odd(query: QueryDict) -> bool:
    return any(
        (name.endswith("__year") and not _is_our_year(value))
        or (name != _SEARCH and _TOO_LONG.fullmatch(value) is not None)
        for name, values in query.lists()
        for value in values
    )


def _is_our_year(text: str) -> bool:
    return text.isdecimal() and len(text) == 4 and 1900 <= int(text) <= 2200
