"""What the admin's own pages share, whatever they are about."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from booking.admin.lookups import OfferedLookups

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Words


class OwnPages(OfferedLookups):
    """Pages beside the stock ones. Templates stand in `admin/booking/<model>/`."""

    def name_page(self, route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
        """Return the address of a page of this model; it needs a login and is named like the stock ones."""
        full_name = f"booking_{self.opts.model_name}_{name}"
        return path(route, self.admin_site.admin_view(view), name=full_name)

    def render(
        self, request: HttpRequest, template: str, *, title: "Words", record: Any = None, **context: Any
    ) -> TemplateResponse:
        """`record` is the row that the page is about, where it is about one. No names in `title`."""
        everything = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": title,
            "record": record,
            **context,
        }
        return TemplateResponse(request, f"admin/booking/{self.opts.model_name}/{template}", everything)
