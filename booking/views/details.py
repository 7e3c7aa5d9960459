"""Steps 3 and 4: who comes, and the confirmation. Both stand on a held time."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from booking import actions, links
from booking.engine.rules import Code, Refusal
from booking.forms.details import DetailsForm
from booking.forms.summary import summarize
from booking.models import Appointment
from booking.models.appointment import Referral
from booking.views.errors import answer_error
from booking.views.journey import Journey, keep_outcome
from booking.views.openings import Chooser
from booking.views.personal import View, personal
from booking.views.visits import read_state


def with_hold(view: Callable[..., HttpResponse]) -> View:
    """Give the view this browser's journey and held time; without one, say what to do instead.

    What was typed is kept before anything else: losing the time must not lose the answers.
    """

    @personal
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        journey = Journey(request)
        held = journey.find_hold()
        if held is not None and held.patient_id is not None:
            return _answer_booked(request, held)
        if "given_name" in request.POST:
            visit_type = held.visit_type if held is not None else None
            journey.keep_answers(DetailsForm(request.POST, visit_type=visit_type))
        if held is None:
            return render(request, "booking/no_hold.html", {"has_answers": bool(journey.answers)}, status=409)
        try:
            if not held.visit_type.is_public:
                # Taken off the site meanwhile: said now rather than after everything was filled in.
                raise actions.Refused([Refusal(code=Code.NOT_BOOKABLE_ONLINE)])
            if not held.is_hold:
                raise actions.HoldLost
            return view(request, journey=journey, held=held)
        except actions.BookingError as error:
            chooser = Chooser.to_book(held.visit_type, holder=journey.holder)
            return answer_error(request, error, chooser=chooser, wanted=held.start)

    return wrapper


def _is_for(request: HttpRequest, held: Appointment) -> bool:
    """Tell whether the page that was sent showed this time: another tab may have chosen another since."""
    return request.POST.get("hold") == str(held.uid)


def _answer_booked(request: HttpRequest, visit: Appointment) -> HttpResponse:
    """Answer a second confirm as the first; a look back at the steps gets the way to the visit."""
    if request.method == "POST" and _is_for(request, visit):
        return redirect("visits:visit", links.issue(visit))
    return render(request, "booking/already_booked.html", {"visit": visit, "state": read_state(visit)})


def _render(
    request: HttpRequest, template: str, held: Appointment, *, status: int = 200, **context: Any
) -> HttpResponse:
    # A hold has an end: the database keeps it so.
    ends: datetime = held.hold_expires_at  # type: ignore[assignment]
    context |= {
        "visit": held,
        "held_until": ends.astimezone(held.location.zone),
        "hold_is_over": ends <= timezone.now(),
        "hold_seconds": max(0, int((ends - timezone.now()).total_seconds())),
        "hold_minutes": settings.HOLD_MINUTES,
    }
    return render(request, template, context, status=status)


def _find_other_start(held: Appointment, *, zone: ZoneInfo | None) -> datetime | None:
    """Return when the visit starts on the patient's own clock, if that shows another hour."""
    if zone is None:
        return None
    start = held.start.astimezone(zone)
    return start if start.utcoffset() != held.local_start.utcoffset() else None


@with_hold
def details(request: HttpRequest, *, journey: Journey, held: Appointment) -> HttpResponse:
    """Ask who comes. Mistakes are answered with 422 and the page as it was typed."""
    if request.method == "POST" and _is_for(request, held):
        form = DetailsForm(request.POST, visit_type=held.visit_type)
        if form.is_valid():
            actions.renew_hold(appointment=held, by=actions.Actor.patient())
            return redirect("booking:check")
        return _render(request, "booking/details.html", held, form=form, status=422)
    unfinished = "unfinished" in request.GET
    if unfinished and journey.answers:
        # Another kind of visit asks more: say what.
        form = DetailsForm(journey.answers, visit_type=held.visit_type)
    else:
        form = DetailsForm(initial=journey.answers, visit_type=held.visit_type)
    return _render(
        request,
        "booking/details.html",
        held,
        form=form,
        can_clear=bool(journey.answers),
        other_time=request.method == "POST" or "other-time" in request.GET,
        unfinished=unfinished,
        status=409 if request.method == "POST" else 200,
    )


@personal
def clear(request: HttpRequest) -> HttpResponse:
    """Forget what was typed and said before: the next person at this computer must not find it."""
    if request.method == "POST":
        Journey(request).forget_answers()
    return redirect("booking:details")


@personal
def leave_out(request: HttpRequest) -> HttpResponse:
    """Book without what was said before the booking, and go on with the check."""
    if request.method == "POST":
        Journey(request).forget_path_answers()
    return redirect("booking:check")


@with_hold
def check(request: HttpRequest, *, journey: Journey, held: Appointment) -> HttpResponse:
    """Show every answer; a POST books."""
    form = DetailsForm(journey.answers, visit_type=held.visit_type, guarded=False)
    if not form.is_valid():
        return redirect(f"{reverse('booking:details')}?unfinished")
    zone = journey.time_zone
    path_answers = journey.path_answers
    if request.method == "POST" and _is_for(request, held):
        visit = actions.book(
            hold=held,
            patient=form.patient_details(),
            related=form.related_details(),
            visit=form.visit_details(
                urgency_acknowledged="urgency_acknowledged" in request.POST,
                patient_time_zone=zone.key if zone else "",
                article=journey.article,
                came_from=journey.came_from,
                path_answers=path_answers,
            ),
            by=actions.Actor.patient(),
        )
        journey.end()
        keep_outcome(request, visit, "booked")
        return redirect("visits:visit", links.issue(visit))
    return _render(
        request,
        "booking/check.html",
        held,
        sections=summarize(form),
        path_answers=path_answers,
        other_start=_find_other_start(held, zone=zone),
        needs_referral=form.cleaned_data.get("referral") == Referral.NOT_YET,
        other_time=request.method == "POST",
        status=409 if request.method == "POST" else 200,
    )
