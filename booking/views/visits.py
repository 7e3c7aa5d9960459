"""One booked visit: see it, move it, cancel it, put it in a calendar."""

from datetime import timedelta
from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from booking import actions, links
from booking.availability import SlotChoice, check, parse_slot_key
from booking.mail.ics import make_invitation
from booking.models import Appointment, CancellationReason
from booking.models.appointment import Status
from booking.views.errors import UNREADABLE_TIME, answer_error, render_answer
from booking.views.journey import keep_outcome, read_outcome
from booking.views.openings import Chooser, list_openings
from booking.views.personal import for_visit

State = Literal["cancelled", "past", "changeable", "fixed"]


def read_state(visit: Appointment) -> State:
    """Return what a patient can still do with the visit; "fixed" is to come, but for the phone only."""
    now = timezone.now()
    if visit.status in (Status.CANCELLED, Status.ENTERED_IN_ERROR):
        return "cancelled"
    if visit.end <= now or visit.status in (Status.FULFILLED, Status.NOSHOW):
        return "past"
    last_change = visit.start - timedelta(minutes=visit.visit_type.change_cutoff)
    return "changeable" if visit.status == Status.BOOKED and now < last_change else "fixed"


@require_safe
@for_visit
def visit(request: HttpRequest, *, visit: Appointment, token: str) -> HttpResponse:
    context = {
        "visit": visit,
        "token": token,
        "state": read_state(visit),
        "outcome": read_outcome(request, visit),
        "has_email": bool(visit.patient and visit.patient.email),
        "arrive_at": visit.local_start - timedelta(minutes=visit.visit_type.arrive_early),
    }
    return render(request, "booking/visit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_visit
def cancel(request: HttpRequest, *, visit: Appointment, token: str) -> HttpResponse:
    """Ask once, then cancel."""
    if request.method == "POST":
        try:
            actions.cancel(appointment=visit, reason=CancellationReason.PATIENT, by=actions.Actor.patient())
        except actions.BookingError as error:
            return answer_error(request, error, chooser=Chooser.to_move(visit, token=token))
        return redirect("visits:visit", token)
    if read_state(visit) != "changeable":
        return redirect("visits:visit", token)
    return render(request, "booking/cancel.html", {"visit": visit, "token": token})


@require_http_methods(["GET", "HEAD", "POST"])
@for_visit
def move(request: HttpRequest, *, visit: Appointment, token: str) -> HttpResponse:
    """List times; with ?slot= ask once; a POST moves. The old time is kept until then."""
    chooser = Chooser.to_move(visit, token=token)
    if request.method != "POST":
        if read_state(visit) != "changeable":
            return redirect("visits:visit", token)
        if "slot" not in request.GET:
            context = list_openings(request.GET, chooser=chooser) | {"visit": visit, "token": token}
            return render(request, "booking/move.html", context)
    sent = request.POST if request.method == "POST" else request.GET
    try:
        choice = parse_slot_key(sent.get("slot", ""))
    except ValueError:
        return render_answer(request, UNREADABLE_TIME, chooser=chooser)
    try:
        if request.method == "POST":
            return _move(request, visit, choice, token=token)
        return _ask_to_move(request, visit, choice, token=token)
    except actions.BookingError as error:
        return answer_error(request, error, chooser=chooser, wanted=choice.start)


def _ask_to_move(request: HttpRequest, visit: Appointment, choice: SlotChoice, *, token: str) -> HttpResponse:
    refusals = check(
        visit_type=visit.visit_type,
        practitioner=choice.practitioner,
        location=choice.location,
        start=choice.start,
        ignoring=visit,
    )
    if refusals:
        raise actions.Refused(refusals)
    # Never saved: the visit as it would be, for the card that shows it.
    new = Appointment(
        visit_type=visit.visit_type,
        practitioner=choice.practitioner,
        location=choice.location,
        start=choice.start,
    )
    context = {"visit": visit, "token": token, "new": new, "slot": request.GET["slot"]}
    return render(request, "booking/move_check.html", context)


def _move(request: HttpRequest, visit: Appointment, choice: SlotChoice, *, token: str) -> HttpResponse:
    try:
        visit = actions.move(
            appointment=visit,
            practitioner=choice.practitioner,
            location=choice.location,
            start=choice.start,
            by=actions.Actor.patient(),
        )
    except actions.NotAllowed:
        # The button was pressed twice, and the first press has done it.
        visit.refresh_from_db()
        if (visit.start, visit.practitioner) != (choice.start, choice.practitioner):
            raise
    keep_outcome(request, visit, "moved", left=token)
    return redirect("visits:visit", links.issue(visit))


@require_safe
@for_visit
def invite(request: HttpRequest, *, visit: Appointment, token: str) -> HttpResponse:
    """Send a visit that is to come as a calendar file."""
    if read_state(visit) in ("cancelled", "past"):
        return redirect("visits:visit", token)
    invitation = make_invitation(visit, method="PUBLISH")
    response = HttpResponse(invitation, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return response
