"""Asking again who is there, before what is hard to undo: roles, exports, erasure."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import urlencode
from django.utils.translation import gettext as _

View = Callable[..., HttpResponseBase]


def require_fresh_sign_in(view: View) -> View:
    """Let through who has signed in, or shown again who they are, in the last STAFF_FRESH_MINUTES.

    A page asks as well, so that a form is not filled in for nothing. What is sent too late is not
    kept anywhere: it may hold a password.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated or is_fresh(request):
            return view(request, *args, **kwargs)
        methods = get_adapter().get_reauthentication_methods(request.user)
        if not methods:
            raise PermissionDenied
        if request.method != "GET":
            messages.warning(request, _("Nothing was saved yet. Please show first that it is you."))
        return HttpResponseRedirect(f"{methods[0]['url']}?{urlencode({'next': request.get_full_path()})}")

    return wrapper


def is_fresh(request: HttpRequest) -> bool:
    minutes: int = settings.STAFF_FRESH_MINUTES
    if not minutes:
        return True
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < minutes * 60 for record in records)
