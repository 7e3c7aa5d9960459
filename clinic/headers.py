"""What no answer leaves without: an error, a redirect, a file and the admin included."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# Nobody's cache and no search engine keeps what staff see, the refusals included.
OF_STAFF = ("/admin/", "/staff/", "/inbox/")
REPORTS = "/reports/csp/"


def set_headers(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, around all the others: what Django's own set too deep inside to reach every refusal.

    A page that has asked for something stricter keeps it.
    """
    always = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Reporting-Endpoints": f'csp="{REPORTS}"',
    }

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in always.items():
            response.headers.setdefault(name, value)
        if request.path.startswith(OF_STAFF):
            response.headers["Cache-Control"] = "no-store, private"
            response.headers["X-Robots-Tag"] = "noindex"
        return response

    return middleware
