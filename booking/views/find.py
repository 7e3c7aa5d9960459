"""Find my visit: the way in for those without their link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from booking import actions, links
from booking.forms.find import FindForm
from booking.limits import TooManyTries
from booking.lookup import find_visit
from booking.views.errors import answer_too_many_tries
from booking.views.personal import follow_language, personal
from booking.writing import Busy
from clinic.client import client_key

# The same words whatever was wrong: they must not tell that a reference exists.
MISS = _("We cannot find a visit with this reference and date of birth. Check both, or call us.")
BUSY = _("Many people are looking right now. Please press the button again.")


@personal
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Open the visit at once, or mail its link: then every answer is the same, right or wrong."""
    form = FindForm(request.POST if request.method == "POST" else None)
    by_email = "email" in request.POST
    if form.is_valid():
        try:
            visit = find_visit(**form.cleaned_data, address=client_key(request), counts_hits=by_email)
            if by_email and visit is not None:
                follow_language(visit)
                actions.mail_link(appointment=visit)
        except TooManyTries as error:
            return answer_too_many_tries(request, retry_after=error.retry_after)
        except Busy:
            form.add_error(None, BUSY)
            return render(request, "booking/find.html", {"form": form}, status=503)
        if by_email:
            return redirect("visits:link-sent")
        if visit is not None:
            return redirect("visits:visit", links.issue(visit))
        form.add_error(None, MISS)
    return render(request, "booking/find.html", {"form": form}, status=422 if form.errors else 200)


@personal
@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "booking/link_sent.html")
