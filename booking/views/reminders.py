"""No more reminders: a page behind a link in each of them, and what mail programs send by themselves."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from booking import actions, links
from booking.views.personal import personal
from booking.writing import Busy


# With the reports of browsers (clinic/csp_reports.py) the only address without Django's check against forged
# forms, and a test holds that. Mail programs POST here by themselves (RFC 8058), without a cookie and without
# having seen a form. The check keeps other sites from using what a browser carries along; this page asks for
# nothing of that kind. It reads no cookie, session or user: the token in the address is all there is, and
# whoever has it may do the one thing that it is for.
@csrf_exempt
@personal
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once, then stop reminders, or send them `again`; the visit stays as it is.

    A POST answers 200 by itself: mail programs take a redirect for a failure.
    """
    visit = links.find_to_stop(token)
    if visit is None:
        return render(request, "booking/unknown_link.html", {"dim_next": reverse("visits:find")}, status=404)
    is_off = visit.contact is not None and visit.contact.reminders_off_at is not None
    if request.method == "POST":
        is_off = "again" not in request.POST
        try:
            (actions.stop_reminders if is_off else actions.resume_reminders)(appointment=visit)
        except Busy:
            context = {"is_busy": True, "is_off": not is_off}
            response = render(request, "booking/stop_reminders.html", context, status=503)
            response["Retry-After"] = "5"
            return response
    is_on_again = request.method == "POST" and not is_off
    context = {"is_off": is_off, "is_on_again": is_on_again}
    return render(request, "booking/stop_reminders.html", context)
