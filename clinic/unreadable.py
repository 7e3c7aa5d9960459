"""Requests that no page of ours could read: too long, or with signs that nobody types."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class Request(WSGIRequest):
    """Django makes the request outside of all middleware: what fails there is a bare 500 without a header."""

    is_garbled = False

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except ValueError:
            # A charset with a NUL in it, or one that is said to be in a charset that is none.
            self.is_garbled = True
            self.content_type, self.content_params = "", {}


class Handler(WSGIHandler):
    request_class = Request


def refuse_unreadable(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, before the session and whatever else reads a body: answer 400 or 413.

    NUL is answered by PostgreSQL with an error of its own. Our own pages read questions and forms with
    care and answer in words; the admin hands what stands in its addresses to the database.
    A body is limited here and not by Django alone, which would put a file of any size on the disk.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if getattr(request, "is_garbled", False):
            raise SuspiciousOperation("A Content-Type that cannot be read")
        if _read_length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return render(request, "413.html", status=413)
        texts = list(request.COOKIES.values())
        if request.path.startswith(("/admin/", "/staff/")):
            texts += [text for name, values in request.GET.lists() for text in (name, *values)]
        if any("\x00" in text for text in texts):
            raise SuspiciousOperation("NUL in a cookie or a question")
        return get_response(request)

    return middleware


def _read_length(request: HttpRequest) -> int:
    """Return how many bytes the body is said to have. What is no number counts as none, as Django has it."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
