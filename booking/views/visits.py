"""One booked visit: see it, move it, cancel it, put it in a calendar."""

from datetime import timedelta
from typing import Any, Literal
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking import actions, away, links
from booking.availability import SlotChoice, check, parse_slot_key
from booking.mail.ics import make_invitation
from booking.models import Appointment, CancellationReason, Location, Referral, VisitType
from booking.models.appointment import Status
from booking.models.history import find_old_place
from booking.views.errors import UNREADABLE_TIME, answer_error, render_answer
from booking.views.journey import keep_outcome, read_outcome
from booking.views.openings import Chooser, list_openings
from booking.views.personal import for_visit
from booking.views.together import read_together
from booking.views.wishes import find_offer
from booking.waiting import can_come_earlier

State = Literal["cancelled", "past", "here", "changeable", "fixed"]


def read_state(visit: Appointment) -> State:
    """Return what a patient can still do with the visit.

    "here" is a patient who has arrived; "fixed" is to come, but only the phone can change it.
    """
    now = timezone.now()
    if visit.status in (Status.CANCELLED, Status.ENTERED_IN_ERROR):
        return "cancelled"
    if visit.end <= now or visit.status in (Status.FULFILLED, Status.NOSHOW):
        return "past"
    if visit.status in (Status.ARRIVED, Status.CHECKED_IN):
        return "here"
    last_change = visit.start - timedelta(minutes=visit.visit_type.change_cutoff)
    if visit.status != Status.BOOKED:
        return "fixed"
    # Whose clinician is away was asked to change.
    return "changeable" if now < last_change or away.find_asked(visit) is not None else "fixed"


@require_safe
@for_visit
def visit(request: HttpRequest, *, visit: Appointment, token: str) -> HttpResponse:
    state = read_state(visit)
    context = {"visit": visit, "token": token, "state": state, "together": read_together(visit)}
    if state in ("cancelled", "past"):
        return render(request, "booking/visit_over.html", context | _describe_end(visit, state=state))
    return render(request, "booking/visit.html", context | _describe_coming(request, visit, state=state))


def _describe_coming(request: HttpRequest, visit: Appointment, *, state: State) -> dict[str, Any]:
    contact = visit.contact
    today = timezone.now().astimezone(visit.location.zone).date()
    old = find_old_place(visit) if visit.version else None
    asked = away.find_asked(visit)
    wish = visit.waitlist_entries.waiting().filter(until__gte=today).first()
    return {
        "outcome": read_outcome(request, visit),
        # Told also to a browser that did not move it: somebody may have the old time in mind.
        "old_start": old.start if old else None,
        "has_email": bool(contact and contact.email),
        "arrive_at": visit.local_start - timedelta(minutes=visit.visit_type.arrive_early),
        "lacks_referral": visit.visit_type.needs_referral and visit.referral == Referral.NOT_YET,
        "map_url": make_map_url(visit.location),
        "away": asked,
        "held": (held := asked.held if asked is not None else None),
        "is_promised": bool(held and held.hold_expires_at and held.hold_expires_at > timezone.now()),
        "can_confirm": asked is None and visit.status == Status.BOOKED and visit.start > timezone.now(),
        "wish": wish,
        "offer": find_offer(wish) if wish is not None else None,
        "can_wish": asked is None and state == "changeable" and wish is None and can_come_earlier(visit),
    }


def _describe_end(visit: Appointment, *, state: State) -> dict[str, Any]:
    return {
        "by_patient": visit.cancellation_reason == CancellationReason.PATIENT,
        "by_practice": visit.cancellation_reason == CancellationReason.PRACTICE,
        "follow_up": _find_follow_up(visit) if state == "past" and visit.status != Status.NOSHOW else None,
    }


def _find_follow_up(visit: Appointment) -> VisitType | None:
    """Return what can be booked next with the same clinician, in the same place if there is one."""
    if not visit.practitioner.is_active:
        return None
    follow_ups = visit.practitioner.visit_types.filter(
        is_public=True, audience=VisitType.Audience.ESTABLISHED
    )
    return min(follow_ups, key=lambda follow_up: follow_up.mode != visit.visit_type.mode, default=None)


def make_map_url(location: Location) -> str:
    """Return where a map shows the clinic: its street address and nothing else."""
    address = f"{location.line1}, {location.city}, {location.state} {location.postal_code}"
    return settings.MAP_URL.replace("{address}", quote(address))


@require_POST
@for_visit
def come(request: HttpRequest, *, visit: Appointment, token: str) -> HttpResponse:
    """Note "I will come", said to the time that the page showed; to another one, show that first."""
    if request.POST.get("version") == str(visit.version):
        try:
            actions.confirm_coming(appointment=visit, by=actions.Actor.patient())
        except actions.BookingError as error:
            return answer_error(request, error, chooser=Chooser.to_move(visit, token=token))
    return redirect("visits:visit", token)


@require_http_methods(["GET", "HEAD", "POST"])
@for_visit
def cancel(request: HttpRequest, *, visit: Appointment, token: str) -> HttpResponse:
    """Ask once, then cancel it, or both visits of a chain."""
    if request.method == "POST":
        try:
            _cancel(visit, other=request.POST.get("other", ""))
        except actions.BookingError as error:
            return answer_error(request, error, chooser=Chooser.to_move(visit, token=token))
        return redirect("visits:visit", token)
    if read_state(visit) != "changeable":
        return redirect("visits:visit", token)
    context = {"visit": visit, "token": token, "together": read_together(visit)}
    return render(request, "booking/cancel.html", context)


def _cancel(visit: Appointment, *, other: str) -> None:
    """`other` is the mark of the other visit of a chain, as the page showed it, to cancel both."""
    reason, by = CancellationReason.PATIENT, actions.Actor.patient()
    if not other:
        actions.cancel(appointment=visit, reason=reason, by=by)
        return
    together = read_together(visit)
    if together is None or together.other is None or together.mark != other:
        raise actions.NotAllowed
    actions.cancel_together(visits=[visit, together.other], reason=reason, by=by)


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
            context["together"] = read_together(visit)
            return render(request, "booking/move.html", context)
    sent = request.POST if request.method == "POST" else request.GET
    try:
        choice = parse_slot_key(sent.get("slot", ""))
    except ValueError:
        return render_answer(request, UNREADABLE_TIME, chooser=chooser)
    if (choice.start, choice.practitioner, choice.location) == (
        visit.start,
        visit.practitioner,
        visit.location,
    ):
        # No page of ours lists it. Nothing moves, and no page may say that it did.
        return redirect("visits:visit", token)
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
