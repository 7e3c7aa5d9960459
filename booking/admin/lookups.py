"""What an address may filter a list by: what the list itself offers, and nothing else."""

from typing import Any

from django.contrib import admin
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest

# What the filters of the admin and its calendar write after the name of a field.
_ENDINGS = frozenset({"exact", "id__exact", "isnull", "in", "gte", "lt", "year", "month", "day"})


class OfferedLookups(admin.ModelAdmin):
    """Django lets an address filter by any field of the model, shown or not. Letter by letter,
    `?reason__startswith=` would read what the page hides: here such an address is a bad request.
    """

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        offered = self._list_offered(request)
        return lookup in offered or any(
            f"{name}{LOOKUP_SEP}{ending}" == lookup for name in offered for ending in _ENDINGS
        )

    def _list_offered(self, request: HttpRequest) -> set[str]:
        offered = {self.date_hierarchy} if self.date_hierarchy else set()
        for one in self.get_list_filter(request):
            if isinstance(one, str):
                offered.add(one)
            elif isinstance(one, type) and issubclass(one, admin.SimpleListFilter):
                offered.add(one.parameter_name or "")
            else:
                offered.update(getattr(one, "names", ()))
        return offered - {""}
