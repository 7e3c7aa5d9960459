"""Home, the dim switch, and the pages that say why something did not work."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, HttpResponseServerError
from django.shortcuts import render
from django.template.context_processors import csrf
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from booking.availability import find_soonest
from booking.models import Location, VisitType
from clinic.branding import branding
from education.finding.json_ld import describe_clinic
from education.models import Article

# The address name of the visit type whose times the home page offers.
FIRST_VISIT = "new-patient"
HOME_ARTICLES = 6
DIM_COOKIE_AGE = 365 * 24 * 60 * 60
OPENAPI = settings.BASE_DIR / "clinic" / "openapi.json"
# When to try again while the database is away: a restart takes less.
OUTAGE_SECONDS = 60


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    first_visit = find_first_visit()
    locations = list(Location.objects.filter(is_active=True))
    context = {
        "first_visit": first_visit,
        "soonest": find_soonest(visit_type=first_visit) if first_visit else [],
        "articles": Article.objects.published()[:HOME_ARTICLES],
        "locations": locations,
        "names_place": len(locations) > 1,
        "json_ld": describe_clinic(locations),
    }
    return render(request, "home.html", context)


def find_first_visit() -> VisitType | None:
    """Return FIRST_VISIT, or else the first in their order that somebody new may book online."""
    open_to_new = VisitType.objects.filter(is_public=True).exclude(audience=VisitType.Audience.ESTABLISHED)
    return min(open_to_new, key=lambda visit_type: visit_type.slug != FIRST_VISIT, default=None)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy.html")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Tell crawlers what is not for them, and where the list of pages is.

    No secret stands here: pages about a person ask not to be kept by a header of their own.
    """
    context = {"public_url": settings.PUBLIC_URL, "prefixes": ["", *_list_prefixes()]}
    return render(request, "robots.txt", context, content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=60 * 60)
def show_openapi(request: HttpRequest) -> HttpResponse:
    """Describe our JSON to programs and to those who write them."""
    return HttpResponse(OPENAPI.read_bytes(), content_type="application/json")


@require_safe
def show_icon(request: HttpRequest, name: str) -> HttpResponse:
    """Lead from an address that browsers know by heart to the file, whose address has its digest."""
    return HttpResponseRedirect(static(f"clinic/{name}"))


def _list_prefixes() -> list[str]:
    return [f"/{code}" for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


@require_POST
def set_dim(request: HttpRequest) -> HttpResponse:
    """Keep the choice of colors in a cookie and go back to the page where it was made."""
    address = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        address = reverse("home")
    response = HttpResponseRedirect(address)
    response.set_cookie(
        f"{settings.COOKIE_PREFIX}dim",
        "1" if request.POST.get("dim") == "1" else "0",
        max_age=DIM_COOKIE_AGE,
        secure=request.is_secure() or bool(settings.COOKIE_PREFIX),
        httponly=True,
        samesite="Lax",
    )
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", {"dim_next": reverse("home")}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 where the database cannot be reached or written.

    Without the database, the session or the context processors: one of them may be why.
    """
    context = {"request": request, "dim_next": reverse("home"), **branding(request), **csrf(request)}
    # Django calls this while it handles the error. These two come from the database's host and
    # its disk, not from what we asked: nothing was written, and the same button may work soon.
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        page = get_template("503.html").render(context)
        return HttpResponse(page, status=503, headers={"Retry-After": str(OUTAGE_SECONDS)})
    return HttpResponseServerError(get_template("500.html").render(context))
