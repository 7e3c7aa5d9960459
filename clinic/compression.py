"""Pages that anybody may see leave compressed; pages about one person do not. docs/adr/0008 says why."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from booking.views.personal import VISITS
from clinic.headers import OF_STAFF


class CompressPublicPages(GZipMiddleware):
    """Leave alone what no cache may store: a patient's answers, visits and links, and all of the admin."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        # Refusals there are marked later, further out.
        is_private = VISITS.match(request.path) or request.path.startswith(OF_STAFF)
        if is_private or "no-store" in response.get("Cache-Control", ""):
            return response
        return super().process_response(request, response)
