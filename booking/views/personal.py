"""Pages about one person: nobody else's browser, cache or search engine may keep them."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language

from booking import actions, links
from booking.models import Appointment
from booking.views.journey import find_moved

View = Callable[..., HttpResponse]

# In whatever language, or something that only looks like one.
VISITS = re.compile(r"/(?:[^/]+/)?visits/")


def personal(view: View) -> View:
    """Keep the page out of caches and search engines."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _keep_private(view(request, *args, **kwargs))

    return wrapper


def _keep_private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex"
    return response


def keep_visits_private(get_response: View) -> View:
    """Middleware: whatever is answered under /visits/, a refusal or an error too, is personal.

    The address itself opens the visit, so no other request may carry it.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if VISITS.match(request.path):
            _keep_private(response)
            response["Referrer-Policy"] = "no-referrer"
        return response

    return middleware


def follow_language(visit: Appointment) -> None:
    """Write about the visit in the language of the page where somebody changes it or asks for its link."""
    language = get_language() or settings.LANGUAGE_CODE
    if visit.language != language:
        # Not worth a refusal: what they came for matters more.
        with suppress(actions.Busy):
            actions.keep_language(appointment=visit, language=language)


def for_visit(view: View) -> View:
    """Turn the address's `token` into its visit. Wrong, old and unknown tokens get one and the same page."""

    @wraps(view)
    def wrapper(request: HttpRequest, token: str) -> HttpResponse:
        visit = links.find(token)
        if visit is not None:
            if request.method == "POST":
                follow_language(visit)
            return view(request, visit=visit, token=token)
        moved = find_moved(request, token) if request.method == "POST" else None
        if moved is not None:
            # The button was pressed twice, and the first press has moved the visit.
            return redirect("visits:visit", links.issue(moved))
        return render(request, "booking/unknown_link.html", {"dim_next": reverse("visits:find")}, status=404)

    return wrapper


def for_wish(view: View) -> View:
    """Turn the address's `token` into its wish on the waitlist, as `for_visit` does for visits."""

    @wraps(view)
    def wrapper(request: HttpRequest, token: str) -> HttpResponse:
        entry = links.find_wish(token)
        if entry is None:
            return render(
                request, "booking/unknown_link.html", {"dim_next": reverse("visits:find")}, status=404
            )
        return view(request, entry=entry, token=token)

    return wrapper
