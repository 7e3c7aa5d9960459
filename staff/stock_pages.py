"""What names nothing, in an address of the admin or sent to it: its stock pages would fail over it (500)."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import TO_FIELD_VAR, ModelAdmin
from django.core.exceptions import SuspiciousOperation
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse, QueryDict

# No key is so long, and SQLite cannot be asked for it. In a list, too: `?practitioner__in=1,2`.
_TOO_LONG = re.compile(r"[-\d, ]*\d{19,}[-\d, ]*")


def refuse_odd_questions(admin_view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap `AdminSite.admin_view`: what a model's pages cannot read is a bad request (400).

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
            is_odd = _is_odd(request.GET, pages=pages) or _names_no_row(request.POST, pages=pages)
            if is_of_no_field or (is_odd and pages.has_view_or_change_permission(request)):
                raise SuspiciousOperation("A question to the admin that names nothing")
            return view(request, *args, **kwargs)

        return admin_view(checked, cacheable)

    return wrapper


def _is_odd(query: QueryDict, *, pages: "ModelAdmin[Any]") -> bool:
    fields = {field.name for field in pages.opts.get_fields()}
    return any(
        (name.endswith("__year") and not _is_our_year(value))
        # Filters of our own read what they are given.
        or (name.partition(LOOKUP_SEP)[0] in fields and _TOO_LONG.fullmatch(value) is not None)
        for name, values in query.lists()
        for value in values
    )


def _names_no_row(sent: QueryDict, *, pages: "ModelAdmin[Any]") -> bool:
    """Tell whether a key is sent that none can be, where Django asks the database for whatever it is."""
    names = (ACTION_CHECKBOX_NAME, *pages.autocomplete_fields, *_list_many(pages))
    return any(
        not (value.isdecimal() and len(value) < 19)
        for name in names
        for value in sent.getlist(name)
        # Nobody is chosen.
        if value or name == ACTION_CHECKBOX_NAME
    )


def _list_many(pages: "ModelAdmin[Any]") -> list[str]:
    return [field.name for field in pages.model._meta.many_to_many]


def _is_our_year(text: str) -> bool:
    return text.isdecimal() and len(text) == 4 and 1900 <= int(text) <= 2200
