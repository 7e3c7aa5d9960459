"""Visits in closed time, each with what caught it and what can be done: call, move, cancel, keep."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from audit.reads import record_shown
from booking import actions, scope
from booking.actions import Actor, BookingError
from booking.admin.words import explain_error
from booking.availability.caught import Caught, find_caught
from booking.desk.access import show
from booking.desk.answers import find_visit_to_change
from booking.desk.calling import ToCall
from booking.desk.time.words import name_reasons
from booking.desk.words import spell_span
from booking.models import Absence, Appointment, AvailabilityException, Rearrangement


@dataclass(frozen=True)
class Line(ToCall):
    """One caught visit."""

    caught: Caught
    plan: int | None = None
    """The plan for its clinician's absence that it is part of."""

    @property
    def visit(self) -> Appointment:
        return self.caught.visit

    @property
    def span(self) -> str:
        return spell_span(self.visit.local_start, self.visit.local_end)

    @property
    def reasons(self) -> list[str]:
        return name_reasons(self.caught)

    @property
    def blocks(self) -> list[AvailabilityException]:
        """The blocked times of its clinician for which a plan can be made."""
        return [one for one in self.caught.closings if isinstance(one, AvailabilityException)]

    @property
    def about(self) -> Appointment:
        return self.visit


@require_GET
def list_visits(request: HttpRequest) -> HttpResponse:
    caught = find_caught(now=timezone.now())
    seen = [one for one in caught if scope.may_see_calendar(request.user, one.visit.practitioner)]
    planned = Rearrangement.objects.unsettled().exclude(absence__status=Absence.Status.UNDONE)
    plans = dict(planned.values_list("appointment", "absence"))
    lines = [Line(one, plan=plans.get(one.visit.pk)) for one in seen]
    record_shown(request, [line.visit.patient_id for line in lines])
    return show(request, "caught.html", title=_("Visits in closed time"), lines=lines)


@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave the visit where it is, unless it or what caught it has changed since the page was drawn.

    Whoever keeps a visit has agreed to the closings that they saw, and to no newer one.
    """
    visit = find_visit_to_change(request, pk)
    try:
        actions.keep(appointment=visit, seen=request.POST.get("seen", ""), by=Actor.staff(request.user))
    except BookingError as error:
        messages.error(request, explain_error(error))
    else:
        # Only the reference: messages may travel in a cookie.
        kept = _("%(reference)s: kept. The visit takes place at its time.")
        messages.success(request, kept % {"reference": visit.display_reference})
    return redirect("desk:caught")
