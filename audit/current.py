"""The request that is being answered, for whatever is recorded while it is."""

import ipaddress
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest, HttpResponse

from clinic.client import client_address

_request: ContextVar[HttpRequest | None] = ContextVar("audit_request", default=None)


def find_request() -> HttpRequest | None:
    """None outside a request: in a worker, a command, a migration."""
    return _request.get()


def find_user(request: HttpRequest | None) -> Any:
    """Return who is signed in, or None."""
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def read_address(request: HttpRequest | None) -> str | None:
    """Return the client's address as far as it can be trusted; None for what is no address."""
    try:
        return str(ipaddress.ip_address(client_address(request))) if request is not None else None
    except ValueError:
        return None


def keep_record(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, right after the one that finds the user: remember the request, record refusals.

    Not django-auditlog's own: that believes any X-Forwarded-For, and takes the user as it was
    before the view, so that a sign-in would have been nobody's.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        token = _request.set(request)
        try:
            response = get_response(request)
            if response.status_code == 403:
                from audit.reads import record_refused

                record_refused(request)
            return response
        finally:
            _request.reset(token)

    return middleware
