"""The waitlist: somebody for whom no time fits, or who would come earlier than booked."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.actions import BookingError
from booking.forms.waitlist import WaitlistForm, WishForm, describe_wish
from booking.limits import count_attempt
from booking.models import Appointment, Attempt, VisitType, WaitlistEntry
from booking.views.errors import answer_error
from booking.views.openings import Chooser
from booking.views.personal import for_visit, personal
from booking.views.visits import read_state
from booking.waiting import (
    ask_for_earlier,
    can_come_earlier,
    find_last_day_before,
    join_waitlist,
    stop_asking,
)
from clinic.client import client_key

# From one address: an office or a family may share one.
MAX_TRIES = 10
WINDOW = timedelta(hours=1)


@personal
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask what would help and who it is for, and keep it. Mistakes are answered with 422, as typed."""
    visit_type = get_object_or_404(VisitType, slug=slug, is_public=True)
    if not visit_type.practitioners.filter(is_active=True).exists():
        return render(request, "booking/waitlist_closed.html", {"visit_type": visit_type})
    form = WaitlistForm(request.POST if request.method == "POST" else None, visit_type=visit_type)
    if form.is_valid():
        try:
            return _join(request, form)
        except BookingError as error:
            return answer_error(request, error, chooser=Chooser.to_book(visit_type, holder=""))
    context = {"visit_type": visit_type, "form": form}
    return render(request, "booking/waitlist.html", context, status=422 if form.errors else 200)


def _join(request: HttpRequest, form: WaitlistForm) -> HttpResponse:
    count_attempt(kind=Attempt.Kind.WAITLIST, key=client_key(request), limit=MAX_TRIES, window=WINDOW)
    entry = join_waitlist(
        visit_type=form.visit_type,
        patient=form.patient_details(),
        related=form.related_details(),
        wish=form.make_wish_of_answers(),
        consent_wording=form.consent_wording,
    )
    request.session["waitlist"] = entry.pk
    return redirect("booking:waitlist-joined", form.visit_type.slug)


@personal
@require_safe
def joined(request: HttpRequest, slug: str) -> HttpResponse:
    """Say that this browser's wish is on the list, as long as it is."""
    entry = (
        WaitlistEntry.objects.waiting()
        .filter(pk=request.session.get("waitlist", 0), visit_type__slug=slug)
        .select_related("visit_type")
        .first()
    )
    if entry is None:
        return redirect("booking:waitlist", slug)
    return render(request, "booking/waitlist_joined.html", {"entry": entry})


@require_http_methods(["GET", "HEAD", "POST"])
@for_visit
def earlier(request: HttpRequest, *, visit: Appointment, token: str) -> HttpResponse:
    """Ask what would help before the visit that is booked; asked again, change it."""
    if read_state(visit) != "changeable" or not can_come_earlier(visit):
        return redirect("visits:visit", token)
    entry = visit.waitlist_entries.waiting().first()
    form = WishForm(
        request.POST if request.method == "POST" else None,
        visit_type=visit.visit_type,
        initial=describe_wish(entry) if entry is not None else None,
    )
    if form.is_valid():
        try:
            ask_for_earlier(appointment=visit, wish=form.make_wish_until(find_last_day_before(visit)))
        except BookingError as error:
            return answer_error(request, error, chooser=Chooser.to_move(visit, token=token))
        return redirect("visits:visit", token)
    context = {"visit": visit, "token": token, "form": form, "entry": entry}
    return render(request, "booking/earlier.html", context, status=422 if form.errors else 200)


@require_POST
@for_visit
def leave(request: HttpRequest, *, visit: Appointment, token: str) -> HttpResponse:
    """Take the wish for an earlier time off the list; pressed twice, the second time changes nothing."""
    try:
        stop_asking(appointment=visit)
    except BookingError as error:
        return answer_error(request, error, chooser=Chooser.to_move(visit, token=token))
    return redirect("visits:visit", token)
