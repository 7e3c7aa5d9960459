"""How long a session lasts: until nobody has used it for a while, and never beyond a working day."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from staff.second_factor import OWN

STARTED, SEEN = "staff_started", "staff_seen"
ABSOLUTE = timedelta(hours=12)
# Not every click costs a write.
WRITE_EVERY = timedelta(minutes=1)
# Asked by pages themselves, not by somebody.
BACKGROUND = {"desk:refresh"}


def end_idle_sessions(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Middleware. STAFF_IDLE_MINUTES is 0: sessions last as long as their cookie."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not settings.STAFF_IDLE_MINUTES or not request.user.is_authenticated:
            return get_response(request)
        now = timezone.now().timestamp()
        started = request.session.get(STARTED, now)
        seen = request.session.get(SEEN, started)
        if now - seen >= settings.STAFF_IDLE_MINUTES * 60 or now - started >= ABSOLUTE.total_seconds():
            if request.path_info.startswith(OWN):
                return _sign_out(request)
            # Patients' pages are for everybody.
            logout(request)
            return get_response(request)
        if STARTED not in request.session:
            request.session[STARTED] = now
        is_due = SEEN not in request.session or now - seen >= WRITE_EVERY.total_seconds()
        if is_due and not _is_background(request):
            request.session[SEEN] = now
            UserSession.objects.filter(session_key=request.session.session_key).update(
                last_seen_at=timezone.now()
            )
        return get_response(request)

    return middleware


def explain_session(request: HttpRequest) -> dict[str, object]:
    """Context processor: what the pages of staff say about sessions."""
    return {
        "idle_minutes": settings.STAFF_IDLE_MINUTES,
        "second_factor_required": settings.STAFF_SECOND_FACTOR,
    }


def _sign_out(request: HttpRequest) -> HttpResponse:
    back = _find_way_back(request)
    logout(request)
    if request.method in ("GET", "HEAD"):
        messages.info(request, _("You were signed out because nobody used this page for a while."))
    else:
        messages.warning(
            request,
            _("You were signed out before you sent this. Nothing was saved. Sign in and send it again."),
        )
    sign_in = f"{reverse('account_login')}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        # A part of a page cannot show the sign-in: the page itself goes there.
        return HttpResponse(status=204, headers={"HX-Redirect": sign_in})
    return HttpResponseRedirect(sign_in)


def _find_way_back(request: HttpRequest) -> str:
    """Return the page somebody was on: never what only takes a POST or draws a part of a page."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return request.get_full_path()
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}):
        return reverse("admin:index")
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _is_background(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).view_name in BACKGROUND
    except Resolver404:
        return False
