"""NUL in a cookie or a question: nobody types it, and PostgreSQL answers it with an error of its own."""

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse


def refuse_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, before the session: answer 400.

    Our own pages read questions and forms with care and answer in words; the admin hands what
    stands in its addresses to the database.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        texts = list(request.COOKIES.values())
        if request.path.startswith(("/admin/", "/staff/")):
            texts += [text for name, values in request.GET.lists() for text in (name, *values)]
        if any("\x00" in text for text in texts):
            raise SuspiciousOperation("NUL in a cookie or a question")
        return get_response(request)

    return middleware
